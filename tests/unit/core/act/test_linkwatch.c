/* SPDX-License-Identifier: Apache-2.0 */
/* links: act */
/* wraps: malloc calloc realloc reallocarray */
/* Interfaces that come, go, and change their names and masters: what the journal says of each, and what becomes of devices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/timekeeper.h"
#include "core/act/enforcement.h"
#include "core/act/linkwatch.h"
#include "decide/policy.h"
#include "enforce/ruleset.h"
#include "links_double.h"
#include "log_kit.h"
#include "out_of_memory.h"
#include "turn_kit.h"

static unsigned n_tables; /* that were looked after */

static int ensure_table(const struct element *elements, size_t n, bool *ret_loaded)
{
	(void)elements, (void)n, (void)ret_loaded;
	n_tables++;
	return 0;
}

static int set_up_links(void **state)
{
	if (set_up(state) < 0)
		return -1;
	kernel_double.ensure_table = ensure_table;
	kernel_double.list = list_zones;
	kernel_double.write = write_zones;
	n_tables = 0;
	timekeeper_init(&core.settler.time, 0);
	core.enforcement.is_mended = true;
	core.enforcement.read_back_usec = UINT64_MAX;
	core.settler.tables.has_tables = true;
	links_add(1, "port1", 0);
	links_add(2, "wan0", 0);
	return linkwatch_start(&core.linkwatch, core.event);
}

static int tear_down_links(void **state)
{
	linkwatch_stop(&core.linkwatch);
	return tear_down(state);
}

/* What was changed is read and told. */
static void look(void)
{
	listen_in();
	for (int i = 0; i < 100 && links_double.n_changes > 0; i++)
		assert_true(sd_event_run(core.event, 100000) >= 0);
	assert_int_equal(links_double.n_changes, 0);
}

/* Everywhere, and for good. */
static void expect_ended(void)
{
	assert_string_equal(zone_in_registry(1), "quarantine");
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	expect_stored(1, "quarantine");
	assert_int_equal(known(1)->decision.zone, ZONE_QUARANTINE); /* whatever the clock says later */
}

static void expect_said(const char *text)
{
	if (count_said(text, true) != 1)
		fail_msg("it was not said once: %s", text);
}

static void test_what_appears(void **state)
{
	(void)state;
	links_change(3, "usb0", 0);
	look();
	expect_said("The interface usb0 has appeared, no key of network names it: nothing is forwarded from or to it");
	core.settler.tables.has_no_enforcement = true;
	links_change(4, "usb1", 0);
	look();
	expect_said("The interface usb1 has appeared, no key of network names it: what is forwarded from or to it is "
		    "only monitored");
}

static void test_what_goes(void **state)
{
	(void)state;
	links_change(1, "", 0);
	look();
	expect_said("The interface port1 disappeared: it was guarded");
	links_change(1, "port1", 0);
	look();
	expect_said("The interface port1 has appeared, guarded: its traffic is filtered");
	links_change(2, "", 0);
	look();
	expect_said("The interface wan0 disappeared: it was an uplink");
}

/* Whoever calls a guarded interface something else takes its devices out of the rules. */
static void test_other_names(void **state)
{
	(void)state;
	links_change(1, "eth7", 0);
	look();
	expect_said("The interface port1 (guarded) was renamed to eth7, no key of network names it");
	links_change(1, "port1", 0);
	look();
	expect_said("The interface eth7 was renamed to port1, guarded: its traffic is filtered");
}

static void test_ports(void **state)
{
	(void)state;
	links_add(8, "br7", 0);
	links_double.list[2].is_bridge = true;
	links_change(1, "port1", 8);
	look();
	expect_said("The interface port1 is now a port of br7: its packets count as those of that interface");
	links_change(1, "port1", 0);
	look();
	expect_said("The interface port1 is no longer a port of br7: guarded: its traffic is filtered");
}

