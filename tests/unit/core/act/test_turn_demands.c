/* SPDX-License-Identifier: Apache-2.0 */
/* links: act */
/* Demands for new evidence between turns: until when an admission holds then, and what fulfils one. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/devices/registry.h"
#include "decide/policy.h"
#include "store/store.h"
#include "turn_kit.h"

static struct demanded demanded;

static int demand(uint8_t device, uint32_t seconds)
{
	const uint8_t id[SHA256_LEN] = { device };

	return reattest_demand(&core.settler, core.orders, id, seconds,
			       &(struct orderer){ .login_uid = ORDERER_NOBODY }, &demanded);
}

static int64_t left_of(uint8_t device)
{
	const uint8_t id[SHA256_LEN] = { device };

	return look_up(core.settler.registry, id)->decision.expiry.at_sec - clock_realtime_sec();
}

/* The one of two that attests in time is as before; the other is let in by no handshake, at no place. */
static void test_a_demand_for_evidence(void **state)
{
	(void)state;
	submit(1, 1, true);
	submit(2, 2, true);
	(void)run(2);
	ask_admission(1, 1);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_true(left_of(1) > 3600);

	for (uint8_t device = 1; device <= 2; device++) {
		assert_int_equal(demand(device, 600), 0);
		assert_true(demanded.is_in_kernel && demanded.former_until_sec - clock_realtime_sec() > 3600);
		assert_true(left_of(device) > 500 && left_of(device) <= 600);
		assert_true(timeout_of[device] > 500 && timeout_of[device] <= 600);
	}
	assert_string_equal(zone_in_registry(1), "trusted"); /* until then */
	ask_admission(1, 1);
	assert_int_equal(run(1), REASON_NOT_ADMITTED);
	assert_int_equal(sessions_ended[1] + sessions_ended[2], 2);
	ask_admission(2, 3);
	assert_int_equal(run(1), REASON_NOT_ADMITTED);
	assert_int_equal(zone_of[3], ZONE_QUARANTINE);
	assert_int_equal(zone_of[2], TRUSTED);

	submit(1, 1, true);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_true(left_of(1) > 3600 && timeout_of[1] > 3600);
	ask_admission(1, 1);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_true(left_of(2) <= 600);
	expect_record(core.settler.store,
		      "1 attested quarantine>trusted admitted;2 attested quarantine>trusted admitted;"
		      "1 operator trusted>trusted admitted;2 operator trusted>trusted admitted;"
		      "1 attested trusted>trusted admitted;");
}

static void on_stored_demand(const struct verdict *v, void *userdata)
{
	int64_t *by_sec = userdata;

	if (v->facts.device[0] == 1)
		*by_sec = v->reattest.by_sec;
}

static void test_a_demand_is_stored_and_never_longer(void **state)
{
	int64_t by_sec = 0, first_sec;

	(void)state;
	submit(1, 1, true);
	(void)run(1);
	assert_int_equal(demand(1, 600), 0);
	first_sec = demanded.after.reattest.by_sec;
	assert_int_equal(demand(1, 86400), 0);
	assert_int_equal(demanded.after.reattest.by_sec, first_sec);
	assert_true(left_of(1) <= 600);
	assert_true(store_load(core.settler.store, on_stored_demand, &by_sec) >= 0);
	assert_int_equal(by_sec, first_sec);
	assert_int_equal(demand(1, 60), 0);
	assert_true(left_of(1) <= 60);
	assert_int_equal(demanded.after.decision.expiry.cause, EXPIRY_REATTEST);
}

static void test_a_demand_that_is_refused(void **state)
{
	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	submit(1, 1, true);
	submit(2, 2, false);
	submit(3, 3, true);
	submit(4, 4, true);
	(void)run(4);
	assert_int_equal(demand(9, 60), -ENODEV);
	assert_int_equal(demand(2, 60), -ENODATA);
	assert_int_equal(give(order_of(3, ORDER_ALLOW)), 0);
	assert_int_equal(demand(3, 60), -EPERM);
	assert_int_equal(give(order_of(4, ORDER_QUARANTINE)), 0);
	assert_int_equal(demand(4, 60), -EPERM);
	assert_int_equal(take_back(4), 0);
	assert_int_equal(demand(4, 60), 0);
	assert_int_equal(give(order_of(3, ORDER_MONITOR)), 0); /* its zone is as judged */
	assert_int_equal(demand(3, 60), 0);

	limit_files(0);
	assert_true(demand(1, 60) < 0);
	limit_files(RLIM_INFINITY);
	assert_true(left_of(1) > 3600 && timeout_of[1] > 3600);
	ask_admission(1, 1);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(demand(1, 60), 0);
	assert_true(timeout_of[1] <= 60);
}

/* Neither order nor release makes it forgotten. */
static void test_a_demand_outlives_an_order(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	assert_int_equal(demand(1, 600), 0);
	assert_int_equal(give(order_of(1, ORDER_ALLOW)), 0);
	ask_admission(1, 1);
	assert_int_equal(run(1), REASON_NOT_ADMITTED);
	assert_int_equal(give(order_of(1, ORDER_QUARANTINE)), 0);
	assert_int_equal(take_back(1), 0);
	assert_string_equal(zone_in_registry(1), "trusted");
	assert_true(left_of(1) <= 600);
	ask_admission(1, 1);
	assert_int_equal(run(1), REASON_NOT_ADMITTED);
	submit(1, 1, true);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_true(left_of(1) > 3600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_demand_for_evidence),
		TEST(test_a_demand_is_stored_and_never_longer),
		TEST(test_a_demand_that_is_refused),
		TEST(test_a_demand_outlives_an_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
