/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence: what a device signs about itself (EAT, RFC 9711; docs/protocol.md section 4.1). Untrusted. */
#pragma once

#include <openssl/types.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "hallmark/protocol.h"
#include "hallmark/reason.h"
#include "token/product.h"

struct sign1;
struct sign1_header;

/* Where the device says that it is. Addresses are of 4 or 16 bytes. */
struct place_said {
	struct bytes link;    /* that its frames to the gateway carry; n is 0 when it does not say */
	struct bytes own;     /* that it sends from; n is 0 when the claim is absent */
	struct bytes gateway; /* that it sends to */
};

/* Decoded and not verified; bytes are borrowed from the token. */
struct evidence {
	struct bytes nonces[HALLMARK_NONCES_MAX];
	size_t n_nonces;
	struct bytes ueid;
	struct product product;
	enum debug_status debug;
	int64_t iat_sec;           /* 0 when absent */
	struct bytes session_key;  /* `cnf`: thumbprint of the session's key; n is 0 when absent, else SHA256_LEN */
	struct bytes measurements; /* encoded claim 273 (token/measured.h), n is 0 when absent */
	struct place_said place;
};

/*
 * Returns 0 and sets *ret_token, *ret, and *ret_reason to REASON_ADMITTED; or 0 with *ret_reason of check 5 (5xx) when the
 * token could be read but is not acceptable evidence. A negative errno only for our own faults.
 */
int evidence_decode(struct bytes in, struct sign1 *ret_token, struct evidence *ret, enum hallmark_reason *ret_reason);

/*
 * Encodes and signs evidence (for the attester and tests). The claims are the fields of `evidence`. `header` (may be NULL)
 * is as in cwt_sign(). Returns 0, or as sign1_sign().
 */
int evidence_sign(const struct evidence *evidence, const struct sign1_header *header, EVP_PKEY *key, struct writer *w);
