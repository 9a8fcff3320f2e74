/* SPDX-License-Identifier: Apache-2.0 */
/* What should be in the kernel's sets against what is there. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "enforce/membership.h"

struct settler;

/* One entry that is not as it should be. */
struct discrepancy {
	struct set_entry wanted; /* timeout_sec 0: it should not be there */
	bool is_present;
	uint32_t present_sec; /* what is left of it; 0: it would never end */
	bool is_own; /* caused by our own writing and how long that took: repaired, and not counted as interference */
};

/* Compares; changes nothing, and leaves out what is our own. *ret must be freed with free(). Returns 0 or a negative errno. */
int drift_find(struct settler *settler, struct discrepancy **ret, size_t *ret_n);

/*
 * Compares and mends the kernel: at start, after a step of the clock, after somebody else's change, and now and then.
 * Strays go, missing ones come, and one that is there is only ever shortened: the kernel's own count is the one clock that
 * nobody can set. What is our own is mended without being told or counted. Returns 0 or a negative errno. Does nothing where nothing is enforced.
 */
int drift_mend(struct settler *settler);

/*
 * The same at start, read back: what was written must be there. One whose time is over within two seconds may be or not.
 * Returns 0 or a negative errno (logged), -EIO when the kernel does not hold what it was given.
 */
int drift_settle(struct settler *settler);
