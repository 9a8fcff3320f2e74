/* SPDX-License-Identifier: Apache-2.0 */
/* What an edge keeps of a DTLS 1.2 handshake: enough to verify what it proved, without trust in the edge. */
#pragma once

#include <stdint.h>

#include "base/bytes.h"
#include "hallmark/protocol.h"

#define MASTER_SECRET_LEN 48 /* RFC 5246 section 8.1 */
#define BEACON_LEN        16 /* random bytes that the core makes (base/beacon.h) */
#define COOKIE_LEN        32 /* a beacon, and 16 bytes of the edge's MAC */

#define HANDSHAKE_BYTES_MAX                                                                                            \
	(4 * HALLMARK_CHAIN_BYTES_MAX) /* of all messages together: both chains, and enough for the others */

/*
 * Each message as the handshake's hash takes it: with the header of a message in one fragment (RFC 6347 section 4.2.6).
 * These bytes are borrowed; the master secret is a copy, for the owner to cleanse.
 */
struct handshake {
	struct bytes messages;           /* from the second ClientHello to the ClientKeyExchange */
	struct bytes certificate_verify; /* the message after these */
	uint8_t master_secret[MASTER_SECRET_LEN];
};
