/* SPDX-License-Identifier: Apache-2.0 */
/* links: act */
/*
 * The kernel's tables as a whole: what a start demands of the kernel, what is done when others change the tables, what is told of
 * a gateway that is open or only monitors; and admissions whose time is over. The doubles below take the place of enforce/watch.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>

#include <cmocka.h>

#include "core/act/enforcement.h"
#include "core/act/expiry.h"
#include "enforce/watch.h"
#include "log_kit.h"
#include "turn_kit.h"

static struct kernel_abilities abilities;
static int table_result;
static bool is_table_gone;
static unsigned n_loaded;
static struct opening opened, alone[2];
static size_t n_alone;
static int changes_fd = -1; /* readable when somebody else has changed the tables */

int watch_new(struct watch **ret)
{
	*ret = NULL;
	return 0;
}

void watch_free(struct watch *w)
{
	(void)w;
}

int watch_fd(const struct watch *w)
{
	(void)w;
	return changes_fd;
}

bool watch_read(struct watch *w)
{
	eventfd_t n;

	(void)w;
	return eventfd_read(changes_fd, &n) == 0;
}

static int probe(struct kernel_abilities *ret)
{
	*ret = abilities;
	return 0;
}

/* Loads it where it is not, with what is admitted. */
static int ensure_table(const struct element *elements, size_t n, bool *ret_loaded)
{
	if (table_result < 0)
		return table_result;
	*ret_loaded = is_table_gone;
	if (!is_table_gone)
		return 0;
	is_table_gone = false;
	n_loaded++;
	memset(zone_of, 0, sizeof(zone_of));
	for (size_t i = 0; i < n; i++)
		zone_of[elements[i].mac[5]] = elements[i].zone,
		timeout_of[elements[i].mac[5]] = elements[i].timeout_sec;
	return 0;
}

static int opening(struct opening *ret)
{
	*ret = opened;
	return opened.left_sec > 0;
}

static int openings(struct opening **ret, size_t *ret_n)
{
	*ret_n = n_alone;
	*ret = n_alone > 0 ? malloc(n_alone * sizeof(**ret)) : NULL;
	if (n_alone > 0)
		memcpy(*ret, alone, n_alone * sizeof(**ret));
	return 0;
}

static int set_up_kernel(void **state)
{
	if (set_up(state) < 0)
		return -1;
	kernel_double.probe = probe;
	kernel_double.ensure_table = ensure_table;
	kernel_double.list = list_zones;
	kernel_double.write = write_zones;
	kernel_double.opening = opening;
	kernel_double.openings = openings;
	n_alone = 0;
	abilities = (struct kernel_abilities){ .has_inet = true, .has_bridge = true, .has_routes = true };
	table_result = 0;
	is_table_gone = true;
	n_loaded = 0;
	opened = (struct opening){ 0 };
	changes_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	timekeeper_init(&core.settler.time, 0);
	return changes_fd < 0 ? -1 : 0;
}

static int tear_down_kernel(void **state)
{
	enforcement_stop(&core.enforcement);
	(void)close(changes_fd);
	return tear_down(state);
}

static void expect_said(const char *text, unsigned n)
{
	unsigned said = count_said(text, true);

	if (said != n)
		fail_msg("said %u times, not %u: %s", said, n, text);
}

/* The device was admitted before this start. */
static void test_start_restores(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	assert_int_equal(enforcement_start(&core.enforcement, core.event), 0);
	assert_int_equal(n_loaded, 1);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_true(core.settler.tables.has_tables);
	assert_true(enforcement_is_sound(&core.enforcement));
	assert_int_equal(core.settler.tables.drifts, 0);
	assert_string_equal(enforcement_state(&core.enforcement), "enforcing");
	assert_string_equal(enforcement_layer2(&core.enforcement), "no bridges");
}

/* The kernel took all of it: a start does not ask it what it has, the first sweep does. */
static void test_new_tables_are_read_later(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	list_result = -EPERM;
	kernel_double.has_all = true;
	assert_int_equal(enforcement_start(&core.enforcement, core.event), 0);
	assert_int_equal(zone_of[1], TRUSTED);
	zone_of[1] = ZONE_QUARANTINE; /* another program, before this start watches */
	list_result = 0;
	enforcement_sweep(&core.enforcement);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_false(core.settler.tables.is_drifting);

	kernel_double.has_all = false;
	enforcement_stop(&core.enforcement);
	list_result = -EPERM;
	assert_int_equal(enforcement_start(&core.enforcement, core.event), -EPERM);
}

