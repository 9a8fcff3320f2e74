/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An operator wants a device to prove itself anew, within a time: until it has, its admission ends then at the latest, and no
 * handshake alone brings it back. Nobody can call a device; its DTLS session is ended, so that one which is there comes again.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/sizes.h"
#include "decide/verdict.h"
#include "store/record.h"

struct orders;
struct settler;

#define REATTEST_SEC 600 /* unless the operator says another time */

/* What the demand made of its device. */
struct demanded {
	int64_t former_until_sec;
	struct verdict after;
	struct record_mark record;
	bool is_in_kernel; /* false: the sweep tries again */
};

/*
 * It may go on for so long; a demand that ends earlier stays. Returns 0; -ENODEV: it is not known; -EPERM: an order decides on
 * it, and not what it proves; -ENODATA: it is in quarantine and has nothing to lose; or another negative errno. Unless it is
 * 0, all is as it was.
 */
int reattest_demand(struct settler *settler, const struct orders *orders, const uint8_t device[static SHA256_LEN],
		    uint32_t seconds, struct demanded *ret);
