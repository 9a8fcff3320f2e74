/* SPDX-License-Identifier: Apache-2.0 */
/* links: settle */
/*
 * What the registry wants against a kernel made of an array: each kind of discrepancy is found and mended, and what is as it
 * should be is left alone.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/timekeeper.h"
#include "clock_kit.h"
#include "config/config.h"
#include "core/devices/in_force.h"
#include "core/devices/registry.h"
#include "core/settle/admissions.h"
#include "core/settle/drift.h"
#include "core/settle/settler.h"
#include "core/settle/tables.h"
#include "core/tell/teller.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "enforce/ruleset.h"
#include "kernel_double.h"
#include "pki.h"

#define TRUSTED    1
#define RESTRICTED 2
#define MANY       3000
#define HELD_MAX   (DRIFT_COUNTED_MAX + 64)

/* --- the kernel --- */

static struct set_entry held[HELD_MAX], written[HELD_MAX];
static size_t n_held, n_written;
static uint64_t ends_usec[HELD_MAX];   /* of a kernel that counts */
static bool is_counting;               /* it does: what is held runs out */
static uint64_t load_usec, write_usec; /* what loading the table takes, and writing to it */
static struct nft_sets sets;
static int list_result, write_result;
static bool is_obedient; /* what is written is held from then on */

static int list(const struct ruleset *r, struct set_entry **ret, size_t *ret_n)
{
	(void)r;
	if (list_result < 0)
		return list_result;
	*ret = calloc(n_held + 1, sizeof(**ret));
	assert_non_null(*ret);
	memcpy(*ret, held, n_held * sizeof(held[0]));
	for (size_t i = 0; is_counting && i < n_held; i++)
		if (ends_usec[i] != UINT64_MAX) /* for ever */
			(*ret)[i].timeout_sec =
				(uint32_t)((ends_usec[i] - elapsed_usec + USEC_PER_SEC - 1) / USEC_PER_SEC);
	*ret_n = n_held;
	return 0;
}

static void hold_entry(const struct set_entry *e)
{
	size_t i = 0;

	while (i < n_held && entry_compare(&held[i], e) != 0)
		i++;
	assert_true(i < HELD_MAX && e->timeout_sec > 0);
	held[i] = *e;
	ends_usec[i] = elapsed_usec + e->timeout_sec * USEC_PER_SEC;
	n_held += i == n_held;
}

static int write_entries(const struct ruleset *r, const struct set_entry *entries, size_t n)
{
	(void)r;
	assert_in_range(n, 1, HELD_MAX);
	memcpy(written, entries, n * sizeof(entries[0]));
	n_written = n;
	elapsed_usec += write_usec;
	for (size_t i = 0; is_counting && i < n; i++)
		hold_entry(&entries[i]);
	if (!is_obedient)
		return write_result;
	n_held = 0;
	for (size_t i = 0; i < n; i++)
		if (entries[i].timeout_sec > 0)
			held[n_held++] = entries[i];
	return write_result;
}

static size_t n_kept; /* elements whose addresses go on being answered */
static int prune_result;

static int prune_answers(size_t n)
{
	n_kept = n;
	return prune_result;
}

static int ensure_table(const struct element *elements, size_t n, bool *ret_loaded)
{
	*ret_loaded = is_counting;
	elapsed_usec += load_usec;
	for (size_t i = 0; is_counting && i < n; i++) {
		struct set_entry entries[SETS_MAX];
		size_t n_entries = element_entries(&sets, &elements[i], entries);

		for (size_t j = 0; j < n_entries; j++)
			if (entries[j].timeout_sec > 0)
				hold_entry(&entries[j]);
	}
	return 0;
}

static struct config config;
static struct in_force in_force = { .config = &config };
static struct teller teller = { .in_force = &in_force };
static struct settler settler;

static struct verdict verdict_at(uint8_t number, uint8_t zone, int64_t left_sec)
{
	struct verdict v = { .facts.device = { number }, .was_admitted = true };

	v.decision.zone = zone;
	v.decision.decided_sec = timekeeper_now(&settler.time) - 10;
	v.decision.expiry.at_sec = timekeeper_now(&settler.time) + left_sec;
	must(snprintf(v.interface, sizeof(v.interface), "port%u", number) > 0);
	v.mac[5] = number;
	return v;
}

