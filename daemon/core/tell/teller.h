/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports decisions: to the journal (tell/wave.h), to its callbacks and in counters. Zeroed, nothing has been reported.
 */
#pragma once

#include <stdint.h>

#include "core/tell/expectation.h"
#include "core/tell/failures.h"
#include "core/tell/metrics.h"
#include "core/tell/refusals.h"
#include "core/tell/wave.h"

struct in_force;
struct store;
struct verdict;

struct teller {
	const struct in_force *in_force; /* borrowed */
	struct store *store; /* borrowed; summaries name entries of its decision record; NULL: there is none */
	struct wave wave;
	struct refusals refusals;         /* by the kernel; their changes are not reported as done yet */
	struct failures failures;         /* of handshakes */
	struct expectations expectations; /* of the inventory, that are not met */
	struct metrics metrics;

	/* Called after the journal has each change and each summary; may be NULL. */
	void (*on_change)(const struct verdict *v, const char *zone_before, void *userdata);
	void (*on_summary)(const struct wave_summary *s, void *userdata);
	void *userdata;
};
