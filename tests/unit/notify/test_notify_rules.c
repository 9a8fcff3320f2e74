/* SPDX-License-Identifier: Apache-2.0 */
/* links: notify */
/* Which events are told to whom and when; time is a parameter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "ctl/value.h"
#include "notify/rules.h"
#include "notify/settings.h"
#include "notify/text.h"

DEFINE_CLEANUP(struct value *, value_free);

#define NOON_SEC INT64_C(1780056000) /* 2026-05-29T12:00:00Z */
#define HOUR_SEC 3600

/* What was told, "TARGET:TEXT\n" each. */
static char told[8192];

static void tell(size_t target, const struct value *event, void *userdata)
{
	char subject[SUBJECT_SIZE];
	const size_t n = strlen(told);

	assert_null(userdata);
	(void)snprintf(told + n, sizeof(told) - n, "%zu:%s\n", target, text_subject(event, subject));
}

static void expect_told(const char *wanted)
{
	assert_string_equal(told, wanted);
	told[0] = '\0';
}

static struct texts texts_of(const char **list)
{
	struct texts t = { .list = list };

	while (list[t.n])
		t.n++;
	return t;
}

static struct rule_settings rule;
static struct settings settings = { .rules = &rule, .n_rules = 1 };
static struct rules *rules;

static int set_up(void **state)
{
	(void)state;
	told[0] = '\0';
	rule = (struct rule_settings){
		.name = "one", .kinds = ~0U, .targets = { 3 }, .n_targets = 1, .most = 100, .within_sec = 600
	};
	settings.quiet = (struct quiet){ 0 };
	return rules_new(&settings, tell, NULL, &rules);
}

static int tear_down(void **state)
{
	(void)state;
	rules_free(rules);
	return 0;
}

static struct value *admission(const char *segment, const char *after, const char *order)
{
	struct value *v = value_new(VALUE_MAP);

	value_add_text(v, "event", "admission");
	value_add_text(v, "name", "lamp");
	value_add_text(v, "segment", segment);
	value_add_text(v, "before", "attic");
	value_add_text(v, "after", after);
	value_add_text(v, "reason", order[0] ? "operator-quarantine" : "admitted");
	value_add_text(v, "order", order);
	return v;
}

static void take(const char *segment, const char *after, const char *order, int64_t now_sec)
{
	_cleanup_(value_freep) struct value *v = admission(segment, after, order);

	rules_take(rules, v, now_sec);
}

static void take_wave(int64_t now_sec)
{
	_cleanup_(value_freep) struct value *v = value_new(VALUE_MAP);

	value_add_text(v, "event", "wave");
	value_add_number(v, "changes", 70);
	value_add_number(v, "seconds", 9);
	value_add_number(value_add_new(v, "zones", VALUE_MAP), "trusted", 70);
	rules_take(rules, v, now_sec);
}

#define LAMP "3:lamp, 101: attic → trusted (admitted)\n"

static void test_what_matches(void **state)
{
	(void)state;
	take("101", "trusted", "", NOON_SEC);
	expect_told(LAMP);
	rule.kinds = EVENT_UNKNOWN;
	take("101", "trusted", "", NOON_SEC);
	expect_told("");
	rule.kinds = EVENT_ORDER;
	take("101", "trusted", "", NOON_SEC);
	expect_told("");
	take("101", "quarantine", "quarantine", NOON_SEC);
	expect_told("3:lamp, 101: attic → quarantine (operator-quarantine)\n");
}

static void test_zones_segments_and_reasons(void **state)
{
	(void)state;
	rule.zones = texts_of((const char *[]){ "trusted", NULL });
	take("101", "trusted", "", NOON_SEC);
	expect_told(LAMP);
	take("101", "restricted", "", NOON_SEC);
	expect_told("");
	take_wave(NOON_SEC);
	expect_told("3:70 changes in 9 s: 70 to trusted\n");
	rule.zones = texts_of((const char *[]){ "restricted", NULL });
	take_wave(NOON_SEC);
	expect_told("");
	rule.zones = (struct texts){ 0 };
	rule.segments = texts_of((const char *[]){ "10*", NULL });
	take("101", "trusted", "", NOON_SEC);
	expect_told(LAMP);
	take("201", "trusted", "", NOON_SEC);
	expect_told("");
	rule.segments = (struct texts){ 0 };
	rule.reasons = texts_of((const char *[]){ "expired", "admitted", NULL });
	take("101", "trusted", "", NOON_SEC);
	expect_told(LAMP);
	take("101", "trusted", "quarantine", NOON_SEC);
	expect_told("");
}

/* A storm is one message, and the one after it too; when it is calm, events are told one by one again. */
static void test_many_become_one(void **state)
{
	(void)state;
	rule.most = 2;
	for (int i = 0; i < 30; i++)
		take("101", i % 2 ? "trusted" : "quarantine", "", NOON_SEC + i);
	expect_told("3:lamp, 101: attic → quarantine (admitted)\n" LAMP);
	assert_int_equal(rules_next(rules), NOON_SEC + 600);
	rules_run(rules, NOON_SEC + 599);
	expect_told("");
	rules_run(rules, NOON_SEC + 600);
	expect_told("3:28 events in 27 s: 28 admission\n");
	assert_int_equal(rules_next(rules), 0);
	for (int i = 0; i < 5; i++)
		take("101", "trusted", "", NOON_SEC + 700);
	expect_told("");
	rules_run(rules, NOON_SEC + 1300);
	expect_told("3:5 events in 0 s: 5 admission\n");
	take("101", "trusted", "", NOON_SEC + 2000);
	expect_told(LAMP);
}

