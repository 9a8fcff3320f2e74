/* SPDX-License-Identifier: Apache-2.0 */
/* Who is there and was never judged. */
#include <stdbool.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/language.h"
#include "base/when.h"
#include "ctl/ask/show.h"
#include "ctl/page.h"
#include "ctl/value.h"

#define CELLS 6

static const unsigned columns[CELLS] = {
	13, 17, 10, 16, 20, 0
};                     /* with a space between them 80: the last one is for what is left */
#define REFUSED_MIN 16 /* of the last one, or it is not shown */

static void show_row(const struct page *page, const char *const cells[CELLS])
{
	const unsigned spare = page_width(page) - PAGE_COLUMNS;
	const bool has_last = spare > 2 * REFUSED_MIN;
	const unsigned part = has_last ? spare / 3 : spare / 2;

	for (unsigned i = 0; i < (has_last ? CELLS : CELLS - 1); i++) {
		if (i > 0)
			(void)fputc(' ', page->out);
		page_cell(page, cells[i],
			  columns[i] + (i == 3 || (i == 4 && has_last) ? part :
					i == 4                         ? spare - part :
					i == 5                         ? spare - 2 * part - 1 :
									 0));
	}
	(void)fputc('\n', page->out);
}

/* "tcp 443, udp 53": as many as fit. */
static void list_refused(const struct value *d, char ret[static 160])
{
	const struct value *all = value_get(d, "refused");
	size_t at = 0;

	ret[0] = '\0';
	for (const struct value *v = all ? all->first : NULL; v && at < 120; v = v->next)
		at += (size_t)snprintf(ret + at, 160 - at, "%s%.32s", at > 0 ? ", " : "", v->text);
}

static void show_device(const struct page *page, const struct value *d)
{
	const struct value *addresses = value_get(d, "addresses");
	const char *port = value_text(d, "bridge_port");
	char ago[32] = "-" /* now */, refused[160], when[WHEN_SIZE];

	if (value_number(d, "last") < page->now_sec)
		(void)span_to_text(page->now_sec - value_number(d, "last"), ago);
	list_refused(d, refused);
	show_row(page,
		 (const char *const[CELLS]){ port[0] ? port : value_text(d, "interface"), value_text(d, "mac"), ago,
					     value_text(d, "name")[0] ? value_text(d, "name") : value_text(d, "vendor"),
					     addresses && addresses->first ? addresses->first->text : "", refused });
	if (value_text(d, "exception")[0])
		page_line(page, "", "exception: zone %s until %s", value_text(d, "exception"),
			  when_to_text(value_number(d, "until"), page->now_sec, when));
}

void show_unknown(const struct page *page, const struct value *list)
{
	if (!list->first) {
		(void)fputs(translated("nobody has sent anything who was not judged\n"), page->out);
		return;
	}
	show_row(page, (const char *const[CELLS]){ translated("PORT"), translated("MAC"), translated("SILENT FOR"),
						   translated("NAME OR VENDOR"), translated("ADDRESS"),
						   translated("REFUSED") });
	for (const struct value *d = list->first; d; d = d->next)
		show_device(page, d);
}
