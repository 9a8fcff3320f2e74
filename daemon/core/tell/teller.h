/* SPDX-License-Identifier: Apache-2.0 */
/* Who tells of decisions: what it has told, what it counts, and what it must know for that. Zeroed, it has told nothing. */
#pragma once

#include <stdint.h>

#include "core/tell/metrics.h"
#include "core/tell/refusals.h"
#include "core/tell/wave.h"

struct in_force;
struct store;
struct verdict;

struct teller {
	const struct in_force *in_force; /* borrowed */
	struct store *store;             /* borrowed; has the record that a summary points into; NULL: there is none */
	struct wave wave;
	struct refusals refusals; /* of the kernel: not yet reported as done */
	struct metrics metrics;

	/* Also called for each change and each summary; may be NULL. */
	void (*on_change)(const struct verdict *v, const char *zone_before, void *userdata);
	void (*on_summary)(const struct wave_summary *s, void *userdata);
	void *userdata;
};
