/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One turn of the event loop: all that came in it is decided on and settled together (core/settle/settle.h), and a
 * device gets its answer only after the kernel accepted the change.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "hallmark/reason.h"
#include "ipc/ipc.h"

struct beacons;
struct due;
struct orders;
struct settler;
struct turn;

/* A submission that was judged. */
struct heard {
	unsigned edge;
	uint64_t request; /* id of that edge's request */
	uint64_t received_usec;
	struct ipc_origin origin;
	const struct ipc_judged *judged;
	const struct signed_inputs *inputs;
	bool is_final; /* by a judge that was alone with it: it counts, whatever it changes */
};

/*
 * Borrows all arguments. `due` decides on devices whose revocation was lifted: while a review of all devices is due,
 * they are not readmitted one by one. `beacons` are those that evidence may hold. Returns 0 or -ENOMEM.
 */
int turn_new(struct settler *settler, const struct orders *orders, const struct due *due, const struct beacons *beacons,
	     struct turn **ret);
void turn_free(struct turn *t);

/* Begins, unless one has begun. It must end before the edges' sockets may have changed, since answers go to who asked. */
void turn_begin(struct turn *t);

/*
 * Decides on a submission. Returns false when that is for a judge that is alone with it to say, because it would give or
 * take something: then nothing was done.
 */
bool turn_hear(struct turn *t, const struct heard *h);

/* Decides on an IPC_ADMISSION. */
void turn_admission(struct turn *t, unsigned edge, const struct ipc_message *m);

/*
 * A submission of which no judge found anything: it is answered with the reason. Its device may ask again in wait_sec seconds, at most
 * IPC_WAIT_SEC_MAX; 0: as the reason has it.
 */
void turn_refuse(struct turn *t, unsigned edge, uint64_t request, enum hallmark_reason reason, uint32_t wait_sec);

/* Settles what was decided since turn_begin(), and answers. An edge that accepts no answer is replaced. */
void turn_end(struct turn *t);
