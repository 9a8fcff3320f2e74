/* SPDX-License-Identifier: Apache-2.0 */
/* Private to store/: creates and converts the tables of the file. */
#pragma once

struct store;

/*
 * Creates the tables in a new file. An existing file must be ours and intact; an earlier version is converted, unless
 * the file was opened only to read. Returns 0; -EBADMSG when it is not ours or is damaged; -EPROTO when it is of
 * another version; else a negative errno.
 */
int schema_check(struct store *s);
