/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CSV (RFC 4180) as spreadsheets save it: also with ';' or tabs between fields, with any line ends, and with empty rows
 * and columns at the end. The meaning of the columns is not known here.
 */
#include "ctl/issue/csv.h"

#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/language.h"
#include "base/text_file.h"
#include "ctl/issue/loader.h"
#include "ctl/issue/statement.h"

#define COLUMNS_MAX 32 /* of a row: more than there are fields */

/* Where a file is being read. Rows are divided in place. */
struct cursor {
	char *at;
	unsigned line;
	char separator;
};

struct row {
	char *cells[COLUMNS_MAX];
	unsigned line;   /* where it begins */
	int n, n_filled; /* cells, and those up to the last that is not empty */
	bool is_wrong;   /* a quote is not closed, or text follows it */
};

static bool is_end_of_row(char c)
{
	return c == '\0' || c == '\n' || c == '\r';
}

/* Moves past the end of a row: "\n", "\r\n" or "\r". */
static void end_row(struct cursor *c)
{
	c->line += *c->at != '\0';
	c->at += *c->at == '\r' && c->at[1] == '\n';
	c->at += *c->at != '\0';
}

/* Returns the text of a cell, whose end is left to the caller to write, at *ret_end. */
static char *read_cell(struct cursor *c, bool *ret_wrong, char **ret_end)
{
	bool is_quoted = *c->at == '"';
	char *text = c->at, *out = text;

	for (c->at += is_quoted; *c->at != '\0'; c->at++) {
		if (is_quoted && *c->at == '"' && c->at[1] != '"')
			break;
		if (!is_quoted && (*c->at == c->separator || is_end_of_row(*c->at)))
			break;
		c->at += is_quoted && *c->at == '"';
		c->line += *c->at == '\n' || (*c->at == '\r' && c->at[1] != '\n');
		*out++ = *c->at;
	}
	if (is_quoted && *c->at == '"')
		c->at++;
	else if (is_quoted)
		*ret_wrong = true;
	*ret_wrong |= *c->at != c->separator && !is_end_of_row(*c->at);
	*ret_end = out;
	return text;
}

/* Reads to the end of the row, or to what is wrong in it. Returns false at the end of the file. */
static bool read_row(struct cursor *c, struct row *ret)
{
	*ret = (struct row){ .line = c->line };
	if (*c->at == '\0')
		return false;
	for (bool is_last = false; !is_last && !ret->is_wrong;) {
		char *end, *text = read_cell(c, &ret->is_wrong, &end);

		is_last = is_end_of_row(*c->at);
		if (is_last)
			end_row(c);
		else
			c->at++;
		*end = '\0';
		if (ret->n < COLUMNS_MAX)
			ret->cells[ret->n] = text;
		ret->n++;
		if (text[0] != '\0')
			ret->n_filled = ret->n;
	}
	return true;
}

/* --- Which character is between the fields --- */

/* The length of the text up to the end of the first line that is more than empty fields. */
static size_t head_length(const char *text)
{
	size_t n = strspn(text, ",;\t\" \r\n");

	return n + strcspn(text + n, "\r\n");
}

/* How many columns a separator finds in the first row that is not empty. */
static int count_known(const struct csv_form *form, const char *text, char separator)
{
	_cleanup_free_ char *copy = strndup(text, head_length(text));
	struct cursor c = { .at = copy, .separator = separator };
	struct row row;
	int n = 0;

	if (!copy)
		return 0;
	do {
		if (!read_row(&c, &row))
			return 0;
	} while (row.n_filled == 0 && !row.is_wrong);
	for (int i = 0; i < row.n_filled && i < COLUMNS_MAX; i++)
		n += form->is_column(row.cells[i]);
	return n;
}

