/* SPDX-License-Identifier: Apache-2.0 */
/* One case for a judge, with the trust material and the policy in force, and a table of what must match. */
#include "core/review/replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appraise/facts.h"
#include "base/check.h"
#include "base/check_result.h"
#include "base/signed_inputs.h"
#include "base/timekeeper.h"
#include "config/config.h"
#include "core/devices/in_force.h"
#include "core/devices/orders.h"
#include "core/review/judging.h"
#include "core/review/review.h"
#include "core/settle/settler.h"
#include "core/tell/journal.h"
#include "decide/decide.h"
#include "decide/decision.h"
#include "decide/order.h"
#include "decide/verdict.h"
#include "hallmark/check.h"
#include "ipc/ipc.h"
#include "ipc/judges.h"
#include "store/store.h"

struct replay {
	struct reviewer *reviewer;
	struct judging *judging;
	struct verdict stored; /* a copy: the device may attest meanwhile */
	struct verdict derived;
	replay_function on_end;
	void *userdata;
	struct replay_report report;
	bool is_judged;
};

static void replay_free(struct replay *r)
{
	if (!r)
		return;
	judging_free(r->judging);
	free(r);
}

static void end(struct replay *r)
{
	r->reviewer->replay = NULL;
	r->on_end(&r->report, r->userdata);
	replay_free(r);
}

static void on_failure(void *userdata)
{
	struct replay *r = userdata;

	r->report.has_failed = true;
	end(r);
}

/* --- Comparison --- */

static void compare(struct replay *r, const char *what, const char *stored, const char *derived)
{
	struct replay_difference *d;

	if (strcmp(stored, derived) == 0 || r->report.n_differences == REPLAY_DIFFERENCES_MAX)
		return;
	d = &r->report.differences[r->report.n_differences++];
	(void)snprintf(d->what, sizeof(d->what), "%s", what);
	(void)snprintf(d->stored, sizeof(d->stored), "%s", stored);
	(void)snprintf(d->derived, sizeof(d->derived), "%s", derived);
}

static const char *check_text(const struct check_result *result)
{
	return result->state == CHECK_PASSED ? "passed" : reason_name(result->reason);
}

static void compare_checks(struct replay *r, const struct check_result *stored, const struct check_result *derived,
			   uint32_t set)
{
	for (int i = CHECK_NONE + 1; i < _CHECK_MAX; i++)
		if (set & CHECK_BIT(i))
			compare(r, check_name((enum hallmark_check)i), check_text(&stored[i]), check_text(&derived[i]));
}

static void compare_facts(struct replay *r, const struct facts *stored, const struct facts *derived)
{
	char a[16], b[16];

	compare_checks(r, stored->checks, derived->checks, CHECKS_OF_DEVICE);
	(void)snprintf(a, sizeof(a), "%u", stored->n_labels);
	(void)snprintf(b, sizeof(b), "%u", derived->n_labels);
	compare(r, "labels", a, b);
	for (size_t i = 0; i < stored->n_labels && i < derived->n_labels; i++) {
		compare(r, "label", stored->labels[i].number, derived->labels[i].number);
		compare_checks(r, stored->labels[i].checks, derived->labels[i].checks, CHECKS_OF_LABEL);
	}
}

static void compare_decisions(struct replay *r, const struct decision *derived)
{
	const struct config *c = r->reviewer->in_force->config;
	const struct decision *stored = &r->stored.decision;

	compare(r, "zone", r->stored.zone, c->policy.zones[derived->zone].name);
	compare(r, "reason", reason_name(stored->reason), reason_name(derived->reason));
	compare(r, "recognised", recognised_level_name(c, stored->home_level),
		recognised_level_name(c, derived->home_level));
	compare(r, "arrangement", stored->arrangement, derived->arrangement);
}

