/* SPDX-License-Identifier: Apache-2.0 */
/* links: act */
/*
 * Exceptions of the inventory: in the kernel as admissions are, until they end or a device is judged at their place, whatever the verdict
 * is; told one by one, and summed up when they are many.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "config/config.h"
#include "config/inventory.h"
#include "core/act/exceptions.h"
#include "core/act/expiry.h"
#include "core/act/ordering.h"
#include "core/act/unknown.h"
#include "core/settle/drift.h"
#include "core/settle/tables.h"
#include "log_kit.h"
#include "turn_kit.h"

#define MANY 60

static const struct inventory_row row_of_all = {
	.name = "TV", .segment = "", .place = "attic", .reference = "", .interface = "port1", .exception = "restricted"
};

/* Places 1 to n have one, until that many seconds from now, as a reload reads them. */
static void read_exceptions(struct config *c, size_t n, int64_t for_sec)
{
	struct inventory *i = c->inventory;

	free(i->rows);
	free(i->exceptions);
	i->rows = calloc(n + 1, sizeof(*i->rows));
	i->exceptions = calloc(n + 1, sizeof(*i->exceptions));
	if (!i->files)
		i->files = calloc(1, sizeof(*i->files));
	assert_true(i->rows && i->exceptions && i->files);
	i->n_files = 1;
	i->n_rows = i->n_exceptions = n;
	for (size_t k = 0; k < n; k++) {
		i->rows[k] = row_of_all;
		i->exceptions[k] = (struct exception){ .interface = "port1",
						       .mac = { [5] = (uint8_t)(k + 1) },
						       .zone = RESTRICTED,
						       .until_sec = clock_realtime_sec() + for_sec,
						       .row = (uint32_t)k };
	}
}

static void begin(size_t n, int64_t for_sec)
{
	read_exceptions(core.in_force.config, n, for_sec);
	excepted_begin(&core.settler, NULL, clock_realtime_sec());
	kernel_double.list = list_zones;
	kernel_double.write = write_zones;
	assert_int_equal(drift_mend(&core.settler), 0);
	core.settler.tables.drifts = 0;
}

/* The kernel has what it should have: a comparison finds nothing. */
static void expect_no_drift(void)
{
	assert_int_equal(drift_mend(&core.settler), 0);
	assert_int_equal(core.settler.tables.drifts, 0);
}

static size_t n_in_force(void)
{
	int64_t next_sec;

	return excepted_count(&core.settler, clock_realtime_sec(), &next_sec);
}

static void end_now(size_t i)
{
	core.in_force.config->inventory->exceptions[i].until_sec = clock_realtime_sec() - 1;
}

static int tear_down_all(void **state)
{
	excepted_done(&core.settler.excepted);
	unknowns_done(&core.unknowns);
	return tear_down(state);
}

static void reload(struct config *next)
{
	struct config *former = core.in_force.config;
	struct settling s = { 0 };

	core.in_force.config = next;
	settle_begin(&s, &core.settler, clock_realtime_sec());
	exceptions_replace(&s, former);
	assert_int_equal(settle_end(&s), 0);
	settle_done(&s);
	config_free(former);
}

/* --- In force, and replaced --- */

static void test_in_force(void **state)
{
	int64_t next_sec;

	(void)state;
	begin(2, 100);
	assert_int_equal(zone_of[1], RESTRICTED);
	assert_int_equal(zone_of[2], RESTRICTED);
	assert_in_range(timeout_of[1], 98, 100);
	assert_int_equal(zone_of[3], ZONE_QUARANTINE);
	assert_int_equal(excepted_count(&core.settler, clock_realtime_sec(), &next_sec), 2);
	assert_in_range(next_sec, clock_realtime_sec() + 98, clock_realtime_sec() + 100);
	zone_of[1] = ZONE_QUARANTINE; /* another program */
	assert_int_equal(drift_mend(&core.settler), 0);
	assert_int_equal(zone_of[1], RESTRICTED);
	assert_int_equal(core.settler.tables.drifts, 1);
}

/* A clock that is far behind does not make it longer than it may be. */
static void test_longest_time(void **state)
{
	(void)state;
	begin(1, INT64_C(20) * 365 * 86400);
	assert_int_equal(timeout_of[1], EXCEPTION_DAYS_MAX * 86400);
}

/* By a clock that is right it is none; one of a permitted time is. */
static void test_end_that_is_too_late(void **state)
{
	(void)state;
	core.settler.time.is_disciplined = true;
	begin(1, INT64_C(20) * 365 * 86400);
	assert_int_equal(n_in_force(), 0);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	core.settler.time.is_disciplined = true;
	begin(1, INT64_C(91) * 86400);
	assert_int_equal(n_in_force(), 1);
	assert_int_equal(zone_of[1], RESTRICTED);
	core.settler.time.is_disciplined = false;
}

