/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the appraisal found. A plain record of fixed size without pointers: the worker sends it to the core in one
 * message, and the store keeps it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "appraise/expiry.h"
#include "base/check_result.h"
#include "base/dependency.h"
#include "base/sizes.h"
#include "hallmark/check.h"
#include "hallmark/protocol.h"
#include "token/product.h"

/*
 * One label, as far as it was verified; its checks are 10 to 14. When check 10 did not pass, issuer and number are the
 * claims of an unknown signer, for display only, and the rest is zero.
 */
struct label_facts {
	char issuer[ISSUER_SIZE];
	char number[LABEL_NUMBER_SIZE];
	char scheme[SCHEME_ID_SIZE];
	char category[CATEGORY_SIZE];
	char field[CATEGORY_SIZE];
	char scheme_version[24];
	char further[HALLMARK_FURTHER_MAX][FURTHER_SIZE];
	uint8_t level;
	uint8_t basis;       /* enum hallmark_basis */
	uint8_t issuer_role; /* enum hallmark_issuer_role */
	uint8_t n_further;
	bool from_register;
	bool firmware_bound; /* the class that matched names a range of firmware versions */
	bool is_extension;   /* it extends another label */
	bool names_status;   /* it names a status list, and counts only while that list says it is valid */
	int64_t nbf_sec, exp_sec;
	struct expiry expiry;                   /* of this label: label, register, status list */
	struct check_result checks[_CHECK_MAX]; /* only CHECKS_OF_LABEL are set */
};

/* Only appraise() makes it. Zeroed, it denies everything. Claims of the evidence are here only when check 5 passed. */
struct facts {
	uint8_t device[SHA256_LEN];
	uint8_t ueid[UEID_MAX];
	uint8_t n_ueid;
	struct product product;
	enum debug_status debug;
	char anchor[48];
	char mud_url[128];
	uint8_t handles[HALLMARK_NONCES_MAX][HALLMARK_HANDLE_LEN]; /* those of this session */
	uint8_t n_handles;
	struct check_result checks[_CHECK_MAX]; /* CHECKS_OF_DEVICE; CHECK_CHAIN includes anchors of labels */
	struct expiry expiry;                   /* of the identity */
	struct label_facts labels[HALLMARK_LABELS_MAX];
	uint8_t n_labels;
	struct dependencies rests_on; /* all questions asked of the trust material */
};
