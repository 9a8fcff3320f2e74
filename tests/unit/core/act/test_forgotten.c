/* SPDX-License-Identifier: Apache-2.0 */
/* links: act */
/* wraps: registry_put registry_change store_put store_commit */
/*
 * A verdict for which there is no memory: its device is unknown from then on, and the next comparison takes from the kernel what that
 * was told of it, or had. Its neighbour stays.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "core/devices/registry.h"
#include "core/settle/admissions.h"
#include "core/settle/drift.h"
#include "turn_kit.h"

static bool lacks_memory; /* for device 1 */
static bool is_only_changes;
static int put_result, commit_result;

int __real_registry_put(struct registry *r, const struct verdict *v);
int __wrap_registry_put(struct registry *r, const struct verdict *v);
int __real_registry_change(struct registry *r, const struct verdict *v);
int __wrap_registry_change(struct registry *r, const struct verdict *v);
int __real_store_put(struct store *s, const struct verdict *v, const struct signed_inputs *inputs);
int __wrap_store_put(struct store *s, const struct verdict *v, const struct signed_inputs *inputs);
int __real_store_commit(struct store *s);
int __wrap_store_commit(struct store *s);

int __wrap_store_put(struct store *s, const struct verdict *v, const struct signed_inputs *inputs)
{
	return put_result < 0 ? put_result : __real_store_put(s, v, inputs);
}

int __wrap_store_commit(struct store *s)
{
	if (commit_result < 0)
		store_rollback(s);
	return commit_result < 0 ? commit_result : __real_store_commit(s);
}

int __wrap_registry_put(struct registry *r, const struct verdict *v)
{
	if (!lacks_memory || is_only_changes || v->facts.device[0] != 1)
		return __real_registry_put(r, v);
	registry_remove(r, v->facts.device);
	return -ENOMEM;
}

int __wrap_registry_change(struct registry *r, const struct verdict *v)
{
	return lacks_memory && v->facts.device[0] == 1 ? -ENOMEM : __real_registry_change(r, v);
}

/* Both are admitted, and from then on there is no memory for the first one. */
static void admit_two(void)
{
	lacks_memory = is_only_changes = false;
	put_result = commit_result = 0;
	kernel_double.list = list_zones;
	kernel_double.write = write_zones;
	submit(2, 2, true);
	submit(1, 1, true);
	assert_int_equal(run(2), REASON_ADMITTED);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(drift_mend(&core.settler), 0);
	lacks_memory = true;
}

static void expect_forgotten(void)
{
	lacks_memory = false;
	assert_null(look_up(core.settler.registry, (const uint8_t[SHA256_LEN]){ 1 }));
	assert_true(core.settler.tables.is_drifting);
	assert_int_equal(drift_mend(&core.settler), 0);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(zone_of[2], TRUSTED);
	assert_non_null(look_up(core.settler.registry, (const uint8_t[SHA256_LEN]){ 2 }));
}

static void test_an_admission(void **state)
{
	(void)state;
	admit_two();
	submit_for(1, 1, RESTRICTED);
	(void)run(1);
	expect_forgotten();
}

static void test_a_renewal(void **state)
{
	(void)state;
	admit_two();
	submit(1, 1, true);
	(void)run(1);
	expect_forgotten();
}

/* It asks for its admission from another address. */
static void test_an_address(void **state)
{
	struct ipc_origin origin = at(1);

	(void)state;
	origin.address.s6_addr[7] = 7;
	admit_two();
	ask_admission_from(1, origin);
	(void)run(1);
	expect_forgotten();
}

static void test_an_order(void **state)
{
	(void)state;
	admit_two();
	assert_int_equal(give(order_of(1, ORDER_ALLOW)), 0);
	expect_forgotten();
}

/* Time is set back, and its former end would be later than it should be. */
static void test_a_time(void **state)
{
	struct verdict v;

	(void)state;
	admit_two();
	v = *look_up(core.settler.registry, (const uint8_t[SHA256_LEN]){ 1 });
	core.settler.time.was_set = true;
	core.settler.time.step_sec = -3600;
	(void)admissions_now(&core.settler);
	assert_null(look_up(core.settler.registry, v.facts.device));
	lacks_memory = false;
	expect_forgotten();
}

/* The same for the end of an order, which moves with time. */
static void test_a_time_of_an_order(void **state)
{
	(void)state;
	admit_two();
	lacks_memory = false;
	assert_int_equal(give(order_of(1, ORDER_ALLOW)), 0);
	core.settler.tables.is_drifting = false;
	lacks_memory = true;
	ordering_move_time(&core.settler, core.orders, -3600);
	expect_forgotten();
}

/* It cannot be marked as one whose stored inputs may be of a former verdict. */
static void test_a_write_that_fails(void **state)
{
	(void)state;
	admit_two();
	is_only_changes = true;
	put_result = -EIO;
	submit_for(1, 1, RESTRICTED);
	(void)run(1);
	put_result = 0;
	expect_forgotten();
}

static void test_a_transaction_that_is_lost(void **state)
{
	(void)state;
	admit_two();
	is_only_changes = true;
	commit_result = -EIO;
	submit_for(1, 1, RESTRICTED);
	(void)run(1);
	settle_flush(&core.settler);
	commit_result = 0;
	expect_forgotten();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_an_admission),
		TEST(test_a_renewal),
		TEST(test_an_address),
		TEST(test_an_order),
		TEST(test_a_time),
		TEST(test_a_time_of_an_order),
		TEST(test_a_write_that_fails),
		TEST(test_a_transaction_that_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
