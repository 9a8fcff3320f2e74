/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only way to change a verdict, whoever decided: a turn, an operator, a demand for evidence, time, a review. A
 * change is always carried out in this order:
 *
 *   1. registry  so that the next decision sees it
 *   2. store     verdict and decision record, in one transaction. What takes something away is on the disk before the
 *                kernel acts; what only gives follows within 50 ms
 *   3. kernel    all changes in one write. A refused grant is undone in 1 and 2; a denial stays in force, and the comparison
 *                with the kernel (drift.h) tries it again
 *   4. worker    ends the sessions of devices that have less than before, after their pending requests are answered. It is
 *                told before these answers, so that it takes no further request in them
 *   5. reports   journal and bus, and whoever waits for an answer; what the kernel refused is reported as refused
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

/* The change of one device. Zero it before use; the caller owns it and must not move it until settle_end() returns. */
struct settlement {
	const struct verdict *before;       /* borrowed; NULL: it was unknown, or need not be restored */
	const struct verdict *after;        /* borrowed; NULL: the registry's verdict at the time of the report */
	const struct signed_inputs *inputs; /* borrowed until settle_put(); NULL: there is no new evidence */
	char zone_before[ZONE_NAME_SIZE];   /* in which it counted */
	enum hallmark_cause cause;          /* CAUSE_NONE: not a decision, and no entry in the record */
	bool is_told;                       /* report it once the kernel has it */
	bool is_counted;                    /* count it among the decisions */
	bool is_final;                      /* stays in force when the kernel refuses it, even if it gives something */
	bool is_demand;                     /* its session ends whatever its zone */
	bool is_denial;                     /* it is worth no more than before; the caller may set it, too */
	uint64_t received_usec;             /* monotonic; of the request that caused it; 0: none */

	/* The result. */
	uint8_t device[SHA256_LEN];
	struct record_mark record; /* its entry; sequence 0: none */
	size_t out, in;            /* index + 1 of its elements: out of a place, and into one; 0: none */
	bool is_undone;            /* `before` holds again */
	int error;                 /* why the kernel refused it; 0: it did not */
	TAILQ_ENTRY(settlement) entries;
};

/* Changes that are carried out together. */
struct settling {
	struct settler *settler;
	int64_t now_sec;        /* of all decisions, */
	uint64_t reckoned_usec; /* and monotonic: all timeouts were computed after this */
	const struct config
		*former; /* borrowed; the configuration that was replaced: tables are loaded again; or NULL */
	bool is_over;    /* their time has already ended in the kernel */
	TAILQ_HEAD(settlements, settlement) settlements;
	struct element *elements; /* owned; for the kernel */
	size_t n, room;
	int ipc_fd;        /* the worker's; -1: there is none */
	bool is_summed_up; /* the caller itself reports that the kernel refused something */
	bool has_denial;   /* must be on the disk before the kernel acts */

	/* May be NULL. The kernel refused it; `after` is in force unless is_undone. */
	void (*on_refused)(struct settlement *x, const struct verdict *after, void *userdata);
	void (*answer)(void *userdata); /* called after all reports */
	void *userdata;
};

/* Zeroes everything except the elements' memory, which is reused; the caller sets the rest. */
void settle_begin(struct settling *s, struct settler *settler, int64_t now_sec);

/* Releases the memory. */
void settle_done(struct settling *s);

/* Store and registry: `after` is in force from here on, also when it cannot be stored (logged). */
void settle_put(struct settling *s, struct settlement *x, const struct verdict *after);

/*
 * The same for an operator's order, which is in force only if the store accepts it: with the order (NULL: the device's
 * order is removed, or this is a demand) and its entry in the record, as "order: allow". settle_end() flushes it to the
 * disk before the kernel acts; a failure then is logged. Returns 0, or a negative errno: then nothing has changed.
 */
int settle_put_ordered(struct settling *s, struct settlement *x, const struct verdict *after, const struct order *order,
		       const char *what);

/* Only for the kernel: the device is at its place, and nothing was decided. */
void settle_place(struct settling *s, struct settlement *x, const struct verdict *after);

/*
 * Kernel, worker, reports. Returns 0, or a negative errno when the kernel refused something: each settlement has its
 * own error.
 */
int settle_end(struct settling *s);

/* Stores a verdict of the registry without a decision: its times moved with the clock, or it was restored. */
void settle_amend(struct settler *settler, const struct verdict *v);

/* The same for an order whose times moved. */
void settle_amend_order(struct settler *settler, const struct order *order);

/* Removes everything that is known of the device. */
void settle_forget(struct settler *settler, const uint8_t device[static SHA256_LEN]);

/* Opens the transaction that settle_flush() or a timer of 50 ms commits; for other writes to the store. */
void settle_open(struct settler *settler);

/* Commits pending writes to the store. */
void settle_flush(struct settler *settler);

/*
 * Before it each write is a transaction of its own; settle_stop() commits, before the loop ends. Returns 0 or a negative errno.
 */
int settle_start(struct settler *settler, sd_event *event);
void settle_stop(struct settler *settler);
