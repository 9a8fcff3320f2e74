/* SPDX-License-Identifier: Apache-2.0 */
/* links: base */
/* dictionary: csv */
/* CSV → rows: every cell is a part of the text, in its order, and ends there. */
#include "base/csv.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static const char *text_begin;
static size_t text_size;

static const char *column(size_t i)
{
	static const char *const names[] = { "a", "b" };

	return i < ARRAY_SIZE(names) ? names[i] : NULL;
}

static void read_row(const struct csv_row *row, void *to)
{
	const char *former = text_begin;

	(void)to;
	for (int i = 0; i < row->n; i++) {
		if (row->cells[i] < former || row->cells[i] + strlen(row->cells[i]) >= text_begin + text_size ||
		    row->at[i].line == 0)
			abort();
		former = row->cells[i];
	}
}

static void on_error(struct csv_place at, const char *text, void *to)
{
	(void)to;
	if (at.line == 0 || text[0] == '\0')
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct csv_form form = {
		.what = "a and b", .column = column, .read_row = read_row, .on_error = on_error
	};
	_cleanup_free_ char *text = strndup((const char *)p, n);

	if (!text)
		return 0;
	text_begin = text;
	text_size = strlen(text) + 1;
	csv_read(text, &form);
	return 0;
}
