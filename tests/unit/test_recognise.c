/* SPDX-License-Identifier: Apache-2.0 */
/* links: run recognise appraise base */
/*
 * What the shipped arrangements say, row by row against a table typed from their sources, and how
 * refusals are ranked on arrangements made for the purpose.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "run/config.h"

DEFINE_CLEANUP(struct config *, config_free);

static int64_t at(const char *date)
{
	struct tm tm = { 0 };

	assert_non_null(strptime(date, "%Y-%m-%d", &tm));
	return timegm(&tm);
}

static struct label_facts label_of(const char *scheme, uint8_t level, const char *category, const char *field)
{
	struct label_facts l = { .level = level, .basis = HALLMARK_BASIS_TESTED };

	(void)snprintf(l.scheme, sizeof(l.scheme), "%s", scheme);
	(void)snprintf(l.category, sizeof(l.category), "%s", category);
	(void)snprintf(l.field, sizeof(l.field), "%s", field);
	return l;
}

static void expect_level(const struct recognition_rules *r, const struct label_facts *l, int64_t now, uint8_t level,
			 const char *arrangement)
{
	struct recognised ret;

	recognise(r, l, now, &ret);
	assert_int_equal(ret.check.state, CHECK_PASSED);
	assert_int_equal(ret.check.reason, REASON_ADMITTED);
	assert_int_equal(ret.level, level);
	assert_string_equal(ret.arrangement, arrangement);
	assert_true(ret.expiry.at_sec > now);
}

static void expect_reason(const struct recognition_rules *r, const struct label_facts *l, int64_t now,
			  enum hallmark_reason reason)
{
	struct recognised ret;

	memset(&ret, 0xff, sizeof(ret)); /* what was there before must not matter */
	recognise(r, l, now, &ret);
	assert_int_equal(ret.check.state, CHECK_FAILED);
	assert_int_equal(ret.check.reason, reason);
	assert_int_equal(ret.level, 0);
	assert_int_equal(ret.mode, MODE_NONE);
	assert_int_equal(ret.expiry.at_sec, 0);
}

static struct config *shipped(const char *home)
{
	struct config *c = NULL;

	assert_int_equal(config_load("conf/hallmarkd.conf", &c), 0);
	(void)snprintf(c->recognition.home, sizeof(c->recognition.home), "%s", home);
	return c;
}

/* --- The shipped arrangements --- */

/* clang-format off */
static const struct row {
	const char *id, *from, *to;
	uint8_t least, most; /* levels of `from` that are recognised */
	uint8_t level;       /* as what */
	const char *effective;
	const char *in, *out; /* categories */
	const char *field, *other_field;
	bool application;
} rows[] = {
	{"R1", "FI-CSL", "SG-CLS", 1, 1, 3, "2021-10-06", "lighting", "computer", "", "", false},
	{"R2", "SG-CLS", "FI-CSL", 3, 4, 1, "2021-10-06", "router", "medical-device", "", "", false},
	{"R3", "DE-ITSK", "SG-CLS", 1, 1, 2, "2022-10-20", "tv", "door-lock", "", "", false},
	{"R4", "SG-CLS", "DE-ITSK", 2, 4, 1, "2022-10-20", "plug", "detector", "", "", true},
	{"R5", "DE-ITSK", "SG-CLS", 1, 1, 2, "2024-10-16", "router", "phone", "", "", false},
	{"R6", "SG-CLS", "DE-ITSK", 2, 4, 1, "2024-10-16", "router", "tablet", "", "", true},
	{"R7", "KR-CIC", "SG-CLS", 2, 3, 3, "2025-01-01", "wall-pad", "medical-device", "housing", "smart-city", false},
	{"R8", "SG-CLS", "KR-CIC", 3, 4, 2, "2025-01-01", "lighting", "toy", "", "", false},
};
/* clang-format on */

