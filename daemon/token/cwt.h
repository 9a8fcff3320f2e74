/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds of token: COSE_Sign1 with one `typ`, around a map of claims with one profile. A token that is not of the
 * kind is refused with the kind's own reasons.
 */
#pragma once

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "hallmark/reason.h"
#include "token/claims.h"

struct bytes;
struct sign1;
struct sign1_header;
struct writer;

struct cwt_kind {
	const char *typ, *profile; /* profile NULL: this kind has no profile claim */
	uint16_t typ_format;       /* also accepted as the type; 0: only the text is */
	size_t size_max;
	bool names_key; /* the signer puts its key's id in `kid` */
	struct claim_map claims;
	enum hallmark_reason malformed, wrong_type, wrong_profile, wrong_claims, wrong_time;
};

/* Labels, and what is said of them or beside them. */
#define CWT_REFUSED_AS_LABEL                                                                                           \
	.malformed = REASON_LABEL_MALFORMED, .wrong_type = REASON_LABEL_TYPE, .wrong_profile = REASON_LABEL_PROFILE,   \
	.wrong_claims = REASON_LABEL_CLAIMS, .wrong_time = REASON_LABEL_TIME

/*
 * Decodes a token into a zeroed *ret by the kind's table. *ret_token and all bytes of *ret borrow from `in`. Returns 0
 * and sets *ret_reason to REASON_ADMITTED or one of the kind's reasons; or -ENOMEM. Does not verify the signature.
 */
int cwt_decode(const struct cwt_kind *kind, struct bytes in, struct sign1 *ret_token, void *ret,
	       enum hallmark_reason *ret_reason);

/* The same for the claims only, in checked CBOR. */
int cwt_decode_claims(const struct cwt_kind *kind, struct bytes claims, void *ret, enum hallmark_reason *ret_reason);

/*
 * What is wrong with that claim as a time, and the remedy, as "is a text; …": NULL when nothing is, or the claim is not
 * there. The claims are checked CBOR.
 */
const char *cwt_time_fault(struct bytes claims, int64_t key);

/*
 * Encodes and signs; sets typ and kid of the header (may be NULL), and keeps its other members. Returns 0, or as
 * claims_encode() and sign1_sign().
 */
int cwt_sign(const struct cwt_kind *kind, const void *from, const struct sign1_header *header, EVP_PKEY *key,
	     struct writer *w);
