/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reference values (docs/protocol.md section 4.6): what a maker says that good firmware of a class of products is. A
 * decoded reference is untrusted until its signature was verified with the key of one who may speak for the maker.
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
	struct bytes measurements[HALLMARK_MEASUREMENTS_MAX]; /* encoded, any of which is good; borrowed */
	size_t n_measurements;                                /* 0: the version is all that is known */
};

/*
 * Decodes one signed reference; *ret_token and *ret borrow from `in`. Returns 0 and sets *ret_reason, REASON_ADMITTED
 * or one of the label checks' (10xx); -ENOMEM.
 */
int reference_decode(struct bytes in, struct sign1 *ret_token, struct reference *ret, enum hallmark_reason *ret_reason);

/* Returns 0, -EINVAL for what has no encoding, or as sign1_sign(). */
int reference_sign(const struct reference *reference, EVP_PKEY *key, struct writer *w);
