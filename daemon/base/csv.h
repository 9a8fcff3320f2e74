/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CSV (RFC 4180) as spreadsheets save it, row by row: with ',', ';' or tabs between fields, with any line ends, and with
 * empty rows and columns at the end. The first row names the columns, in any order. Their meaning is not known here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CSV_COLUMNS_MAX 32 /* of a row: more than any table here has */

/* Where a field begins, from 1; the column counts characters. 0: the row or the file as a whole. */
struct csv_place {
	unsigned line, column;
};

/* One row below the first. */
struct csv_row {
	const char *columns[CSV_COLUMNS_MAX]; /* names as the form has them; borrowed */
	char *cells[CSV_COLUMNS_MAX];         /* parts of the text, which may be changed and cut */
	struct csv_place at[CSV_COLUMNS_MAX];
	int n;
};

struct csv_form {
	const char *what;                /* the columns, for errors: "the first row names the ..." */
	const char *(*column)(size_t i); /* the name of each known column; NULL after the last */
	void (*read_row)(const struct csv_row *row, void *to);
	void (*on_error)(struct csv_place at, const char *text, void *to); /* the text says what to do */
	void *to;
};

/*
 * Divides the text (UTF-8 without a byte-order mark, base/text_file.h) in place: cells live as long as it does. Names of columns are
 * compared without case. After an error in a row the next one is read, if it is certain where that begins.
 */
void csv_read(char *text, const struct csv_form *form);

/* Before the first row: tells spreadsheets that the text is UTF-8. */
void csv_begin(FILE *out);

/*
 * Writes one row, with ',' between its cells. A cell that a spreadsheet would take for a formula, and compute, has a tab before it: whoever reads the file removes spaces and tabs around
 * a cell.
 */
void csv_write(const char *const *cells, size_t n, FILE *out);
