/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device that lost its zone, or has a lesser one, loses its DTLS session: it must prove possession again. The worker
 * ends the session after its pending requests are answered.
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

/* Notes the device whatever its zone: it must prove possession again. */
void ending_demand(struct ending *e, const uint8_t device[static SHA256_LEN]);

/*
 * Sends what the worker's socket accepts; the rest waits for the next call. Call it before the answers: the worker ends
 * a session after its pending requests are answered, and takes no further request in it.
 */
void ending_send(struct ending *e, int ipc_fd);
