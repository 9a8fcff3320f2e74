/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ends the DTLS sessions of devices that lost their zone or have a lesser one: these must prove again that they hold
 * their key. The edge ends a session after its pending requests are answered.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/sizes.h"

struct policy;
struct verdict;

/* Devices whose sessions the edge must end. Zeroed, there are none. */
struct ending {
	uint8_t (*devices)[SHA256_LEN]; /* owned */
	size_t n, room;
};

/* Forgets all devices, and releases the memory. Call it also when an edge has ended: its sessions ended with it. */
void ending_done(struct ending *e);

/* Adds the device if its zone is now less than `zone_before`, in the order of the policy's zones. */
void ending_note(struct ending *e, const struct policy *policy, const char *zone_before, const struct verdict *after);

/* Adds the device, whatever its zone. */
void ending_demand(struct ending *e, const uint8_t device[static SHA256_LEN]);

/*
 * Sends as many as the edge's socket accepts; the others wait for the next call. Call it before the answers are sent:
 * then the edge accepts no further request in these sessions after the pending ones are answered.
 */
void ending_send(struct ending *e, int ipc_fd);
