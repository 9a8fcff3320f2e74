/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int shown_level = LOG_INFO;

void log_set_level(int level)
{
	shown_level = level;
}

static void log_text(int level, const char *text)
{
	if (getenv("JOURNAL_STREAM"))
		(void)fprintf(stderr, "<%d>%s\n", level, text);
	else
		(void)fprintf(stderr, "%s\n", text);
}

void log_line(int level, const char *format, ...)
{
	char text[1024];
	va_list ap;

	if (level > shown_level)
		return;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	log_text(level, text);
}

int log_errno(int r, const char *format, ...)
{
	char text[1024], line[1200];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	(void)snprintf(line, sizeof(line), "%s: %s", text, strerror(r < 0 ? -r : r));
	log_text(LOG_ERR, line);
	return r;
}
