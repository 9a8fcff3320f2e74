/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reference values (docs/protocol.md section 4.6): what a maker states as good firmware for a class of products. Do not
 * trust a decoded reference until its signature was verified with the key of an issuer that may speak for the maker.
 */
#pragma once

#include <openssl/types.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/sizes.h"
#include "hallmark/protocol.h"
#include "hallmark/reason.h"
#include "token/label.h"

struct sign1;

struct reference {
	char issuer[ISSUER_SIZE];
	int64_t iat_sec, exp_sec;
	struct label_class class;                             /* always with a range of versions, never with a swname */
	struct bytes measurements[HALLMARK_MEASUREMENTS_MAX]; /* encoded items; borrowed */
	size_t n_measurements;                                /* 0: only the version is known */
};

/*
 * Decodes one signed reference; *ret_token and *ret borrow from `in`. Returns 0 and sets *ret_reason to REASON_ADMITTED
 * or a reason of check 10 (10xx); or -ENOMEM.
 */
int reference_decode(struct bytes in, struct sign1 *ret_token, struct reference *ret, enum hallmark_reason *ret_reason);

/* Returns 0, -EINVAL for what cannot be encoded, or as sign1_sign(). */
int reference_sign(const struct reference *reference, EVP_PKEY *key, struct writer *w);
