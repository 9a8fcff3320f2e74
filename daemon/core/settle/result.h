/* SPDX-License-Identifier: Apache-2.0 */
/* The attestation result (EAR) of a verdict: docs/protocol.md section 4.5. */
#pragma once

#include <openssl/types.h>
#include <stdbool.h>

struct config;
struct verdict;

/* Signs the verdict's facts and decision into its `ear`. Returns 0, or as ear_sign() with n_ear 0. */
int result_sign(const struct config *config, EVP_PKEY *key, struct verdict *v);

/* The verdict has changed: its result is signed when the device asks for it. That of a restored admission says the same, and stays. */
void result_drop(struct verdict *v);

/*
 * For a device that asks: signs what was not signed yet; and after a change of the result key the same claims anew, if another key
 * signed them. Returns 0, or as ear_sign() or ear_sign_again() with the former result unchanged.
 */
int result_renew(const struct config *config, EVP_PKEY *key, struct verdict *v, bool *ret_is_new);
