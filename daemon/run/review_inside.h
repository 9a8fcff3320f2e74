/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a review. Private to review.c, which finds whom it touches and has them judged, and review_force.c. */
#pragma once

#include "run/judging.h"
#include "run/reconsider.h"
#include "run/review.h"

/* One device on its way through the judge. */
struct item {
	uint8_t device[SHA256_LEN];
	uint64_t edition; /* of the verdict that was looked at */
	bool is_asked, is_judged;
	bool is_evaluated;   /* false: the judge could not */
	struct facts *facts; /* owned; only when they are not the ones it had */
};

struct review {
	struct core *core;
	struct review_order order;
	struct review_report report;
	review_function on_end;
	void *userdata;
	struct judging *judging;
	uint64_t *changes; /* owned; sorted */
	size_t n_changes;
	bool is_all;        /* the changes may be anything */
	struct item *items; /* owned */
	size_t n, room, n_sorted;
	size_t next;      /* to be handed to the judge */
	size_t n_waiting; /* not judged yet */
	unsigned rounds;
	bool is_complete;          /* after those that wait, nobody is left */
	int64_t now_sec;           /* of all decisions */
	struct accepted_set *sets; /* owned */
	size_t n_sets;
	struct occupants *occupants; /* owned */
	unsigned n_judges;           /* that were started */
	bool has_late;               /* devices whose latest evidence was not judged with what is new */
	struct device_list {
		uint8_t (*devices)[SHA256_LEN]; /* owned; whose verdicts are written anew */
		size_t n;
	} written;
	int error;
};

/* Ends the review: tells, and frees it. What was confirmed and did not come about can be confirmed again. */
void review_end(struct review *r, enum review_outcome outcome);

/* The configuration that it is to end with. */
const struct config *review_config(const struct review *r);

/* Whether what has changed may change the facts of a device. */
bool review_touches(const struct review *r, const struct verdict *v);

/* The device's item, among those that were sorted; NULL: none. */
struct item *review_item(const struct review *r, const struct verdict *v);
void review_sort(struct review *r);

/* Once all are judged: decides on all, and puts it into force, holds it or only tells. */
void review_decide(struct review *r);

/* Keeps the order, which would take so many zones, for the operator to confirm. */
void review_hold(struct review *r, size_t n_demoted);
