/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of the profile, P-256, P-384 and Ed25519, and what COSE says of each. */
#pragma once

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "token/cose.h"

/* RFC 9053 section 2 and 7, RFC 9864: the algorithm that a key of each kind signs with, and its curve. */
struct key_kind {
	const char *type, *group, *digest; /* OpenSSL's names; group and digest are NULL for Ed25519 */
	size_t signature_len;              /* exact; r and s are half of it each */
	enum cose_algorithm algorithm, also;
	const char *spki_head; /* hex: SubjectPublicKeyInfo up to the key, RFC 5480, RFC 8410 */
	size_t public_len;     /* of the key after spki_head: an uncompressed point, or 32 bytes */
	int kty, crv;
	size_t coordinate_len; /* bytes of a coordinate of the COSE_Key */
};

/* Returns NULL for a key that is not of the profile. */
const struct key_kind *key_kind_of(const EVP_PKEY *key);

/* Whether keys of a kind sign with it (enum cose_algorithm). */
bool key_kind_has(int64_t algorithm);

/*
 * A point that is on its curve and not at infinity (SEC 1 section 3.2.2): with the point at infinity anybody can sign.
 */
bool key_is_sound(EVP_PKEY *key);
