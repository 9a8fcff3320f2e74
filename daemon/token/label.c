/* SPDX-License-Identifier: Apache-2.0 */
/* Label statements: their tables of claims. Who may sign them is not known here. */
#include "token/label.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/timekeeper.h"
#include "token/cwt.h"

#define HASH_SHA256 (-16) /* RFC 9054 section 2.1: the only hash of an anchor */

/* [[from, scheme], [to, scheme]], both of one scheme. */
static int read_range(struct cbor_cursor *c, const struct claim *claim, void *member)
{
	struct label_class *class = member;
	enum version_scheme to_scheme;
	size_t n;

	(void)claim;
	if (cbor_array(c, &n) < 0 || n != 2)
		return -EBADMSG;
	if (product_decode_version(c, class->version_from, sizeof(class->version_from), &class->version_scheme) < 0 ||
	    product_decode_version(c, class->version_to, sizeof(class->version_to), &to_scheme) < 0)
		return -EBADMSG;
	return to_scheme == class->version_scheme ? 0 : -EBADMSG;
}

static int write_range(struct writer *w, const struct claim *claim, const void *member)
{
	const struct label_class *class = member;

	(void)claim;
	if (class->version_to[0] == '\0')
		return -EINVAL;
	cbor_put_array(w, 2);
	product_encode_version(class->version_from, class->version_scheme, w);
	product_encode_version(class->version_to, class->version_scheme, w);
	return 0;
}

static bool range_given(const struct claim *claim, const void *member)
{
	const struct label_class *class = member;

	(void)claim;
	return class->version_from[0] != '\0' || class->version_to[0] != '\0';
}

const struct claim_type claim_range = { read_range, write_range, range_given };

static const struct claim class_claims[] = {
	CLAIM(HALLMARK_CLAIM_OEMID, claim_maker, struct label_class, product.maker, REQUIRED),
	CLAIM(HALLMARK_CLAIM_HWMODEL, claim_model, struct label_class, product.model, REQUIRED),
	CLAIM(HALLMARK_CLAIM_HWVERSION, claim_hwversion, struct label_class, product.hwversion),
	CLAIM(HALLMARK_CLAIM_SWNAME, claim_text, struct label_class, product.swname),
	CLAIM_WHOLE(HALLMARK_CLAIM_SWVERSION, claim_range),
};
static const struct claim_map class_map = CLAIM_MAP(class_claims);

