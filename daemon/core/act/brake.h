/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reviews of all devices that are due, and the change that the brake holds. A hold ends gateway.brake-hold after its
 * beginning, even if the held change was replaced by another one meanwhile.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct config;
struct held;
struct settler;
struct store;

struct due {
	const char
		*cause;  /* of the review of all devices that is due; NULL: none is. It is due until one is in force */
	bool is_put_off; /* the operator discarded it: it does not start by itself */
	struct held *held;       /* owned; the change that the brake holds (core/review/review.h), or NULL */
	int64_t held_since_sec;  /* since when it holds a change, without a pause; 0: it holds none */
	uint64_t held_told_usec; /* monotonic: when the held change was last logged */
};

/* When the held change is applied; 0: nothing is held. */
int64_t brake_until(const struct due *d, const struct config *config);

/*
 * Begins a hold now, unless one has begun already. The time is stored, so that a restart does not postpone the end of the
 * hold.
 */
void brake_begin(struct due *d, struct settler *settler);

/* Ends the hold. */
void brake_end(struct due *d, struct store *store);

/* At start: reads the beginning of the hold from the store. Returns 0 or a negative errno. */
int brake_load(struct due *d, struct store *store, int64_t started_sec);

/* Time was set: moves the beginning of the hold with it, so that the remaining time does not change. */
void brake_move_time(struct due *d, struct store *store, int64_t step_sec);
