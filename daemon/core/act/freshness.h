/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence counts once. Whether its beacon is recent, and whether the device used it before, is known here. Beacon and handle are
 * the judge's word, and of a nonce whether it was issued is the edge's: one that was taken over can state others.
 */
#pragma once

#include "hallmark/reason.h"

struct beacons;
struct facts;
struct ipc_fresh;
struct used_beacon;

/*
 * Lets check 6 fail when it passed and the beacon is too old, or the evidence not newer than what came from the device
 * before. `before` may be NULL.
 */
void freshness_check(const struct beacons *beacons, const struct used_beacon *before, const struct ipc_fresh *fresh,
		     struct facts *facts);

/* The device has used this. It passed freshness_check(). */
void freshness_note(const struct beacons *beacons, const struct ipc_fresh *fresh, struct used_beacon *ret);
