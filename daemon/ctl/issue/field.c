/* SPDX-License-Identifier: Apache-2.0 */
/* Text → a member of a struct, by tables of fields, with errors. Which fields exist is not known here. */
#include <errno.h>
#include <stdarg.h>

#include "base/cleanup.h"
#include "base/included.h"
#include "base/language.h"
#include "base/log.h"
#include "base/spelling.h"
#include "base/text_file.h"
#include "base/when.h"
#include "ctl/issue/conf.h"
#include "ctl/issue/loader.h"
#include "ctl/issue/statement.h"
#include "token/label.h"
#include "token/names.h"
#include "token/status.h"

#define REPORTS_MAX       20 /* shown, of each kind; more would hide the first */
#define NUMBER_DIGITS_MAX 10 /* of 2^32 - 1 */

static void __attribute__((format(printf, 3, 0))) report(struct loader *l, int level, const char *format, va_list ap)
{
	char text[1024], name[PATH_MAX];

	(void)vsnprintf(text, sizeof(text), translated(format), ap);
	if (l->at.line > 0 && l->at.column > 0)
		log_line(level, "%s:%u:%u: %s", l->source->path, l->at.line, l->at.column, text);
	else if (l->at.line > 0)
		log_line(level, "%s:%u: %s", included_path(l->source->path, l->at.included, name), l->at.line, text);
	else
		log_line(level, "%s: %s", l->source->path, text);
}

void loader_error(struct loader *l, const char *format, ...)
{
	va_list ap;

	if (++l->n_errors > REPORTS_MAX)
		return;
	va_start(ap, format);
	report(l, LOG_ERR, format, ap);
	va_end(ap);
}

void loader_warning(struct loader *l, const char *format, ...)
{
	va_list ap;

	if (++l->n_warnings > REPORTS_MAX)
		return;
	va_start(ap, format);
	report(l, LOG_WARNING, format, ap);
	va_end(ap);
}

const char *loader_place(const struct loader *l, const struct position *other, char ret[static PLACE_TEXT_SIZE])
{
	const char *here = l->at.included ? l->at.included : "", *there = other->included ? other->included : "";
	char name[PATH_MAX];

	if (strcmp(here, there) == 0)
		(void)snprintf(ret, PLACE_TEXT_SIZE, translated("line %u"), other->line);
	else
		(void)snprintf(ret, PLACE_TEXT_SIZE, translated("line %u of %s"), other->line,
			       included_path(l->source->path, other->included, name));
	return ret;
}

int loader_end(struct loader *l)
{
	free(l->begins);
	l->begins = NULL;
	conf_done(l);
	if (l->n_errors > REPORTS_MAX)
		log_error("%s: and %u errors more", l->source->path, l->n_errors - REPORTS_MAX);
	if (l->n_warnings > REPORTS_MAX)
		log_warning("%s: and %u warnings more", l->source->path, l->n_warnings - REPORTS_MAX);
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

/* --- Texts that no device sends, although they look as if --- */

/* Words by which lists of products mean more than one model. */
static const char *const many[] = { "variant", "series", "similar", "all models", "시리즈", "및 파생" };

static void check_one_model(struct loader *l, const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(many); i++) {
		if (!strcasestr(text, many[i]))
			continue;
		loader_warning(
			l,
			"model = \"%s\": a class is for devices that send exactly this text; if \"%s\" means more "
			"models, write a class for each",
			text, many[i]);
		return;
	}
}

/* The text is one of a model: not the hex form, and not too long. */
static void refuse_model(struct loader *l, const char *text, const char *why, const char *remedy)
{
	char hex[2 * PRODUCT_MODEL_MAX + 1];

	bytes_to_hex(bytes_of_string(text), hex);
	loader_error(l, "model = \"%s\": %s; %s. If devices send exactly these bytes, write 0x%s", text,
		     translated(why), translated(remedy), hex);
}

/* Only the bytes count when a gateway compares; people see only the look. */
static void check_spelling(struct loader *l, const struct field *f, const char *text)
{
	char near[512], remedy[600] = "";
	unsigned found = spelling_find(text, near, sizeof(near));

	if (f->kind == FIELD_PROSE)
		found &= SPELLING_SPACE_AT_END | SPELLING_JAMO;
	if (f->kind == FIELD_MODEL && strchr(text, '*')) {
		refuse_model(l, text, TO_TRANSLATE("a class has no wildcards"),
			     TO_TRANSLATE("write a class for each model"));
		return;
	}
	if (f->kind == FIELD_MODEL)
		check_one_model(l, text);
	if (found == 0)
		return;
	if (strcmp(near, text) != 0 && near[0] != '\0')
		(void)snprintf(remedy, sizeof(remedy), translated("write \"%s\""), near);
	else
		(void)snprintf(remedy, sizeof(remedy), "%s", translated("write it with the usual characters"));
	if (f->kind == FIELD_MODEL)
		refuse_model(l, text, spelling_text(found), remedy);
	else if (f->kind == FIELD_DEVICE)
		loader_warning(l, "%s = \"%s\": %s; unless devices send exactly this, %s", f->name, text,
			       translated(spelling_text(found)), remedy);
	else
		loader_error(l, "%s = \"%s\": %s; %s", f->name, text, translated(spelling_text(found)), remedy);
}

/* Bytes of a model that is given as text or in hex. */
static size_t model_length(const char *text)
{
	return product_model_is_hex(text) ? (strlen(text) - 1) / 2 : strlen(text);
}

static void set_text(struct loader *l, const struct field *f, const char *text, char *dest)
{
	const bool is_hex = f->kind == FIELD_MODEL && product_model_is_hex(text);
	struct text_fault fault;

	if (text_check_utf8(text, &fault) < 0)
		loader_error(l, "%s: %s", f->name, translated(fault.text));
	else if (text[strcspn(text, "\r\n")] != '\0')
		loader_error(l, "%s: there is a line break in it; write it in one line", f->name);
	else if (f->kind == FIELD_MODEL && model_length(text) > PRODUCT_MODEL_MAX)
		loader_error(
			l,
			"model = \"%s\": it has %zu bytes, and no device sends more than %u (RFC 9711 section 4.2.4); "
			"write what devices send",
			text, model_length(text), PRODUCT_MODEL_MAX);
	else if (text[0] == '\0' || !bytes_to_text(bytes_of_string(text), dest, f->size))
		loader_error(l, "%s = \"%s\": give 1 to %zu bytes of printable UTF-8", f->name, text, f->size - 1);
	else if (!is_hex)
		check_spelling(l, f, text);
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
	case FIELD_PROSE:
	case FIELD_DEVICE:
	case FIELD_MODEL:
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
