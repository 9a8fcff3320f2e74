/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a libconfig tree by tables of keys, and reports errors. The sections of the file are not known here. */
#include "config/reader.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/csv.h"
#include "base/language.h"
#include "base/log.h"
#include "base/suggestion.h"
#include "base/text_file.h"
#include "config/config.h"
#include "config/files.h"

#define ERROR_SIZE      1024
#define WANTS_SIZE      256
#define KEY_NOTE_MAX    159 /* bytes of a text that only documents the file */
#define SPAN_DIGITS_MAX 9   /* above every maximum, and no overflow in days */
#define WORD_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"

bool reader_path(const struct reader *r, const char *text, char *ret, size_t size)
{
	int n = text[0] == '/' ? snprintf(ret, size, "%s", text) : snprintf(ret, size, "%s/%s", r->directory, text);

	return n > 0 && (size_t)n < size;
}

/* --- Errors --- */

const char *reader_file(const struct reader *r, const char *file, char *ret, size_t size)
{
	if (!file || strcmp(file, r->path) == 0)
		return r->path;
	(void)reader_path(r, file, ret, size);
	return ret;
}

static void error_log(struct reader *r, const char *file, unsigned line, const char *text)
{
	char name[PATH_MAX];

	r->n_errors++;
	if (r->n_errors <= CONFIG_ERRORS_MAX)
		log_error("%s:%u: %s", reader_file(r, file, name, sizeof(name)), line > 0 ? line : 1, text);
}

void reader_error_at(struct reader *r, const char *file, unsigned line, const char *format, ...)
{
	char text[ERROR_SIZE];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), translated(format), ap);
	va_end(ap);
	error_log(r, file, line, text);
}

void reader_error_cell(struct reader *r, const char *file, const struct csv_place *at, const char *format, ...)
{
	char text[ERROR_SIZE];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), translated(format), ap);
	va_end(ap);
	r->n_errors++;
	if (r->n_errors <= CONFIG_ERRORS_MAX && at->column > 0)
		log_error("%s:%u:%u: %s", file, at->line, at->column, text);
	else if (r->n_errors <= CONFIG_ERRORS_MAX)
		log_error("%s:%u: %s", file, at->line > 0 ? at->line : 1, text);
}

/* libconfig names included files only: what none of them has is in the main file, or in the one that hallmarkctl writes. */
static const char *source_of(const struct reader *r, const config_setting_t *at)
{
	const char *included = at ? config_setting_source_file(at) : NULL;

	if (included || !at)
		return included;
	while (at->parent)
		at = at->parent;
	return at == r->root ? r->path : r->config->managed;
}

void reader_error(struct reader *r, const config_setting_t *at, const char *format, ...)
{
	char text[ERROR_SIZE];
	va_list ap;

	/* libconfig has read one token ahead when it records the line of a scalar in a list */
	while (at && !at->name && at->parent && !config_setting_is_group(at))
		at = at->parent;
	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), translated(format), ap);
	va_end(ap);
	error_log(r, source_of(r, at), at ? config_setting_source_line(at) : 1, text);
}

void reader_warning(const struct reader *r, const config_setting_t *at, const char *format, ...)
{
	char text[ERROR_SIZE], file[PATH_MAX];
	unsigned line;
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), translated(format), ap);
	va_end(ap);
	reader_place(r, at, file, sizeof(file), &line);
	log_warning("%s:%u: %s", file, line, text);
}

void *reader_alloc(struct reader *r, size_t n, size_t size)
{
	if (n == 0)
		return NULL;

	void *p = calloc(n, size);

	if (!p)
		r->out_of_memory = true;
	return p;
}

/* --- Kept for printing --- */

/* libconfig frees it together with the group (config_set_destructor()). */
void reader_keep_keys(struct reader *r, const config_setting_t *group, const struct key *keys, size_t n)
{
	struct group_keys *kept = r->keeps_keys && group ? reader_alloc(r, 1, sizeof(*kept)) : NULL;

	if (!kept)
		return;
	*kept = (struct group_keys){ keys, n };
	config_setting_set_hook((config_setting_t *)(uintptr_t)group, kept);
}

void reader_complete(const struct reader *r, const config_setting_t *group, const char *name, const char *text)
{
	if (r->keeps_keys)
		(void)config_setting_set_string(
			config_setting_add((config_setting_t *)(uintptr_t)group, name, CONFIG_TYPE_STRING), text);
}

/* --- The type of a key, as text --- */

