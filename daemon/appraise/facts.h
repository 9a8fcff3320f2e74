/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the appraisal found. A plain record of fixed size without pointers: a judge sends it to the core in one
 * message, and the store keeps it.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "appraise/expiry.h"
#include "base/check_result.h"
#include "base/clock.h"
#include "base/dependency.h"
#include "base/record.h"
#include "base/sizes.h"
#include "hallmark/check.h"
#include "hallmark/protocol.h"
#include "token/product.h"

/* What of a product a label's nearest class has otherwise. */
enum class_difference {
	CLASS_DIFFERS_NOT = 0,
	CLASS_DIFFERS_MAKER,
	CLASS_DIFFERS_MODEL,
	CLASS_DIFFERS_HWVERSION,
	CLASS_DIFFERS_SWNAME,
	CLASS_DIFFERS_VERSION,
	CLASS_DIFFERS_VERSION_SCHEME, /* only it: versions of two schemes cannot be compared */
	_CLASS_DIFFERS_MAX,
};

/*
 * One label, as far as it was verified; its checks are 10 to 14. When check 10 did not pass, issuer and number are the
 * claims of an unknown signer, for display only, and the rest is zero.
 */
#define LABEL_FACTS_FIELDS(ONE, MANY)                                                                                  \
	MANY(TEXT, char, issuer, [ISSUER_SIZE])                                                                        \
	MANY(TEXT, char, number, [LABEL_NUMBER_SIZE])                                                                  \
	MANY(TEXT, char, scheme, [SCHEME_ID_SIZE])                                                                     \
	MANY(TEXT, char, category, [CATEGORY_SIZE])                                                                    \
	MANY(TEXT, char, field, [CATEGORY_SIZE])                                                                       \
	MANY(TEXT, char, scheme_version, [24])                                                                         \
	MANY(TEXTS, char, further, [HALLMARK_FURTHER_MAX][FURTHER_SIZE], n_further)                                    \
	ONE(INT, uint8_t, n_further, 0, HALLMARK_FURTHER_MAX)                                                          \
	ONE(ANY, uint8_t, level) /* the scheme defines its levels; recognition refuses others */                       \
	ONE(INT, uint8_t, basis, 0, HALLMARK_BASIS_RECOGNITION)   /* enum hallmark_basis */                            \
	ONE(INT, uint8_t, issuer_role, 0, HALLMARK_ISSUER_SCHEME) /* enum hallmark_issuer_role */                      \
	ONE(FLAG, uint8_t, from_register)                                                                              \
	ONE(FLAG, uint8_t, firmware_bound) /* the class that matched names a range of firmware versions */             \
	ONE(FLAG, uint8_t, is_extension)   /* it extends another label */                                              \
	ONE(INT, uint8_t, n_classes, 0, HALLMARK_CLASSES_MAX)                                                          \
	ONE(INT, uint8_t, class_differs, 0,                                                                            \
	    _CLASS_DIFFERS_MAX - 1)        /* of the nearest class, when none is the device's */                       \
	MANY(TEXT, char, class_said, [70]) /* what that class has there */                                             \
	ONE(FLAG, uint8_t,                                                                                             \
	    names_status) /* it names a status list, and counts only while that list says it is valid */               \
	ONE(INT, int64_t, nbf_sec, 0, TIME_MAX)                                                                        \
	ONE(INT, int64_t, exp_sec, 0, TIME_MAX)                                                                        \
	ONE(END, int64_t, register_exp_sec, 0) /* TIME_FOREVER: it is in none */                                       \
	ONE(ANY, uint64_t, status_list)        /* status_question(), and */                                            \
	ONE(ANY, uint64_t, status_entry)       /* status_entry_question(): what check 14 asked (decide/restate.h) */   \
	ONE(PART, expiry, expiry)              /* of this label: expiry_of_label() */                                  \
	MANY(CHECKS, check_result, checks, [_CHECK_MAX], CHECKS_OF_LABEL)
RECORD(label_facts, LABEL_FACTS_FIELDS)

/* Where the evidence says that the device is; zeroed: it does not say. */
#define PLACE_CLAIM_FIELDS(ONE, MANY)                                                                                  \
	ONE(ADDRESS, in6_addr, own) /* IPv4 as mapped */                                                               \
	ONE(ADDRESS, in6_addr, gateway)                                                                                \
	MANY(BYTES, uint8_t, link, [HALLMARK_LINK_MAX], n_link)                                                        \
	ONE(INT, uint8_t, n_link, 0, HALLMARK_LINK_MAX)                                                                \
	ONE(FLAG, uint8_t, is_said)                                                                                    \
	MANY(ZERO, uint8_t, reserved, [2])
RECORD(place_claim, PLACE_CLAIM_FIELDS)

/* Only appraise() makes it. Zeroed, it denies everything. Claims of the evidence are here only when check 5 passed. */
#define FACTS_FIELDS(ONE, MANY)                                                                                        \
	MANY(ANY, uint8_t, device, [SHA256_LEN])                                                                       \
	MANY(BYTES, uint8_t, ueid, [UEID_MAX], n_ueid)                                                                 \
	ONE(INT, uint8_t, n_ueid, 0, UEID_MAX)                                                                         \
	ONE(PART, product, product)                                                                                    \
	ONE(INT, uint8_t, debug, 0, _DEBUG_MAX - 1) /* enum debug_status */                                            \
	ONE(INT, uint8_t, n_handles, 0, HALLMARK_NONCES_MAX)                                                           \
	MANY(TEXT, char, anchor, [48])                                                                                 \
	MANY(TEXT, char, mud_url, [128])                                                                               \
	/* those of this session */                                                                                    \
	MANY(BYTES, uint8_t, handles, [HALLMARK_NONCES_MAX][HALLMARK_HANDLE_LEN], n_handles)                           \
	ONE(PART, place_claim, place)                                                                                  \
	/* CHECK_CHAIN includes anchors of labels. CHECK_PLACE is the core's to set, which asks the kernel */          \
	MANY(CHECKS, check_result, checks, [_CHECK_MAX], CHECKS_OF_DEVICE)                                             \
	ONE(INT, uint8_t, n_labels, 0, HALLMARK_LABELS_MAX)                                                            \
	/* what status lists say decides check 14 and the end of these labels, and nothing else */                     \
	ONE(FLAG, uint8_t, status_is_apart)                                                                            \
	MANY(ZERO, uint8_t, reserved, [6])                                                                             \
	ONE(PART, expiry, expiry) /* of the identity */                                                                \
	MANY(LIST, label_facts, labels, [HALLMARK_LABELS_MAX], n_labels)                                               \
	ONE(PART, dependencies, rests_on) /* all questions asked of the trust material */
RECORD(facts, FACTS_FIELDS)
