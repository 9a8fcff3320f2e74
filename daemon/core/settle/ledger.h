/* SPDX-License-Identifier: Apache-2.0 */
/* What the core writes into the decision record (store/record.h), and how long it stays there. */
#pragma once

#include <stdint.h>

#include "base/sizes.h"
#include "hallmark/record.h"

struct settler;
struct verdict;

/* The digest of the trust material that decisions are made with from now on. Returns 0, or a negative errno (logged) and zeroes. */
int ledger_note_trust(int material_fd, uint8_t ret[static SHA256_LEN]);

/* As ledger_note_trust() of what is in force, and says from which entry on the record goes on. */
int ledger_start(struct settler *settler);

/*
 * Appends what the verdict says, after the store has taken it and in the same transaction. Nothing is written of a device
 * that was never admitted: strangers must not be able to fill a flash. Returns the entry's mark, of sequence 0 when there is
 * none.
 */
struct record_mark ledger_append(struct settler *settler, enum hallmark_cause cause, const struct verdict *v,
				 const char *zone_before);

/*
 * An entry that is of no device: what the operator did to the whole gateway ("open", "closed"), why, and until when (0: it
 * has no end).
 */
void ledger_append_gateway(struct settler *settler, const char *state, const char *reason, int64_t until_sec);

/*
 * Appends that an operator's order came, went or ended, within store_begin(); `rule` names it, as "order: allow". Returns 0
 * and the entry's mark, or a negative errno: then the order must not come into force.
 */
int ledger_append_order(struct settler *settler, const struct verdict *v, const char *zone_before, const char *rule,
			struct record_mark *ret);

/* What judging all devices again is called in the record: as it calls itself, else CAUSE_REJUDGED. */
enum hallmark_cause ledger_cause(const char *review);

/* Removes what the configuration does not keep, a bounded number at a time. */
void ledger_prune(struct settler *settler);
