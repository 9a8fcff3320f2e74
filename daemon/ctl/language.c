/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/language.h"

#include <libintl.h>
#include <locale.h>

static const char *domain;

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
