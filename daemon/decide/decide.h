/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole decision about one device. The facts (appraise/facts.h) are what it proved, with freshness and possession;
 * everything else that decides is in its circumstances. Pure: the same for a turn, an order, a review and a replay.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "hallmark/reason.h"

struct decision;

struct circumstances {
	const struct recognition_rules *recognition;
	const struct policy *policy;
	const struct order *order;        /* the operator's, for this device; NULL: none */
	const struct verdict *ueid_owner; /* the device last admitted with the UEID of these facts; NULL: none */
	const struct verdict *
		at_place; /* the device admitted, or monitored, at this device's place, or with its MAC on another guarded bridge; NULL: none */
	bool is_shared; /* several devices may be at this place: then at_place is NULL */
	bool is_full;   /* the gateway has no room for an unknown device */
	enum hallmark_reason
		due; /* while all devices are to be judged again, REASON_BUSY or REASON_HELD; else REASON_ADMITTED */
	int64_t now_sec;

	/* For a new decision on known facts (decide_again()). */
	const struct facts
		*facts; /* NULL: use those of the verdict; a restored one has none, and keeps its zone until then */
	bool is_unevaluated;  /* they could not be derived: nothing is known to be good */
	bool was_taken_since; /* another device was admitted at its place after it attested */
};

/* Recognition and policy only. Starts from a decision that denies. */
void decide_facts(const struct recognition_rules *recognition, const struct policy *policy, const struct facts *facts,
		  int64_t now_sec, struct decision *ret);

/*
 * Decides on new evidence: sets decision, zone and what is monitored, from the verdict's facts, place and attested_sec. `before`
 * is what the device has (NULL: it is not known). Returns REASON_ADMITTED, or why what it has stays: REASON_PLACE_TAKEN, REASON_BUSY, REASON_HELD; or
 * the reason of the check by which this is not the device's own word (possession, evidence-signature, freshness), or not said where
 * it is (place): then the verdict is what to answer with.
 */
enum hallmark_reason decide(const struct circumstances *c, const struct verdict *before, struct verdict *v);

/*
 * Decides again, and sets *ret. Returns true when the verdict differs from before; other numbers of rules, or for a
 * restored verdict newly known inputs, are not a difference. Grants nothing beyond the lifetime of the device's
 * evidence, nothing to a verdict that ended for another reason than its own facts, and no place that another device
 * has. An operator's order is laid over the decision, and only that grants more.
 */
bool decide_again(const struct circumstances *c, const struct verdict *before, struct verdict *ret);

/*
 * Whether the verdict came from the device's facts, and not from expiry or another device: only then can a new decision
 * change it. The end of an order does not end the verdict under it.
 */
bool decide_has_judged(const struct verdict *v, int64_t now_sec);

/* For facts that were derived again: what only the session in which the evidence came, or the core then, could know. */
void facts_keep_session(struct facts *f, const struct facts *session);

/* Whether the device itself said this, in this session: possession, its signature and freshness passed. */
bool facts_are_its_word(const struct facts *f);
