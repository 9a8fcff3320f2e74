/* SPDX-License-Identifier: Apache-2.0 */
/* links: decide appraise base */
/* A device that meets every rule, and then each thing that can be wrong with it, one at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "appraise/expiry.h"
#include "appraise/facts.h"
#include "base/check.h"
#include "base/check_result.h"
#include "base/cleanup.h"
#include "decide/decision.h"
#include "decide/policy.h"
#include "decide/recognise.h"
#include "hallmark/check.h"
#include "hallmark/protocol.h"
#include "hallmark/reason.h"

#define NOW        INT64_C(1700000000)
#define DAY        INT64_C(86400)
#define BIT(check) CHECK_BIT(CHECK_##check)

enum { QUARANTINE, TRUSTED, RESTRICTED };

/* --- A good device with one good label, recognised as level 2 --- */

struct device {
	struct facts facts;
	struct recognised recognised[HALLMARK_LABELS_MAX];
};

static void add_label(struct device *d, const char *scheme, uint8_t home_level)
{
	const int i = d->facts.n_labels++;
	struct label_facts *l = &d->facts.labels[i];

	(void)snprintf(l->scheme, sizeof(l->scheme), "%s", scheme);
	(void)snprintf(l->category, sizeof(l->category), "lighting");
	(void)snprintf(l->field, sizeof(l->field), "housing");
	l->expiry = (struct expiry){ NOW + 30 * DAY, EXPIRY_LABEL };
	for (int check = CHECK_NONE + 1; check < _CHECK_MAX; check++)
		if (CHECKS_OF_LABEL & CHECK_BIT(check))
			l->checks[check] = check_passed();
	d->recognised[i].validity = check_passed();
	d->recognised[i].status = check_passed();
	d->recognised[i].level = home_level;
	d->recognised[i].expiry = (struct expiry){ NOW + 40 * DAY, EXPIRY_ARRANGEMENT };
	d->recognised[i].check = home_level > 0 ? check_passed() : check_failed(REASON_NO_ARRANGEMENT);
	(void)snprintf(d->recognised[i].arrangement, ARRANGEMENT_ID_SIZE, "R%d", i + 1);
}

static struct device bare_device(void)
{
	struct device d = { .facts.device = { 1, 2, 3 } };

	for (int check = CHECK_NONE + 1; check < _CHECK_MAX; check++)
		if (CHECKS_DEVICE & CHECK_BIT(check))
			d.facts.checks[check] = check_passed();
	d.facts.expiry = (struct expiry){ NOW + 20 * DAY, EXPIRY_CERTIFICATE };
	return d;
}

static struct device good_device(void)
{
	struct device d = bare_device();

	add_label(&d, "SG-CLS", 2);
	return d;
}

static struct policy policy_of(const struct rule *rules, size_t n)
{
	struct policy p = { .zones = { { "quarantine" }, { "trusted" }, { "restricted" } }, .n_zones = 3 };

	memcpy(p.rules, rules, n * sizeof(*rules));
	p.n_rules = (uint8_t)n;
	return p;
}

static const struct rule everything = {
	.name = "everything",
	.zone = TRUSTED,
	.lifetime_sec = 7 * DAY,
	.required = CHECKS_ALL,
	.level = 2,
	.scheme = "SG-CLS",
	.category = "lighting",
	.field = "housing",
};

static const struct rule identity = {
	.name = "identity",
	.zone = RESTRICTED,
	.lifetime_sec = DAY,
	.required = BIT(POSSESSION) | BIT(CERTIFICATE),
};

static struct decision decide(const struct policy *p, const struct device *d)
{
	struct decision ret;

	memset(&ret, 0xff, sizeof(ret)); /* what was there before must not matter */
	policy_decide(p, &d->facts, d->recognised, NOW, &ret);
	assert_memory_equal(ret.device, d->facts.device, SHA256_LEN);
	assert_int_equal(ret.decided_sec, NOW);
	return ret;
}

static struct decision decide_one(const struct rule *rule, const struct device *d)
{
	struct policy p = policy_of(rule, 1);

	return decide(&p, d);
}

