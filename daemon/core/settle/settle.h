/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one way for a verdict to change, whoever decided on it: a turn, an operator, a demand for evidence, time, a review. It is
 * always carried through in this order:
 *
 *   1. registry  so that the next decision sees it
 *   2. store     verdict and decision record, in one transaction. What takes something away is on the disk before the kernel
 *                acts; what only gives follows within 50 ms
 *   3. kernel    all changes in one write. A grant that it refuses is undone, in 1 and 2; a denial stands, and the comparison
 *                with the kernel (drift.h) tries it again
 *   4. worker    ends the sessions of those that have less than before, once what they wait for was answered: said before that
 *                answer, so that nothing more is taken in them
 *   5. telling   journal and bus, and whoever waits for an answer; what the kernel refused is told as refused
 *
 * No other file writes verdicts to the store, or admissions to the kernel.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <systemd/sd-event.h>

#include "base/sizes.h"
#include "hallmark/record.h"
#include "store/record.h"

struct order;
struct settler;
struct signed_inputs;
struct verdict;

/* What becomes of one device. Zeroed before use; it stays the caller's, and where it is, until settle_end() returns. */
struct settlement {
	const struct verdict *before;       /* borrowed; NULL: it was not known, or need not come back */
	const struct verdict *after;        /* borrowed; NULL: as the registry has it when it is told */
	const struct signed_inputs *inputs; /* borrowed, until it was put; NULL: there is no new evidence */
	char zone_before[ZONE_NAME_SIZE];   /* in which it counted */
	enum hallmark_cause cause;          /* CAUSE_NONE: no decision, and nothing for the record */
	bool is_told;                       /* once the kernel has it */
	bool is_counted;                    /* among the decisions */
	bool is_final;                      /* stands though the kernel refuses it, even where it gives something */
	bool is_demand;                     /* its session ends whatever its zone */
	bool is_denial;                     /* it is worth no more than before: also where the caller says so */
	uint64_t received_usec;             /* monotonic; of the request that brought it; 0: none did */

	/* What came of it. */
	uint8_t device[SHA256_LEN];
	struct record_mark record; /* its entry; sequence 0: none */
	size_t out, in;            /* numbers + 1 among the elements: out of a place, and into one; 0: none */
	bool is_undone;            /* `before` holds again */
	int error;                 /* why the kernel did not take it; 0: it did */
	TAILQ_ENTRY(settlement) entries;
};

/* Changes that go together. */
struct settling {
	struct settler *settler;
	int64_t now_sec;             /* of all decisions, */
	uint64_t reckoned_usec;      /* and monotonic: no timeout was reckoned before */
	const struct config *former; /* borrowed; another one took its place: tables are loaded anew; or NULL */
	bool is_over;                /* time has ended them in the kernel already */
	TAILQ_HEAD(settlements, settlement) settlements;
	struct element *elements; /* owned; for the kernel */
	size_t n, room;
	int ipc_fd;        /* the worker's; -1: there is none */
	bool is_summed_up; /* the caller tells by itself that the kernel refused something */
	bool has_denial;   /* this must be on the disk before the kernel acts */

	/* May be NULL. The kernel refused it: `after` was to hold, and does so where it is not undone. */
	void (*on_refused)(struct settlement *x, const struct verdict *after, void *userdata);
	void (*answer)(void *userdata); /* all that is told was told */
	void *userdata;
};

/* Zeroes all but the elements' room, which is kept for the next ones; the rest is the caller's to fill in. */
void settle_begin(struct settling *s, struct settler *settler, int64_t now_sec);

/* Releases the room. */
void settle_done(struct settling *s);

/* Store and registry: `after` holds from here on. Without memory or store it holds all the same (logged). */
void settle_put(struct settling *s, struct settlement *x, const struct verdict *after);

/*
 * The same for an operator's word, which the store has or it does not hold: with the order that it is of (NULL: the device's goes
 * from the store; or it is a demand), and its entry in the record, as "order: allow". settle_end() brings it to the disk before the
 * kernel acts; a disk that does not take it then is told in the journal. Returns 0, or a negative errno: then nothing has changed.
 */
int settle_put_ordered(struct settling *s, struct settlement *x, const struct verdict *after, const struct order *order,
		       const char *what);

/* For the kernel alone: the device is there, and nothing was decided. */
void settle_place(struct settling *s, struct settlement *x, const struct verdict *after);

/* Kernel, worker, telling. Returns 0, or a negative errno when the kernel did not take all: each settlement says so. */
int settle_end(struct settling *s);

/* One of the registry in which nothing was decided: its times moved with the clock, or it was restored. To the store. */
void settle_amend(struct settler *settler, const struct verdict *v);

/* The same of an order, whose times moved. */
void settle_amend_order(struct settler *settler, const struct order *order);

/* Nothing is known of the device any more. */
void settle_forget(struct settler *settler, const uint8_t device[static SHA256_LEN]);

/* Opens the transaction that settle_flush() or 50 ms commit; for what goes into the store beside verdicts. */
void settle_open(struct settler *settler);

/* Commits what the store still waits for. */
void settle_flush(struct settler *settler);

/*
 * Before it each write is a transaction of its own; settle_stop() commits, before the loop ends. Returns 0 or a negative errno.
 */
int settle_start(struct settler *settler, sd_event *event);
void settle_stop(struct settler *settler);
