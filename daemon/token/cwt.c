/* SPDX-License-Identifier: Apache-2.0 */
/* What all kinds of token have in common. */
#include "token/cwt.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/sizes.h"
#include "hallmark/protocol.h"
#include "token/cose.h"

static bool has_profile(struct bytes claims, const char *profile)
{
	struct cbor_cursor c = cbor_cursor_of(claims);
	size_t n = 0;

	if (cbor_map(&c, &n) < 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		struct cbor_cursor key = c;
		struct bytes text;
		int64_t number;

		if (cbor_skip(&c, NULL) < 0)
			return false;
		if (cbor_int(&key, &number) == 0 && number == HALLMARK_CLAIM_PROFILE)
			return cbor_tstr(&c, &text) == 0 && bytes_equal_string(text, profile);
		if (cbor_skip(&c, NULL) < 0)
			return false;
	}
	return false;
}

int cwt_decode_claims(const struct cwt_kind *kind, struct bytes claims, void *ret, enum hallmark_reason *ret_reason)
{
	struct cbor_cursor c = cbor_cursor_of(claims);

	*ret_reason = kind->wrong_profile;
	if (kind->profile && !has_profile(claims, kind->profile))
		return 0;

	int r = claims_decode(&c, &kind->claims, ret);
	if (r == -ENOMEM)
		return r;
	*ret_reason = r < 0 ? kind->wrong_claims : REASON_ADMITTED;
	return 0;
}

int cwt_decode(const struct cwt_kind *kind, struct bytes in, struct sign1 *ret_token, void *ret,
	       enum hallmark_reason *ret_reason)
{
	*ret_reason = kind->malformed;
	if (sign1_decode(in, kind->size_max, ret_token) < 0)
		return 0;

	*ret_reason = kind->wrong_type;
	if (strcmp(ret_token->typ, kind->typ) != 0)
		return 0;
	return cwt_decode_claims(kind, ret_token->payload, ret, ret_reason);
}

int cwt_sign(const struct cwt_kind *kind, const void *from, const struct sign1_header *header, EVP_PKEY *key,
	     struct writer *w)
{
	_cleanup_free_ uint8_t *claims = malloc(kind->size_max);
	struct writer payload = writer_of(claims, kind->size_max);
	struct sign1_header full = header ? *header : (struct sign1_header){ 0 };
	uint8_t kid[SHA256_LEN];

	if (!claims)
		return -ENOMEM;

	int r = claims_encode(&kind->claims, from, &payload);
	if (r < 0)
		return r;
	if (payload.overflow)
		return -E2BIG;

	full.typ = kind->typ;
	if (kind->names_key) {
		r = key_id(key, kid);
		if (r < 0)
			return r;
		full.kid = BYTES(kid);
	}
	return sign1_sign(&full, writer_bytes(&payload), key, w);
}
