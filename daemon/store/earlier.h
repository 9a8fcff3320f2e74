/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to store/: a later version of the daemon wrote the store, and this one is to go on. Devices, orders and the record are as the
 * later one left them, as far as this one has tables for them.
 */
#pragma once

/*
 * The copy that the later version kept (store/beside.h) becomes the store, with all rows of the later file that its tables have
 * columns for; the later file stays beside it. Killed at any moment, the store is the one or the other. Returns 0 (logged);
 * -EPROTO when there is no intact copy that this program can read; -EBADMSG when the later file is damaged; -EBUSY when another program has
 * the store open; -ENOSPC (logged); else a negative errno.
 */
int earlier_take(const char *path);

/* Whether it is there and intact: 0 or -EPROTO. */
int earlier_check_copy(const char *path, unsigned version);
