/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to store/: one entry of the record. An entry that is read differs in no byte from its row, or it is none: so the
 * hash of the one is the hash of the other.
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/sizes.h"

struct record;

/* Returns false when a text has no end, so that it would be read back as another. */
bool entry_is_whole(const struct record *r);

/* The encoding is that of hallmark/record.h. Returns 0 or a negative errno. */
int entry_hash(const struct record *r, uint8_t ret[static SHA256_LEN]);

/* Columns and parameters are ENTRY_COLUMNS, in their order. The entry must stay until the statement was run. */
void entry_bind(sqlite3_stmt *row, const struct record *r);

/* Returns false for a row that no entry of ours can have made. */
bool entry_read(sqlite3_stmt *row, struct record *ret);
