/* SPDX-License-Identifier: Apache-2.0 */
/* One CRL. Private to identity/. */
#pragma once

#include <openssl/types.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/set.h"
#include "base/sizes.h"
#include "identity/crl_limit.h"

struct bytes;

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
int crl_decode(struct bytes in, X509_CRL **ret);

/* Why the list can only revoke, as far as the list itself tells. */
enum crl_limit crl_limit_of(X509_CRL *crl);

/* What the list says by itself: all but who signed it. Returns 0, or as crl_decode(), or -EIO; ret->crl is owned in any case. */
int crl_read(struct bytes in, struct revocation_list *ret);
