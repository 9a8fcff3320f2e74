/* SPDX-License-Identifier: Apache-2.0 */
/* `show`: one device on one screen: what, where, until when, by which label. `explain` says why. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/language.h"
#include "base/when.h"
#include "ctl/ask/show.h"
#include "ctl/page.h"
#include "ctl/value.h"

static void show_until(const struct page *page, const struct value *d)
{
	const char *zone = value_text(d, "zone");
	char when[WHEN_SIZE];

	page_paint(page, PAGE_PLAIN);
	page_label(page, "zone");
	show_zone_name(page, zone, page_columns(zone));
	if (value_number(d, "until") > page->now_sec)
		(void)fprintf(page->out, translated(" until %s\n"),
			      when_to_text(value_number(d, "until"), page->now_sec, when));
	else
		(void)fputc('\n', page->out);
	if (value_text(d, "rule")[0])
		page_line(page, "", "by the rule \"%s\"", value_text(d, "rule"));
	if (strcmp(value_text(d, "reason"), "admitted") != 0)
		page_line(page, "", "%s", translated(value_text(d, "sentence")));
	if (value_text(d, "held_back")[0])
		page_line(page, "", "not a better zone, because %s", translated(value_text(d, "held_back_sentence")));
}

static void show_worth(const struct page *page, const struct value *d)
{
	const char *recognised = value_text(d, "recognised"), *arrangement = value_text(d, "arrangement");
	char level[64];

	if (value_text(d, "scheme")[0] == '\0') {
		page_line(page, "label", "none that is verified");
		return;
	}
	(void)show_level(d, level, sizeof(level));
	if (strcmp(value_text(d, "issuer_role"), "scheme") == 0)
		page_line(page, "label", "%s, number %s, issued by %s", level, value_text(d, "label"),
			  value_text(d, "issuer"));
	else
		page_line(page, "label", "%s, number %s, transcribed by %s", level, value_text(d, "label"),
			  value_text(d, "issuer"));
	if (recognised[0] == '\0' || strcmp(recognised, "none") == 0)
		page_line(page, "", "not recognised here");
	else if (arrangement[0] == '\0')
		page_line(page, "", "the home scheme's own");
	else
		page_line(page, "", "recognised as %s by %s", recognised, arrangement);
}

/* The kernel's zone is shown only when it differs from the decision's, and from that of its place. */
static void show_kernels_word(const struct page *page, const struct value *d)
{
	const struct value *kernel = value_get(d, "kernel");
	const char *held = value_flag(kernel, "present") ? value_text(kernel, "zone") : "quarantine";

	show_sharing(page, d);
	if (kernel && strcmp(held, value_text(d, "zone")) != 0 &&
	    !(show_is_lesser(d) && strcmp(held, value_text(d, "place_zone")) == 0))
		page_line(page, "KERNEL", "has it in %s; `hallmarkctl diff` says more", held);
}

void show_renewals(const struct page *page, const struct value *d)
{
	const int64_t n = value_number(d, "renewals");
	char when[WHEN_SIZE];

	if (n > 0)
		(void)when_to_text(value_number(d, "attested"), page->now_sec, when);
	if (n == 1)
		page_line(page, "renewed", "once, at %s", when);
	else if (n > 1)
		page_line(page, "renewed", "%" PRId64 " times, last at %s", n, when);
}

void show_one(const struct page *page, const struct value *d)
{
	char when[WHEN_SIZE];

	page_line(page, "device", "%s", value_text(d, "device"));
	show_called(page, d);
	page_line(page, "product", "%s", value_text(d, "product"));
	page_line(page, "ueid", "%s", value_text(d, "ueid"));
	show_chain(page, d);
	show_until(page, d);
	show_kernels_word(page, d);
	show_standing_order(page, d);
	if (value_number(d, "monitored_until") > page->now_sec)
		page_line(page, "MONITORED", "what its zone drops is counted and passes until %s",
			  when_to_text(value_number(d, "monitored_until"), page->now_sec, when));
	show_worth(page, d);
	page_line(page, "place", "%s, MAC %s, address %s", value_text(d, "interface"), value_text(d, "mac"),
		  value_text(d, "address"));
	page_line(page, "attested", "%s%s", when_to_text(value_number(d, "attested"), page->now_sec, when),
		  value_flag(d, "provisional") ? translated("; provisionally, as the clock is not synchronised") : "");
	show_renewals(page, d);
	page_line(page, "more", "hallmarkctl explain %.8s, hallmarkctl log show %.8s", value_text(d, "device"),
		  value_text(d, "device"));
}
