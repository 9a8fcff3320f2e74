/* SPDX-License-Identifier: Apache-2.0 */
#include "token/seal.h"

#include <errno.h>

#include "hallmark/protocol.h"
#include "token/cose.h"
#include "token/cwt.h"

static const struct claim sealed_claims[] = {
	CLAIM(HALLMARK_SEALED_SHA256, claim_bytes, struct seal, sha256, .min = SHA256_LEN, .max = SHA256_LEN, REQUIRED),
	CLAIM_NUMBER(HALLMARK_SEALED_BYTES, struct seal, n_bytes, 1, SEAL_REPORT_MAX, REQUIRED),
	CLAIM_NUMBER(HALLMARK_SEALED_SEQUENCE, struct seal, sequence, 0, INT64_MAX, REQUIRED),
	CLAIM(HALLMARK_SEALED_HEAD, claim_bytes, struct seal, head, .min = SHA256_LEN, .max = SHA256_LEN),
	CLAIM(HALLMARK_SEALED_ASKED_BY, claim_text, struct seal, asked_by, REQUIRED),
	CLAIM(HALLMARK_SEALED_ROLE, claim_text, struct seal, role),
	CLAIM(HALLMARK_SEALED_ENTRIES, claim_text, struct seal, entries, REQUIRED),
};
static const struct claim_map sealed_map = CLAIM_MAP(sealed_claims);

static const struct claim claims[] = {
	CLAIM(HALLMARK_CLAIM_ISS, claim_text, struct seal, gateway, REQUIRED),
	CLAIM_TIME(HALLMARK_CLAIM_IAT, struct seal, iat_sec, REQUIRED),
	CLAIM_CONSTANT(HALLMARK_CLAIM_PROFILE, HALLMARK_PROFILE_SEAL),
	CLAIM_INNER(HALLMARK_CLAIM_SEALED, sealed_map, REQUIRED),
};

/* All reasons are REASON_INTERNAL: nobody admits a device by a seal. */
static const struct cwt_kind kind = {
	.typ = HALLMARK_TYP_SEAL,
	.profile = HALLMARK_PROFILE_SEAL,
	.size_max = HALLMARK_TOKEN_MAX,
	.names_key = true,
	.claims = CLAIM_MAP(claims),
};

int seal_sign(const struct seal *seal, EVP_PKEY *key, struct writer *w)
{
	return cwt_sign(&kind, seal, NULL, key, w);
}

int seal_decode(struct bytes in, struct sign1 *ret_token, struct seal *ret)
{
	enum hallmark_reason reason;
	int r;

	memset(ret, 0, sizeof(*ret));
	r = cwt_decode(&kind, in, ret_token, ret, &reason);
	if (r < 0)
		return r;
	return reason == REASON_ADMITTED && (ret->sequence == 0) == (ret->head.n == 0) ? 0 : -EBADMSG;
}
