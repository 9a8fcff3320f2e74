/* SPDX-License-Identifier: Apache-2.0 */
/* The attestation result (EAR, draft-ietf-rats-ear-04; docs/protocol.md section 4.5), signed by the gateway. */
#pragma once

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sizes.h"
#include "hallmark/protocol.h"

struct bytes;
struct sign1;
struct writer;

#define EAR_REASONS_MAX 16

/* AR4SI tiers, draft-ietf-rats-ar4si-10 section 3.2 */
enum ear_status {
	EAR_NONE = 0,
	EAR_AFFIRMING = 2,
	EAR_WARNING = 32,
	EAR_CONTRAINDICATED = 96,
};

/* Returns a static name, as "affirming"; "none" for EAR_NONE and for numbers that are not a tier. */
const char *ear_status_name(enum ear_status status);

/* Trustworthiness claims, draft-ietf-rats-ar4si-10 section 2.3.4; 0: no claim. */
struct ear_vector {
	int instance_identity; /* key 0: 2, 96, 97, 99 */
	int configuration;     /* key 1: 2, 32, 96, 99 */
	int executables;       /* key 2: 2, 33, 99 */
};

/* The tier of the worst claim (section 2.3.2): the status of a result is never better. EAR_NONE when there is no claim. */
enum ear_status ear_vector_tier(const struct ear_vector *v);

struct ear {
	int64_t iat_sec, exp_sec;
	uint8_t handles[HALLMARK_NONCES_MAX][HALLMARK_HANDLE_LEN]; /* echoed */
	size_t n_handles;
	char verifier[64]; /* verifier-id: developer is "hallmarkd", build is this: the gateway's name */
	enum ear_status status;
	struct ear_vector vector;
	char policy[32]; /* the only one */
	/* the admission, claim -846003 */
	char scheme[SCHEME_ID_SIZE]; /* "" when no label counted */
	uint8_t level;
	char home_scheme[SCHEME_ID_SIZE];
	uint8_t home_level;   /* 0: none recognised */
	uint8_t issuer_role;  /* enum hallmark_issuer_role, of the label's signer */
	char arrangement[16]; /* "" for the home scheme's own labels */
	char label_number[LABEL_NUMBER_SIZE];
	char zone[ZONE_NAME_SIZE];
	uint16_t reasons[EAR_REASONS_MAX];
	size_t n_reasons;
	char expires_first[24];
	int64_t renew_after_sec;
};

/* Returns 0, or as sign1_sign(). kid is the key's id. */
int ear_sign(const struct ear *ear, EVP_PKEY *key, struct writer *w);

/* Whether this key signed the result, by its kid. */
bool ear_is_of(struct bytes in, EVP_PKEY *key);

/* Signs the claims of a result that another key signed, whatever they are. Returns as sign1_decode() and sign1_sign(). */
int ear_sign_again(struct bytes in, EVP_PKEY *key, struct writer *w);

/* Returns 0, -EBADMSG or -E2BIG; *ret_token borrows from `in`. Does not verify the signature. */
int ear_decode(struct bytes in, struct sign1 *ret_token, struct ear *ret);
