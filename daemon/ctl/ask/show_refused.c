/* SPDX-License-Identifier: Apache-2.0 */
/* Who cannot connect, and why. */
#include <inttypes.h>
#include <stdio.h>

#include "base/language.h"
#include "base/when.h"
#include "ctl/ask/show.h"
#include "ctl/page.h"
#include "ctl/value.h"

static void put_part(const struct page *page, const char *label, const char *text)
{
	if (text[0] != '\0')
		page_line(page, label, "%s", text);
}

static void show_sender(const struct page *page, const struct value *f)
{
	char when[WHEN_SIZE];
	const char *alert = value_text(f, "alert");

	page_item(page, value_text(f, "cause"),
		  translated_n("%s on %s%s%s%s%s, %" PRId64 " time, %s",
			       "%s on %s%s%s%s%s, %" PRId64 " times, the last %s", value_number(f, "times")),
		  value_text(f, "address"), value_text(f, "interface"), value_text(f, "bridge_port")[0] ? " " : "",
		  value_text(f, "bridge_port"), value_text(f, "mac")[0] ? ", MAC " : "", value_text(f, "mac"),
		  value_number(f, "times"), when_to_text(value_number(f, "last"), page->now_sec, when));
	page_line(page, "", "%s%s%s", translated(value_text(f, "sentence")), alert[0] ? "; " : "", alert);
	put_part(page, TO_TRANSLATE("  offers"), value_text(f, "offer"));
	put_part(page, TO_TRANSLATE("  change"), translated(value_text(f, "remedy")));
}

void show_refused(const struct page *page, const struct value *list)
{
	struct page wide = *page;

	wide.indent = 24; /* the longest cause */
	if (!list->first)
		(void)fputs(translated("no handshake has failed since the daemon started\n"), page->out);
	for (const struct value *f = list->first; f; f = f->next)
		show_sender(&wide, f);
}
