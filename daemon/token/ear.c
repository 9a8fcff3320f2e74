/* SPDX-License-Identifier: Apache-2.0 */
/* The attestation result: its tables of claims. Its content is decided elsewhere. */
#include "token/ear.h"

#include <errno.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "token/cose.h"
#include "token/cwt.h"

#define VECTOR_MIN INT8_MIN /* draft-ietf-rats-ar4si-10 section 2.3.2 */
#define VECTOR_MAX INT8_MAX
#define SUBMOD     "device"
#define DEVELOPER  "hallmarkd"

static int read_handle(struct cbor_cursor *c, uint8_t ret[static HALLMARK_HANDLE_LEN])
{
	struct bytes handle;

	if (cbor_bstr(c, &handle) < 0 || handle.n != HALLMARK_HANDLE_LEN)
		return -EBADMSG;
	memcpy(ret, handle.p, HALLMARK_HANDLE_LEN);
	return 0;
}

static int read_handles(struct cbor_cursor *c, const struct claim *claim, void *member)
{
	struct ear *ear = member;
	size_t n = 1;
	int r = 0;

	(void)claim;
	if (cbor_peek(c) != CBOR_BSTR && (cbor_array(c, &n) < 0 || n < 2))
		return -EBADMSG;
	if (n > HALLMARK_NONCES_MAX)
		return -E2BIG;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = read_handle(c, ear->handles[i]);
	ear->n_handles = n;
	return r;
}

static int write_handles(struct writer *w, const struct claim *claim, const void *member)
{
	const struct ear *ear = member;

	(void)claim;
	if (ear->n_handles > HALLMARK_NONCES_MAX)
		return -EINVAL;
	if (ear->n_handles > 1)
		cbor_put_array(w, ear->n_handles);
	for (size_t i = 0; i < ear->n_handles; i++)
		cbor_put_bstr(w, BYTES(ear->handles[i]));
	return 0;
}

static bool handles_given(const struct claim *claim, const void *member)
{
	(void)claim;
	return ((const struct ear *)member)->n_handles > 0;
}

static int read_reasons(struct cbor_cursor *c, const struct claim *claim, void *member)
{
	struct ear *ear = member;
	size_t n;

	(void)claim;
	if (cbor_array(c, &n) < 0)
		return -EBADMSG;
	if (n > EAR_REASONS_MAX)
		return -E2BIG;

	for (size_t i = 0; i < n; i++) {
		uint64_t reason;

		if (cbor_uint(c, UINT16_MAX, &reason) < 0)
			return -EBADMSG;
		ear->reasons[i] = (uint16_t)reason;
	}
	ear->n_reasons = n;
	return 0;
}

static int write_reasons(struct writer *w, const struct claim *claim, const void *member)
{
	const struct ear *ear = member;

	(void)claim;
	if (ear->n_reasons > EAR_REASONS_MAX)
		return -EINVAL;
	cbor_put_array(w, ear->n_reasons);
	for (size_t i = 0; i < ear->n_reasons; i++)
		cbor_put_int(w, ear->reasons[i]);
	return 0;
}

static bool reasons_given(const struct claim *claim, const void *member)
{
	(void)claim;
	return ((const struct ear *)member)->n_reasons > 0;
}

static bool is_tier(int status)
{
	return status == EAR_NONE || status == EAR_AFFIRMING || status == EAR_WARNING || status == EAR_CONTRAINDICATED;
}

static int read_status(struct cbor_cursor *c, const struct claim *claim, void *member)
{
	int r = claim_number.read(c, claim, member);

	return r == 0 && !is_tier((int)*(enum ear_status *)member) ? -EBADMSG : r;
}

static int write_status(struct writer *w, const struct claim *claim, const void *member)
{
	return is_tier((int)*(const enum ear_status *)member) ? claim_number.write(w, claim, member) : -EINVAL;
}

