/* SPDX-License-Identifier: Apache-2.0 */
/* links: act */
/* When those may come again that find the queue full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "core/act/backlog.h"

#define START_USEC 1000000000

/* N answers, one each EACH_USEC, while others wait. Returns when the last one was. */
static uint64_t note(struct backlog *b, unsigned n, uint64_t each_usec, uint64_t now_usec)
{
	for (unsigned i = 0; i < n; i++, now_usec += each_usec)
		backlog_note(b, 512, now_usec);
	return now_usec;
}

/* At 100 answers a second, half of 512 that wait take 2.6 s; then a hundred come in each second. */
static void test_as_fast_as_others_are_answered(void **state)
{
	struct backlog b = { 0 };
	unsigned in_second[BACKLOG_SEC_MAX + 2] = { 0 };
	const uint64_t now = note(&b, 1000, 10000, START_USEC);

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		in_second[backlog_give(&b, 512, now)]++;
	assert_int_equal(in_second[2], 0);
	for (unsigned sec = 4; sec < 13; sec++)
		assert_in_range(in_second[sec], 98, 102);
	assert_int_equal(in_second[14], 0);
}

/* What was given away is used up with time, and an answer after a pause says nothing of how fast the gateway is. */
static void test_a_pause(void **state)
{
	struct backlog b = { 0 };
	uint64_t now = note(&b, 1000, 10000, START_USEC);

	(void)state;
	backlog_note(&b, 5, now);
	backlog_rest(&b); /* those five went without an answer */
	now += 3600 * USEC_PER_SEC;
	backlog_note(&b, 1, now);
	assert_in_range(b.each_usec, 9900, 10100);
	assert_int_equal(backlog_give(&b, 50, now), 1);
}

/* However many there are, and however slow it is. */
static void test_none_waits_for_longer(void **state)
{
	struct backlog b = { 0 };
	const uint64_t now = note(&b, 1000, USEC_PER_SEC, START_USEC);

	(void)state;
	assert_in_range(backlog_give(&b, 10, now), 5, 6);
	for (unsigned i = 0; i < 1000; i++)
		assert_in_range(backlog_give(&b, 10, now), 6, BACKLOG_SEC_MAX);
	assert_int_equal(backlog_give(&b, 10, now), BACKLOG_SEC_MAX);
	assert_int_equal(backlog_give(&b, 0, now + 120 * USEC_PER_SEC), 1); /* and it passes */
}

/* Times that were given are counted anew when it turns out that the gateway is faster. */
static void test_it_becomes_faster(void **state)
{
	struct backlog b = { 0 };
	uint64_t now = note(&b, 1000, 100000, START_USEC);

	(void)state;
	for (unsigned i = 0; i < 200; i++)
		(void)backlog_give(&b, 0, now);
	assert_in_range(backlog_give(&b, 0, now), 20, 21);
	now = note(&b, 1000, 1000, now + 1000);
	assert_int_equal(backlog_give(&b, 0, now), 1);
}

/* As many as are answered in eight seconds, within bounds. */
static void test_room(void **state)
{
	struct backlog fast = { 0 }, usual = { 0 }, slow = { 0 };

	(void)state;
	(void)note(&fast, 1000, 100, START_USEC);
	(void)note(&usual, 1000, 20000, START_USEC);
	(void)note(&slow, 1000, USEC_PER_SEC, START_USEC);
	assert_true(backlog_has_room(&fast, BACKLOG_MAX - 1, 1));
	assert_false(backlog_has_room(&fast, BACKLOG_MAX, 1));
	assert_true(backlog_has_room(&fast, BACKLOG_MAX / 4 - 1, 4)); /* of each of four edges */
	assert_false(backlog_has_room(&fast, BACKLOG_MAX / 4, 4));
	assert_true(backlog_has_room(&usual, 390, 1));
	assert_false(backlog_has_room(&usual, 410, 1));
	assert_true(backlog_has_room(&slow, BACKLOG_MIN - 1, 4));
	assert_false(backlog_has_room(&slow, BACKLOG_MIN, 4));
}

/* Answers come by the dozen: what counts is how many in what time. */
static void test_answers_in_groups(void **state)
{
	struct backlog b = { 0 };
	uint64_t now = START_USEC;

	(void)state;
	for (unsigned group = 0; group < 200; group++, now += 16 * 10000)
		(void)note(&b, 16, 0, now);
	assert_in_range(b.each_usec, 6000, 14000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_fast_as_others_are_answered),
		cmocka_unit_test(test_a_pause),
		cmocka_unit_test(test_none_waits_for_longer),
		cmocka_unit_test(test_it_becomes_faster),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_answers_in_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
