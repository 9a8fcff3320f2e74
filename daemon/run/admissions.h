/* SPDX-License-Identifier: Apache-2.0 */
/* All admissions of the registry against the kernel's table and sets, and the time that both are counted by. */
#pragma once

#include "run/core.h"

/*
 * The time that verdicts are judged and counted by (run/timekeeper.h). When it was set, that is seen to first: verdicts of this
 * boot move with it, so that no lifetime gets longer or shorter, and all devices are to be judged again.
 */
int64_t admissions_now(struct core *c);

/* Makes sure that the kernel has our table; loads it with all current admissions when not. Returns 0 or a negative errno. */
int admissions_ensure_table(struct core *c);

/*
 * Compares the kernel's elements with the registry and mends the kernel: at start, after a step of the clock, and now and
 * then. Nothing is lengthened. Returns 0 or a negative errno.
 */
int admissions_reconcile(struct core *c);