static bool status_given(const struct claim *claim, const void *member)
{
	(void)claim, (void)member;
	return true;
}

/* The draft permits several policies; a gateway has one (docs/protocol.md section 4.5). */
static int read_policies(struct cbor_cursor *c, const struct claim *claim, void *member)
{
	size_t n;

	if (cbor_array(c, &n) < 0 || n != 1)
		return -EBADMSG;
	return claim_text.read(c, claim, member);
}

static int write_policies(struct writer *w, const struct claim *claim, const void *member)
{
	cbor_put_array(w, 1);
	return claim_text.write(w, claim, member);
}

static bool policies_given(const struct claim *claim, const void *member)
{
	return claim_text.given(claim, member);
}

static const struct claim_type claim_status = { read_status, write_status, status_given };
static const struct claim_type claim_policies = { read_policies, write_policies, policies_given };
static const struct claim_type claim_handles = { read_handles, write_handles, handles_given };
static const struct claim_type claim_reasons = { read_reasons, write_reasons, reasons_given };

static const struct claim vector_claims[] = {
	CLAIM_NUMBER(0, struct ear, vector.instance_identity, VECTOR_MIN, VECTOR_MAX, REQUIRED), /* never empty */
	CLAIM_NUMBER(1, struct ear, vector.configuration, VECTOR_MIN, VECTOR_MAX),
	CLAIM_NUMBER(2, struct ear, vector.executables, VECTOR_MIN, VECTOR_MAX),
};
static const struct claim_map vector_map = CLAIM_MAP(vector_claims);

static const struct claim admission_claims[] = {
	CLAIM(HALLMARK_ADMISSION_SCHEME, claim_text, struct ear, scheme),
	CLAIM_NUMBER(HALLMARK_ADMISSION_LEVEL, struct ear, level, 0, UINT8_MAX),
	CLAIM(HALLMARK_ADMISSION_HOME_SCHEME, claim_text, struct ear, home_scheme),
	CLAIM_NUMBER(HALLMARK_ADMISSION_HOME_LEVEL, struct ear, home_level, 0, UINT8_MAX),
	CLAIM(HALLMARK_ADMISSION_ARRANGEMENT, claim_text, struct ear, arrangement),
	CLAIM(HALLMARK_ADMISSION_LABEL, claim_text, struct ear, label_number),
	CLAIM(HALLMARK_ADMISSION_ZONE, claim_text, struct ear, zone, REQUIRED),
	CLAIM_WHOLE(HALLMARK_ADMISSION_REASONS, claim_reasons),
	CLAIM(HALLMARK_ADMISSION_EXPIRES_FIRST, claim_text, struct ear, expires_first),
	CLAIM_TIME(HALLMARK_ADMISSION_RENEW_AFTER, struct ear, renew_after_sec),
	CLAIM_NUMBER(HALLMARK_ADMISSION_ISSUER_ROLE, struct ear, issuer_role, HALLMARK_ISSUER_UNKNOWN,
		     HALLMARK_ISSUER_SCHEME),
};
static const struct claim_map admission_map = CLAIM_MAP(admission_claims);

static const struct claim appraisal_claims[] = {
	CLAIM_CONSTANT(HALLMARK_CLAIM_PROFILE, HALLMARK_PROFILE_RESULT),
	CLAIM(HALLMARK_EAR_STATUS, claim_status, struct ear, status, .max = EAR_CONTRAINDICATED, REQUIRED),
	CLAIM_INNER(HALLMARK_EAR_VECTOR, vector_map, REQUIRED),
	CLAIM(HALLMARK_EAR_POLICIES, claim_policies, struct ear, policy),
	CLAIM_INNER(HALLMARK_CLAIM_ADMISSION, admission_map, REQUIRED),
};
static const struct claim_map appraisal_map = CLAIM_MAP(appraisal_claims);

static const struct claim submod_claims[] = {
	CLAIM_INNER(0, appraisal_map, .name = SUBMOD, REQUIRED),
};
static const struct claim_map submod_map = CLAIM_MAP(submod_claims);

