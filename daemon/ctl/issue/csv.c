/* SPDX-License-Identifier: Apache-2.0 */
/* CSV (RFC 4180, without line breaks in fields). The meaning of the columns is not known here. */
#include "ctl/issue/csv.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "ctl/issue/loader.h"
#include "ctl/issue/statement.h"

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

static bool header_is_known(struct loader *l, const struct csv_form *form, char *const *columns, int n)
{
	unsigned before = l->n_errors;

	for (int i = 0; i < n; i++)
		if (!form->is_column(columns[i]))
			loader_error(l, "column \"%s\": not known; the first row names the %s", columns[i], form->what);
	return l->n_errors == before;
}

static void read_rows(struct loader *l, FILE *f, const struct csv_form *form)
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
			if (n_columns < 0 || !header_is_known(l, form, columns, n_columns))
				return;
		} else if (row[strspn(row, "\r\n")] != '\0') {
			int n = split_row(row, cells);

			if (n == n_columns)
				form->read_row(l, columns, cells, n, form->to);
			else
				loader_error(l,
					     "the row does not have the %d fields of the first; quote "
					     "commas with \"…\"",
					     n_columns);
		}
	}
	if (l->line == 1)
		loader_error(l, "empty; the first row names the %s", form->what);
}

int csv_read(struct loader *l, const struct csv_form *form)
{
	_cleanup_fclose_ FILE *f = fopen(l->source->path, "re");

	if (!f)
		return log_errno(-errno, "%s", l->source->path);
	read_rows(l, f, form);
	return 0;
}
