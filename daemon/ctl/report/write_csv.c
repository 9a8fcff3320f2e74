/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For a spreadsheet: RFC 4180 in UTF-8 with the mark that Excel needs to see that. One table with a column for everything that a
 * row of some section has; a fact is a row with its title and its value. No cell is taken for a formula.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/csv.h"
#include "base/language.h"
#include "ctl/page.h"
#include "ctl/report/sheet.h"
#include "ctl/value.h"

#define COLUMNS_MAX 64 /* of all sections together */

/* Of all lists; the same key is one column. */
struct columns {
	const struct sheet_column *list[COLUMNS_MAX];
	size_t n;
};

static bool is_known(const struct columns *c, const char *key)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->list[i]->key, key) == 0)
			return true;
	return false;
}

static void collect(struct columns *ret)
{
	for (const struct sheet_section *s = sheet_sections; s < sheet_sections + sheet_sections_n; s++)
		for (size_t i = 0; s->form == SECTION_ROWS && i < s->n_columns; i++)
			if (!is_known(ret, s->columns[i].key) && ret->n < COLUMNS_MAX)
				ret->list[ret->n++] = &s->columns[i];
}

/* --- A row --- */

#define BEGINNING 3 /* section, fact, value; then come the columns of rows */

struct line {
	char clean[BEGINNING + COLUMNS_MAX][SHEET_CELL_SIZE];
	const char *cells[BEGINNING + COLUMNS_MAX];
};

static void put_cell(struct line *line, size_t i, const char *text)
{
	line->cells[i] = page_clean(text, line->clean[i], sizeof(line->clean[i]));
}

static void begin_line(struct line *line, const char *section, const char *fact, const char *value)
{
	put_cell(line, 0, section);
	put_cell(line, 1, fact);
	put_cell(line, 2, value);
}

/* The columns of the row; `section` NULL: it has none. */
static void end_line(struct line *line, const struct columns *columns, const struct sheet_section *section,
		     const struct value *row, FILE *out)
{
	char room[SHEET_CELL_SIZE];

	for (size_t i = 0; i < columns->n; i++) {
		const struct sheet_column *own = NULL;

		for (size_t k = 0; section && k < section->n_columns; k++)
			if (strcmp(section->columns[k].key, columns->list[i]->key) == 0)
				own = &section->columns[k];
		put_cell(line, BEGINNING + i, own ? sheet_cell(row, own, room) : "");
	}
	csv_write(line->cells, BEGINNING + columns->n, out);
}

/* --- Sections --- */

static void put_facts(const struct columns *columns, const struct sheet_section *section, const struct value *facts,
		      FILE *out)
{
	char room[SHEET_CELL_SIZE];
	struct line line;

	for (size_t i = 0; i < section->n_columns; i++) {
		const char *text = sheet_cell(facts, &section->columns[i], room);

		if (text[0] == '\0')
			continue;
		begin_line(&line, translated(section->title), translated(section->columns[i].title), text);
		end_line(&line, columns, NULL, NULL, out);
	}
}

static void put_section(const struct columns *columns, const struct sheet_section *section, const struct value *v,
			FILE *out)
{
	struct line line;

	if (!v && section->is_optional)
		return;
	if (!v) {
		begin_line(&line, translated(section->title), "", translated(sheet_unknown));
		end_line(&line, columns, NULL, NULL, out);
		return;
	}
	if (section->form != SECTION_ROWS) {
		put_facts(columns, section, v, out);
		return;
	}
	for (const struct value *row = v->first; row; row = row->next) {
		begin_line(&line, translated(section->title), "", "");
		end_line(&line, columns, section, row, out);
	}
}

void report_write_csv(const struct value *sheet, FILE *out)
{
	struct columns columns = { 0 };
	struct line line;

	collect(&columns);
	csv_begin(out);
	begin_line(&line, translated("section"), translated("fact"), translated("value"));
	for (size_t i = 0; i < columns.n; i++)
		put_cell(&line, BEGINNING + i, translated(columns.list[i]->title));
	csv_write(line.cells, BEGINNING + columns.n, out);
	for (size_t i = 0; i < sheet_sections_n; i++)
		put_section(&columns, &sheet_sections[i], value_get(sheet, sheet_sections[i].key), out);
}
