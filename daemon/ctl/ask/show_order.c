/* SPDX-License-Identifier: Apache-2.0 */
/* An order and its effect: the zone before and after, and until when. */
#include <stdio.h>
#include <string.h>

#include "base/language.h"
#include "base/when.h"
#include "ctl/ask/show.h"
#include "ctl/page.h"
#include "ctl/value.h"

static void show_ordered(const struct page *page, const struct value *a)
{
	const char *order = value_text(a, "order"), *former = value_text(a, "former");
	int64_t until_sec = value_number(a, "order_until");
	char when[WHEN_SIZE];

	if (order[0] == '\0')
		page_line(page, "order", "released: %s", former);
	else if (until_sec == 0)
		page_line(page, "order", "%s, until it is released%s%s", order,
			  former[0] ? translated("; it replaces: ") : "", former);
	else
		page_line(page, "order", "%s until %s%s%s", order, when_to_text(until_sec, page->now_sec, when),
			  former[0] ? translated("; it replaces: ") : "", former);
}

/* Who confirms that this is the intended device. */
void show_chain(const struct page *page, const struct value *a)
{
	if (value_text(a, "chain")[0] == '\0')
		return; /* an earlier daemon does not report it */
	if (value_flag(a, "proved"))
		page_line(page, "chain", "ends in %s; UEID %s", value_text(a, "chain"), value_text(a, "ueid"));
	else
		page_line(page, "UNPROVED", "only the device itself says that it is UEID %s (%s)",
			  value_text(a, "ueid")[0] ? value_text(a, "ueid") : translated("(none)"),
			  value_text(a, "chain"));
}

void show_order(const struct page *page, const struct value *a)
{
	int64_t until_sec = value_number(a, "until");
	char when[WHEN_SIZE];

	page_line(page, "device", "%s, %s", value_text(a, "product"), value_text(a, "device"));
	show_chain(page, a);
	show_ordered(page, a);
	if (until_sec > page->now_sec)
		page_line(page, "zone", "from %s to %s until %s", value_text(a, "before"), value_text(a, "after"),
			  when_to_text(until_sec, page->now_sec, when));
	else if (strcmp(value_text(a, "before"), value_text(a, "after")) == 0)
		page_line(page, "zone", "stays %s", value_text(a, "after"));
	else
		page_line(page, "zone", "from %s to %s", value_text(a, "before"), value_text(a, "after"));
	page_line(page, "reason", "%s: %s", value_text(a, "reason"), translated(value_text(a, "sentence")));
	if (!value_flag(a, "kernel"))
		page_line(page, "KERNEL", "has not accepted it yet; the daemon tries again, and its journal says why");
	page_line(page, "record", "%s", value_text(a, "record"));
}

/* In `explain`: the order, and who gave it. */
void show_standing_order(const struct page *page, const struct value *d)
{
	const char *order = value_text(d, "order"), *zone = value_text(d, "order_zone");
	int64_t until_sec = value_number(d, "order_until");
	char since[WHEN_SIZE], until[WHEN_SIZE];

	if (order[0] == '\0')
		return;
	if (until_sec)
		(void)when_to_text(until_sec, page->now_sec, until);
	else
		(void)snprintf(until, sizeof(until), "%s", translated("it is released"));
	page_line(page, "ORDER", "%s%s%s, by user %lld, since %s, until %s; reason: %s", order,
		  zone[0] ? translated(" in ") : "", zone, (long long)value_number(d, "order_by"),
		  when_to_text(value_number(d, "order_since"), page->now_sec, since), until,
		  value_text(d, "order_reason")[0] ? value_text(d, "order_reason") : translated("none given"));
}

/* In `status`: exceptions must not be forgotten. */
void show_orders(const struct page *page, const struct value *orders)
{
	long long n_allow, n_monitor;

	if (!orders)
		return;
	n_allow = value_number(orders, "allow");
	n_monitor = value_number(orders, "monitor");
	page_line(page, "orders", "%lld quarantine, %lld allow, %lld monitor",
		  (long long)value_number(orders, "quarantine"), n_allow, n_monitor);
	if (n_monitor > 0)
		page_line(page, "MONITORED",
			  "%lld devices: what their zone drops is counted and passes. `hallmarkctl list` names them, "
			  "`hallmarkctl release` ends it",
			  n_monitor);
	if (n_allow > 0)
		page_line(page, "ALLOWED", "%lld devices are in a zone by an operator's order, not by what they prove",
			  n_allow);
}
