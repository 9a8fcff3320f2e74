/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody may do at once, and gets back in time (a token bucket). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct budget {
	unsigned left;
	uint64_t filled_usec; /* when `left` was last added to; at the beginning, now */
};

/* Takes one; false when none is left. One comes back every each_usec, up to `most`. */
bool budget_take(struct budget *b, unsigned most, uint64_t each_usec, uint64_t now_usec);
