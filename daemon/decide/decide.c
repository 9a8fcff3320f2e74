/* SPDX-License-Identifier: Apache-2.0 */
/* Read from top to bottom: decide() is at the end. */
#include <string.h>

#include "appraise/expiry.h"
#include "appraise/facts.h"
#include "base/check_result.h"
#include "base/cleanup.h"
#include "base/sizes.h"
#include "decide/check_place.h"
#include "decide/decide.h"
#include "decide/decide_inside.h"
#include "decide/decision.h"
#include "decide/occupancy.h"
#include "decide/order.h"
#include "decide/policy.h"
#include "decide/recognise.h"
#include "decide/scheme.h"
#include "decide/taken_back.h"
#include "decide/verdict.h"
#include "hallmark/check.h"
#include "hallmark/protocol.h"
#include "hallmark/reason.h"

/* The part of check 7 that needs other devices: an admitted UEID stays with its key (RFC 9711 section 4.2.1). */
void decide_check_ueid(const struct circumstances *c, struct facts *facts)
{
	const struct verdict *owner = c->ueid_owner;

	if (owner && verdict_zone(owner, c->now_sec) != ZONE_QUARANTINE &&
	    memcmp(owner->facts.device, facts->device, SHA256_LEN) != 0 &&
	    facts->checks[CHECK_SAME_DEVICE].state == CHECK_PASSED)
		facts->checks[CHECK_SAME_DEVICE] = check_failed(REASON_UEID_TAKEN);
}

void decide_facts(const struct recognition_rules *recognition, const struct policy *policy, const struct facts *facts,
		  int64_t now_sec, struct decision *ret)
{
	struct recognised recognised[HALLMARK_LABELS_MAX] = { 0 };

	*ret = (struct decision){ .zone = ZONE_QUARANTINE, .reason = REASON_INTERNAL };
	for (size_t i = 0; i < facts->n_labels; i++)
		recognise(recognition, &facts->labels[i], now_sec, &recognised[i]);
	policy_decide(policy, facts, recognised, now_sec, ret);
}

void decide_set_zone(const struct policy *policy, struct verdict *v, uint8_t zone)
{
	v->decision.zone = zone;
	memcpy(v->zone, policy->zones[zone].name, sizeof(v->zone));
}

/* The lifetime of a rule counts from the evidence, not from a later decision on the same evidence. */
static void bound_by_evidence(const struct circumstances *c, struct verdict *v)
{
	struct decision *d = &v->decision;

	if (d->zone == ZONE_QUARANTINE)
		return;
	expiry_bound(&d->expiry, v->attested_sec + c->policy->rules[d->rule].lifetime_sec, EXPIRY_POLICY);
	if (v->reattest.by_sec)
		expiry_bound(&d->expiry, v->reattest.by_sec, EXPIRY_REATTEST);
	if (d->expiry.at_sec <= c->now_sec)
		verdict_end(v, c->policy, c->now_sec);
}

void decide_alone(const struct circumstances *c, struct verdict *v)
{
	decide_facts(c->recognition, c->policy, &v->facts, c->now_sec, &v->decision);
	decide_set_zone(c->policy, v, v->decision.zone);
	bound_by_evidence(c, v);
}

static enum hallmark_reason why_not_from_here(const struct verdict *v)
{
	const struct check_result *place = &v->facts.checks[CHECK_PLACE];

	return place_is_elsewhere(place) ? place->reason : REASON_ADMITTED;
}

/*
 * Whether the device has something at its place: what it is admitted to or monitored with, or what it gets back when an operator's
 * order ends. Without its facts, nobody knows what that is.
 */
static bool stands(const struct circumstances *c, const struct verdict *before)
{
	struct verdict without_order;

	if (!before)
		return false;
	if (occupancy_of(before, c->now_sec) != OCCUPANCY_NONE)
		return true;
	if (!decision_is_ordered(&before->decision) || before->ended || before->interface[0] == '\0')
		return false;
	if (before->is_restored)
		return true;
	without_order = *before;
	decide_alone(c, &without_order);
	return without_order.decision.zone != ZONE_QUARANTINE;
}

/*
 * A device that stands elsewhere is only moved by evidence that says that it is here: whoever passes other evidence on would move it
 * to himself. `is_good`: it would be admitted here if there were no order.
 */
static enum hallmark_reason stay(const struct circumstances *c, const struct verdict *before, struct verdict *v,
				 bool is_good)
{
	const bool gets_nothing = !is_good && occupancy_of(v, c->now_sec) == OCCUPANCY_NONE;

	if (gets_nothing || v->facts.checks[CHECK_PLACE].state == CHECK_PASSED || !stands(c, before) ||
	    place_is_same(before, v))
		return REASON_ADMITTED;
	occupancy_keep_out(v, c->policy, REASON_PLACE_NEEDED, c->now_sec);
	return REASON_PLACE_NEEDED;
}

