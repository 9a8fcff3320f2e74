/* SPDX-License-Identifier: Apache-2.0 */
/* What the core writes to the decision record (store/record.h), and how long it is kept. */
#pragma once

#include <stdint.h>

#include "base/sizes.h"
#include "hallmark/record.h"

struct orderer;
struct settler;
struct verdict;

/* The digest of the trust material that decisions are made with from now on. Returns 0, or a negative errno (logged) and zeroes. */
int ledger_note_trust(int material_fd, uint8_t ret[static SHA256_LEN]);

/* ledger_note_trust() for the trust material in force. Also logs after which entry the record continues. */
int ledger_start(struct settler *settler);

/*
 * Appends the content of the verdict, after the store accepted it and in the same transaction. Nothing is written for a
 * device that was never admitted: strangers must not be able to fill the flash memory. Returns the entry's mark, with
 * sequence 0 when there is none.
 */
struct record_mark ledger_append(struct settler *settler, enum hallmark_cause cause, const struct verdict *v,
				 const char *zone_before);

/*
 * Appends an entry without a device: what the operator did with the whole gateway ("open", "closed"), why, and until
 * when (0: no end).
 */
void ledger_append_gateway(struct settler *settler, const char *state, const char *reason, int64_t until_sec);

/*
 * Appends that an operator's order was given or released, or ended, within store_begin(); `rule` names it, as "order:
 * allow", and `by` (NULL: nobody) ordered it. Returns 0 and the entry's mark, or a negative errno: then the order must not come into force.
 */
int ledger_append_order(struct settler *settler, const struct verdict *v, const char *zone_before, const char *rule,
			const struct orderer *by, struct record_mark *ret);

/* The cause that the record has for a review of this name; CAUSE_REJUDGED when no cause has it. */
enum hallmark_cause ledger_cause(const char *review);

/* Removes entries beyond the configured retention, a limited number at a time. */
void ledger_prune(struct settler *settler);
