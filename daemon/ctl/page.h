/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text for a terminal: labelled lines, wrapped at the terminal's width. Control characters in names of devices have no
 * effect.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define PAGE_COLUMNS 80 /* when the width is unknown */
#define PAGE_INDENT  15 /* columns of the label before a text */

struct page {
	FILE *out;
	int64_t now_sec;
	unsigned columns; /* 0: PAGE_COLUMNS */
	unsigned indent;  /* 0: PAGE_INDENT */
	unsigned margin;  /* columns that the caller writes before a line; not included in `columns` */
	bool is_coloured;
};

/* A page as wide as the terminal or COLUMNS; coloured on a terminal, unless NO_COLOR is set (no-color.org). */
struct page page_open(FILE *out, int64_t now_sec);

unsigned page_width(const struct page *page);

enum page_colour {
	PAGE_PLAIN = 0,
	PAGE_GREEN,
	PAGE_YELLOW,
	PAGE_RED,
	PAGE_LOUD, /* must not be overlooked */
};

/* Sets the colour of the following text; PAGE_PLAIN resets it. No effect on a page without colour. */
void page_paint(const struct page *page, enum page_colour colour);

/* Writes the label, then the text from column PAGE_INDENT on, broken between words. Translates label and format. */
void page_line(const struct page *page, const char *label, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with a label that is a name, and stays as it is. */
void page_item(const struct page *page, const char *item, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Writes the label of a line, translated, and spaces up to where its text begins. */
void page_label(const struct page *page, const char *label);

/* Writes exactly `columns` columns: the text, cut with "…" when it is longer, and spaces. */
void page_cell(const struct page *page, const char *text, unsigned columns);

/* How many columns a text takes: a Korean syllable has two, a combining character none. */
unsigned page_columns(const char *text);

/* Copies text, with '?' for control characters, which a terminal would act on. Returns ret. */
char *page_clean(const char *text, char *ret, size_t size);
