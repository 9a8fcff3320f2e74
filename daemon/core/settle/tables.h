/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's tables with all admissions of the registry. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sizes.h"

struct element;
struct settler;
struct verdict;

/* Admissions by zone: places, each once, though several devices or tables have it. */
struct admission_counts {
	uint64_t counted_usec; /* monotonic; 0: the kernel could not be read, or was not yet */
	uint64_t desired[ZONES_MAX], enforced[ZONES_MAX];
};

/* How the kernel's tables are, as far as that is known. */
struct tables {
	bool has_no_enforcement; /* --no-enforcement: decides and reports, but does not change nftables */
	bool has_tables;         /* the kernel has ours, at the last check */
	bool is_drifting;        /* the kernel may hold other admissions than the registry: compare soon */
	bool is_crowded;         /* the only problem in the last comparison is that a set is full */
	uint32_t late_sec;       /* our own elements may end so much later than they should: tables_note_write() */
	uint64_t drifts;         /* how often the kernel differed and was corrected */
	struct admission_counts counts; /* of the last comparison, and what it wrote */
};

/*
 * What the kernel must hold at this time, sorted by place, with the least zone where devices share one (enforce/share.h); release
 * *ret with free(). Returns 0 or -ENOMEM.
 */
int tables_collect(const struct settler *settler, int64_t now_sec, struct element **ret, size_t *ret_n);

/*
 * The zone that the kernel is to have for the place of a verdict, which is less than its own where it shares the place; and how many
 * devices are admitted there.
 */
uint8_t tables_zone_at(const struct settler *settler, const struct verdict *v, size_t *ret_n);

/* One device, for elements_share(): also of an admission that has ended and whose end was not told yet. */
struct element tables_element(const struct verdict *v, int64_t now_sec);

/*
 * Makes sure that the kernel has our tables; else loads them with all current admissions. Returns 0 or a negative
 * errno.
 */
int tables_ensure(struct settler *settler, int64_t now_sec);

/* The same when it does not count as drift: at start, and with a new configuration. */
int tables_load(struct settler *settler, int64_t now_sec);

/* The gateway's own addresses, for the rules of bridges: after each load, and now and then. Failures are logged. */
void tables_name_gateway(struct settler *settler);

/*
 * A timeout starts when the kernel accepts the element, some time after it was computed: seconds, when tables with
 * thousands are loaded. Call this after each write, with the monotonic time at which its timeouts were computed.
 */
void tables_note_write(struct tables *t, uint64_t reckoned_usec);
