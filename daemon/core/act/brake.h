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
	const char *cause;       /* until a review of all devices for this reason is in force; NULL: none is due */
	bool is_put_off;         /* the operator dropped it: it does not begin by itself */
	struct held *held;       /* owned; what the brake holds (core/review/review.h), or NULL */
	int64_t held_since_sec;  /* without a pause; 0: it holds nothing */
	uint64_t held_told_usec; /* monotonic: when that was said last */
};

/* When what is held is carried out; 0: nothing is held. */
int64_t brake_until(const struct due *d, const struct config *config);

/* It holds something: from now on, if it did not before. The store keeps that, so that no restart puts off the end. */
void brake_begin(struct due *d, struct settler *settler);

/* It holds nothing any more. */
void brake_end(struct due *d, struct store *store);

/* At start: since when, by the store. */
int brake_load(struct due *d, struct store *store, int64_t started_sec);

/* Time was set: what is held is held no longer and no shorter for it. */
void brake_move_time(struct due *d, struct store *store, int64_t step_sec);
