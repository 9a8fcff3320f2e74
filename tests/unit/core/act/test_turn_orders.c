/* SPDX-License-Identifier: Apache-2.0 */
/* links: act */
/* Orders of an operator between turns: each bites at once, holds against what a device proves, is stored, and ends. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/signed_inputs.h"
#include "core/devices/orders.h"
#include "core/devices/registry.h"
#include "decide/policy.h"
#include "store/store.h"
#include "turn_kit.h"

static void test_quarantine_and_back(void **state)
{
	(void)state;
	assert_int_equal(give(order_of(1, ORDER_QUARANTINE)), -ENODEV);
	submit(1, 1, true);
	(void)run(1);
	assert_int_equal(take_back(1), -ENOENT);
	assert_int_equal(give(order_of(1, ORDER_QUARANTINE)), 0);
	assert_string_equal(done.zone_before, "trusted");
	assert_true(done.is_in_kernel);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	expect_stored(1, "quarantine");
	assert_int_equal(orders_stored(), 1);

	submit(1, 1, true); /* whatever it proves */
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	submit(1, 2, true); /* and wherever */
	(void)run(1);
	assert_int_equal(zone_of[2], ZONE_QUARANTINE);
	ask_admission(1, 2);
	assert_int_equal(run(1), REASON_NOT_ADMITTED);

	assert_int_equal(take_back(1), 0);
	assert_string_equal(done.zone_before, "quarantine");
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(zone_of[2], TRUSTED);
	expect_stored(1, "trusted");
	assert_int_equal(orders_stored(), 0);
	expect_record(core.settler.store, "1 attested quarantine>trusted admitted;"
					  "1 operator trusted>quarantine operator-quarantine;"
					  "1 attested quarantine>quarantine operator-quarantine;" /* elsewhere */
					  "1 operator quarantine>trusted admitted;");
}

/* One that was never admitted is let in, with what it has signed, and kept from then on. */
static void test_allow_a_stranger(void **state)
{
	const uint8_t id[SHA256_LEN] = { 1 };
	struct signed_inputs inputs;

	(void)state;
	submit_bad_label(1, 1);
	(void)run(1);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	expect_stored(1, "unknown");
	assert_int_equal(give(order_of(1, ORDER_ALLOW)), 0);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(done.after.decision.reason, REASON_OPERATOR_ALLOWED);
	expect_stored(1, "trusted");
	assert_int_equal(store_inputs(core.settler.store, id, &inputs), 0);
	assert_true(bytes_equal_string(bytes_of(inputs.evidence.p, 6), "signed"));

	submit_bad_label(1, 1);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(take_back(1), 0);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(done.after.decision.reason, REASON_LABEL_SIGNATURE);
}

static void test_identity_is_not_to_be_overruled(void **state)
{
	(void)state;
	submit_forged(1, 1); /* the evidence is not the device's */
	(void)run(1);
	assert_int_equal(give(order_of(1, ORDER_ALLOW)), -EPERM);
	assert_int_equal(done.refusal, REASON_EVIDENCE_SIGNATURE);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(orders_stored(), 0);
	assert_int_equal(orders_count(core.orders), 0);
	submit(1, 1, true);
	(void)run(1);
	assert_int_equal(give(order_of(1, ORDER_ALLOW)), 0);
	submit_failing(1, 1, CHECK_CERTIFICATE, REASON_CERTIFICATE_DATE); /* nor does an order that holds */
	(void)run(1);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(sessions_ended[1], 1);
}

static void test_an_order_that_is_not_stored_is_none(void **state)
{
	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	submit(1, 1, true);
	submit(2, 2, true);
	(void)run(2);
	assert_int_equal(give(order_of(2, ORDER_QUARANTINE)), 0);
	limit_files(0);
	assert_true(give(order_of(1, ORDER_QUARANTINE)) < 0);
	assert_true(take_back(2) < 0);
	limit_files(RLIM_INFINITY);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_string_equal(zone_in_registry(1), "trusted");
	assert_int_equal(zone_of[2], ZONE_QUARANTINE);
	assert_string_equal(zone_in_registry(2), "quarantine");
	assert_int_equal(orders_count(core.orders), 1);
	assert_int_equal(orders_stored(), 1);
	assert_int_equal(give(order_of(1, ORDER_QUARANTINE)), 0);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(take_back(2), 0);
	assert_int_equal(zone_of[2], TRUSTED);
}

static void test_orders_end(void **state)
{
	struct order o = order_of(1, ORDER_QUARANTINE);

	(void)state;
	submit(1, 1, true);
	submit(2, 2, true);
	(void)run(2);
	assert_int_equal(give(o), 0);
	assert_int_equal(give(order_of(2, ORDER_QUARANTINE)), 0);
	ordering_sweep(&core.settler, core.orders);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	o.until_sec = o.since_sec; /* its time is over */
	assert_int_equal(orders_put(core.orders, &o), 0);
	ordering_sweep(&core.settler, core.orders);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(zone_of[2], ZONE_QUARANTINE);
	assert_int_equal(orders_stored(), 1);
}

static void test_orders_move_with_time(void **state)
{
	const uint8_t id[SHA256_LEN] = { 1 };
	struct order o = order_of(1, ORDER_ALLOW), other = order_of(2, ORDER_ALLOW);

	(void)state;
	submit(1, 1, true);
	submit(2, 2, true);
	(void)run(2);
	memset(other.boot, 0xff, sizeof(other.boot)); /* how long the machine was off only real time knows */
	assert_int_equal(give(o), 0);
	assert_int_equal(give(other), 0);
	ordering_move_time(&core.settler, core.orders, 5000);
	assert_int_equal(orders_find(core.orders, id)->until_sec, o.until_sec + 5000);
	assert_int_equal(look_up(core.settler.registry, id)->decision.expiry.at_sec, o.until_sec + 5000);
	assert_int_equal(orders_find(core.orders, other.device)->until_sec, other.until_sec);
}

static void test_an_order_makes_a_device_known(void **state)
{
	const struct order o = order_of(7, ORDER_QUARANTINE);

	(void)state;
	assert_int_equal(store_order_put(core.settler.store, &o), 0);
	orders_free(core.orders);
	assert_int_equal(orders_load(core.settler.store, &core.orders), 0);
	turn_free(core.turn);
	assert_int_equal(start_turns(), 0);
	assert_string_equal(zone_in_registry(7), "unknown");
	ordering_complete(core.orders, core.settler.registry, &core.in_force.config->policy, clock_realtime_sec());
	assert_string_equal(zone_in_registry(7), "quarantine");
	submit(7, 1, true);
	(void)run(1);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(take_back(7), 0);
	assert_int_equal(zone_of[1], TRUSTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_quarantine_and_back),
		TEST(test_allow_a_stranger),
		TEST(test_identity_is_not_to_be_overruled),
		TEST(test_an_order_that_is_not_stored_is_none),
		TEST(test_orders_end),
		TEST(test_orders_move_with_time),
		TEST(test_an_order_makes_a_device_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
