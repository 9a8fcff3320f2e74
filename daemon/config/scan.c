/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds numbers that do not fit into 32 bits in a file that libconfig has parsed. libconfig 1.5 truncates them
 * silently: a port of 4294973000 would be 5704. Knows only as much of the grammar as it needs to skip texts and
 * comments.
 */
#include "config/reader.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct scan {
	struct reader *reader;
	const char *path;
	const char *at;
	unsigned line;
};

static int scan_next(struct scan *s)
{
	int c = *s->at != '\0' ? (unsigned char)*s->at++ : EOF;

	s->line += c == '\n';
	return c;
}

static void scan_back(struct scan *s, int c)
{
	s->line -= c == '\n';
	s->at -= c != EOF;
}

static void skip_line(struct scan *s)
{
	int c = 0;

	while (c != EOF && c != '\n')
		c = scan_next(s);
}

static void skip_text(struct scan *s)
{
	for (int c = scan_next(s); c != EOF && c != '"'; c = scan_next(s))
		if (c == '\\')
			(void)scan_next(s);
}

static void skip_comment(struct scan *s)
{
	int before = 0, c = scan_next(s);

	if (c == '/')
		skip_line(s);
	if (c != '*')
		return;
	for (c = scan_next(s); c != EOF && !(before == '*' && c == '/'); c = scan_next(s))
		before = c;
}

/* Reads the rest of a name or number; characters that do not fit into ret are dropped. */
static void scan_word(struct scan *s, int c, char *ret, size_t size)
{
	size_t n = 0;

	for (; c != EOF && (isalnum(c) || strchr("+-._*", c)); c = scan_next(s))
		if (n < size - 1)
			ret[n++] = (char)c;
	ret[n] = '\0';
	scan_back(s, c);
}

static bool number_fits(const char *text)
{
	const bool is_hex = strncasecmp(text + strspn(text, "+-"), "0x", 2) == 0;
	char *end;

	errno = 0;
	long long value = strtoll(text, &end, is_hex ? 16 : 10);

	if (errno == ERANGE)
		return false;
	if (*end != '\0') /* 5L is a 64-bit number; the type check refuses a float */
		return true;
	return value >= INT32_MIN && value <= INT32_MAX;
}

void config_scan_numbers(struct reader *r, const char *path, const char *text)
{
	struct scan s = { .reader = r, .path = path, .at = text, .line = 1 };
	char word[64] = "";

	for (int c = scan_next(&s); c != EOF; c = scan_next(&s)) {
		if (c == '"')
			skip_text(&s);
		else if (c == '#')
			skip_line(&s);
		else if (c == '/')
			skip_comment(&s);
		else if (isalnum(c) || c == '-' || c == '+' || c == '*')
			scan_word(&s, c, word, sizeof(word));
		else
			continue;
		if (!isalpha(word[0]) && isdigit(word[strspn(word, "+-")]) && !number_fits(word))
			reader_error_at(r, path, s.line, "%s does not fit into 32 bits; write a smaller number", word);
		word[0] = '\0';
	}
}
