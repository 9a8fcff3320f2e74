/* SPDX-License-Identifier: Apache-2.0 */
/* How long the brake holds: gateway.brake-hold from when it began to hold something without a pause. */
#pragma once

#include <stdint.h>

struct core;

/* When what is held is carried out; 0: nothing is held. */
int64_t brake_until(const struct core *c);

/* It holds something: from now on, if it did not before. The store keeps that, so that no restart puts off the end. */
void brake_begin(struct core *c);

/* It holds nothing any more. */
void brake_end(struct core *c);

/* At start: since when, by the store. */
int brake_load(struct core *c);

/* Time was set: what is held is held no longer and no shorter for it. */
void brake_move_time(struct core *c, int64_t step_sec);
