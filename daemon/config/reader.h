/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a parsed libconfig tree by tables of keys, and reports errors. Private to config/. The meaning of the keys is
 * not known here.
 */
#pragma once

#include <libconfig.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct config_file;
struct csv_place;
struct reach;
struct vocabulary;

#define CONFIG_ERRORS_MAX 20   /* shown; more would hide the first */
#define TRUST_MAX         4096 /* files of one kind: more than any gateway needs */

/* State of one config_load(). */
struct reader {
	struct config *config; /* being filled */
	const char *path;      /* as the caller named it */
	const char *directory; /* absolute: relative paths start here */
	const char *managed;   /* replaces trust.managed; NULL: no replacement */
	config_setting_t *root;
	unsigned n_errors;
	bool out_of_memory;
	bool keeps_keys; /* keep the table by which each group was read, for config_print_tree() */
};

/* --- Errors: logged as FILE:LINE: text, where the text says what to do. --- */

void reader_error(struct reader *r, const config_setting_t *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void reader_error_at(struct reader *r, const char *file, unsigned line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The same form, for what is not refused. */
void reader_warning(const struct reader *r, const config_setting_t *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Of a field of CSV, as FILE:LINE:COLUMN: text; column 0: of its line. `file` is absolute. */
void reader_error_cell(struct reader *r, const char *file, const struct csv_place *at, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Parses a file and its includes into an initialised tree. Returns false on failure (reported). */
bool reader_parse(struct reader *r, const char *path, config_t *tree);

/* How many files were included; tree->filenames has them. */
size_t reader_count_files(const config_t *tree);

/* The name of a file from libconfig, with the directory in which an included one was found. */
const char *reader_file(const struct reader *r, const char *file, char *ret, size_t size);

/* The file of a setting, as errors name it, and its line. */
void reader_place(const struct reader *r, const config_setting_t *at, char *ret, size_t size, unsigned *ret_line);

/* Notes the position of an entry of trust. */
void reader_note_source(const struct reader *r, const config_setting_t *group, struct config_file *ret);

/* Makes a path absolute. Returns whether it fits. */
bool reader_path(const struct reader *r, const char *text, char *ret, size_t size);

/* Allocates n zeroed elements. Returns NULL for n 0, and when out of memory (noted in r). */
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
	const char *text;    /* default of texts, words and paths; NULL is "". With size 0, only for printing */
};

/* clang-format off */
#define REQUIRED(key, of, ...) {.name = (key), .kind = (of), .required = true, ##__VA_ARGS__}
#define OPTIONAL(key, of, ...) {.name = (key), .kind = (of), ##__VA_ARGS__}
#define KEY_RANGE(low, high, otherwise) .min = (low), .max = (high), .number = (otherwise)
#define KEY_INTO(type, member) \
	.offset = offsetof(type, member), .size = sizeof(((type *)0)->member)
/* clang-format on */

/*
 * Reads the members of a group into dest by their table, with defaults; a NULL group has no members. Unknown members,
 * wrong types, values out of range and missing required keys are errors. Returns true when there was none. A member
 * with a wrong value is removed from the tree, so that later code need not check types again.
 */
bool reader_keys(struct reader *r, const config_setting_t *group, const struct key *keys, size_t n, void *dest);

/* --- Lists; NULL has no members. Only read what reader_keys() has checked. --- */

const config_setting_t *reader_member(const config_setting_t *group, const char *name);
size_t reader_length(const config_setting_t *list);

/* The table by which a group was read; only with r->keeps_keys. */
struct group_keys {
	const struct key *keys;
	size_t n;
};

void reader_keep_keys(struct reader *r, const config_setting_t *group, const struct key *keys, size_t n);

/* Notes the default that a section uses for a missing key when its table cannot express it: only for printing. */
void reader_complete(const struct reader *r, const config_setting_t *group, const char *name, const char *text);

/* Element i of a KEY_GROUPS or a KEY_TEXTS. */
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

/* Sorts; each repetition is an error, in which `what` names the kind of thing. */
void names_check_unique(struct reader *r, struct names *l, const char *what);

void names_sort(struct names *l);

/* --- Use the following only after names_check_unique() or names_sort(). --- */

bool names_has(const struct names *l, const char *text);

/*
 * A name that ends in '*' is a prefix pattern. Returns the entry that equals `name` or matches all of it; NULL: none.
 */
const char *names_covering(const struct names *l, const char *name);

/* An entry that equals `name`, or matches something that `name` matches. */
const char *names_overlapping(const struct names *l, const char *name);

/* A pattern that is another entry and matches all that `name` matches. */
const char *names_including(const struct names *l, const char *name);

/* Each name that another entry matches is an error. */
void names_check_overlap(struct reader *r, const struct names *l);

/* Checks that the texts under `key` in a list of groups are unique; the second one checks several lists together. */
void reader_check_unique(struct reader *r, const config_setting_t *list, const char *key);
void reader_check_unique_in(struct reader *r, const config_setting_t *const *lists, size_t n, const char *key);

/* --- References to earlier sections; each reports an unknown name --- */

const struct scheme *reader_scheme(struct reader *r, const config_setting_t *at, const char *id);

/* The level that the text `at` names; 0 when the scheme has no such level. */
uint8_t reader_level(struct reader *r, const config_setting_t *at, const struct scheme *scheme);

/* Index of the text among the choices (NULL-terminated); 0 when there is no text, or it is none of them (reported). */
unsigned reader_choice(struct reader *r, const config_setting_t *at, const char *const *choices);

bool reader_is_known(struct reader *r, const config_setting_t *at, const char *word,
		     const struct vocabulary *vocabulary);

/* --- Sections, in the order in which they must be read --- */

/* Gives keys with a new name that name, and warns of each. */
void config_replace_deprecated(struct reader *r);

/* Adds the shipped entries to those of the tree, and keeps in the configuration which ones are overridden. */
void config_read_law(struct reader *r);

void config_read_recognition(struct reader *r);
void config_read_policy(struct reader *r);
void config_read_inventory(struct reader *r); /* its segments are those of the network, too */
void config_read_network(struct reader *r);
void config_read_trust(struct reader *r);

/* The issuers of section trust: from the main file's group and the managed file's (or NULL). */
void config_read_issuers(struct reader *r, const config_setting_t *const groups[2]);

/* After the segments of both: each that a device's row names must be one of them. */
void config_check_inventory(struct reader *r);

/* The exceptions of its rows: after the network and the zones. */
void config_read_exceptions(struct reader *r);

/* Adds the households that the inventory's rows define. `taken` has the interfaces of the others, sorted. */
void config_add_segments(struct reader *r, const struct names *taken, const struct names *guarded,
			 const struct names *ports);

/* The servers of section network; call after the segments. The names are those of interfaces. */
void config_read_servers(struct reader *r, const config_setting_t *list, const struct names *guarded,
			 const struct names *ports);

/* "tcp/443" */
bool config_parse_service(const char *text, struct reach *ret);

/* "internet", "segment", "gateway:udp/53", "10.0.0.0/8", "fd00::1 tcp/443". */
bool config_parse_reach(const char *text, struct reach *ret);

/* Writes what was read, with defaults and absolute paths, in the order of the tables. */
void config_print_tree(const struct reader *r, FILE *out);

/* libconfig 1.5 silently truncates numbers to 32 bits; this checks the text of the file for such numbers. */
void config_scan_numbers(struct reader *r, const char *path, const char *text);