static void expect_admitted(const struct decision *d, uint8_t zone, int rule, int label)
{
	assert_int_equal(d->zone, zone);
	assert_int_equal(d->rule, rule);
	assert_int_equal(d->label, label);
	assert_int_equal(d->reason, REASON_ADMITTED);
	assert_int_equal(d->missing, 0);
	assert_int_equal(d->n_refusals, rule);
	assert_true(d->expiry.at_sec > NOW);
}

static void expect_quarantine(const struct decision *d, enum hallmark_reason reason, uint32_t missing)
{
	assert_int_equal(d->zone, ZONE_QUARANTINE);
	assert_int_equal(d->rule, -1);
	assert_string_equal(reason_name(d->reason), reason_name(reason));
	assert_int_equal(d->missing, missing);
	assert_int_equal(d->home_level, 0);
	assert_int_equal(d->expiry.at_sec, NOW);
}

/* --- Checks --- */

/* An arrangement is named with a refusal only where it is what refused. */
static void test_arrangement_of_a_refusal(void **state)
{
	struct device d = good_device();
	struct decision got;

	(void)state;
	d.facts.checks[CHECK_DEBUG] = check_failed(REASON_DEBUG_ENABLED);
	got = decide_one(&everything, &d);
	expect_quarantine(&got, REASON_DEBUG_ENABLED, BIT(DEBUG));
	assert_string_equal(got.arrangement, "");
	d.recognised[0].check = check_failed(REASON_ARRANGEMENT_LEVEL);
	got = decide_one(&everything, &d);
	assert_string_equal(got.arrangement, "R1");
}

static void test_admitted(void **state)
{
	struct device d = good_device();
	struct decision got = decide_one(&everything, &d);

	(void)state;
	expect_admitted(&got, TRUSTED, 0, 0);
	assert_int_equal(got.home_level, 2);
	assert_string_equal(got.arrangement, "R1");
	assert_int_equal(got.expiry.at_sec, NOW + 7 * DAY);
	assert_int_equal(got.expiry.cause, EXPIRY_POLICY);
}

static struct check_result *check_in(struct device *d, int check)
{
	if (check == CHECK_RECOGNITION)
		return &d->recognised[0].check;
	if (check == CHECK_LABEL_STATUS)
		return &d->recognised[0].status;
	if (check == CHECK_LABEL_VALIDITY)
		return &d->recognised[0].validity;
	return CHECKS_DEVICE & CHECK_BIT(check) ? &d->facts.checks[check] : &d->facts.labels[0].checks[check];
}

/* Only one check is not passed: absent and failed refuse alike, and it is named; a rule that does
 * not ask for it admits. */
static void test_each_check_alone(void **state)
{
	const struct check_result bad[] = { check_failed(REASON_LABEL_SIGNER), check_absent(REASON_NO_STATUS) };

	(void)state;
	for (int check = CHECK_POSSESSION; check < _CHECK_MAX; check++)
		for (size_t i = 0; check_is_known((enum hallmark_check)check) && i < ARRAY_SIZE(bad); i++) {
			struct device d = good_device();
			struct rule rule = everything;

			*check_in(&d, check) = bad[i];

			struct decision got = decide_one(&rule, &d);

			expect_quarantine(&got, bad[i].reason, CHECK_BIT(check));
			assert_int_equal(got.label, 0);
			assert_int_equal(got.n_refusals, 1);
			assert_int_equal(got.refusals[0].missing, CHECK_BIT(check));
			assert_int_equal(got.refusals[0].reason, bad[i].reason);

			rule.required &= ~CHECK_BIT(check);
			got = decide_one(&rule, &d);
			if (check == CHECK_PLACE &&
			    bad[i].state == CHECK_FAILED) /* no rule has in what came from elsewhere */
				expect_quarantine(&got, bad[i].reason, CHECK_BIT(check));
			else
				expect_admitted(&got, TRUSTED, 0, 0);
		}
}

/* A place that could not be checked is no other place: a rule that needs no evidence has the device in. */
static void test_a_place_that_was_not_checked(void **state)
{
	struct device d = bare_device();
	struct decision got;

	(void)state;
	d.facts.checks[CHECK_EVIDENCE_SIGNATURE] = check_failed(REASON_EVIDENCE_SIGNATURE);
	d.facts.checks[CHECK_PLACE] = check_failed(REASON_NOT_EVALUATED);
	got = decide_one(&identity, &d);
	expect_admitted(&got, RESTRICTED, 0, -1);
	d.facts.checks[CHECK_PLACE] = check_failed(REASON_PLACE_LINK);
	got = decide_one(&identity, &d);
	expect_quarantine(&got, REASON_PLACE_LINK, BIT(PLACE));
	d.facts.checks[CHECK_PLACE] = (struct check_result){ 0 }; /* nobody made it */
	got = decide_one(&identity, &d);
	expect_quarantine(&got, REASON_INTERNAL, BIT(PLACE));
}

