/* SPDX-License-Identifier: Apache-2.0 */
/* links: act */
/*
 * One turn of the core whose grants or all whose changes the kernel refuses: what is then so in the registry and in the
 * store.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/sizes.h"
#include "core/devices/registry.h"
#include "decide/policy.h"
#include "store/store.h"
#include "turn_kit.h"

static void test_a_grant_the_kernel_refuses_is_none(void **state)
{
	(void)state;
	refuses_grants = true;
	submit(1, 1, true);
	assert_int_equal(run(1), REASON_KERNEL);
	assert_string_equal(zone_in_registry(1), "quarantine");
	expect_stored(1, "quarantine");
	assert_true(core.settler.tables.is_drifting);

	refuses_grants = false; /* and it may try again */
	submit(1, 1, true);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_string_equal(zone_in_registry(1), "trusted");
}

static void test_a_refused_grant_is_that_device_s_alone(void **state)
{
	(void)state;
	refused_place = 1;
	submit(1, 1, true);
	submit(2, 2, true);
	(void)run(2);
	assert_string_equal(zone_in_registry(1), "quarantine");
	expect_stored(1, "quarantine");
	assert_int_equal(zone_of[2], TRUSTED);
	assert_string_equal(zone_in_registry(2), "trusted");
	expect_stored(2, "trusted");
}

static void test_a_first_grant_the_kernel_refuses_leaves_the_store(void **state)
{
	(void)state;
	submit(1, 1, false);
	(void)run(1);
	expect_stored(1, "unknown");
	refuses_grants = true;
	submit(1, 1, true);
	assert_int_equal(run(1), REASON_KERNEL);
	assert_string_equal(zone_in_registry(1), "quarantine");
	expect_stored(1, "quarantine");
}

/* What another process reads, which is what a kill at this moment would leave. */
static struct stored on_disk(uint8_t device)
{
	struct stored s = { .device = device, .zone = "unknown" };
	struct store *store = NULL;

	assert_int_equal(store_open_to_read(store_path, &store), 0);
	assert_true(store_load(store, on_stored, &s) >= 0);
	store_free(store);
	return s;
}

/* What a power cut at this moment may leave: the store without its log, which is in the machine's memory alone. */
static struct stored on_disk_without_log(uint8_t device)
{
	struct stored s = { .device = device, .zone = "unknown" };
	struct store *store = NULL;
	char copy[80], command[256];

	must(snprintf(copy, sizeof(copy), "%s-cut", store_path) > 0);
	must(snprintf(command, sizeof(command), "cp '%s' '%s'", store_path, copy) > 0 && system(command) == 0);
	assert_int_equal(store_open_to_read(copy, &store), 0);
	assert_true(store_load(store, on_stored, &s) >= 0);
	store_free(store);
	must(snprintf(command, sizeof(command), "rm '%s'*", copy) > 0 && system(command) == 0);
	return s;
}

static void expect_move_on_disk(void)
{
	assert_int_equal(on_disk_without_log(1).place, 2);
	assert_int_equal(on_disk(1).place, 2);
}

static void expect_grant_not_on_disk(void)
{
	assert_string_equal(on_disk(3).zone, "unknown");
}

static void test_a_move_is_stored_before_the_kernel_acts(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	on_apply = expect_move_on_disk;
	submit(1, 2, true);
	(void)run(1);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(zone_of[2], TRUSTED);

	on_apply = expect_grant_not_on_disk; /* and a grant alone waits for nothing */
	submit(3, 3, true);
	(void)run(1);
	assert_int_equal(zone_of[3], TRUSTED);
}

