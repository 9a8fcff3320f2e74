/* SPDX-License-Identifier: Apache-2.0 */
/* All admissions of the registry, and the time that they are counted by. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct core;
struct element;

/*
 * The time that verdicts are judged and counted by (base/timekeeper.h). When it was set, that is seen to first: verdicts of this
 * boot move with it, so that no lifetime gets longer or shorter, and all devices are to be judged again.
 */
int64_t admissions_now(struct core *c);

/* What the kernel must hold now; *ret must be freed with free(). Returns 0 or -ENOMEM. */
int admissions_collect(struct core *c, struct element **ret, size_t *ret_n);

/* Makes sure that the kernel has our table; loads it with all current admissions when not. Returns 0 or a negative errno. */
int admissions_ensure_table(struct core *c);

/* The same where it is no drift: at start, and with a new configuration. */
int admissions_load_table(struct core *c);