/* Two are missing: the first in the order of the checks is the reason. */
static void test_first_missing_is_the_reason(void **state)
{
	(void)state;
	for (int a = CHECK_POSSESSION; a < _CHECK_MAX; a++)
		for (int b = a + 1; b < _CHECK_MAX; b++) {
			struct device d = good_device();

			if (!check_is_known((enum hallmark_check)a) || !check_is_known((enum hallmark_check)b))
				continue;

			*check_in(&d, a) = check_failed(REASON_DEBUG_ENABLED);
			*check_in(&d, b) = check_failed(REASON_LABEL_SIGNER);

			struct decision got = decide_one(&everything, &d);

			expect_quarantine(&got, REASON_DEBUG_ENABLED, CHECK_BIT(a) | CHECK_BIT(b));
		}
}

static void test_bad_label_explains_the_chain(void **state)
{
	struct device d = good_device();

	(void)state;
	d.facts.checks[CHECK_CHAIN] = check_failed(REASON_CHAIN_UNANCHORED);
	d.facts.labels[0].checks[CHECK_LABEL_ANCHOR] = check_failed(REASON_ANCHOR_MISMATCH);

	struct decision got = decide_one(&everything, &d);

	expect_quarantine(&got, REASON_CHAIN_UNANCHORED, BIT(CHAIN) | BIT(LABEL_ANCHOR));
	d.facts.labels[0].checks[CHECK_LABEL_CLASS] = check_failed(REASON_NOT_EVALUATED);
	got = decide_one(&everything, &d);
	assert_int_equal(got.reason, REASON_CHAIN_UNANCHORED);
	d.facts.labels[0].checks[CHECK_LABEL_CLASS] = check_passed();
	d.recognised[0].validity = check_failed(REASON_LABEL_EXPIRED);
	got = decide_one(&everything, &d);
	expect_quarantine(&got, REASON_LABEL_EXPIRED, BIT(CHAIN) | BIT(LABEL_ANCHOR) | BIT(LABEL_VALIDITY));
	d.facts.labels[0].checks[CHECK_LABEL_SIGNATURE] = check_failed(REASON_LABEL_SIGNER);
	d.recognised[0].validity = check_failed(REASON_NOT_EVALUATED);
	got = decide_one(&everything, &d);
	assert_int_equal(got.reason, REASON_LABEL_SIGNER);

	/* nor is it the fault of a label that is good, and that nobody here recognises */
	d = good_device();
	d.facts.checks[CHECK_CHAIN] = check_failed(REASON_CHAIN_UNANCHORED);
	d.recognised[0].check = check_failed(REASON_NO_ARRANGEMENT);
	got = decide_one(&everything, &d);
	expect_quarantine(&got, REASON_CHAIN_UNANCHORED, BIT(CHAIN) | BIT(RECOGNITION));

	/* a broken chain is no label's fault, and with no label there is none to blame */
	d.facts.checks[CHECK_CHAIN] = check_failed(REASON_CHAIN_BROKEN);
	got = decide_one(&everything, &d);
	assert_int_equal(got.reason, REASON_CHAIN_BROKEN);
	d.facts.checks[CHECK_CHAIN] = check_failed(REASON_CHAIN_UNANCHORED);
	d.facts.n_labels = 0;
	got = decide_one(&everything, &d);
	assert_int_equal(got.reason, REASON_CHAIN_UNANCHORED);
}

static void test_contradiction_is_our_fault(void **state)
{
	struct device d = good_device();

	(void)state;
	d.facts.checks[CHECK_DEBUG] = check_failed(REASON_ADMITTED);

	struct decision got = decide_one(&everything, &d);

	expect_quarantine(&got, REASON_INTERNAL, BIT(DEBUG));
}

/* --- Conditions --- */

