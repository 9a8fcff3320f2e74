/* SPDX-License-Identifier: Apache-2.0 */
/* links: tell */
/* When the operator hears that senders ask for more than their share, and when not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "core/tell/flood.h"
#include "log_kit.h"

#define SEC USEC_PER_SEC

static struct flood flood;
static struct edge_counters counters;

/* So many more are refused, of each kind, by then. */
static bool refuse(unsigned handshakes, unsigned requests, uint64_t at_sec)
{
	counters.datagrams += handshakes + requests + 1;
	counters.refused_handshakes += handshakes;
	counters.refused_requests += requests;
	return flood_sweep(&flood, &counters, 1000 * SEC + at_sec * SEC);
}

static int set_up(void **state)
{
	(void)state;
	log_set_level(-1);
	flood = (struct flood){ 0 };
	counters = (struct edge_counters){ 0 };
	return 0;
}

static void test_few_are_not_told(void **state)
{
	(void)state;
	for (uint64_t t = 0; t < 600; t += 60)
		assert_false(refuse(10, 9, t));
}

static void test_a_flood_is_told_at_once_and_then_each_minute(void **state)
{
	(void)state;
	assert_false(refuse(0, 0, 0));
	assert_true(refuse(100, 0, 5));
	for (uint64_t t = 10; t < 65; t += 5)
		assert_false(refuse(100, 0, t));
	assert_true(refuse(100, 0, 65));
	assert_false(refuse(0, 0, 125)); /* it has ended */
	assert_false(refuse(0, 0, 190));
	assert_true(refuse(0, 20, 195)); /* the next one, at once */
}

static void test_what_is_told(void **state)
{
	(void)state;
	listen_in();
	assert_true(refuse(100, 7, 0));
	assert_false(refuse(30, 3, 5));
	assert_true(refuse(0, 0, 60));
	assert_int_equal(count_said("100 handshakes and 7 requests were refused", false), 1);
	assert_int_equal(count_said("30 handshakes and 3 requests were refused", true), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_few_are_not_told, set_up),
		cmocka_unit_test_setup(test_a_flood_is_told_at_once_and_then_each_minute, set_up),
		cmocka_unit_test_setup(test_what_is_told, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
