/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device that lost its zone, or has a lesser one, has no DTLS session any more: possession is to be proved anew. The
 * worker ends it once what the session still waits for was answered.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/sizes.h"

struct policy;
struct verdict;

/* Whose sessions the worker must be told of. Zeroed, there are none, as after ending_done(): without a worker there is no session. */
struct ending {
	uint8_t (*devices)[SHA256_LEN]; /* owned */
	size_t n, room;
};

void ending_done(struct ending *e);

/* Notes the device when it has less than in `zone_before`, by the zones of the policy; ending_send() tells. */
void ending_note(struct ending *e, const struct policy *policy, const char *zone_before, const struct verdict *after);

/* Notes it whatever its zone: it must prove anew who it is. */
void ending_demand(struct ending *e, const uint8_t device[static SHA256_LEN]);

/*
 * Tells what the worker's socket takes; the rest waits for the next call. Before the answers: the worker ends a session once what
 * it waits for was answered, and takes nothing more in it.
 */
void ending_send(struct ending *e, int ipc_fd);
