/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An operator demands that a device attests again within a time. Until it has, its admission ends then at the latest,
 * and a handshake alone does not admit it. A device cannot be called; but its DTLS session is ended, so that a present
 * device connects again.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/sizes.h"
#include "decide/verdict.h"
#include "store/record.h"

struct orderer;
struct orders;
struct settler;

#define REATTEST_SEC 600 /* unless the operator gives another time */

/* The effect of the demand on its device. */
struct demanded {
	int64_t former_until_sec;
	struct verdict after;
	struct record_mark record;
	bool is_in_kernel; /* false: the sweep tries again */
};

/*
 * The device keeps its zone for that time; an earlier demand stays. Returns 0; -ENODEV: it is unknown; -EPERM: an order
 * decides on it, not its evidence; -ENODATA: it is in quarantine and has nothing to lose; or another negative errno.
 * Unless it is 0, nothing has changed.
 */
int reattest_demand(struct settler *settler, const struct orders *orders, const uint8_t device[static SHA256_LEN],
		    uint32_t seconds, const struct orderer *by, struct demanded *ret);
