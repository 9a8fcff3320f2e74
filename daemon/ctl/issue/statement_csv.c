/* SPDX-License-Identifier: Apache-2.0 */
/* Statements as CSV: the header names fields, a row is one class. */
#include <string.h>

#include "base/csv.h"
#include "base/language.h"
#include "ctl/issue/loader.h"
#include "ctl/issue/statement.h"
#include "token/label.h"

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

	for (char *one = strtok_r(cell, " \r\n", &rest); one; one = strtok_r(NULL, " \r\n", &rest))
		statement_add_anchor(l, label, one);
}

/* A row that differs from the previous one only in its class is another class of the same label. */
static bool continues(const struct label *before, const struct label *row)
{
	for (size_t i = 0; i < label_fields.n; i++) {
		const struct field *f = &label_fields.list[i];

		if (memcmp((const char *)before + f->offset, (const char *)row + f->offset, f->size) != 0)
			return false;
	}
	return memcmp(before->anchors, row->anchors, sizeof(row->anchors)) == 0;
}

static void read_row(struct loader *l, const struct csv_row *cells, void *to)
{
	struct label_register *ret = to;
	struct label row = { .status_index = STATUS_INDEX_NONE },
		     *label = ret->n_labels > 0 ? &ret->labels[ret->n_labels - 1] : NULL;
	struct label_class class = { 0 };

	for (int i = 0; i < cells->n; i++) {
		rows_enter(l, cells, i);
		read_cell(l, cells->columns[i], cells->cells[i], &row, &class);
	}
	rows_leave(l, cells);
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

static const char *column(size_t i)
{
	if (i < label_fields.n)
		return label_fields.list[i].name;
	i -= label_fields.n;
	if (i < class_fields.n)
		return class_fields.list[i].name;
	return i == class_fields.n ? "anchors" : NULL;
}

void statements_read_csv(struct loader *l, struct label_register *ret)
{
	const struct rows rows = { .what = TO_TRANSLATE("settings of a label and of a class"),
				   .column = column,
				   .read_row = read_row,
				   .to = ret };

	rows_read(l, &rows);
}
