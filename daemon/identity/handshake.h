/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of a DTLS 1.2 handshake → what they prove. Whoever hands them over need not be trusted. Pure. */
#pragma once

#include <openssl/types.h>
#include <stddef.h>
#include <stdint.h>

#include "base/handshake.h"
#include "hallmark/protocol.h"

/*
 * The device that holds the key has signed the beacon, so it opened the session after the beacon was made. Only who knows
 * the master secret of the session can name its channel value.
 */
struct handshake_proof {
	uint8_t beacon[BEACON_LEN]; /* from the cookie of the ClientHello */
	uint8_t channel_value[HALLMARK_HANDLE_LEN];
	uint8_t empty_context_value
		[HALLMARK_HANDLE_LEN]; /* what a device exports by mistake: with a context of no byte */
};

/*
 * The certificates that the device sent, DER, leaf first: what handshake_verify() then proves is of these. The bytes are
 * borrowed from the messages. Returns 0; -EBADMSG when these are not the messages of such a handshake; -E2BIG for more
 * than HALLMARK_CHAIN_MAX.
 */
int handshake_chain(const struct handshake *h, struct bytes ret[static HALLMARK_CHAIN_MAX], size_t *ret_n);

/*
 * leaf_key is P-256, P-384 or Ed25519 (check 2). Returns 0; -EBADMSG when these are not the messages of a full handshake
 * of docs/protocol.md section 2 with a client certificate and an extended master secret; -EKEYREJECTED when the
 * CertificateVerify is not that key's signature over the messages; -EIO.
 */
int handshake_verify(const struct handshake *h, EVP_PKEY *leaf_key, struct handshake_proof *ret);

/* Fetches what that needs of OpenSSL, so that a fork need not. Returns 0 or -EIO. */
int handshake_prepare(void);
