/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/language.h"

#define LINE_SIZE 2048

static int shown_level = LOG_INFO;

void log_set_level(int level)
{
	shown_level = level;
}

int log_level(void)
{
	return shown_level;
}

bool log_shows(int level)
{
	return level <= shown_level;
}

static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[64];
	struct stat st;

	if (!stream || fstat(STDERR_FILENO, &st) < 0)
		return false;
	(void)snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(stream, own) == 0;
}

bool log_is_journal(void)
{
	static int known = -1;

	if (known < 0)
		known = is_journal();
	return known;
}

static void log_text(int level, const char *text)
{
	if (log_is_journal())
		(void)fprintf(stderr, "<%d>%s\n", level, text);
	else
		(void)fprintf(stderr, "%s\n", text);
}

void log_line(int level, const char *format, ...)
{
	char text[LINE_SIZE];
	va_list ap;

	if (!log_shows(level))
		return;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), translated(format), ap);
	va_end(ap);
	log_text(level, text);
}

int log_errno(int r, const char *format, ...)
{
	char text[LINE_SIZE], line[LINE_SIZE + 128];
	va_list ap;

	if (LOG_ERR > shown_level)
		return r;
	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), translated(format), ap);
	va_end(ap);
	(void)snprintf(line, sizeof(line), "%s: %s", text, strerror(r < 0 ? -r : r));
	log_text(LOG_ERR, line);
	return r;
}
