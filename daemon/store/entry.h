/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to store/: one entry of the record. An entry that can be read is equal to its row in every byte, so both have
 * the same hash.
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/sizes.h"

struct record;

/* Of new entries: the latest that this program knows. 1 did not know who ordered, 2 no names and places. */
uint32_t entry_encoding(void);

/* Returns false when a text is not terminated: it would be read back differently. */
bool entry_is_whole(const struct record *r);

/* The encoding is that of hallmark/record.h, and the entry's own if it is known. Returns 0 or a negative errno. */
int entry_hash(const struct record *r, uint8_t ret[static SHA256_LEN]);

/* Columns and parameters are RECORD_FIELDS, in their order. The entry must stay until the statement was run. */
void entry_bind(sqlite3_stmt *row, const struct record *r);

/* Returns false for a row that neither entry_bind() can have written nor one of a later version; what can be read of it is there. */
bool entry_read(sqlite3_stmt *row, struct record *ret);