static void admit(uint8_t number, uint8_t zone, int64_t left_sec)
{
	const struct verdict v = verdict_at(number, zone, left_sec);

	assert_int_equal(registry_put(settler.registry, &v), 0);
}

/* The kernel holds what this verdict would have it hold, for so long. */
static void hold(uint8_t number, uint8_t zone, uint32_t left_sec)
{
	const struct verdict v = verdict_at(number, zone, left_sec > 0 ? left_sec : 1000);
	const struct element e = verdict_element(&v, timekeeper_now(&settler.time));
	struct set_entry entries[SETS_MAX];
	size_t n = element_entries(&sets, &e, entries);

	for (size_t i = 0; i < n; i++)
		if (entries[i].timeout_sec > 0) {
			held[n_held] = entries[i];
			held[n_held++].timeout_sec = left_sec;
		}
}

static int set_up(void **state)
{
	(void)state;
	log_set_level(-1);
	config.policy = (struct policy){ .zones = { { "quarantine" }, { "trusted" }, { "restricted" } }, .n_zones = 3 };
	config.ruleset = (struct ruleset){ .policy = &config.policy };
	settler = (struct settler){
		.in_force = &in_force, .teller = &teller, .registry = registry_new(), .tables.is_drifting = true
	};
	is_obedient = is_counting = false;
	elapsed_usec = 700000; /* in the middle of a second */
	load_usec = write_usec = 0;
	n_held = n_written = 0;
	list_result = write_result = 0;
	timekeeper_init(&settler.time, clock_realtime_sec());
	(void)timekeeper_take_step(&settler.time, &(int64_t){ 0 });
	sets_of(&config.ruleset, &sets);
	kernel_double = (struct kernel_double){
		.list = list, .write = write_entries, .prune_answers = prune_answers, .ensure_table = ensure_table
	};
	return settler.registry ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	registry_free(settler.registry);
	return 0;
}

static void expect_written(size_t i, uint8_t zone, uint32_t least, uint32_t most)
{
	assert_true(i < n_written);
	assert_int_equal(sets.list[written[i].set].kind, SET_ZONE);
	assert_int_equal(sets.list[written[i].set].zone, zone);
	assert_in_range(written[i].timeout_sec, least, most);
}

static void test_nothing_to_do(void **state)
{
	(void)state;
	admit(1, TRUSTED, 100);
	admit(2, RESTRICTED, 50);
	hold(2, RESTRICTED, 50);
	hold(1, TRUSTED, 90); /* less is left than could be: the kernel's count is the right one */
	assert_int_equal(drift_mend(&settler), 0);
	assert_int_equal(n_written, 0);
	assert_int_equal(settler.tables.drifts, 0);
	assert_false(settler.tables.is_drifting);
}

/* As a set may be told that the kernel makes larger or smaller meanwhile. */
static void test_told_twice(void **state)
{
	(void)state;
	admit(1, TRUSTED, 100);
	admit(2, TRUSTED, 100);
	hold(1, TRUSTED, 90);
	hold(1, TRUSTED, 90);
	hold(2, TRUSTED, 5000);
	hold(2, TRUSTED, 5000);
	assert_int_equal(drift_mend(&settler), 0);
	assert_int_equal(n_written, 1);
	expect_written(0, TRUSTED, 40, 100);
}

static void test_missing_comes_back(void **state)
{
	(void)state;
	admit(1, TRUSTED, 100);
	assert_int_equal(drift_mend(&settler), 0);
	assert_int_equal(n_written, 1);
	expect_written(0, TRUSTED, 40, 100);
	assert_int_equal(settler.tables.drifts, 1);
}

static void test_stray_goes(void **state)
{
	(void)state;
	hold(3, TRUSTED, 100);
	assert_int_equal(drift_mend(&settler), 0);
	assert_int_equal(n_written, 1);
	expect_written(0, TRUSTED, 0, 0);
}

static void test_wrong_zone_is_both(void **state)
{
	(void)state;
	admit(1, RESTRICTED, 100);
	hold(1, TRUSTED, 100);
	assert_int_equal(drift_mend(&settler), 0);
	assert_int_equal(n_written, 2);
	expect_written(0, TRUSTED, 0, 0);
	expect_written(1, RESTRICTED, 40, 100);
}

