/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where time ended an admission, the kernel's element has ended by itself, and verdict_zone() reflects that. This also removes
 * the addresses that get answers.
 */
#include "core/act/expiry.h"

#include <errno.h>
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

/* Admissions to end. */
struct ended {
	int64_t at_sec; /* of those whose decision ends by then, */
	bool (*is_ended)(const struct verdict *v, void *userdata);
	void *userdata;
	uint8_t devices[ENDED_MAX][SHA256_LEN];
	size_t n;
};

static void find_ended(const struct verdict *v, void *userdata)
{
	struct ended *e = userdata;

	if (e->n < ENDED_MAX && e->is_ended(v, e->userdata))
		memcpy(e->devices[e->n++], v->facts.device, SHA256_LEN);
}

/* Private memory of one settlement. */
struct ending_one {
	struct verdict before, after;
	struct settlement settlement;
};

static void end_one(struct settling *s, const uint8_t *device, struct ending_one *one)
{
	if (!registry_find(s->settler->registry, device, &one->before))
		return;
	one->after = one->before;
	one->settlement = (struct settlement){
		.before = &one->before, .after = &one->after, .cause = CAUSE_EXPIRED, .is_told = true
	};
	memcpy(one->settlement.zone_before, one->before.zone, sizeof(one->settlement.zone_before));
	verdict_end(&one->after, &s->settler->in_force->config->policy, s->now_sec);
	settle_put(s, &one->settlement, &one->after);
}

/* `is_over`: the kernel has ended them. Returns 0 or -ENOMEM. */
static int end_some(struct settler *settler, struct ended *e, bool is_over)
{
	_cleanup_free_ struct ending_one *list = NULL;
	struct settling s = { 0 };

	e->n = 0;
	registry_each_ended(settler->registry, e->at_sec, find_ended, e);
	list = calloc(e->n + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	settle_begin(&s, settler, admissions_now(settler));
	s.is_over = is_over;
	for (size_t i = 0; i < e->n; i++)
		end_one(&s, e->devices[i], &list[i]);
	(void)settle_end(&s);
	settle_done(&s);
	return 0;
}

int expiry_end(struct settler *settler, bool (*is_ended)(const struct verdict *v, void *userdata), void *userdata,
	       size_t *ret_n)
{
	struct ended e = { .at_sec = INT64_MAX, .is_ended = is_ended, .userdata = userdata };
	int r;

	*ret_n = 0;
	do {
		r = end_some(settler, &e, false);
		if (r == 0)
			*ret_n += e.n;
	} while (r == 0 && e.n == ENDED_MAX);
	return r;
}

struct clock {
	const struct orders *orders;
	int64_t now_sec;
};

/* A device admitted by an order is decided on when the order ends (core/act/ordering.h). */
static bool is_under_order(const struct clock *c, const struct verdict *v)
{
	return decision_is_ordered(&v->decision) && orders_find(c->orders, v->facts.device);
}

static bool has_run_out(const struct verdict *v, void *userdata)
{
	const struct clock *c = userdata;

	return !is_under_order(c, v);
}

void expiry_sweep(struct settler *settler, const struct orders *orders)
{
	struct clock c = { .orders = orders, .now_sec = admissions_now(settler) };
	struct ended e = { .at_sec = c.now_sec, .is_ended = has_run_out, .userdata = &c };

	if (settler->tables.is_drifting &&
	    !settler->tables.is_crowded) /* the kernel may hold it for longer: first the kernel is corrected */
		return;
	(void)end_some(settler, &e, true); /* when out of memory, the next sweep tries again */
}
