/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For a spreadsheet: RFC 4180 in UTF-8 with the mark that Excel needs to see that. One table with a column for everything that a
 * row of some section has; a fact is a row with its title and its value. No cell is taken for a formula.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/language.h"
#include "ctl/page.h"
#include "ctl/report/sheet.h"
#include "ctl/value.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define FORMULA         "=+-@\t\r" /* a text that begins so is one, to a spreadsheet */
#define COLUMNS_MAX     64         /* of all sections together */

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

/* --- Fields --- */

static void put_field(const char *text, bool is_first, FILE *out)
{
	char clean[SHEET_CELL_SIZE];

	(void)fputs(is_first ? "\"" : ",\"", out);
	if (text[0] != '\0' && strchr(FORMULA, text[0]))
		(void)fputc('\'', out);
	for (const char *c = page_clean(text, clean, sizeof(clean)); *c; c++) {
		(void)fputs(*c == '"' ? "\"" : "", out);
		(void)fputc(*c, out);
	}
	(void)fputc('"', out);
}

/* What the row begins with; then come the columns of rows. */
static void put_beginning(const char *section, const char *fact, const char *value, FILE *out)
{
	put_field(section, true, out);
	put_field(fact, false, out);
	put_field(value, false, out);
}

static void put_cells(const struct columns *columns, const struct sheet_section *section, const struct value *row,
		      FILE *out)
{
	char room[SHEET_CELL_SIZE];

	for (size_t i = 0; i < columns->n; i++) {
		const struct sheet_column *own = NULL;

		for (size_t k = 0; section && k < section->n_columns; k++)
			if (strcmp(section->columns[k].key, columns->list[i]->key) == 0)
				own = &section->columns[k];
		put_field(own ? sheet_cell(row, own, room) : "", false, out);
	}
	(void)fputs("\r\n", out);
}

/* --- Sections --- */

static void put_facts(const struct columns *columns, const struct sheet_section *section, const struct value *facts,
		      FILE *out)
{
	char room[SHEET_CELL_SIZE];

	for (size_t i = 0; i < section->n_columns; i++) {
		const char *text = sheet_cell(facts, &section->columns[i], room);

		if (text[0] == '\0')
			continue;
		put_beginning(translated(section->title), translated(section->columns[i].title), text, out);
		put_cells(columns, NULL, NULL, out);
	}
}

static void put_section(const struct columns *columns, const struct sheet_section *section, const struct value *v,
			FILE *out)
{
	if (!v && section->is_optional)
		return;
	if (!v) {
		put_beginning(translated(section->title), "", translated(sheet_unknown), out);
		put_cells(columns, NULL, NULL, out);
		return;
	}
	if (section->form != SECTION_ROWS) {
		put_facts(columns, section, v, out);
		return;
	}
	for (const struct value *row = v->first; row; row = row->next) {
		put_beginning(translated(section->title), "", "", out);
		put_cells(columns, section, row, out);
	}
}

void report_write_csv(const struct value *sheet, FILE *out)
{
	struct columns columns = { 0 };

	collect(&columns);
	(void)fputs(BYTE_ORDER_MARK, out);
	put_beginning(translated("section"), translated("fact"), translated("value"), out);
	for (size_t i = 0; i < columns.n; i++)
		put_field(translated(columns.list[i]->title), false, out);
	(void)fputs("\r\n", out);
	for (size_t i = 0; i < sheet_sections_n; i++)
		put_section(&columns, &sheet_sections[i], value_get(sheet, sheet_sections[i].key), out);
}
