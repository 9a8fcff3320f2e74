/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration file and everything that it names, read again: only tried, or applied after a review. */
#pragma once

#include <stdbool.h>

#include "core/review/review.h"

struct reviewer;

/*
 * Reads `path` (NULL: the file that the core runs with) and begins a review with it. Returns 0; -EINVAL when the file
 * or what it names is not valid, -EREMCHG when it changes what only a restart can, -EBUSY while another review runs
 * (each logged); or another negative errno (logged). on_end as in review_start().
 */
int reload_begin(struct reviewer *reviewer, const char *path, bool is_trial, review_function on_end, void *userdata);

/* Applies what the brake holds. Returns -ENOENT when it holds nothing, else as review_start(). */
int reload_confirm(struct reviewer *reviewer, review_function on_end, void *userdata);

/* The same because its hold has ended (core/act/brake.h), however many devices it affects now. */
int reload_carry_out(struct reviewer *reviewer);

/* Drops it; the next reload tries the same change again. Returns 0 or -ENOENT. */
int reload_discard(struct reviewer *reviewer);