static void test_admitted(void **state)
{
	(void)state;
	begin(2, 100);
	listen_in();
	submit_for(1, 1, TRUSTED);
	assert_int_equal(run(1), REASON_ADMITTED);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(zone_of[2], RESTRICTED); /* the twin */
	assert_int_equal(n_in_force(), 1);
	exceptions_sweep(&core.settler);
	exceptions_sweep(&core.settler);
	assert_int_equal(
		count_said("The exception of TV (MAC 00:00:00:00:00:01) on port1, for zone restricted, is replaced",
			   true),
		1);
	expect_no_drift();

	run_out(1); /* it must attest: the exception was for who does not */
	expiry_sweep(&core.settler, core.orders);
	assert_int_equal(n_in_force(), 1);
	excepted_mark(&core.settler, clock_realtime_sec(), NULL, NULL);
	assert_int_equal(n_in_force(), 1);
}

static void test_refused(void **state)
{
	(void)state;
	begin(2, 100);
	submit(1, 1, false);
	(void)run(1);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(zone_of[2], RESTRICTED);
	assert_int_equal(n_in_force(), 1);
	expect_no_drift();
}

/* A zone that the kernel has no room for leaves nothing better. */
static void test_grant_that_the_kernel_refuses(void **state)
{
	(void)state;
	begin(1, 100);
	refused_place = 1;
	submit_for(1, 1, TRUSTED);
	(void)run(1);
	refused_place = PLACES;
	assert_int_equal(n_in_force(), 0);
	assert_int_equal(drift_mend(&core.settler), 0);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
}

static void test_order(void **state)
{
	(void)state;
	submit_for(1, 1, TRUSTED);
	(void)run(1);
	assert_int_equal(give(order_of(1, ORDER_QUARANTINE)), 0);
	begin(2, 100);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(zone_of[2], RESTRICTED);
	assert_int_equal(take_back(1), 0);
	assert_int_equal(zone_of[1], TRUSTED);
	expect_no_drift();
}

/* Who was refused does not get it back by being forgotten, or judged elsewhere; a row with another end is a new one. */
static void test_device_that_is_forgotten(void **state)
{
	struct config *next = NULL;

	(void)state;
	begin(1, 100);
	submit(1, 1, false);
	(void)run(1);
	exceptions_sweep(&core.settler);
	registry_remove(core.settler.registry, (const uint8_t[SHA256_LEN]){ 1 });
	listen_in();
	core.settler.excepted.marked_usec -= EXCEPTIONS_MARK_USEC;
	exceptions_sweep(&core.settler);
	assert_int_equal(count_said("is in force again", true), 0);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);

	assert_int_equal(config_load("tests/unit/pipeline.conf", &next), 0);
	read_exceptions(next, 1, 100);
	next->inventory->exceptions[0].until_sec = core.in_force.config->inventory->exceptions[0].until_sec;
	reload(next);
	assert_int_equal(n_in_force(), 0);

	next = NULL;
	assert_int_equal(config_load("tests/unit/pipeline.conf", &next), 0);
	read_exceptions(next, 1, 50);
	reload(next);
	assert_int_equal(zone_of[1], RESTRICTED);
	expect_no_drift();
}

/* --- Ends --- */

static void test_end(void **state)
{
	(void)state;
	begin(2, 100);
	end_now(0);
	assert_int_equal(n_in_force(), 1);
	listen_in();
	exceptions_sweep(&core.settler);
	exceptions_sweep(&core.settler);
	assert_int_equal(
		count_said("on port1, for zone restricted, has ended: the device is in quarantine until it attests",
			   true),
		1);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(zone_of[2], RESTRICTED);
	expect_no_drift();
}

/* The end of one that is replaced changes nothing. */
static void test_end_of_a_replaced_one(void **state)
{
	(void)state;
	begin(1, 100);
	submit_for(1, 1, TRUSTED);
	(void)run(1);
	exceptions_sweep(&core.settler);
	end_now(0);
	listen_in();
	exceptions_sweep(&core.settler);
	assert_int_equal(count_said("xception", true), 0);
	assert_int_equal(zone_of[1], TRUSTED);
}

static void test_many_ends(void **state)
{
	(void)state;
	read_exceptions(core.in_force.config, MANY, 100);
	excepted_begin(&core.settler, NULL, clock_realtime_sec());
	for (size_t i = 0; i < MANY; i++) {
		core.in_force.config->inventory->exceptions[i].mac[0] = 1; /* the double keeps fewer places */
		core.in_force.config->inventory->exceptions[i].mac[5] = (uint8_t)(i % PLACES);
		end_now(i);
	}
	listen_in();
	exceptions_sweep(&core.settler);
	assert_int_equal(count_said("has ended", false), EXCEPTIONS_LINES);
	assert_int_equal(count_said("and have no entry: 40 have ended, 0 are replaced", true), 1);
	_Static_assert(MANY - EXCEPTIONS_LINES == 40, "as it says");
}

