/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How decisions are reported: one line for each change while there are few, a summary when there are many, as when a
 * whole building reconnects. The decision record has every one of them. Other reports by device use the same budget.
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

#define WAVE_LINES       100 /* lines for single devices in one window: as many as an operator reads, and far */
#define WAVE_WINDOW_USEC (30 * USEC_PER_SEC)  /* below journald's limit for a service in that time: 10,000 */
#define WAVE_SUM_USEC    (5 * USEC_PER_SEC)   /* from one summary to the next */
#define WAVE_CALM        10                   /* a summary with fewer changes than this ends the wave */
#define WAVE_PIN_USEC    (600 * USEC_PER_SEC) /* from one mark of the record to the next */
#define WAVE_REASONS     8                    /* distinguished in one summary, */
#define WAVE_OTHERS      (WAVE_REASONS - 1)   /* where the last one counts all others */

struct wave_reason {
	enum hallmark_reason reason;
	uint32_t n;
};

/* Many changes in one line. */
struct wave_summary {
	uint32_t changes;                          /* without a line of their own */
	uint32_t zones[ZONES_MAX];                 /* how many led into each zone, by the policy's number */
	uint32_t lost;                             /* how many led into a lesser zone */
	uint32_t moved, flapping;                  /* how many had another place, and how many moved back and forth */
	uint32_t not_judged;                       /* requests without a decision */
	uint32_t faults;                           /* failures of store or kernel for a device */
	struct wave_reason reasons[WAVE_REASONS];  /* of the changes, */
	struct wave_reason refusals[WAVE_REASONS]; /* and of requests that were not judged */
	uint64_t first_record, last_record; /* first and last entry of the decision record that hold them; 0: none */
	uint32_t unrecorded;                /* changes without an entry: of strangers, which are not in the record */
	uint32_t seconds;                   /* how long it took */
	bool is_end;                        /* the wave is over; this sums up the whole wave */
};

struct wave {
	uint64_t window_usec; /* when the window began; 0: none has begun */
	unsigned lines;       /* written in the window */
	bool is_on;
	uint64_t began_usec, summed_usec;
	struct wave_summary now, all; /* since the last summary, and in the whole wave */
	uint64_t pinned_usec;         /* when the head of the record was logged last */
	uint32_t renewals;            /* since then */
	struct record_mark head;      /* of the record, as far as it was seen here */
};

/* Reports one decision: journal and on_change(). */
void wave_tell(struct teller *t, const struct journal_decision *d);

/* A device that attested from another place. */
void wave_move(struct teller *t, const struct verdict *before, const struct verdict *after);

/* A request that was not judged, and what is known of its sender; `warning` says more than the reason, "": nothing does. */
void wave_not_judged(struct teller *t, const struct verdict *v, enum hallmark_reason reason, const char *warning);

/* A failure of store or kernel for one device, and what that means; message_id is that of store or kernel. */
void wave_fault(struct teller *t, const char *message_id, const char *text);

/* A change of one device that the kernel refused. */
void wave_refused(struct teller *t, const struct verdict *v, const char *text);

/* Whether the budget has room for one more line about a single device; if so, takes it. */
bool wave_has_line(struct teller *t);

/* Called every few seconds: sums up changes without a line, and ends the wave. */
void wave_sweep(struct teller *t);

/* Ends a wave at once: before zones get other numbers. */
void wave_flush(struct teller *t);

/* The same before the daemon ends; also logs the head of the record. */
void wave_stop(struct teller *t);
