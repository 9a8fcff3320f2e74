/* SPDX-License-Identifier: Apache-2.0 */
/* Decides again from known facts, and limits what that may grant. */
#include <string.h>

#include "appraise/expiry.h"
#include "appraise/facts.h"
#include "base/dependency.h"
#include "base/timekeeper.h"
#include "decide/decide.h"
#include "decide/decide_inside.h"
#include "decide/decision.h"
#include "decide/occupancy.h"
#include "decide/order.h"
#include "decide/policy.h"
#include "decide/taken_back.h"
#include "decide/verdict.h"
#include "hallmark/check.h"
#include "hallmark/reason.h"

bool decide_has_judged(const struct verdict *v, int64_t now_sec)
{
	if (!v->was_admitted || v->ended || !time_has_come(v->attested_sec, now_sec))
		return false;
	if (decision_is_ordered(&v->decision))
		return true;
	if (v->decision.zone != ZONE_QUARANTINE)
		return v->decision.expiry.at_sec > now_sec;
	return v->decision.reason != REASON_DISPLACED && v->decision.reason != REASON_PLACE_TAKEN &&
	       v->decision.reason != REASON_EXPIRED && v->decision.reason != REASON_KERNEL;
}

/* Keeps what was decided, but ends what has expired. Rules have other numbers in another configuration. */
static void renumber(const struct circumstances *c, struct verdict *v)
{
	int zone = zone_by_name(c->policy, v->zone);

	v->decision.zone = zone < 0 ? ZONE_QUARANTINE : (uint8_t)zone;
	v->decision.rule = -1;
	v->decision.n_refusals = 0;
	if (v->decision.zone != ZONE_QUARANTINE)
		verdict_end(v, c->policy, c->now_sec);
}

void facts_keep_session(struct facts *f, const struct facts *session)
{
	f->checks[CHECK_PLACE] = session->checks[CHECK_PLACE];
	memcpy(f->handles, session->handles, sizeof(f->handles));
	f->n_handles = session->n_handles;
}

static void take_facts(const struct circumstances *c, struct verdict *v)
{
	const struct facts before = v->facts;

	if (c->is_unevaluated) {
		v->facts =
			(struct facts){ .product = before.product, .rests_on = { .ids = { DEPENDENCY_ALL }, .n = 1 } };
		memcpy(v->facts.device, before.device, sizeof(before.device));
		memcpy(v->facts.ueid, before.ueid, sizeof(before.ueid));
		v->facts.n_ueid = before.n_ueid;
		v->facts.checks[CHECK_POSSESSION] = before.checks[CHECK_POSSESSION];
		v->facts.checks[CHECK_FRESHNESS] = before.checks[CHECK_FRESHNESS];
	} else if (c->facts) {
		v->facts = *c->facts;
	}
	facts_keep_session(&v->facts, &before);
	if (!c->is_shared && v->facts.checks[CHECK_PLACE].reason == REASON_PLACE_SHARED)
		v->facts.checks[CHECK_PLACE] = check_failed(REASON_PLACE_LINK); /* as it is when nobody names the MAC */
	v->is_restored &= !c->is_unevaluated && !c->facts;
	decide_check_ueid(c, &v->facts);
}

static bool rests_on_the_same(const struct verdict *a, const struct verdict *b)
{
	const struct decision *x = &a->decision, *y = &b->decision;

	return x->missing == y->missing && x->label == y->label && x->home_level == y->home_level &&
	       strcmp(x->arrangement, y->arrangement) == 0 && memcmp(&a->facts, &b->facts, sizeof(a->facts)) == 0;
}

/* The inputs of a restored verdict were unknown: that they are known now is not a change. */
static bool says_the_same(const struct verdict *before, const struct verdict *after)
{
	const struct decision *x = &before->decision, *y = &after->decision;

	return strcmp(before->zone, after->zone) == 0 && before->monitored_until_sec == after->monitored_until_sec &&
	       before->ended == after->ended && x->reason == y->reason &&
	       (x->zone == ZONE_QUARANTINE ||
		(x->expiry.at_sec == y->expiry.at_sec && x->expiry.cause == y->expiry.cause)) &&
	       (before->is_restored || rests_on_the_same(before, after));
}