/* Spreadsheets choose it by the country that is set: the names of the columns tell which. */
static char choose_separator(const struct csv_form *form, const char *text)
{
	static const char separators[] = { ',', ';', '\t' };
	char best = separators[0];
	int most = count_known(form, text, best);

	for (size_t i = 1; i < ARRAY_SIZE(separators); i++) {
		int n = count_known(form, text, separators[i]);

		if (n > most) {
			best = separators[i];
			most = n;
		}
	}
	return best;
}

/* "sep=;" alone in the first line, as some spreadsheets want it, is passed over. Returns the character, or '\0'. */
static char named_separator(struct cursor *c)
{
	static const char key[] = "sep=";
	const size_t n = strlen(key);
	char named;

	if (strncasecmp(c->at, key, n) != 0 || c->at[n] == '\0' || !is_end_of_row(c->at[n + 1]))
		return '\0';
	named = c->at[n];
	c->at += n + 1;
	end_row(c);
	return named;
}

/* --- Rows --- */

static bool header_is_known(struct loader *l, const struct csv_form *form, const struct row *header)
{
	unsigned before = l->n_errors;

	if (header->n_filled > COLUMNS_MAX)
		loader_error(l, "more than %d columns; the first row names the %s", COLUMNS_MAX,
			     translated(form->what));
	for (int i = 0; i < header->n_filled && i < COLUMNS_MAX; i++) {
		const char *name = header->cells[i];

		if (name[0] == '\0')
			loader_error(l, "column %d has no name; name it, or remove it from all rows", i + 1);
		else if (!form->is_column(name))
			loader_error(l, "column \"%s\": not known; the first row names the %s", name,
				     translated(form->what));
		for (int k = 0; k < i; k++)
			if (name[0] != '\0' && strcmp(header->cells[k], name) == 0)
				loader_error(l, "column \"%s\" occurs twice; remove one", name);
	}
	return l->n_errors == before;
}

static void pass_row(struct loader *l, const struct csv_form *form, const struct row *header, const struct row *row,
		     char separator)
{
	const int n = header->n_filled;
	const char named[] = { separator, '\0' };

	if (row->n_filled > n)
		loader_error(l,
			     "field %d of the row has no column, the first row names %d; write a field with %s in it "
			     "as \"…\"",
			     row->n_filled, n, separator == '\t' ? translated("a tab") : named);
	else if (row->n < n)
		loader_error(l, "the row has %d fields, the first row names %d columns", row->n, n);
	else
		form->read_row(l, header->cells, row->cells, n, form->to);
}

static bool next_row(struct loader *l, struct cursor *c, struct row *ret)
{
	do {
		if (!read_row(c, ret))
			return false;
		l->at.line = ret->line;
	} while (ret->n_filled == 0 && !ret->is_wrong); /* a spreadsheet saves empty rows as commas alone */
	if (!ret->is_wrong)
		return true;
	loader_error(l, "a quote that is not closed, or text after one; a quote within a quoted field is doubled");
	return false;
}

static void read_rows(struct loader *l, const struct csv_form *form, char *text)
{
	struct cursor c = { .at = text, .line = 1 };
	struct row header, row;

	c.separator = named_separator(&c);
	if (c.separator == '\0')
		c.separator = choose_separator(form, c.at);
	if (next_row(l, &c, &header)) {
		if (!header_is_known(l, form, &header))
			return;
		while (next_row(l, &c, &row))
			pass_row(l, form, &header, &row, c.separator);
	} else if (l->n_errors == 0) {
		l->at.line = 1;
		loader_error(l, "empty; the first row names the %s", translated(form->what));
	}
}

void csv_read(struct loader *l, const struct csv_form *form)
{
	_cleanup_free_ char *text = NULL;
	struct text_fault fault;
	int r = text_file_read(l->source->path, &text, &fault);

	if (r == 0)
		r = text_check_utf8(text, &fault);
	if (r == 0) {
		read_rows(l, form, text);
		return;
	}
	l->at.line = fault.line;
	loader_error(l, "%s%s", translated(fault.text), fault.is_unread ? translated("; is the name right?") : "");
}
