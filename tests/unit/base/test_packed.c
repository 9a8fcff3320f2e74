/* SPDX-License-Identifier: Apache-2.0 */
/* links: base */
/* Memory is packed without its zeros, and comes back as it was; what is no packed form is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/packed.h"

#define SIZE 6000

static uint8_t packed[PACKED_MAX(SIZE)], again[SIZE];

static size_t there_and_back(const uint8_t *from, size_t n)
{
	const size_t n_packed = packed_make(from, n, packed);

	assert_true(n_packed <= PACKED_MAX(n));
	memset(again, 0xa5, sizeof(again));
	assert_true(packed_read(bytes_of(packed, n_packed), again, n));
	assert_memory_equal(again, from, n);
	return n_packed;
}

static void test_zeros_need_no_room(void **state)
{
	uint8_t from[SIZE] = { 0 };

	(void)state;
	assert_true(there_and_back(from, sizeof(from)) < 16);
	from[0] = 1;
	from[SIZE / 2] = 2;
	from[SIZE - 1] = 3;
	assert_true(there_and_back(from, sizeof(from)) < 32);
	assert_int_equal(there_and_back(from, 0), 0);
}

static void test_nothing_that_is_not_zero_is_lost(void **state)
{
	uint8_t from[SIZE];

	(void)state;
	memset(from, 0xff, sizeof(from));
	(void)there_and_back(from, sizeof(from));
	for (size_t every = 1; every < 2000; every = every * 2 + 1) { /* runs of many lengths, also of just one count */
		for (size_t i = 0; i < sizeof(from); i++)
			from[i] = i / every % 2 == 0 ? (uint8_t)(i % 251) : 0;
		(void)there_and_back(from, sizeof(from));
	}
}

static void test_what_is_no_packed_form(void **state)
{
	uint8_t from[64] = { 1, [20] = 2, [63] = 3 };
	const size_t n = packed_make(from, sizeof(from), packed);

	(void)state;
	assert_true(packed_read(bytes_of(packed, n), again, sizeof(from)));
	for (size_t cut = 0; cut < n; cut++)
		assert_false(packed_read(bytes_of(packed, cut), again, sizeof(from)));
	assert_false(packed_read(bytes_of(packed, n + 1), again, sizeof(from)));
	assert_false(packed_read(bytes_of(packed, n), again, sizeof(from) - PACKED_WORD));
	assert_false(packed_read(bytes_of(packed, n), again, sizeof(from) + PACKED_WORD));
	packed[0] = PACKED_RUN; /* more zeros than there is room for */
	assert_false(packed_read(bytes_of(packed, n), again, sizeof(from)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zeros_need_no_room),
		cmocka_unit_test(test_nothing_that_is_not_zero_is_lost),
		cmocka_unit_test(test_what_is_no_packed_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