static void test_permanent_and_too_long_are_cut(void **state)
{
	(void)state;
	admit(1, TRUSTED, 100);
	admit(2, TRUSTED, 100);
	hold(1, TRUSTED, 0); /* for ever */
	hold(2, TRUSTED, 5000);
	assert_int_equal(drift_mend(&settler), 0);
	assert_int_equal(n_written, 2);
	expect_written(0, TRUSTED, 40, 100);
	expect_written(1, TRUSTED, 40, 100);
}

static void test_ended_is_a_stray(void **state)
{
	(void)state;
	admit(1, TRUSTED, 0);
	hold(1, TRUSTED, 30);
	assert_int_equal(drift_mend(&settler), 0);
	assert_int_equal(n_written, 1);
	expect_written(0, TRUSTED, 0, 0);
}

static void test_finding_changes_nothing(void **state)
{
	_cleanup_free_ struct discrepancy *list = NULL;
	size_t n = 0;

	(void)state;
	admit(1, TRUSTED, 100);
	hold(2, TRUSTED, 40);
	assert_int_equal(drift_find(&settler, &list, &n), 0);
	assert_int_equal(n, 2);
	assert_true(list[0].is_present);
	assert_int_equal(list[0].present_sec, 40);
	assert_int_equal(list[0].wanted.timeout_sec, 0);
	assert_false(list[1].is_present);
	assert_in_range(list[1].wanted.timeout_sec, 40, 100);
	assert_int_equal(n_written, 0);
}

static void test_what_fails_stays_due(void **state)
{
	(void)state;
	admit(1, TRUSTED, 100);
	list_result = -EINTR;
	assert_int_equal(drift_mend(&settler), -EINTR);
	assert_true(settler.tables.is_drifting);
	list_result = 0;
	write_result = -ENFILE;
	assert_int_equal(drift_mend(&settler), -ENFILE);
	assert_true(settler.tables.is_drifting);
	assert_int_equal(settler.tables.drifts, 0);
	write_result = 0;
	prune_result = -EINTR;
	assert_int_equal(drift_mend(&settler), -EINTR);
	assert_true(settler.tables.is_drifting);
	prune_result = 0;
	assert_int_equal(drift_mend(&settler), 0);
	assert_false(settler.tables.is_drifting);
}

/* Who is in no set is not answered either: also where nothing else is amiss. */
static void test_answers_are_pruned(void **state)
{
	(void)state;
	admit(1, TRUSTED, 100);
	admit(2, TRUSTED, 0);
	hold(1, TRUSTED, 90);
	n_kept = 99;
	assert_int_equal(drift_mend(&settler), 0);
	assert_int_equal(n_kept, 1);
}

static void test_start_reads_back(void **state)
{
	(void)state;
	admit(1, TRUSTED, 100);
	assert_int_equal(drift_settle(&settler), -EIO); /* written, and not there */
	is_obedient = true;
	assert_int_equal(drift_settle(&settler), 0);
	assert_int_equal(n_held, 1);
	hold(3, TRUSTED, 100); /* a stray that will not go */
	is_obedient = false;
	assert_int_equal(drift_settle(&settler), -EIO);
	list_result = -EINTR;
	assert_int_equal(drift_settle(&settler), -EINTR);
}

/* Between the write and the reading it may end by the kernel's clock or by ours; one that never ends may not. */
static void test_what_is_ending_is_no_difference(void **state)
{
	(void)state;
	admit(1, TRUSTED, 2);
	assert_int_equal(drift_settle(&settler), 0);
	hold(2, RESTRICTED, 1);
	assert_int_equal(drift_settle(&settler), 0);
	hold(4, RESTRICTED, 0); /* for ever */
	assert_int_equal(drift_settle(&settler), -EIO);
}

static void test_without_enforcement_nothing_is_mended(void **state)
{
	_cleanup_free_ struct discrepancy *list = NULL;
	size_t n = 0;

	(void)state;
	admit(1, TRUSTED, 100);
	settler.tables.has_no_enforcement = true;
	assert_int_equal(drift_mend(&settler), 0);
	assert_int_equal(drift_settle(&settler), 0);
	assert_int_equal(n_written, 0);
	assert_int_equal(settler.tables.drifts, 0);
	assert_int_equal(drift_find(&settler, &list, &n), 0); /* and that it is missing is said */
	assert_int_equal(n, 1);
}

