/* SPDX-License-Identifier: Apache-2.0 */
/* links: base */
/* A budget is spent, and comes back in time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/budget.h"

#define EACH 500
#define NOW  UINT64_C(100000)

static bool take(struct budget *b, uint64_t now)
{
	return budget_take(b, 3, EACH, now);
}

static void test_spent_and_back(void **state)
{
	struct budget b = { .left = 3, .filled_usec = NOW };

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_true(take(&b, NOW + 10));
	assert_false(take(&b, NOW + EACH - 1));
	assert_true(take(&b, NOW + EACH));
	assert_false(take(&b, NOW + EACH));
	assert_false(take(&b, NOW + 2 * EACH - 1)); /* to ask costs nothing */
	assert_true(take(&b, NOW + 2 * EACH));
}

static void test_no_more_than_all_of_it(void **state)
{
	struct budget b = { .left = 0, .filled_usec = NOW };

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_true(take(&b, NOW + 1000 * EACH));
	assert_false(take(&b, NOW + 1000 * EACH));
	assert_true(take(&b, NOW + 1001 * EACH));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spent_and_back),
		cmocka_unit_test(test_no_more_than_all_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
