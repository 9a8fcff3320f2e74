/* SPDX-License-Identifier: Apache-2.0 */
/* Which evidence of a device has counted: of the latest beacon that it used, the handles. Earlier beacons count no more. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define USED_MARKS_MAX 32 /* submissions of a device with one beacon, which lasts two seconds */

/* Zeroed: none has. Release it with used_done(). */
struct used_beacon {
	uint32_t number;   /* base/beacon.h */
	uint32_t n_marks;  /* handles; with USED_MARKS_MAX no more count */
	uint64_t first;    /* one of them: devices seldom attest again within a beacon */
	uint64_t *further; /* owned; NULL until there is a second one */
};

/* Whether evidence with this beacon and handle counts no more. */
bool used_has(const struct used_beacon *u, uint32_t number, uint64_t mark);

/* It has counted. Without memory for it, no further evidence with this beacon counts. */
void used_add(struct used_beacon *u, uint32_t number, uint64_t mark);

void used_done(struct used_beacon *u);
