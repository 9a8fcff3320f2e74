/* SPDX-License-Identifier: Apache-2.0 */
/* The CRLs that anchors hold, and which of them count. Private to identity/. */
#pragma once

#include <openssl/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/sizes.h"

struct anchors;
struct revocation_list;

void crl_lists_free(struct anchors *a);

/* SHA-256 of a CA's SubjectPublicKeyInfo. Returns 1, 0 when that CA may not sign CRLs, or -EIO. */
int crl_signer_of(X509 *ca, uint8_t ret[static SHA256_LEN]);

/* Whether the list has this CA's name and is signed with its key, whose digest is `signer`. */
bool crl_is_of(struct revocation_list *list, X509 *ca, const uint8_t signer[static SHA256_LEN]);

/* Whether `later`, of the same CA, contains everything that this list would. */
bool crl_supersedes(const struct revocation_list *later, const struct revocation_list *list);

/* Whether a list that is held supersedes it. */
bool crl_is_followed(const struct anchors *a, const struct revocation_list *list);