static void test_a_refused_move_takes_no_place_back_from_another(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	refused_place = 2;
	submit(1, 2, true);
	submit(2, 1, true); /* comes to where the first one was */
	(void)run(2);
	assert_string_equal(zone_in_registry(2), "trusted");
	assert_string_equal(zone_in_registry(1), "quarantine");
	expect_stored(1, "quarantine");

	submit(3, 3, true);
	(void)run(1);
	submit(3, 2, true); /* and nobody where it was: there it is again */
	(void)run(1);
	assert_string_equal(zone_in_registry(3), "trusted");
	assert_int_equal(look_up(core.settler.registry, (const uint8_t[SHA256_LEN]){ 3 })->mac[5], 3);
}

static void test_a_denial_stands_whatever_the_kernel_says(void **state)
{
	(void)state;
	submit(1, 1, true);
	submit(2, 2, true);
	(void)run(2);

	refuses_grants = true; /* another device's grant must not keep the denial from biting */
	submit(1, 1, false);
	submit(3, 3, true);
	(void)run(2);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_string_equal(zone_in_registry(1), "quarantine");
	expect_stored(1, "quarantine");
	assert_string_equal(zone_in_registry(2), "trusted"); /* who was there before stays */
	assert_string_equal(zone_in_registry(3), "quarantine");
	assert_int_equal(core.teller.refusals.n, 0); /* 1 is out, and that was told; 3 never came in */

	apply_result = -ENOBUFS; /* nor a kernel that takes nothing at all */
	submit(2, 2, false);
	assert_int_equal(run(1), REASON_KERNEL); /* but no answer says that it is so */
	assert_string_equal(zone_in_registry(2), "quarantine");
	expect_stored(2, "quarantine");
	assert_true(core.settler.tables.is_drifting);
	assert_int_equal(core.teller.refusals.n, 1); /* it is told when the kernel has it */
	assert_string_equal(core.teller.refusals.list[0].zone_before, "trusted");
	apply_result = 0;
	submit(2, 2, false);
	assert_int_equal(run(1), REASON_ADMITTED);
}

/* Whoever is displaced is told of with the kernel's word as well. */
static void test_a_displacement_that_the_kernel_refuses_is_not_told(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	run_out(1); /* in this second: nobody has told it yet */
	submit(2, 1, true);
	(void)run(1);
	assert_int_equal(core.teller.refusals.n, 0);
	run_out(2);
	apply_result = -ENOBUFS;
	submit(3, 1, true);
	assert_int_equal(run(1), REASON_KERNEL);
	assert_string_equal(zone_in_registry(2), "quarantine");
	assert_int_equal(core.teller.refusals.n, 1);
	assert_int_equal(core.teller.refusals.list[0].device[0], 2);
}

static void test_renewal_that_fails_leaves_the_admission(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	refuses_grants = true;
	submit(1, 1, true);
	submit(1, 1, true);
	assert_int_equal(run(2), REASON_KERNEL);
	assert_string_equal(zone_in_registry(1), "trusted");
	expect_stored(1, "trusted");
}

static void test_a_kernel_that_does_not_take_it(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	apply_result = -ENOBUFS;
	assert_int_equal(give(order_of(1, ORDER_QUARANTINE)), 0);
	assert_false(done.is_in_kernel);
	assert_true(core.settler.tables.is_drifting); /* the sweep compares, */
	assert_int_equal(core.teller.refusals.n, 1);  /* and tells when it is so */
	assert_string_equal(zone_in_registry(1), "quarantine");
	assert_int_equal(orders_stored(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_grant_the_kernel_refuses_is_none),
		TEST(test_a_refused_grant_is_that_device_s_alone),
		TEST(test_a_first_grant_the_kernel_refuses_leaves_the_store),
		TEST(test_a_move_is_stored_before_the_kernel_acts),
		TEST(test_a_refused_move_takes_no_place_back_from_another),
		TEST(test_a_denial_stands_whatever_the_kernel_says),
		TEST(test_a_displacement_that_the_kernel_refuses_is_not_told),
		TEST(test_renewal_that_fails_leaves_the_admission),
		TEST(test_a_kernel_that_does_not_take_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
