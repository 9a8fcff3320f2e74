/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notices when another process changes the kernel's nftables: a firewall manager's flush, an administrator. It does not
 * examine the change; a comparison with the wanted state does.
 */
#pragma once

#include <stdbool.h>

struct watch;

/* Subscribes to the kernel's notifications. Returns 0 or a negative errno; release with watch_free(). */
int watch_new(struct watch **ret);
void watch_free(struct watch *w);

/* Readable when there is something to read. */
int watch_fd(const struct watch *w);

/* Reads all pending notifications. Returns whether any was from another process, or was lost. */
bool watch_read(struct watch *w);
