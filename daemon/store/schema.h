/* SPDX-License-Identifier: Apache-2.0 */
/* Private to store/: the tables of the file, and how a file comes to have them. */
#pragma once

struct store;

/*
 * Makes the tables in a new file. An old one must be ours and sound; one of an earlier version is brought to this one, but
 * not when it was opened to be read. Returns 0; -EBADMSG when it is not ours or damaged; -EPROTO when it is of another
 * version; else a negative errno.
 */
int schema_check(struct store *s);
