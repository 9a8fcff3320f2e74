/* SPDX-License-Identifier: Apache-2.0 */
/* Checks 3 and 4, as far as certificates alone can answer them. Private to identity/. */
#pragma once

#include <openssl/types.h>
#include <openssl/x509.h>
#include <stdint.h>

struct anchors;
struct identity;

/*
 * Builds and verifies a path from presented[0] through the others to a configured anchor. Sets chain, path, anchor,
 * not_after_sec and the result of check 4 in *id. Without an anchor the path ends with the last matching certificate
 * that was presented. Returns 0, -ENOMEM or -EIO.
 */
int chain_verify(STACK_OF(X509) * presented, const struct anchors *anchors, int64_t now_sec, struct identity *id);