static const char *key_wants(const struct key *key, char ret[static WANTS_SIZE])
{
	const size_t room = key->size > 0 ? key->size - 1 : KEY_NOTE_MAX;

	switch (key->kind) {
	case KEY_NUMBER:
		(void)snprintf(ret, WANTS_SIZE, translated("a whole number from %" PRId64 " to %" PRId64), key->min,
			       key->max);
		return ret;
	case KEY_SPAN:
		(void)snprintf(ret, WANTS_SIZE,
			       translated("%" PRId64 " to %" PRId64 " seconds, or text as \"90s\", \"24h\" or \"7d\""),
			       key->min, key->max);
		return ret;
	case KEY_TEXT:
		(void)snprintf(ret, WANTS_SIZE, translated("printable text in quotes, of 1 to %zu bytes"), room);
		return ret;
	case KEY_WORD:
		(void)snprintf(ret, WANTS_SIZE, translated("in quotes, 1 to %zu letters, digits, '.', '-' and '_'"),
			       room);
		return ret;
	case KEY_PATH:
		(void)snprintf(ret, WANTS_SIZE, translated("a path in quotes, of 1 to %zu bytes when absolute"), room);
		return ret;
	case KEY_FLAG:
		return translated("true or false");
	case KEY_DATE:
		return translated("a date as \"2025-01-01\", meant as 00:00 UTC");
	case KEY_TEXTS:
	case KEY_PATHS:
		return translated("an array of texts, as [ \"a\", \"b\" ]");
	case KEY_GROUP:
		return translated("a group, as { ... }");
	default:
		return translated("a list of groups, as ( { ... }, { ... } )");
	}
}

static bool is_wanted(struct reader *r, const config_setting_t *setting, const struct key *key, bool good)
{
	const char *text = config_setting_get_string(setting);
	struct text_fault fault;
	char wants[WANTS_SIZE];

	if (!good && text && text_check_utf8(text, &fault) < 0)
		reader_error(r, setting, "\"%s\": %s", key->name, translated(fault.text));
	else if (!good)
		reader_error(r, setting, "\"%s\" must be %s", key->name, key_wants(key, wants));
	return good;
}

/* --- Values: each returns whether the setting fits the key --- */

static bool is_printable(const char *text)
{
	char copy[1024];

	return text[0] != '\0' && bytes_to_text(bytes_of_string(text), copy, sizeof(copy));
}

static bool is_word(const char *text)
{
	return text[0] != '\0' && text[strspn(text, WORD_CHARACTERS)] == '\0';
}

static bool number_of(const config_setting_t *setting, int64_t *ret)
{
	const int type = config_setting_type(setting);

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64)
		return false;
	*ret = config_setting_get_int64(setting);
	return true;
}

/* "24h" and similar: digits and one unit. */
static bool span_of(const config_setting_t *setting, int64_t *ret)
{
	static const struct {
		char unit;
		int64_t sec;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	const char *text = config_setting_get_string(setting);

	if (!text)
		return number_of(setting, ret);

	size_t n = strspn(text, "0123456789");

	if (n == 0 || n > SPAN_DIGITS_MAX || strlen(text) != n + 1)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (units[i].unit != text[n])
			continue;
		*ret = strtoll(text, NULL, 10) * units[i].sec;
		return true;
	}
	return false;
}

/* The day must exist: timegm() would convert 2025-02-30 to a day in March. */
static bool date_of(const config_setting_t *setting, int64_t *ret)
{
	const char *text = config_setting_get_string(setting);
	char again[sizeof("YYYY-MM-DD")];
	struct tm tm = { 0 }, back;

	if (!text || strlen(text) != strlen("YYYY-MM-DD"))
		return false;

	const char *end = strptime(text, "%Y-%m-%d", &tm);

	if (!end || *end != '\0')
		return false;

	time_t t = timegm(&tm);

	if (!gmtime_r(&t, &back) || strftime(again, sizeof(again), "%Y-%m-%d", &back) == 0)
		return false;
	*ret = t;
	return strcmp(again, text) == 0;
}

/* --- Storing --- */

static void store_number(void *to, size_t size, int64_t value)
{
	const uint16_t half = (uint16_t)value;
	const uint32_t word = (uint32_t)value;
	const bool flag = value != 0;

	if (size == sizeof(value))
		memcpy(to, &value, size);
	else if (size == sizeof(word))
		memcpy(to, &word, size);
	else if (size == sizeof(half))
		memcpy(to, &half, size);
	else
		memcpy(to, &flag, sizeof(flag));
}

/* Returns whether the text fits; a key without a destination only checks it. */
static bool store_text(const struct reader *r, const struct key *key, const char *text, char *to)
{
	if (key->size == 0)
		return strlen(text) <= KEY_NOTE_MAX;
	if (key->kind == KEY_PATH)
		return reader_path(r, text, to, key->size);
	if (strlen(text) >= key->size)
		return false;
	memcpy(to, text, strlen(text) + 1);
	return true;
}

static bool read_number(struct reader *r, const config_setting_t *setting, const struct key *key, char *to)
{
	int64_t value = 0;
	bool good;

	if (key->kind == KEY_FLAG) {
		good = config_setting_type(setting) == CONFIG_TYPE_BOOL;
		value = good && config_setting_get_bool(setting);
	} else if (key->kind == KEY_DATE) {
		good = date_of(setting, &value);
	} else {
		good = key->kind == KEY_SPAN ? span_of(setting, &value) : number_of(setting, &value);
		good = good && value >= key->min && value <= key->max;
	}
	if (is_wanted(r, setting, key, good) && key->size > 0)
		store_number(to, key->size, value);
	return good;
}