static void test_conditions(void **state)
{
	struct device d = good_device();
	struct rule rule = everything;
	struct decision got;

	(void)state;
	rule.level = 3; /* recognised, and capped below what is asked */
	got = decide_one(&rule, &d);
	expect_quarantine(&got, REASON_RULE_LEVEL, 0);
	rule.level = 1;
	got = decide_one(&rule, &d);
	expect_admitted(&got, TRUSTED, 0, 0);

	(void)snprintf(rule.scheme, sizeof(rule.scheme), "SG-CL");
	got = decide_one(&rule, &d);
	expect_quarantine(&got, REASON_RULE_SCHEME, 0);
	rule.scheme[0] = '\0';
	(void)snprintf(rule.category, sizeof(rule.category), "tv");
	got = decide_one(&rule, &d);
	expect_quarantine(&got, REASON_RULE_CATEGORY, 0);
	rule.category[0] = '\0';
	(void)snprintf(rule.field, sizeof(rule.field), "finance");
	got = decide_one(&rule, &d);
	expect_quarantine(&got, REASON_RULE_FIELD, 0);
	rule.field[0] = '\0';
	got = decide_one(&rule, &d);
	expect_admitted(&got, TRUSTED, 0, 0);
}

/* A level is never met by a label whose recognition failed, whatever stands in the record beside it. */
static void test_level_needs_recognition(void **state)
{
	struct device d = good_device();
	struct rule rule = everything;

	(void)state;
	d.recognised[0] = (struct recognised){ .check = check_failed(REASON_ARRANGEMENT_LEVEL),
					       .validity = check_passed(),
					       .status = check_passed() };
	(void)snprintf(d.recognised[0].arrangement, ARRANGEMENT_ID_SIZE, "R8");

	struct decision got = decide_one(&rule, &d);

	expect_quarantine(&got, REASON_ARRANGEMENT_LEVEL, BIT(RECOGNITION));
	assert_string_equal(got.arrangement, "R8"); /* it refused */
	rule.required &= ~BIT(RECOGNITION);
	got = decide_one(&rule, &d);
	expect_quarantine(&got, REASON_RULE_LEVEL, 0);
}

/* --- Labels --- */

static void test_without_labels(void **state)
{
	struct device d = bare_device();
	struct decision got = decide_one(&identity, &d);

	(void)state;
	expect_admitted(&got, RESTRICTED, 0, -1);
	got = decide_one(&everything, &d);
	expect_quarantine(&got, REASON_LABEL_ABSENT, CHECKS_LABEL);
	assert_int_equal(got.label, -1);

	/* conditions on a label refuse without one, even where no check of labels is asked */
	struct rule conditions[] = { identity, identity, identity, identity };

	conditions[0].level = 1;
	(void)snprintf(conditions[1].scheme, SCHEME_ID_SIZE, "SG-CLS");
	(void)snprintf(conditions[2].category, CATEGORY_SIZE, "lighting");
	(void)snprintf(conditions[3].field, CATEGORY_SIZE, "housing");
	for (size_t i = 0; i < ARRAY_SIZE(conditions); i++) {
		got = decide_one(&conditions[i], &d);
		expect_quarantine(&got, REASON_LABEL_ABSENT, 0);

		struct device labelled = good_device();

		got = decide_one(&conditions[i], &labelled);
		expect_admitted(&got, RESTRICTED, 0, 0);
	}
}

/* The label of one and the recognition of another do not add up. */
static void test_one_label_must_do(void **state)
{
	struct device d = good_device();
	struct decision got;

	(void)state;
	add_label(&d, "SG-CLS", 2);
	d.facts.labels[0].checks[CHECK_LABEL_CLASS] = check_failed(REASON_CLASS_MISMATCH);
	got = decide_one(&everything, &d);
	expect_admitted(&got, TRUSTED, 0, 1);
	assert_string_equal(got.arrangement, "R2");

	d.recognised[1].check = check_failed(REASON_ARRANGEMENT_DATE);
	d.recognised[1].level = 0;
	got = decide_one(&everything, &d);
	expect_quarantine(&got, REASON_CLASS_MISMATCH, BIT(LABEL_CLASS));
	assert_int_equal(got.label, 0); /* equally close: the earlier */

	d.facts.labels[0].checks[CHECK_LABEL_ANCHOR] = check_failed(REASON_ANCHOR_MISMATCH);
	got = decide_one(&everything, &d);
	expect_quarantine(&got, REASON_ARRANGEMENT_DATE, BIT(RECOGNITION));
	assert_int_equal(got.label, 1);

	/* a count beyond the array does not lead beyond it */
	d.facts.n_labels = UINT8_MAX;
	got = decide_one(&everything, &d);
	assert_int_equal(got.zone, ZONE_QUARANTINE);
}

