/* SPDX-License-Identifier: Apache-2.0 */
/* A verdict or a summary as the arguments of a signal. */
#include "core/bus/announce.h"

#include <systemd/sd-bus.h>

#include "base/bytes.h"
#include "base/check.h"
#include "core/act/unknown.h"
#include "core/bus/bus.h"
#include "core/tell/wave.h"
#include "decide/decision.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "token/names.h"

struct change {
	const struct verdict *verdict;
	const char *zone_before;
};

static int append_change(sd_bus_message *m, const void *userdata)
{
	const struct change *c = userdata;
	const struct decision *d = &c->verdict->decision;
	char device[SHA256_HEX_SIZE], product[PRODUCT_TEXT_SIZE];

	bytes_to_hex(BYTES(c->verdict->facts.device), device);
	return sd_bus_message_append(m, "sssssx", device, product_to_text(&c->verdict->facts.product, product),
				     c->zone_before, c->verdict->zone, reason_name(d->reason),
				     d->zone != ZONE_QUARANTINE ? d->expiry.at_sec : INT64_C(0));
}

void announce_change(struct bus *b, const struct verdict *v, const char *zone_before)
{
	bus_signal(b, "AdmissionChanged", append_change, &(struct change){ .verdict = v, .zone_before = zone_before });
}

static int append_unknown(sd_bus_message *m, const void *userdata)
{
	const struct seen *s = userdata;
	char mac[MAC_TEXT_SIZE];

	return sd_bus_message_append(m, "sss", s->interface, s->port, mac_to_text(s->mac, mac));
}

void announce_unknown(struct bus *b, const struct seen *s)
{
	bus_signal(b, "UnknownDevice", append_unknown, s);
}

struct wave_signal {
	const struct policy *policy;
	const struct wave_summary *summary;
};

static int append_zones(sd_bus_message *m, const struct wave_signal *w)
{
	int r = sd_bus_message_open_container(m, 'a', "{su}");

	for (size_t i = 0; i < w->policy->n_zones && r >= 0; i++)
		if (w->summary->zones[i] > 0)
			r = sd_bus_message_append(m, "{su}", w->policy->zones[i].name, w->summary->zones[i]);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_wave(sd_bus_message *m, const void *userdata)
{
	const struct wave_signal *w = userdata;
	int r = sd_bus_message_append(m, "uu", w->summary->changes, w->summary->seconds);

	if (r >= 0)
		r = append_zones(m, w);
	return r < 0 ? r : sd_bus_message_append(m, "tt", w->summary->first_record, w->summary->last_record);
}

void announce_wave(struct bus *b, const struct policy *policy, const struct wave_summary *w)
{
	bus_signal(b, "Wave", append_wave, &(struct wave_signal){ .policy = policy, .summary = w });
}
