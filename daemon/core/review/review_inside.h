/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a review. Private to review.c, which finds whom it touches and has them judged, review_force.c and review_refused.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sizes.h"
#include "core/review/review.h"
#include "core/settle/settle.h"

/* One device on its way through the judge. */
struct subject {
	uint8_t device[SHA256_LEN];
	uint64_t edition; /* of the verdict that was looked at */
	bool is_asked, is_judged;
	bool is_evaluated;   /* false: the judge could not */
	struct facts *facts; /* owned; only when they are not the ones it had */
};

/* A device whose verdict is written anew. */
struct written {
	uint8_t device[SHA256_LEN];
	bool is_lesser; /* by the rules in force until now */
	struct verdict
		*before; /* owned; what holds again when the kernel does not take a better zone; NULL: nothing does */
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
	uint64_t *changes; /* owned; sorted */
	size_t n_changes;
	bool is_all;              /* the changes may be anything */
	struct subject *subjects; /* owned */
	size_t n, room, n_sorted;
	size_t next;      /* to be handed to the judge */
	size_t n_waiting; /* not judged yet */
	unsigned rounds;
	bool is_complete;          /* after those that wait, nobody is left */
	int64_t now_sec;           /* of all decisions, */
	uint64_t decided_usec;     /* and monotonic */
	struct accepted_set *sets; /* owned */
	size_t n_sets;
	size_t n_new_sets;           /* of them, that the gateway did not have before */
	struct occupants *occupants; /* owned */
	unsigned n_judges;           /* that were started */
	bool has_late;               /* devices whose latest evidence was not judged with what is new */
	struct written *written;     /* owned */
	size_t n_written;
	bool has_undone; /* better zones that the kernel did not take */
	int error;
};

/* Ends the review: tells, and frees it. What was confirmed and did not come about can be confirmed again. */
void review_end(struct review *r, enum review_outcome outcome);

/* The configuration that it is to end with. */
const struct config *review_config(const struct review *r);

/* Whether what has changed may change the facts of a device. */
bool review_touches(const struct review *r, const struct verdict *v);

/* The device's subject, among those that were sorted; NULL: none. */
struct subject *review_subject(const struct review *r, const struct verdict *v);
void review_sort(struct review *r);

/* As settling.on_refused; `userdata` is the review. */
void review_note_refused(struct settlement *x, const struct verdict *after, void *userdata);

/* Once all are judged: decides on all, and puts it into force, holds it or only tells. */
void review_decide(struct review *r);

/* Keeps the order, which would take so many zones, for the operator to confirm. */
void review_hold(struct review *r, struct stakes stakes);
