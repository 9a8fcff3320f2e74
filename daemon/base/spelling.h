/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts that look like another text and have other bytes. Of Unicode's normal form NFC only this is known: Hangul in
 * conjoining jamo, and marks after a letter that most letters have composed forms with. A full test needs tables.
 */
#pragma once

#include <stddef.h>

#include "base/bytes.h"

enum spelling {
	SPELLING_SPACE_AT_END = 1 << 0, /* or at the beginning */
	SPELLING_OTHER_SPACE = 1 << 1,  /* as a no-break space */
	SPELLING_OTHER_DASH = 1 << 2,   /* as a no-break hyphen or an en dash */
	SPELLING_WIDE = 1 << 3,         /* full-width or half-width forms */
	SPELLING_JAMO = 1 << 4,         /* Hangul that is not composed */
	SPELLING_MARK = 1 << 5,         /* a letter and a combining mark */
};

/*
 * Returns what makes the text (UTF-8) unlike its look, of enum spelling; 0: nothing. ret_near is the plain text that
 * looks the same, as far as it is known (marks stay as they are); "" when it does not fit.
 */
unsigned spelling_find(const char *text, char *ret_near, size_t size);

/* What is found, for people: "it ends or begins with a space". The first of several. */
const char *spelling_text(unsigned found);
