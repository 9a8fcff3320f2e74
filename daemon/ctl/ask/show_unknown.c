/* SPDX-License-Identifier: Apache-2.0 */
/* Who is there and was never judged. */
#include <stdio.h>

#include "base/clock.h"
#include "base/language.h"
#include "base/when.h"
#include "ctl/ask/show.h"
#include "ctl/page.h"
#include "ctl/value.h"

#define CELLS 5

static const unsigned columns[CELLS] = { 13, 17, 10, 16, 20 }; /* with a space between them 80 */

static void show_row(const struct page *page, const char *const cells[CELLS])
{
	const unsigned spare = page_width(page) - PAGE_COLUMNS;

	for (unsigned i = 0; i < CELLS; i++) {
		if (i > 0)
			(void)fputc(' ', page->out);
		page_cell(page, cells[i], columns[i] + (i == 3 ? spare / 2 : i == 4 ? spare - spare / 2 : 0));
	}
	(void)fputc('\n', page->out);
}

static void show_device(const struct page *page, const struct value *d)
{
	const struct value *addresses = value_get(d, "addresses");
	const char *port = value_text(d, "bridge_port");
	char ago[32] = "-" /* now */, when[WHEN_SIZE];

	if (value_number(d, "last") < page->now_sec)
		(void)span_to_text(page->now_sec - value_number(d, "last"), ago);
	show_row(page,
		 (const char *const[CELLS]){ port[0] ? port : value_text(d, "interface"), value_text(d, "mac"), ago,
					     value_text(d, "name")[0] ? value_text(d, "name") : value_text(d, "vendor"),
					     addresses && addresses->first ? addresses->first->text : "" });
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
						   translated("NAME OR VENDOR"), translated("ADDRESS") });
	for (const struct value *d = list->first; d; d = d->next)
		show_device(page, d);
}
