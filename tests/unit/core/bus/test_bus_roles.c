/* SPDX-License-Identifier: Apache-2.0 */
/* links: bus */
/* wraps: getsockopt */
/* What people with a role order at the socket, what is refused and what they read then, and what the journal says of both. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bus_calls.h"
#include "config/roles.h"
#include "core/devices/registry.h"
#include "core/tell/orderer.h"
#include "decide/policy.h"
#include "ipc/ipc.h"
#include "log_kit.h"

#define ONE       "0100000000000000" /* the id of device 1, as far as names a key */
#define RECEPTION 201
#define INSTALLER 202
#define STRANGER  65534

static char ports[][IFNAMSIZ] = { "port1" };
static struct segment segments[] = { { .name = "tower-a", .interfaces = ports, .n_interfaces = 1 } };
static uint16_t tower_a[] = { 0 };
static struct role roles[2];

/* Device 1 is known, and somebody who is not root asks. */
static void open_office(void)
{
	struct config *config = core.in_force.config;

	roles[0] = (struct role){ .name = "reception",
				  .group = "x",
				  .id = RECEPTION,
				  .is_known = true,
				  .verbs = VERB_BIT(VERB_ALLOW) | VERB_BIT(VERB_RELEASE) | VERB_BIT(VERB_QUARANTINE),
				  .zones = UINT32_C(1) << TRUSTED,
				  .longest_sec = 4 * 3600,
				  .needs_reason = true };
	roles[1] = (struct role){ .name = "installer",
				  .group = "y",
				  .id = INSTALLER,
				  .is_known = true,
				  .verbs = VERB_BIT(VERB_REATTEST) | VERB_BIT(VERB_RELOAD) };
	config->roles = roles;
	config->n_roles = ARRAY_SIZE(roles);
	operator_uid = STRANGER;
	operator_group = RECEPTION;
}

/* The configuration must not free what is not its own. */
static void close_office(void)
{
	core.in_force.config->roles = NULL;
	core.in_force.config->n_roles = 0;
}

static void test_allow_and_release(void **state)
{
	(void)state;
	submit_bad_label(1, 1);
	(void)run(1);
	open_office();
	ask("Allow", "ssus", ONE, "trusted", 4 * 3600 + 1, "a guest");
	expect("AccessDenied: your role is for shorter orders; give less time, ask somebody whose role is for longer "
	       "ones, or use sudo: allow, role reception, at most 4 h; only root may");
	assert_int_equal(orders_stored(), 0);
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	ask("Allow", "ssus", ONE, "trusted", 4 * 3600, "a guest");
	expect("order: allow");
	assert_int_equal(zone_of[1], TRUSTED);
	ask("List", "");
	expect("order_by: 65534");
	ask("Release", "s", ONE);
	expect("former: allow, order: ");
	assert_int_equal(orders_stored(), 0);
	close_office();
}

static void test_other_verbs(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	open_office();
	ask("AllowUnproved", "ssus", ONE, "trusted", 60, "x");
	expect("AccessDenied: your role does not include that; ask somebody whose role does, or use sudo: "
	       "allow-unproved, role reception; only root may");
	ask("Monitor", "sus", ONE, 60, "x");
	expect("monitor, role reception; only root may");
	ask("MonitorUnproved", "sus", ONE, 60, "x");
	expect("monitor-unproved, role reception; only root may");
	ask("Reattest", "su", ONE, 60);
	expect("reattest, role reception; role installer may");
	ask("Reload", "");
	expect("reload, role reception; role installer may");
	operator_group = INSTALLER;
	ask("Quarantine", "ssu", ONE, "x", 60);
	expect("quarantine, role installer; role reception may");
	ask("Reattest", "su", ONE, 60);
	expect("{device: " ONE);
	close_office();
}

/* What the brake and the log's level need is for no role. */
static void test_root_alone(void **state)
{
	(void)state;
	open_office();
	operator_group = INSTALLER;
	roles[1].verbs = UINT32_MAX;
	ask("Confirm", "");
	expect("AccessDenied: only root may do that; use sudo");
	ask("Discard", "");
	expect("AccessDenied: only root may do that; use sudo");
	ask("Try", "s", "/nonexistent");
	expect("AccessDenied: only root may do that; use sudo");
	operator_uid = 0;
	ask("Confirm", "");
	expect("org.hallmarkd.Error.NothingHeld");
	ask("Discard", "");
	expect("org.hallmarkd.Error.NothingHeld");
	close_office();
}

/* Who has no role does not learn whether there is such a device. */
static void test_strangers(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	open_office();
	operator_group = 0;
	ask("Quarantine", "ssu", ONE, "x", 60);
	expect("AccessDenied: you have no role that may do that; ask somebody who has, or use sudo: quarantine; role "
	       "reception may");
	ask("Quarantine", "ssu", "ffff", "x", 60);
	expect("AccessDenied: you have no role");
	ask("Reattest", "su", "ffff", 60);
	expect("AccessDenied: you have no role");
	operator_group = INSTALLER;
	ask("Reattest", "su", "ffff", 60);
	expect("org.hallmarkd.Error.NoSuchDevice");
	operator_group = RECEPTION;
	ask("Quarantine", "ssu", "ffff", "x", 60);
	expect("org.hallmarkd.Error.NoSuchDevice");
	close_office();
}

/* Groups that the kernel does not tell give no role; the first one it tells with the user. */
static void test_groups_that_are_not_told(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	open_office();
	groups_error = ERANGE;
	ask("Quarantine", "ssu", ONE, "x", 60);
	expect("AccessDenied: you have no role");
	roles[0].id = 100;
	ask("Quarantine", "ssu", ONE, "x", 60);
	expect("order: quarantine");
	close_office();
}

