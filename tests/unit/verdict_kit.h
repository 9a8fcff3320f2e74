/* SPDX-License-Identifier: Apache-2.0 */
/* A verdict of a device that was trusted an hour ago, the facts that it rests on, and a home with three zones. */
#pragma once

#include <stdio.h>

#include "appraise/expiry.h"
#include "appraise/facts.h"
#include "base/check_result.h"
#include "config/config.h"
#include "decide/verdict.h"
#include "hallmark/check.h"
#include "hallmark/reason.h"
#include "registry_kit.h"

#define NOW  INT64_C(1800000000)
#define HOUR 3600

static struct config config;
static struct scheme home;
static struct registry *registry;

static inline void set_text(char *text, const char *value)
{
	(void)sprintf(text, "%s", value);
}

/* Quarantine, restricted and trusted, in this order, and no rules yet; and nobody is known. */
static inline int make_home(void)
{
	struct policy *p = &config.policy;

	home = (struct scheme){ .id = "KR-CIC", .levels = { "Lite", "Basic" }, .n_levels = 2 };
	config = (struct config){ .recognition = { .home = "KR-CIC", .schemes = &home, .n_schemes = 1 } };
	set_text(p->zones[0].name, "quarantine");
	set_text(p->zones[1].name, "restricted");
	set_text(p->zones[2].name, "trusted");
	p->n_zones = 3;
	registry = registry_new();
	return registry ? 0 : -1;
}

static inline struct facts good_facts(uint8_t device)
{
	struct facts f = { .device = { device }, .ueid = { 1, device }, .n_ueid = 8, .n_labels = 1 };
	struct label_facts *l = &f.labels[0];

	f.expiry = l->expiry = (struct expiry){ .at_sec = NOW + 1000 * HOUR, .cause = EXPIRY_LABEL };
	l->level = 2;
	set_text(l->scheme, "KR-CIC");
	for (int i = CHECK_NONE + 1; i < _CHECK_MAX; i++)
		f.checks[i] = l->checks[i] = check_passed();
	return f;
}

/* Attested an hour ago and trusted since. */
static inline struct verdict trusted(uint8_t device)
{
	struct verdict v = { .facts = good_facts(device),
			     .zone = "trusted",
			     .interface = "port1",
			     .mac = { 2, 0, 0, 0, 0, device },
			     .was_admitted = true,
			     .attested_sec = NOW - HOUR };

	v.decision = (struct decision){ .zone = 2,
					.reason = REASON_ADMITTED,
					.home_level = 2,
					.decided_sec = NOW - HOUR,
					.expiry = { .at_sec = NOW + 7 * HOUR, .cause = EXPIRY_POLICY } };
	return v;
}

static inline struct verdict quarantined(uint8_t device, enum hallmark_reason reason)
{
	struct verdict v = trusted(device);

	set_text(v.zone, "quarantine");
	v.decision = (struct decision){ .rule = -1, .label = -1, .reason = reason, .decided_sec = NOW - HOUR };
	return v;
}