static void accept_application(struct recognition_rules *r, const char *id)
{
	for (size_t i = 0; i < r->n_arrangements; i++)
		if (strcmp(r->arrangements[i].id, id) == 0)
			r->arrangements[i].accept_application = true;
}

static void test_row_levels(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		_cleanup_(config_freep) struct config *c = shipped(row->to);

		accept_application(&c->recognition, row->id);
		for (uint8_t level = 1; level <= row->most; level++) {
			struct label_facts l = label_of(row->from, level, row->in, row->field);

			if (level < row->least)
				expect_reason(&c->recognition, &l, at("2026-06-01"), REASON_ARRANGEMENT_LEVEL);
			else
				expect_level(&c->recognition, &l, at("2026-06-01"), row->level, row->id);
		}

		struct label_facts beyond = label_of(row->from, row->most + 1, row->in, row->field);

		expect_reason(&c->recognition, &beyond, at("2026-06-01"), REASON_LEVEL_UNKNOWN);
	}
}

static void test_row_dates(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		_cleanup_(config_freep) struct config *c = shipped(row->to);
		struct label_facts l = label_of(row->from, row->most, row->in, row->field);

		accept_application(&c->recognition, row->id);
		expect_level(&c->recognition, &l, at(row->effective), row->level, row->id);
		/* the day before R5, R3 was in force, without routers */
		expect_reason(&c->recognition, &l, at(row->effective) - 1,
			      strcmp(row->id, "R5") == 0 ? REASON_ARRANGEMENT_CATEGORY : REASON_ARRANGEMENT_DATE);
	}
}

static void test_row_scope(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		_cleanup_(config_freep) struct config *c = shipped(row->to);
		struct label_facts out = label_of(row->from, row->most, row->out, row->field);
		struct label_facts none = label_of(row->from, row->most, "", row->field);
		struct label_facts elsewhere = label_of(row->from, row->most, row->in, row->other_field);

		accept_application(&c->recognition, row->id);
		expect_reason(&c->recognition, &out, at("2026-06-01"), REASON_ARRANGEMENT_CATEGORY);
		expect_reason(&c->recognition, &none, at("2026-06-01"), REASON_ARRANGEMENT_CATEGORY);
		if (row->field[0])
			expect_reason(&c->recognition, &elsewhere, at("2026-06-01"), REASON_ARRANGEMENT_FIELD);
		else
			expect_level(&c->recognition, &elsewhere, at("2026-06-01"), row->level, row->id);
	}
}

static void test_row_application(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		_cleanup_(config_freep) struct config *c = shipped(row->to);
		struct label_facts l = label_of(row->from, row->most, row->in, row->field);

		if (!row->application) {
			expect_level(&c->recognition, &l, at("2026-06-01"), row->level, row->id);
			continue;
		}
		expect_reason(&c->recognition, &l, at("2026-06-01"), REASON_ARRANGEMENT_APPLICATION);
		accept_application(&c->recognition, row->id);
		expect_level(&c->recognition, &l, at("2026-06-01"), row->level, row->id);
	}
}

static void test_shipped_is_this_table(void **state)
{
	_cleanup_(config_freep) struct config *c = shipped("KR-CIC");

	(void)state;
	assert_int_equal(c->recognition.n_arrangements, ARRAY_SIZE(rows));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct arrangement *a = &c->recognition.arrangements[i];

		assert_string_equal(a->id, rows[i].id);
		assert_string_equal(a->from, rows[i].from);
		assert_string_equal(a->to, rows[i].to);
		assert_int_equal(a->mode, rows[i].application ? MODE_APPLICATION : MODE_RECOGNISED);
		assert_int_equal(a->ends_sec, TIME_FOREVER);
		assert_true(a->enabled);
		assert_true(a->source[0] != '\0');
	}
}

/* --- Never chained --- */