static int read_classes(struct cbor_cursor *c, const struct claim *claim, void *member)
{
	struct label *label = member;
	size_t n;

	(void)claim;
	if (cbor_array(c, &n) < 0 || n == 0)
		return -EBADMSG;
	if (n > HALLMARK_CLASSES_MAX)
		return -E2BIG;
	label->classes = calloc(n, sizeof(*label->classes));
	if (!label->classes)
		return -ENOMEM;
	label->n_classes = n;

	for (size_t i = 0; i < n; i++) {
		int r = claims_decode(c, &class_map, &label->classes[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int write_classes(struct writer *w, const struct claim *claim, const void *member)
{
	const struct label *label = member;
	int r = 0;

	(void)claim;
	if (label->n_classes > HALLMARK_CLASSES_MAX)
		return -EINVAL;
	cbor_put_array(w, label->n_classes);
	for (size_t i = 0; r == 0 && i < label->n_classes; i++)
		r = claims_encode(&class_map, &label->classes[i], w);
	return r;
}

static bool classes_given(const struct claim *claim, const void *member)
{
	(void)claim;
	return ((const struct label *)member)->n_classes > 0;
}

static int read_anchors(struct cbor_cursor *c, const struct claim *claim, void *member)
{
	struct label *label = member;
	size_t n, pair;

	(void)claim;
	if (cbor_array(c, &n) < 0 || n == 0)
		return -EBADMSG;
	if (n > HALLMARK_ANCHORS_MAX)
		return -E2BIG;

	for (size_t i = 0; i < n; i++) {
		struct bytes hash;
		int64_t algorithm;

		if (cbor_array(c, &pair) < 0 || pair != 2 || cbor_int(c, &algorithm) < 0 || algorithm != HASH_SHA256 ||
		    cbor_bstr(c, &hash) < 0 || hash.n != SHA256_LEN)
			return -EBADMSG;
		memcpy(label->anchors[i], hash.p, SHA256_LEN);
	}
	label->n_anchors = n;
	return 0;
}

static int write_anchors(struct writer *w, const struct claim *claim, const void *member)
{
	const struct label *label = member;

	(void)claim;
	if (label->n_anchors > HALLMARK_ANCHORS_MAX)
		return -EINVAL;
	cbor_put_array(w, label->n_anchors);
	for (size_t i = 0; i < label->n_anchors; i++) {
		cbor_put_array(w, 2);
		cbor_put_int(w, HASH_SHA256);
		cbor_put_bstr(w, BYTES(label->anchors[i]));
	}
	return 0;
}

static bool anchors_given(const struct claim *claim, const void *member)
{
	(void)claim;
	return ((const struct label *)member)->n_anchors > 0;
}

static int read_further(struct cbor_cursor *c, const struct claim *claim, void *member)
{
	struct label *label = member;
	size_t n;

	(void)claim;
	if (cbor_array(c, &n) < 0 || n == 0)
		return -EBADMSG;
	if (n > HALLMARK_FURTHER_MAX)
		return -E2BIG;
	for (size_t i = 0; i < n; i++)
		if (cbor_text(c, label->further[i], FURTHER_SIZE) < 0 || label->further[i][0] == '\0')
			return -EBADMSG;
	label->n_further = n;
	return 0;
}

static int write_further(struct writer *w, const struct claim *claim, const void *member)
{
	const struct label *label = member;

	(void)claim;
	if (label->n_further > HALLMARK_FURTHER_MAX)
		return -EINVAL;
	cbor_put_array(w, label->n_further);
	for (size_t i = 0; i < label->n_further; i++) {
		if (label->further[i][0] == '\0' || !bytes_are_text(bytes_of_string(label->further[i])))
			return -EINVAL;
		cbor_put_tstr(w, label->further[i]);
	}
	return 0;
}

static bool further_given(const struct claim *claim, const void *member)
{
	(void)claim;
	return ((const struct label *)member)->n_further > 0;
}

static const struct claim_type claim_classes = { read_classes, write_classes, classes_given };
static const struct claim_type claim_anchors = { read_anchors, write_anchors, anchors_given };
static const struct claim_type claim_further = { read_further, write_further, further_given };

static const struct claim mark_claims[] = {
	CLAIM(HALLMARK_LABEL_SCHEME, claim_text, struct label, scheme, REQUIRED),
	CLAIM_NUMBER(HALLMARK_LABEL_LEVEL, struct label, level, 1, UINT8_MAX, REQUIRED),
	CLAIM(HALLMARK_LABEL_LEVEL_NAME, claim_text, struct label, level_name),
	CLAIM_NUMBER(HALLMARK_LABEL_BASIS, struct label, basis, HALLMARK_BASIS_UNKNOWN, HALLMARK_BASIS_RECOGNITION,
		     REQUIRED),
	CLAIM(HALLMARK_LABEL_CATEGORY, claim_text, struct label, category, REQUIRED),
	CLAIM(HALLMARK_LABEL_FIELD, claim_text, struct label, field),
	CLAIM(HALLMARK_LABEL_VERSION, claim_text, struct label, scheme_version),
	CLAIM(HALLMARK_LABEL_LAB, claim_text, struct label, lab),
	CLAIM_TIME(HALLMARK_LABEL_SUPPORT_UNTIL, struct label, support_until_sec),
	CLAIM(HALLMARK_LABEL_EXTENDS, claim_text, struct label, extends),
	CLAIM_WHOLE(HALLMARK_LABEL_FURTHER, claim_further),
};
static const struct claim_map mark_map = CLAIM_MAP(mark_claims);

/* Claim 65535 (draft-ietf-oauth-status-list-21 section 6.2). Other status mechanisms are not supported. */
static const struct claim status_list_claims[] = {
	{ .name = "idx",
	  .type = &claim_number,
	  .offset = offsetof(struct label, status_index),
	  .size = sizeof(((struct label *)0)->status_index),
	  .max = UINT32_MAX,
	  REQUIRED },
	{ .name = "uri",
	  .type = &claim_text,
	  .offset = offsetof(struct label, status_uri),
	  .size = STATUS_URI_SIZE,
	  REQUIRED },
};
static const struct claim_map status_list_map = CLAIM_MAP(status_list_claims);
static const struct claim status_claims[] = {
	{ .name = "status_list", .type = &claim_inner, .detail = &status_list_map, REQUIRED },
};
static const struct claim_map status_map = CLAIM_MAP(status_claims);

static int read_status(struct cbor_cursor *c, const struct claim *claim, void *member)
{
	(void)claim;
	return claims_decode(c, &status_map, member);
}

static int write_status(struct writer *w, const struct claim *claim, const void *member)
{
	(void)claim;
	return claims_encode(&status_map, member, w);
}

static bool status_given(const struct claim *claim, const void *member)
{
	(void)claim;
	return label_names_status(member);
}

static const struct claim_type claim_status = { read_status, write_status, status_given };

static const struct claim statement_claims[] = {
	CLAIM(HALLMARK_CLAIM_ISS, claim_text, struct label, issuer, REQUIRED),
	CLAIM(HALLMARK_CLAIM_SUB, claim_text, struct label, number, REQUIRED),
	CLAIM_TIME(HALLMARK_CLAIM_EXP, struct label, exp_sec, REQUIRED),
	CLAIM_TIME(HALLMARK_CLAIM_NBF, struct label, nbf_sec),
	CLAIM_TIME(HALLMARK_CLAIM_IAT, struct label, iat_sec, REQUIRED),
	CLAIM_CONSTANT(HALLMARK_CLAIM_PROFILE, HALLMARK_PROFILE_LABEL),
	CLAIM_WHOLE(HALLMARK_CLAIM_STATUS, claim_status),
	CLAIM_INNER(HALLMARK_CLAIM_LABEL, mark_map, REQUIRED),
	CLAIM_WHOLE(HALLMARK_CLAIM_CLASSES, claim_classes, REQUIRED),
	CLAIM_WHOLE(HALLMARK_CLAIM_ANCHORS, claim_anchors, REQUIRED),
};

static const struct cwt_kind statement = {
	.typ = HALLMARK_TYP_LABEL,
	.profile = HALLMARK_PROFILE_LABEL,
	.size_max = HALLMARK_TOKEN_MAX,
	.names_key = true,
	.claims = CLAIM_MAP(statement_claims),
	CWT_REFUSED_AS_LABEL,
};

bool label_has_begun(const struct label *label, int64_t now_sec)
{
	return time_has_come(label->nbf_sec, now_sec);
}

bool label_ends_first(const struct label *label)
{
	return label->exp_sec <= label->nbf_sec;
}

void label_done(struct label *label)
{
	free(label->classes);
	label->classes = NULL;
	label->n_classes = 0;
}

/* The end of each decoding: releases what is not admitted, so that it owns nothing. */
static int settle(int r, enum hallmark_reason reason, struct label *ret)
{
	if (r < 0 || reason != REASON_ADMITTED)
		label_done(ret);
	else if (ret->nbf_sec == 0)
		ret->nbf_sec = ret->iat_sec;
	return r;
}

int label_decode_claims(struct bytes claims, struct label *ret, enum hallmark_reason *ret_reason)
{
	memset(ret, 0, sizeof(*ret));
	int r = cwt_decode_claims(&statement, claims, ret, ret_reason);
	return settle(r, *ret_reason, ret);
}

int label_decode(struct bytes in, struct sign1 *ret_token, struct label *ret, enum hallmark_reason *ret_reason)
{
	memset(ret, 0, sizeof(*ret));
	int r = cwt_decode(&statement, in, ret_token, ret, ret_reason);
	return settle(r, *ret_reason, ret);
}

int label_encode_claims(const struct label *label, struct writer *w)
{
	int r = claims_encode(&statement.claims, label, w);

	return r == 0 && w->overflow ? -E2BIG : r;
}

int label_sign(const struct label *label, EVP_PKEY *key, struct writer *w)
{
	return cwt_sign(&statement, label, NULL, key, w);
}
