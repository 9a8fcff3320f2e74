/* SPDX-License-Identifier: Apache-2.0 */
#include "base/csv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/language.h"
#include "base/suggestion.h"

#define ERROR_SIZE 1024

/* Where a text is being read. Rows are divided in place. */
struct cursor {
	char *at;
	struct csv_place place;
	char separator;
};

/* A row as it is read; more cells than there is room for are only counted. */
struct row {
	char *cells[CSV_COLUMNS_MAX];
	struct csv_place at[CSV_COLUMNS_MAX];
	struct csv_place last; /* of the last cell that is not empty, or is wrong */
	unsigned line;         /* where it begins */
	int n, n_filled;       /* cells, and those up to the last that is not empty */
	bool is_wrong;         /* a quote is not closed, or text follows it */
};

static struct csv_place place_of_line(unsigned line)
{
	return (struct csv_place){ .line = line };
}

static bool is_end_of_row(char c)
{
	return c == '\0' || c == '\n' || c == '\r';
}

/* Moves by one byte. The end of a line is "\n", "\r\n" or "\r". */
static void step(struct cursor *c)
{
	const char passed = *c->at++;

	if (passed == '\n' || (passed == '\r' && *c->at != '\n'))
		c->place = (struct csv_place){ .line = c->place.line + 1, .column = 1 };
	else if (((unsigned char)passed & 0xc0) != 0x80) /* not within a character */
		c->place.column++;
}

/* Moves past the end of a row. */
static void end_row(struct cursor *c)
{
	if (*c->at == '\r' && c->at[1] == '\n')
		step(c);
	if (*c->at != '\0')
		step(c);
}

/* Returns the text of a cell, whose end is left to the caller to write, at *ret_end. */
static char *read_cell(struct cursor *c, bool *ret_wrong, char **ret_end)
{
	const bool is_quoted = *c->at == '"';
	char *text = c->at, *out = text;

	if (is_quoted)
		step(c);
	for (; *c->at != '\0'; step(c)) {
		if (is_quoted && *c->at == '"' && c->at[1] != '"')
			break;
		if (!is_quoted && (*c->at == c->separator || is_end_of_row(*c->at)))
			break;
		if (is_quoted && *c->at == '"')
			step(c);
		*out++ = *c->at;
	}
	if (is_quoted && *c->at == '"')
		step(c);
	else if (is_quoted)
		*ret_wrong = true;
	*ret_wrong |= *c->at != c->separator && !is_end_of_row(*c->at);
	*ret_end = out;
	return text;
}

/* Reads to the end of the row, or to what is wrong in it. Returns false at the end of the text. */
static bool read_row(struct cursor *c, struct row *ret)
{
	*ret = (struct row){ .line = c->place.line };
	if (*c->at == '\0')
		return false;
	for (bool is_last = false; !is_last && !ret->is_wrong;) {
		const struct csv_place at = c->place;
		char *end, *text = read_cell(c, &ret->is_wrong, &end);

		is_last = is_end_of_row(*c->at);
		if (is_last)
			end_row(c);
		else
			step(c);
		*end = '\0';
		if (ret->n < CSV_COLUMNS_MAX) {
			ret->cells[ret->n] = text;
			ret->at[ret->n] = at;
		}
		ret->n++;
		if (text[0] != '\0')
			ret->n_filled = ret->n;
		if (text[0] != '\0' || ret->is_wrong)
			ret->last = at;
	}
	return true;
}

/* --- Columns --- */

/* The form's own name for a column; NULL: it knows none. */
static const char *find_column(const struct csv_form *form, const char *name)
{
	const char *known = NULL;

	for (size_t i = 0; (known = form->column(i)); i++)
		if (strcasecmp(known, name) == 0)
			break;
	return known;
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
	for (int i = 0; i < row.n_filled && i < CSV_COLUMNS_MAX; i++)
		n += find_column(form, row.cells[i]) != NULL;
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

	if (strncasecmp(c->at, key, n) != 0 || is_end_of_row(c->at[n]) || !is_end_of_row(c->at[n + 1]))
		return '\0';
	named = c->at[n];
	while (!is_end_of_row(*c->at))
		step(c);
	end_row(c);
	return named;
}

/* --- Rows --- */

/* One text that is being read. */
struct table {
	const struct csv_form *form;
	struct cursor cursor;
	struct csv_row row; /* with the names of the columns */
	unsigned n_errors;
};

static void report(struct table *t, struct csv_place at, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void report(struct table *t, struct csv_place at, const char *format, ...)
{
	char text[ERROR_SIZE];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), translated(format), ap);
	va_end(ap);
	t->n_errors++;
	t->form->on_error(at, text, t->form->to);
}

