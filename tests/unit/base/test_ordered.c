/* SPDX-License-Identifier: Apache-2.0 */
/* links: base */
/* A set in an order has what was inserted and not removed, each once, whatever came first; and it stays flat. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/ordered.h"

#define ITEMS 4096

struct item {
	struct ordered_node node;
	uint32_t number;
	bool is_in;
};

static struct item items[ITEMS];
static unsigned compared;

static uint32_t number_of(const struct ordered_node *node)
{
	return ((const struct item *)node)->number; /* its first member */
}

static int compare(const struct ordered_node *a, const struct ordered_node *b)
{
	compared++;
	return (number_of(a) > number_of(b)) - (number_of(a) < number_of(b));
}

static void insert(struct ordered *o, uint32_t number, uint64_t priority)
{
	items[number] = (struct item){ .node.priority = priority, .number = number, .is_in = true };
	ordered_insert(o, &items[number].node);
}

static void take_out(struct ordered *o, uint32_t number)
{
	ordered_remove(o, &items[number].node);
	items[number].is_in = false;
}

static void expect_exactly_what_is_in(const struct ordered *o)
{
	const struct ordered_node *node = ordered_after(o, NULL);

	for (uint32_t i = 0; i < ITEMS; i++) {
		if (!items[i].is_in)
			continue;
		assert_ptr_equal(node, &items[i].node);
		node = ordered_after(o, node);
	}
	assert_null(node);
}

/* A sequence without an order that is the same each time. */
static uint64_t next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state >> 20;
}

static int set_up(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < ITEMS; i++)
		items[i] = (struct item){ .number = i };
	return 0;
}

static void test_empty(void **state)
{
	struct ordered o = { .compare = compare };

	(void)state;
	assert_null(ordered_after(&o, NULL));
	assert_null(ordered_after(&o, &items[7].node));
	insert(&o, 7, 1);
	assert_ptr_equal(ordered_after(&o, NULL), &items[7].node);
	take_out(&o, 7);
	assert_null(ordered_after(&o, NULL));
}

static void test_what_is_not_in_it_has_a_place(void **state)
{
	struct ordered o = { .compare = compare };

	(void)state;
	insert(&o, 10, 2);
	insert(&o, 30, 1);
	assert_ptr_equal(ordered_after(&o, &items[9].node), &items[10].node);
	assert_ptr_equal(ordered_after(&o, &items[10].node), &items[30].node);
	assert_ptr_equal(ordered_after(&o, &items[20].node), &items[30].node);
	assert_null(ordered_after(&o, &items[30].node));
}

static void test_comings_and_goings(void **state)
{
	struct ordered o = { .compare = compare };
	uint64_t seed = 1;

	(void)state;
	for (unsigned i = 0; i < 4 * ITEMS; i++) {
		const uint32_t number = (uint32_t)(next_random(&seed) % ITEMS);

		if (items[number].is_in)
			take_out(&o, number);
		else
			insert(&o, number, next_random(&seed) % 64); /* also of the same priority */
		if (i % 1024 == 0)
			expect_exactly_what_is_in(&o);
	}
	expect_exactly_what_is_in(&o);
	for (uint32_t i = 0; i < ITEMS; i++)
		if (items[i].is_in)
			take_out(&o, i);
	assert_null(o.root);
}

/* In the order in which a plain tree would be a list. */
static void test_stays_flat(void **state)
{
	struct ordered o = { .compare = compare };
	uint64_t seed = 2;

	(void)state;
	for (uint32_t i = 0; i < ITEMS; i++)
		insert(&o, i, next_random(&seed));
	for (uint32_t i = 0; i < ITEMS; i++) {
		compared = 0;
		(void)ordered_after(&o, &items[i].node);
		assert_in_range(compared, 1, 60); /* five times the least */
	}
	expect_exactly_what_is_in(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_empty, set_up),
		cmocka_unit_test_setup(test_what_is_not_in_it_has_a_place, set_up),
		cmocka_unit_test_setup(test_comings_and_goings, set_up),
		cmocka_unit_test_setup(test_stays_flat, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