/* The operator's order also applied to the stored verdict. */
static const struct decision *with_order(struct replay *r, const struct facts *facts, const struct decision *derived)
{
	const struct order *order = orders_find(r->reviewer->orders, r->stored.facts.device);

	r->derived = r->stored;
	r->derived.facts = *facts;
	r->derived.decision = *derived;
	order_lay_over(order, &r->reviewer->in_force->config->policy, r->report.at_sec, &r->derived);
	return &r->derived.decision;
}

static void on_judged(uint64_t id, int result, const struct facts *facts, void *userdata)
{
	struct replay *r = userdata;
	const struct config *config = r->reviewer->in_force->config;
	struct facts derived = *facts;
	struct decision decision;

	(void)id;
	r->report.has_failed = result < 0 || memcmp(facts->device, r->stored.facts.device, SHA256_LEN) != 0;
	if (!r->report.has_failed) {
		if (r->stored.facts.checks[CHECK_SAME_DEVICE].reason ==
		    REASON_UEID_TAKEN) /* the core's part of check 7 */
			derived.checks[CHECK_SAME_DEVICE] = r->stored.facts.checks[CHECK_SAME_DEVICE];
		derived.checks[CHECK_PLACE] = r->stored.facts.checks[CHECK_PLACE]; /* only the kernel of then knew */
		decide_facts(&config->recognition, &config->policy, &derived, r->report.at_sec, &decision);
		compare_facts(r, &r->stored.facts, &derived);
		compare_decisions(r, with_order(r, &derived, &decision));
	}
	r->is_judged = true;
}

/* What it finds is told, so only a judge that is alone with it is believed. */
static bool is_same(uint64_t id, const struct facts *facts, void *userdata)
{
	(void)id;
	(void)facts;
	(void)userdata;
	return false;
}

static void on_pause(void *userdata)
{
	struct replay *r = userdata;

	if (r->is_judged)
		end(r);
}

/* --- The case --- */

static void on_set(const struct accepted_set *set, void *userdata)
{
	(void)set; /* a review has stored them */
	(void)userdata;
}

static void on_changes(const struct changes *changes, void *userdata)
{
	struct replay *r = userdata;
	const struct ipc_case c = {
		.now_sec = r->report.at_sec,
		.possession = r->stored.facts.checks[CHECK_POSSESSION],
		.freshness = r->stored.facts.checks[CHECK_FRESHNESS],
	};
	struct signed_inputs inputs;

	(void)changes;
	if (store_inputs(r->reviewer->settler->store, r->stored.facts.device, &inputs) < 0 ||
	    judging_ask(r->judging, 0, &c, &inputs) < 0)
		on_failure(r);
}

int replay_begin(struct reviewer *reviewer, const struct verdict *v, int64_t at_sec, replay_function on_end,
		 void *userdata)
{
	static const struct judging_callbacks callbacks = {
		.on_set = on_set,
		.on_changes = on_changes,
		.is_same = is_same,
		.on_judged = on_judged,
		.on_pause = on_pause,
		.on_failure = on_failure,
	};
	const struct judges_material material = { .fd = reviewer->in_force->material_fd,
						  .former_fd = reviewer->in_force->material_fd };
	struct signed_inputs inputs;
	struct replay *r;
	int e = reviewer->replay || v->is_restored ? -EBUSY :
						     store_inputs(reviewer->settler->store, v->facts.device, &inputs);

	if (e < 0)
		return e;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->reviewer = reviewer;
	r->stored = *v;
	r->on_end = on_end;
	r->userdata = userdata;
	r->report.at_sec = at_sec ? at_sec : v->decision.decided_sec;
	e = judging_new(reviewer->event, &material, timekeeper_record(&reviewer->settler->time), &callbacks, r,
			&r->judging);
	if (e < 0) {
		replay_free(r);
		return e;
	}
	reviewer->replay = r;
	return 0;
}

void replay_cancel(struct reviewer *reviewer)
{
	if (reviewer->replay)
		on_failure(reviewer->replay);
}
