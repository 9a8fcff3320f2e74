/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One turn of the event loop: all pending records are decided on and settled together (core/settle/settle.h), and a
 * device gets its answer only after the kernel accepted the change.
 */
#pragma once

struct beacons;
struct due;
struct edge_counters;
struct orders;
struct settler;
struct turn;

/*
 * Borrows all arguments. `due` decides on devices whose revocation was lifted: while a review of all devices is due,
 * they are not readmitted one by one. `beacons` are those that evidence may hold. `counters` gets the worker's counters. Returns 0 or -ENOMEM.
 */
int turn_new(struct settler *settler, const struct orders *orders, const struct due *due, const struct beacons *beacons,
	     struct edge_counters *counters, struct turn **ret);
void turn_free(struct turn *t);

/*
 * Handles all pending records on the worker's socket. Returns 0; or a negative errno when the worker must be replaced:
 * it sent an invalid record (-EBADMSG), closed its end (-EPIPE) or accepts no answers (-EAGAIN).
 */
int turn_run(struct turn *t, int ipc_fd);
