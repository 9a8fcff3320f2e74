/* SPDX-License-Identifier: Apache-2.0 */
/* links: act */
/*
 * Several devices behind one MAC that the operator named: each is admitted by its own verdict, and the kernel has the least of their
 * zones for that MAC. Beside it stands the same without the name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "config/config.h"
#include "core/act/expiry.h"
#include "core/devices/registry.h"
#include "core/settle/drift.h"
#include "core/settle/reconsider.h"
#include "core/settle/tables.h"
#include "decide/policy.h"
#include "ipc/ipc.h"
#include "turn_kit.h"

/* 1 is trusted and 2 restricted, both at place 1. */
static void stand_together(void)
{
	share(1);
	submit_for(1, 1, TRUSTED);
	submit_for(2, 1, RESTRICTED);
	(void)run(2);
	assert_string_equal(zone_in_registry(1), "trusted");
	assert_string_equal(zone_in_registry(2), "restricted");
	assert_int_equal(zone_of[1], RESTRICTED);
	core.settler.tables.is_drifting = false; /* as after a start */
}

static void test_all_stand_with_the_least_zone(void **state)
{
	(void)state;
	share(1);
	submit_for(1, 1, TRUSTED);
	(void)run(1);
	assert_int_equal(zone_of[1], TRUSTED);
	submit_for(2, 1, RESTRICTED);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(answered.status, EAR_WARNING); /* its own zone */
	assert_int_equal(zone_of[1], RESTRICTED);
	submit_for(3, 1, TRUSTED);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(answered.status, EAR_AFFIRMING);
	assert_int_equal(zone_of[1], RESTRICTED);
	assert_string_equal(zone_in_registry(1), "trusted");
	assert_string_equal(zone_in_registry(2), "restricted");
	assert_string_equal(zone_in_registry(3), "trusted");
	expect_stored(1, "trusted");
	expect_stored(2, "restricted");
	expect_stored(3, "trusted");
	assert_int_equal(sessions_ended[1], 0);

	submit_for(1, 1, ZONE_QUARANTINE); /* a better one ends */
	(void)run(1);
	assert_int_equal(zone_of[1], RESTRICTED);
	submit_for(2, 1, ZONE_QUARANTINE); /* the least ends */
	(void)run(1);
	assert_int_equal(zone_of[1], TRUSTED);
	submit_for(3, 1, ZONE_QUARANTINE);
	(void)run(1);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
}

/* The twin: nobody named this MAC. */
static void test_one_stands_where_nobody_named_the_mac(void **state)
{
	(void)state;
	share(2);
	submit_for(1, 1, TRUSTED);
	submit_for(2, 1, RESTRICTED);
	(void)run(2);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_string_equal(zone_in_registry(2), "quarantine");
	assert_int_equal(known(2)->decision.reason, REASON_PLACE_TAKEN);
}

static void test_one_leaves(void **state)
{
	(void)state;
	stand_together();
	submit(2, 3, true); /* by its own word, and it is trusted now */
	(void)run(1);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(zone_of[3], TRUSTED);
	submit(1, 4, true);
	(void)run(1);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(zone_of[4], TRUSTED);
}

/* The kernel holds the zone until the last of them ends, and the daemon gives another one when the least ends. */
static void test_one_runs_out(void **state)
{
	(void)state;
	for (uint8_t device = 1; device <= 2; device++) {
		const uint8_t other = 3 - device;

		stand_together();
		assert_in_range(timeout_of[1], known(1)->decision.expiry.at_sec - clock_realtime_sec(), UINT32_MAX);
		run_out(device);
		submit_for(7, 7, TRUSTED); /* meanwhile nothing changes */
		(void)run(1);
		assert_int_equal(zone_of[1], RESTRICTED);
		expiry_sweep(&core.settler, core.orders);
		assert_string_equal(known(device)->zone, "quarantine");
		assert_int_equal(zone_of[1], other == 1 ? TRUSTED : RESTRICTED);
		run_out(other); /* the kernel ends it by itself */
		expiry_sweep(&core.settler, core.orders);
		assert_null(registry_at_place(core.settler.registry, "port1", known(1)->mac, next_room()));
	}
}

/* What another program or a start finds is the same. */
static void test_the_comparison_with_the_kernel(void **state)
{
	struct element *elements;
	size_t n;

	(void)state;
	kernel_double.list = list_zones;
	kernel_double.write = write_zones;
	stand_together();
	zone_of[1] = TRUSTED;
	assert_int_equal(drift_mend(&core.settler), 0);
	assert_int_equal(zone_of[1], RESTRICTED);
	run_out(2); /* nobody told it yet: this is not the kernel's fault */
	assert_int_equal(drift_mend(&core.settler), 0);
	assert_int_equal(zone_of[1], RESTRICTED);
	assert_int_equal(core.settler.tables.drifts, 1);

	assert_int_equal(tables_collect(&core.settler, clock_realtime_sec(), &elements, &n), 0);
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(elements[i].zone, RESTRICTED);
	free(elements);
}

