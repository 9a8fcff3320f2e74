/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a review. Private to review.c, which selects devices and has them judged, review_force.c and
 * review_refused.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appraise/facts.h"
#include "base/sizes.h"
#include "core/review/review.h"
#include "core/settle/settle.h"

/* One device that is being judged. */
struct subject {
	uint8_t device[SHA256_LEN];
	uint64_t edition; /* of the verdict when it was selected */
	bool is_asked, is_judged;
	bool is_evaluated;   /* false: the judge could not */
	bool is_restated;    /* no judge was needed: decide/restate.h makes its facts when they are asked for */
	struct facts *facts; /* owned; only when they differ from the former ones */
};

/* Facts that were restated: of the device that is decided on, and of another one at its place. */
struct restated {
	struct facts own, others;
};

/* A device whose verdict is written again. */
struct written {
	uint8_t device[SHA256_LEN];
	bool is_lesser;         /* by the rules in force until now */
	struct verdict *before; /* owned; holds again when the kernel refuses a better zone; NULL: nothing does */
	struct settlement settlement;
};

struct review {
	struct reviewer *reviewer;
	struct settler *settler; /* its settler */
	struct review_order order;
	struct review_report report;
	review_function on_end;
	void *userdata;
	struct judging *judging;
	const struct changes *changes; /* borrowed from judging; NULL: not known yet */
	bool has_other_rules;          /* policy, schemes or arrangements may be others */
	struct subject *subjects;      /* owned */
	size_t n, room, n_sorted;
	size_t next;      /* the next one for the judge */
	size_t n_waiting; /* not judged yet */
	unsigned rounds;
	bool is_complete;          /* after those that wait, none is left */
	int64_t now_sec;           /* of the round; and then of all decisions, */
	uint64_t decided_usec;     /* and monotonic */
	struct accepted_set *sets; /* owned */
	size_t n_sets;
	size_t n_new_sets;           /* sets that the gateway did not have before */
	struct occupants *occupants; /* owned */
	struct restated *restated;   /* owned; room for facts */
	bool has_unjudged;           /* judges found nothing about some devices */
	bool has_late;               /* some devices' latest evidence was not judged with the new material */
	struct written *written;     /* owned */
	size_t n_written;
	bool has_undone; /* better zones that the kernel refused */
	int error;
};

/* Ends the review: reports the result, and frees it. A confirmed proposal that failed can be confirmed again. */
void review_end(struct review *r, enum review_outcome outcome);

/* The configuration that would be in force afterwards. */
const struct config *review_config(const struct review *r);

/* Whether the change may affect the facts of a device. */
bool review_touches(const struct review *r, const struct verdict *v);

/* The device's subject, among the sorted ones; NULL: none. */
struct subject *review_subject(const struct review *r, const struct verdict *v);
void review_sort(struct review *r);

/* As settling.on_refused; `userdata` is the review. */
void review_note_refused(struct settlement *x, const struct verdict *after, void *userdata);

/* Once all are judged: decides on all; then applies, holds or only reports it. */
void review_decide(struct review *r);

/* Keeps the order, which would take that many zones, for the operator to confirm. */
void review_hold(struct review *r, struct stakes stakes);
