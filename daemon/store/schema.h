/* SPDX-License-Identifier: Apache-2.0 */
/* Private to store/: creates and converts the tables of the file. */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Creates the tables in a new file. An existing file must be ours; one of an earlier version is converted if it is intact, unless
 * it was opened only to read. `keeps_copy`: first it is copied, for an earlier version of the daemon (store/beside.h). Returns 0; -EBADMSG when
 * it is not ours or is damaged; -EPROTO when it is of another version; -ENOSPC when there is no room for the copy (logged); else a negative errno.
 */
int schema_check(sqlite3 *db, bool keeps_copy);

/* Of a file of ours. Returns 1 when it is new and has no tables, else 0; -EBADMSG when it is not ours; else a negative errno. */
int schema_version(sqlite3 *db, int64_t *ret);

/* The bytes of all its pages. Returns 0 or a negative errno. */
int schema_size(sqlite3 *db, uint64_t *ret);

/* From this version to this program's; all of it or nothing. */
int schema_convert(sqlite3 *db, int64_t version);

/* Reads all of the file. Returns 0; -EBADMSG when it is damaged; else a negative errno. */
int schema_check_soundness(sqlite3 *db);
