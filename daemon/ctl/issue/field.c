/* SPDX-License-Identifier: Apache-2.0 */
/* Text → a member of a struct, by tables of fields, with errors. Which fields exist is not known here. */
#include <errno.h>
#include <stdarg.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/text_file.h"
#include "ctl/issue/loader.h"
#include "ctl/issue/statement.h"
#include "ctl/when.h"
#include "token/label.h"
#include "token/status.h"

#define ERRORS_MAX        20 /* shown; more would hide the first */
#define NUMBER_DIGITS_MAX 10 /* of 2^32 - 1 */

void loader_error(struct loader *l, const char *format, ...)
{
	char text[512];
	va_list ap;

	if (++l->n_errors > ERRORS_MAX)
		return;
	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (l->line > 0)
		log_error("%s:%u: %s", l->source->path, l->line, text);
	else
		log_error("%s: %s", l->source->path, text);
}

int loader_result(const struct loader *l)
{
	if (l->n_errors > ERRORS_MAX)
		log_error("%s: and %u errors more", l->source->path, l->n_errors - ERRORS_MAX);
	return l->n_errors > 0 ? -EINVAL : 0;
}

/* --- One field from its text --- */

struct named {
	const char *name;
	unsigned value;
};

static const struct named bases[] = {
	{ "tested", HALLMARK_BASIS_TESTED },
	{ "recognition", HALLMARK_BASIS_RECOGNITION },
	{ "unknown", HALLMARK_BASIS_UNKNOWN },
};

static const struct named statuses[] = {
	{ "valid", STATUS_VALID },
	{ "revoked", STATUS_INVALID },
	{ "suspended", STATUS_SUSPENDED },
};

static const struct named *find_named(const struct named *table, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(table[i].name, text) == 0)
			return &table[i];
	return NULL;
}

static void set_text(struct loader *l, const struct field *f, const char *text, char *dest)
{
	struct text_fault fault;

	if (text_check_utf8(text, &fault) < 0)
		loader_error(l, "%s: %s", f->name, fault.text);
	else if (text[strcspn(text, "\r\n")] != '\0')
		loader_error(l, "%s: there is a line break in it; write it in one line", f->name);
	else if (text[0] == '\0' || !bytes_to_text(bytes_of_string(text), dest, f->size))
		loader_error(l, "%s = \"%s\": give 1 to %zu bytes of printable UTF-8", f->name, text, f->size - 1);
}

static void set_level(struct loader *l, const struct field *f, const char *text, uint8_t *dest)
{
	char *rest;
	unsigned long level = strtoul(text, &rest, 10);

	if (text[0] < '0' || text[0] > '9' || *rest != '\0' || level < 1 || level > UINT8_MAX)
		loader_error(l, "%s = \"%s\": give the level's place in the scheme's own order, 1 to 255", f->name,
			     text);
	else
		*dest = (uint8_t)level;
}

static void set_time(struct loader *l, const struct field *f, const char *text, int64_t *dest)
{
	bool ok = f->kind == FIELD_UNTIL ? when_parse_end(text, dest) : when_parse(text, dest, NULL);

	if (!ok)
		loader_error(l, "%s = \"%s\": give a day as 2026-05-31, or a time as 2026-05-31T12:00:00Z", f->name,
			     text);
}

static void set_number(struct loader *l, const struct field *f, const char *text, int64_t *dest)
{
	bool ok = text[0] != '\0' && text[strspn(text, "0123456789")] == '\0' && strlen(text) <= NUMBER_DIGITS_MAX;
	int64_t number = ok ? strtoll(text, NULL, 10) : -1;

	if (number < 0 || number > UINT32_MAX)
		loader_error(l, "%s = \"%s\": give a whole number from 0 to %u", f->name, text, UINT32_MAX);
	else
		*dest = number;
}

static void set_further(struct loader *l, const char *text, struct label *label)
{
	label->n_further = 0;
	for (const char *at = text + strspn(text, " "); *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");

		if (label->n_further == HALLMARK_FURTHER_MAX ||
		    !bytes_to_text(bytes_of(at, n), label->further[label->n_further], FURTHER_SIZE)) {
			label->n_further = 0;
			break;
		}
		label->n_further++;
		at += n;
	}
	if (label->n_further == 0)
		loader_error(l, "further = \"%s\": give 1 to %u words of up to %u bytes, separated by spaces", text,
			     HALLMARK_FURTHER_MAX, FURTHER_SIZE - 1);
}

void field_set(struct loader *l, const struct field *f, const char *text, void *record)
{
	void *dest = (char *)record + f->offset;
	const struct named *named;

	switch (f->kind) {
	case FIELD_TEXT:
		set_text(l, f, text, dest);
		return;
	case FIELD_LEVEL:
		set_level(l, f, text, dest);
		return;
	case FIELD_BASIS:
		named = find_named(bases, ARRAY_SIZE(bases), text);
		if (named)
			*(enum hallmark_basis *)dest = (enum hallmark_basis)named->value;
		else
			loader_error(l, "basis = \"%s\": give tested, recognition or unknown", text);
		return;
	case FIELD_VERSIONS:
		*(enum version_scheme *)dest = version_scheme_from_name(text);
		if (*(enum version_scheme *)dest == VERSION_NONE)
			loader_error(l,
				     "version-scheme = \"%s\": give semver, multipartnumeric, "
				     "multipartnumeric+suffix, alphanumeric or decimal",
				     text);
		return;
	case FIELD_STATUS:
		named = find_named(statuses, ARRAY_SIZE(statuses), text);
		if (named)
			*(int64_t *)dest = named->value;
		else
			loader_error(l, "status = \"%s\": give valid, revoked or suspended", text);
		return;
	case FIELD_NUMBER:
		set_number(l, f, text, dest);
		return;
	case FIELD_FURTHER:
		set_further(l, text, record);
		return;
	default:
		set_time(l, f, text, dest);
	}
}

const struct field *field_find(const struct fields *fields, const char *name)
{
	for (size_t i = 0; i < fields->n; i++)
		if (strcmp(fields->list[i].name, name) == 0)
			return &fields->list[i];
	return NULL;
}

static bool field_is_set(const struct field *f, const void *record)
{
	const char *at = (const char *)record + f->offset;

	for (size_t i = 0; i < f->size; i++)
		if (at[i] != 0)
			return true;
	return false;
}

void fields_check(struct loader *l, const struct fields *fields, const void *record)
{
	if (l->n_errors > 0)
		return;
	for (size_t i = 0; i < fields->n; i++)
		if (fields->list[i].required && !field_is_set(&fields->list[i], record))
			loader_error(l, "%s is missing; a statement requires it", fields->list[i].name);
}
