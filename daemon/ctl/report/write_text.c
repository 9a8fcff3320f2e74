/* SPDX-License-Identifier: Apache-2.0 */
/* For a terminal, and for mail: 80 columns. What does not fit into a column is broken into lines; nothing is cut. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/language.h"
#include "base/utf8.h"
#include "ctl/page.h"
#include "ctl/report/sheet.h"
#include "ctl/value.h"

#define FACT_INDENT 38 /* columns of a fact's title */
#define GAP         1  /* columns between two cells */
#define WIDTH_MIN   6  /* of a column that has to make room */
#define DAY_COLUMNS 10 /* of a time: its day, and the rest in the next line */
#define COLUMNS_MAX ARRAY_SIZE(((struct sheet_section *)0)->columns)

/* --- Tables --- */

struct table {
	const struct sheet_section *section;
	unsigned used;
	unsigned widths[COLUMNS_MAX];
	FILE *out;
};

static void widen(unsigned *width, unsigned columns)
{
	if (columns > *width)
		*width = columns;
}

static unsigned total_of(const struct table *t)
{
	unsigned total = 0;

	for (size_t i = 0; i < t->section->n_columns; i++)
		total += t->used & 1U << i ? t->widths[i] + GAP : 0;
	return total - GAP;
}

/* Below which a column is not made narrower while another one can be. */
static unsigned least_of(enum column_kind kind, unsigned natural)
{
	switch (kind) {
	case COLUMN_KEYWORD:
	case COLUMN_DEVICE:
		return natural;
	case COLUMN_TIME:
		return DAY_COLUMNS;
	default:
		return WIDTH_MIN;
	}
}

/* Takes from the widest column that can give, until all fit. */
static void shrink(struct table *t)
{
	unsigned least[COLUMNS_MAX];

	for (size_t i = 0; i < t->section->n_columns; i++)
		least[i] = least_of(t->section->columns[i].kind, t->widths[i]);
	while (total_of(t) > PAGE_COLUMNS) {
		size_t widest = COLUMNS_MAX;

		for (size_t i = 0; i < t->section->n_columns; i++)
			if (t->used & 1U << i && t->widths[i] > least[i] &&
			    (widest == COLUMNS_MAX || t->widths[i] >= t->widths[widest]))
				widest = i;
		if (widest == COLUMNS_MAX)
			return;
		t->widths[widest]--;
	}
}

static void measure(struct table *t, const struct value *rows)
{
	char room[SHEET_CELL_SIZE];

	t->used = sheet_used(rows, t->section);
	for (size_t i = 0; i < t->section->n_columns; i++) {
		if (!(t->used & 1U << i))
			continue;
		widen(&t->widths[i], page_columns(translated(t->section->columns[i].title)));
		for (const struct value *row = rows->first; row; row = row->next)
			widen(&t->widths[i], page_columns(sheet_cell(row, &t->section->columns[i], room)));
	}
	shrink(t);
}

/* How many bytes of the text go into a line of that many columns: up to a space, if there is one. At least one character. */
static size_t take_line(const char *text, unsigned width)
{
	size_t n = 0, space = 0;
	unsigned columns = 0;

	while (text[n] != '\0') {
		char one[8] = "";
		uint32_t c;
		size_t length = utf8_next(bytes_of_string(text + n), &c);

		length = length > 0 ? length : 1;
		memcpy(one, text + n, length);
		columns += page_columns(one);
		if (columns > width && n > 0)
			return space > 0 ? space : n;
		if (text[n] == ' ')
			space = n;
		n += length;
	}
	return n;
}

/* Appends the next line of the cell, and spaces up to the next column. Returns what is left of it. */
static const char *put_part(const struct table *t, const char *text, size_t i, FILE *line)
{
	const size_t n = take_line(text, t->widths[i]);
	char part[SHEET_CELL_SIZE];

	(void)snprintf(part, sizeof(part), "%.*s", (int)n, text);
	const int pad = (int)t->widths[i] - (int)page_columns(part);
	const bool is_number = t->section->columns[i].kind == COLUMN_COUNT;

	(void)fprintf(line, "%*s%s%*s", is_number && pad > 0 ? pad : 0, "", part,
		      (is_number || pad < 0 ? 0 : pad) + GAP, "");
	return text + n + strspn(text + n, " ");
}

