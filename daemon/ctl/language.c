/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/language.h"

#include <endian.h>
#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "ctl/file.h"

/* --- That of the environment, by the C library --- */

static const char *domain = "hallmark";

static const char *text_of(const char *text)
{
	return dgettext(domain, text);
}

static const char *number_of(const char *one, const char *many, unsigned long n)
{
	return dngettext(domain, one, many, n);
}

void language_open(const char *catalogue)
{
	static const struct language language = { text_of, number_of };

	domain = catalogue;
	(void)setlocale(LC_CTYPE, "");
	(void)setlocale(LC_MESSAGES, "");
	(void)bindtextdomain(domain, HALLMARK_LOCALEDIR);
	(void)bind_textdomain_codeset(domain, "UTF-8"); /* as all other texts are written */
	language_set(&language);
}

void language_close(void)
{
	(void)setlocale(LC_MESSAGES, "C");
	language_set(NULL);
}

/* --- A chosen one, which the C library gives only with a locale of it installed: so its catalogue is read here --- */

#define CATALOGUE_MAX   (4 << 20) /* bytes */
#define CATALOGUE_MAGIC 0x950412deU

/*
 * A .mo file (GNU gettext's manual, "The Format of GNU MO Files"), as msgfmt writes it: little-endian, sorted. Formats with PRId64 are
 * in a table of their own, which is not read: they stay English, and no report has one.
 */
static struct {
	struct bytes file; /* owned, until the program ends */
	uint32_t n, originals, translations;
} chosen;

static uint32_t word_at(size_t at)
{
	uint32_t word;

	memcpy(&word, chosen.file.p + at, sizeof(word));
	return le32toh(word);
}

/* A table of n pairs: length and place of each string. */
static const char *string_at(uint32_t table, uint32_t i)
{
	return (const char *)chosen.file.p + word_at((size_t)table + 8 * (size_t)i + 4);
}

static bool is_table_sound(uint32_t table)
{
	if ((size_t)table + 8 * (size_t)chosen.n > chosen.file.n)
		return false;
	for (uint32_t i = 0; i < chosen.n; i++) {
		const size_t length = word_at((size_t)table + 8 * (size_t)i);
		const size_t at = word_at((size_t)table + 8 * (size_t)i + 4);

		if (at + length >= chosen.file.n || chosen.file.p[at + length] != '\0')
			return false;
	}
	return true;
}

static bool is_sound(void)
{
	if (chosen.file.n < 20 || word_at(0) != CATALOGUE_MAGIC)
		return false;
	chosen.n = word_at(8);
	chosen.originals = word_at(12);
	chosen.translations = word_at(16);
	return is_table_sound(chosen.originals) && is_table_sound(chosen.translations);
}

static const char *find(const char *text)
{
	uint32_t low = 0, high = chosen.n;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;
		const int order = strcmp(string_at(chosen.originals, middle), text);

		if (order == 0)
			return string_at(chosen.translations, middle);
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static const char *chosen_text(const char *text)
{
	const char *found = text[0] != '\0' ? find(text) : NULL; /* the empty one has the catalogue's head */

	return found && found[0] != '\0' ? found : text;
}

/* Of the languages here that have translations, none distinguishes numbers: the first form is that of all. */
static const char *chosen_number(const char *one, const char *many, unsigned long n)
{
	const char *found = find(one);

	if (found && found[0] != '\0')
		return found;
	return n == 1 ? one : many;
}

bool language_choose(const char *name)
{
	static const struct language language = { chosen_text, chosen_number };
	const char *folder = bindtextdomain(domain, NULL);
	char path[PATH_MAX];

	language_close();
	if (strcmp(name, "en") == 0)
		return true;
	if (strspn(name, "abcdefghijklmnopqrstuvwxyz") != strlen(name) || name[0] == '\0')
		return false;
	free_bytes(&chosen.file); /* of another one */
	(void)snprintf(path, sizeof(path), "%s/%s/LC_MESSAGES/%s.mo",
		       folder && folder[0] == '/' ? folder : HALLMARK_LOCALEDIR, name, domain);
	if (access(path, R_OK) < 0 || file_load(path, CATALOGUE_MAX, &chosen.file) < 0)
		return false;
	if (!is_sound()) {
		free_bytes(&chosen.file);
		return false;
	}
	language_set(&language);
	return true;
}
