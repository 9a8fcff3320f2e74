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
 * Of 150 s: a cookie is good for 30 (DTLS_COOKIE_BEACONS), a handshake may take 60 (the limit of listen.handshake-seconds), and its
 * channel value is good for 60 (HALLMARK_CHANNEL_SEC). A nonce is good for 120.
 */
#define BEACONS_KEPT 75

struct beacons {
	uint8_t list[BEACONS_KEPT][BEACON_LEN]; /* number n is at n % BEACONS_KEPT */
	uint32_t newest;                        /* its number, from 1; 0: there is none */
};

/* Makes the next one. Returns 0, or a negative errno when there is no randomness. */
int beacons_make(struct beacons *b);

/* There must be one. */
const uint8_t *beacons_newest(const struct beacons *b);

/* The number of a beacon; 0 when it is not kept, or never was one. */
uint32_t beacons_find(const struct beacons *b, const uint8_t beacon[static BEACON_LEN]);
