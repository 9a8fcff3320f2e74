/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole argument about one device. What it has shown are its facts (appraise/facts.h), freshness and possession among
 * them; all else that decides is in its circumstances. Pure: the same for a turn, an order, a review and a replay.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "hallmark/reason.h"

struct decision;

struct circumstances {
	const struct recognition_rules *recognition;
	const struct policy *policy;
	const struct order *order;        /* the operator's, of this device; NULL: none */
	const struct verdict *ueid_owner; /* who was admitted last with the UEID of these facts; NULL: nobody */
	const struct verdict *at_place;   /* who is admitted, or monitored, at the device's place; NULL: nobody */
	bool is_full;                     /* the gateway has no room for a device that it does not know */
	enum hallmark_reason
		due; /* while all devices are to be judged again, REASON_BUSY or REASON_HELD; else REASON_ADMITTED */
	int64_t now_sec;

	/* Of a second look at what was decided (decide_again()). */
	const struct facts *facts; /* NULL: those that it has; a restored one has none, and keeps its zone until then */
	bool is_unevaluated;       /* they could not be derived: nothing is known to be good */
	bool was_taken_since;      /* another device was admitted at its place since it attested */
};

/* Recognition and policy alone. Starts from a decision that denies. */
void decide_facts(const struct recognition_rules *recognition, const struct policy *policy, const struct facts *facts,
		  int64_t now_sec, struct decision *ret);

/*
 * Decides on new evidence: sets decision, zone and what is monitored, from the verdict's facts, place and attested_sec. `before`
 * is what the device has (NULL: it is not known). Returns REASON_ADMITTED, or why what it has stays: REASON_PLACE_TAKEN, REASON_BUSY, REASON_HELD; or
 * the reason of the check by which this is not the device's own word (possession, evidence-signature, freshness): then the verdict
 * is what to answer with.
 */
enum hallmark_reason decide(const struct circumstances *c, const struct verdict *before, struct verdict *v);

/*
 * Decides again on what was decided once, and sets *ret. Returns true when the verdict says something else than before, and not
 * merely with other numbers of rules or, of a restored one, what it rests on. It grants nothing beyond the lifetime that the
 * device's evidence had, nothing to what was ended for another reason than its own facts, and no place that is another device's.
 * An operator's order is laid over what it decides, and only that grants more.
 */
bool decide_again(const struct circumstances *c, const struct verdict *before, struct verdict *ret);
