/* SPDX-License-Identifier: Apache-2.0 */
/* Notices that the way to the gateway is another one: an address, an interface, a cable in another port. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attester/gateway.h"
#include "attester/router.h"

/* The way to one address where the gateway is, or may be. */
struct way {
	union endpoint to;
	struct place place;     /* of this device on that way */
	bool is_down, was_down; /* the interface of that place has no carrier; it had none at some time since */
};

struct netwatch {
	int fd; /* rtnetlink(7); -1: the kernel does not tell, and nothing is noticed */
	struct way ways[GATEWAYS_MAX];
	size_t n_ways;
	bool is_search;            /* nobody has told the device where the gateway is */
	bool is_lost;              /* it does not know where the gateway is: what changes may help */
	bool has_moved;            /* after netwatch_wait(): more has changed than the default router */
	struct routers routers;    /* with is_search */
	uint64_t addresses;        /* with is_search: of this device, as one number */
	uint64_t quiet_until_msec; /* CLOCK_BOOTTIME: what flaps is looked at again after this */
};

/* Logs a failure. Close it with netwatch_close(). */
struct netwatch netwatch_open(bool is_search);
void netwatch_close(struct netwatch *w);

/* Call this before the device attests, and when it has taken note of a change: what changes from now on is news. */
void netwatch_begin(struct netwatch *w);

/* Call this when it has attested: where the gateway was, or all places where it was not. */
void netwatch_note(struct netwatch *w, const struct gateways *gateways);

/*
 * Sleeps for so many milliseconds, by a clock that counts suspend too. Returns true earlier when the way to the gateway
 * or the default router has changed, a second after it began to: the device attests then.
 */
bool netwatch_wait(struct netwatch *w, uint64_t msec);
