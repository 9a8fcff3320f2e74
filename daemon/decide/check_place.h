/* SPDX-License-Identifier: Apache-2.0 */
/* Check 17: whether a device is where its evidence came from. It is made by who knows the kernel, and not where evidence is decoded. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/check_result.h"

struct facts;

/* What the kernel says of where evidence came from. */
struct place_seen {
	uint8_t mac[6];
	struct in6_addr address; /* of its datagrams; IPv4 as mapped */
	bool is_shared;          /* several devices send from this MAC, as the operator says */
	bool is_gateway_pinned; /* the gateway's address that the evidence names is of this interface, and of no other guarded one */
};

/* Failed: what was sent did not come from where the device is. Absent: the device does not say, or it cannot be known. */
struct check_result place_check(const struct facts *facts, const struct place_seen *seen);

/*
 * Whether it shows that what was sent came from elsewhere than where the device is: nothing is granted by that, whatever a rule or an
 * operator says. A check that was not made shows nothing.
 */
bool place_is_elsewhere(const struct check_result *place);
