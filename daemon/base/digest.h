/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 with a digest that is fetched once. */
#pragma once

#include <stdint.h>

#include "base/sizes.h"

struct bytes;

/* Returns 0, or -EIO when OpenSSL fails (ret is then all zero). */
int digest_sha256(struct bytes b, uint8_t ret[static SHA256_LEN]);

/*
 * SHA-256 over a list of fields, each preceded by its length (four bytes, big-endian), so that different lists give
 * different bytes. digest_end() reports an earlier failure.
 */
struct digest;

/* Returns NULL when there is no memory. */
struct digest *digest_new(void);
void digest_free(struct digest *d);

void digest_put(struct digest *d, struct bytes field);

/* A field of eight bytes: two's complement, big-endian. */
void digest_put_number(struct digest *d, int64_t number);

/* Returns 0, or -EIO (ret is then all zero). Nothing can be added after it. */
int digest_end(struct digest *d, uint8_t ret[static SHA256_LEN]);
