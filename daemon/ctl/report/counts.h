/* SPDX-License-Identifier: Apache-2.0 */
/* Counters by name, of a bounded number of names. When there is no memory, the program logs that and exits. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define COUNTS_NAMES_MAX 8192 /* twice the households that a gateway may have: some were renamed in the month */
#define COUNTS_NAME_SIZE 64
#define COUNTS_EACH      4 /* counters of a name; what they mean is the caller's */

struct count {
	char name[COUNTS_NAME_SIZE];
	uint64_t n[COUNTS_EACH];
};

/* Zeroed, there are none. Release it with counts_done(). */
struct counts {
	struct count *list; /* owned; by name */
	size_t n, room;
	struct count others; /* of all names behind the limit */
};

void counts_done(struct counts *c);

/* The counters of a name; they are zero when it is new. Valid until the next call. */
uint64_t *counts_of(struct counts *c, const char *name);

/* NULL: nothing was counted under that name. */
const struct count *counts_find(const struct counts *c, const char *name);
