/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator orders of one device. The daemon judges it; here only what cannot be asked for is refused. */
#include <stddef.h>

#include "base/log.h"
#include "base/when.h"
#include "ctl/ask/online.h"
#include "ctl/ask/peer.h"
#include "ctl/ask/show.h"
#include "decide/order.h"

/* An order as on the command line. */
struct wish {
	const char *device, *zone, *reason;
	uint32_t seconds;
};

static int append_quarantine(sd_bus_message *m, const void *userdata)
{
	const struct wish *w = userdata;

	return sd_bus_message_append(m, "ssu", w->device, w->reason, w->seconds);
}

static int append_allow(sd_bus_message *m, const void *userdata)
{
	const struct wish *w = userdata;

	return sd_bus_message_append(m, "ssus", w->device, w->zone, w->seconds, w->reason);
}

static int append_monitor(sd_bus_message *m, const void *userdata)
{
	const struct wish *w = userdata;

	return sd_bus_message_append(m, "sus", w->device, w->seconds, w->reason);
}

static int append_release(sd_bus_message *m, const void *userdata)
{
	const struct wish *w = userdata;

	return sd_bus_message_append(m, "s", w->device);
}

/* Whether --for is a time that an order of this kind may last. */
static bool take_seconds(const struct ctl *ctl, bool is_exception, uint32_t *ret)
{
	int64_t sec = 0;

	if (ctl->for_ && !when_parse_span(ctl->for_, &sec)) {
		log_error("--for \"%s\": give a time as 90s, 30m, 24h or 7d", ctl->for_);
		return false;
	}
	if (is_exception && sec > ORDER_MAX_SEC) {
		log_error("--for \"%s\": an exception is for at most %dd; give the order again after that", ctl->for_,
			  ORDER_MAX_SEC / 86400);
		return false;
	}
	if (sec > UINT32_MAX) {
		log_error("--for \"%s\": leave it out, and the quarantine lasts until `hallmarkctl release`",
			  ctl->for_);
		return false;
	}
	*ret = (uint32_t)sec;
	return true;
}

static enum ctl_exit order(const struct ctl *ctl, const char *method, bool is_exception,
			   int (*append)(sd_bus_message *m, const void *userdata))
{
	struct wish w = { .device = ctl->operand, .zone = ctl->zone, .reason = ctl->reason ? ctl->reason : "" };
	const struct peer_question question = {
		.method = method, .text = ctl->operand, .append = append, .userdata = &w
	};

	return take_seconds(ctl, is_exception, &w.seconds) ? ask_daemon(ctl, &question, show_order, NULL) : CTL_FAULT;
}

enum ctl_exit ctl_quarantine(const struct ctl *ctl)
{
	return order(ctl, "Quarantine", false, append_quarantine);
}

enum ctl_exit ctl_allow(const struct ctl *ctl)
{
	return order(ctl, ctl->unproved ? "AllowUnproved" : "Allow", true, append_allow);
}

enum ctl_exit ctl_monitor(const struct ctl *ctl)
{
	return order(ctl, ctl->unproved ? "MonitorUnproved" : "Monitor", true, append_monitor);
}

enum ctl_exit ctl_release(const struct ctl *ctl)
{
	return order(ctl, "Release", false, append_release);
}
