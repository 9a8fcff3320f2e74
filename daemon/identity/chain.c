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
#include "identity/known_cas.h"
#include "identity/period.h"
#include "identity/revocation.h"

DEFINE_CLEANUP(X509_STORE_CTX *, X509_STORE_CTX_free);

static int64_t time_of(X509_STORE_CTX *ctx)
{
	return (int64_t)X509_VERIFY_PARAM_get_time(X509_STORE_CTX_get0_param(ctx));
}

/* A CA whose clock is ahead of ours (period_has_begun()), or a device's certificate, which check 2 judges. */
static bool is_begun(X509_STORE_CTX *ctx)
{
	return X509_STORE_CTX_get_error_depth(ctx) == 0 ||
	       period_has_begun(X509_STORE_CTX_get_current_cert(ctx), time_of(ctx));
}

struct run {
	const struct anchors *anchors;
	/* OpenSSL's own step: signatures and periods along a path whose last certificate is believed */
	X509_STORE_CTX_verify_fn verify;
	bool is_unanchored;
};

/* OpenSSL calls this for each fault, and continues when it returns 1. */
static int on_verify(int ok, X509_STORE_CTX *ctx)
{
	struct run *run = X509_STORE_CTX_get_app_data(ctx);

	if (ok)
		return 1;
	switch (X509_STORE_CTX_get_error(ctx)) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		run->is_unanchored = true;
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

/* The last certificate of a path is known to have signed the one before, and its period runs: nothing is left to verify of it. */
static bool is_last_verified(const STACK_OF(X509) * path, const struct run *run, int64_t now_sec)
{
	int n = sk_X509_num(path);
	const X509 *last = sk_X509_value(path, n - 1);

	return n > 2 && known_cas_is_signed(run->anchors->known_cas, sk_X509_value(path, n - 2), last) &&
	       period_check(last, now_sec) == REASON_ADMITTED;
}

/*
 * The step of OpenSSL's validation that verifies signatures, without those that were verified for another device. The steps before
 * and after it, such as constraints and policies, see the whole path.
 */
static int verify_signatures(X509_STORE_CTX *ctx)
{
	const struct run *run = X509_STORE_CTX_get_app_data(ctx);
	STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(ctx);
	X509 *verified[PATH_MAX_CERTIFICATES];
	size_t n = 0;
	int r;

	while (n < PATH_MAX_CERTIFICATES && is_last_verified(path, run, time_of(ctx)))
		verified[n++] = sk_X509_pop(path);
	r = run->verify(ctx);
	while (n > 0)
		if (!sk_X509_push(path, verified[--n])) {
			X509_free(verified[n]);
			X509_STORE_CTX_set_error(ctx, X509_V_ERR_OUT_OF_MEM);
			r = 0;
		}
	return r;
}

/* Of the CA's certificate whose times OpenSSL did not accept. */
static enum hallmark_reason reason_of_period(X509_STORE_CTX *ctx)
{
	switch (period_check(X509_STORE_CTX_get_current_cert(ctx), time_of(ctx))) {
	case REASON_CERTIFICATE_TIME:
		return REASON_CHAIN_TIME;
	case REASON_CERTIFICATE_PERIOD:
		return REASON_CHAIN_PERIOD;
	case REASON_CERTIFICATE_NOT_YET:
		return REASON_CHAIN_NOT_YET;
	default:
		return REASON_CHAIN_DATE;
	}
}

/* Returns 0, or a negative errno when OpenSSL could not evaluate. */
static int reason_of(X509_STORE_CTX *ctx, enum hallmark_reason *ret)
{
	switch (X509_STORE_CTX_get_error(ctx)) {
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
		*ret = reason_of_period(ctx);
		return 0;
	case X509_V_ERR_CERT_CHAIN_TOO_LONG:
		*ret = REASON_CHAIN_LIMIT;
		return 0;
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
	case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
	case X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY:
		*ret = REASON_CHAIN_BROKEN;
		return 0;
	case X509_V_ERR_NO_EXPLICIT_POLICY:
	case X509_V_ERR_INVALID_POLICY_EXTENSION:
		*ret = REASON_CHAIN_POLICY;
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

		enum hallmark_reason reason = certificate_check_ca(ca);

		if (reason != REASON_ADMITTED)
			return reason;
		if (i < n - 1 && !signature_fits(X509_get_signature_nid(ca)))
			return REASON_CHAIN_BROKEN;
	}
	return REASON_ADMITTED;
}

/* That of an anchor is known. */
static int hash_ca(const X509 *ca, const struct anchors *anchors, uint8_t ret[static SHA256_LEN])
{
	for (size_t i = 0; i < anchors->n; i++)
		if (anchors->list[i].certificate == ca) {
			memcpy(ret, anchors->list[i].hash, SHA256_LEN);
			return 0;
		}
	return certificate_hash(ca, ret);
}

static int path_keep(STACK_OF(X509) * path, const struct anchors *anchors, struct identity *id)
{
	for (int i = 1; i < sk_X509_num(path); i++) {
		const X509 *ca = sk_X509_value(path, i);
		int64_t not_after_sec = certificate_not_after(ca);
		int r = hash_ca(ca, anchors, id->path[i]);

		if (r < 0)
			return r;
		if (not_after_sec < id->not_after_sec)
			id->not_after_sec = not_after_sec;
	}
	id->n_path = (size_t)sk_X509_num(path);
	return 0;
}

/* Of a path that ends in an anchor: what anybody may present puts none of them out. */
static void keep_cas(STACK_OF(X509) * path, const struct anchors *anchors, const struct identity *id)
{
	for (size_t i = 1; i + 1 < id->n_path; i++)
		known_cas_keep(anchors->known_cas, id->path[i], sk_X509_value(path, (int)i),
			       sk_X509_value(path, (int)i + 1));
}

static X509_STORE_CTX *context_new(STACK_OF(X509) * presented, int64_t now_sec, struct run *run)
{
	_cleanup_(X509_STORE_CTX_freep) X509_STORE_CTX *ctx = X509_STORE_CTX_new();

	if (!ctx || !X509_STORE_CTX_init(ctx, run->anchors->store, sk_X509_value(presented, 0), presented) ||
	    !X509_STORE_CTX_set_app_data(ctx, run))
		return NULL;
	run->verify = X509_STORE_CTX_get_verify(ctx);
	X509_STORE_CTX_set_time(ctx, 0, (time_t)now_sec);
	X509_STORE_CTX_set_verify(ctx, verify_signatures);
	X509_STORE_CTX_set_verify_cb(ctx, on_verify);
	return TAKE_PTR(ctx);
}

int chain_verify(STACK_OF(X509) * presented, const struct anchors *anchors, int64_t now_sec, struct identity *id)
{
	struct run run = { .anchors = anchors };
	_cleanup_(X509_STORE_CTX_freep) X509_STORE_CTX *ctx = context_new(presented, now_sec, &run);
	enum hallmark_reason reason = REASON_CHAIN_BROKEN;

	if (!ctx)
		return -ENOMEM;

	if (X509_verify_cert(ctx) <= 0) {
		int r = reason_of(ctx, &reason);

		id->chain = check_failed(reason);
		return r;
	}

	STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(ctx);

	reason = path_check(path);
	if (reason != REASON_ADMITTED) {
		id->chain = check_failed(reason);
		return 0;
	}

	int r = path_keep(path, anchors, id);

	if (r < 0)
		return r;
	r = revocation_judge(path, anchors, now_sec, id);
	if (r < 0)
		return r;
	if (run.is_unanchored) {
		id->chain = check_failed(REASON_CHAIN_UNANCHORED);
		return 0;
	}

	const struct anchor *anchor = anchors_find(anchors, id->path[id->n_path - 1]);

	if (!anchor)
		return -EIO;
	keep_cas(path, anchors, id);
	memcpy(id->anchor, anchor->name, sizeof(id->anchor));
	id->chain = check_passed();
	return 0;
}
