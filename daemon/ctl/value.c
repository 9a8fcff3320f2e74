/* SPDX-License-Identifier: Apache-2.0 */
/* Trees of values: built, read, and written as JSON. The meaning of the keys is not known here. */
#include "ctl/value.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"

static _Noreturn void out_of_memory(void)
{
	log_error("out of memory");
	exit(2);
}

static char *copy_text(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		out_of_memory();
	return copy;
}

struct value *value_new(enum value_kind kind)
{
	struct value *v = calloc(1, sizeof(*v));

	if (!v)
		out_of_memory();
	v->kind = kind;
	return v;
}

struct value *value_new_text(const char *text)
{
	struct value *v = value_new(VALUE_TEXT);

	v->text = copy_text(text);
	return v;
}

/* The depth of the tree bounds the recursion: answer_read() refuses deeper messages. */
void value_free(struct value *v)
{
	struct value *next;

	for (struct value *member = v->first; member; member = next) {
		next = member->next;
		value_free(member);
	}
	free(v->key);
	free(v->text);
	free(v);
}

void value_add(struct value *to, const char *key, struct value *member)
{
	member->key = key ? copy_text(key) : NULL;
	if (to->last)
		to->last->next = member;
	else
		to->first = member;
	to->last = member;
}

void value_append(struct value *to, struct value *from)
{
	if (!from->first)
		return;
	if (to->last)
		to->last->next = from->first;
	else
		to->first = from->first;
	to->last = from->last;
	from->first = from->last = NULL;
}

struct value *value_add_new(struct value *to, const char *key, enum value_kind kind)
{
	struct value *member = value_new(kind);

	value_add(to, key, member);
	return member;
}

void value_add_text(struct value *to, const char *key, const char *text)
{
	value_add(to, key, value_new_text(text));
}

void value_add_number(struct value *to, const char *key, int64_t number)
{
	value_add_new(to, key, VALUE_NUMBER)->number = number;
}

void value_add_flag(struct value *to, const char *key, bool flag)
{
	value_add_new(to, key, VALUE_FLAG)->number = flag;
}

void value_drop(struct value *map, const char *key)
{
	struct value **at = &map->first, *before = NULL;

	while (*at && strcmp((*at)->key, key) != 0) {
		before = *at;
		at = &before->next;
	}

	struct value *member = *at;

	if (!member)
		return;
	*at = member->next;
	if (map->last == member)
		map->last = before;
	value_free(member);
}

const struct value *value_get(const struct value *map, const char *key)
{
	if (!map || map->kind != VALUE_MAP)
		return NULL;

	for (const struct value *member = map->first; member; member = member->next)
		if (strcmp(member->key, key) == 0)
			return member;
	return NULL;
}

static const struct value *get_kind(const struct value *map, const char *key, enum value_kind kind)
{
	const struct value *v = value_get(map, key);

	return v && v->kind == kind ? v : NULL;
}

const char *value_text(const struct value *map, const char *key)
{
	const struct value *v = get_kind(map, key, VALUE_TEXT);

	return v ? v->text : "";
}

int64_t value_number(const struct value *map, const char *key)
{
	const struct value *v = get_kind(map, key, VALUE_NUMBER);

	return v ? v->number : 0;
}

bool value_flag(const struct value *map, const char *key)
{
	const struct value *v = get_kind(map, key, VALUE_FLAG);

	return v && v->number != 0;
}

/* --- JSON --- */

static void json_text(const char *text, FILE *out)
{
	(void)fputc('"', out);
	for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
		if (*c < 0x20 || *c == 0x7f)
			(void)fprintf(out, "\\u%04x", *c);
		else if (*c == '"' || *c == '\\')
			(void)fprintf(out, "\\%c", *c);
		else
			(void)fputc(*c, out);
	}
	(void)fputc('"', out);
}

static void json_value(const struct value *v, FILE *out)
{
	switch (v->kind) {
	case VALUE_FLAG:
		(void)fputs(v->number != 0 ? "true" : "false", out);
		return;
	case VALUE_NUMBER:
		(void)fprintf(out, "%" PRId64, v->number);
		return;
	case VALUE_TEXT:
		json_text(v->text, out);
		return;
	case VALUE_LIST:
	case VALUE_MAP:
		break;
	default:
		(void)fputs("null", out);
		return;
	}

	(void)fputc(v->kind == VALUE_MAP ? '{' : '[', out);
	value_members_to_json(v, true, out);
	(void)fputc(v->kind == VALUE_MAP ? '}' : ']', out);
}

void value_members_to_json(const struct value *v, bool is_first, FILE *out)
{
	for (const struct value *member = v->first; member; member = member->next) {
		if (!is_first || member != v->first)
			(void)fputc(',', out);
		if (v->kind == VALUE_MAP) {
			json_text(member->key, out);
			(void)fputc(':', out);
		}
		json_value(member, out);
	}
}

void value_to_json(const struct value *v, FILE *out)
{
	json_value(v, out);
	(void)fputc('\n', out);
}