/*
 * The same device with a new key: who is admitted at this place has the same serial of the same maker under the same CA, and this one
 * proves that it is there too. Of one that is restored, its CA is not known. Nothing shows which key is the newer, so each of two
 * keys takes the place from the other.
 */
static bool is_successor(const struct circumstances *c, const struct verdict *v)
{
	static const enum hallmark_check needed[] = { CHECK_CHAIN, CHECK_EVIDENCE_SIGNATURE, CHECK_SAME_DEVICE,
						      CHECK_PLACE };
	const struct facts *f = &v->facts, *there = c->at_place ? &c->at_place->facts : NULL;

	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (f->checks[needed[i]].state != CHECK_PASSED)
			return false;
	return there && place_is_same(c->at_place, v) && f->n_ueid > 0 && f->n_ueid == there->n_ueid &&
	       memcmp(f->ueid, there->ueid, f->n_ueid) == 0 && strcmp(f->product.maker, there->product.maker) == 0 &&
	       f->anchor[0] && strcmp(f->anchor, there->anchor) == 0 &&
	       (!c->ueid_owner || memcmp(c->ueid_owner->facts.device, there->device, SHA256_LEN) == 0);
}

/*
 * A decision has no effect at a place that another device has. When the device is admitted elsewhere, that admission
 * stays: whoever is at this place may only have forwarded its evidence.
 */
static enum hallmark_reason yield_place(const struct circumstances *c, const struct verdict *before, struct verdict *v)
{
	bool is_admitted = occupancy_of(v, c->now_sec) == OCCUPANCY_ADMITTED;

	if (!occupancy_is_taken(c->at_place, v, c->now_sec) || (is_admitted && is_successor(c, v)))
		return REASON_ADMITTED;
	if (before && occupancy_of(before, c->now_sec) != OCCUPANCY_NONE &&
	    occupancy_of(v, c->now_sec) != OCCUPANCY_NONE)
		return REASON_PLACE_TAKEN;
	occupancy_keep_out(v, c->policy, REASON_PLACE_TAKEN, c->now_sec);
	return REASON_ADMITTED;
}

/*
 * While all devices are due for a review, as after a start, a device that lost its zone to a revocation or suspension
 * is not readmitted singly: the review counts such devices first, and the brake may hold them. The device keeps what it
 * has.
 */
static enum hallmark_reason await_review(const struct circumstances *c, const struct verdict *before,
					 const struct verdict *v)
{
	if (!before || decision_is_ordered(&v->decision) || !taken_back_is_undone(c->policy, before, v))
		return REASON_ADMITTED;
	return c->due;
}

/* Why these facts are not the device's own word, said in this session; REASON_ADMITTED when they are. */
static enum hallmark_reason why_not_its_word(const struct facts *f)
{
	static const enum hallmark_check needed[] = { CHECK_POSSESSION, CHECK_EVIDENCE_SIGNATURE, CHECK_FRESHNESS };

	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (f->checks[needed[i]].state != CHECK_PASSED)
			return f->checks[needed[i]].reason;
	return REASON_ADMITTED;
}

bool facts_are_its_word(const struct facts *f)
{
	return why_not_its_word(f) == REASON_ADMITTED;
}

/*
 * Who repeats what a device sent once, or only says that it is this device, changes nothing of what the device has; nor does who
 * passes on from elsewhere what it sends. That a device was admitted once it said itself, also when a review could not derive that
 * again.
 */
static enum hallmark_reason hear(const struct circumstances *c, const struct verdict *before, const struct verdict *v)
{
	bool has_spoken = before && (before->was_admitted || facts_are_its_word(&before->facts));
	bool is_standing = stands(c, before);
	enum hallmark_reason reason = is_standing || has_spoken ? why_not_its_word(&v->facts) : REASON_ADMITTED;

	if (reason == REASON_ADMITTED && is_standing)
		reason = why_not_from_here(v);
	return reason;
}

enum hallmark_reason decide(const struct circumstances *c, const struct verdict *before, struct verdict *v)
{
	enum hallmark_reason reason;
	bool is_good;

	if (!is_successor(c, v))
		decide_check_ueid(c, &v->facts); /* whose UEID it is */
	decide_alone(c, v);                      /* recognition, policy, lifetime */
	is_good = v->decision.zone != ZONE_QUARANTINE;
	reason = hear(c, before, v); /* whether it is the device's own word */
	if (reason != REASON_ADMITTED)
		return reason;
	order_lay_over(c->order, c->policy, c->now_sec, v); /* the operator's word */
	taken_back_note(c->policy, before, v);              /* that it was revoked is remembered */
	reason = stay(c, before, v, is_good);               /* whether it has moved */
	if (reason == REASON_ADMITTED)
		reason = yield_place(c, before, v); /* whose place it is */
	if (reason == REASON_ADMITTED)
		reason = await_review(c, before, v); /* no readmission alone while a review is due */
	if (reason == REASON_ADMITTED && !before && c->is_full)
		reason = REASON_BUSY;
	return reason;
}
