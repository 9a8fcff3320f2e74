/* SPDX-License-Identifier: Apache-2.0 */
/* links: base */
/* The latest beacons are found by their bytes, and no others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/beacon.h"

static void test_found_while_kept(void **state)
{
	struct beacons b = { 0 };
	uint8_t first[BEACON_LEN];

	(void)state;
	assert_int_equal(beacons_make(&b), 0);
	memcpy(first, beacons_newest(&b), sizeof(first));
	for (uint32_t i = 1; i < BEACONS_KEPT; i++) {
		assert_int_equal(beacons_find(&b, first), 1);
		assert_int_equal(beacons_make(&b), 0);
		assert_int_equal(beacons_find(&b, beacons_newest(&b)), i + 1);
	}
	assert_int_equal(beacons_find(&b, first), 1);
	assert_int_equal(beacons_make(&b), 0);
	assert_int_equal(beacons_find(&b, first), 0);
	assert_int_equal(beacons_find(&b, b.list[2]), 2);
}

static void test_what_never_was_one(void **state)
{
	static const uint8_t zeros[BEACON_LEN];
	struct beacons b = { 0 };
	uint8_t other[BEACON_LEN];

	(void)state;
	assert_int_equal(beacons_find(&b, zeros), 0);
	assert_int_equal(beacons_make(&b), 0);
	assert_int_equal(beacons_find(&b, zeros), 0);
	memcpy(other, beacons_newest(&b), sizeof(other));
	other[BEACON_LEN - 1] ^= 1;
	assert_int_equal(beacons_find(&b, other), 0);
	other[BEACON_LEN - 1] ^= 1;
	assert_int_equal(beacons_find(&b, other), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found_while_kept),
		cmocka_unit_test(test_what_never_was_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
