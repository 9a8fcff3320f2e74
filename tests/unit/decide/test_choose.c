/* SPDX-License-Identifier: Apache-2.0 */
/* links: decide appraise base */
/* Four of many labels: nobody's many take the place of another's one, in whatever order they come. */
#include "decide/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "appraise/appraise.h"
#include "appraise/expiry.h"
#include "appraise/facts.h"
#include "base/check_result.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "decide/choose.h"
#include "decide/decision.h"
#include "decide/recognise.h"
#include "decide/scheme.h"
#include "hallmark/check.h"
#include "hallmark/protocol.h"
#include "hallmark/reason.h"

#define NOW  1000000
#define DAY  86400
#define MANY 40

static struct scheme schemes[] = {
	{ .id = "KR-CIC", .levels = { "Lite", "Basic", "Standard" }, .n_levels = 3, .max_years = 3 },
	{ .id = "SG-CLS", .levels = { "1", "2", "3", "4" }, .n_levels = 4 },
	{ .id = "FI-CSL", .levels = { "Label" }, .n_levels = 1 },
};
static struct arrangement arrangements[] = {
	{ .id = "R8",
	  .from = "SG-CLS",
	  .to = "KR-CIC",
	  .from_level = 3,
	  .from_level_max = 4,
	  .to_level = 2,
	  .mode = MODE_RECOGNISED,
	  .enabled = true,
	  .ends_sec = TIME_FOREVER },
};

static struct rules rules_of(void)
{
	struct rules r = { .recognition = { .home = "KR-CIC",
					    .schemes = schemes,
					    .n_schemes = ARRAY_SIZE(schemes),
					    .arrangements = arrangements,
					    .n_arrangements = ARRAY_SIZE(arrangements) },
			   .policy = { .zones = { { "quarantine" }, { "cameras" }, { "trusted" }, { "restricted" } },
				       .n_zones = 4,
				       .n_rules = 3 } };

	r.policy.rules[0] = (struct rule){
		.zone = 1, .lifetime_sec = DAY, .required = CHECKS_LABEL & ~CHECK_BIT(CHECK_LABEL_STATUS), .level = 2
	};
	(void)strcpy(r.policy.rules[0].category, "smart-camera");
	r.policy.rules[1] = r.policy.rules[0];
	r.policy.rules[1].zone = 2;
	r.policy.rules[1].category[0] = '\0';
	r.policy.rules[2] = (struct rule){ .zone = 3,
					   .lifetime_sec = DAY,
					   .required = CHECKS_LABEL & ~CHECK_BIT(CHECK_LABEL_STATUS) &
						       ~CHECK_BIT(CHECK_RECOGNITION) };
	return r;
}

struct row {
	const char *issuer, *scheme, *category;
	uint8_t level, n; /* how many statements */
	int failed;       /* a check; 0: none */
	bool was_sent;
	int64_t days; /* 0: 30 */
};

#define OF(issuer_, scheme_, category_, level_, n_, ...)                                                               \
	{                                                                                                              \
		.issuer = (issuer_), .scheme = (scheme_), .category = (category_), .level = (level_), .n = (n_),       \
		##__VA_ARGS__                                                                                          \
	}

/* Puts them in one after the other, from the end when told so. */
static size_t put_rows(const struct row rows[static 8], bool is_backwards, struct appraised_label *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < 8; i++) {
		const struct row *row = &rows[is_backwards ? 7 - i : i];

		for (unsigned k = 0; row->issuer && k < row->n; k++) {
			struct appraised_label *l = &ret[n++];

			*l = (struct appraised_label){ .was_sent = row->was_sent };
			(void)snprintf(l->facts.issuer, sizeof(l->facts.issuer), "%s", row->issuer);
			(void)snprintf(l->facts.number, sizeof(l->facts.number), "%s-%u", row->issuer, k);
			(void)snprintf(l->facts.scheme, sizeof(l->facts.scheme), "%s", row->scheme);
			(void)snprintf(l->facts.category, sizeof(l->facts.category), "%s", row->category);
			l->facts.level = row->level;
			for (int check = CHECK_LABEL_SIGNATURE; check <= CHECK_LABEL_STATUS; check++)
				l->facts.checks[check] = check_passed();
			if (row->failed)
				l->facts.checks[row->failed] = check_failed(REASON_INTERNAL);
			l->facts.nbf_sec = NOW - DAY;
			l->facts.exp_sec = NOW + (row->days ? row->days : 30) * DAY;
			l->facts.expiry = (struct expiry){ l->facts.exp_sec, EXPIRY_LABEL };
		}
	}
	return n;
}

