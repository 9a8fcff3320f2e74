/* SPDX-License-Identifier: Apache-2.0 */
/* The gateway's answer, for a person or a program. */
#pragma once

#include <openssl/types.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "hallmark/reason.h"
#include "token/ear.h"

struct answer;

/* The exit status of hallmark-attester. */
enum outcome {
	OUTCOME_AFFIRMED = 0,
	OUTCOME_WARNING = 1,
	OUTCOME_CONTRAINDICATED = 2,
	OUTCOME_REFUSED = 3,
	OUTCOME_NO_ANSWER = 4,
	OUTCOME_USAGE = 64,
};

/* A result whose echo was checked, and whose signature was checked if there was a key. */
struct result {
	struct ear ear;
	bool signature_verified;
	bool gateway_authenticated;
};

/*
 * Reads an answer of 2.xx. `key` (may be NULL) is the gateway's. `handle` must be echoed (NULL: none was sent). Returns
 * 0, -EBADMSG for what is not a result, -EKEYREJECTED for a signature that does not verify or a result for other
 * evidence (all logged), or -EIO.
 */
int result_decode(const struct answer *answer, EVP_PKEY *key, const uint8_t *handle, struct result *ret);

enum outcome result_outcome(const struct ear *ear);
bool result_has_reason(const struct ear *ear, enum hallmark_reason reason);

void result_show(const struct result *result, int64_t now_sec, FILE *out);
void result_show_json(const struct result *result, FILE *out);

/* For an answer that refused the request: its problem details (RFC 9290), with the code and the time to try again. */
void refusal_show(const struct answer *answer, FILE *out);
void refusal_show_json(const struct answer *answer, FILE *out);
