/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Translations: gettext(3) with the catalogues conf/po/, which each package installs under its own name. tests/lint/language.sh holds them
 * complete.
 */
#pragma once

#include <stdbool.h>

#include "base/language.h"

/*
 * Takes the language of the environment (LANGUAGE, LC_ALL, LC_MESSAGES, LANG), from the catalogue of that name, which stays the
 * caller's. Without it, texts are English.
 */
void language_open(const char *catalogue);

/* Back to English, also in what the C library says: for what programs read. */
void language_close(void);

/*
 * Whatever the environment says, and whether or not the system has that locale: "en", or a language with translations, as "ko". Returns
 * false, and texts are English, when there are none. Texts of one that was chosen before are gone.
 */
bool language_choose(const char *name);
