/* SPDX-License-Identifier: Apache-2.0 */
/* links: serve */
/* How often a device may attest. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "edge/serve/allowance.h"

#define NOW (UINT64_C(1000) * USEC_PER_SEC)

static const uint8_t one[SHA256_LEN] = { 1 }, two[SHA256_LEN] = { 2 };

static void test_each_device_has_its_share(void **state)
{
	struct allowance *a;

	(void)state;
	assert_int_equal(allowance_new(6, &a), 0);
	for (int i = 0; i < 24; i++)
		assert_true(allowance_take(a, one, NOW));
	assert_false(allowance_take(a, one, NOW + 9 * USEC_PER_SEC));
	assert_true(allowance_take(a, two, NOW + 9 * USEC_PER_SEC));
	for (int i = 0; i < 6; i++)
		assert_true(allowance_take(a, one, NOW + 60 * USEC_PER_SEC));
	assert_false(allowance_take(a, one, NOW + 60 * USEC_PER_SEC));
	for (int i = 0; i < 24; i++)
		assert_true(allowance_take(a, one, NOW + 3600 * USEC_PER_SEC));
	assert_false(allowance_take(a, one, NOW + 3600 * USEC_PER_SEC)); /* no more than that is saved up */
	allowance_free(a);
}

static void test_no_share(void **state)
{
	struct allowance *a;

	(void)state;
	assert_int_equal(allowance_new(0, &a), -EINVAL);
	assert_int_equal(allowance_new(1, &a), 0);
	assert_true(allowance_take(a, one, NOW));
	allowance_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_device_has_its_share),
		cmocka_unit_test(test_no_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
