/* SPDX-License-Identifier: Apache-2.0 */
/* A verdict or a summary as the dictionary of a signal. */
#include "core/bus/announce.h"

#include <systemd/sd-bus.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/timekeeper.h"
#include "config/config.h"
#include "core/bus/bus.h"
#include "core/bus/report.h"
#include "core/bus/report_unknown.h"
#include "core/core.h"
#include "core/devices/orders.h"
#include "core/tell/dictionary.h"
#include "core/tell/wave.h"
#include "decide/decision.h"
#include "decide/order.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "token/names.h"

struct change {
	const struct core *core;
	const struct verdict *verdict;
	const char *zone_before;
};

/* The kind of the order that is in force for it; "": none. */
static const char *order_of(const struct core *c, const struct verdict *v)
{
	const struct order *o = orders_find(c->orders, v->facts.device);

	return o && order_is_running(o, timekeeper_peek(&c->settler.time)) ? order_kind_name(o->kind) : "";
}

static int append_change(sd_bus_message *m, const void *userdata)
{
	const struct change *c = userdata;
	const struct verdict *v = c->verdict;
	const struct decision *decision = &v->decision;
	struct dictionary d = dictionary_open(m);
	char device[SHA256_HEX_SIZE], product[PRODUCT_TEXT_SIZE], mac[MAC_TEXT_SIZE];

	bytes_to_hex(BYTES(v->facts.device), device);
	put_string(&d, "device", device);
	put_string(&d, "product", product_to_text(&v->facts.product, product));
	report_names(&d, c->core, v);
	put_string(&d, "interface", v->interface);
	put_string(&d, "bridge_port", v->port);
	put_string(&d, "mac", mac_to_text(v->mac, mac));
	put_string(&d, "before", c->zone_before);
	put_string(&d, "after", v->zone);
	put_string(&d, "reason", reason_name(decision->reason));
	put_string(&d, "sentence", reason_sentence(decision->reason));
	put_string(&d, "order", order_of(c->core, v));
	put_time(&d, "until", decision->zone != ZONE_QUARANTINE ? decision->expiry.at_sec : 0);
	return dictionary_close(&d);
}

void announce_change(const struct core *c, const struct verdict *v, const char *zone_before)
{
	const struct change change = { .core = c, .verdict = v, .zone_before = zone_before };

	bus_signal(c->bus, "AdmissionChanged", append_change, &change);
}

struct newcomer {
	const struct core *core;
	const struct seen *seen;
};

static int append_unknown(sd_bus_message *m, const void *userdata)
{
	const struct newcomer *n = userdata;
	struct dictionary d = dictionary_open(m);

	report_seen(&d, n->core, n->seen);
	return dictionary_close(&d);
}

void announce_unknown(const struct core *c, const struct seen *s)
{
	bus_signal(c->bus, "UnknownDevice", append_unknown, &(struct newcomer){ .core = c, .seen = s });
}

struct wave_signal {
	const struct policy *policy;
	const struct wave_summary *summary;
};

static int append_wave(sd_bus_message *m, const void *userdata)
{
	const struct wave_signal *w = userdata;
	struct dictionary d = dictionary_open(m);

	put_u32(&d, "changes", w->summary->changes);
	put_u32(&d, "seconds", w->summary->seconds);
	open_entry(&d, "zones", "a{su}");
	for (size_t i = 0; i < w->policy->n_zones && d.r >= 0; i++)
		if (w->summary->zones[i] > 0)
			d.r = sd_bus_message_append(m, "{su}", w->policy->zones[i].name, w->summary->zones[i]);
	close_entry(&d);
	put_u64(&d, "first_record", w->summary->first_record);
	put_u64(&d, "last_record", w->summary->last_record);
	return dictionary_close(&d);
}

void announce_wave(const struct core *c, const struct wave_summary *w)
{
	bus_signal(c->bus, "Wave", append_wave,
		   &(struct wave_signal){ .policy = &c->in_force.config->policy, .summary = w });
}
