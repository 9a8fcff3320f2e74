/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's element has ended by itself, and verdict_zone() reflects that. This also removes the addresses that get
 * answers.
 */
#include "core/act/expiry.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "config/config.h"
#include "core/devices/in_force.h"
#include "core/devices/orders.h"
#include "core/devices/registry.h"
#include "core/settle/admissions.h"
#include "core/settle/settle.h"
#include "core/settle/settler.h"
#include "decide/decision.h"
#include "decide/policy.h"
#include "decide/verdict.h"

#define ENDED_MAX 500 /* in one sweep: some 10 ms, and within journald's limit for a service */

struct ended {
	const struct orders *orders;
	int64_t now_sec;
	uint8_t devices[ENDED_MAX][SHA256_LEN];
	size_t n;
};

/* A device admitted by an order is decided on when the order ends (core/act/ordering.h). */
static bool is_under_order(const struct ended *e, const struct verdict *v)
{
	return decision_is_ordered(&v->decision) && orders_find(e->orders, v->facts.device);
}

static void find_ended(struct verdict *v, void *userdata)
{
	struct ended *e = userdata;

	if (v->decision.zone != ZONE_QUARANTINE && v->decision.expiry.at_sec <= e->now_sec && e->n < ENDED_MAX &&
	    !is_under_order(e, v))
		memcpy(e->devices[e->n++], v->facts.device, SHA256_LEN);
}

/* Private memory of one settlement. */
struct ending_one {
	struct verdict before, after;
	struct settlement settlement;
};

static void end_one(struct settling *s, const uint8_t *device, struct ending_one *one)
{
	one->before = one->after = *registry_find(s->settler->registry, device);
	one->settlement = (struct settlement){
		.before = &one->before, .after = &one->after, .cause = CAUSE_EXPIRED, .is_told = true
	};
	memcpy(one->settlement.zone_before, one->before.zone, sizeof(one->settlement.zone_before));
	verdict_end(&one->after, &s->settler->in_force->config->policy, s->now_sec);
	settle_put(s, &one->settlement, &one->after);
}

void expiry_sweep(struct settler *settler, const struct orders *orders)
{
	struct ended e = { .orders = orders, .now_sec = admissions_now(settler) };
	_cleanup_free_ struct ending_one *list = NULL;
	struct settling s = { 0 };

	if (settler->tables.is_drifting &&
	    !settler->tables.is_crowded) /* the kernel may hold it for longer: first the kernel is corrected */
		return;
	registry_each(settler->registry, find_ended, &e);
	list = calloc(e.n + 1, sizeof(*list));
	if (!list) /* the next sweep tries again */
		return;
	settle_begin(&s, settler, e.now_sec);
	s.is_over = true;
	for (size_t i = 0; i < e.n; i++)
		end_one(&s, e.devices[i], &list[i]);
	(void)settle_end(&s);
	settle_done(&s);
}
