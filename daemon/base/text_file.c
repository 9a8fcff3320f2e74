/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text_file.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/language.h"
#include "base/utf8.h"

#define TEXT_FILE_MAX ((size_t)64 << 20) /* bytes: a register of every label of a scheme has a few million */
#define MARK_MAX      3

/* A byte-order mark, and the name by which iconv knows what follows it. */
struct mark {
	const char *encoding; /* NULL: UTF-8 */
	uint8_t bytes[MARK_MAX];
	uint8_t n;
};

static const struct mark marks[] = {
	{ NULL, { 0xef, 0xbb, 0xbf }, 3 },
	{ "UTF-16LE", { 0xff, 0xfe }, 2 },
	{ "UTF-16BE", { 0xfe, 0xff }, 2 },
};

static const struct mark *mark_of(struct bytes file)
{
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (file.n >= marks[i].n && memcmp(file.p, marks[i].bytes, marks[i].n) == 0)
			return &marks[i];
	return NULL;
}

/* Not file_read(): a statement may come through a pipe. */
static int read_all(FILE *f, char **ret, size_t *ret_n)
{
	_cleanup_free_ char *p = NULL;
	size_t n = 0, size = 0, got;

	do {
		if (n + 1 >= size) {
			char *more = realloc(p, size = size * 2 + 4096);

			if (!more)
				return -ENOMEM;
			p = more;
		}
		got = fread(p + n, 1, size - n - 1, f);
		n += got;
		if (n > TEXT_FILE_MAX)
			return -EFBIG;
	} while (got > 0);
	if (ferror(f))
		return errno ? -errno : -EIO;
	p[n] = '\0';
	*ret = TAKE_PTR(p);
	*ret_n = n;
	return 0;
}

/* A character of two bytes needs at most three in UTF-8. Returns 0, -EILSEQ, -ENOMEM, or -ENOSYS without a converter. */
static int utf8_of_utf16(const char *encoding, char *in, size_t n_in, char **ret, size_t *ret_n)
{
	size_t n_out = n_in / 2 * 3;
	_cleanup_free_ char *text = malloc(n_out + 1);
	char *out = text;

	if (!text)
		return -ENOMEM;

	iconv_t to_utf8 = iconv_open("UTF-8", encoding);

	if (to_utf8 == (iconv_t)-1)
		return errno == ENOMEM ? -ENOMEM : -ENOSYS; /* glibc has its converters in files of their own */

	bool is_whole = iconv(to_utf8, &in, &n_in, &out, &n_out) != (size_t)-1 && n_in == 0;

	(void)iconv_close(to_utf8);
	if (!is_whole)
		return -EILSEQ;
	*out = '\0';
	*ret_n = (size_t)(out - text);
	*ret = TAKE_PTR(text);
	return 0;
}

static unsigned line_at(const char *text, size_t at)
{
	unsigned line = 1;

	for (size_t i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

static int fault_set(struct text_fault *ret, int r, unsigned line, const char *text)
{
	*ret = (struct text_fault){ .line = line, .text = text };
	return r;
}

/* Why the whole file is refused. */
static int fault_of_file(struct text_fault *ret, int r)
{
	switch (r) {
	case -ENOMEM:
		return fault_set(ret, r, 0, TO_TRANSLATE("out of memory"));
	case -EFBIG:
		return fault_set(ret, r, 0, TO_TRANSLATE("larger than 64 MiB; divide it, or name the right file"));
	case -EILSEQ:
		return fault_set(
			ret, r, 0,
			TO_TRANSLATE(
				"begins as UTF-16 and is not UTF-16 to its end, perhaps cut off. Save the file again, "
				"as UTF-8"));
	case -ENOSYS:
		return fault_set(ret, r, 0,
				 TO_TRANSLATE("UTF-16, which cannot be converted here. Save the file as UTF-8"));
	default:
		(void)fault_set(ret, r, 0, strerror(-r));
		ret->is_unread = true;
		return r;
	}
}

/* A zero byte would end the string, and what follows it would be left out without a word. */
static int check_zero(const char *text, size_t n, struct text_fault *ret_fault)
{
	if (strlen(text) == n)
		return 0;
	return fault_set(
		ret_fault, -EILSEQ, line_at(text, strlen(text)),
		TO_TRANSLATE(
			"a byte with value 0: this is no text, or UTF-16 without a byte-order mark. Save the file as "
			"UTF-8"));
}

static int convert(char **file, size_t *n, struct text_fault *ret_fault)
{
	const struct mark *mark = mark_of(bytes_of(*file, *n));
	char *text = NULL;

	if (!mark)
		return 0;
	*n -= mark->n;
	if (!mark->encoding) {
		memmove(*file, *file + mark->n, *n + 1);
		return 0;
	}

	int r = utf8_of_utf16(mark->encoding, *file + mark->n, *n, &text, n);

	if (r < 0)
		return fault_of_file(ret_fault, r);
	free(*file);
	*file = text;
	return 0;
}

int text_file_read(const char *path, char **ret, struct text_fault *ret_fault)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	_cleanup_free_ char *file = NULL;
	size_t n = 0;
	int r = f ? read_all(f, &file, &n) : -errno;

	if (r < 0)
		return fault_of_file(ret_fault, r);
	r = convert(&file, &n, ret_fault);
	if (r == 0)
		r = check_zero(file, n, ret_fault);
	if (r == 0)
		*ret = TAKE_PTR(file);
	return r;
}

const char *text_file_mark(const char *path)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	uint8_t start[MARK_MAX];
	const struct mark *mark = f ? mark_of(bytes_of(start, fread(start, 1, sizeof(start), f))) : NULL;

	if (!mark)
		return NULL;
	return mark->encoding ?
		       TO_TRANSLATE("UTF-16. Save the file as UTF-8 without a byte-order mark") :
		       TO_TRANSLATE(
			       "begins with a byte-order mark, which no editor shows. Save the file as UTF-8 without "
			       "it, or run: sed -i '1s/^\\xef\\xbb\\xbf//' FILE");
}

int text_check_utf8(const char *text, struct text_fault *ret_fault)
{
	const size_t n = strlen(text);

	for (size_t i = 0; i < n;) {
		uint32_t c;
		size_t length = utf8_next(bytes_of(text + i, n - i), &c);

		if (length == 0)
			return fault_set(
				ret_fault, -EILSEQ, line_at(text, i),
				TO_TRANSLATE(
					"not UTF-8; Korean programs often save CP949 (EUC-KR). Save the file as UTF-8 "
					"(in Excel: CSV UTF-8), or convert it: iconv -f CP949 -t UTF-8 FILE"));
		i += length;
	}
	return 0;
}
