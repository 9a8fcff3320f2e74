/* SPDX-License-Identifier: Apache-2.0 */
/* One certificate: decoding, what it says of the device, and the rules of the profile. Private to identity/. */
#pragma once

#include <openssl/types.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/sizes.h"
#include "hallmark/reason.h"

struct bytes;
struct identity;

DEFINE_CLEANUP(X509 *, X509_free);

/* Decodes exactly one certificate in DER. Returns 0 and sets *ret (release with X509_free()), or -EBADMSG. */
int certificate_decode(struct bytes der, X509 **ret);

/* SHA-256 of the certificate, and of its SubjectPublicKeyInfo. Both return 0 or -EIO. */
int certificate_hash(const X509 *certificate, uint8_t ret[static SHA256_LEN]);
int certificate_device(const X509 *certificate, uint8_t ret[static SHA256_LEN]);

/* P-256 or P-384 as named curves (RFC 5480), or Ed25519 (RFC 8410). */
bool certificate_key_fits(const X509 *certificate);

/* ECDSA with SHA-256, SHA-384 or SHA-512, or Ed25519. */
bool signature_fits(int nid);

/*
 * Version 3, a CA certificate that may sign certificates, and no unknown critical extension: REASON_ADMITTED. Else
 * REASON_CHAIN_CA or, for the extension, REASON_CHAIN_EXTENSION.
 */
enum hallmark_reason certificate_check_ca(X509 *certificate);

/* TIME_FOREVER for 99991231235959Z (IEEE 802.1AR-2018 section 8.7), 0 for a time that cannot be read. */
int64_t certificate_not_after(const X509 *certificate);

/* A distinguished name in the form of RFC 4514, truncated to size; "" when it cannot be printed. */
void name_to_text(const X509_NAME *name, char *ret, size_t size);

/* Makes check 2 on a device's certificate and reads its names into *id. Returns 0, -ENOMEM or -EIO. */
int certificate_judge(X509 *leaf, int64_t now_sec, struct identity *id);
