/* SPDX-License-Identifier: Apache-2.0 */
/* links: settle */
/*
 * The gateway's time against three clocks that the test turns: a clock that starts wrong, is set forward or back, is behind
 * the store or was once far ahead of it; and what that does to admissions. base/clock.c's functions are doubled here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <systemd/sd-id128.h>

#include "appraise/expiry.h"
#include "base/clock.h"
#include "base/sizes.h"
#include "base/timekeeper.h"
#include "core/devices/registry.h"
#include "core/settle/admissions.h"
#include "core/settle/settler.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "enforce/membership.h"
#include "registry_kit.h"

#define T0   INT64_C(1800000000)
#define HOUR 3600
#define DAY  86400

/* --- the clocks --- */

static int64_t real_sec;
static uint64_t monotonic_usec;
static bool is_synchronised;

int64_t clock_realtime_sec(void)
{
	return real_sec;
}

uint64_t clock_monotonic_usec(void)
{
	return monotonic_usec;
}

bool clock_is_synchronised(void)
{
	return is_synchronised;
}

char *time_to_text(int64_t time_sec, char ret[static 32])
{
	(void)snprintf(ret, 32, "%lld", (long long)time_sec);
	return ret;
}

char *span_to_text(int64_t span_sec, char ret[static 32])
{
	return time_to_text(span_sec, ret);
}

static void boot(int64_t at_sec, bool synchronised)
{
	real_sec = at_sec;
	monotonic_usec = 7 * USEC_PER_SEC + 300000;
	is_synchronised = synchronised;
}

static void pass(int64_t sec)
{
	real_sec += sec;
	monotonic_usec += (uint64_t)sec * USEC_PER_SEC;
}

/* --- the time --- */

static void test_right_clock(void **state)
{
	struct timekeeper t;
	int64_t step_sec;

	(void)state;
	boot(T0, true);
	timekeeper_init(&t, T0 - DAY);
	assert_int_equal(timekeeper_now(&t), T0);
	pass(HOUR);
	assert_int_equal(timekeeper_now(&t), T0 + HOUR);
	assert_false(timekeeper_take_step(&t, &step_sec));
	assert_int_equal(timekeeper_peek(&t), T0 + HOUR);
}

/* Seconds of two clocks do not turn together: that is no step. */
static void test_parts_of_a_second(void **state)
{
	struct timekeeper t;
	int64_t step_sec;

	(void)state;
	boot(T0, true);
	timekeeper_init(&t, 0);
	for (int i = 0; i < 1000; i++) {
		monotonic_usec += 999000;
		real_sec = T0 + (int64_t)((monotonic_usec - 7000000) / USEC_PER_SEC);
		assert_int_equal(timekeeper_now(&t), real_sec);
	}
	assert_false(timekeeper_take_step(&t, &step_sec));
}

/* A gateway without battery wakes up in 1970. Time goes on from the floor, and does not stand still there. */
static void test_clock_that_starts_wrong(void **state)
{
	struct timekeeper t;
	int64_t step_sec = 0;

	(void)state;
	boot(100, false);
	timekeeper_init(&t, T0);
	assert_int_equal(timekeeper_now(&t), T0);
	pass(HOUR);
	assert_int_equal(timekeeper_now(&t), T0 + HOUR);
	assert_false(timekeeper_take_step(&t, &step_sec));

	/* NTP speaks: the gateway was off for three days */
	real_sec = T0 + 3 * DAY;
	is_synchronised = true;
	assert_true(timekeeper_take_step(&t, &step_sec));
	assert_int_equal(step_sec, 3 * DAY - HOUR);
	assert_int_equal(timekeeper_now(&t), T0 + 3 * DAY);
	assert_false(timekeeper_take_step(&t, &step_sec));
}

/* One that is not disciplined and not behind is believed: nothing better is there. */
static void test_clock_ahead_of_the_floor(void **state)
{
	struct timekeeper t;
	int64_t step_sec = -1;

	(void)state;
	boot(T0 + DAY, false);
	timekeeper_init(&t, T0);
	assert_int_equal(timekeeper_now(&t), T0 + DAY);

	/* it becomes disciplined, and was right: a step of nothing, which is news all the same */
	is_synchronised = true;
	assert_true(timekeeper_take_step(&t, &step_sec));
	assert_int_equal(step_sec, 0);
}

