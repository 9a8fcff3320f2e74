/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to store/: a later version of the daemon wrote the store, and this one is to go on. Devices, orders and the record are as the
 * later one left them, as far as this one has tables for them.
 */
#pragma once

#include <sqlite3.h>

/*
 * The copy that the later version kept (store/beside.h) becomes the store, with all rows of the later file that its tables have
 * columns for; the later file stays beside it. Killed at any moment, the store is the one or the other. Returns 0 (logged);
 * -EPROTO when there is no intact copy that this program can read; -ENOTSUP when the later file has orders, sets or the time in another form; -EBADMSG when the later file is damaged; -EBUSY when another program has
 * the store open; -ENOSPC (logged); else a negative errno.
 */
int earlier_take(const char *path);

/* Whether the copy of that version is intact, and leads to that by the columns of `later`. Returns 0, -EPROTO, -ENOTSUP or another negative errno. */
int earlier_check(const char *path, unsigned version, sqlite3 *later);
