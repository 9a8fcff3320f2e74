/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the entries that a daemon gave are all that its record has, and follow from each other. Pure. */
#pragma once

#include <stdbool.h>

#include "store/record.h"

struct closing;

struct chain {
	struct record_mark foot, head; /* as the daemon said before it gave any entry */
	bool is_part;                  /* it gives only entries of some segments: gaps say nothing */
	struct record_mark last;       /* of what was followed; */
	enum record_flaw flaw;         /* and the first fault; */
	bool has_later;                /* and whether a later version wrote some of it */
};

void chain_begin(struct chain *c, const struct record_mark *foot, const struct record_mark *head, bool is_part);

/* The next entry. Those that retention kept from before the foot have no place in the chain, and are passed over. */
void chain_follow(struct chain *c, const struct record *r);

/* After the last entry: what was found. `has_moved`: retention removed entries in the meantime. */
void chain_close(const struct chain *c, bool has_moved, struct closing *ret);