static void expect_no_start(const char *why)
{
	listen_in();
	assert_true(enforcement_start(&core.enforcement, core.event) < 0);
	expect_said(why, 1);
	assert_int_equal(n_loaded, 0);
	assert_false(core.settler.tables.has_tables);
	assert_string_equal(enforcement_state(&core.enforcement), "none");
	enforcement_stop(&core.enforcement);
}

static void test_kernels_that_lack_something(void **state)
{
	(void)state;
	abilities.has_inet = false;
	expect_no_start("nftables is not available");
	abilities.has_inet = true;
	abilities.has_routes = false;
	expect_no_start("Source addresses cannot be checked");
	abilities.has_routes = true;
	abilities.has_bridge = false;
	assert_int_equal(ruleset_add_bridge(&core.in_force.config->ruleset, "br0"), 0);
	expect_no_start("The ports of guarded bridges cannot be isolated");
	abilities.has_bridge = true;
	table_result = -EPROTO;
	kernel_double.lack = &(const struct kernel_lack){ "wings", "nothing flies", "use a kernel with CONFIG_WINGS" };
	expect_no_start("This kernel's nf_tables lack wings: nothing flies; use a kernel with CONFIG_WINGS");
	kernel_double.lack = NULL;
	table_result = -EPERM;
	expect_no_start("Cannot load the table inet hallmark");
	table_result = 0;
	assert_int_equal(enforcement_start(&core.enforcement, core.event), 0); /* the twin */
	assert_string_equal(enforcement_state(&core.enforcement), "enforcing");
}

/* Another firewall manager flushes all tables: they are back after a moment, and that is counted. */
static void test_others_change_the_tables(void **state)
{
	(void)state;
	assert_int_equal(enforcement_start(&core.enforcement, core.event), 0);
	submit(1, 1, true);
	(void)run(1);
	is_table_gone = true;
	memset(zone_of, 0, sizeof(zone_of));
	assert_int_equal(eventfd_write(changes_fd, 1), 0);
	for (int i = 0; i < 100 && n_loaded < 2; i++)
		assert_true(sd_event_run(core.event, 100000) >= 0);
	assert_int_equal(n_loaded, 2);
	assert_int_equal(zone_of[1], TRUSTED);
	assert_int_equal(core.settler.tables.drifts, 1);
	assert_true(enforcement_is_sound(&core.enforcement));
}

/* Nobody knows what passes then, and that is what is said until they are there again. */
static void test_tables_that_cannot_be_kept(void **state)
{
	(void)state;
	assert_int_equal(enforcement_start(&core.enforcement, core.event), 0);
	table_result = -ENOBUFS;
	listen_in();
	enforcement_sweep(&core.enforcement);
	expect_said("Cannot repair the table inet hallmark", 1);
	assert_false(enforcement_is_sound(&core.enforcement));
	assert_string_equal(enforcement_state(&core.enforcement), "none");
	table_result = 0;
	enforcement_sweep(&core.enforcement);
	assert_string_equal(enforcement_state(&core.enforcement), "enforcing");

	core.settler.tables.is_drifting = true;
	list_result = -EPERM; /* nor what is in them */
	listen_in();
	enforcement_sweep(&core.enforcement);
	expect_said("Cannot compare the kernel's admissions with the verdicts", 1);
	assert_string_equal(enforcement_state(&core.enforcement), "none");
	list_result = 0;
	enforcement_sweep(&core.enforcement);
	assert_string_equal(enforcement_state(&core.enforcement), "enforcing");
}

static void test_a_gateway_that_is_opened(void **state)
{
	(void)state;
	assert_int_equal(enforcement_start(&core.enforcement, core.event), 0);
	opened = (struct opening){ .left_sec = 600, .reason = "the fitter is here" };
	listen_in();
	enforcement_sweep(&core.enforcement);
	enforcement_sweep(&core.enforcement); /* it is told once */
	expect_said("THE GATEWAY IS OPEN for 600 s: every device reaches everything. Reason: the fitter is here", 1);
	assert_string_equal(enforcement_state(&core.enforcement), "open");
	opened.left_sec = 900; /* again, for longer */
	listen_in();
	enforcement_sweep(&core.enforcement);
	expect_said("THE GATEWAY IS OPEN for 900 s", 1);
	opened = (struct opening){ 0 };
	listen_in();
	enforcement_sweep(&core.enforcement);
	expect_said("The gateway is closed again", 1);
	assert_string_equal(enforcement_state(&core.enforcement), "enforcing");
}

