/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Label statements and registers of them (docs/protocol.md sections 4.2 and 4.3). A decoded label is
 * untrusted until its signature was verified with the key of an issuer that may speak for its scheme.
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
	char version_from[33], version_to[33]; /* "" when the class is not bound to a firmware version */
	enum version_scheme version_scheme;
};

/* Claim 271 as a range, into a struct label_class. */
extern const struct claim_type claim_range;

/* The statement itself, without how it was signed. It owns its classes: release it with label_done(). */
struct label {
	char issuer[ISSUER_SIZE];       /* iss: who signed */
	char number[LABEL_NUMBER_SIZE]; /* sub: the label's number at its scheme */
	char scheme[SCHEME_ID_SIZE];
	uint8_t level; /* from 1, the scheme's own order */
	char level_name[24];
	enum hallmark_basis basis;
	char category[CATEGORY_SIZE];
	char field[CATEGORY_SIZE];
	char scheme_version[24];
	char lab[64];
	char extends[LABEL_NUMBER_SIZE];
	char further[HALLMARK_FURTHER_MAX][FURTHER_SIZE]; /* further evidence that the issuer has seen */
	size_t n_further;
	char status_uri[STATUS_URI_SIZE];  /* of the status list that may take the label back; "" when there is none */
	int64_t status_index;              /* of the label in that list */
	int64_t nbf_sec, exp_sec, iat_sec; /* TIME_FOREVER for exp is not allowed: exp is required */
	int64_t support_until_sec;         /* 0 when not given */
	struct label_class *classes;       /* owned; 1 to HALLMARK_CLASSES_MAX, on the heap since most have one */
	size_t n_classes;
	uint8_t anchors[HALLMARK_ANCHORS_MAX][SHA256_LEN]; /* SHA-256 of CA certificates, DER */
	size_t n_anchors;
};

/* Whether it has a place in a status list. */
static inline bool label_names_status(const struct label *label)
{
	return label->status_uri[0] != '\0';
}

/* Accepts a zeroed label and one already released. */
void label_done(struct label *label);

/*
 * Decodes the claims of one statement (a checked map, as in a register). Returns 0 with *ret_reason
 * REASON_ADMITTED or one of the label checks' (10xx); negative errno for our own faults. *ret must be
 * released with label_done() when the reason is REASON_ADMITTED; else it owns nothing.
 */
int label_decode_claims(struct bytes claims, struct label *ret, enum hallmark_reason *ret_reason);

/* Decodes one signed statement; *ret_token borrows from `in`. Same results. */
int label_decode(struct bytes in, struct sign1 *ret_token, struct label *ret, enum hallmark_reason *ret_reason);

/* Encodes the claims map. Returns 0, -E2BIG, or -EINVAL for a text that has no encoding. */
int label_encode_claims(const struct label *label, struct writer *w);

/* Signs one statement; kid is the key's id. Returns 0, or as label_encode_claims() and sign1_sign(). */
int label_sign(const struct label *label, EVP_PKEY *key, struct writer *w);

/* A register: decoded, untrusted until verified with its issuer's key. */
struct label_register {
	char issuer[ISSUER_SIZE];
	int64_t iat_sec, exp_sec;
	uint64_t sequence;
	uint8_t is_complete;  /* 1: of this issuer's labels that were signed before, no others are in force */
	struct label *labels; /* owned; the issuer of each is the register's */
	size_t n_labels;
};

void label_register_done(struct label_register *r);

/* As label_decode(); *ret must be released with label_register_done() when the reason is REASON_ADMITTED. */
int label_register_decode(struct bytes in, struct sign1 *ret_token, struct label_register *ret,
			  enum hallmark_reason *ret_reason);

/* Places in a register of two statements that have one number, counted from 0. */
struct label_pair {
	size_t first, second;
};

/* Orders two numbers of labels; 0: they are the same but for spaces and case. */
int label_number_compare(const char *a, const char *b);

/*
 * Statements of one scheme whose numbers are the same but for spaces and case: who reads the register cannot tell which of
 * them counts. Returns how many pairs there are and sets those that there is room for, or -ENOMEM.
 */
int label_register_find_twice(const struct label_register *r, struct label_pair *ret, size_t max);

int label_register_sign(const struct label_register *r, EVP_PKEY *key, struct writer *w);
