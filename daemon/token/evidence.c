/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence: its table of claims. Its freshness and the owner of its key are not checked here. */
#include "token/evidence.h"

#include <errno.h>
#include <netinet/in.h>

#include "base/cleanup.h"
#include "base/ueid.h"
#include "token/cwt.h"
#include "token/measured.h"

#define NONCE_MIN 8 /* bytes, RFC 9711 section 4.1 */
#define NONCE_MAX 64

/* RFC 9711 section 4.1: one nonce, or an array of two or more. */
static int read_nonces(struct cbor_cursor *c, const struct claim *claim, void *member)
{
	struct evidence *e = member;
	size_t n = 1;

	if (cbor_peek(c) != CBOR_BSTR && (cbor_array(c, &n) < 0 || n < 2))
		return -EBADMSG;
	if (n > ARRAY_SIZE(e->nonces))
		return -E2BIG;

	for (size_t i = 0; i < n; i++) {
		int r = claim_bytes.read(c, claim, &e->nonces[i]);
		if (r < 0)
			return r;
	}
	e->n_nonces = n;
	return 0;
}

static int write_nonces(struct writer *w, const struct claim *claim, const void *member)
{
	const struct evidence *e = member;
	int r = 0;

	if (e->n_nonces > ARRAY_SIZE(e->nonces))
		return -EINVAL;
	if (e->n_nonces > 1)
		cbor_put_array(w, e->n_nonces);
	for (size_t i = 0; r == 0 && i < e->n_nonces; i++)
		r = claim_bytes.write(w, claim, &e->nonces[i]);
	return r;
}

static bool nonces_given(const struct claim *claim, const void *member)
{
	(void)claim;
	return ((const struct evidence *)member)->n_nonces > 0;
}

static int read_swversion(struct cbor_cursor *c, const struct claim *claim, void *member)
{
	struct product *p = &((struct evidence *)member)->product;
	enum version_scheme scheme = VERSION_NONE;
	int r = product_decode_version(c, p->swversion, sizeof(p->swversion), &scheme);

	(void)claim;
	p->swversion_scheme = (uint16_t)scheme;
	return r;
}

static int write_swversion(struct writer *w, const struct claim *claim, const void *member)
{
	const struct product *p = &((const struct evidence *)member)->product;

	(void)claim;
	product_encode_version(p->swversion, p->swversion_scheme, w);
	return 0;
}

static bool swversion_given(const struct claim *claim, const void *member)
{
	(void)claim;
	return ((const struct evidence *)member)->product.swversion[0] != '\0';
}

static bool is_address(struct bytes b)
{
	return b.n == sizeof(struct in_addr) || b.n == sizeof(struct in6_addr);
}

static bool is_link(struct bytes b)
{
	return b.n >= HALLMARK_LINK_MIN && b.n <= HALLMARK_LINK_MAX;
}

static bool place_is_of_form(const struct place_said *p)
{
	return (p->link.n == 0 || is_link(p->link)) && is_address(p->own) && is_address(p->gateway);
}

static int read_place(struct cbor_cursor *c, const struct claim *claim, void *member)
{
	struct place_said *p = member;
	struct cbor_item item;
	size_t n;

	(void)claim;
	if (cbor_array(c, &n) < 0 || n != 3 || cbor_next(c, &item) < 0)
		return -EBADMSG;
	if (item.kind == CBOR_BSTR && is_link(item.string))
		p->link = item.string;
	else if (item.kind != CBOR_NULL)
		return -EBADMSG;
	if (cbor_bstr(c, &p->own) < 0 || cbor_bstr(c, &p->gateway) < 0)
		return -EBADMSG;
	return place_is_of_form(p) ? 0 : -EBADMSG;
}

static int write_place(struct writer *w, const struct claim *claim, const void *member)
{
	const struct place_said *p = member;

	(void)claim;
	if (!place_is_of_form(p))
		return -EINVAL;
	cbor_put_array(w, 3);
	if (p->link.n > 0)
		cbor_put_bstr(w, p->link);
	else
		cbor_put_null(w);
	cbor_put_bstr(w, p->own);
	cbor_put_bstr(w, p->gateway);
	return 0;
}

