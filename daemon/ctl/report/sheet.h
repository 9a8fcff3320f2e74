/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report as sections of facts and of rows: one tree, which is also what JSON shows, and one table that says which columns there
 * are and how a cell is written. Text, CSV and HTML are written from both, so that they say the same.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "store/record.h"

struct now;
struct sums;
struct value;

enum column_kind {
	COLUMN_TEXT = 0, /* a name that somebody chose: never translated */
	COLUMN_KEYWORD,  /* a word of the commands or of the protocol: never translated, and never broken */
	COLUMN_WORD,     /* a text of ours, which is translated */
	COLUMN_COUNT,
	COLUMN_TIME,
	COLUMN_DEVICE, /* an id, of which the first digits are shown, as everywhere */
	COLUMN_PERSON, /* with the members `role` and `login` beside it */
};

struct sheet_column {
	const char *key, *title;
	enum column_kind kind;
	const char *none; /* instead of an empty text; NULL: nothing */
};

enum section_form {
	SECTION_FACTS = 0, /* a map: each column is a fact of its own */
	SECTION_FIGURES,   /* the same, and all are numbers that stand out */
	SECTION_ROWS,      /* a list of maps */
};

struct sheet_section {
	const char *key, *title;
	const char *about; /* what a reader must know of it; NULL: nothing */
	const char *empty; /* instead of no rows */
	enum section_form form;
	bool is_optional; /* nothing is said of it when it is not in the tree */
	struct sheet_column columns[10];
	size_t n_columns;
};

extern const struct sheet_section sheet_sections[];
extern const size_t sheet_sections_n;

extern const char sheet_unknown[]; /* instead of a section that is not in the tree; to be translated */

/* How the record closes. */
struct closing {
	struct record_mark foot, head;
	const char *answer, *meaning; /* of its verification, static */
};

/* The tree; `now` is NULL when the daemon was not asked or did not answer. The caller owns it. Ends what sums_add() began. */
struct value *sheet_make(struct sums *sums, const struct now *now, const struct closing *closing, int64_t now_sec);

#define SHEET_CELL_SIZE 512

/* A cell of a row, or a fact, as text. Returns ret, or a text that lives as long as the tree. */
const char *sheet_cell(const struct value *row, const struct sheet_column *column, char ret[static SHEET_CELL_SIZE]);

/* Which columns to show: those that have something in some row, as a mask. */
unsigned sheet_used(const struct value *rows, const struct sheet_section *section);

/* Writers, of a tree and of where it goes; they write the same in the language that is set (base/language.h). */
void report_write_text(const struct value *sheet, FILE *out);
void report_write_csv(const struct value *sheet, FILE *out);
void report_write_html(const struct value *sheet, const char *language, FILE *out);
