/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notices when somebody else changes the kernel's nftables: another firewall manager's flush, an administrator's hand. What
 * was changed is not looked at; that is for a comparison with what should be.
 */
#pragma once

#include <stdbool.h>

struct watch;

/* Joins the kernel's notifications. Returns 0 or a negative errno; release with watch_free(). */
int watch_new(struct watch **ret);
void watch_free(struct watch *w);

/* Readable when there is something to read. */
int watch_fd(const struct watch *w);

/* Reads all that waits. Returns whether any of it was not of this process, or was lost. */
bool watch_read(struct watch *w);