static bool place_given(const struct claim *claim, const void *member)
{
	(void)claim;
	return ((const struct place_said *)member)->own.n > 0;
}

static const struct claim_type claim_nonces = { read_nonces, write_nonces, nonces_given };
static const struct claim_type claim_swversion = { read_swversion, write_swversion, swversion_given };
static const struct claim_type claim_place = { read_place, write_place, place_given };

/* The only way to name a key (RFC 8747 section 3.1, RFC 9679 section 5.6) that we support. */
static const struct claim confirmation_claims[] = {
	CLAIM(HALLMARK_CNF_CKT, claim_bytes, struct evidence, session_key, .min = SHA256_LEN, .max = SHA256_LEN),
};
static const struct claim_map confirmation = CLAIM_MAP(confirmation_claims);

static const struct claim claims[] = {
	CLAIM_TIME(HALLMARK_CLAIM_IAT, struct evidence, iat_sec),
	CLAIM_INNER(HALLMARK_CLAIM_CNF, confirmation),
	CLAIM_WHOLE(HALLMARK_CLAIM_NONCE, claim_nonces, .min = NONCE_MIN, .max = NONCE_MAX, REQUIRED),
	CLAIM(HALLMARK_CLAIM_UEID, claim_bytes, struct evidence, ueid, .min = UEID_MIN, .max = UEID_MAX, REQUIRED),
	CLAIM(HALLMARK_CLAIM_OEMID, claim_maker, struct evidence, product.maker, REQUIRED),
	CLAIM(HALLMARK_CLAIM_HWMODEL, claim_model, struct evidence, product.model, REQUIRED),
	CLAIM(HALLMARK_CLAIM_HWVERSION, claim_hwversion, struct evidence, product.hwversion),
	CLAIM_NUMBER(HALLMARK_CLAIM_DBGSTAT, struct evidence, debug, 0, _DEBUG_MAX - 1, REQUIRED),
	CLAIM_CONSTANT(HALLMARK_CLAIM_PROFILE, HALLMARK_PROFILE_EVIDENCE),
	CLAIM(HALLMARK_CLAIM_SWNAME, claim_text, struct evidence, product.swname),
	CLAIM_WHOLE(HALLMARK_CLAIM_SWVERSION, claim_swversion, REQUIRED),
	CLAIM(HALLMARK_CLAIM_MEASUREMENTS, claim_measurements, struct evidence, measurements),
	CLAIM(HALLMARK_CLAIM_PLACE, claim_place, struct evidence, place),
};

static const struct cwt_kind kind = {
	.typ = HALLMARK_TYP_EVIDENCE,
	.profile = HALLMARK_PROFILE_EVIDENCE,
	.size_max = HALLMARK_TOKEN_MAX,
	.claims = CLAIM_MAP(claims),
	.malformed = REASON_EVIDENCE_MALFORMED,
	.wrong_type = REASON_EVIDENCE_TYPE,
	.wrong_profile = REASON_EVIDENCE_PROFILE,
	.wrong_claims = REASON_EVIDENCE_CLAIMS,
	.wrong_time = REASON_EVIDENCE_TIME,
};

int evidence_decode(struct bytes in, struct sign1 *ret_token, struct evidence *ret, enum hallmark_reason *ret_reason)
{
	memset(ret, 0, sizeof(*ret));
	int r = cwt_decode(&kind, in, ret_token, ret, ret_reason);

	if (r == 0 && *ret_reason == REASON_ADMITTED && !ueid_is_sound(ret->ueid))
		*ret_reason = REASON_EVIDENCE_CLAIMS;
	return r;
}

int evidence_sign(const struct evidence *evidence, const struct sign1_header *header, EVP_PKEY *key, struct writer *w)
{
	if (!ueid_is_sound(evidence->ueid))
		return -EINVAL;
	return cwt_sign(&kind, evidence, header, key, w);
}
