/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of reading statements: one field from its text, whole classes and labels from fields, and the two file
 * formats. Private to the files that read statements.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/sizes.h"

#define PLACE_TEXT_SIZE (PATH_MAX + 32)

struct config_t;
struct csv_row;
struct label;
struct label_class;
struct label_register;

struct position {
	unsigned line;        /* 0: the file as a whole */
	unsigned column;      /* of a field of CSV; 0: the line as a whole */
	const char *included; /* the file of that line, borrowed from the loader's tree; NULL: the source */
};

/* State of one load. Errors are logged as FILE:LINE: text, or FILE:LINE:COLUMN: text in CSV; after the first twenty they are only counted. */
struct loader {
	const struct statement_source *source;
	struct position at; /* what is being read */
	unsigned n_errors, n_warnings;
	struct position *begins; /* owned: of each statement of a register */
	struct config_t *tree;   /* owned; NULL: it is not libconfig */
};

/* Where something else was found, as an error that is told in l->at says it: "line 7", or "line 7 of FILE". */
const char *loader_place(const struct loader *l, const struct position *other, char ret[static PLACE_TEXT_SIZE]);

void loader_error(struct loader *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for what may be meant so. */
void loader_warning(struct loader *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Releases what the loader owns. Returns 0, or -EINVAL when there was an error. */
int loader_end(struct loader *l);

/* --- Fields: field.c --- */

enum field_kind {
	FIELD_NONE = 0,
	FIELD_TEXT,   /* compared by its bytes */
	FIELD_PROSE,  /* only read by people */
	FIELD_DEVICE, /* exactly as the device says it */
	FIELD_MODEL,  /* the same, which can also be written in hex */
	FIELD_LEVEL,
	FIELD_BASIS,
	FIELD_FROM,     /* a day means its start; or a time */
	FIELD_UNTIL,    /* a day means its end; or a time */
	FIELD_VERSIONS, /* the scheme that orders versions */
	FIELD_FURTHER,  /* words of a label, separated by spaces */
	FIELD_STATUS,   /* of a label → int64_t */
	FIELD_NUMBER,   /* whole, from 0 to 2^32 - 1 → int64_t */
};

struct field {
	const char *name;
	enum field_kind kind;
	bool required;
	size_t offset, size; /* of the member */
};

#define INTO(type, member) offsetof(type, member), sizeof(((type *)0)->member)

struct fields {
	const struct field *list;
	size_t n;
};

#define FIELDS(array)                                                                                                  \
	{                                                                                                              \
		.list = (array), .n = ARRAY_SIZE(array)                                                                \
	}

const struct field *field_find(const struct fields *fields, const char *name); /* NULL: there is none */
void field_set(struct loader *l, const struct field *f, const char *text, void *record);

/* Call only when there was no error before: a refused field must not also be reported as missing. */
void fields_check(struct loader *l, const struct fields *fields, const void *record);

/* --- Classes and labels: statement.c --- */

extern const struct fields label_fields, class_fields;

#define STATUS_INDEX_NONE (-1) /* until one is given: 0 is a valid place in a list */

void statement_set_issuer(struct loader *l, const char *text, char ret[static ISSUER_SIZE]);
void statement_add_class(struct loader *l, struct label *label, const struct label_class *class);

/* Checks the form of its product and its versions. */
void statement_check_class(struct loader *l, const struct label_class *class);

/* `text` is the path of a PEM file, or "sha256:" and digits. */
void statement_add_anchor(struct loader *l, struct label *label, const char *text);

/* Call after the last of its settings. */
void statement_finish(struct loader *l, struct label *label);

/* Adds a zeroed label; NULL when out of memory (an error of the load). */
struct label *statement_new(struct loader *l, struct label_register *r);

/* --- File formats: statement_load.c, statement_conf.c, statement_csv.c --- */

bool source_is_csv(const struct statement_source *source);

void statement_read_conf(struct loader *l, struct label *ret);
void statements_read_conf(struct loader *l, struct label_register *ret);

void statements_read_csv(struct loader *l, struct label_register *ret);

/* --- CSV of any columns: rows.c --- */

struct rows {
	const char *what; /* as base/csv.h has it, as is the next one */
	const char *(*column)(size_t i);
	void (*read_row)(struct loader *l, const struct csv_row *row, void *to); /* l->at is the row */
	void *to;
};

/* Whatever is wrong is an error of the load. */
void rows_read(struct loader *l, const struct rows *rows);

/* Cell i is what is being read; call rows_leave() after it. */
void rows_enter(struct loader *l, const struct csv_row *row, int i);
void rows_leave(struct loader *l, const struct csv_row *row);