static void test_places(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	open_office();
	core.in_force.config->ruleset.segments = segments;
	core.in_force.config->ruleset.n_segments = 1;
	roles[0].segments = tower_a;
	roles[0].n_segments = 1;
	(void)strcpy(ports[0], "port2");
	ask("Quarantine", "ssu", ONE, "x", 60);
	expect("AccessDenied: your role is not for the place where this device is");
	(void)strcpy(ports[0], "port*");
	ask("Quarantine", "ssu", ONE, "x", 60);
	expect("order: quarantine");
	core.in_force.config->ruleset.segments = NULL;
	core.in_force.config->ruleset.n_segments = 0;
	close_office();
}

static void test_reason(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	open_office();
	ask("Quarantine", "ssu", ONE, "", 60);
	expect("AccessDenied: your role needs a reason for that; give one: quarantine, role reception; only root may");
	operator_uid = 0;
	ask("Quarantine", "ssu", ONE, "", 60);
	expect("order: quarantine");
	close_office();
}

/* An operator's quarantine is not replaced by an allowance, nor released. */
static void test_orders_of_others(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	open_office();
	operator_uid = 0;
	ask("Quarantine", "ssu", ONE, "stolen", 0);
	expect("order: quarantine");
	operator_uid = STRANGER;
	ask("Allow", "ssus", ONE, "trusted", 60, "x");
	expect("AccessDenied: your role could not give the order that is in force for this device");
	ask("Release", "s", ONE);
	expect("AccessDenied: your role could not give the order that is in force for this device");
	assert_int_equal(zone_of[1], ZONE_QUARANTINE);
	operator_uid = 0;
	ask("Release", "s", ONE);
	expect("former: quarantine");
	operator_uid = STRANGER;
	ask("Allow", "ssus", ONE, "trusted", 60, "x");
	expect("order: allow");
	close_office();
}

/* --- the record --- */

static struct record latest;

static void note_latest(const struct record *r, void *userdata)
{
	(void)userdata;
	latest = *r;
}

static void expect_recorded(const char *rule, const char *by, const char *role)
{
	assert_true(record_each(core.settler.store, NULL, note_latest, NULL) > 0);
	assert_string_equal(latest.rule, rule);
	assert_string_equal(latest.ordered_by, by);
	assert_string_equal(latest.ordered_role, role);
}

static void test_record(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	expect_recorded("Basic", "", "");
	open_office();
	roles[0].zones = 0;
	ask("Quarantine", "ssu", ONE, "x", 60);
	expect_recorded("order: quarantine", "65534 (nobody)", "reception");
	ask("Release", "s", ONE);
	expect_recorded("order: released", "65534 (nobody)", "reception");
	operator_uid = 0;
	ask("Reattest", "su", ONE, 60);
	expect_recorded("reattest", "0 (root)", "");
	close_office();
}

/* --- the journal --- */

static void test_journal(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	open_office();
	roles[0].zones |= UINT32_C(1) << ZONE_QUARANTINE; /* to release what is there */
	listen_in();
	ask("Quarantine", "ssu", ONE, "seen in the yard", 60);
	operator_group = INSTALLER;
	ask("Release", "s", ONE);
	operator_group = RECEPTION;
	ask("Release", "s", ONE);
	operator_uid = 0;
	ask("Reattest", "su", ONE, 60);
	ask("Discard", "");
	assert_int_equal(count_said("Order given: quarantine for", false), 1);
	assert_int_equal(count_said("by user 65534 (nobody) in role reception", false), 2);
	assert_int_equal(count_said("Order released: quarantine for", false), 1);
	assert_int_equal(count_said("Refused: release, by user 65534 (nobody) in role installer", false), 1);
	assert_int_equal(count_said("(limit: verb)", false), 1);
	assert_int_equal(count_said("Order given: reattest, by user 0 (root)", false), 1);
	assert_int_equal(count_said("Command discard, by user 0 (root)", true), 1);
	close_office();
}

/* A refusal that comes after the device was found names it. */
static void test_journal_of_a_device(void **state)
{
	(void)state;
	submit(1, 1, true);
	(void)run(1);
	open_office();
	listen_in();
	ask("Quarantine", "ssu", ONE, "x", 0);
	expect("AccessDenied: your role is for shorter orders");
	assert_int_equal(count_said("(" ONE "), by user 65534 (nobody) in role reception", false), 1);
	assert_int_equal(count_said("(limit: time)", true), 1);
	close_office();
}

static void test_many_attempts(void **state)
{
	(void)state;
	open_office();
	listen_in();
	for (int i = 0; i < 25; i++) {
		ask("Monitor", "sus", ONE, 60, "x");
		expect("AccessDenied");
	}
	assert_int_equal(count_said("Refused: monitor", false), 10);
	core.denials.since_usec -= 60 * USEC_PER_SEC;
	ask("Monitor", "sus", ONE, 60, "x");
	assert_int_equal(count_said("Refused: monitor", false), 11);
	assert_int_equal(count_said("15 refused attempts before it have no entry", false), 1);
	ask("Monitor", "sus", ONE, 60, "x");
	assert_int_equal(count_said("before it have no entry", true), 1);
	close_office();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS_TEST(test_allow_and_release),
		BUS_TEST(test_other_verbs),
		BUS_TEST(test_root_alone),
		BUS_TEST(test_strangers),
		BUS_TEST(test_groups_that_are_not_told),
		BUS_TEST(test_places),
		BUS_TEST(test_reason),
		BUS_TEST(test_orders_of_others),
		BUS_TEST(test_record),
		BUS_TEST(test_journal),
		BUS_TEST(test_journal_of_a_device),
		BUS_TEST(test_many_attempts),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