static void test_an_interface_that_is_opened(void **state)
{
	(void)state;
	assert_int_equal(enforcement_start(&core.enforcement, core.event), 0);
	alone[0] = (struct opening){ .alone = "port1", .left_sec = 600, .reason = "a leak" };
	alone[1] = (struct opening){ .alone = "port2", .is_port = true, .left_sec = 60 };
	n_alone = 2;
	listen_in();
	enforcement_sweep(&core.enforcement);
	enforcement_sweep(&core.enforcement); /* it is told once */
	assert_int_equal(count_said("port2 IS OPEN for 60 s", false), 1);
	assert_int_equal(count_said("THE GATEWAY", false), 0);
	expect_said("port1 IS OPEN for 600 s: its devices are not limited to their zones. Reason: a leak. "
		    "`hallmarkctl close port1` ends it",
		    1);
	assert_string_equal(enforcement_state(&core.enforcement), "enforcing");
	alone[0].left_sec = 900; /* again, for longer; the other has ended */
	n_alone = 1;
	listen_in();
	enforcement_sweep(&core.enforcement);
	assert_int_equal(count_said("port1 IS OPEN for 900 s", false), 1);
	expect_said("port2 is closed again: its devices are limited to their zones", 1);
	n_alone = 0;
	listen_in();
	enforcement_sweep(&core.enforcement);
	assert_int_equal(count_said("The gateway is closed again", false), 0);
	expect_said("port1 is closed again", 1);
}

static void start_again(void)
{
	enforcement_stop(&core.enforcement);
	(void)close(changes_fd); /* the event loop of a process that has ended */
	changes_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert_true(changes_fd >= 0);
	core.enforcement.is_open = false;
	core.enforcement.opening = (struct opening){ 0 };
	listen_in();
	assert_int_equal(enforcement_start(&core.enforcement, core.event), 0);
}

/* What was open before a start, and is still, is told as such and not recorded again; what ended meanwhile is closed. */
static void test_a_start_among_openings(void **state)
{
	(void)state;
	opened = (struct opening){ .left_sec = 900, .reason = "a reason that is longer than the record has room for" };
	alone[0] = (struct opening){ .alone = "port1", .left_sec = 600, .reason = "a leak" };
	alone[1] = (struct opening){ .alone = "port2", .is_port = true, .left_sec = 60, .reason = "a fire" };
	n_alone = 2;
	assert_int_equal(enforcement_start(&core.enforcement, core.event), 0);
	expect_record(core.settler.store,
		      "0 operator >open internal;0 operator >open port1 internal;0 operator >open port2 internal;");

	opened.left_sec = 890;
	alone[0].left_sec = 590;
	n_alone = 1;
	start_again();
	assert_int_equal(count_said("THE GATEWAY IS STILL OPEN for 890 s", false), 1);
	assert_int_equal(count_said("port1 IS STILL OPEN for 590 s", false), 1);
	assert_int_equal(count_said(" IS OPEN", false), 0);
	expect_said("port2 is closed again", 1);
	expect_record(core.settler.store,
		      "0 operator >open internal;0 operator >open port1 internal;0 operator >open port2 internal;"
		      "0 operator >closed port2 internal;");

	opened.left_sec = 0;
	alone[0].reason[0] = 'A'; /* another one, for another reason */
	start_again();
	assert_int_equal(count_said("STILL OPEN", false), 0);
	assert_int_equal(count_said("The gateway is closed again", false), 1);
	expect_said("port1 IS OPEN for 590 s", 1);
	expect_record(core.settler.store,
		      "0 operator >open internal;0 operator >open port1 internal;0 operator >open port2 internal;"
		      "0 operator >closed port2 internal;0 operator >closed internal;0 operator >open port1 internal;");
}

