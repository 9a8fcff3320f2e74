/* SPDX-License-Identifier: Apache-2.0 */
/* Text for a terminal: labelled lines, wrapped at 80 columns, safe to show whatever a device called itself. */
#pragma once

#include <stdint.h>
#include <stdio.h>

#define PAGE_COLUMNS 80
#define PAGE_INDENT  15 /* columns of the label in front of a text */

struct page {
	FILE *out;
	int64_t now_sec;
};

/* Writes the label, then the text from column PAGE_INDENT on, broken between words. */
void page_line(const struct page *page, const char *label, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Writes exactly `columns` columns: the text, cut with "…" when it is longer, and spaces. */
void page_cell(const struct page *page, const char *text, unsigned columns);

/* Copies text without what a terminal would obey (control characters become '?'). Returns ret. */
char *page_clean(const char *text, char *ret, size_t size);