/* What devices know of the gateway is its MAC. What is not guarded may have another without a word. */
static void test_other_macs(void **state)
{
	(void)state;
	(void)strcpy(links_double.list[0].mac, "02:00:00:00:00:20");
	links_change_mac(1, "02:00:00:00:00:10");
	links_change_mac(2, "02:00:00:00:00:40");
	look();
	assert_int_equal(count_said("wan0", false), 0);
	assert_int_equal(count_said("`ip link set port1 address 02:00:00:00:00:20`", false), 1);
	expect_said(
		"The MAC of port1 is 02:00:00:00:00:10 now: devices that know it as 02:00:00:00:00:20 are not heard");
}

/* A host of containers makes hundreds at once; guarded interfaces have lines when others have none left. */
static void test_many_at_once(void **state)
{
	(void)state;
	for (unsigned i = 0; i < LINKWATCH_LINES + 7; i++) {
		char name[IFNAMSIZ];

		must(snprintf(name, sizeof(name), "veth%u", i) > 0);
		links_change(100 + i, name, 0);
	}
	links_change(1, "", 0);
	look();
	assert_int_equal(count_said("The interface veth", false), LINKWATCH_LINES);
	expect_said("The interface port1 disappeared");
	assert_int_equal(core.linkwatch.untold, 7);

	core.linkwatch.window_usec -= LINKWATCH_WINDOW_USEC; /* the time of these lines is over */
	listen_in();
	linkwatch_sweep(&core.linkwatch);
	linkwatch_sweep(&core.linkwatch); /* told once */
	expect_said("7 changes of interfaces are not listed one by one");
}

/* port1 turns out to be a bridge: of which of its ports a device there was admitted nobody knows, so it attests again. */
static void test_a_guarded_bridge_that_nobody_named(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	links_change(3, "usb0", 0);
	look();
	assert_int_equal(count_said("must attest again", true), 0);
	assert_int_equal(n_tables, 0);

	links_double.list[0].is_bridge = true;
	links_change(4, "usb1", 0);
	look();
	assert_int_equal(count_said("The guarded port1 is a bridge that network.bridges does not name", false), 1);
	expect_said("1 devices on bridges must attest again");
	assert_non_null(ruleset_bridge(&core.in_force.config->ruleset, "port1"));
	assert_int_equal(n_tables, 1); /* the table for its ports is there at once, */
	expect_ended();
}

/* Without memory nobody is ended, and nothing is told; the next sweep does both. */
static void test_a_bridge_when_out_of_memory(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	links_double.list[0].is_bridge = true;
	assert_int_equal(ruleset_add_bridge(&core.in_force.config->ruleset, "port1"), 0);
	listen_in();
	memory_end_after(0);
	linkwatch_sweep(&core.linkwatch);
	assert_true(memory_refill());
	assert_string_equal(zone_in_registry(1), "trusted");
	assert_int_equal(count_said("must attest again", false), 0);
	linkwatch_sweep(&core.linkwatch);
	expect_said("1 devices on bridges must attest again");
	expect_ended();
}

/* A reload names another bridge in the place of one: as many as before. */
static void test_a_bridge_in_the_place_of_another(void **state)
{
	struct ruleset *r = &core.in_force.config->ruleset;

	(void)state;
	assert_int_equal(ruleset_add_bridge(r, "br9"), 0);
	linkwatch_sweep(&core.linkwatch);
	submit(1, 1, true);
	(void)run(1);
	linkwatch_sweep(&core.linkwatch);
	assert_string_equal(zone_in_registry(1), "trusted"); /* port1 is none of the bridges */
	(void)strcpy(r->bridges[0].name, "port1");
	listen_in();
	linkwatch_sweep(&core.linkwatch);
	expect_said("1 devices on bridges must attest again");
	expect_ended();
}

static void look_quietly(void)
{
	look();
	(void)count_said("", true);
}

static void put_on_port(const char *port)
{
	struct verdict v = *known(1);

	(void)snprintf(v.port, sizeof(v.port), "%s", port);
	assert_int_equal(registry_put(core.settler.registry, &v), 0);
}

