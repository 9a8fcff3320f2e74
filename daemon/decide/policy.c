/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ordered rules over facts → one decision. A rule is tried with each label. The attempt closest to passing is kept, so
 * that a denial can say what was missing. Nothing is fetched: time is a parameter.
 */
#include "decide/policy.h"

#include <string.h>

#include "appraise/expiry.h"
#include "appraise/facts.h"
#include "base/check.h"
#include "base/check_result.h"
#include "decide/check_place.h"
#include "decide/decision.h"
#include "decide/recognise.h"
#include "hallmark/check.h"
#include "hallmark/protocol.h"
#include "hallmark/reason.h"

#define NO_LABEL (-1)

/* One rule tried with one label, or with none. Zeroed, it refuses for an internal reason. */
struct attempt {
	bool passed;
	bool meant;                  /* the rule applies to labels of this scheme, category and field */
	int label;                   /* index or NO_LABEL */
	enum hallmark_reason reason; /* of the first missing check, else of the unmet condition */
	uint32_t missing;
	struct expiry expiry; /* set when passed */
};

static struct check_result check_of(const struct facts *facts, const struct recognised *recognised, int label,
				    int check)
{
	if (CHECKS_DEVICE & CHECK_BIT(check))
		return facts->checks[check];
	if (label == NO_LABEL)
		return check_absent(REASON_LABEL_ABSENT);
	if (check == CHECK_RECOGNITION)
		return recognised[label].check;
	if (check == CHECK_LABEL_VALIDITY)
		return recognised[label].validity;
	if (check == CHECK_LABEL_STATUS)
		return recognised[label].status;
	return facts->labels[label].checks[check];
}

static bool rule_needs_label(const struct rule *rule)
{
	return (rule->required & CHECKS_LABEL) || rule->level > 0 || rule->scheme[0] || rule->category[0] ||
	       rule->field[0];
}

static bool rule_needs_recognition(const struct rule *rule)
{
	return (rule->required & CHECK_BIT(CHECK_RECOGNITION)) || rule->level > 0;
}

/*
 * An invalid label anchors no chain. Then the chain fails first, although the label is the cause that the operator must
 * see.
 */
static bool is_cause(const struct attempt *a, int check, enum hallmark_reason reason)
{
	return a->reason == REASON_CHAIN_UNANCHORED && a->label != NO_LABEL && (CHECKS_OF_LABEL & CHECK_BIT(check)) &&
	       check != CHECK_LABEL_ANCHOR && reason != REASON_NOT_EVALUATED;
}

/* A revocation binds whether or not the rule requires that check: a rule may only ignore an unknown status. */
static bool is_withdrawn(const struct check_result *result)
{
	return result->state == CHECK_FAILED && reason_takes_back(result->reason);
}

/*
 * Only its status list says whether a label that names one is still valid. Without that, the label does not count
 * unless the rule accepts it.
 */
static bool is_status_unknown(const struct rule *rule, const struct facts *facts, int label, int check)
{
	return check == CHECK_LABEL_STATUS && label != NO_LABEL && facts->labels[label].names_status &&
	       !rule->accepts_unknown_status;
}

static bool binds(const struct attempt *a, const struct rule *rule, const struct facts *facts, int check,
		  const struct check_result *result)
{
	return (rule->required & CHECK_BIT(check)) || is_withdrawn(result) ||
	       (check == CHECK_PLACE && place_is_elsewhere(result)) || is_status_unknown(rule, facts, a->label, check);
}

/* Collects the checks that the rule misses, and why the first did not pass. Returns false when all passed. */
static bool attempt_misses(struct attempt *a, const struct rule *rule, const struct facts *facts,
			   const struct recognised *recognised)
{
	for (int i = CHECK_NONE + 1; i < _CHECK_MAX; i++) {
		if (!check_is_known((enum hallmark_check)i))
			continue;

		struct check_result result = check_of(facts, recognised, a->label, i);

		if (result.state == CHECK_PASSED || !binds(a, rule, facts, i, &result))
			continue;
		if (!a->missing || is_cause(a, i, result.reason))
			a->reason = check_why_not(&result);
		a->missing |= CHECK_BIT(i);
	}
	return a->missing != 0;
}

/* Returns REASON_ADMITTED when the rule applies to labels of this kind. */
static enum hallmark_reason kind_refusal(const struct rule *rule, const struct label_facts *label)
{
	if (rule->scheme[0] && strcmp(rule->scheme, label->scheme) != 0)
		return REASON_RULE_SCHEME;
	if (rule->category[0] && strcmp(rule->category, label->category) != 0)
		return REASON_RULE_CATEGORY;
	if (rule->field[0] && strcmp(rule->field, label->field) != 0)
		return REASON_RULE_FIELD;
	return REASON_ADMITTED;
}

static enum hallmark_reason expiry_refusal(enum expiry_cause cause)
{
	switch (cause) {
	case EXPIRY_CERTIFICATE:
		return REASON_CERTIFICATE_DATE;
	case EXPIRY_LABEL:
		return REASON_LABEL_EXPIRED;
	case EXPIRY_ARRANGEMENT:
		return REASON_ARRANGEMENT_DATE;
	default:
		return REASON_EXPIRED;
	}
}

/* An admission ends with the first of its inputs to end; a label that the rule does not require ends nothing. */
static struct expiry attempt_expiry(const struct attempt *a, const struct rule *rule, const struct facts *facts,
				    const struct recognised *recognised)
{
	struct expiry e = facts->expiry;

	if (a->label == NO_LABEL)
		return e;
	expiry_bound(&e, facts->labels[a->label].expiry.at_sec, facts->labels[a->label].expiry.cause);
	if (rule_needs_recognition(rule))
		expiry_bound(&e, recognised[a->label].expiry.at_sec, recognised[a->label].expiry.cause);
	return e;
}

