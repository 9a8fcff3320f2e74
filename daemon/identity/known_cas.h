/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CAs that devices presented: decoded, and with the issuer with whose key their signature was verified. Either costs as much as all
 * else of a certificate, and many devices have the same. Private to identity/. Nothing else is saved: dates, constraints, policies and
 * revocation are checked every time, and each device's own signature is verified.
 */
#pragma once

#include <openssl/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/sizes.h"

#define KNOWN_CAS_MAX 16 /* makers in one building, some with two */

struct known_cas;

struct known_cas *known_cas_new(void); /* NULL: no memory */
void known_cas_free(struct known_cas *k);

/* Borrowed; NULL: it is not there. */
X509 *known_cas_find(const struct known_cas *k, const uint8_t hash[static SHA256_LEN]);

/* Whether `ca` is kept, and `issuer` is the certificate that its signature was verified with. */
bool known_cas_is_signed(const struct known_cas *k, const X509 *ca, const X509 *issuer);

/*
 * Keeps references to a CA and to its issuer, which has signed it, in place of the oldest ones when there is no room. `hash` is that of
 * the CA's DER.
 */
void known_cas_keep(struct known_cas *k, const uint8_t hash[static SHA256_LEN], X509 *ca, X509 *issuer);
