/* SPDX-License-Identifier: Apache-2.0 */
/* Statements as CSV (RFC 4180, without line breaks within fields): the header names fields, a row is one class. */
#include <errno.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "ctl/loader.h"

#define COLUMNS_MAX 32   /* of a row: more than there are fields */
#define ROW_MAX     8192 /* bytes of a row */

/* Splits a row in place. Returns the number of fields, or -1 for a quote that is not closed. */
static int split_row(char *row, char *ret[static COLUMNS_MAX])
{
	char *in = row, *out = row;
	int n = 0;

	row[strcspn(row, "\r\n")] = '\0';
	while (n < COLUMNS_MAX) {
		bool quoted = *in == '"';

		ret[n++] = out;
		for (in += quoted; *in != '\0' && (quoted || *in != ','); in++) {
			if (quoted && *in == '"' && in[1] != '"')
				break;
			in += quoted && *in == '"';
			*out++ = *in;
		}
		if (quoted && *in++ != '"')
			return -1;

		char end = *in++;

		*out++ = '\0';
		if (end != ',')
			return end == '\0' ? n : -1;
	}
	return -1;
}

static void read_cell(struct loader *l, const char *column, char *cell, struct label *label, struct label_class *class)
{
	const struct field *of_label = field_find(&label_fields, column);
	const struct field *of_class = field_find(&class_fields, column);

	if (cell[0] == '\0')
		return;
	if (of_label)
		field_set(l, of_label, cell, label);
	if (of_class)
		field_set(l, of_class, cell, class);
	if (strcmp(column, "anchors") != 0)
		return;

	char *rest = NULL;

	for (char *one = strtok_r(cell, " ", &rest); one; one = strtok_r(NULL, " ", &rest))
		statement_add_anchor(l, label, one);
}

static bool header_is_known(struct loader *l, char *const *columns, int n)
{
	unsigned before = l->n_errors;

	for (int i = 0; i < n; i++)
		if (!field_find(&label_fields, columns[i]) && !field_find(&class_fields, columns[i]) &&
		    strcmp(columns[i], "anchors") != 0)
			loader_error(l,
				     "column \"%s\": not known; the first row names the settings of a "
				     "label and of a class",
				     columns[i]);
	return l->n_errors == before;
}

/* A row like the one before it but for its class is one more class of the same label. */
static bool continues(const struct label *before, const struct label *row)
{
	for (size_t i = 0; i < label_fields.n; i++) {
		const struct field *f = &label_fields.list[i];

		if (memcmp((const char *)before + f->offset, (const char *)row + f->offset, f->size) != 0)
			return false;
	}
	return memcmp(before->anchors, row->anchors, sizeof(row->anchors)) == 0;
}

static void read_row(struct loader *l, char *const *columns, char *const *cells, int n, struct label_register *ret)
{
	struct label row = { 0 }, *label = ret->n_labels > 0 ? &ret->labels[ret->n_labels - 1] : NULL;
	struct label_class class = { 0 };

	for (int i = 0; i < n; i++)
		read_cell(l, columns[i], cells[i], &row, &class);
	if (row.iat_sec == 0)
		row.iat_sec = l->source->now_sec;
	if (label && continues(label, &row)) {
		statement_add_class(l, label, &class);
		return;
	}
	label = statement_new(l, ret);
	if (!label)
		return;
	*label = row;
	statement_add_class(l, label, &class);
	statement_finish(l, label);
}

static void read_csv(struct loader *l, FILE *f, struct label_register *ret)
{
	char header[ROW_MAX], text[ROW_MAX], *columns[COLUMNS_MAX], *cells[COLUMNS_MAX];
	int n_columns = 0;

	for (l->line = 1; fgets(l->line == 1 ? header : text, ROW_MAX, f); l->line++) {
		char *row = l->line == 1 ? header : text;

		if (!strchr(row, '\n') && !feof(f)) {
			loader_error(l, "the row is longer than %u bytes", ROW_MAX);
			return;
		}
		if (l->line == 1) {
			n_columns = split_row(row, columns);
			if (n_columns < 0 || !header_is_known(l, columns, n_columns))
				return;
		} else if (row[strspn(row, "\r\n")] != '\0') {
			int n = split_row(row, cells);

			if (n == n_columns)
				read_row(l, columns, cells, n, ret);
			else
				loader_error(l,
					     "the row does not have the %d fields of the first; quote "
					     "commas with \"…\"",
					     n_columns);
		}
	}
}

int statements_read_csv(struct loader *l, struct label_register *ret)
{
	_cleanup_fclose_ FILE *f = fopen(l->source->path, "re");

	if (!f)
		return log_errno(-errno, "%s", l->source->path);
	read_csv(l, f, ret);
	return 0;
}
