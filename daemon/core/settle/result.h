/* SPDX-License-Identifier: Apache-2.0 */
/* The attestation result (EAR) of a verdict: docs/protocol.md section 4.5. */
#pragma once

#include <openssl/types.h>

struct config;
struct verdict;

/* Signs the verdict's facts and decision into its `ear`. Returns 0, or as ear_sign() with n_ear 0. */
int result_sign(const struct config *config, EVP_PKEY *key, struct verdict *v);
