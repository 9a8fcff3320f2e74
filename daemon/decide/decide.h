/* SPDX-License-Identifier: Apache-2.0 */
/* The stages of the core. Pure. */
#pragma once

#include "decide/policy.h"

/* facts → recognition → policy. Always decides; starts from a decision that denies. */
void decide(const struct recognition_rules *recognition, const struct policy *policy, const struct facts *facts,
	    int64_t now_sec, struct decision *ret);
