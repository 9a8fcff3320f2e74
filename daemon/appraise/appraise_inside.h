/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of an appraisal. Private to appraise.c, which verifies the inputs and states the facts, and checks.c,
 * which only examines them.
 */
#pragma once

#include "appraise/appraise.h"
#include "base/dependency.h"
#include "token/evidence.h"

struct candidate;
struct label;

/* Everything that a check may examine. */
struct context {
	const struct identity *id;
	const struct channel *channel;
	const struct trust *trust;
	int64_t now_sec;
	struct evidence evidence;             /* only when evidence_reason is REASON_ADMITTED */
	enum hallmark_reason evidence_reason; /* of check 5 */
	int64_t evidence_not_after_sec;       /* of the certificates of the evidence's key */
	int64_t evidence_next_update_sec;     /* of their CRLs */
	struct candidate *labels;             /* owned: those that were sent come first */
	size_t n_labels, n_sent;
	const struct candidate *label; /* the label that checks 10 to 14 examine now */
	uint32_t passed;               /* mask, so far */
	struct dependencies rests_on;  /* questions asked of the trust material */
};

/* Makes the checks of the set, in the order of their numbers, and notes in c->passed which passed. */
void checks_make(struct context *c, uint32_t set, struct check_result ret[static _CHECK_MAX]);

/* --- Used by checks and facts --- */

/* Whether the label names a CA of the chain. */
bool label_names_chain(const struct label *label, const struct identity *id);

/*
 * Of the labels that vouch for a chain without a configured anchor, the one that does so longest. Returns false when
 * there is none.
 */
bool voucher_find(const struct context *c, struct expiry *ret);

/* Whether the handle is a nonce or the channel value of this session. */
bool handle_is_of_session(const struct context *c, struct bytes handle);

/* Whether certificate and evidence name the same device, by maker and serial number. */
enum hallmark_reason device_is_same(const struct identity *id, const struct evidence *evidence);

/* Check 9, and until when its result is valid. */
struct check_result firmware_find(const struct context *c, int64_t *ret_until_sec);

/*
 * Whether one of the label's classes matches the product; *ret_bound tells whether that class names a range of
 * versions.
 */
/* States the class of the label that is nearest to a product that none of its classes covers. */
void class_find_nearest(const struct label *label, const struct product *product, struct label_facts *ret);

enum hallmark_reason class_find(const struct label *label, const struct product *product, bool *ret_bound);
