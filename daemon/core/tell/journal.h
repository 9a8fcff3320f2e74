/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One entry for each decision: structured in the journal when the daemon's stderr is the journal, else a line of text.
 * The fields are include/hallmark/journal.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "store/record.h"

struct label_facts;

struct journal_decision {
	const struct config *config;
	const struct verdict *verdict;
	const struct verdict *before; /* what was known of the device; NULL: nothing */
	const char *zone_before;      /* that it was in until now, which ends by the clock */
	struct record_mark record;    /* its entry in the decision record; sequence 0: none */
	uint64_t took_usec;           /* from the submission's arrival to the kernel's acknowledgement */
};

/*
 * Whether nothing changed that an operator cares for: zone, reason, rule, label, level, product and place are what they were,
 * for a longer time.
 */
bool journal_is_renewal(const struct journal_decision *d);

/* A renewal is told at debug level alone. */
void journal_decision(const struct journal_decision *d);

/*
 * The device proved itself from another place than before; the one that it has left has lost its zone. Back at a place that
 * it has just left, it may be two devices with one key.
 */
void journal_move(const struct verdict *before, const struct verdict *after);
bool journal_is_flapping(const struct verdict *before, const struct verdict *after);

struct journal_order {
	const struct config *config;
	const struct order *order;
	const char *event; /* "given", "released" or "ended" */
	uint32_t uid;      /* of who gave or released it */
	const struct verdict *verdict;
	const char *zone_before;
	bool is_in_kernel; /* false: it stands, and the kernel has not taken it yet */
	struct record_mark record;
};

/* A warning where the order is or was an exception. */
void journal_order(const struct journal_order *j);

/* What a label's scheme calls its level, and the home scheme the recognised one. */
const char *label_level_name(const struct config *c, const struct label_facts *l);
const char *recognised_level_name(const struct config *c, uint8_t home_level);
