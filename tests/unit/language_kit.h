/* SPDX-License-Identifier: Apache-2.0 */
/* A reader of another language: an installed locale with LANGUAGE, and the catalogue of this build. */
#pragma once

#include <errno.h>
#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/language.h"
#include "pki.h"

#define ANY_LOCALE "/usr/lib/locale/C.utf8" /* of libc-bin: every Debian has it */

/* build/tests/test_x → build/locale */
static inline const char *catalogues(void)
{
	static char path[PATH_MAX];

	memset(path, 0, sizeof(path));
	assert_true(readlink("/proc/self/exe", path, sizeof(path) - sizeof("/locale")) > 0);
	for (unsigned i = 0; i < 2; i++)
		*strrchr(path, '/') = '\0';
	return strcat(path, "/locale");
}

/* Newer C libraries than that of Debian 12 take no LANGUAGE in C.UTF-8: it takes part under another name too. */
static inline void install_locale(void)
{
	static const char *const names[] = { "C.utf8", "ko_KR.utf8" };
	char folder[PATH_MAX], link[PATH_MAX + 16];

	(void)snprintf(folder, sizeof(folder), "%s/installed", catalogues());
	assert_true(mkdir(folder, 0755) == 0 || errno == EEXIST);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		(void)snprintf(link, sizeof(link), "%s/%s", folder, names[i]);
		assert_true(symlink(ANY_LOCALE, link) == 0 || errno == EEXIST);
	}
	assert_int_equal(setenv("LOCPATH", folder, 1), 0);
}

/* From now on, as with LANGUAGE set to this; skips the test where the C library has no such locale to copy. */
static inline void speak(const char *language)
{
	if (access(ANY_LOCALE, F_OK) < 0)
		skip();
	install_locale();
	assert_non_null(setlocale(LC_ALL, "C")); /* so that nothing is remembered of another language */
	assert_int_equal(setenv("LC_ALL", "ko_KR.UTF-8", 1), 0);
	assert_int_equal(setenv("LANGUAGE", language, 1), 0);
	language_open("hallmark");
	assert_non_null(bindtextdomain("hallmark", catalogues()));
	assert_string_equal(setlocale(LC_MESSAGES, NULL), "ko_KR.UTF-8");
	assert_int_equal(unsetenv("LOCPATH"), 0); /* glibc 2.36: newlocale() loses memory where it is set */
}

static inline void speak_english(void)
{
	assert_int_equal(setenv("LC_ALL", "C.UTF-8", 1), 0);
	assert_int_equal(setenv("LANGUAGE", "", 1), 0);
	language_close();
}