/* Whether this order, and no other, admitted the device. */
static bool is_let_in_by(const struct order *order, const struct verdict *v)
{
	return order && order->kind == ORDER_ALLOW && v->decision.reason == REASON_OPERATOR_ALLOWED &&
	       strcmp(order->zone, v->zone) == 0 && order->until_sec == v->decision.expiry.at_sec;
}

/* Its inputs are not known yet, so no other zone can be given: the device stays in its zone, or loses it. */
static void keep_restored(const struct circumstances *c, struct verdict *v)
{
	struct decision *d = &v->decision;
	int zone = zone_by_name(c->policy, v->zone);
	bool was_ordered = decision_is_ordered(d);

	if (zone > ZONE_QUARANTINE && (!was_ordered || is_let_in_by(c->order, v))) {
		d->zone = (uint8_t)zone;
		return;
	}
	if (zone == ZONE_QUARANTINE && !was_ordered)
		return;
	decide_set_zone(c->policy, v, ZONE_QUARANTINE);
	d->reason = REASON_RESTORED;
	d->expiry = (struct expiry){ .at_sec = c->now_sec };
}

/*
 * For a verdict that is not judged from its facts until the device attests: it stays as it ended, whatever was ordered
 * since. An order needs the facts.
 */
static void keep_ended(const struct circumstances *c, struct verdict *v)
{
	bool was_ordered = decision_is_ordered(&v->decision);
	enum hallmark_reason ended = v->ended ? v->ended : REASON_EXPIRED;

	if (c->order || v->is_restored)
		take_facts(c, v);
	renumber(c, v);
	if (was_ordered) {
		decide_set_zone(c->policy, v, ZONE_QUARANTINE);
		v->decision.reason = ended;
	}
	v->ended = v->decision.reason;
}

/* The device may not return to a place that another device has now: it must attest from where it is. */
static void leave_place(const struct circumstances *c, const struct verdict *before, struct verdict *v)
{
	*v = *before;
	if (before->is_restored)
		take_facts(c, v);
	renumber(c, v);
	if (!decision_is_ordered(&before->decision) && !before->monitored_until_sec)
		return;
	decide_set_zone(c->policy, v, ZONE_QUARANTINE);
	v->decision.reason = REASON_DISPLACED;
	v->ended = REASON_INTERNAL;
	v->monitored_until_sec = 0;
}

/* Also by was_taken_since: when two devices attested at a place within one second, their order is unknown. */
static bool place_is_taken(const struct circumstances *c, const struct verdict *v)
{
	return c->was_taken_since || occupancy_is_taken(c->at_place, v, c->now_sec);
}

static void judge(const struct circumstances *c, struct verdict *v)
{
	take_facts(c, v);
	decide_alone(c, v);
}

bool decide_again(const struct circumstances *c, const struct verdict *before, struct verdict *ret)
{
	bool was_admitted = verdict_zone(before, c->now_sec) != ZONE_QUARANTINE;
	bool is_judged = decide_has_judged(before, c->now_sec);

	*ret = *before;
	if (!is_judged && !c->order && !before->ended && !before->monitored_until_sec) {
		if (before->is_restored)
			take_facts(c, ret);
		renumber(c, ret);
		return false;
	}
	if (!is_judged)
		keep_ended(c, ret);
	else if (before->is_restored && !c->is_unevaluated && !c->facts)
		keep_restored(c, ret);
	else
		judge(c, ret);
	order_lay_over(c->order, c->policy, c->now_sec, ret);
	if (!was_admitted && (ret->decision.zone != ZONE_QUARANTINE || ret->monitored_until_sec) &&
	    place_is_taken(c, ret))
		leave_place(c, before, ret);
	else if (was_admitted && occupancy_is_taken(c->at_place, ret, c->now_sec))
		occupancy_keep_out(ret, c->policy, REASON_PLACE_TAKEN,
				   c->now_sec); /* several were there: it was shared */
	taken_back_note(c->policy, before, ret);
	if (!says_the_same(before, ret))
		return true;
	ret->decision.decided_sec = before->decision.decided_sec;
	ret->decision.expiry = before->decision.expiry;
	return false;
}
