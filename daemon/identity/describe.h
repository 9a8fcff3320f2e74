/* SPDX-License-Identifier: Apache-2.0 */
/* What a certificate or a CRL says, as text. Nothing is judged or verified. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sizes.h"
#include "identity/crl_limit.h"

struct bytes;

#define CRL_SERIALS_MAX 20 /* of a CRL that are shown */
#define SERIAL_SIZE     48 /* 20 bytes in hex (RFC 5280 section 4.1.2.2), with reserve */

/* Names are in the form of RFC 4514. A time that cannot be read is 0. */
struct certificate_text {
	char subject[256], issuer[256], serial[SERIAL_SIZE], key[32];
	int64_t not_before_sec, not_after_sec;
	char fault[192]; /* of these two, and the remedy; "" for none */
	bool is_ca;
	uint8_t hash[SHA256_LEN]; /* of the DER */
};

struct crl_text {
	char issuer[256];
	int64_t this_update_sec, next_update_sec;
	size_t n_revoked;
	char revoked[CRL_SERIALS_MAX][SERIAL_SIZE];
	enum crl_limit limit;
};

/* Returns 0, -EBADMSG unless it is exactly one certificate in DER, or -EIO. */
int certificate_describe(struct bytes der, struct certificate_text *ret);

/* Returns 0, -EBADMSG unless it is exactly one CRL in PEM or DER, -E2BIG over the limit of a CRL, or -ENOMEM. */
int crl_describe(struct bytes in, struct crl_text *ret);

/*
 * Why anchors_add_crl() refused this with that error, and the remedy, as "it is …; …". NULL for an error that says nothing about
 * the list.
 */
const char *crl_fault(int error, struct bytes in);
