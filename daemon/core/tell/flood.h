/* SPDX-License-Identifier: Apache-2.0 */
/* Tells the operator that somebody asks for more than its share: when it begins, and once a minute while it goes on. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/sessions.h"

/* Zeroed, nothing was told. */
struct flood {
	struct edge_counters base; /* what is told is counted from these, */
	uint64_t since_usec;       /* of then (monotonic) */
	bool is_on;                /* it was told then */
};

/* Every few seconds, with what all edges have counted until now. Returns whether it told something. */
bool flood_sweep(struct flood *f, const struct edge_counters *now, uint64_t now_usec);
