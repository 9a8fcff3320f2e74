/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a parsed libconfig tree by tables of keys, and the errors found on the way. Private to
 * config*.c. What the keys mean is not known here.
 */
#pragma once

#include <libconfig.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct config_file;
struct reach;

#define CONFIG_ERRORS_MAX 20   /* shown; more only bury the first */
#define TRUST_MAX         4096 /* files of one kind: more vendors than any gateway has met */

/* State of one config_load(). */
struct reader {
	struct config *config; /* being filled */
	const char *path;      /* as the caller named it */
	const char *directory; /* absolute: relative paths start here */
	const char *managed;   /* in the place of trust.managed; NULL: that one */
	const config_setting_t *root;
	const config_setting_t *categories; /* closed vocabularies; NULL: any word will do */
	const config_setting_t *fields;
	unsigned n_errors;
	bool out_of_memory;
	bool keeps_keys; /* of each group, for config_print_tree(): by which table it was read */
};

/* --- Errors: logged as FILE:LINE: text, where the text says what to do. --- */

void reader_error(struct reader *r, const config_setting_t *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void reader_error_at(struct reader *r, const char *file, unsigned line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Parses a file and all it includes into an initialised tree. Returns false when that is not possible (an error). */
bool reader_parse(struct reader *r, const char *path, config_t *tree);

/* The name of a file that libconfig knows, with the directory that an included one was found in. */
const char *reader_file(const struct reader *r, const char *file, char *ret, size_t size);

/* Notes where an entry of trust stands. */
void reader_note_source(const struct reader *r, const config_setting_t *group, struct config_file *ret);

/* Makes a path absolute. Returns whether it fits. */
bool reader_path(const struct reader *r, const char *text, char *ret, size_t size);

/* Allocates n zeroed elements. Returns NULL for n 0, and when there is no memory (noted in r). */
void *reader_alloc(struct reader *r, size_t n, size_t size);

/* --- Keys --- */

enum key_kind {
	KEY_NONE = 0,
	KEY_NUMBER, /* whole number → uint16_t, uint32_t or unsigned */
	KEY_FLAG,   /* → bool */
	KEY_TEXT,   /* printable → char[] */
	KEY_WORD,   /* letters, digits, '.', '-', '_' → char[] */
	KEY_PATH,   /* made absolute → char[] */
	KEY_DATE,   /* "YYYY-MM-DD", 00:00 UTC → int64_t */
	KEY_SPAN,   /* seconds, or text as "24h" → uint32_t */
	KEY_TEXTS,  /* array of texts; read by the section */
	KEY_PATHS,  /* the same, of paths */
	KEY_GROUP,  /* read by the section */
	KEY_GROUPS, /* list of groups; read by the section */
	_KEY_MAX,
};

struct key {
	const char *name;
	enum key_kind kind;
	bool required;
	size_t offset, size; /* of the destination; size 0: checked here, read by the section */
	int64_t min, max;    /* numbers and spans */
	int64_t number;      /* default of numbers, flags, dates and spans */
	const char *text; /* default of texts, words and paths; NULL is "". Of size 0, what the section takes it for */
};

/* clang-format off */
#define REQUIRED(key, of, ...) {.name = (key), .kind = (of), .required = true, ##__VA_ARGS__}
#define OPTIONAL(key, of, ...) {.name = (key), .kind = (of), ##__VA_ARGS__}
#define KEY_RANGE(low, high, otherwise) .min = (low), .max = (high), .number = (otherwise)
#define KEY_INTO(type, member) \
	.offset = offsetof(type, member), .size = sizeof(((type *)0)->member)
/* clang-format on */

/*
 * Reads the members of a group into dest by their table, filling in defaults; a NULL group has no
 * members. Unknown members, wrong types, values out of range and missing required keys are errors.
 * Returns true when there was none. A member with a wrong value is taken out of the tree, so that
 * what follows need not look at kinds again.
 */
bool reader_keys(struct reader *r, const config_setting_t *group, const struct key *keys, size_t n, void *dest);

/* --- Lists; NULL has no members. Only what reader_keys() has seen may be read. --- */

const config_setting_t *reader_member(const config_setting_t *group, const char *name);
size_t reader_length(const config_setting_t *list);

/* The table that a group was read by; while r->keeps_keys. */
struct group_keys {
	const struct key *keys;
	size_t n;
};

void reader_keep_keys(struct reader *r, const config_setting_t *group, const struct key *keys, size_t n);

/* What a section takes a key for that a group lacks, where its table cannot say so: for printing alone. */
void reader_complete(const struct reader *r, const config_setting_t *group, const char *name, const char *text);

/* Element i of a KEY_GROUPS, of a KEY_TEXTS. */
const config_setting_t *reader_group(const config_setting_t *list, size_t i);
const char *reader_element(const config_setting_t *list, size_t i);

/* Member `name` when it is text, else "". */
const char *reader_text(const config_setting_t *group, const char *name);

/* --- Names that must not repeat --- */

struct names {
	struct name {
		const char *text; /* borrowed */
		const config_setting_t *at;
		size_t order;
	} * names; /* owned */
	size_t n, size;
};

void names_done(struct names *l);
bool names_reserve(struct reader *r, struct names *l, size_t n);
void names_add(struct names *l, const char *text, const config_setting_t *at);

/* Sorts; each repetition is an error that calls the thing `what`. */
void names_check_unique(struct reader *r, struct names *l, const char *what);

void names_sort(struct names *l);

/* --- The following only after names_check_unique() or names_sort(). --- */

bool names_has(const struct names *l, const char *text);

/* Names that end in '*' stand for all that begin so. The one that is `name` or stands for all of it; NULL: none. */
const char *names_covering(const struct names *l, const char *name);

/* One that is `name`, or stands for some of what it stands for. */
const char *names_overlapping(const struct names *l, const char *name);

/* Each name that another one stands for is an error. */
void names_check_overlap(struct reader *r, const struct names *l);

/* Checks that the texts under `key` in a list of groups are unique; the same of several lists together. */
void reader_check_unique(struct reader *r, const config_setting_t *list, const char *key);
void reader_check_unique_in(struct reader *r, const config_setting_t *const *lists, size_t n, const char *key);

/* --- References to what was read before; each reports what is not known --- */

const struct scheme *reader_scheme(struct reader *r, const config_setting_t *at, const char *id);

/* The level that the text `at` names, 0 when the scheme has none such. */
uint8_t reader_level(struct reader *r, const config_setting_t *at, const struct scheme *scheme);

/* Which of the choices (ended by NULL) a text is, from 0; 0 when there is none, or when it is none of them. */
unsigned reader_choice(struct reader *r, const config_setting_t *at, const char *const *choices);

/* A NULL vocabulary holds every word. */
bool reader_is_known(struct reader *r, const config_setting_t *at, const char *word,
		     const config_setting_t *vocabulary);

/* --- Sections, in the order in which they must be read --- */

void config_read_recognition(struct reader *r);
void config_read_policy(struct reader *r);
void config_read_network(struct reader *r);
void config_read_trust(struct reader *r);

/* The part of it that is about issuers: of the main file's group, and of the managed file's (or NULL). */
void config_read_issuers(struct reader *r, const config_setting_t *const groups[2]);

/* The part of the network's that is about servers; after segments. Names are those of interfaces. */
void config_read_servers(struct reader *r, const config_setting_t *list, const struct names *guarded,
			 const struct names *ports);

/* "tcp/443" */
bool config_parse_service(const char *text, struct reach *ret);

/* "internet", "segment", "gateway:udp/53", "10.0.0.0/8", "fd00::1 tcp/443". */
bool config_parse_reach(const char *text, struct reach *ret);

/* Writes what was read, with defaults and absolute paths, in the order of the tables. */
void config_print_tree(const struct reader *r, FILE *out);

/* libconfig 1.5 wraps numbers beyond 32 bits without a word; this reads the file's text for them. */
void config_scan_numbers(struct reader *r, const char *path);