static void report_unknown(struct table *t, struct csv_place at, const char *name)
{
	struct suggestion s = { .word = name };
	const char *known;

	for (size_t i = 0; (known = t->form->column(i)); i++)
		suggestion_offer(&s, known);
	if (s.nearest)
		report(t, at, TO_TRANSLATE("column \"%s\": not known; did you mean \"%s\"?"), name, s.nearest);
	else
		report(t, at, TO_TRANSLATE("column \"%s\": not known; the first row names the %s"), name,
		       translated(t->form->what));
}

static void read_column(struct table *t, const struct row *header, int i)
{
	const char *name = header->cells[i], *known = find_column(t->form, name);

	if (name[0] == '\0')
		report(t, header->at[i], TO_TRANSLATE("column %d has no name; name it, or remove it from all rows"),
		       i + 1);
	else if (!known)
		report_unknown(t, header->at[i], name);
	for (int k = 0; known && k < i; k++)
		if (t->row.columns[k] && strcmp(t->row.columns[k], known) == 0)
			report(t, header->at[i], TO_TRANSLATE("column \"%s\" occurs twice; remove one"), known);
	t->row.columns[i] = known;
}

/* Returns whether all columns are known. */
static bool read_header(struct table *t, const struct row *header)
{
	if (header->n_filled > CSV_COLUMNS_MAX)
		report(t, place_of_line(header->line), TO_TRANSLATE("more than %d columns; the first row names the %s"),
		       CSV_COLUMNS_MAX, translated(t->form->what));
	t->row.n = header->n_filled < CSV_COLUMNS_MAX ? header->n_filled : CSV_COLUMNS_MAX;
	for (int i = 0; i < t->row.n; i++)
		read_column(t, header, i);
	return t->n_errors == 0;
}

static void pass_row(struct table *t, const struct row *row)
{
	const char named[] = { t->cursor.separator, '\0' };

	if (row->n_filled > t->row.n) {
		report(t, row->last,
		       TO_TRANSLATE(
			       "field %d of the row has no column, the first row names %d; write a field with %s in it "
			       "as \"…\""),
		       row->n_filled, t->row.n, t->cursor.separator == '\t' ? translated("a tab") : named);
		return;
	}
	if (row->n < t->row.n) {
		report(t, place_of_line(row->line),
		       TO_TRANSLATE("the row has %d fields, the first row names %d columns"), row->n, t->row.n);
		return;
	}
	memcpy(t->row.cells, row->cells, sizeof(t->row.cells));
	memcpy(t->row.at, row->at, sizeof(t->row.at));
	t->form->read_row(&t->row, t->form->to);
}

static bool next_row(struct table *t, struct row *ret)
{
	do {
		if (!read_row(&t->cursor, ret))
			return false;
	} while (ret->n_filled == 0 && !ret->is_wrong); /* a spreadsheet saves empty rows as commas alone */
	if (!ret->is_wrong)
		return true;
	report(t, ret->last,
	       TO_TRANSLATE("a quote that is not closed, or text after one; a quote within a quoted field is doubled"));
	return false;
}

void csv_read(char *text, const struct csv_form *form)
{
	struct table t = { .form = form, .cursor = { .at = text, .place = { 1, 1 } } };
	struct row row;

	t.cursor.separator = named_separator(&t.cursor);
	if (t.cursor.separator == '\0')
		t.cursor.separator = choose_separator(form, t.cursor.at);
	if (next_row(&t, &row)) {
		if (!read_header(&t, &row))
			return;
		while (next_row(&t, &row))
			pass_row(&t, &row);
	} else if (t.n_errors == 0) {
		report(&t, place_of_line(1), TO_TRANSLATE("empty; the first row names the %s"), translated(form->what));
	}
}

/* --- Writing --- */

void csv_begin(FILE *out)
{
	(void)fputs("\xef\xbb\xbf", out);
}

static bool is_formula(const char *cell)
{
	const char *first = cell + strspn(cell, " \t");

	return *first != '\0' && strchr("=+-@", *first);
}

static void write_cell(const char *cell, FILE *out)
{
	const bool is_guarded = is_formula(cell);

	if (!is_guarded && !strpbrk(cell, ",;\t\"\r\n")) {
		(void)fputs(cell, out);
		return;
	}
	(void)fputs(is_guarded ? "\"\t" : "\"", out);
	for (; *cell != '\0'; cell++) {
		if (*cell == '"')
			(void)fputc('"', out);
		(void)fputc(*cell, out);
	}
	(void)fputc('"', out);
}

void csv_write(const char *const *cells, size_t n, FILE *out)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			(void)fputc(',', out);
		write_cell(cells[i], out);
	}
	(void)fputs("\r\n", out);
}
