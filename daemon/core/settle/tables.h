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
	bool has_no_enforcement; /* --no-enforcement: decides and tells, and leaves nftables alone */
	bool has_tables;         /* the kernel has ours, as of the latest look */
	bool is_drifting;        /* the kernel may hold other admissions than the registry: compare soon */
	bool is_crowded;         /* but all that was amiss at the latest comparison is that a set is full */
	uint32_t late_sec;       /* our own elements may end so much later than they should: tables_note_write() */
	uint64_t drifts;         /* times that the kernel was not as it should be, and was mended */
};

/* What the kernel must hold at this time; *ret must be freed with free(). Returns 0 or -ENOMEM. */
int tables_collect(const struct registry *registry, int64_t now_sec, struct element **ret, size_t *ret_n);

/* Makes sure that the kernel has our tables; loads them with all current admissions when not. Returns 0 or a negative errno. */
int tables_ensure(struct settler *settler, int64_t now_sec);

/* The same where it is no drift: at start, and with a new configuration. */
int tables_load(struct settler *settler, int64_t now_sec);

/*
 * A timeout counts from when the kernel takes the element, which is some time after it was reckoned: seconds, where tables
 * with thousands are loaded. To be called after each write, with when (monotonic) its timeouts were reckoned.
 */
void tables_note_write(struct tables *t, uint64_t reckoned_usec);