/* A sum of one is that one. */
static void test_one_alone(void **state)
{
	(void)state;
	rule.most = 0;
	take("101", "trusted", "", NOON_SEC);
	expect_told("");
	rules_run(rules, NOON_SEC + 600);
	expect_told(LAMP);
}

static void test_a_clock_that_is_set_back(void **state)
{
	(void)state;
	rule.most = 1;
	take("101", "trusted", "", NOON_SEC);
	take("101", "trusted", "", NOON_SEC);
	expect_told(LAMP);
	rules_run(rules, NOON_SEC - HOUR_SEC);
	expect_told(LAMP);
}

static void test_flushed_at_the_end(void **state)
{
	(void)state;
	rule.most = 0;
	take("101", "trusted", "", NOON_SEC);
	rules_flush(rules, NOON_SEC + 1);
	expect_told(LAMP);
	rules_flush(rules, NOON_SEC + 1);
	expect_told("");
}

static void test_quiet_end(void **state)
{
	const struct quiet night = { .from_min = 22 * 60, .until_min = 7 * 60 }, lunch = { 12 * 60, 13 * 60 },
			   none = { 0 };
	const int64_t midnight_sec = NOON_SEC + 12 * HOUR_SEC;

	(void)state;
	assert_int_equal(quiet_end(&none, NOON_SEC), 0);
	assert_int_equal(quiet_end(&night, NOON_SEC), 0);
	assert_int_equal(quiet_end(&night, midnight_sec - 2 * HOUR_SEC - 1), 0);
	assert_int_equal(quiet_end(&night, midnight_sec - 2 * HOUR_SEC), midnight_sec + 7 * HOUR_SEC);
	assert_int_equal(quiet_end(&night, midnight_sec), midnight_sec + 7 * HOUR_SEC);
	assert_int_equal(quiet_end(&night, midnight_sec + 7 * HOUR_SEC - 1), midnight_sec + 7 * HOUR_SEC);
	assert_int_equal(quiet_end(&night, midnight_sec + 7 * HOUR_SEC), 0);
	assert_int_equal(quiet_end(&lunch, NOON_SEC), NOON_SEC + HOUR_SEC);
	assert_int_equal(quiet_end(&lunch, NOON_SEC - 1), 0);
	assert_int_equal(quiet_end(&lunch, NOON_SEC + HOUR_SEC), 0);
}

static void test_quiet_hours(void **state)
{
	(void)state;
	settings.quiet = (struct quiet){ .from_min = 12 * 60, .until_min = 13 * 60 };
	take("101", "trusted", "", NOON_SEC);
	take("101", "trusted", "", NOON_SEC + 1800);
	rules_run(rules, NOON_SEC + 1800);
	expect_told("");
	assert_int_equal(rules_next(rules), NOON_SEC + HOUR_SEC);
	rules_run(rules, NOON_SEC + HOUR_SEC);
	expect_told("3:2 events in 30 min: 2 admission\n");
	take("101", "trusted", "", NOON_SEC + 2 * HOUR_SEC);
	expect_told(LAMP);
	rule.is_urgent = true;
	take("101", "trusted", "", NOON_SEC + 24 * HOUR_SEC);
	expect_told(LAMP);
}

/* A window that begins before quiet hours is not told within them; without these it is. */
static void test_a_sum_waits_for_the_morning(void **state)
{
	const int64_t evening_sec = NOON_SEC - 300;

	(void)state;
	rule.most = 0;
	take("101", "trusted", "", evening_sec);
	rules_run(rules, evening_sec + 600);
	expect_told(LAMP);
	settings.quiet = (struct quiet){ .from_min = 12 * 60, .until_min = 13 * 60 };
	take("101", "trusted", "", evening_sec);
	rules_run(rules, evening_sec + 600);
	expect_told("");
	assert_int_equal(rules_next(rules), NOON_SEC + HOUR_SEC);
	take("101", "trusted", "", NOON_SEC + 1800);
	rules_run(rules, NOON_SEC + HOUR_SEC - 1);
	expect_told("");
	rules_run(rules, NOON_SEC + HOUR_SEC);
	expect_told("3:2 events in 35 min: 2 admission\n");
	rule.is_urgent = true;
	take("101", "trusted", "", evening_sec);
	rules_run(rules, evening_sec + 600);
	expect_told(LAMP);
}

/* What a kill would lose. */
static void test_waiting_since(void **state)
{
	_cleanup_(value_freep) struct value *missed = value_new(VALUE_MAP);

	(void)state;
	rule.most = 1;
	take("101", "trusted", "", NOON_SEC);
	expect_told(LAMP);
	assert_int_equal(rules_waiting_since(rules), 0);
	take("101", "trusted", "", NOON_SEC + 2);
	take("101", "trusted", "", NOON_SEC + 3);
	assert_int_equal(rules_waiting_since(rules), NOON_SEC + 2);
	value_add_text(missed, "event", "gateway");
	value_add_number(missed, "missed_from", NOON_SEC - 100);
	rules_take(rules, missed, NOON_SEC + 4);
	assert_int_equal(rules_waiting_since(rules), NOON_SEC - 100);
	rules_run(rules, NOON_SEC + 600);
	assert_int_equal(rules_waiting_since(rules), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_matches),
		TEST(test_zones_segments_and_reasons),
		TEST(test_many_become_one),
		TEST(test_one_alone),
		TEST(test_a_clock_that_is_set_back),
		TEST(test_flushed_at_the_end),
		TEST(test_quiet_end),
		TEST(test_quiet_hours),
		TEST(test_a_sum_waits_for_the_morning),
		TEST(test_waiting_since),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
