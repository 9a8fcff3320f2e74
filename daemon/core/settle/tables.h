/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's tables with all admissions of the registry. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct element;
struct registry;
struct settler;

/* How the kernel's tables are, as far as that is known. */
struct tables {
	bool has_no_enforcement; /* --no-enforcement: decides and reports, but does not change nftables */
	bool has_tables;         /* the kernel has ours, at the last check */
	bool is_drifting;        /* the kernel may hold other admissions than the registry: compare soon */
	bool is_crowded;         /* the only problem in the last comparison is that a set is full */
	uint32_t late_sec;       /* our own elements may end so much later than they should: tables_note_write() */
	uint64_t drifts;         /* how often the kernel differed and was corrected */
};

/* What the kernel must hold at this time; release *ret with free(). Returns 0 or -ENOMEM. */
int tables_collect(const struct registry *registry, int64_t now_sec, struct element **ret, size_t *ret_n);

/*
 * Makes sure that the kernel has our tables; else loads them with all current admissions. Returns 0 or a negative
 * errno.
 */
int tables_ensure(struct settler *settler, int64_t now_sec);

/* The same when it does not count as drift: at start, and with a new configuration. */
int tables_load(struct settler *settler, int64_t now_sec);

/*
 * Makes admitted devices known senders again, at start: tables that a boot loaded have none. What the kernel refuses is
 * left out.
 */
void tables_know(struct settler *settler, int64_t now_sec);

/*
 * A timeout starts when the kernel accepts the element, some time after it was computed: seconds, when tables with
 * thousands are loaded. Call this after each write, with the monotonic time at which its timeouts were computed.
 */
void tables_note_write(struct tables *t, uint64_t reckoned_usec);