static void test_no_chain(void **state)
{
	(void)state;
	_cleanup_(config_freep) struct config *sg = shipped("SG-CLS");
	_cleanup_(config_freep) struct config *kr = shipped("KR-CIC");
	_cleanup_(config_freep) struct config *de = shipped("DE-ITSK");
	struct label_facts german = label_of("DE-ITSK", 1, "lighting", "housing");
	struct label_facts finnish = label_of("FI-CSL", 1, "lighting", "");
	struct label_facts derived = label_of("KR-CIC", 2, "lighting", "housing");

	/* DE → SG is level 2; by way of Korea it would be 3 */
	expect_level(&sg->recognition, &german, at("2026-06-01"), 2, "R3");
	/* FI → SG (3) → KR (Basic) is two steps, and so is FI → SG → DE; there is no first step
	 * alone */
	expect_reason(&kr->recognition, &finnish, at("2026-06-01"), REASON_NO_ARRANGEMENT);
	expect_reason(&de->recognition, &finnish, at("2026-06-01"), REASON_NO_ARRANGEMENT);
	expect_reason(&kr->recognition, &german, at("2026-06-01"), REASON_NO_ARRANGEMENT);

	/* a Korean label that was issued because of a German one goes no further, and counts at
	 * home */
	expect_level(&sg->recognition, &derived, at("2026-06-01"), 3, "R7");
	derived.basis = HALLMARK_BASIS_RECOGNITION;
	expect_reason(&sg->recognition, &derived, at("2026-06-01"), REASON_LABEL_BASIS);
	expect_level(&kr->recognition, &derived, at("2026-06-01"), 2, "");
}

/* --- The home scheme's own labels --- */

static void test_own_labels(void **state)
{
	(void)state;
	_cleanup_(config_freep) struct config *c = shipped("KR-CIC");

	for (uint8_t level = 1; level <= 3; level++) {
		struct label_facts l = label_of("KR-CIC", level, "anything", "smart-city");

		expect_level(&c->recognition, &l, at("1999-01-01"), level, "");
	}

	struct label_facts none = label_of("KR-CIC", 0, "lighting", "");
	struct label_facts beyond = label_of("KR-CIC", 4, "lighting", "");
	struct label_facts prefix = label_of("KR-CI", 2, "lighting", "");
	struct label_facts longer = label_of("KR-CICX", 2, "lighting", "");
	struct label_facts other_case = label_of("kr-cic", 2, "lighting", "");
	struct label_facts empty = { 0 };

	expect_reason(&c->recognition, &none, at("2026-06-01"), REASON_LEVEL_UNKNOWN);
	expect_reason(&c->recognition, &beyond, at("2026-06-01"), REASON_LEVEL_UNKNOWN);
	expect_reason(&c->recognition, &prefix, at("2026-06-01"), REASON_SCHEME_UNKNOWN);
	expect_reason(&c->recognition, &longer, at("2026-06-01"), REASON_SCHEME_UNKNOWN);
	expect_reason(&c->recognition, &other_case, at("2026-06-01"), REASON_SCHEME_UNKNOWN);
	expect_reason(&c->recognition, &empty, at("2026-06-01"), REASON_SCHEME_UNKNOWN);
}

/* --- Ranking, on arrangements made for it --- */

static struct scheme two_schemes[] = {
	{ .id = "FROM", .levels = { "a", "b", "c" }, .n_levels = 3 },
	{ .id = "HOME", .levels = { "x", "y", "z" }, .n_levels = 3 },
};

#define GOOD                                                                                                           \
	{                                                                                                              \
		.id = "GOOD", .from = "FROM", .to = "HOME", .from_level = 1, .to_level = 1, .mode = MODE_RECOGNISED,   \
		.enabled = true, .effective_sec = 100, .ends_sec = 200                                                 \
	}

static struct recognition_rules rules_of(struct arrangement *arrangements, size_t n)
{
	return (struct recognition_rules){
		.home = "HOME",
		.schemes = two_schemes,
		.n_schemes = ARRAY_SIZE(two_schemes),
		.arrangements = arrangements,
		.n_arrangements = n,
	};
}

