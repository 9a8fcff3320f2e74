/* SPDX-License-Identifier: Apache-2.0 */
/* The element has ended by itself, and verdict_zone() says so since; what comes back to the device ends here. */
#include "run/expiry.h"

#include <string.h>

#include "base/journal.h"
#include "hallmark/journal.h"
#include "run/admissions.h"
#include "run/journal.h"
#include "run/ledger.h"
#include "run/orders.h"
#include "run/turn.h"
#include "run/wave.h"

#define ENDED_MAX 500 /* in one sweep: some 10 ms, and within what journald takes from a service */

struct ended {
	const struct orders *orders;
	int64_t now_sec;
	uint8_t devices[ENDED_MAX][SHA256_LEN];
	size_t n;
};

/* What an order let in is decided on when that is taken away (run/ordering.h). */
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

/* Before it is told. What the kernel does not take now, the sweep's comparison takes. */
static void end_answers(struct core *c, const struct ended *e)
{
	struct element elements[ENDED_MAX];
	int r;

	for (size_t i = 0; i < e->n; i++)
		elements[i] = verdict_element(registry_find(c->registry, e->devices[i]), e->now_sec);
	r = kernel_follow(c->kernel, &c->config->ruleset, elements, e->n);
	if (r < 0)
		journal_errno(r, HALLMARK_MESSAGE_KERNEL,
			      "What is sent to devices whose admission has ended may pass; it is tried again");
	c->is_drifting |= r < 0;
}

static void end_one(struct core *c, const uint8_t *device, int64_t now_sec)
{
	const struct verdict before = *registry_find(c->registry, device);
	struct verdict after = before;
	struct record_mark mark;

	verdict_end(&after, &c->config->policy, now_sec);
	turn_keep(c->turn, &after);
	mark = ledger_append(c, CAUSE_EXPIRED, &after, before.zone);
	wave_tell(c, &(struct journal_decision){ .config = c->config,
						 .verdict = &after,
						 .before = &before,
						 .zone_before = before.zone,
						 .record = mark });
}

void expiry_sweep(struct core *c)
{
	struct ended e = { .orders = c->orders, .now_sec = admissions_now(c) };

	if (c->is_drifting && !c->is_crowded) /* the kernel may hold it for longer: first it is held to the verdicts */
		return;
	registry_each(c->registry, find_ended, &e);
	end_answers(c, &e);
	for (size_t i = 0; i < e.n; i++)
		end_one(c, e.devices[i], e.now_sec);
}
