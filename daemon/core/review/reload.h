/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration file and all that it names, read again: tried, or put into force by way of a review. */
#pragma once

#include <stdbool.h>

#include "core/review/review.h"

struct reviewer;

/*
 * Reads `path` (NULL: the file that the core runs with) and begins a review with it. Returns 0; -EINVAL when the file or
 * what it names is not good, -EREMCHG when it changes what only a restart can, -EBUSY while another review is on its way
 * (each logged); or another negative errno (logged). on_end as review_start().
 */
int reload_begin(struct reviewer *reviewer, const char *path, bool is_trial, review_function on_end, void *userdata);

/* Lets pass what the brake holds. Returns -ENOENT when it holds nothing, else as review_start(). */
int reload_confirm(struct reviewer *reviewer, review_function on_end, void *userdata);

/* The same because its time is over (core/act/brake.h): whatever number it concerns by now. */
int reload_carry_out(struct reviewer *reviewer);

/* Drops it; what it was to bring about is tried again with the next reload. Returns 0 or -ENOENT. */
int reload_discard(struct reviewer *reviewer);