/* Bad in one way each, from the least far to the furthest. */
static void spoil(struct arrangement *a, enum hallmark_reason how)
{
	switch (how) {
	case REASON_ARRANGEMENT_OFF:
		a->enabled = false;
		break;
	case REASON_ARRANGEMENT_APPLICATION:
		a->mode = MODE_APPLICATION;
		break;
	case REASON_ARRANGEMENT_DATE:
		a->ends_sec = 150;
		break;
	case REASON_ARRANGEMENT_CONDITION:
		(void)snprintf(a->condition, sizeof(a->condition), "extra-requirements");
		break;
	case REASON_ARRANGEMENT_CATEGORY:
		(void)snprintf(a->except[a->n_except++], CATEGORY_SIZE, "lighting");
		break;
	case REASON_ARRANGEMENT_FIELD:
		(void)snprintf(a->fields[a->n_fields++], CATEGORY_SIZE, "housing");
		break;
	default:
		a->from_level = 3;
	}
}

static const enum hallmark_reason ranking[] = {
	REASON_ARRANGEMENT_OFF,       REASON_ARRANGEMENT_APPLICATION, REASON_ARRANGEMENT_DATE,
	REASON_ARRANGEMENT_CONDITION, REASON_ARRANGEMENT_CATEGORY,    REASON_ARRANGEMENT_FIELD,
	REASON_ARRANGEMENT_LEVEL,
};

static void test_ranking(void **state)
{
	struct label_facts l = label_of("FROM", 2, "lighting", "finance");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ranking); i++)
		for (size_t j = 0; j < ARRAY_SIZE(ranking); j++) {
			struct arrangement two[] = { GOOD, GOOD };
			struct recognition_rules r = rules_of(two, 2);

			expect_level(&r, &l, 150, 1, "GOOD");
			spoil(&two[0], ranking[i]);
			expect_level(&r, &l, 150, 1, "GOOD");
			spoil(&two[1], ranking[j]);
			expect_reason(&r, &l, 150, ranking[i > j ? i : j]);

			/* both faults in one: the earlier stops it */
			struct arrangement one[] = { GOOD };

			r = rules_of(one, 1);
			spoil(&one[0], ranking[i]);
			spoil(&one[0], ranking[j]);
			expect_reason(&r, &l, 150, ranking[i < j ? i : j]);
		}
}

static void test_best_of_several(void **state)
{
	struct arrangement three[] = { GOOD, GOOD, GOOD };
	struct recognition_rules r = rules_of(three, 3);
	struct label_facts l = label_of("FROM", 1, "lighting", "");
	struct recognised ret;

	(void)state;
	(void)snprintf(three[1].id, sizeof(three[1].id), "HIGH");
	(void)snprintf(three[2].id, sizeof(three[2].id), "LONG");
	three[1].to_level = 2;
	expect_level(&r, &l, 150, 2, "HIGH");
	three[2].to_level = 2;
	three[2].ends_sec = 300;
	expect_level(&r, &l, 150, 2, "LONG");
	expect_level(&r, &l, 250, 2, "LONG");
	expect_reason(&r, &l, 300, REASON_ARRANGEMENT_DATE);

	recognise(&r, &l, 150, &ret);
	assert_int_equal(ret.expiry.at_sec, 300);
	assert_int_equal(ret.expiry.cause, EXPIRY_ARRANGEMENT);
	assert_int_equal(ret.mode, MODE_RECOGNISED);
}

static void test_edges_of_time(void **state)
{
	struct arrangement one[] = { GOOD };
	struct recognition_rules r = rules_of(one, 1);
	struct label_facts l = label_of("FROM", 1, "", "");

	(void)state;
	expect_reason(&r, &l, 99, REASON_ARRANGEMENT_DATE);
	expect_level(&r, &l, 100, 1, "GOOD");
	expect_level(&r, &l, 199, 1, "GOOD");
	expect_reason(&r, &l, 200, REASON_ARRANGEMENT_DATE);
}

