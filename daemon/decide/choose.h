/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the labels that are used, of many. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "decide/policy.h"
#include "decide/scheme.h"

struct appraised_label;
struct facts;

/* Everything from the configuration that decides on facts; judges have it too. */
struct rules {
	struct recognition_rules recognition;
	struct policy policy;
};

/*
 * Chooses labels when there are more than HALLMARK_LABELS_MAX: by what each alone would get the device, and the best
 * one of each issuer before any second one. Puts them into facts->labels, sent ones first. Returns 0 or -ENOMEM.
 */
int policy_choose(const struct rules *rules, const struct appraised_label *labels, size_t n, int64_t now_sec,
		  struct facts *facts);