/* Result of a rule for a label (or for none) whose required checks have all passed. */
static enum hallmark_reason attempt_refusal(const struct attempt *a, const struct rule *rule, const struct facts *facts,
					    const struct recognised *recognised)
{
	if (a->label == NO_LABEL)
		return rule_needs_label(rule) ? REASON_LABEL_ABSENT : REASON_ADMITTED;
	if (recognised[a->label].level < rule->level)
		return REASON_RULE_LEVEL;
	return kind_refusal(rule, &facts->labels[a->label]);
}

static struct attempt rule_try(const struct rule *rule, const struct facts *facts, const struct recognised *recognised,
			       int label, int64_t now_sec)
{
	struct attempt a = { .label = label, .reason = REASON_NO_RULE };

	if (rule->required == 0) /* a rule left zeroed admits nobody */
		return a;
	a.meant = label == NO_LABEL || kind_refusal(rule, &facts->labels[label]) == REASON_ADMITTED;
	if (attempt_misses(&a, rule, facts, recognised))
		return a;
	a.reason = attempt_refusal(&a, rule, facts, recognised);
	if (a.reason != REASON_ADMITTED)
		return a;
	a.expiry = attempt_expiry(&a, rule, facts, recognised);
	expiry_bound(&a.expiry, now_sec + rule->lifetime_sec, EXPIRY_POLICY);
	if (a.expiry.at_sec <= now_sec) {
		a.reason = expiry_refusal(a.expiry.cause);
		return a;
	}
	a.passed = true;
	return a;
}

/*
 * Whether a came closer to admission than b: it passed; else it was tried with a rule that applies to its label; else
 * it misses fewer required checks. Of equals the earlier counts.
 */
static bool is_closer(const struct attempt *a, const struct attempt *b)
{
	if (a->passed != b->passed)
		return a->passed;
	if (a->meant != b->meant)
		return a->meant;
	return __builtin_popcount(a->missing) < __builtin_popcount(b->missing);
}

/* Tries a rule with each label, or without when it requires none; the closest attempt counts. */
static struct attempt rule_try_all(const struct rule *rule, const struct facts *facts,
				   const struct recognised *recognised, int64_t now_sec)
{
	if (facts->n_labels == 0 || !rule_needs_label(rule))
		return rule_try(rule, facts, recognised, NO_LABEL, now_sec);

	struct attempt closest = rule_try(rule, facts, recognised, 0, now_sec);

	for (int i = 1; i < facts->n_labels && i < HALLMARK_LABELS_MAX; i++) {
		struct attempt a = rule_try(rule, facts, recognised, i, now_sec);

		if (is_closer(&a, &closest))
			closest = a;
	}
	return closest;
}

static void decision_admit(struct decision *d, const struct policy *policy, int rule, const struct attempt *a,
			   const struct recognised *recognised)
{
	d->zone = policy->rules[rule].zone;
	d->rule = (int8_t)rule;
	d->label = (int8_t)a->label;
	d->reason = REASON_ADMITTED;
	d->missing = 0;
	d->expiry = a->expiry;
	if (a->label == NO_LABEL || !rule_needs_recognition(&policy->rules[rule]))
		return;
	d->home_level = recognised[a->label].level;
	memcpy(d->arrangement, recognised[a->label].arrangement, sizeof(d->arrangement));
}

/* Quarantine, with what the closest attempt lacked; names an arrangement that refused. */
static void decision_refuse(struct decision *d, const struct attempt *a, const struct recognised *recognised)
{
	d->label = (int8_t)a->label;
	d->reason = a->reason;
	d->missing = a->missing;
	if (a->label != NO_LABEL && (a->missing & CHECK_BIT(CHECK_RECOGNITION)))
		memcpy(d->arrangement, recognised[a->label].arrangement, sizeof(d->arrangement));
}

void policy_decide(const struct policy *policy, const struct facts *facts, const struct recognised *recognised,
		   int64_t now_sec, struct decision *ret)
{
	struct attempt closest = { .label = NO_LABEL, .reason = REASON_NO_RULE };

	*ret = (struct decision){
		.zone = ZONE_QUARANTINE,
		.rule = -1,
		.label = NO_LABEL,
		.decided_sec = now_sec,
		.expiry = { .at_sec = now_sec },
	};
	memcpy(ret->device, facts->device, sizeof(ret->device));

	for (int i = 0; i < policy->n_rules; i++) {
		struct attempt a = rule_try_all(&policy->rules[i], facts, recognised, now_sec);

		if (a.passed) {
			decision_admit(ret, policy, i, &a, recognised);
			return;
		}
		ret->refusals[ret->n_refusals++] = (struct rule_refusal){ .reason = a.reason, .missing = a.missing };
		if (i == 0 || is_closer(&a, &closest))
			closest = a;
	}
	decision_refuse(ret, &closest, recognised);
}

int zone_by_name(const struct policy *p, const char *name)
{
	for (int i = 0; i < p->n_zones; i++)
		if (strcmp(p->zones[i].name, name) == 0)
			return i;
	return -1;
}

/*
 * The zone of an earlier rule is better, as in verdict_held_back(). A zone without a rule is no better than quarantine.
 */
static int rank(const struct policy *p, const char *zone)
{
	int z = zone_by_name(p, zone);

	for (int i = 0; z > ZONE_QUARANTINE && i < p->n_rules; i++)
		if (p->rules[i].zone == z)
			return p->n_rules - i;
	return 0;
}

bool zone_is_better(const struct policy *p, const char *zone, const char *than)
{
	return rank(p, zone) > rank(p, than);
}