static void put_line(const char *line, FILE *out)
{
	size_t n = strlen(line);

	while (n > 0 && line[n - 1] == ' ')
		n--;
	(void)fprintf(out, "%.*s\n", (int)n, line);
}

static void put_row(const struct table *t, char cells[][SHEET_CELL_SIZE])
{
	const char *left[COLUMNS_MAX];
	bool has_more = true;

	for (size_t i = 0; i < t->section->n_columns; i++)
		left[i] = cells[i];
	while (has_more) {
		char text[1024] = "";
		_cleanup_fclose_ FILE *line = fmemopen(text, sizeof(text) - 1, "w");

		has_more = false;
		for (size_t i = 0; line && i < t->section->n_columns; i++) {
			if (!(t->used & 1U << i))
				continue;
			left[i] = put_part(t, left[i], i, line);
			has_more |= *left[i] != '\0';
		}
		if (line)
			(void)fflush(line);
		put_line(text, t->out);
	}
}

static void put_rows(const struct sheet_section *section, const struct value *rows, FILE *out)
{
	char cells[COLUMNS_MAX][SHEET_CELL_SIZE], room[SHEET_CELL_SIZE];
	struct table t = { .section = section, .out = out };

	measure(&t, rows);
	for (size_t i = 0; i < section->n_columns; i++)
		(void)snprintf(cells[i], SHEET_CELL_SIZE, "%s", translated(section->columns[i].title));
	put_row(&t, cells);
	for (const struct value *row = rows->first; row; row = row->next) {
		for (size_t i = 0; i < section->n_columns; i++)
			(void)page_clean(sheet_cell(row, &section->columns[i], room), cells[i], SHEET_CELL_SIZE);
		put_row(&t, cells);
	}
}

/* --- Sections --- */

static void put_facts(const struct page *page, const struct sheet_section *section, const struct value *facts)
{
	char room[SHEET_CELL_SIZE];

	for (size_t i = 0; i < section->n_columns; i++) {
		const char *text = sheet_cell(facts, &section->columns[i], room);

		if (text[0] != '\0')
			page_item(page, translated(section->columns[i].title), "%s", text);
	}
}

static void put_paragraph(const struct page *page, const char *text)
{
	const struct page whole = { .out = page->out, .columns = PAGE_COLUMNS, .indent = 1 };

	page_item(&whole, "", "%s", translated(text));
}

static void put_title(const char *title, FILE *out)
{
	(void)fprintf(out, "\n%s\n", title);
	for (unsigned n = page_columns(title); n > 0; n--)
		(void)fputc('-', out);
	(void)fputc('\n', out);
}

static void put_section(const struct page *page, const struct sheet_section *section, const struct value *sheet)
{
	const struct value *v = value_get(sheet, section->key);

	if (!v && section->is_optional)
		return;
	put_title(translated(section->title), page->out);
	if (!v) {
		put_paragraph(page, sheet_unknown);
		return;
	}
	if (section->about)
		put_paragraph(page, section->about);
	if (section->form != SECTION_ROWS)
		put_facts(page, section, v);
	else if (v->first)
		put_rows(section, v, page->out);
	else
		put_paragraph(page, section->empty);
}

void report_write_text(const struct value *sheet, FILE *out)
{
	const struct page page = { .out = out, .columns = PAGE_COLUMNS, .indent = FACT_INDENT };

	(void)fprintf(out, translated("Report for %s"), value_text(value_get(sheet, "report"), "month"));
	(void)fputc('\n', out);
	for (size_t i = 0; i < sheet_sections_n; i++)
		put_section(&page, &sheet_sections[i], sheet);
}