static struct facts device_of(void)
{
	struct facts f = { .expiry = { .at_sec = TIME_FOREVER } };

	for (int check = CHECK_POSSESSION; check < CHECK_LABEL_SIGNATURE; check++)
		f.checks[check] = check_passed();
	return f;
}

static bool has_issuer(const struct facts *f, const char *issuer)
{
	for (size_t i = 0; i < f->n_labels; i++)
		if (strcmp(f->labels[i].issuer, issuer) == 0)
			return true;
	return false;
}

/* "kr" is the label that must go on. */
static const struct {
	const char *name;
	struct row rows[8];
	uint8_t zone; /* that all of them get the device into */
} cases[] = {
	{ "one issuer's four beside another's one",
	  { OF("a", "FI-CSL", "hub", 1, 4), OF("kr", "KR-CIC", "hub", 2, 1) },
	  2 },
	{ "the arrangement's beside a scheme's that nothing carries",
	  { OF("a", "FI-CSL", "hub", 1, 9), OF("kr", "SG-CLS", "hub", 4, 1) },
	  2 },
	{ "many issuers with many each",
	  { OF("a", "FI-CSL", "hub", 1, 4), OF("b", "FI-CSL", "hub", 1, 4), OF("c", "FI-CSL", "hub", 1, 4),
	    OF("d", "FI-CSL", "hub", 1, 4), OF("e", "FI-CSL", "hub", 1, 4), OF("kr", "KR-CIC", "hub", 2, 1) },
	  2 },
	{ "many of the home scheme, of a lower level",
	  { OF("a", "KR-CIC", "hub", 1, 4), OF("b", "KR-CIC", "hub", 1, 4), OF("c", "KR-CIC", "hub", 1, 4),
	    OF("d", "KR-CIC", "hub", 1, 4), OF("e", "KR-CIC", "hub", 1, 4), OF("kr", "KR-CIC", "hub", 2, 1) },
	  2 },
	{ "many of a higher level, and of a category that leads nowhere better",
	  { OF("a", "KR-CIC", "hub", 3, 4), OF("b", "KR-CIC", "hub", 3, 4), OF("c", "KR-CIC", "hub", 3, 4),
	    OF("d", "KR-CIC", "hub", 3, 4), OF("e", "KR-CIC", "hub", 3, 4), OF("kr", "KR-CIC", "smart-camera", 2, 1) },
	  1 },
	{ "many that do not hold",
	  { OF("a", "KR-CIC", "smart-camera", 3, 9, .failed = CHECK_LABEL_VALIDITY),
	    OF("b", "KR-CIC", "smart-camera", 3, 9, .failed = CHECK_LABEL_CLASS),
	    OF("c", "KR-CIC", "smart-camera", 3, 9, .failed = CHECK_LABEL_ANCHOR),
	    OF("kr", "KR-CIC", "smart-camera", 2, 1) },
	  1 },
	{ "many that are longer than their scheme allows",
	  { OF("a", "KR-CIC", "smart-camera", 3, 9, .days = 4000), OF("kr", "KR-CIC", "smart-camera", 2, 1) },
	  1 },
	{ "four that were sent and are nobody's",
	  { OF("s", "KR-CIC", "smart-camera", 3, 4, .failed = CHECK_LABEL_SIGNATURE, .was_sent = true),
	    OF("kr", "KR-CIC", "hub", 2, 1) },
	  2 },
	{ "four that were sent and do not hold, and one of a register",
	  { OF("s", "KR-CIC", "smart-camera", 3, 4, .failed = CHECK_LABEL_VALIDITY, .was_sent = true),
	    OF("kr", "KR-CIC", "hub", 2, 1) },
	  2 },
	{ "its own issuer's others", { OF("kr", "KR-CIC", "hub", 1, 9), OF("kr", "KR-CIC", "hub", 2, 1) }, 2 },
	{ "one that was sent beside many of registers",
	  { OF("a", "FI-CSL", "hub", 1, 9), OF("kr", "KR-CIC", "hub", 2, 1, .was_sent = true) },
	  2 },
};

