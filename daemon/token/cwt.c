/* SPDX-License-Identifier: Apache-2.0 */
/* What all kinds of token have in common. */
#include "token/cwt.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/language.h"
#include "base/sizes.h"
#include "hallmark/protocol.h"
#include "token/cose.h"

#define MILLISECONDS_FROM_SEC 1000000000 /* September 2001: no token is older, so a thousand times that is no second */

/* Sets *ret to the claim's value. */
static bool find_claim(struct bytes claims, int64_t wanted, struct cbor_cursor *ret)
{
	struct cbor_cursor c = cbor_cursor_of(claims);
	size_t n = 0;

	if (cbor_map(&c, &n) < 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		struct cbor_cursor key = c;
		int64_t number;

		if (cbor_skip(&c, NULL) < 0)
			return false;
		if (cbor_int(&key, &number) == 0 && number == wanted) {
			*ret = c;
			return true;
		}
		if (cbor_skip(&c, NULL) < 0)
			return false;
	}
	return false;
}

static bool has_profile(struct bytes claims, const char *profile)
{
	struct cbor_cursor c;
	struct bytes text;

	return find_claim(claims, HALLMARK_CLAIM_PROFILE, &c) && cbor_tstr(&c, &text) == 0 &&
	       bytes_equal_string(text, profile);
}

/* A CWT's times are numbers without a tag (RFC 8392 section 2), and in this profile whole ones. */
static const char *time_fault(const struct cbor_item *item)
{
	const bool is_in_milliseconds = item->number / 1000 >= MILLISECONDS_FROM_SEC && item->number / 1000 <= TIME_MAX;

	switch (item->kind) {
	case CBOR_UINT:
		if (item->number <= TIME_MAX)
			return NULL;
		return is_in_milliseconds ? TO_TRANSLATE("is in milliseconds; write whole seconds since 1970") :
					    TO_TRANSLATE("is after the year 9999; write whole seconds since 1970");
	case CBOR_NEGINT:
		return TO_TRANSLATE("is before 1970; write whole seconds since 1970");
	case CBOR_FLOAT:
		return TO_TRANSLATE("is a floating-point number; write whole seconds since 1970");
	case CBOR_TSTR:
		return TO_TRANSLATE("is a text; write whole seconds since 1970");
	case CBOR_TAG:
		return item->number == 0 ?
			       TO_TRANSLATE("is a text with tag 0; write whole seconds since 1970, without a tag") :
			       TO_TRANSLATE("has a tag; write the number without it (RFC 8392 section 2)");
	default:
		return TO_TRANSLATE("is not a number; write whole seconds since 1970");
	}
}

const char *cwt_time_fault(struct bytes claims, int64_t key)
{
	struct cbor_cursor c;
	struct cbor_item item;

	return find_claim(claims, key, &c) && cbor_next(&c, &item) == 0 ? time_fault(&item) : NULL;
}

static bool has_time_fault(const struct cwt_kind *kind, struct bytes claims)
{
	for (size_t i = 0; i < kind->claims.n; i++) {
		const int64_t key = kind->claims.claims[i].key;

		if ((key == HALLMARK_CLAIM_EXP || key == HALLMARK_CLAIM_NBF || key == HALLMARK_CLAIM_IAT) &&
		    cwt_time_fault(claims, key))
			return true;
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
	*ret_reason = REASON_ADMITTED;
	if (r < 0)
		*ret_reason = has_time_fault(kind, claims) ? kind->wrong_time : kind->wrong_claims;
	return 0;
}

static bool is_typed(const struct sign1 *token, const struct cwt_kind *kind)
{
	return strcmp(token->typ, kind->typ) == 0 || (kind->typ_format && token->typ_format == kind->typ_format);
}

int cwt_decode(const struct cwt_kind *kind, struct bytes in, struct sign1 *ret_token, void *ret,
	       enum hallmark_reason *ret_reason)
{
	*ret_reason = kind->malformed;
	if (sign1_decode(in, kind->size_max, ret_token) < 0)
		return 0;

	*ret_reason = kind->wrong_type;
	if (!is_typed(ret_token, kind))
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