/* --- Other configurations --- */

static void test_reload(void **state)
{
	struct config *next = NULL;

	(void)state;
	begin(2, 100);
	assert_int_equal(config_load("tests/unit/pipeline.conf", &next), 0);
	read_exceptions(next, 3, 50);
	next->inventory->exceptions[0].zone = TRUSTED;
	next->inventory->exceptions[2].until_sec = clock_realtime_sec() - 1;
	listen_in();
	reload(next);
	exceptions_tell_all(&core.settler);
	assert_int_equal(count_said("EXCEPTIONS IN FORCE: 2 devices are in a zone by the inventory", false), 1);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(zone_of[2], RESTRICTED);
	assert_in_range(timeout_of[2], 48, 50);
	assert_int_equal(zone_of[3], ZONE_QUARANTINE);
	expect_no_drift();

	next = NULL;
	assert_int_equal(config_load("tests/unit/pipeline.conf", &next), 0);
	reload(next);
	exceptions_tell_all(&core.settler);
	assert_int_equal(count_said("EXCEPTIONS IN FORCE", true), 1); /* there is none any more */
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	assert_int_equal(zone_of[2], ZONE_QUARANTINE);
	expect_no_drift();
}

static int refuse_tables(const struct element *elements, size_t n, bool *ret_loaded)
{
	(void)elements, (void)n, (void)ret_loaded;
	return -EPROTO;
}

/* The former tables stay, without the exceptions that are gone. */
static void test_tables_that_the_kernel_refuses(void **state)
{
	struct config *former = core.in_force.config, *next = NULL;
	struct settling s = { 0 };

	(void)state;
	begin(2, 100);
	assert_int_equal(config_load("tests/unit/pipeline.conf", &next), 0);
	read_exceptions(next, 1, 50);
	kernel_double.ensure_table = refuse_tables;
	core.in_force.config = next;
	settle_begin(&s, &core.settler, clock_realtime_sec());
	s.former = former;
	exceptions_replace(&s, former);
	assert_int_equal(settle_end(&s), -EPROTO);
	settle_done(&s);
	assert_int_equal(zone_of[1], RESTRICTED);
	assert_int_equal(zone_of[2], ZONE_QUARANTINE);
	config_free(former);
}

/* --- Who would be cut off --- */

static int seen(struct unknown **ret, size_t *ret_n)
{
	*ret_n = 3;
	*ret = calloc(3, sizeof(**ret));
	assert_non_null(*ret);
	for (uint8_t i = 0; i < 3; i++)
		(*ret)[i] = (struct unknown){ .interface = "port1", .mac = { [5] = (uint8_t)(i + 1) } };
	return 0;
}

static void test_who_would_be_cut_off(void **state)
{
	struct config *next = NULL;

	(void)state;
	assert_int_equal(config_load("tests/unit/pipeline.conf", &next), 0);
	kernel_double.unknown = seen;
	core.in_force.config->ruleset.zones[ZONE_QUARANTINE].is_monitored = true;
	assert_int_equal(unknowns_count_stopped(&core.unknowns, next), 3);
	read_exceptions(next, 2, 100);
	assert_int_equal(unknowns_count_stopped(&core.unknowns, next), 1);
	submit(1, 1, false); /* it is judged, and its exception would not count */
	(void)run(1);
	assert_int_equal(unknowns_count_stopped(&core.unknowns, next), 2);

	core.in_force.config->ruleset.zones[ZONE_QUARANTINE].is_monitored = false;
	begin(2, 100);
	assert_int_equal(unknowns_count(&core.unknowns), 1);
	assert_int_equal(unknowns_count_stopped(&core.unknowns, next), 0);
	read_exceptions(next, 1, 100);
	assert_int_equal(unknowns_count_stopped(&core.unknowns, next), 1);
	config_free(next);
}

#undef TEST
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_in_force),
		TEST(test_longest_time),
		TEST(test_end_that_is_too_late),
		TEST(test_admitted),
		TEST(test_refused),
		TEST(test_grant_that_the_kernel_refuses),
		TEST(test_order),
		TEST(test_device_that_is_forgotten),
		TEST(test_end),
		TEST(test_end_of_a_replaced_one),
		TEST(test_many_ends),
		TEST(test_reload),
		TEST(test_tables_that_the_kernel_refuses),
		TEST(test_who_would_be_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