static const struct claim verifier_claims[] = {
	CLAIM_CONSTANT(0, DEVELOPER),
	CLAIM(1, claim_text, struct ear, verifier, REQUIRED),
};
static const struct claim_map verifier_map = CLAIM_MAP(verifier_claims);

static const struct claim claims[] = {
	CLAIM_TIME(HALLMARK_CLAIM_EXP, struct ear, exp_sec, REQUIRED),
	CLAIM_TIME(HALLMARK_CLAIM_IAT, struct ear, iat_sec, REQUIRED),
	CLAIM_WHOLE(HALLMARK_CLAIM_NONCE, claim_handles),
	CLAIM_CONSTANT(HALLMARK_CLAIM_PROFILE, HALLMARK_PROFILE_EAR),
	CLAIM_INNER(HALLMARK_CLAIM_SUBMODS, submod_map, REQUIRED),
	CLAIM_INNER(HALLMARK_EAR_VERIFIER, verifier_map, REQUIRED),
};

/* All reasons are REASON_INTERNAL: nobody appraises a result. */
static const struct cwt_kind kind = {
	.typ = HALLMARK_TYP_RESULT,
	.profile = HALLMARK_PROFILE_EAR,
	.size_max = HALLMARK_TOKEN_MAX,
	.names_key = true,
	.claims = CLAIM_MAP(claims),
};

int ear_sign(const struct ear *ear, EVP_PKEY *key, struct writer *w)
{
	return cwt_sign(&kind, ear, NULL, key, w);
}

bool ear_is_of(struct bytes in, EVP_PKEY *key)
{
	uint8_t id[SHA256_LEN];
	struct sign1 token;

	return sign1_decode(in, kind.size_max, &token) == 0 && key_id(key, id) == 0 &&
	       bytes_equal(token.kid, BYTES(id));
}

int ear_sign_again(struct bytes in, EVP_PKEY *key, struct writer *w)
{
	uint8_t id[SHA256_LEN];
	struct sign1 former;
	int r = sign1_decode(in, kind.size_max, &former);

	if (r == 0)
		r = key_id(key, id);
	if (r < 0)
		return r;
	return sign1_sign(&(struct sign1_header){ .typ = former.typ, .kid = BYTES(id) }, former.payload, key, w);
}

int ear_decode(struct bytes in, struct sign1 *ret_token, struct ear *ret)
{
	enum hallmark_reason reason;

	memset(ret, 0, sizeof(*ret));
	int r = cwt_decode(&kind, in, ret_token, ret, &reason);
	if (r < 0)
		return r;
	return reason == REASON_ADMITTED ? 0 : -EBADMSG;
}

/* Numbers from -1 to 1 say nothing; of the others, the negative ones are the tiers' own reasons. */
static enum ear_status tier_of(int claim)
{
	int n = claim < -1 ? -1 - claim : claim;

	if (n >= EAR_CONTRAINDICATED)
		return EAR_CONTRAINDICATED;
	if (n >= EAR_WARNING)
		return EAR_WARNING;
	return n >= EAR_AFFIRMING || claim == -2 ? EAR_AFFIRMING : EAR_NONE;
}

enum ear_status ear_vector_tier(const struct ear_vector *v)
{
	const int each[] = { v->instance_identity, v->configuration, v->executables };
	enum ear_status worst = EAR_NONE;

	for (size_t i = 0; i < ARRAY_SIZE(each); i++)
		if (tier_of(each[i]) > worst)
			worst = tier_of(each[i]);
	return worst;
}

const char *ear_status_name(enum ear_status status)
{
	switch (status) {
	case EAR_AFFIRMING:
		return "affirming";
	case EAR_WARNING:
		return "warning";
	case EAR_CONTRAINDICATED:
		return "contraindicated";
	default:
		return "none";
	}
}