static void test_nobody_is_crowded_out(void **state)
{
	const struct rules rules = rules_of();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		static struct appraised_label labels[MANY];
		struct facts chosen[2];

		for (int is_backwards = 0; is_backwards < 2; is_backwards++) {
			struct facts *f = &chosen[is_backwards];
			struct recognised recognised[HALLMARK_LABELS_MAX] = { 0 };
			size_t n = put_rows(cases[i].rows, is_backwards, labels);
			struct decision d;

			print_message("    %s\n", cases[i].name);
			*f = device_of();
			assert_int_equal(policy_choose(&rules, labels, n, NOW, f), 0);
			assert_int_equal(f->n_labels, n < HALLMARK_LABELS_MAX ? n : HALLMARK_LABELS_MAX);
			assert_true(has_issuer(f, "kr"));
			for (size_t k = 0; k < f->n_labels; k++)
				recognise(&rules.recognition, &f->labels[k], NOW, &recognised[k]);
			f->checks[CHECK_PLACE] = check_passed();
			policy_decide(&rules.policy, f, recognised, NOW, &d);
			assert_int_equal(d.zone, cases[i].zone);
			assert_string_equal(f->labels[d.label].issuer, "kr");
		}
	}
}

/* Of each issuer the best goes before any second, and nothing hangs on the order in which they came. */
static void test_order_matters_not(void **state)
{
	static const struct row rows[8] = { OF("a", "KR-CIC", "hub", 2, 3), OF("b", "KR-CIC", "hub", 2, 3),
					    OF("c", "FI-CSL", "hub", 1, 3) };
	const struct rules rules = rules_of();
	static struct appraised_label labels[MANY];
	struct facts f[2];

	(void)state;
	for (int is_backwards = 0; is_backwards < 2; is_backwards++) {
		f[is_backwards] = device_of();
		assert_int_equal(
			policy_choose(&rules, labels, put_rows(rows, is_backwards, labels), NOW, &f[is_backwards]), 0);
	}
	assert_memory_equal(f[0].labels, f[1].labels, sizeof(f[0].labels));
	assert_string_equal(f[0].labels[0].number, "a-0");
	assert_string_equal(f[0].labels[1].number, "a-1");
	assert_string_equal(f[0].labels[2].number, "b-0");
	assert_string_equal(f[0].labels[3].number, "c-0");
}

/* Four or fewer go on all, what was sent as it was sent. */
static void test_few_go_on_all(void **state)
{
	static const struct row rows[8] = { OF("z", "FI-CSL", "hub", 1, 1, .failed = CHECK_LABEL_SIGNATURE,
					       .was_sent = true),
					    OF("y", "KR-CIC", "hub", 1, 1, .was_sent = true),
					    OF("b", "KR-CIC", "hub", 2, 1), OF("a", "KR-CIC", "hub", 3, 1) };
	const struct rules rules = rules_of();
	static struct appraised_label labels[MANY];
	struct facts f = device_of();

	(void)state;
	assert_int_equal(policy_choose(&rules, labels, 0, NOW, &f), 0);
	assert_int_equal(f.n_labels, 0);
	assert_int_equal(policy_choose(&rules, labels, put_rows(rows, false, labels), NOW, &f), 0);
	assert_int_equal(f.n_labels, 4);
	assert_string_equal(f.labels[0].issuer, "z");
	assert_string_equal(f.labels[1].issuer, "y");
	assert_string_equal(f.labels[2].issuer, "a");
	assert_string_equal(f.labels[3].issuer, "b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody_is_crowded_out),
		cmocka_unit_test(test_order_matters_not),
		cmocka_unit_test(test_few_go_on_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