/* On a bridge each device is in several sets, and each of them is held to what it should be. */
static void test_every_set_of_a_bridge(void **state)
{
	struct verdict v = verdict_at(1, TRUSTED, 100);

	(void)state;
	config.ruleset.n_bridges = 1;
	sets_of(&config.ruleset, &sets);
	must(snprintf(v.port, sizeof(v.port), "tap1") > 0);
	v.address4.s_addr = 0x0100000a;
	assert_int_equal(registry_put(settler.registry, &v), 0);
	assert_int_equal(drift_mend(&settler), 0);
	assert_int_equal(n_written, 6); /* both zones' sets, placed, own_mac, bound4, claimed4 */
	memcpy(held, written, sizeof(held));
	n_held = 6;
	n_written = 0;
	assert_int_equal(drift_mend(&settler), 0);
	assert_int_equal(n_written, 0);
	n_held = 5;
	assert_int_equal(drift_mend(&settler), 0);
	assert_int_equal(n_written, 1);
	assert_int_equal(sets.list[written[0].set].kind, SET_CLAIMED4);
}

/* --- how many --- */

static void admit_some(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct verdict v = verdict_at(1, TRUSTED, 3600 + i);

		memcpy(v.facts.device, &i, sizeof(i));
		memcpy(v.mac + 2, &i, sizeof(i));
		assert_int_equal(registry_put(settler.registry, &v), 0);
	}
}

static void expect_counts(int result, uint64_t desired, uint64_t enforced)
{
	struct admission_counts counts;

	assert_int_equal(drift_count(&settler, &counts), result);
	assert_int_equal(counts.desired[TRUSTED], desired);
	assert_int_equal(counts.enforced[TRUSTED], enforced);
	assert_int_equal(counts.desired[ZONE_QUARANTINE] + counts.enforced[ZONE_QUARANTINE], 0);
	assert_int_equal(counts.counted_usec > 0, result == 0 && !settler.tables.has_no_enforcement);
}

static void test_few_are_counted_now(void **state)
{
	(void)state;
	expect_counts(0, 0, 0);
	admit(1, TRUSTED, 100);
	admit(2, RESTRICTED, 100);
	admit(3, ZONE_QUARANTINE, 100);
	expect_counts(0, 1, 0);
	hold(1, TRUSTED, 100);
	hold(4, TRUSTED, 100); /* which nobody has let in */
	expect_counts(0, 1, 2);
	list_result = -EPERM;
	expect_counts(-EPERM, 1, 0);
	settler.tables.has_no_enforcement = true;
	expect_counts(0, 1, 0);
}

/* Nobody reads so many for one question: those of the last comparison, and what it wrote. */
static void test_many_were_counted(void **state)
{
	(void)state;
	admit_some(DRIFT_COUNTED_MAX + 1);
	expect_counts(0, DRIFT_COUNTED_MAX + 1, 0); /* never compared yet */
	hold(1, TRUSTED, 100);
	expect_counts(0, DRIFT_COUNTED_MAX + 1, 0);
	write_result = -ENFILE;
	assert_int_equal(drift_mend(&settler), -ENFILE);
	expect_counts(0, DRIFT_COUNTED_MAX + 1, 1); /* no more than was there, for all that is known */
	write_result = 0;
	assert_int_equal(drift_mend(&settler), 0);
	expect_counts(0, DRIFT_COUNTED_MAX + 1, DRIFT_COUNTED_MAX + 1);
	list_result = -EPERM;
	assert_int_equal(drift_mend(&settler), -EPERM);
	expect_counts(-EPERM, DRIFT_COUNTED_MAX + 1, 0);
}

/* --- what we wrote ourselves --- */

static size_t count_found(void)
{
	_cleanup_free_ struct discrepancy *list = NULL;
	size_t n = 0;

	assert_int_equal(drift_find(&settler, &list, &n), 0);
	return n;
}

