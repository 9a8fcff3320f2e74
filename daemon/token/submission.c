/* SPDX-License-Identifier: Apache-2.0 */
/* The bodies of /attest in both directions: splits and joins parts, decodes no token. */
#include "token/submission.h"

#include <errno.h>

#include "token/cbor.h"

/* One part of RFC 8710: a content format and a byte string. */
static enum hallmark_reason read_part(struct cbor_cursor *c, struct bytes *ret)
{
	uint64_t content_format;

	if (cbor_uint(c, UINT16_MAX, &content_format) < 0)
		return REASON_MALFORMED;
	if (content_format != HALLMARK_CF_EAT_CWT)
		return REASON_CONTENT_FORMAT;
	return cbor_bstr(c, ret) < 0 ? REASON_MALFORMED : REASON_ADMITTED;
}

static enum hallmark_reason read_multipart(struct bytes body, struct submission *ret)
{
	struct cbor_cursor c = cbor_cursor_of(body);
	size_t n;

	int r = cbor_check(body);
	if (r < 0)
		return r == -E2BIG ? REASON_TOO_LARGE : REASON_MALFORMED;
	if (cbor_array(&c, &n) < 0 || n == 0 || n % 2 != 0)
		return REASON_MALFORMED;
	if (n / 2 > 1 + HALLMARK_LABELS_MAX)
		return REASON_TOO_LARGE;

	enum hallmark_reason reason = read_part(&c, &ret->evidence);

	ret->n_labels = n / 2 - 1;
	for (size_t i = 0; reason == REASON_ADMITTED && i < ret->n_labels; i++)
		reason = read_part(&c, &ret->labels[i]);
	return reason;
}

int submission_decode(unsigned content_format, struct bytes body, struct submission *ret,
		      enum hallmark_reason *ret_reason)
{
	memset(ret, 0, sizeof(*ret));
	*ret_reason = REASON_CONTENT_FORMAT;
	if (content_format != HALLMARK_CF_EAT_CWT && content_format != HALLMARK_CF_MULTIPART)
		return 0;

	*ret_reason = body.n > HALLMARK_BODY_MAX ? REASON_TOO_LARGE : REASON_MALFORMED;
	if (body.n > HALLMARK_BODY_MAX || body.n == 0)
		return 0;

	if (content_format == HALLMARK_CF_MULTIPART) {
		*ret_reason = read_multipart(body, ret);
		return 0;
	}
	ret->evidence = body;
	*ret_reason = REASON_ADMITTED;
	return 0;
}

static void put_part(struct bytes token, struct writer *w)
{
	cbor_put_int(w, HALLMARK_CF_EAT_CWT);
	cbor_put_bstr(w, token);
}

int submission_encode(const struct submission *s, struct writer *w)
{
	if (s->n_labels > HALLMARK_LABELS_MAX)
		return -E2BIG;

	cbor_put_array(w, 2 * (1 + s->n_labels));
	put_part(s->evidence, w);
	for (size_t i = 0; i < s->n_labels; i++)
		put_part(s->labels[i], w);
	return w->overflow ? -E2BIG : 0;
}

int challenge_encode(struct bytes nonce, unsigned lifetime_sec, struct writer *w)
{
	cbor_put_array(w, 3);
	cbor_put_bstr(w, nonce);
	cbor_put_int(w, lifetime_sec);
	cbor_put_array(w, 1);
	cbor_put_tstr(w, HALLMARK_PROFILE_EVIDENCE);
	return w->overflow ? -E2BIG : 0;
}

static bool lists_our_profile(struct cbor_cursor *c)
{
	bool found = false;
	size_t n = 0;

	if (cbor_array(c, &n) < 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		struct bytes profile;

		if (cbor_tstr(c, &profile) < 0)
			return false;
		found = found || bytes_equal_string(profile, HALLMARK_PROFILE_EVIDENCE);
	}
	return found;
}

int challenge_decode(struct bytes in, struct bytes *ret_nonce, unsigned *ret_lifetime_sec)
{
	struct cbor_cursor c = cbor_cursor_of(in);
	struct bytes nonce;
	uint64_t lifetime_sec;
	size_t n;

	if (cbor_check(in) < 0 || cbor_array(&c, &n) < 0 || n != 3 || cbor_bstr(&c, &nonce) < 0 ||
	    cbor_uint(&c, UINT32_MAX, &lifetime_sec) < 0 || !lists_our_profile(&c))
		return -EBADMSG;
	*ret_nonce = nonce;
	*ret_lifetime_sec = (unsigned)lifetime_sec;
	return 0;
}