static bool read_text(struct reader *r, const config_setting_t *setting, const struct key *key, char *to)
{
	const char *text = config_setting_get_string(setting);
	bool good =
		text && (key->kind == KEY_WORD ? is_word(text) : is_printable(text)) && store_text(r, key, text, to);

	return is_wanted(r, setting, key, good);
}

static bool read_texts(struct reader *r, const config_setting_t *setting, const struct key *key)
{
	bool good = config_setting_is_array(setting) || config_setting_is_list(setting);

	for (size_t i = 0; good && i < reader_length(setting); i++) {
		const char *text = reader_element(setting, i);

		good = text && is_printable(text);
	}
	return is_wanted(r, setting, key, good);
}

/* Checks that every element is a group, so that the sections need not check. */
static bool read_groups(struct reader *r, const config_setting_t *setting, const struct key *key)
{
	bool good = config_setting_is_list(setting);

	for (size_t i = 0; good && i < reader_length(setting); i++)
		good = config_setting_is_group(reader_group(setting, i));
	return is_wanted(r, setting, key, good);
}

static bool read_value(struct reader *r, const config_setting_t *setting, const struct key *key, void *dest)
{
	char *to = (char *)dest + key->offset;

	switch (key->kind) {
	case KEY_NUMBER:
	case KEY_FLAG:
	case KEY_DATE:
	case KEY_SPAN:
		return read_number(r, setting, key, to);
	case KEY_TEXT:
	case KEY_WORD:
	case KEY_PATH:
		return read_text(r, setting, key, to);
	case KEY_TEXTS:
	case KEY_PATHS:
		return read_texts(r, setting, key);
	case KEY_GROUP:
		return is_wanted(r, setting, key, config_setting_is_group(setting));
	default:
		return read_groups(r, setting, key);
	}
}

static void store_default(const struct key *key, void *dest)
{
	char *to = (char *)dest + key->offset;

	if (key->size == 0)
		return;
	if (key->kind == KEY_TEXT || key->kind == KEY_WORD || key->kind == KEY_PATH)
		(void)snprintf(to, key->size, "%s", key->text ? key->text : "");
	else
		store_number(to, key->size, key->number);
}

/* --- Groups --- */

static const struct key *key_find(const struct key *keys, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

static void report_unknown(struct reader *r, const config_setting_t *setting, const struct key *keys, size_t n)
{
	struct suggestion s = { .word = config_setting_name(setting) };
	char known[512] = "";
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		suggestion_offer(&s, keys[i].name);
		if (used < sizeof(known))
			used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s", i > 0 ? ", " : "",
						 keys[i].name);
	}
	if (s.nearest)
		reader_error(r, setting, "unknown key \"%s\"; did you mean \"%s\"?", s.word, s.nearest);
	else
		reader_error(r, setting, "unknown key \"%s\"; the keys here are: %s", s.word, known);
}

bool reader_keys(struct reader *r, const config_setting_t *group, const struct key *keys, size_t n, void *dest)
{
	const unsigned before = r->n_errors;
	char wants[WANTS_SIZE];

	reader_keep_keys(r, group, keys, n);
	for (size_t i = 0; i < reader_length(group); i++) {
		const config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);

		if (!key_find(keys, n, config_setting_name(setting)))
			report_unknown(r, setting, keys, n);
	}
	for (size_t i = 0; i < n; i++) {
		const config_setting_t *setting = reader_member(group, keys[i].name);

		store_default(&keys[i], dest);
		if (setting && !read_value(r, setting, &keys[i], dest))
			(void)config_setting_remove(config_setting_parent(setting), keys[i].name);
		else if (!setting && keys[i].required)
			reader_error(r, group, "\"%s\" is missing here; add it: %s", keys[i].name,
				     key_wants(&keys[i], wants));
	}
	return r->n_errors == before;
}

/* --- Lists --- */

const config_setting_t *reader_member(const config_setting_t *group, const char *name)
{
	return group ? config_setting_get_member(group, name) : NULL;
}

size_t reader_length(const config_setting_t *list)
{
	return list && config_setting_is_aggregate(list) ? (size_t)config_setting_length(list) : 0;
}

const config_setting_t *reader_group(const config_setting_t *list, size_t i)
{
	return config_setting_get_elem(list, (unsigned)i);
}

const char *reader_element(const config_setting_t *list, size_t i)
{
	return config_setting_get_string_elem(list, (int)i);
}

const char *reader_text(const config_setting_t *group, const char *name)
{
	const config_setting_t *setting = reader_member(group, name);
	const char *text = setting ? config_setting_get_string(setting) : NULL;

	return text ? text : "";
}

void reader_place(const struct reader *r, const config_setting_t *at, char *ret, size_t size, unsigned *ret_line)
{
	char name[PATH_MAX];

	(void)snprintf(ret, size, "%s", reader_file(r, source_of(r, at), name, sizeof(name)));
	*ret_line = config_setting_source_line(at);
}

void reader_note_source(const struct reader *r, const config_setting_t *group, struct config_file *ret)
{
	reader_place(r, group, ret->source, sizeof(ret->source), &ret->line);
}