/* port1 is a bridge, device 1 is admitted on its port eth7. */
static void admit_on_port(void)
{
	static char port[] = "eth7";

	submit(1, 1, true);
	(void)run(1);
	put_on_port(port);
	links_double.list[0].is_bridge = true;
	links_change(7, port, 1);
	look_quietly();
	linkwatch_sweep(&core.linkwatch);
	assert_int_equal(core.linkwatch.n_dead, 0);
}

static void sweep_later(void)
{
	linkwatch_sweep(&core.linkwatch);
	assert_int_equal(core.linkwatch.n_dead, 1);
	assert_string_not_equal(zone_in_registry(1), "quarantine"); /* it may be back in a moment */
	core.linkwatch.dead[0].since_usec -= LINKWATCH_DEAD_USEC;
}

static void test_a_port_without_carrier(void **state)
{
	(void)state;
	admit_on_port();
	links_change_carrier(7, false);
	look_quietly();
	sweep_later();
	links_change_carrier(7, true);
	look_quietly();
	linkwatch_sweep(&core.linkwatch);
	assert_int_equal(core.linkwatch.n_dead, 0);
	assert_string_not_equal(zone_in_registry(1), "quarantine");

	links_change_carrier(7, false);
	look_quietly();
	sweep_later();
	listen_in();
	memory_end_after(0);
	linkwatch_sweep(&core.linkwatch);
	assert_true(memory_refill());
	assert_int_equal(count_said("has no carrier", false), 0);
	linkwatch_sweep(&core.linkwatch);
	expect_said("The port eth7 has no carrier, or is no port any more: the admission of 1 devices there ends");
	expect_ended();
	linkwatch_sweep(&core.linkwatch);
	assert_int_equal(core.linkwatch.n_dead, 0);
}

static void put_reason(enum hallmark_reason reason)
{
	struct verdict v = *known(1);

	v.decision.reason = reason;
	assert_int_equal(registry_put(core.settler.registry, &v), 0);
}

/* What an operator has ordered ends when the order does. */
static void test_an_order_on_a_port_without_carrier(void **state)
{
	(void)state;
	admit_on_port();
	put_reason(REASON_OPERATOR_ALLOWED);
	links_change_carrier(7, false);
	look_quietly();
	linkwatch_sweep(&core.linkwatch);
	assert_int_equal(core.linkwatch.n_dead, 0);

	put_reason(REASON_ADMITTED);
	linkwatch_sweep(&core.linkwatch);
	assert_int_equal(core.linkwatch.n_dead, 1);
}

/* A host of containers changes interfaces all the time: devices are looked at only when one of theirs has changed. */
static void test_interfaces_of_others(void **state)
{
	(void)state;
	admit_on_port();
	assert_false(core.linkwatch.is_changed);
	links_change(20, "veth0", 0);
	links_change_carrier(2, false);
	links_change(20, "", 0);
	look_quietly();
	assert_false(core.linkwatch.is_changed);
	links_change_carrier(7, false);
	look_quietly();
	assert_true(core.linkwatch.is_changed);
}

static void test_a_port_that_leaves(void **state)
{
	(void)state;
	admit_on_port();
	links_change(7, "eth7", 0);
	look_quietly();
	sweep_later();
	listen_in();
	linkwatch_sweep(&core.linkwatch);
	expect_said("The port eth7 has no carrier, or is no port any more: the admission of 1 devices there ends");
	expect_ended();
}

#define LINKS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_links, tear_down_links)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINKS_TEST(test_what_appears),
		LINKS_TEST(test_what_goes),
		LINKS_TEST(test_a_bridge_when_out_of_memory),
		LINKS_TEST(test_a_bridge_in_the_place_of_another),
		LINKS_TEST(test_other_names),
		LINKS_TEST(test_ports),
		LINKS_TEST(test_other_macs),
		LINKS_TEST(test_many_at_once),
		LINKS_TEST(test_a_guarded_bridge_that_nobody_named),
		LINKS_TEST(test_a_port_without_carrier),
		LINKS_TEST(test_an_order_on_a_port_without_carrier),
		LINKS_TEST(test_interfaces_of_others),
		LINKS_TEST(test_a_port_that_leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
