/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Label statements and registers of them (docs/protocol.md sections 4.2 and 4.3). Do not trust a decoded label until
 * its signature was verified with the key of an issuer that may speak for its scheme.
 */
#pragma once

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sizes.h"
#include "hallmark/protocol.h"
#include "hallmark/reason.h"
#include "token/product.h"

struct bytes;
struct sign1;
struct writer;

struct label_class {
	struct product product;                /* swversion is not used: the range is */
	char version_from[33], version_to[33]; /* "" when the class does not require a firmware version */
	enum version_scheme version_scheme;
};

/* Claim 271 as a range, into a struct label_class. */
extern const struct claim_type claim_range;

/* The statement itself, without signature data. It owns its classes: release it with label_done(). */
struct label {
	char issuer[ISSUER_SIZE];       /* iss: who signed */
	char number[LABEL_NUMBER_SIZE]; /* sub: the label's number at its scheme */
	char scheme[SCHEME_ID_SIZE];
	uint8_t level; /* from 1, in the scheme's own order */
	char level_name[24];
	enum hallmark_basis basis;
	char category[CATEGORY_SIZE];
	char field[CATEGORY_SIZE];
	char scheme_version[24];
	char lab[64];
	char extends[LABEL_NUMBER_SIZE];
	char further[HALLMARK_FURTHER_MAX][FURTHER_SIZE]; /* further evidence that the issuer has seen */
	size_t n_further;
	char status_uri[STATUS_URI_SIZE];  /* of the status list that may revoke the label; "" when there is none */
	int64_t status_index;              /* of the label in that list */
	int64_t nbf_sec, exp_sec, iat_sec; /* exp is required: TIME_FOREVER is not allowed */
	int64_t support_until_sec;         /* 0 when not given */
	struct label_class *classes; /* owned; 1 to HALLMARK_CLASSES_MAX, on the heap since most labels have one */
	size_t n_classes;
	uint8_t anchors[HALLMARK_ANCHORS_MAX][SHA256_LEN]; /* SHA-256 of CA certificates, DER */
	size_t n_anchors;
};

/* Whether the label has a place in a status list. */
static inline bool label_names_status(const struct label *label)
{
	return label->status_uri[0] != '\0';
}

/* An issuer's clock may be TIME_SLACK_SEC ahead of ours: what it has issued just now counts as begun. */
bool label_has_begun(const struct label *label, int64_t now_sec);

/* There is no time at which it counts. */
bool label_ends_first(const struct label *label);

/* A zeroed or released label is allowed. */
void label_done(struct label *label);

/*
 * Decodes the claims of one statement (a checked map, as in a register). Returns 0 and sets *ret_reason to
 * REASON_ADMITTED or a reason of check 10 (10xx); a negative errno for our own faults. When the reason is
 * REASON_ADMITTED, release *ret with label_done(); else it owns nothing.
 */
int label_decode_claims(struct bytes claims, struct label *ret, enum hallmark_reason *ret_reason);

/* Decodes one signed statement; *ret_token borrows from `in`. Returns the same. */
int label_decode(struct bytes in, struct sign1 *ret_token, struct label *ret, enum hallmark_reason *ret_reason);

/* Encodes the claims map. Returns 0, -E2BIG, or -EINVAL for a text that cannot be encoded. */
int label_encode_claims(const struct label *label, struct writer *w);

/* Signs one statement; kid is the key's id. Returns 0, or as label_encode_claims() and sign1_sign(). */
int label_sign(const struct label *label, EVP_PKEY *key, struct writer *w);

/* A register: decoded, not trusted until verified with its issuer's key. */
struct label_register {
	char issuer[ISSUER_SIZE];
	int64_t iat_sec, exp_sec;
	uint64_t sequence;
	uint8_t is_complete;  /* 1: older labels of this issuer that are not in it are withdrawn */
	struct label *labels; /* owned; the issuer of each is the register's */
	size_t n_labels;
};

void label_register_done(struct label_register *r);

/* As label_decode(). When the reason is REASON_ADMITTED, release *ret with label_register_done(). */
int label_register_decode(struct bytes in, struct sign1 *ret_token, struct label_register *ret,
			  enum hallmark_reason *ret_reason);

/* Indexes, from 0, of two statements of a register that have the same number. */
struct label_pair {
	size_t first, second;
};

/* Compares two label numbers for sorting; 0: they are the same except for spaces and case. */
int label_number_compare(const char *a, const char *b);

/*
 * Statements of one scheme whose numbers are the same except for spaces and case: a reader cannot know which of them is
 * valid. Returns how many pairs there are and sets as many as fit, or -ENOMEM.
 */
int label_register_find_twice(const struct label_register *r, struct label_pair *ret, size_t max);

int label_register_sign(const struct label_register *r, EVP_PKEY *key, struct writer *w);
