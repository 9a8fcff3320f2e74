/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that ask a running daemon. */
#include <errno.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/peer.h"
#include "ctl/show.h"
#include "hallmark/bus.h"

DEFINE_CLEANUP(struct value *, value_free);

typedef void (*show_function)(const struct page *page, const struct value *answer);

static enum ctl_exit ask(const struct ctl *ctl, const char *method, show_function show)
{
	const struct page page = { .out = ctl->out, .now_sec = clock_realtime_sec() };
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(value_freep) struct value *answer = NULL;
	int r;

	r = peer_connect(ctl->socket ? ctl->socket : HALLMARK_BUS_SOCKET, &bus);
	if (r < 0)
		return CTL_FAULT;

	r = peer_call(bus, method, ctl->operand, &answer);
	if (r < 0)
		return r == -ENODEV ? CTL_NO : CTL_FAULT;

	if (ctl->json)
		value_to_json(answer, ctl->out);
	else
		show(&page, answer);
	return CTL_YES;
}

enum ctl_exit ctl_status(const struct ctl *ctl)
{
	return ask(ctl, "Status", show_status);
}

enum ctl_exit ctl_list(const struct ctl *ctl)
{
	return ask(ctl, "List", show_list);
}

enum ctl_exit ctl_explain(const struct ctl *ctl)
{
	return ask(ctl, "Explain", show_explain);
}
