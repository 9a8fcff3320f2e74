/* SPDX-License-Identifier: Apache-2.0 */
#include "base/language.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

#define PART_SIZE      512
#define SEPARATOR_SIZE 2

static const struct language *spoken;

void language_set(const struct language *language)
{
	spoken = language;
}

const char *translated(const char *text)
{
	return spoken && text[0] ? spoken->text(text) : text; /* of catalogues, the empty one is the header */
}

const char *translated_n(const char *one, const char *many, int64_t n)
{
	if (spoken)
		return spoken->number(one, many, n < 0 ? 0 : (unsigned long)n);
	return n == 1 ? one : many;
}

/* Whether a part may end here. */
static bool is_end(const char *text)
{
	static const char *const separators[] = { ": ", "; ", " (" };

	for (size_t i = 0; i < ARRAY_SIZE(separators); i++)
		if (strncmp(text, separators[i], SEPARATOR_SIZE) == 0)
			return true;
	return *text == '\0';
}

/*
 * The length of the longest part at the beginning of the text that has a translation, which *ret is then; or of the shortest one, and
 * *ret is NULL.
 */
static size_t take_part(const char *text, char part[static PART_SIZE], const char **ret)
{
	size_t shortest = 0;

	while (!is_end(text + shortest))
		shortest++;
	for (size_t n = strlen(text); n >= shortest && n > 0; n--) {
		if (n >= PART_SIZE || !is_end(text + n))
			continue;
		(void)snprintf(part, PART_SIZE, "%.*s", (int)n, text);
		*ret = translated(part);
		if (*ret != part)
			return n;
	}
	*ret = NULL;
	return shortest;
}

const char *translated_parts(const char *text, char *ret, size_t size)
{
	size_t at = 0;

	ret[0] = '\0';
	while (*text && at < size) {
		char part[PART_SIZE];
		const char *shown;
		const size_t n = take_part(text, part, &shown), rest = strlen(text + n);
		const size_t between = rest < SEPARATOR_SIZE ? rest : SEPARATOR_SIZE;

		if (shown)
			at += (size_t)snprintf(ret + at, size - at, "%s%.*s", shown, (int)between, text + n);
		else
			at += (size_t)snprintf(ret + at, size - at, "%.*s", (int)(n + between), text);
		text += n + between;
	}
	return ret;
}
