/* SPDX-License-Identifier: Apache-2.0 */
/* Reference values: their table of claims. What they are compared with is not known here. */
#include "token/reference.h"

#include <errno.h>

#include "token/cwt.h"
#include "token/measured.h"

static int read_measurements(struct cbor_cursor *c, const struct claim *claim, void *member)
{
	struct reference *reference = member;
	struct bytes whole;
	size_t n = 0;
	int r = claim_measurements.read(c, claim, &whole);
	struct cbor_cursor items = cbor_cursor_of(r == 0 ? whole : (struct bytes){ 0 });

	if (r == 0)
		r = cbor_array(&items, &n);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = cbor_skip(&items, &reference->measurements[i]);
	reference->n_measurements = r == 0 ? n : 0;
	return r;
}

static int write_measurements(struct writer *w, const struct claim *claim, const void *member)
{
	const struct reference *reference = member;

	(void)claim;
	if (reference->n_measurements > HALLMARK_MEASUREMENTS_MAX)
		return -EINVAL;
	cbor_put_array(w, reference->n_measurements);
	for (size_t i = 0; i < reference->n_measurements; i++)
		writer_put(w, reference->measurements[i]);
	return 0;
}

static bool measurements_given(const struct claim *claim, const void *member)
{
	(void)claim;
	return ((const struct reference *)member)->n_measurements > 0;
}

static const struct claim_type claim_good = { read_measurements, write_measurements, measurements_given };

static const struct claim claims[] = {
	CLAIM(HALLMARK_CLAIM_ISS, claim_text, struct reference, issuer, REQUIRED),
	CLAIM_TIME(HALLMARK_CLAIM_EXP, struct reference, exp_sec, REQUIRED),
	CLAIM_TIME(HALLMARK_CLAIM_IAT, struct reference, iat_sec, REQUIRED),
	CLAIM(HALLMARK_CLAIM_OEMID, claim_maker, struct reference, class.product.maker, REQUIRED),
	CLAIM(HALLMARK_CLAIM_HWMODEL, claim_model, struct reference, class.product.model, REQUIRED),
	CLAIM(HALLMARK_CLAIM_HWVERSION, claim_hwversion, struct reference, class.product.hwversion),
	CLAIM_CONSTANT(HALLMARK_CLAIM_PROFILE, HALLMARK_PROFILE_REFERENCE),
	CLAIM(HALLMARK_CLAIM_SWVERSION, claim_range, struct reference, class, REQUIRED),
	CLAIM_WHOLE(HALLMARK_CLAIM_MEASUREMENTS, claim_good),
};

static const struct cwt_kind kind = {
	.typ = HALLMARK_TYP_REFERENCE,
	.profile = HALLMARK_PROFILE_REFERENCE,
	.size_max = HALLMARK_TOKEN_MAX,
	.names_key = true,
	.claims = CLAIM_MAP(claims),
	CWT_REFUSED_AS_LABEL,
};

int reference_decode(struct bytes in, struct sign1 *ret_token, struct reference *ret, enum hallmark_reason *ret_reason)
{
	memset(ret, 0, sizeof(*ret));
	return cwt_decode(&kind, in, ret_token, ret, ret_reason);
}

int reference_sign(const struct reference *reference, EVP_PKEY *key, struct writer *w)
{
	return cwt_sign(&kind, reference, NULL, key, w);
}
