/* SPDX-License-Identifier: Apache-2.0 */
/* Trees of values: from D-Bus messages, by hand, and out again as JSON. What a key means is not known here. */
#include "ctl/value.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"

#define DEPTH_MAX 16 /* an answer to Explain nests ten deep */

DEFINE_CLEANUP(struct value *, value_free);

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

/* Recursion is bounded: a message by DEPTH_MAX, a tree built by hand by its builder. */
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

struct value *value_add_new(struct value *to, const char *key, enum value_kind kind)
{
	struct value *member = value_new(kind);

	value_add(to, key, member);
	return member;
}

void value_add_text(struct value *to, const char *key, const char *text)
{
	value_add_new(to, key, VALUE_TEXT)->text = copy_text(text);
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

/* --- From a message --- */

static int read_item(sd_bus_message *m, unsigned depth, struct value **ret);

static int read_text(sd_bus_message *m, char type, struct value **ret)
{
	const char *text;
	int r;

	r = sd_bus_message_read_basic(m, type, &text);
	if (r < 0)
		return r;

	*ret = value_new(VALUE_TEXT);
	(*ret)->text = copy_text(text);
	return 0;
}

/* Each of D-Bus's own number types, widened; a counter beyond int64_t is shown as the largest. */
static int read_number(sd_bus_message *m, char type, struct value **ret)
{
	union {
		uint8_t y;
		int16_t n;
		uint16_t q;
		int32_t i;
		uint32_t u;
		int64_t x;
		uint64_t t;
		int b;
	} in = { 0 };
	int64_t number;
	int r;

	r = sd_bus_message_read_basic(m, type, &in);
	if (r < 0)
		return r;

	switch (type) {
	case SD_BUS_TYPE_BYTE:
		number = in.y;
		break;
	case SD_BUS_TYPE_INT16:
		number = in.n;
		break;
	case SD_BUS_TYPE_UINT16:
		number = in.q;
		break;
	case SD_BUS_TYPE_UINT32:
		number = in.u;
		break;
	case SD_BUS_TYPE_INT64:
		number = in.x;
		break;
	case SD_BUS_TYPE_UINT64:
		number = in.t > INT64_MAX ? INT64_MAX : (int64_t)in.t;
		break;
	default:
		number = in.i; /* also a boolean, which is read as an int */
		break;
	}
	*ret = value_new(type == SD_BUS_TYPE_BOOLEAN ? VALUE_FLAG : VALUE_NUMBER);
	(*ret)->number = number;
	return 0;
}

/* One entry of a map: its key as text, then its value. */
static int read_entry(sd_bus_message *m, const char *types, unsigned depth, struct value *map)
{
	_cleanup_(value_freep) struct value *key = NULL;
	struct value *value = NULL;
	char number[32];
	int r;

	r = sd_bus_message_enter_container(m, SD_BUS_TYPE_DICT_ENTRY, types);
	if (r < 0)
		return r;

	r = read_item(m, depth, &key);
	if (r < 0)
		return r;

	r = read_item(m, depth, &value);
	if (r < 0)
		return r;

	(void)snprintf(number, sizeof(number), "%" PRId64, key->number);
	value_add(map, key->kind == VALUE_TEXT ? key->text : number, value);
	return sd_bus_message_exit_container(m);
}

/* The items of an array, a struct or a variant, until its end. */
static int read_members(sd_bus_message *m, unsigned depth, struct value *to)
{
	const char *contents;
	char type;

	for (;;) {
		struct value *member = NULL;
		int r = sd_bus_message_peek_type(m, &type, &contents);

		if (r <= 0)
			return r;

		if (type == SD_BUS_TYPE_DICT_ENTRY) {
			r = read_entry(m, contents, depth, to);
		} else {
			r = read_item(m, depth, &member);
			if (r >= 0)
				value_add(to, NULL, member);
		}
		if (r < 0)
			return r;
	}
}

static int read_container(sd_bus_message *m, char type, const char *contents, unsigned depth, struct value **ret)
{
	bool is_map = type == SD_BUS_TYPE_ARRAY && contents[0] == SD_BUS_TYPE_DICT_ENTRY_BEGIN;
	_cleanup_(value_freep) struct value *v = value_new(is_map ? VALUE_MAP : VALUE_LIST);
	int r;

	r = sd_bus_message_enter_container(m, type, contents);
	if (r < 0)
		return r;

	r = read_members(m, depth, v);
	if (r < 0)
		return r;

	r = sd_bus_message_exit_container(m);
	if (r < 0)
		return r;

	*ret = TAKE_PTR(v);
	return 0;
}

static int read_variant(sd_bus_message *m, const char *contents, unsigned depth, struct value **ret)
{
	_cleanup_(value_freep) struct value *v = NULL;
	int r;

	r = sd_bus_message_enter_container(m, SD_BUS_TYPE_VARIANT, contents);
	if (r < 0)
		return r;

	r = read_item(m, depth, &v);
	if (r < 0)
		return r;

	r = sd_bus_message_exit_container(m);
	if (r < 0)
		return r;

	*ret = TAKE_PTR(v);
	return 0;
}

static int read_item(sd_bus_message *m, unsigned depth, struct value **ret)
{
	const char *contents;
	char type;
	int r;

	if (depth == DEPTH_MAX)
		return -E2BIG;

	r = sd_bus_message_peek_type(m, &type, &contents);
	if (r <= 0)
		return r < 0 ? r : -EBADMSG;

	if (type == SD_BUS_TYPE_VARIANT)
		return read_variant(m, contents, depth + 1, ret);
	if (type == SD_BUS_TYPE_ARRAY || type == SD_BUS_TYPE_STRUCT)
		return read_container(m, type, contents, depth + 1, ret);
	if (strchr("sog", type))
		return read_text(m, type, ret);
	if (strchr("bynqiuxt", type))
		return read_number(m, type, ret);

	*ret = value_new(VALUE_NULL);
	r = sd_bus_message_skip(m, (char[]){ type, '\0' });
	return r < 0 ? r : 0;
}

int value_from_message(sd_bus_message *m, struct value **ret)
{
	return read_item(m, 0, ret);
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
	for (const struct value *member = v->first; member; member = member->next) {
		if (member != v->first)
			(void)fputc(',', out);
		if (v->kind == VALUE_MAP) {
			json_text(member->key, out);
			(void)fputc(':', out);
		}
		json_value(member, out);
	}
	(void)fputc(v->kind == VALUE_MAP ? '}' : ']', out);
}

void value_to_json(const struct value *v, FILE *out)
{
	json_value(v, out);
	(void)fputc('\n', out);
}
