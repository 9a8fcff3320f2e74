/* SPDX-License-Identifier: Apache-2.0 */
/* Of many labels, those that go on. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "decide/policy.h"
#include "decide/scheme.h"

struct appraised_label;
struct facts;

/* All that decides on facts: of the configuration, what a worker and a judge have too. */
struct rules {
	struct recognition_rules recognition;
	struct policy policy;
};

/*
 * Which labels go on when there are more than HALLMARK_LABELS_MAX: by what each alone gets the device, of each issuer the
 * best one before any second. Puts them into facts->labels, those that were sent first. Returns 0 or -ENOMEM.
 */
int policy_choose(const struct rules *rules, const struct appraised_label *labels, size_t n, int64_t now_sec,
		  struct facts *facts);
