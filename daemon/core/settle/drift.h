/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the kernel's sets with what should be in them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "enforce/membership.h"

struct admission_counts;
struct settler;

#define DRIFT_COUNTED_MAX 10000 /* known devices */

/* One entry that differs. */
struct discrepancy {
	struct set_entry wanted; /* timeout_sec 0: it should not exist */
	bool is_present;
	uint32_t present_sec; /* its remaining time; 0: it has no timeout */
	bool is_own;          /* caused by our own write and its delay: corrected, but not counted as interference */
};

/*
 * Compares without changing anything, and omits differences of our own. Release *ret with free(). Returns 0 or a
 * negative errno.
 */
int drift_find(struct settler *settler, struct discrepancy **ret, size_t *ret_n);

/*
 * How many admissions the verdicts want, and how many the kernel has. Of now; or, where more than DRIFT_COUNTED_MAX devices are known, of
 * the last comparison: reading so much takes the kernel seconds. Returns 0; or a negative errno when the kernel could not be read. Where nothing
 * is enforced, the kernel is not read, has none, and counted_usec is 0.
 */
int drift_count(struct settler *settler, struct admission_counts *ret);

/*
 * Compares and corrects the kernel: at start, after a step of the clock, after a foreign change, and from time to time.
 * Removes entries that should not exist, adds missing ones, and only ever shortens present ones: the kernel's own
 * timeout is the one clock that nobody can set. Differences of our own are corrected without a report. Returns 0 or a
 * negative errno. Does nothing where nothing is enforced.
 */
int drift_mend(struct settler *settler);

/*
 * The same at start, and reads back: what was written must be present. An entry that ends within two seconds may be
 * missing. Returns 0 or a negative errno (logged); -EIO when the kernel does not hold what was written.
 */
int drift_settle(struct settler *settler);
