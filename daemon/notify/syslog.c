/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 5424 section 6: header, structured data, and the subject in UTF-8. */
#include "notify/syslog.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "ctl/page.h"
#include "ctl/value.h"
#include "notify/text.h"

#define NAME_MAX_BYTES 32  /* of a parameter's name */
#define HOST_MAX_BYTES 255 /* of HOSTNAME */

/* Who is put where less is permitted, or a storm, is more urgent than a change like others. */
static unsigned severity_of(const struct value *v)
{
	const char *kind = value_text(v, "event");
	const bool is_loud = strcmp(kind, "gateway") == 0 || strcmp(kind, "sum") == 0 ||
			     strcmp(value_text(v, "after"), "quarantine") == 0;

	return is_loud ? LOG_WARNING : LOG_NOTICE;
}

/* Printable ASCII without spaces; "-" for nothing. */
static void put_word(FILE *out, const char *text, size_t max)
{
	if (!text[0])
		(void)fputc('-', out);
	for (size_t i = 0; text[i] && i < max; i++)
		(void)fputc(text[i] > ' ' && text[i] <= '~' ? text[i] : '?', out);
}

static void put_name(FILE *out, const char *name)
{
	for (size_t i = 0; name[i] && i < NAME_MAX_BYTES; i++)
		(void)fputc(name[i] > ' ' && name[i] <= '~' && !strchr("=]\"", name[i]) ? name[i] : '_', out);
}

/* Section 6.3.3: these three, and no other, have a backslash before them. */
static void put_escaped(FILE *out, const char *text)
{
	char clean[1024];

	for (const char *c = page_clean(text, clean, sizeof(clean)); *c; c++) {
		if (strchr("\"\\]", *c))
			(void)fputc('\\', out);
		(void)fputc(*c, out);
	}
}

static void put_parameter(FILE *out, const struct value *v)
{
	const bool has_value =
		(v->kind == VALUE_TEXT && v->text[0]) || v->kind == VALUE_NUMBER || (v->kind == VALUE_MAP && v->first);

	if (!has_value)
		return;
	(void)fputc(' ', out);
	put_name(out, v->key);
	(void)fputs("=\"", out);
	if (v->kind == VALUE_TEXT)
		put_escaped(out, v->text);
	else if (v->kind == VALUE_NUMBER)
		(void)fprintf(out, "%" PRId64, v->number);
	for (const struct value *one = v->first; one; one = one->next) {
		(void)fprintf(out, "%s%" PRId64 " ", one == v->first ? "" : ", ", one->number);
		put_escaped(out, one->key);
	}
	(void)fputc('"', out);
}

char *syslog_compose(unsigned facility, const char *id, const struct value *event)
{
	char when[32], subject[SUBJECT_SIZE], *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	if (!out)
		return NULL;
	(void)fprintf(out, "<%u>1 %s ", facility * 8 + severity_of(event),
		      time_to_text(value_number(event, "time"), when));
	put_word(out, value_text(event, "gateway"), HOST_MAX_BYTES);
	(void)fputs(" hallmark - ", out);
	put_word(out, value_text(event, "event"), NAME_MAX_BYTES);
	(void)fprintf(out, " [%s", id);
	for (const struct value *v = event->first; v; v = v->next)
		if (v->kind != VALUE_LIST)
			put_parameter(out, v);
	(void)fprintf(out, "] \xef\xbb\xbf%s", text_subject(event, subject));
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}
