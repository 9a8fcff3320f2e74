/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges known devices again after a change of trust material, configuration or time. Judges derive their facts
 * again from their stored signed inputs, for those that the change affects. All decisions are made first. Then all are
 * put into force at once. If too many devices would lose their zone, none is: that is the brake.
 */
#pragma once

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/sizes.h"
#include "hallmark/reason.h"

struct due;
struct hearings;
struct in_force;
struct orders;
struct replay;
struct review;
struct settler;
struct unknowns;

/* Runs one review at a time, and one replay beside it. */
struct reviewer {
	struct settler *settler;     /* borrowed, as are the members down to `hearings` */
	struct in_force *in_force;   /* a review replaces its members with those of the proposal */
	const struct orders *orders; /* operators' orders */
	struct due *due;
	sd_event *event;
	struct unknowns *unknowns; /* borrowed; NULL: nobody is looked for */
	struct hearings *hearings; /* take over the judges of new trust material; NULL: not started yet */
	struct review *review;     /* the running one, or NULL */
	struct replay *replay;     /* the running one, or NULL */
	uint64_t retry_usec;       /* monotonic: the next review of all devices does not start earlier */
	unsigned failures;         /* of reviews, since the last success */
};

/* How many devices a change affects in the ways that the brake limits. */
struct stakes {
	size_t demoted;    /* would get a lesser zone */
	size_t reinstated; /* would get a better one, because a revocation or suspension was lifted */
	size_t stopped; /* are without an admission, and pass only because quarantine is monitored, or by an exception;
			 * they would not any more */
};

/* What the gateway would use after the review. A member that is NULL or -1 means: the one in force stays. */
struct proposal {
	struct config *config; /* owned */
	EVP_PKEY *result_key;  /* owned */
	int material_fd;       /* owned; trust material */
	int edge_fd;           /* owned; the edges' */
};

#define PROPOSAL_NONE                                                                                                  \
	{                                                                                                              \
		.material_fd = -1, .edge_fd = -1                                                                       \
	}

void proposal_done(struct proposal *c);

struct review_order {
	const char *cause;        /* as the operator reads it, for example "reload"; static */
	struct proposal proposal; /* ownership passes to the review */
	bool is_everyone;         /* judge all devices: time was set, or it is unknown what has changed */
	bool is_trial;            /* report the result, and change nothing */
	bool is_due;              /* the brake has held it for its maximum time */
	bool is_confirmed;        /* the operator confirmed it: */
	struct stakes confirmed;  /* the numbers that the operator saw; a few more devices are allowed */
};

enum review_outcome {
	REVIEW_FAILED = 0, /* nothing has changed; the reason was logged */
	REVIEW_HELD,       /* nothing has changed; the brake holds the proposal (due.held) */
	REVIEW_TRIED,
	REVIEW_APPLIED,
	REVIEW_REFUSED, /* in force, except what the kernel refused: that is tried again */
	_REVIEW_OUTCOME_MAX,
};

const char *review_outcome_name(enum review_outcome outcome);

#define REVIEW_MOVES_MAX 4096 /* reported one by one; others are only counted */

/* A device with another zone than before. */
struct review_move {
	uint8_t device[SHA256_LEN];
	char before[ZONE_NAME_SIZE], after[ZONE_NAME_SIZE];
	enum hallmark_reason reason; /* of the new decision */
	enum hallmark_reason held_back;
	bool is_demotion;
	bool is_refused; /* by the kernel: it is not in force yet */
};

struct review_report {
	const char *cause;
	enum review_outcome outcome;
	size_t n_admitted; /* before */
	size_t n_judged;   /* by the judge */
	size_t n_moved;
	struct stakes stakes;
	size_t n_refused;          /* by the kernel, of those that moved */
	size_t n_refused_lesser;   /* and of those with a lesser zone */
	struct review_move *moves; /* owned by the review: all for a trial, else those that the kernel refused */
	size_t n_moves;
};

typedef void (*review_function)(const struct review_report *report, void *userdata);

/*
 * Begins; on_end (may be NULL) is called once, unless the core ends first. Returns 0, -EBUSY when one is running, or
 * another negative errno (logged). Takes over the proposal in any case.
 */
int review_start(struct reviewer *reviewer, struct review_order *order, review_function on_end, void *userdata);

/* Ends the running review if nobody waits for it, so that another one can begin. Returns whether it did. */
bool review_supersede(struct reviewer *reviewer);

/* Ends a running review, if any, as failed. */
void review_cancel(struct reviewer *reviewer);

/* A proposal that the brake holds, and its effect. */
struct held {
	struct review_order order;
	size_t n_admitted;
	struct stakes stakes;
};

#define STAKES_TEXT_SIZE 320

/* "3 of 700 admitted devices would lose their zone". Returns ret. */
const char *stakes_to_text(const struct stakes *stakes, size_t n_admitted, char ret[static STAKES_TEXT_SIZE]);

void held_free(struct held *h);

/*
 * Called every few seconds: reports the held change every hour. Returns whether its hold has ended, so that it must be
 * applied.
 */
bool brake_sweep(struct reviewer *reviewer);