static void test_set_back_by_hand(void **state)
{
	struct timekeeper t;
	int64_t step_sec;

	(void)state;
	boot(T0, false);
	timekeeper_init(&t, 0);
	pass(10);
	real_sec -= DAY;
	assert_int_equal(timekeeper_now(&t), T0 + 10); /* not behind what was seen */
	pass(10);
	assert_int_equal(timekeeper_now(&t), T0 + 20);
	assert_false(timekeeper_take_step(&t, &step_sec));

	/* a disciplined one is followed back */
	is_synchronised = true;
	assert_true(timekeeper_take_step(&t, &step_sec));
	assert_int_equal(step_sec, -DAY);
	assert_int_equal(timekeeper_now(&t), T0 + 20 - DAY);
}

static void test_set_forward_by_hand(void **state)
{
	struct timekeeper t;
	int64_t step_sec;

	(void)state;
	boot(T0, false);
	timekeeper_init(&t, 0);
	real_sec += HOUR;
	assert_int_equal(timekeeper_now(&t), T0 + HOUR);
	assert_true(timekeeper_take_step(&t, &step_sec));
	assert_int_equal(step_sec, HOUR);
}

/* A store whose floor a clock of 2099 once raised: it counts until time is known, and then no more. */
static void test_floor_from_the_future(void **state)
{
	struct timekeeper t;
	int64_t step_sec;

	(void)state;
	boot(T0, false);
	timekeeper_init(&t, T0 + 1000 * DAY);
	assert_int_equal(timekeeper_now(&t), T0 + 1000 * DAY);
	is_synchronised = true;
	assert_true(timekeeper_take_step(&t, &step_sec));
	assert_int_equal(step_sec, -1000 * DAY);
	assert_int_equal(timekeeper_now(&t), T0);

	boot(T0, true);
	timekeeper_init(&t, T0 + 1000 * DAY);
	assert_int_equal(timekeeper_now(&t), T0);
}

static void test_record_for_another_process(void **state)
{
	struct timekeeper t;
	struct timekeeper_record clock;

	(void)state;
	boot(100, false);
	timekeeper_init(&t, T0);
	clock = timekeeper_record(&t);
	pass(50);
	assert_int_equal(timekeeper_read(&clock), T0 + 50);
}

/* --- admissions --- */

static struct settler settler;
static int64_t told_step_sec;
static unsigned n_steps;

static void on_step(int64_t step_sec, void *userdata)
{
	(void)userdata;
	told_step_sec = step_sec;
	n_steps++;
}

static int setup(void **state)
{
	(void)state;
	settler = (struct settler){ .registry = registry_new(), .on_step = on_step };
	n_steps = 0;
	return settler.registry ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	registry_free(settler.registry);
	return 0;
}

/* A device that attested now, for eight hours. */
static void admit(uint8_t device, enum expiry_cause cause)
{
	int64_t now_sec = admissions_now(&settler);
	sd_id128_t id;
	struct verdict v = {
		.facts.device = { device },
		.decision = { .zone = 1,
			      .decided_sec = now_sec,
			      .expiry = { .at_sec = now_sec + 8 * HOUR, .cause = cause } },
		.attested_sec = now_sec,
		.is_provisional = !settler.time.is_disciplined,
		.was_admitted = true,
		.mac = { 2, 0, 0, 0, 0, device },
	};

	assert_int_equal(sd_id128_get_boot(&id), 0);
	memcpy(v.boot, id.bytes, sizeof(v.boot));
	assert_int_equal(registry_put(settler.registry, &v), 0);
}

static const struct verdict *of(uint8_t device)
{
	const uint8_t id[SHA256_LEN] = { device };

	return look_up(settler.registry, id);
}

/* Attested before anybody knew the time: what is left of its life is as long after time was set as before. */
static void test_provisional_moves_with_time(void **state)
{
	(void)state;
	boot(100, false);
	timekeeper_init(&settler.time, T0);
	admit(1, EXPIRY_POLICY);
	pass(HOUR);
	assert_int_equal(verdict_element(of(1), admissions_now(&settler)).timeout_sec, 7 * HOUR);

	real_sec = T0 + 3 * DAY;
	is_synchronised = true;
	assert_int_equal(admissions_now(&settler), T0 + 3 * DAY);
	assert_int_equal(verdict_zone(of(1), admissions_now(&settler)), 1);
	assert_int_equal(verdict_element(of(1), admissions_now(&settler)).timeout_sec, 7 * HOUR);
	assert_false(of(1)->is_provisional);
	assert_int_equal(n_steps, 1);
	assert_int_equal(told_step_sec, 3 * DAY - HOUR);

	/* nor do further steps, forward or back, give or take */
	real_sec += DAY;
	assert_int_equal(verdict_element(of(1), admissions_now(&settler)).timeout_sec, 7 * HOUR);
	real_sec -= 10 * DAY;
	assert_int_equal(verdict_element(of(1), admissions_now(&settler)).timeout_sec, 7 * HOUR);
	pass(7 * HOUR);
	assert_int_equal(verdict_zone(of(1), admissions_now(&settler)), ZONE_QUARANTINE);
}

