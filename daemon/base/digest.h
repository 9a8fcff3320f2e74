/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 with a digest that is fetched once. */
#pragma once

#include <stdint.h>

#include "bytes.h"

#define SHA256_LEN      32
#define SHA256_HEX_SIZE (2 * SHA256_LEN + 1)

/* Returns 0, or -EIO when OpenSSL fails (ret is then all zero). */
int digest_sha256(struct bytes b, uint8_t ret[static SHA256_LEN]);
