/* SPDX-License-Identifier: Apache-2.0 */
/* links: base */
/* wraps: clock_gettime */
/* The thread's clock is the test's, so what each stage was charged is exact. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "base/stage.h"

static uint64_t now_nsec;

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret)
{
	assert_int_equal(clock, CLOCK_THREAD_CPUTIME_ID);
	ret->tv_sec = (time_t)(now_nsec / 1000000000);
	ret->tv_nsec = (long)(now_nsec % 1000000000);
	return 0;
}

static int begin(void **state)
{
	(void)state;
	stages_forked();
	now_nsec = 0;
	return 0;
}

static void write_a_row(void)
{
	AT_STAGE(STAGE_STORE);

	now_nsec += 5;
}

static void decide(void)
{
	AT_STAGE(STAGE_DECIDE);

	now_nsec += 100;
	write_a_row();
	now_nsec += 20;
}

static void assert_spent(const uint64_t *nsec, uint64_t other, uint64_t decide_nsec, uint64_t store)
{
	for (int i = 0; i < _STAGE_MAX; i++)
		assert_int_equal(nsec[i], i == STAGE_OTHER  ? other :
					  i == STAGE_DECIDE ? decide_nsec :
					  i == STAGE_STORE  ? store :
							      0);
}

/* Each moment is charged once, to the innermost stage, and what is in none to STAGE_OTHER. */
static void test_charged_once(void **state)
{
	uint64_t nsec[_STAGE_MAX];

	(void)state;
	now_nsec = 2 * UINT64_C(1000000000) + 7; /* more than a second before the first stage */
	decide();
	now_nsec += 3;
	stage_spent(nsec);
	assert_spent(nsec, 2 * UINT64_C(1000000000) + 10, 120, 5);
	stage_spent(nsec); /* which takes nothing */
	assert_spent(nsec, 2 * UINT64_C(1000000000) + 10, 120, 5);
}

static void test_taken(void **state)
{
	uint64_t nsec[_STAGE_MAX];

	(void)state;
	decide();
	stage_take(nsec);
	assert_spent(nsec, 0, 120, 5);
	decide();
	now_nsec += 1;
	stage_take(nsec);
	assert_spent(nsec, 1, 120, 5);
}

/* Its clock begins anew, and what its parent spent is the parent's. */
static void test_forked(void **state)
{
	uint64_t nsec[_STAGE_MAX];

	(void)state;
	decide();
	(void)stage_begin(STAGE_KERNEL);
	stages_forked();
	now_nsec = 40;
	stage_take(nsec);
	assert_spent(nsec, 40, 0, 0);
}

static void test_names(void **state)
{
	(void)state;
	for (int i = 0; i < _STAGE_MAX; i++)
		for (int k = 0; k < i; k++)
			assert_string_not_equal(stage_name((enum stage)i), stage_name((enum stage)k));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_charged_once, begin),
		cmocka_unit_test_setup(test_taken, begin),
		cmocka_unit_test_setup(test_forked, begin),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
