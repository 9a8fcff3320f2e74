/* SPDX-License-Identifier: Apache-2.0 */
/* A CSV file of a load, row by row. The meaning of the columns is not known here. */
#include "base/cleanup.h"
#include "base/csv.h"
#include "base/language.h"
#include "base/text_file.h"
#include "ctl/issue/loader.h"
#include "ctl/issue/statement.h"

struct reading {
	struct loader *l;
	const struct rows *rows;
};

static void on_error(struct csv_place at, const char *text, void *to)
{
	const struct reading *reading = to;

	reading->l->at = (struct position){ .line = at.line, .column = at.column };
	loader_error(reading->l, "%s", text);
}

void rows_enter(struct loader *l, const struct csv_row *row, int i)
{
	l->at = (struct position){ .line = row->at[i].line, .column = row->at[i].column };
}

void rows_leave(struct loader *l, const struct csv_row *row)
{
	l->at = (struct position){ .line = row->at[0].line };
}

static void read_row(const struct csv_row *row, void *to)
{
	const struct reading *reading = to;

	rows_leave(reading->l, row);
	reading->rows->read_row(reading->l, row, reading->rows->to);
}

void rows_read(struct loader *l, const struct rows *rows)
{
	struct reading reading = { l, rows };
	const struct csv_form form = {
		.what = rows->what, .column = rows->column, .read_row = read_row, .on_error = on_error, .to = &reading
	};
	_cleanup_free_ char *text = NULL;
	struct text_fault fault;
	int r = text_file_read(l->source->path, &text, &fault);

	if (r == 0)
		r = text_check_utf8(text, &fault);
	if (r == 0) {
		csv_read(text, &form);
		return;
	}
	l->at = (struct position){ .line = fault.line };
	loader_error(l, "%s%s", translated(fault.text), fault.is_unread ? translated("; is the name right?") : "");
}
