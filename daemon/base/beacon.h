/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random bytes that nobody could know before the core made them. What a device signed with one in it, it signed later. The
 * core makes one every two seconds and keeps the latest.
 */
#pragma once

#include <stdint.h>

#include "base/handshake.h"

#define BEACON_USEC UINT64_C(2000000)
/*
 * Of 150 s: a cookie is good for 30 (BEACONS_OF_COOKIES), a handshake may take 60 (the limit of listen.handshake-seconds), and its
 * channel value is good for 60 (HALLMARK_CHANNEL_SEC). A nonce is good for 120.
 */
#define BEACONS_KEPT 75

#define BEACONS_OF_COOKIES                                                                                             \
	15 /* cookies with the latest ones are good, of 30 s: a device may sleep after its first ClientHello */

struct beacons {
	uint8_t list[BEACONS_KEPT][BEACON_LEN]; /* number n is at n % BEACONS_KEPT */
	uint32_t newest;                        /* its number, from 1; 0: there is none */
};

/* Makes the next one. Returns 0, or a negative errno when there is no randomness. */
int beacons_make(struct beacons *b);

/* There must be one. */
const uint8_t *beacons_newest(const struct beacons *b);

/* The one that was made `age` before the newest, which is 0; NULL when it is not kept. */
const uint8_t *beacons_before(const struct beacons *b, uint32_t age);

/* The number of a beacon; 0 when it is not kept, or never was one. */
uint32_t beacons_find(const struct beacons *b, const uint8_t beacon[static BEACON_LEN]);
