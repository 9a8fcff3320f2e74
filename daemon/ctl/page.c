/* SPDX-License-Identifier: Apache-2.0 */
/* Lines and cells for a terminal. A column is taken to be a code point: East Asian wide characters count as one. */
#include "ctl/page.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static unsigned columns_of(const char *text, size_t n)
{
	unsigned columns = 0;

	for (size_t i = 0; i < n; i++)
		columns += !is_continuation(text[i]);
	return columns;
}

char *page_clean(const char *text, char *ret, size_t size)
{
	size_t n = strnlen(text, size - 1);

	while (text[n] != '\0' && n > 0 && is_continuation(text[n]))
		n--;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];
		/* U+0080 to U+009F are controls too: 0xc2 and then 0x80 to 0x9f. */
		bool is_control =
			c < 0x20 || c == 0x7f || (c >= 0x80 && c < 0xa0 && i > 0 && (unsigned char)text[i - 1] == 0xc2);

		ret[i] = is_control ? '?' : text[i];
		if (is_control && c >= 0x80)
			ret[i - 1] = '?';
	}
	ret[n] = '\0';
	return ret;
}

static void put_wrapped(const struct page *page, const char *text)
{
	unsigned column = PAGE_INDENT;

	while (*text != '\0') {
		size_t n = strcspn(text, " ");
		unsigned width = columns_of(text, n);

		if (column > PAGE_INDENT && column + 1 + width > PAGE_COLUMNS) {
			(void)fprintf(page->out, "\n%*s", PAGE_INDENT, "");
			column = PAGE_INDENT;
		} else if (column > PAGE_INDENT) {
			(void)fputc(' ', page->out);
			column++;
		}
		(void)fwrite(text, 1, n, page->out);
		column += width;
		text += n + strspn(text + n, " ");
	}
}

void page_line(const struct page *page, const char *label, const char *format, ...)
{
	char text[2048], clean[2048];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);

	(void)fprintf(page->out, text[0] != '\0' ? "%-*s" : "%.*s", PAGE_INDENT, label);
	put_wrapped(page, page_clean(text, clean, sizeof(clean)));
	(void)fputc('\n', page->out);
}

void page_cell(const struct page *page, const char *text, unsigned columns)
{
	char clean[512];
	size_t n = 0;
	unsigned kept = 0;

	(void)page_clean(text, clean, sizeof(clean));

	bool is_cut = columns_of(clean, strlen(clean)) > columns;
	unsigned most = is_cut ? columns - 1 : columns;

	for (; clean[n] != '\0' && (kept < most || is_continuation(clean[n])); n++)
		kept += !is_continuation(clean[n]);
	(void)fprintf(page->out, "%.*s%s%*s", (int)n, clean, is_cut ? "…" : "", (int)(columns - kept - is_cut), "");
}
