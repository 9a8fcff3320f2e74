/* SPDX-License-Identifier: Apache-2.0 */
/* Facts and recognised levels → a decision, by ordered rules. Pure. The last rule, quarantine, is built in. */
#pragma once

#include "decide/recognise.h"
#include "token/ear.h"

#define ZONES_MAX       8
#define ZONE_QUARANTINE 0 /* zero is no */
#define RULES_MAX       64
#define RULE_NAME_SIZE  32

struct zone {
	char name[ZONE_NAME_SIZE];
};

struct rule {
	char name[RULE_NAME_SIZE];
	uint8_t zone; /* never ZONE_QUARANTINE */
	uint32_t lifetime_sec;
	uint32_t required;            /* mask of CHECK_BIT; never empty */
	bool accepts_unknown_status;  /* of labels that name a status list: also what no current list says to be good */
	uint8_t level;                /* of the home scheme, 0: any */
	char scheme[SCHEME_ID_SIZE];  /* of the label, "": any */
	char category[CATEGORY_SIZE]; /* "": any */
	char field[CATEGORY_SIZE];    /* "": any */
};

struct policy {
	char name[32];
	struct zone zones[ZONES_MAX]; /* [0] is quarantine */
	uint8_t n_zones;
	struct rule rules[RULES_MAX];
	uint8_t n_rules;
};

/* Why one rule did not take the device, with the label that came closest. */
struct rule_refusal {
	enum hallmark_reason reason;
	uint32_t missing; /* checks that the rule requires and that did not pass */
};

/* All that decides on facts: of the configuration, what a worker and a judge have too. */
struct rules {
	struct recognition_rules recognition;
	struct policy policy;
};

/* Comes only from policy_decide(). Zeroed, it is quarantine for an internal reason. Fixed size, no pointers. */
struct decision {
	uint8_t device[SHA256_LEN];
	uint8_t zone;
	int8_t rule;                 /* index, or -1 for the built-in one */
	int8_t label;                /* index into facts->labels of the label that counted, or came closest; -1 */
	enum hallmark_reason reason; /* REASON_ADMITTED, or the first reason of the rule that came closest */
	uint32_t missing;            /* for that rule */
	uint8_t home_level;          /* recognised */
	char arrangement[ARRANGEMENT_ID_SIZE];
	int64_t decided_sec;
	struct expiry expiry; /* until when, and which input ends first; a refusal has at_sec = decided_sec */
	struct rule_refusal refusals[RULES_MAX]; /* of the rules before the one that took it */
	uint8_t n_refusals;
};

/* Whether it is an operator's: then no rule and no label speaks for it. policy_decide() makes none such. */
static inline bool decision_is_ordered(const struct decision *d)
{
	return d->reason == REASON_OPERATOR_QUARANTINE || d->reason == REASON_OPERATOR_ALLOWED;
}

/*
 * `recognised` has one entry for each of facts->labels. The first rule that any label satisfies decides. A rule
 * that requires no label check can be satisfied without a label.
 */
void policy_decide(const struct policy *policy, const struct facts *facts, const struct recognised *recognised,
		   int64_t now_sec, struct decision *ret);

/*
 * Which labels go on when there are more than HALLMARK_LABELS_MAX: by what each alone gets the device, of each issuer the
 * best one before any second. Puts them into facts->labels, those that were sent first. Returns 0 or -ENOMEM.
 */
int policy_choose(const struct rules *rules, const struct appraised_label *labels, size_t n, int64_t now_sec,
		  struct facts *facts);

/* The zone of that name, or -1. */
int zone_by_name(const struct policy *p, const char *name);

/* Whether an earlier rule leads to it. */
bool zone_is_better(const struct policy *p, const char *zone, const char *than);
