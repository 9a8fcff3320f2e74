/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is told of decisions: a line for each change while there are few, a summary of many when a building comes back. The
 * decision record has every one of them.
 */
#pragma once

#include "run/core.h"
#include "run/journal.h"

/* Many changes in one line. */
struct wave_summary {
	uint32_t changes;                   /* that had no line of their own */
	uint32_t zones[ZONES_MAX];          /* how many of them led into each zone, as the policy numbers them */
	uint64_t first_record, last_record; /* entries of the decision record that hold them all; 0: none */
	uint32_t seconds;                   /* how long it took */
};

/* Tells of one decision: journal and bus. */
void wave_tell(struct core *c, const struct journal_decision *d);
