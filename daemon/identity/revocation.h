/* SPDX-License-Identifier: Apache-2.0 */
/* CRLs: decoding them, and check 4 of a path. Private to identity/. */
#pragma once

#include <openssl/types.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/set.h"
#include "base/sizes.h"
#include "identity/crl_limit.h"

struct anchors;
struct answers;
struct bytes;
struct identity;

/* A decoded CRL; `limit` says what it can show. */
struct revocation_list {
	X509_CRL *crl; /* owned */
	struct set_mark mark;
	int64_t this_update_sec, next_update_sec;
	enum crl_limit limit;      /* CRL_IS_COMPLETE: it vouches for what it does not name, while it is current */
	uint8_t scope[SHA256_LEN]; /* which part of the CA's revocations it has; all zero: everything */
	bool is_delta, is_of_attributes;
	bool stale_refuse;
	bool is_configured;         /* that signer is a configured CA */
	bool is_signer_known;       /* a CA's key verified the signature: */
	uint8_t signer[SHA256_LEN]; /* SHA-256 of its SubjectPublicKeyInfo */
};

/* Exactly one CRL, in PEM or DER. Returns 0, -ENOTUNIQ for several, -EBADMSG for anything else, -E2BIG, -ENOMEM. */
int revocation_decode(struct bytes in, X509_CRL **ret);

/* Why the list can only revoke, as far as the list itself tells. */
enum crl_limit revocation_limit(X509_CRL *crl);

void revocation_free(struct anchors *a);

/* The part of anchors_answers() that is about CRLs. */
int revocation_answers(const struct anchors *a, const struct anchors *former, int64_t now_sec, struct answers *ret);

/*
 * Judges all certificates of a verified path except the last, each by the CRLs of its CA. Sets revocation and
 * next_update_sec of *id. Returns 0 or -EIO.
 */
int revocation_judge(STACK_OF(X509) * path, const struct anchors *anchors, int64_t now_sec, struct identity *id);
