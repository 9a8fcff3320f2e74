/* SPDX-License-Identifier: Apache-2.0 */
/*
 * COSE_Sign1 (RFC 9052 section 4.2) around a CWT: decode, verify over the received bytes, sign. The key determines the
 * algorithm; the header must agree with it.
 */
#pragma once

#include <openssl/types.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/sizes.h"
#include "hallmark/protocol.h"

/* COSE algorithms (RFC 9053; the fully specified ones of RFC 9864). */
enum cose_algorithm {
	COSE_NONE = 0,
	COSE_ES256 = -7,
	COSE_EDDSA = -8,
	COSE_ESP256 = -9,
	COSE_ED25519 = -19,
	COSE_ES384 = -35,
	COSE_ESP384 = -51,
};

/* Decoded and not verified; all bytes are borrowed from the input. */
struct sign1 {
	struct bytes protected_header; /* encoded, as signed */
	enum cose_algorithm algorithm;
	char typ[64];        /* RFC 9596; "" when absent */
	uint16_t typ_format; /* that type as a CoAP content format; 0 when it is not one */
	struct bytes kid;    /* n is 0 when absent */
	struct bytes x5t;    /* SHA-256 of the signer's certificate (RFC 9360); n is 0 when absent, else 32 */
	struct bytes x5chain[HALLMARK_CHAIN_MAX]; /* DER, leaf first (RFC 9360) */
	size_t n_x5chain;
	struct bytes payload;
	struct bytes signature;
};

/*
 * Decodes an untagged, 18() or 61(18()) COSE_Sign1 with an attached payload; also checks the payload (cbor_check).
 * Returns 0; -EBADMSG for a malformed token, an alg outside the protected header, a crit label that is not understood,
 * a label in both headers, a detached payload; -E2BIG beyond size_max bytes or a limit of the protocol.
 */
int sign1_decode(struct bytes in, size_t size_max, struct sign1 *ret);

enum sign1_result {
	SIGN1_BAD_SIGNATURE = 0,
	SIGN1_BAD_ALGORITHM, /* the header's algorithm does not fit the key, or the key is of an unsupported kind */
	SIGN1_VALID,
};

/* Returns 0 and the result, or -EIO when OpenSSL could not evaluate. */
int sign1_verify(const struct sign1 *token, EVP_PKEY *key, enum sign1_result *ret);

/* What sign1_sign() puts into the headers. The algorithm comes from the key; all else is optional. */
struct sign1_header {
	const char *typ;
	struct bytes kid;
	struct bytes x5t;            /* 32 bytes, SHA-256 */
	const struct bytes *x5chain; /* unprotected */
	size_t n_x5chain;
};

/* Writes 18([...]). Returns 0, -ENOTSUP for a key of an unsupported kind, -E2BIG when it does not fit, or -EIO. */
int sign1_sign(const struct sign1_header *header, struct bytes payload, EVP_PKEY *key, struct writer *w);

/* The key id that we use in `kid`: SHA-256 of the key's SubjectPublicKeyInfo (DER). Returns 0 or -EIO. */
int key_id(EVP_PKEY *key, uint8_t ret[static SHA256_LEN]);

/*
 * Thumbprint of the key as a COSE_Key, with SHA-256 (RFC 9679): the claim `cnf` names a key by it. Returns 0, -ENOTSUP
 * for a key of an unsupported kind, or -EIO.
 */
int key_thumbprint(EVP_PKEY *key, uint8_t ret[static SHA256_LEN]);

/*
 * Read one PEM key; the public one may be in a certificate, and a private key counts as none. Return 0, -EBADMSG or -ENOTSUP
 * (token/pem.h has the words for it); release with EVP_PKEY_free().
 */
int key_decode_public(struct bytes pem, EVP_PKEY **ret);
int key_decode_private(struct bytes pem, EVP_PKEY **ret);
