/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Translations: gettext(3) with the catalogues conf/po/, which each package installs under its own name. tests/lint/language.sh holds them
 * complete.
 */
#pragma once

#include "base/language.h"

/*
 * Takes the language of the environment (LANGUAGE, LC_ALL, LC_MESSAGES, LANG), from the catalogue of that name, which stays the
 * caller's. Without it, texts are English.
 */
void language_open(const char *catalogue);

/* Back to English, also in what the C library says: for what programs read. */
void language_close(void);
