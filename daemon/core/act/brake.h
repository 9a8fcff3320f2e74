/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is due for all devices, and how long the brake holds something of it: gateway.brake-hold from when it began to, without a
 * pause.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct config;
struct held;
struct settler;
struct store;

/* What all devices wait for. */
struct due {
	const char *cause; /* cause of a review of all devices that is due until it is in force; NULL: none is due */
	bool is_put_off;   /* the operator dropped it: it does not start by itself */
	struct held *held; /* owned; what the brake holds (core/review/review.h), or NULL */
	int64_t held_since_sec;  /* without a pause; 0: it holds nothing */
	uint64_t held_told_usec; /* monotonic: when that was last logged */
};

/* When the held change is applied; 0: nothing is held. */
int64_t brake_until(const struct due *d, const struct config *config);

/*
 * The brake holds something: notes the present time, unless it already held something. The store keeps it, so that a
 * restart does not postpone the end.
 */
void brake_begin(struct due *d, struct settler *settler);

/* The brake no longer holds anything. */
void brake_end(struct due *d, struct store *store);

/* At start: reads the time from the store. */
int brake_load(struct due *d, struct store *store, int64_t started_sec);

/* Time was set: the remaining hold does not change. */
void brake_move_time(struct due *d, struct store *store, int64_t step_sec);
