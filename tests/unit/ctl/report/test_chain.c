/* SPDX-License-Identifier: Apache-2.0 */
/* links: report */
/* The chain of the entries that a daemon gave: whole, with gaps, and those of some segments alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "ctl/report/chain.h"
#include "ctl/report/sheet.h"
#include "store/record.h"
#include "store/store.h"
#include "store_kit.h"

#define CHAIN_N 5

/* Entries as a store has them: each is of another device, and they follow from each other. */
static void make_chain(struct record ret[static CHAIN_N])
{
	struct store *store;

	assert_int_equal(store_folder_make(), 0);
	store = open_store();
	for (size_t i = 0; i < CHAIN_N; i++) {
		ret[i] = (struct record){ .time_sec = 1793458800,
					  .device = { (uint8_t)(i + 1) },
					  .zone_after = "trusted" };
		assert_int_equal(record_append(store, &ret[i]), 0);
	}
	store_free(store);
	assert_int_equal(store_folder_done(), 0);
}

/* Follows those of the mask, as a daemon gives them whose record ends with the last one. */
static const char *follow(const struct record list[static CHAIN_N], unsigned mask, bool is_part)
{
	const struct record_mark none = { 0 }, head = record_mark_of(&list[CHAIN_N - 1]);
	struct closing found;
	struct chain c;

	chain_begin(&c, &none, &head, is_part);
	for (size_t i = 0; i < CHAIN_N; i++)
		if (mask & 1U << i)
			chain_follow(&c, &list[i]);
	chain_close(&c, false, &found);
	assert_int_equal(found.head.sequence, CHAIN_N);
	return found.answer;
}

static void test_chain(void **state)
{
	struct record list[CHAIN_N];

	(void)state;
	make_chain(list);
	assert_string_equal(follow(list, 0x1f, false), "sound");
	assert_string_equal(follow(list, 0x1b, false), "missing"); /* from the middle, */
	assert_string_equal(follow(list, 0x0f, false), "missing"); /* at the end, */
	assert_string_equal(follow(list, 0x1e, false), "missing"); /* at the beginning, */
	assert_string_equal(follow(list, 0, false), "missing");    /* or all */
	list[3].encoding = 4;                                      /* a later version wrote it */
	assert_string_equal(follow(list, 0x1f, false), "later");
	assert_string_equal(follow(list, 0x0f, false), "missing");
	list[1].device[0] = 9;
	assert_string_equal(follow(list, 0x1f, false), "altered");
}

/* Entries of others are not given: nothing is said of those. */
static void test_part_of_a_chain(void **state)
{
	static const unsigned masks[] = { 0x1b, 0x03, 0x1e, 0x0a, 0 };
	struct record list[CHAIN_N];

	(void)state;
	make_chain(list);
	for (size_t i = 0; i < ARRAY_SIZE(masks); i++)
		assert_string_equal(follow(list, masks[i], true), "not verified");
	list[3].device[0] = 9;
	assert_string_equal(follow(list, 0x0a, true), "altered");
	assert_string_equal(follow(list, 0x02, true), "not verified");
}

/* The entry at which the daemon said that its record ends is another one. */
static void test_chain_with_another_head(void **state)
{
	const struct record_mark none = { 0 };
	struct record list[CHAIN_N];
	struct record_mark head;
	struct closing found;
	struct chain c;

	(void)state;
	make_chain(list);
	head = record_mark_of(&list[3]); /* the last one was appended while the others were read */
	for (unsigned other = 0; other < 2; other++) {
		head.hash[0] ^= (uint8_t)other;
		chain_begin(&c, &none, &head, false);
		for (size_t i = 0; i < CHAIN_N; i++)
			chain_follow(&c, &list[i]);
		chain_close(&c, false, &found);
		assert_string_equal(found.answer, other ? "rewritten" : "sound");
		assert_int_equal(found.head.sequence, CHAIN_N);
	}
}

/* Retention removed the first two after the daemon had said where its record begins. */
static void test_chain_that_moves(void **state)
{
	const struct record_mark none = { 0 };
	struct record list[CHAIN_N];
	struct record_mark head;
	struct closing found;
	struct chain c;

	(void)state;
	make_chain(list);
	head = record_mark_of(&list[CHAIN_N - 1]);
	chain_begin(&c, &none, &head, false);
	for (size_t i = 2; i < CHAIN_N; i++)
		chain_follow(&c, &list[i]);
	chain_close(&c, true, &found);
	assert_string_equal(found.answer, "not verified");
	assert_non_null(strstr(found.meaning, "retention"));
	chain_close(&c, false, &found);
	assert_string_equal(found.answer, "missing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_part_of_a_chain),
		cmocka_unit_test(test_chain_with_another_head),
		cmocka_unit_test(test_chain_that_moves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
