/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon knows at the moment of the report, and the record does not: who is there, what is trusted, which households there are. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ctl/commands.h"
#include "ctl/report/counts.h"

struct scope;
struct value;

#define NOW_IN_FORCE "in force" /* of the states that Exceptions() tells */
#define NOW_REPLACED "replaced"

struct now {
	uint64_t n_attested;               /* devices that are admitted by what they proved, */
	uint64_t n_excepted;               /* by an order (allow, monitor) or an exception of the inventory, */
	uint64_t n_refused, n_quarantined; /* that are in quarantine, by their evidence or by an order, */
	uint64_t n_unknown;                /* and that were never judged */
	struct counts refused;             /* those refused, by reason: the first counter */
	struct value *metrics;             /* owned: Metrics */
	struct value *segments;            /* owned: list of maps with `name`, of the report's households */
	struct value *orders;              /* owned: list of the devices under an order, by id */
	struct value *exceptions;          /* owned: list of the inventory's exceptions, over or not */
};

/* Asks over the daemon's socket; only for these households. Release with now_done(), also after a failure (logged). */
enum ctl_exit now_ask(const struct ctl *ctl, const struct scope *scope, struct now *ret);
void now_done(struct now *n);
