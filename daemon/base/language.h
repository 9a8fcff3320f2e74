/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The language of texts for people. A program that has translations says where they come from (ctl/language.h); in any other, and in
 * the daemon, texts are English. JSON, names and whatever else a program may read are not translated.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Marks a text that is translated elsewhere. */
#define TO_TRANSLATE(text) text

struct language {
	const char *(*text)(const char *text);
	const char *(*number)(const char *one, const char *many, unsigned long n);
};

/* The language from now on; NULL: English. */
void language_set(const struct language *language);

/* The text in that language, or itself. Static, or the text. */
const char *translated(const char *text) __attribute__((format_arg(1)));

/* The same of a text about n things: `one` for one, else `many`; a language may have more forms, or only one. */
const char *translated_n(const char *one, const char *many, int64_t n) __attribute__((format_arg(1), format_arg(2)));

/*
 * What an earlier command or another part of the program said, in its parts: "SENTENCE: DETAIL", "SENTENCE (NAME)" and
 * "SENTENCE; SENTENCE". Of each that begins with a text of the catalogue, that text is translated, and the rest stays.
 * Returns ret.
 */
const char *translated_parts(const char *text, char *ret, size_t size);
