/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is told of decisions: a line for each change while there are few, a summary of many when a building comes back. The
 * decision record has every one of them. What else comes by device in a storm goes through the same budget.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/sizes.h"
#include "hallmark/reason.h"
#include "store/record.h"

struct journal_decision;
struct teller;
struct verdict;

#define WAVE_LINES       100                  /* of single devices in one window: what an operator reads, and far */
#define WAVE_WINDOW_USEC (30 * USEC_PER_SEC)  /* below what journald takes of a service in that time: 10,000 */
#define WAVE_SUM_USEC    (5 * USEC_PER_SEC)   /* from one summary to the next */
#define WAVE_CALM        10                   /* a summary of fewer changes than these is the wave's last */
#define WAVE_PIN_USEC    (600 * USEC_PER_SEC) /* from one mark of the record to the next */
#define WAVE_REASONS     8                    /* told apart in one summary, */
#define WAVE_OTHERS      (WAVE_REASONS - 1)   /* where the last one stands for all others */

struct wave_reason {
	enum hallmark_reason reason;
	uint32_t n;
};

/* Many changes in one line. */
struct wave_summary {
	uint32_t changes;                          /* that had no line of their own */
	uint32_t zones[ZONES_MAX];                 /* how many of them led into each zone, as the policy numbers them */
	uint32_t lost;                             /* how many led into a lesser zone */
	uint32_t moved, flapping;                  /* how many came with another place, and how many back and forth */
	uint32_t not_judged;                       /* requests that came to no decision */
	uint32_t faults;                           /* that store or kernel did not take something of a device */
	struct wave_reason reasons[WAVE_REASONS];  /* of the changes, */
	struct wave_reason refusals[WAVE_REASONS]; /* and of what was not judged */
	uint64_t first_record, last_record;        /* entries of the decision record that hold them all; 0: none */
	uint32_t unrecorded; /* changes that have none: of strangers, whom the record leaves out */
	uint32_t seconds;    /* how long it took */
	bool is_end;         /* the wave is over; then it sums up all of it */
};

struct wave {
	uint64_t window_usec; /* when the window began; 0: none did */
	unsigned lines;       /* that went out in it */
	bool is_on;
	uint64_t began_usec, summed_usec;
	struct wave_summary now, all; /* since the last summary, and in the whole wave */
	uint64_t pinned_usec;         /* when the head of the record was told last */
	uint32_t renewals;            /* since */
	struct record_mark head;      /* of the record, as far as it came by here */
};

/* Tells of one decision: the journal, and on_change(). */
void wave_tell(struct teller *t, const struct journal_decision *d);

/* A device that proved itself from another place. */
void wave_move(struct teller *t, const struct verdict *before, const struct verdict *after);

/* A request that was not judged, and what is known of who sent it. */
void wave_not_judged(struct teller *t, const struct verdict *v, enum hallmark_reason reason);

/* Something of one device that store or kernel did not take, and what that means; the id is one of those two. */
void wave_fault(struct teller *t, const char *message_id, const char *text);

/* A change of one device that the kernel did not take. */
void wave_refused(struct teller *t, const uint8_t device[static SHA256_LEN], const char *text);

/* Whether one more line of a single device is within the budget; takes it. */
bool wave_has_line(struct teller *t);

/* Every few seconds: sums up what had no line, and ends the wave. */
void wave_sweep(struct teller *t);

/* Ends a wave at once: before zones get other numbers. */
void wave_flush(struct teller *t);

/* The same before the daemon ends, and tells how far the record goes. */
void wave_stop(struct teller *t);
