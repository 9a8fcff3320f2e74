/* SPDX-License-Identifier: Apache-2.0 */
/* Facts and recognised levels → a decision, by ordered rules. Pure. The last rule, quarantine, is built in. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/sizes.h"

struct decision;
struct facts;
struct recognised;

#define ZONE_QUARANTINE 0 /* zero is no */

struct zone {
	char name[ZONE_NAME_SIZE];
};

struct rule {
	char name[RULE_NAME_SIZE];
	uint8_t zone; /* never ZONE_QUARANTINE */
	uint32_t lifetime_sec;
	uint32_t required;            /* mask of CHECK_BIT; never empty */
	bool accepts_unknown_status;  /* labels that name a status list also count when no current list confirms them */
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

/*
 * `recognised` has one entry for each of facts->labels. The first rule that any label satisfies decides. A rule that
 * requires no label check can be satisfied without a label.
 */
void policy_decide(const struct policy *policy, const struct facts *facts, const struct recognised *recognised,
		   int64_t now_sec, struct decision *ret);

/* The zone of that name, or -1. */
int zone_by_name(const struct policy *p, const char *name);

/* Whether an earlier rule leads to `zone`. */
bool zone_is_better(const struct policy *p, const char *zone, const char *than);