/* --- Rules --- */

static void test_first_rule_decides(void **state)
{
	const struct rule rules[] = { everything, identity };
	struct policy p = policy_of(rules, 2);
	struct device d = good_device();
	struct decision got = decide(&p, &d);

	(void)state;
	expect_admitted(&got, TRUSTED, 0, 0);

	d.recognised[0].check = check_failed(REASON_NO_ARRANGEMENT);
	d.recognised[0].level = 0;
	got = decide(&p, &d);
	expect_admitted(&got, RESTRICTED, 1, -1);
	assert_int_equal(got.refusals[0].reason, REASON_NO_ARRANGEMENT);
	assert_int_equal(got.refusals[0].missing, BIT(RECOGNITION));
	assert_int_equal(got.home_level, 0);
	assert_string_equal(got.arrangement, "");

	d.facts.checks[CHECK_POSSESSION] = check_failed(REASON_NO_POSSESSION);
	got = decide(&p, &d);
	expect_quarantine(&got, REASON_NO_POSSESSION, BIT(POSSESSION)); /* of `identity`: fewer are missing */
	assert_int_equal(got.n_refusals, 2);
}

/* A rule for another scheme lacks nothing and is still further away than one that is meant for the label. */
static void test_closest_rule_is_meant(void **state)
{
	struct rule rules[] = { everything, everything };
	struct device d = good_device();

	(void)state;
	rules[0].scheme[0] = '\0';
	(void)snprintf(rules[1].scheme, SCHEME_ID_SIZE, "KR-CIC");
	rules[1].required &= ~BIT(RECOGNITION);
	rules[1].level = 0;
	d.recognised[0].check = check_failed(REASON_ARRANGEMENT_CATEGORY);
	d.recognised[0].level = 0;

	struct policy p = policy_of(rules, 2);
	struct decision got = decide(&p, &d);

	expect_quarantine(&got, REASON_ARRANGEMENT_CATEGORY, BIT(RECOGNITION));
	assert_int_equal(got.refusals[1].reason, REASON_RULE_SCHEME);

	rules[0] = rules[1];
	p = policy_of(rules, 2);
	got = decide(&p, &d);
	expect_quarantine(&got, REASON_RULE_SCHEME, 0);
}

static void test_all_rules_fit(void **state)
{
	struct rule rules[RULES_MAX];
	struct device d = good_device();

	(void)state;
	for (size_t i = 0; i < RULES_MAX; i++) {
		rules[i] = everything;
		rules[i].level = 3;
	}

	struct policy p = policy_of(rules, RULES_MAX);
	struct decision got = decide(&p, &d);

	expect_quarantine(&got, REASON_RULE_LEVEL, 0);
	assert_int_equal(got.n_refusals, RULES_MAX);
	p.rules[RULES_MAX - 1].level = 2;
	got = decide(&p, &d);
	expect_admitted(&got, TRUSTED, RULES_MAX - 1, 0);
}

/* --- Until when --- */