/* None but the last ends later than its verdict, beyond what whole seconds bring. */
static void expect_no_later(void)
{
	for (size_t i = 0; i < n_held; i++) {
		uint32_t number;

		memcpy(&number, held[i].key + IFNAMSIZ + 2, sizeof(number));
		assert_true(ends_usec[i] <= (3600 + number + 3) * USEC_PER_SEC);
	}
}

/* The tables were gone, and are loaded with thousands, which takes a slow machine eleven seconds. */
static void load_slowly(void)
{
	is_counting = true;
	admit_some(MANY);
	load_usec = 11 * USEC_PER_SEC;
	assert_int_equal(tables_ensure(&settler, admissions_now(&settler)), 0);
	assert_int_equal(n_held, MANY);
	assert_int_equal(settler.tables.drifts, 1); /* that they were gone */
}

static void test_what_was_loaded_slowly_is_no_drift(void **state)
{
	(void)state;
	load_slowly();
	assert_int_equal(count_found(), 0);
	assert_true(settler.tables.is_drifting); /* but it is seen to that nothing ends later for it */
	assert_int_equal(drift_mend(&settler), 0);
	assert_int_equal(n_written, MANY);
	expect_no_later();
	assert_int_equal(settler.tables.drifts, 1);
	for (int i = 0; i < 10; i++) {
		elapsed_usec += 300 * USEC_PER_SEC + 333333;
		n_written = 0;
		assert_int_equal(count_found(), 0);
		assert_int_equal(drift_mend(&settler), 0);
		assert_int_equal(n_written, 0);
	}
	assert_int_equal(settler.tables.drifts, 1);
}

/* Nor what mending it takes. */
static void test_what_was_mended_slowly_is_no_drift(void **state)
{
	(void)state;
	load_slowly();
	write_usec = 9 * USEC_PER_SEC;
	assert_int_equal(drift_mend(&settler), 0);
	assert_int_equal(count_found(), 0);
	write_usec = 0;
	assert_int_equal(drift_mend(&settler), 0);
	assert_int_equal(count_found(), 0);
	expect_no_later();
	assert_int_equal(settler.tables.drifts, 1);
}

/* In the same seconds, what another has written is one: a longer time, one without end, and what no verdict allows. */
static void test_drift_among_what_was_loaded_slowly(void **state)
{
	struct set_entry stray;

	(void)state;
	load_slowly();
	stray = held[9];
	stray.key[IFNAMSIZ] = 1;
	stray.timeout_sec = 600;
	hold_entry(&stray);
	ends_usec[7] += 30 * USEC_PER_SEC;
	ends_usec[8] = UINT64_MAX;
	held[8].timeout_sec = 0;
	assert_int_equal(count_found(), 3);
	is_counting = false; /* the stray goes, which this kernel cannot */
	assert_int_equal(drift_mend(&settler), 0);
	assert_int_equal(settler.tables.drifts, 2);
}

/* And once that is over, fewer seconds are. */
static void test_drift_after_what_was_loaded_slowly(void **state)
{
	(void)state;
	load_slowly();
	assert_int_equal(drift_mend(&settler), 0);
	ends_usec[7] += 8 * USEC_PER_SEC;
	assert_int_equal(count_found(), 1);
	assert_int_equal(drift_mend(&settler), 0);
	assert_int_equal(settler.tables.drifts, 2);
	expect_no_later();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_to_do),
		TEST(test_told_twice),
		TEST(test_missing_comes_back),
		TEST(test_stray_goes),
		TEST(test_wrong_zone_is_both),
		TEST(test_permanent_and_too_long_are_cut),
		TEST(test_ended_is_a_stray),
		TEST(test_finding_changes_nothing),
		TEST(test_what_fails_stays_due),
		TEST(test_answers_are_pruned),
		TEST(test_start_reads_back),
		TEST(test_what_is_ending_is_no_difference),
		TEST(test_without_enforcement_nothing_is_mended),
		TEST(test_every_set_of_a_bridge),
		TEST(test_few_are_counted_now),
		TEST(test_many_were_counted),
		TEST(test_what_was_loaded_slowly_is_no_drift),
		TEST(test_what_was_mended_slowly_is_no_drift),
		TEST(test_drift_among_what_was_loaded_slowly),
		TEST(test_drift_after_what_was_loaded_slowly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