/* A start says what is open: it may be closed before the first sweep. */
static void test_start_says_what_is_open(void **state)
{
	(void)state;
	alone[0] = (struct opening){ .alone = "port1", .left_sec = 600, .reason = "a leak" };
	n_alone = 1;
	opened = (struct opening){ .left_sec = 900 };
	listen_in();
	assert_int_equal(enforcement_start(&core.enforcement, core.event), 0);
	n_alone = 0;
	opened = (struct opening){ 0 };
	enforcement_sweep(&core.enforcement);
	assert_int_equal(count_said("THE GATEWAY IS OPEN for 900 s", false), 1);
	assert_int_equal(count_said("The gateway is closed again", false), 1);
	assert_int_equal(count_said("port1 IS OPEN for 600 s", false), 1);
	expect_said("port1 is closed again", 1);
}

static void test_what_is_only_monitored_is_said(void **state)
{
	(void)state;
	core.in_force.config->ruleset.zones[TRUSTED].is_monitored = true;
	listen_in();
	assert_int_equal(enforcement_start(&core.enforcement, core.event), 0);
	enforcement_sweep(&core.enforcement); /* once a day */
	expect_said("ZONE trusted IS ONLY MONITORED", 1);
	assert_string_equal(enforcement_state(&core.enforcement), "enforcing"); /* the others are */
	for (int i = 0; i < core.in_force.config->policy.n_zones; i++)
		core.in_force.config->ruleset.zones[i].is_monitored = true;
	assert_string_equal(enforcement_state(&core.enforcement), "monitor");
}

static void test_without_enforcement(void **state)
{
	(void)state;
	core.settler.tables.has_no_enforcement = true;
	is_table_gone = false;
	listen_in();
	assert_int_equal(enforcement_start(&core.enforcement, core.event), 0);
	expect_said("NOTHING IS ENFORCED (--no-enforcement)", 1);
	assert_string_equal(enforcement_state(&core.enforcement), "monitor");
	assert_string_equal(enforcement_layer2(&core.enforcement), "no: nothing is enforced");
}

/* --- admissions whose time is over --- */

static void test_an_admission_ends(void **state)
{
	(void)state;
	assert_int_equal(enforcement_start(&core.enforcement, core.event), 0);
	submit(1, 1, true);
	submit(2, 2, true);
	(void)run(2);
	core.settler.tables.is_drifting = true;
	run_out(1);
	expiry_sweep(&core.settler,
		     core.orders); /* the kernel may hold it for longer: nothing is said before it was compared */
	expect_stored(1, "trusted");
	core.settler.tables.is_drifting = false;
	expiry_sweep(&core.settler, core.orders);
	expiry_sweep(&core.settler, core.orders);
	expect_stored(1, "quarantine");
	expect_stored(2, "trusted");
	assert_int_equal(core.teller.metrics.expiries, 1);
	expect_record(core.settler.store,
		      "1 attested quarantine>trusted admitted;2 attested quarantine>trusted admitted;"
		      "1 expired trusted>quarantine expired;");
}

/* What an order let in ends with the order, and not here. */
static void test_an_order_ends_by_itself(void **state)
{
	(void)state;
	assert_int_equal(enforcement_start(&core.enforcement, core.event), 0);
	submit_bad_label(1, 1);
	submit(2, 2, true);
	(void)run(2);
	assert_int_equal(give(order_of(1, ORDER_ALLOW)), 0);
	run_out(1);
	run_out(2);
	expiry_sweep(&core.settler, core.orders);
	expect_stored(1, "trusted");
	expect_stored(2, "quarantine");
}

#define KERNEL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_kernel, tear_down_kernel)

int main(void)
{
	const struct CMUnitTest tests[] = {
		KERNEL_TEST(test_start_restores),
		KERNEL_TEST(test_kernels_that_lack_something),
		KERNEL_TEST(test_others_change_the_tables),
		KERNEL_TEST(test_tables_that_cannot_be_kept),
		KERNEL_TEST(test_a_gateway_that_is_opened),
		KERNEL_TEST(test_an_interface_that_is_opened),
		KERNEL_TEST(test_start_says_what_is_open),
		KERNEL_TEST(test_what_is_only_monitored_is_said),
		KERNEL_TEST(test_a_start_among_openings),
		KERNEL_TEST(test_without_enforcement),
		KERNEL_TEST(test_an_admission_ends),
		KERNEL_TEST(test_an_order_ends_by_itself),
		KERNEL_TEST(test_new_tables_are_read_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