static void test_orders(void **state)
{
	(void)state;
	stand_together();
	assert_int_equal(give(order_of(2, ORDER_QUARANTINE)), 0);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(take_back(2), 0);
	assert_int_equal(zone_of[1], RESTRICTED);

	assert_int_equal(give(order_of(2, ORDER_ALLOW)), 0); /* trusted */
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(take_back(2), 0);
	assert_int_equal(zone_of[1], RESTRICTED);

	assert_int_equal(give(order_of(1, ORDER_MONITOR)), 0);
	assert_false(is_monitored[1]); /* the other one is not */
	assert_int_equal(give(order_of(2, ORDER_MONITOR)), 0);
	assert_true(is_monitored[1]);
	assert_int_equal(take_back(1), 0);
	assert_false(is_monitored[1]);
	assert_int_equal(zone_of[1], RESTRICTED);

	submit_bad_label(3, 1); /* an order admits one more */
	(void)run(1);
	assert_int_equal(give(order_of(3, ORDER_ALLOW)), 0);
	assert_string_equal(zone_in_registry(3), "trusted");
	assert_int_equal(zone_of[1], RESTRICTED);
}

/* The kernel refuses the second device: the first has what it had. */
static void test_a_refused_one(void **state)
{
	(void)state;
	kernel_double.list = list_zones;
	kernel_double.write = write_zones;
	share(1);
	submit_for(1, 1, TRUSTED);
	(void)run(1);
	refuses_grants = true;
	submit_for(2, 1, RESTRICTED);
	assert_int_equal(run(1), REASON_KERNEL);
	assert_string_equal(zone_in_registry(1), "trusted");
	assert_string_equal(zone_in_registry(2), "quarantine");
	refuses_grants = false;
	assert_true(core.settler.tables.is_drifting);
	assert_int_equal(drift_mend(&core.settler), 0);
	assert_int_equal(zone_of[1], TRUSTED);
}

static int refuse_table(const struct element *elements, size_t n, bool *loaded)
{
	(void)elements;
	(void)n;
	*loaded = false;
	return -EPROTO;
}

/* The kernel refuses a new configuration's tables: what a device gains by it is undone, as at a place of its own. */
static void test_refused_tables(void **state)
{
	const struct config former = *core.in_force.config;

	(void)state;
	stand_together();
	submit_for(3, 3, RESTRICTED);
	(void)run(1);
	kernel_double.ensure_table = refuse_table;
	for (uint8_t device = 2; device <= 3; device++) {
		struct facts better = known(device)->facts;

		better.labels[0].level = 2;
		assert_int_equal(judge_under(&former, device, (struct reconsideration){ .facts = &better }), -EPROTO);
		assert_string_equal(zone_in_registry(device), "restricted");
	}
	assert_int_equal(zone_of[1], RESTRICTED);
}

/* The operator takes the name back: one stays. */
static void test_no_longer_shared(void **state)
{
	struct verdict later;

	(void)state;
	stand_together();
	judge_again(1, (struct reconsideration){ 0 });
	judge_again(2, (struct reconsideration){ 0 });
	assert_int_equal(zone_of[1], RESTRICTED); /* it is named */
	core.in_force.config->ruleset.n_shared = 0;
	later = *known(2);
	later.attested_sec++;
	assert_int_equal(registry_put(core.settler.registry, &later), 0);
	assert_int_equal(registry_put(core.settler.registry, known(1)), 0); /* whatever was written last */
	judge_again(1, (struct reconsideration){ 0 });
	judge_again(2, (struct reconsideration){ 0 });
	assert_string_equal(zone_in_registry(1), "quarantine");
	assert_int_equal(known(1)->decision.reason, REASON_PLACE_TAKEN);
	assert_string_equal(zone_in_registry(2), "restricted"); /* who attested last */
	assert_int_equal(zone_of[1], RESTRICTED);
	submit_for(1, 1, TRUSTED);
	(void)run(1);
	assert_int_equal(known(1)->decision.reason, REASON_PLACE_TAKEN);
}

/* Then the evidence of those behind it names another MAC than nobody knows of. */
static void test_who_was_behind_it_goes(void **state)
{
	(void)state;
	share(1);
	submit_relayed(1, 2, 1);
	(void)run(1);
	assert_int_equal(known(1)->facts.checks[CHECK_PLACE].reason, REASON_PLACE_SHARED);
	assert_int_equal(zone_of[1], TRUSTED);
	judge_again(1, (struct reconsideration){ 0 });
	assert_int_equal(zone_of[1], TRUSTED);
	core.in_force.config->ruleset.n_shared = 0;
	judge_again(1, (struct reconsideration){ 0 });
	assert_int_equal(known(1)->decision.reason, REASON_PLACE_LINK);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_stand_with_the_least_zone),
		TEST(test_one_stands_where_nobody_named_the_mac),
		TEST(test_one_leaves),
		TEST(test_one_runs_out),
		TEST(test_the_comparison_with_the_kernel),
		TEST(test_orders),
		TEST(test_a_refused_one),
		TEST(test_refused_tables),
		TEST(test_no_longer_shared),
		TEST(test_who_was_behind_it_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
