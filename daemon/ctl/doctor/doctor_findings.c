/* SPDX-License-Identifier: Apache-2.0 */
/* The findings of the checks: kept in order, and shown as a page or as JSON. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/language.h"
#include "ctl/commands.h"
#include "ctl/doctor/doctor.h"
#include "ctl/page.h"
#include "ctl/value.h"

#define TEXT_SIZE 1024 /* a Korean syllable has three bytes */

DEFINE_CLEANUP(struct value *, value_free);

static const char *const level_names[] = {
	[DOCTOR_OK] = "ok",
	[DOCTOR_UNKNOWN] = "unknown",
	[DOCTOR_WARNING] = "warning",
	[DOCTOR_FAULT] = "fault",
};

void doctor_find(struct doctor *d, enum doctor_level level, const char *remedy, const char *format, ...)
{
	struct value *finding = value_add_new(d->findings, NULL, VALUE_MAP);
	char text[TEXT_SIZE];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), translated(format), ap);
	va_end(ap);
	value_add_text(finding, "check", d->check);
	value_add_text(finding, "level", level_names[level]);
	value_add_text(finding, "text", text);
	value_add_text(finding, "remedy", remedy ? translated(remedy) : "");
	d->n[level]++;
}

const char *doctor_remedy(const char *format, ...)
{
	static char text[TEXT_SIZE];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), translated(format), ap);
	va_end(ap);
	return text;
}

/* --- As a page --- */

#define LEVEL_COLUMNS 8
#define CHECK_COLUMNS 14

static void show_finding(const struct page *page, const struct value *f, enum doctor_level level)
{
	static const char *const marks[] = { TO_TRANSLATE("ok"), "?", TO_TRANSLATE("warn"), TO_TRANSLATE("FAULT") };
	static const enum page_colour colours[] = { PAGE_GREEN, PAGE_YELLOW, PAGE_YELLOW, PAGE_LOUD };
	const char *mark = translated(marks[level]);

	page_paint(page, colours[level]);
	(void)fputs(mark, page->out);
	page_paint(page, PAGE_PLAIN);
	(void)fprintf(page->out, "%*s", LEVEL_COLUMNS - (int)page_columns(mark), "");
	page_item(page, translated(value_text(f, "check")), "%s", value_text(f, "text"));
	if (value_text(f, "remedy")[0] == '\0')
		return;
	(void)fprintf(page->out, "%*s", LEVEL_COLUMNS, "");
	page_line(page, "", "→ %s", value_text(f, "remedy"));
}

static void show_sum(const struct page *page, const struct doctor *d)
{
	if (d->n[DOCTOR_FAULT] + d->n[DOCTOR_WARNING] + d->n[DOCTOR_UNKNOWN] == 0)
		(void)fputs(translated("\nNo problem was found.\n"), page->out);
	else
		(void)fprintf(page->out, translated("\nFaults: %u. Warnings: %u. Not checked: %u.\n"),
			      d->n[DOCTOR_FAULT], d->n[DOCTOR_WARNING], d->n[DOCTOR_UNKNOWN]);
}

/* Good findings first, the worst ones last: they are then visible at the end of the output. */
void doctor_show(const struct doctor *d)
{
	struct page page = page_open(d->ctl->out, d->now_sec);

	page.columns = page_width(&page) - LEVEL_COLUMNS;
	page.indent = CHECK_COLUMNS;
	page.margin = LEVEL_COLUMNS;
	for (enum doctor_level level = 0; level < _DOCTOR_LEVEL_MAX; level++)
		for (const struct value *f = d->findings->first; f; f = f->next)
			if (strcmp(value_text(f, "level"), level_names[level]) == 0)
				show_finding(&page, f, level);
	show_sum(&page, d);
}

void doctor_print_json(const struct doctor *d)
{
	_cleanup_(value_freep) struct value *report = value_new(VALUE_MAP);
	struct value *list = value_add_new(report, "findings", VALUE_LIST);

	for (const struct value *f = d->findings->first; f; f = f->next) {
		struct value *one = value_add_new(list, NULL, VALUE_MAP);

		for (const struct value *v = f->first; v; v = v->next)
			value_add_text(one, v->key, v->text);
	}
	value_add_number(report, "ok", d->n[DOCTOR_OK]);
	value_add_number(report, "unknown", d->n[DOCTOR_UNKNOWN]);
	value_add_number(report, "warnings", d->n[DOCTOR_WARNING]);
	value_add_number(report, "faults", d->n[DOCTOR_FAULT]);
	value_to_json(report, d->ctl->out);
}
