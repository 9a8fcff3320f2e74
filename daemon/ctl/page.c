/* SPDX-License-Identifier: Apache-2.0 */
/* Lines and cells for a terminal. One code point counts as one column, also for East Asian wide characters. */
#include "ctl/page.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS_MAX 240 /* longer lines are hard to read */

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
		/* U+0080 to U+009F are control characters too: 0xc2, then 0x80 to 0x9f. */
		bool is_control =
			c < 0x20 || c == 0x7f || (c >= 0x80 && c < 0xa0 && i > 0 && (unsigned char)text[i - 1] == 0xc2);

		ret[i] = is_control ? '?' : text[i];
		if (is_control && c >= 0x80)
			ret[i - 1] = '?';
	}
	ret[n] = '\0';
	return ret;
}

/* --- The page --- */

static unsigned columns_of_terminal(int fd)
{
	const char *text = getenv("COLUMNS");
	struct winsize size;
	unsigned long n = 0;

	if (text)
		n = strtoul(text, NULL, 10);
	else if (isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0)
		n = size.ws_col;
	return n < PAGE_COLUMNS ? PAGE_COLUMNS : n > COLUMNS_MAX ? COLUMNS_MAX : (unsigned)n;
}

struct page page_open(FILE *out, int64_t now_sec)
{
	const char *no_colour = getenv("NO_COLOR");
	const int fd = fileno(out); /* -1: a text in memory */

	return (struct page){
		.out = out,
		.now_sec = now_sec,
		.columns = columns_of_terminal(fd),
		.is_coloured = isatty(fd) && !(no_colour && no_colour[0] != '\0'),
	};
}

unsigned page_width(const struct page *page)
{
	return page->columns ? page->columns : PAGE_COLUMNS;
}

void page_paint(const struct page *page, enum page_colour colour)
{
	static const char *const codes[] = {
		[PAGE_PLAIN] = "\033[0m", [PAGE_GREEN] = "\033[32m",     [PAGE_YELLOW] = "\033[33m",
		[PAGE_RED] = "\033[31m",  [PAGE_LOUD] = "\033[1;37;41m",
	};

	if (page->is_coloured)
		(void)fputs(codes[colour], page->out);
}

/* --- Lines and cells --- */

static unsigned indent_of(const struct page *page)
{
	return page->indent ? page->indent : PAGE_INDENT;
}

static void put_wrapped(const struct page *page, const char *text)
{
	const unsigned indent = indent_of(page);
	unsigned column = indent;

	while (*text != '\0') {
		size_t n = strcspn(text, " ");
		unsigned width = columns_of(text, n);

		if (column > indent && column + 1 + width > page_width(page)) {
			(void)fprintf(page->out, "\n%*s", (int)(page->margin + indent), "");
			column = indent;
		} else if (column > indent) {
			(void)fputc(' ', page->out);
			column++;
		}
		(void)fwrite(text, 1, n, page->out);
		column += width;
		text += n + strspn(text + n, " ");
	}
}

/* Labels in capitals mark what must not be overlooked. */
static void put_label(const struct page *page, const char *label, bool has_text)
{
	const bool is_loud = label[0] >= 'A' && label[0] <= 'Z' && label[1] >= 'A' && label[1] <= 'Z';
	const int columns = (int)columns_of(label, strlen(label)), indent = (int)indent_of(page);

	if (is_loud)
		page_paint(page, PAGE_LOUD);
	(void)fputs(label, page->out);
	if (is_loud)
		page_paint(page, PAGE_PLAIN);
	if (has_text && columns < indent)
		(void)fprintf(page->out, "%*s", indent - columns, "");
}

void page_line(const struct page *page, const char *label, const char *format, ...)
{
	char text[2048], clean[2048];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);

	put_label(page, label, text[0] != '\0');
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