/* Names are compared whole, and a direction is not the other. */
static void test_words_are_exact(void **state)
{
	struct arrangement one[] = { GOOD };
	struct recognition_rules r = rules_of(one, 1);
	struct label_facts good = label_of("FROM", 1, "lighting", "housing");
	struct label_facts category = label_of("FROM", 1, "light", "housing");
	struct label_facts field = label_of("FROM", 1, "lighting", "housing-x");
	struct label_facts home = label_of("HOME", 1, "lighting", "housing");

	(void)state;
	one[0].n_categories = one[0].n_fields = 1;
	(void)snprintf(one[0].categories[0], CATEGORY_SIZE, "lighting");
	(void)snprintf(one[0].fields[0], CATEGORY_SIZE, "housing");
	expect_level(&r, &good, 150, 1, "GOOD");
	expect_reason(&r, &category, 150, REASON_ARRANGEMENT_CATEGORY);
	expect_reason(&r, &field, 150, REASON_ARRANGEMENT_FIELD);
	(void)snprintf(r.home, sizeof(r.home), "FROM");
	expect_reason(&r, &home, 150, REASON_NO_ARRANGEMENT);
}

static void test_zero_is_no(void **state)
{
	struct arrangement zero[1] = { { .enabled = false } };
	struct recognition_rules none = { 0 }, r = rules_of(zero, 1);
	struct label_facts l = label_of("FROM", 1, "", "");

	(void)state;
	expect_reason(&none, &l, 150, REASON_SCHEME_UNKNOWN);
	expect_reason(&r, &l, 150, REASON_NO_ARRANGEMENT);
	(void)snprintf(zero[0].from, sizeof(zero[0].from), "FROM");
	(void)snprintf(zero[0].to, sizeof(zero[0].to), "HOME");
	expect_reason(&r, &l, 150, REASON_ARRANGEMENT_OFF);
	zero[0].enabled = true;
	expect_reason(&r, &l, 150, REASON_ARRANGEMENT_OFF);

	/* a home that no scheme is called by recognises nothing, by whatever arrangement */
	struct arrangement one[] = { GOOD };

	r = rules_of(one, 1);
	(void)snprintf(r.home, sizeof(r.home), "NOWHERE");
	(void)snprintf(one[0].to, sizeof(one[0].to), "NOWHERE");
	expect_reason(&r, &l, 150, REASON_SCHEME_UNKNOWN);
	r.home[0] = '\0';
	expect_reason(&r, &l, 150, REASON_SCHEME_UNKNOWN);
}

static void test_level_names(void **state)
{
	_cleanup_(config_freep) struct config *c = shipped("KR-CIC");
	const struct scheme *s = scheme_find(&c->recognition, "KR-CIC");

	(void)state;
	assert_non_null(s);
	assert_int_equal(scheme_level(s, "Lite"), 1);
	assert_int_equal(scheme_level(s, "Standard"), 3);
	assert_int_equal(scheme_level(s, "standard"), 0);
	assert_int_equal(scheme_level(s, ""), 0);
	assert_string_equal(scheme_level_name(s, 2), "Basic");
	assert_string_equal(scheme_level_name(s, 0), "none");
	assert_string_equal(scheme_level_name(s, 4), "none");
	assert_null(scheme_find(&c->recognition, "XX"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_row_levels),
		cmocka_unit_test(test_row_dates),
		cmocka_unit_test(test_row_scope),
		cmocka_unit_test(test_row_application),
		cmocka_unit_test(test_shipped_is_this_table),
		cmocka_unit_test(test_no_chain),
		cmocka_unit_test(test_own_labels),
		cmocka_unit_test(test_ranking),
		cmocka_unit_test(test_best_of_several),
		cmocka_unit_test(test_edges_of_time),
		cmocka_unit_test(test_words_are_exact),
		cmocka_unit_test(test_zero_is_no),
		cmocka_unit_test(test_level_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
