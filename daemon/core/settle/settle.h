/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only way to change a verdict, whoever decided: a turn, an operator, a demand for evidence, time, a review. A
 * change is always carried out in this order:
 *
 *   1. registry  so that the next decision sees it
 *   2. store     verdict and decision record, in one transaction. A change that takes something away is on the
 *                disk before the kernel acts; one that only gives is written within 50 ms; a renewal that changes
 *                nothing but times, handles and addresses is written from time to time (renewal.h)
 *   3. kernel    all changes in one write. A refused grant is undone in 1 and 2; a denial stays in force, and the comparison
 *                with the kernel (drift.h) tries it again
 *   4. edges     end the sessions of devices that have less than before, after their pending requests are answered. Each
 *                gets this order before the answers, so that it accepts no further request in these sessions
 *   5. reports   journal, bus and pending answers; a change that the kernel refused is reported as refused
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

struct exception;
struct order;
struct orderer;
struct settler;
struct signed_inputs;
struct verdict;

/* The change of one device. Zero it before use; the caller owns it and must not move it until settle_end() returns. */
struct settlement {
	const struct verdict *before;       /* borrowed; NULL: it was unknown, or need not be restored */
	const struct verdict *after;        /* borrowed; NULL: the registry's verdict at the time of the report */
	const struct signed_inputs *inputs; /* borrowed until settle_put(); NULL: there is no new evidence */
	char zone_before[ZONE_NAME_SIZE];   /* in which the device was counted until now */
	enum hallmark_cause cause;          /* CAUSE_NONE: not a decision, and no entry in the record */
	bool is_told;                       /* report it as soon as the kernel has it */
	bool is_counted;                    /* count it among the decisions */
	bool keeps_stored;                  /* the stored inputs stay: these may be false, and say nothing new */
	bool is_final;                      /* stays in force when the kernel refuses it, even if it gives something */
	bool is_demand;                     /* a demand for evidence: ends the session, whatever the zone */
	bool is_denial;           /* the device gets no more than before; found by settle_put(), or set by the caller */
	const struct orderer *by; /* borrowed; of an order or a demand; NULL: nobody */
	uint64_t received_usec;   /* monotonic: when the core received the request that caused it; 0: none did */

	/* The result. */
	uint8_t device[SHA256_LEN];
	struct record_mark record; /* its entry in the decision record; sequence 0: none */
	bool is_renewal;           /* nothing changes but times, handles and addresses: it has no entry */
	bool has_evidence;         /* it came with inputs */
	size_t out, in;            /* index + 1 in `elements`: its removal from a place, its addition to one; 0: none */
	bool is_undone;            /* `before` holds again */
	int error;                 /* why the kernel refused it; 0: it did not */
	TAILQ_ENTRY(settlement) entries;
};

/* Changes that are carried out together. */
struct settling {
	struct settler *settler;
	int64_t now_sec;        /* the time of all decisions, */
	uint64_t reckoned_usec; /* and monotonic: no timeout was computed earlier */
	const struct config
		*former; /* borrowed; a configuration that was replaced: the tables are loaded again. NULL: none was */
	bool is_over;    /* the kernel has already ended these admissions */
	TAILQ_HEAD(settlements, settlement) settlements;
	struct element *elements; /* owned; for the kernel */
	size_t n, room;
	bool is_summed_up; /* the caller itself reports that the kernel refused something */
	bool has_denial;   /* the store is flushed to the disk before the kernel acts */

	/* Called for each change that the kernel refused; `after` is in force unless is_undone. May be NULL. */
	void (*on_refused)(struct settlement *x, const struct verdict *after, void *userdata);
	void (*answer)(void *userdata); /* called after all reports */
	void *userdata;
};

/* Zeroes everything except the elements' memory, which is reused; the caller sets the rest. */
void settle_begin(struct settling *s, struct settler *settler, int64_t now_sec);

/* Releases the memory. */
void settle_done(struct settling *s);

/* Steps 1 and 2: from here on `after` is in force, even if it cannot be stored (logged). */
void settle_put(struct settling *s, struct settlement *x, const struct verdict *after);

/*
 * The same for an operator's order, which is in force only if it can be stored. Verdict, order (NULL: the device's order
 * is removed, or this is a demand) and the entry in the record are one transaction; `what` names the order in that
 * entry, as "order: allow". settle_end() flushes it to the disk before the kernel acts; a failure of that is logged.
 * Returns 0, or a negative errno: then nothing has changed.
 */
int settle_put_ordered(struct settling *s, struct settlement *x, const struct verdict *after, const struct order *order,
		       const char *what);

/*
 * Only addresses or the result of an admitted device changed, at its place: it has said nothing, so its edition stays. Registry and kernel have them at once, the store when a
 * renewal is due (renewal.h): whoever asks for his admission from two addresses in turn causes no more writes.
 */
void settle_readdress(struct settling *s, struct settlement *x, const struct verdict *after);

/* Only step 3: puts the device at the place of `after` in the kernel. Nothing was decided. */
void settle_place(struct settling *s, struct settlement *x, const struct verdict *after);

/*
 * Only step 3: the place of an exception gets its zone, or leaves it. What is put or placed later counts there instead. Nothing was
 * decided.
 */
void settle_except(struct settling *s, const struct exception *e, bool is_in);

/*
 * Steps 3 to 5. Returns 0, or a negative errno when the kernel refused something: then each settlement has its own
 * error.
 */
int settle_end(struct settling *s);

/* Nothing was decided, but rules and zones have other numbers: only the registry has them. What a stranger showed stays. */
void settle_renumber(struct settler *settler, const struct verdict *v);

/*
 * The verdict's times moved with the clock: registry and store (NULL: none yet) get them. Without memory the device is forgotten,
 * so that its former end does not stay in force.
 */
void settle_move_time(struct settler *settler, const struct verdict *v);

/* Stores a verdict of the registry that changed without a decision: its times moved with the clock, or it was restored. */
void settle_amend(struct settler *settler, const struct verdict *v);

/* The same for an order whose times moved. */
void settle_amend_order(struct settler *settler, const struct order *order);

/* Removes everything that is known of the device. */
void settle_forget(struct settler *settler, const uint8_t device[static SHA256_LEN]);

/* Opens the transaction for other writes to the store; settle_flush() or a timer of 50 ms commits it. */
void settle_open(struct settler *settler);

/* Stores the renewals that the store lacks. */
void settle_renewals(struct settler *settler);

/* Commits pending writes to the store. */
void settle_flush(struct settler *settler);

/*
 * Before settle_start() each write is a transaction of its own. settle_stop() commits; call it before the loop is
 * released. settle_start() returns 0 or a negative errno.
 */
int settle_start(struct settler *settler, sd_event *event);
void settle_stop(struct settler *settler);
