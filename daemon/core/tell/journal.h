/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One entry for each decision: structured in the journal when the daemon's stderr is the journal, else a line of text.
 * The fields are in include/hallmark/journal.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "store/record.h"

struct label_facts;
struct orderer;

struct journal_decision {
	const struct config *config;
	const struct verdict *verdict;
	const struct verdict *before; /* what was known of the device; NULL: nothing */
	const char *zone_before;      /* in which it was until now, with its end by the clock */
	struct record_mark record;    /* its entry in the decision record; sequence 0: none */
	uint64_t took_usec;           /* from when the core received the submission to the kernel's acknowledgement */
};

/*
 * Whether the decision only extends the time: zone, reason, rule, label, level, product and place are the same as
 * before.
 */
bool journal_is_renewal(const struct journal_decision *d);

/* A renewal is logged only at debug level. */
void journal_decision(const struct journal_decision *d);

/*
 * The device attested from another place than before; at the former place it has lost its zone. If it returns to a
 * place that it has just left, there may be two devices with one key.
 */
void journal_move(const struct config *c, const struct verdict *before, const struct verdict *after);
bool journal_is_flapping(const struct verdict *before, const struct verdict *after);

struct journal_order {
	const struct config *config;
	const struct order *order;
	const char *event;        /* "given", "released" or "ended" */
	const struct orderer *by; /* who gave or released it */
	const struct verdict *verdict;
	const char *zone_before;
	bool is_in_kernel; /* false: it is in force, but the kernel does not have it yet */
	struct record_mark record;
};

/* Logged as a warning when the order is or was an exception. */
void journal_order(const struct journal_order *j);

/* The name that a label's scheme has for its level, and the home scheme's for the recognised level. */
const char *label_level_name(const struct config *c, const struct label_facts *l);
const char *recognised_level_name(const struct config *c, uint8_t home_level);
