/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy decides about a device. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "appraise/expiry.h"
#include "base/sizes.h"
#include "hallmark/reason.h"

/* Why one rule did not admit the device, for the label that came closest. */
struct rule_refusal {
	enum hallmark_reason reason;
	uint32_t missing; /* checks that the rule requires and that did not pass */
};

/* Only policy_decide() makes it. Zeroed, it is quarantine for an internal reason. Fixed size, no pointers. */
struct decision {
	uint8_t device[SHA256_LEN];
	uint8_t zone;
	int8_t rule;                 /* index, or -1 for the built-in one */
	int8_t label;                /* index into facts->labels of the label that counted or came closest; -1: none */
	enum hallmark_reason reason; /* REASON_ADMITTED, or the first reason of the rule that came closest */
	uint32_t missing;            /* checks missing for that rule */
	uint8_t home_level;          /* recognised */
	char arrangement[ARRANGEMENT_ID_SIZE];
	int64_t decided_sec;
	struct expiry expiry; /* until when, and which input ends first; for a denial at_sec = decided_sec */
	struct rule_refusal refusals[RULES_MAX]; /* of the rules before the one that admitted it */
	uint8_t n_refusals;
};

/*
 * Whether an operator's order made it: then it has no rule and no label. policy_decide() never makes such a decision.
 */
static inline bool decision_is_ordered(const struct decision *d)
{
	return d->reason == REASON_OPERATOR_QUARANTINE || d->reason == REASON_OPERATOR_ALLOWED;
}
