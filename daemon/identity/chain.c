/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of OpenSSL's path validation (RFC 5280 section 6). It continues when the anchor is missing and verifies the
 * signatures below all the same, so that a label may vouch for the path. The dates and key of the leaf are not checked
 * here: they belong to check 2.
 */
#include "identity/chain.h"

#include <errno.h>
#include <openssl/x509v3.h>

#include "identity/anchors.h"
#include "identity/certificate.h"
#include "identity/identity.h"
#include "identity/revocation.h"

DEFINE_CLEANUP(X509_STORE_CTX *, X509_STORE_CTX_free);

/* A CA whose clock is ahead of ours (certificate_has_begun()), or a device's certificate, which check 2 judges. */
static bool is_begun(X509_STORE_CTX *ctx)
{
	const time_t now = X509_VERIFY_PARAM_get_time(X509_STORE_CTX_get0_param(ctx));

	return X509_STORE_CTX_get_error_depth(ctx) == 0 ||
	       certificate_has_begun(X509_STORE_CTX_get_current_cert(ctx), (int64_t)now);
}

/* OpenSSL calls this for each fault, and continues when it returns 1. */
static int on_verify(int ok, X509_STORE_CTX *ctx)
{
	bool *is_unanchored = X509_STORE_CTX_get_app_data(ctx);

	if (ok)
		return 1;
	switch (X509_STORE_CTX_get_error(ctx)) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		*is_unanchored = true;
		return 1;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return is_begun(ctx);
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
	case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
	case X509_V_ERR_EC_KEY_EXPLICIT_PARAMS:
		return X509_STORE_CTX_get_error_depth(ctx) == 0;
	default:
		return 0;
	}
}

/* Returns 0, or a negative errno when OpenSSL could not evaluate. */
static int reason_of(int error, enum hallmark_reason *ret)
{
	switch (error) {
	case X509_V_ERR_OUT_OF_MEM:
		return -ENOMEM;
	case X509_V_ERR_UNSPECIFIED:
	case X509_V_ERR_INVALID_CALL:
	case X509_V_ERR_STORE_LOOKUP:
		return -EIO;
	case X509_V_ERR_CERT_NOT_YET_VALID:
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
	case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
		*ret = REASON_CHAIN_DATE;
		return 0;
	case X509_V_ERR_CERT_CHAIN_TOO_LONG:
		*ret = REASON_CHAIN_LIMIT;
		return 0;
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
	case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
	case X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY:
		*ret = REASON_CHAIN_BROKEN;
		return 0;
	default: /* path length, key usage, name constraints: the issuer may not do this */
		*ret = REASON_CHAIN_CA;
		return 0;
	}
}

/*
 * The rules of the profile that OpenSSL does not know. The signature on the last certificate is ignored: it proves
 * nothing here.
 */
static enum hallmark_reason path_check(STACK_OF(X509) * path)
{
	int n = sk_X509_num(path);

	if (n > PATH_MAX_CERTIFICATES)
		return REASON_CHAIN_LIMIT;
	for (int i = 1; i < n; i++) {
		X509 *ca = sk_X509_value(path, i);

		if (!certificate_is_ca(ca))
			return REASON_CHAIN_CA;
		if (i < n - 1 && !signature_fits(X509_get_signature_nid(ca)))
			return REASON_CHAIN_BROKEN;
	}
	return REASON_ADMITTED;
}

static int path_keep(STACK_OF(X509) * path, struct identity *id)
{
	for (int i = 1; i < sk_X509_num(path); i++) {
		const X509 *ca = sk_X509_value(path, i);
		int64_t not_after_sec = certificate_not_after(ca);
		int r = certificate_hash(ca, id->path[i]);

		if (r < 0)
			return r;
		if (not_after_sec < id->not_after_sec)
			id->not_after_sec = not_after_sec;
	}
	id->n_path = (size_t)sk_X509_num(path);
	return 0;
}

static X509_STORE_CTX *context_new(STACK_OF(X509) * presented, const struct anchors *anchors, int64_t now_sec)
{
	_cleanup_(X509_STORE_CTX_freep) X509_STORE_CTX *ctx = X509_STORE_CTX_new();

	if (!ctx || !X509_STORE_CTX_init(ctx, anchors->store, sk_X509_value(presented, 0), presented))
		return NULL;
	X509_STORE_CTX_set_time(ctx, 0, (time_t)now_sec);
	X509_STORE_CTX_set_verify_cb(ctx, on_verify);
	return TAKE_PTR(ctx);
}

int chain_verify(STACK_OF(X509) * presented, const struct anchors *anchors, int64_t now_sec, struct identity *id)
{
	_cleanup_(X509_STORE_CTX_freep) X509_STORE_CTX *ctx = context_new(presented, anchors, now_sec);
	enum hallmark_reason reason = REASON_CHAIN_BROKEN;
	bool is_unanchored = false;

	if (!ctx || !X509_STORE_CTX_set_app_data(ctx, &is_unanchored))
		return -ENOMEM;

	if (X509_verify_cert(ctx) <= 0) {
		int r = reason_of(X509_STORE_CTX_get_error(ctx), &reason);

		id->chain = check_failed(reason);
		return r;
	}

	STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(ctx);

	reason = path_check(path);
	if (reason != REASON_ADMITTED) {
		id->chain = check_failed(reason);
		return 0;
	}

	int r = path_keep(path, id);

	if (r < 0)
		return r;
	r = revocation_judge(path, anchors, now_sec, id);
	if (r < 0)
		return r;
	if (is_unanchored) {
		id->chain = check_failed(REASON_CHAIN_UNANCHORED);
		return 0;
	}

	const struct anchor *anchor = anchors_find(anchors, id->path[id->n_path - 1]);

	if (!anchor)
		return -EIO;
	memcpy(id->anchor, anchor->name, sizeof(id->anchor));
	id->chain = check_passed();
	return 0;
}
