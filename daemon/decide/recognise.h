/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Schemes and arrangements → the level of the home scheme for a label. Pure. There is exactly one step, so a chain of
 * arrangements cannot be expressed.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "appraise/expiry.h"
#include "base/check_result.h"
#include "base/sizes.h"
#include "decide/scheme.h"

struct appraised_label;
struct label_facts;

/* The answer for one label. Zeroed, nothing is recognised. */
struct recognised {
	struct check_result check;             /* check 15 */
	struct check_result validity;          /* check 13, with the scheme's limit on the length of the period */
	struct check_result status;            /* check 14, with the scheme's rule on suspended labels */
	uint8_t level;                         /* of the home scheme; 0 when check has not passed */
	enum arrangement_mode mode;            /* MODE_NONE for the home scheme's own labels */
	char arrangement[ARRANGEMENT_ID_SIZE]; /* "" for the home scheme's own labels; also set when it refused */
	struct expiry expiry;                  /* of the arrangement */
};

/*
 * Finds the level that the home scheme gives one label at now_sec. When several arrangements apply, the highest level
 * counts, then the one that lasts longest. When none applies, the reason is that of the one that came furthest. Uses
 * only the label's own content and does not judge it, except that some schemes accept a suspended label.
 */
void recognise(const struct recognition_rules *r, const struct label_facts *label, int64_t now_sec,
	       struct recognised *ret);

/*
 * Marks each label that a valid extension replaces, directly or through others: label-superseded. All labels are of one
 * device.
 */
void labels_supersede(const struct recognition_rules *r, struct appraised_label *labels, size_t n, int64_t now_sec);
