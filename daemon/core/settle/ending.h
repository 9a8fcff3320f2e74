/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ends the DTLS sessions of devices that lost their zone or have a lesser one: these must prove again that they hold
 * their key. An edge ends a session after its pending requests are answered.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/sessions.h"
#include "base/sizes.h"

struct policy;
struct supervisor;
struct verdict;

/*
 * Devices whose sessions the edges must end: a device's session may be at any edge, or at several. Zeroed, there are none.
 */
struct ending {
	uint8_t (*devices)[SHA256_LEN]; /* owned */
	size_t n, room;
	size_t told[EDGES_MAX]; /* so many of them were sent to this edge */
};

/* Forgets all devices, and releases the memory. */
void ending_done(struct ending *e);

/* The edge has ended, and its sessions with it: it need not be told of anybody. */
void ending_forget(struct ending *e, unsigned edge);

/* Adds the device if its zone is now less than `zone_before`, in the order of the policy's zones. */
void ending_note(struct ending *e, const struct policy *policy, const char *zone_before, const struct verdict *after);

/* Adds the device, whatever its zone. */
void ending_demand(struct ending *e, const uint8_t device[static SHA256_LEN]);

/*
 * Sends as many as the edges' sockets accept; the others wait for the next call. Call it before the answers are sent: then an
 * edge accepts no further request in these sessions after the pending ones are answered.
 */
void ending_send(struct ending *e, const struct supervisor *edges);
