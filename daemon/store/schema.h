/* SPDX-License-Identifier: Apache-2.0 */
/* Private to store/: creates and converts the tables of the file. */
#pragma once

struct store;

/*
 * Creates the tables in a new file. An existing file must be ours; one of an earlier version is converted if it is intact, unless
 * it was opened only to read. Returns 0; -EBADMSG when it is not ours or is damaged; -EPROTO when it is of
 * another version; else a negative errno.
 */
int schema_check(struct store *s);

/* Reads all of the file. Returns 0; -EBADMSG when it is damaged; else a negative errno. */
int schema_check_soundness(const struct store *s);