static void test_expiry(void **state)
{
	static const struct {
		int64_t certificate, label, arrangement, until;
		enum expiry_cause cause;
		enum hallmark_reason once_past;
	} cases[] = {
		{ 1, 9, 9, 1, EXPIRY_CERTIFICATE, REASON_CERTIFICATE_DATE },
		{ 9, 1, 9, 1, EXPIRY_LABEL, REASON_LABEL_EXPIRED },
		{ 9, 9, 1, 1, EXPIRY_ARRANGEMENT, REASON_ARRANGEMENT_DATE },
		{ 9, 9, 9, 7, EXPIRY_POLICY, REASON_ADMITTED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct device d = good_device();

		d.facts.expiry.at_sec = NOW + cases[i].certificate * DAY;
		d.facts.labels[0].expiry.at_sec = NOW + cases[i].label * DAY;
		d.recognised[0].expiry.at_sec = NOW + cases[i].arrangement * DAY;

		struct decision got = decide_one(&everything, &d);

		expect_admitted(&got, TRUSTED, 0, 0);
		assert_int_equal(got.expiry.at_sec, NOW + cases[i].until * DAY);
		assert_int_equal(got.expiry.cause, cases[i].cause);
		if (cases[i].cause == EXPIRY_POLICY)
			continue;

		/* one second before its end, and at it */
		struct expiry *e = cases[i].cause == EXPIRY_CERTIFICATE ? &d.facts.expiry :
				   cases[i].cause == EXPIRY_LABEL       ? &d.facts.labels[0].expiry :
									  &d.recognised[0].expiry;

		e->at_sec = NOW + 1;
		got = decide_one(&everything, &d);
		expect_admitted(&got, TRUSTED, 0, 0);
		e->at_sec = NOW;
		got = decide_one(&everything, &d);
		expect_quarantine(&got, cases[i].once_past, 0);
	}
}

/* Only what a rule asks for ends its admission. */
static void test_expiry_of_what_counts(void **state)
{
	struct device d = good_device();
	struct rule rule = everything;
	struct decision got;

	(void)state;
	d.recognised[0].expiry.at_sec = NOW + 60;
	got = decide_one(&rule, &d);
	assert_int_equal(got.expiry.at_sec, NOW + 60);
	rule.required &= ~BIT(RECOGNITION);
	rule.level = 0;
	got = decide_one(&rule, &d);
	assert_int_equal(got.expiry.at_sec, NOW + 7 * DAY);
	assert_int_equal(got.home_level, 0);
	assert_string_equal(got.arrangement, "");

	d.facts.labels[0].expiry.at_sec = NOW + 50;
	got = decide_one(&rule, &d);
	assert_int_equal(got.expiry.at_sec, NOW + 50);
	got = decide_one(&identity, &d);
	assert_int_equal(got.expiry.at_sec, NOW + DAY);
}

/* A rule whose admission would be over before it began does not keep the next from taking the device. */
static void test_past_rule_is_passed_over(void **state)
{
	const struct rule rules[] = { everything, identity };
	struct policy p = policy_of(rules, 2);
	struct device d = good_device();

	(void)state;
	d.facts.labels[0].expiry = (struct expiry){ NOW - 1, EXPIRY_REGISTER };

	struct decision got = decide(&p, &d);

	expect_admitted(&got, RESTRICTED, 1, -1);
	assert_int_equal(got.refusals[0].reason, REASON_EXPIRED);
}

/* --- Zero is no --- */

/* Revoked and suspended bind where the rule does not ask; that a device's CA has no list, or an old one, does not. */
static void test_withdrawn_binds(void **state)
{
	static const struct rule by_device = { .zone = RESTRICTED, .lifetime_sec = DAY, .required = BIT(POSSESSION) };
	static const struct rule by_label = { .zone = TRUSTED, .lifetime_sec = DAY, .required = BIT(LABEL_SIGNATURE) };
	static const struct {
		int check;
		struct check_result result;
		bool device_binds, label_binds;
	} cases[] = {
		{ CHECK_DEVICE_REVOCATION, { CHECK_FAILED, REASON_DEVICE_REVOKED }, true, true },
		{ CHECK_DEVICE_REVOCATION, { CHECK_ABSENT, REASON_NO_CRL }, false, false },
		{ CHECK_DEVICE_REVOCATION, { CHECK_FAILED, REASON_CRL_STALE }, false, false },
		{ CHECK_LABEL_STATUS, { CHECK_FAILED, REASON_LABEL_REVOKED }, false, true },
		{ CHECK_LABEL_STATUS, { CHECK_FAILED, REASON_LABEL_SUSPENDED }, false, true },
		{ CHECK_LABEL_STATUS, { CHECK_ABSENT, REASON_NO_STATUS }, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct device d = good_device();

		*check_in(&d, cases[i].check) = cases[i].result;

		struct decision of_device = decide_one(&by_device, &d), of_label = decide_one(&by_label, &d);
		uint32_t missing = CHECK_BIT(cases[i].check);

		if (cases[i].device_binds)
			expect_quarantine(&of_device, cases[i].result.reason, missing);
		else
			expect_admitted(&of_device, RESTRICTED, 0, -1);
		if (cases[i].label_binds)
			expect_quarantine(&of_label, cases[i].result.reason, missing);
		else
			expect_admitted(&of_label, TRUSTED, 0, 0);
	}
}

/* A label that names a list counts while that says so, in every rule but one whose operator says otherwise. */
static void test_status_must_be_known(void **state)
{
	const struct check_result stale = { CHECK_FAILED, REASON_STATUS_STALE },
				  unknown = { CHECK_FAILED, REASON_STATUS_UNKNOWN },
				  none = { CHECK_ABSENT, REASON_NO_STATUS },
				  revoked = { CHECK_FAILED, REASON_LABEL_REVOKED },
				  suspended = { CHECK_FAILED, REASON_LABEL_SUSPENDED },
				  good = { CHECK_PASSED, REASON_ADMITTED };
	const struct {
		struct check_result status;
		bool names_list, is_admitted, is_admitted_if_accepted;
	} cases[] = {
		{ good, true, true, true },  { stale, true, false, true },    { unknown, true, false, true },
		{ none, true, false, true }, { revoked, true, false, false }, { suspended, true, false, false },
		{ none, false, true, true }, /* what names no list cannot be asked for one */
	};
	struct rule rule = { .zone = TRUSTED, .lifetime_sec = DAY, .required = BIT(LABEL_SIGNATURE) };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct device d = good_device();

		*check_in(&d, CHECK_LABEL_STATUS) = cases[i].status;
		d.facts.labels[0].names_status = cases[i].names_list;
		d.facts.checks[CHECK_FIRMWARE] = check_absent(REASON_NO_REFERENCE); /* which nobody asks for */
		for (int accepts = 0; accepts < 2; accepts++) {
			rule.accepts_unknown_status = accepts;

			struct decision got = decide_one(&rule, &d);

			if (accepts ? cases[i].is_admitted_if_accepted : cases[i].is_admitted)
				expect_admitted(&got, TRUSTED, 0, 0);
			else
				expect_quarantine(&got, cases[i].status.reason, BIT(LABEL_STATUS));
		}
	}
}

static void test_zero_is_no(void **state)
{
	const struct policy no_policy = { 0 };
	const struct device nothing = { 0 };
	struct device d = good_device();
	struct rule zero = { 0 };
	struct decision got = decide(&no_policy, &d);

	(void)state;
	expect_quarantine(&got, REASON_NO_RULE, 0);
	assert_int_equal(got.label, -1);
	assert_int_equal(got.n_refusals, 0);

	got = decide_one(&everything, &nothing);
	assert_int_equal(got.zone, ZONE_QUARANTINE);
	assert_int_equal(got.reason, REASON_INTERNAL);
	assert_int_equal(got.missing, CHECKS_ALL);

	zero.zone = TRUSTED;
	zero.lifetime_sec = DAY;
	got = decide_one(&zero, &d);
	expect_quarantine(&got, REASON_NO_RULE, 0);
	zero.required = BIT(POSSESSION);
	got = decide_one(&zero, &d);
	expect_admitted(&got, TRUSTED, 0, -1);
	zero.lifetime_sec = 0;
	got = decide_one(&zero, &d);
	expect_quarantine(&got, REASON_EXPIRED, 0);

	/* an expiry that nobody set */
	d.facts.expiry = (struct expiry){ 0 };
	got = decide_one(&everything, &d);
	assert_int_equal(got.zone, ZONE_QUARANTINE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_admitted),
		cmocka_unit_test(test_arrangement_of_a_refusal),
		cmocka_unit_test(test_each_check_alone),
		cmocka_unit_test(test_a_place_that_was_not_checked),
		cmocka_unit_test(test_first_missing_is_the_reason),
		cmocka_unit_test(test_bad_label_explains_the_chain),
		cmocka_unit_test(test_contradiction_is_our_fault),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_level_needs_recognition),
		cmocka_unit_test(test_without_labels),
		cmocka_unit_test(test_one_label_must_do),
		cmocka_unit_test(test_first_rule_decides),
		cmocka_unit_test(test_closest_rule_is_meant),
		cmocka_unit_test(test_all_rules_fit),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_expiry_of_what_counts),
		cmocka_unit_test(test_past_rule_is_passed_over),
		cmocka_unit_test(test_withdrawn_binds),
		cmocka_unit_test(test_status_must_be_known),
		cmocka_unit_test(test_zero_is_no),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
