/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Schemes and arrangements → the level of the home scheme that a label is worth. Pure: one step and
 * never two, so a chain of arrangements cannot be expressed.
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
	struct check_result check;    /* check 15 */
	struct check_result validity; /* check 13 as the label's own scheme has it of the length of its period */
	struct check_result status;   /* check 14 as the label's own scheme has it of suspended labels */
	uint8_t level;                /* of the home scheme; 0 when check has not passed */
	enum arrangement_mode mode;   /* MODE_NONE for the home scheme's own labels */
	char arrangement[ARRANGEMENT_ID_SIZE]; /* "" for the home scheme's own; also names the one that refused */
	struct expiry expiry;                  /* of the arrangement */
};

/*
 * Finds what the home scheme makes of one label at now_sec. Where several arrangements apply the highest level
 * counts, then the one that lasts longest; where none does, the reason is that of the one that came furthest.
 * Looks only at what the label says of itself: whether it is good is not its question, but for a suspension, which
 * some schemes let pass.
 */
void recognise(const struct recognition_rules *r, const struct label_facts *label, int64_t now_sec,
	       struct recognised *ret);

/*
 * Marks each label in whose place another is that continues it, at once or by way of others, and holds: label-superseded.
 * All are of one device.
 */
void labels_supersede(const struct recognition_rules *r, struct appraised_label *labels, size_t n, int64_t now_sec);
