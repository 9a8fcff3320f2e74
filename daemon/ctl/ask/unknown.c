/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/ask/unknown.h"

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "ctl/ask/online.h"
#include "ctl/ask/peer.h"
#include "ctl/ask/show.h"
#include "ctl/ask/vendor.h"
#include "ctl/page.h"
#include "ctl/value.h"
#include "hallmark/bus.h"

DEFINE_CLEANUP(struct value *, value_free);
DEFINE_CLEANUP(struct vendors *, vendors_free);

/* Behind the last one of the page before; NULL: from the first on. */
static int append_place(sd_bus_message *m, const void *last)
{
	return sd_bus_message_append(m, "sss", last ? value_text(last, "interface") : "",
				     last ? value_text(last, "bridge_port") : "", last ? value_text(last, "mac") : "");
}

enum ctl_exit unknown_ask(sd_bus *bus, struct value *all)
{
	enum ctl_exit r;
	bool has_more;

	do {
		_cleanup_(value_freep) struct value *some = NULL;

		r = ask_over(bus,
			     &(struct peer_question){
				     .method = "UnknownDevices", .append = append_place, .userdata = all->last },
			     &some);
		has_more = r == CTL_YES && some->first;
		if (has_more)
			value_append(all, some);
	} while (has_more);
	return r;
}

static enum ctl_exit ask_all(const struct ctl *ctl, struct value *all)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;

	if (peer_connect(ctl->socket ? ctl->socket : HALLMARK_BUS_SOCKET, &bus) < 0)
		return CTL_FAULT;
	return unknown_ask(bus, all);
}

/* The daemon does not know the vendors: it need not read a file for them. */
static void add_vendors(struct value *all)
{
	_cleanup_(vendors_freep) struct vendors *vendors = vendors_read(VENDORS_FOLDER);
	uint8_t mac[6];

	for (struct value *d = all->first; d; d = d->next)
		if (mac_from_text(value_text(d, "mac"), mac))
			value_add_text(d, "vendor", vendors_find(vendors, mac));
}

enum ctl_exit unknown_ask_daemon(const struct ctl *ctl, struct value *all)
{
	const enum ctl_exit r = ask_all(ctl, all);

	if (r == CTL_YES)
		add_vendors(all);
	return r;
}

enum ctl_exit list_unknown(const struct ctl *ctl)
{
	_cleanup_(value_freep) struct value *all = value_new(VALUE_LIST);
	const struct page page = page_open(ctl->out, clock_realtime_sec());
	const enum ctl_exit r = unknown_ask_daemon(ctl, all);

	if (r != CTL_YES)
		return r;
	if (ctl->json)
		value_to_json(all, ctl->out);
	else
		show_unknown(&page, all);
	return CTL_YES;
}
