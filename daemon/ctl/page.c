/* SPDX-License-Identifier: Apache-2.0 */
/* Lines and cells for a terminal. A Korean syllable is two columns wide, a combining character has no column. */
#include "ctl/page.h"

#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "base/language.h"
#include "base/utf8.h"

#define COLUMNS_MAX    240 /* longer lines are hard to read */
#define PAGE_TEXT_SIZE 2048

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* By the C library's table for UTF-8, whatever the user's locale is. */
static unsigned width_of(uint32_t c)
{
	static locale_t utf8; /* kept until the program ends */
	locale_t before;
	int width;

	if (!utf8)
		utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
	if (!utf8)
		return 1;
	before = uselocale(utf8);
	width = wcwidth((wchar_t)c);
	(void)uselocale(before);
	return width < 0 ? 1 : (unsigned)width;
}

/* The next character of a text: its bytes, and its columns. A byte that is not UTF-8 has one. */
static size_t next_character(const char *text, size_t n, unsigned *ret_columns)
{
	uint32_t c;
	const size_t length = utf8_next(bytes_of(text, n), &c);

	*ret_columns = length > 0 ? width_of(c) : 1;
	return length > 0 ? length : 1;
}

static unsigned columns_of(const char *text, size_t n)
{
	unsigned columns = 0, width;

	for (size_t i = 0; i < n; columns += width)
		i += next_character(text + i, n - i, &width);
	return columns;
}

unsigned page_columns(const char *text)
{
	return columns_of(text, strlen(text));
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

static void put_label(const struct page *page, const char *label, bool is_loud, bool has_text)
{
	const int columns = (int)page_columns(label), indent = (int)indent_of(page);

	if (is_loud)
		page_paint(page, PAGE_LOUD);
	(void)fputs(label, page->out);
	if (is_loud)
		page_paint(page, PAGE_PLAIN);
	if (has_text && columns < indent)
		(void)fprintf(page->out, "%*s", indent - columns, "");
}

/* Labels in capitals mark what must not be overlooked. */
static bool is_loud(const char *label)
{
	return label[0] >= 'A' && label[0] <= 'Z' && label[1] >= 'A' && label[1] <= 'Z';
}

void page_label(const struct page *page, const char *label)
{
	put_label(page, translated(label), is_loud(label), true);
}

static void put_text(const struct page *page, const char *text)
{
	char clean[PAGE_TEXT_SIZE];

	put_wrapped(page, page_clean(text, clean, sizeof(clean)));
	(void)fputc('\n', page->out);
}

void page_line(const struct page *page, const char *label, const char *format, ...)
{
	char text[PAGE_TEXT_SIZE];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), translated(format), ap);
	va_end(ap);
	put_label(page, translated(label), is_loud(label), text[0] != '\0');
	put_text(page, text);
}

void page_item(const struct page *page, const char *item, const char *format, ...)
{
	char text[PAGE_TEXT_SIZE];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), translated(format), ap);
	va_end(ap);
	put_label(page, item, false, text[0] != '\0');
	put_text(page, text);
}

void page_cell(const struct page *page, const char *text, unsigned columns)
{
	char clean[512];
	size_t n = 0;
	unsigned kept = 0, width;

	(void)page_clean(text, clean, sizeof(clean));

	const size_t size = strlen(clean);
	const bool is_cut = page_columns(clean) > columns;
	const unsigned most = is_cut ? columns - 1 : columns;

	for (size_t length; n < size; n += length, kept += width) {
		length = next_character(clean + n, size - n, &width);
		if (kept + width > most)
			break;
	}
	(void)fprintf(page->out, "%.*s%s%*s", (int)n, clean, is_cut ? "…" : "", (int)(columns - kept - is_cut), "");
}