/* The end of a label or certificate is a date, and does not move. */
static void test_dates_do_not_move(void **state)
{
	(void)state;
	boot(100, false);
	timekeeper_init(&settler.time, T0);
	admit(1, EXPIRY_LABEL);
	real_sec = T0 + 3 * DAY;
	is_synchronised = true;
	assert_int_equal(verdict_zone(of(1), admissions_now(&settler)), ZONE_QUARANTINE);
}

/* Attested in an earlier boot: nobody knows how long the gateway was off. Once time is known, that counts. */
static void test_earlier_boot_does_not_move(void **state)
{
	struct verdict v;

	(void)state;
	boot(100, false);
	timekeeper_init(&settler.time, T0);
	admit(1, EXPIRY_POLICY);
	v = *of(1);
	v.boot[0] ^= 1;
	assert_int_equal(registry_put(settler.registry, &v), 0);
	assert_int_equal(verdict_zone(of(1), admissions_now(&settler)), 1); /* what the floor still allows */
	real_sec = T0 + 3 * DAY;
	is_synchronised = true;
	assert_int_equal(verdict_zone(of(1), admissions_now(&settler)), ZONE_QUARANTINE);
}

/* From a store that a clock of the future has written: it ends, since its time cannot be counted. */
static void test_store_from_the_future(void **state)
{
	struct verdict v;

	(void)state;
	boot(T0, true);
	timekeeper_init(&settler.time, T0);
	admit(1, EXPIRY_POLICY);
	admit(2, EXPIRY_POLICY);
	v = *of(1);
	v.attested_sec = v.decision.decided_sec = T0 + 1000 * DAY;
	v.decision.expiry.at_sec = T0 + 1000 * DAY + 8 * HOUR;
	assert_int_equal(registry_put(settler.registry, &v), 0);

	pass(10);
	real_sec += 5; /* a step, and a small one */
	assert_int_equal(verdict_zone(of(1), admissions_now(&settler)), ZONE_QUARANTINE);
	assert_int_equal(verdict_zone(of(2), admissions_now(&settler)), 1); /* the twin of the present */
}

/* A demand is a span of the boot that it was made in, whatever boot the evidence is of. */
static void test_a_demand_moves_with_time(void **state)
{
	static const int64_t steps[] = { DAY, -DAY };

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		boot(T0, true);
		timekeeper_init(&settler.time, 0);
		for (uint8_t device = 1; device <= 3; device++) {
			struct verdict v;

			admit(device, EXPIRY_REATTEST);
			v = *of(device);
			v.reattest.by_sec = v.decision.expiry.at_sec = T0 + 600;
			if (device != 3)
				memcpy(v.reattest.boot, v.boot, sizeof(v.boot));
			if (device != 1)
				memset(v.boot, 0, sizeof(v.boot));
			assert_int_equal(registry_put(settler.registry, &v), 0);
		}
		real_sec += steps[i];
		assert_int_equal(admissions_now(&settler), T0 + steps[i]);
		for (uint8_t device = 1; device <= 2; device++) {
			assert_int_equal(of(device)->reattest.by_sec, T0 + steps[i] + 600);
			assert_int_equal(of(device)->decision.expiry.at_sec,
					 steps[i] < 0 && device == 2 ? T0 + steps[i] : T0 + steps[i] + 600);
		}
		assert_int_equal(of(3)->reattest.by_sec, T0 + 600); /* of another boot: only real time knows */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_right_clock),
		cmocka_unit_test(test_parts_of_a_second),
		cmocka_unit_test(test_clock_that_starts_wrong),
		cmocka_unit_test(test_clock_ahead_of_the_floor),
		cmocka_unit_test(test_set_back_by_hand),
		cmocka_unit_test(test_set_forward_by_hand),
		cmocka_unit_test(test_floor_from_the_future),
		cmocka_unit_test(test_record_for_another_process),
		cmocka_unit_test_setup_teardown(test_provisional_moves_with_time, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dates_do_not_move, setup, teardown),
		cmocka_unit_test_setup_teardown(test_earlier_boot_does_not_move, setup, teardown),
		cmocka_unit_test_setup_teardown(test_store_from_the_future, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_demand_moves_with_time, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
