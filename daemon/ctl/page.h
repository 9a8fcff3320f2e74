/* SPDX-License-Identifier: Apache-2.0 */
/* Text for a terminal: labelled lines, wrapped at the terminal's width, safe to show whatever a device called itself. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define PAGE_COLUMNS 80 /* where nothing says how wide it is */
#define PAGE_INDENT  15 /* columns of the label in front of a text */

struct page {
	FILE *out;
	int64_t now_sec;
	unsigned columns; /* 0: PAGE_COLUMNS */
	unsigned indent;  /* 0: PAGE_INDENT */
	unsigned margin;  /* columns that the caller writes in front of a line; `columns` are those that are left */
	bool is_coloured;
};

/* A page as wide as the terminal, or as COLUMNS says; coloured on a terminal, unless NO_COLOR is set (no-color.org). */
struct page page_open(FILE *out, int64_t now_sec);

unsigned page_width(const struct page *page);

enum page_colour {
	PAGE_PLAIN = 0,
	PAGE_GREEN,
	PAGE_YELLOW,
	PAGE_RED,
	PAGE_LOUD, /* nobody must overlook it */
};

/* What follows is of that colour, until PAGE_PLAIN. Nothing on a page that is not coloured. */
void page_paint(const struct page *page, enum page_colour colour);

/* Writes the label, then the text from column PAGE_INDENT on, broken between words. */
void page_line(const struct page *page, const char *label, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Writes exactly `columns` columns: the text, cut with "…" when it is longer, and spaces. */
void page_cell(const struct page *page, const char *text, unsigned columns);

/* Copies text without what a terminal would obey (control characters become '?'). Returns ret. */
char *page_clean(const char *text, char *ret, size_t size);
