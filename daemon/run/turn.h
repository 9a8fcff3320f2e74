/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One turn of the event loop: judge all records that wait, then one transaction in the kernel, then the answers, then
 * the store. Denials of admitted devices reach the store before the kernel.
 */
#pragma once

#include "run/core.h"
#include "run/ipc.h"

/* Returns 0 or -ENOMEM. */
int turn_new(struct core *core, struct turn **ret);
void turn_free(struct turn *t); /* commits what the store still waits for */

/* Commits what the store still waits for: somebody else is going to write. */
void turn_commit(struct turn *t);

/* The registry says so from here on, and soon the store; for who writes outside of a turn. */
void turn_keep(struct turn *t, const struct verdict *v);

/*
 * Takes all records that wait on the worker's socket through the turn. Returns 0; a negative errno when the worker must be
 * replaced: it sent a record that is not sound (-EBADMSG), closed its end (-EPIPE) or takes no answers (-EAGAIN).
 */
int turn_run(struct turn *t, int ipc_fd);
