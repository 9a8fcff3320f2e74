/* SPDX-License-Identifier: Apache-2.0 */
/* links: bus */
/* Who may what, by the roles of a management office: each wish that is refused stands beside one that is granted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

#include "core/bus/grant.h"
#include "decide/order.h"
#include "verdict_kit.h"

#define RESTRICTED 1
#define TRUSTED    2
#define RECEPTION  201 /* groups */
#define INSTALLER  202
#define MANAGER    203
#define CHIEF      1009 /* user */

static char tower_a[][IFNAMSIZ] = { "vlan1*" }, tower_b[][IFNAMSIZ] = { "lan0", "port1" };
static struct segment towers[] = { { .name = "tower-a", .interfaces = tower_a, .n_interfaces = 1 },
				   { .name = "tower-b", .interfaces = tower_b, .n_interfaces = 2 } };
static uint16_t only_b[] = { 1 };

enum { RECEPTION_ROLE, INSTALLER_ROLE, MANAGER_ROLE, CHIEF_ROLE, N_ROLES };

static struct role roles[N_ROLES];
static struct verdict device;
static struct order order, held;
static struct caller caller;
static struct grant grant;

static int set_up(void **state)
{
	(void)state;
	if (make_home() < 0)
		return -1;
	roles[RECEPTION_ROLE] =
		(struct role){ .name = "reception",
			       .group = "reception",
			       .id = RECEPTION,
			       .is_known = true,
			       .verbs = VERB_BIT(VERB_ALLOW) | VERB_BIT(VERB_RELEASE) | VERB_BIT(VERB_QUARANTINE),
			       .zones = 1u << RESTRICTED,
			       .longest_sec = 4 * HOUR,
			       .needs_reason = true,
			       .segments = only_b,
			       .n_segments = 1 };
	roles[INSTALLER_ROLE] = (struct role){ .name = "installer",
					       .group = "installer",
					       .id = INSTALLER,
					       .is_known = true,
					       .verbs = VERB_BIT(VERB_REATTEST) };
	roles[MANAGER_ROLE] = (struct role){ .name = "manager",
					     .group = "manager",
					     .id = MANAGER,
					     .is_known = true,
					     .verbs = VERB_BIT(VERB_ALLOW) | VERB_BIT(VERB_ALLOW_UNPROVED) |
						      VERB_BIT(VERB_QUARANTINE) | VERB_BIT(VERB_RELEASE) };
	roles[CHIEF_ROLE] = (struct role){
		.name = "chief", .user = "chief", .id = CHIEF, .is_known = true, .verbs = VERB_BIT(VERB_RELOAD)
	};
	config.roles = roles;
	config.n_roles = N_ROLES;
	config.ruleset.segments = towers;
	config.ruleset.n_segments = 2;
	device = trusted(1);
	set_text(device.interface, "lan0");
	order = (struct order){ .kind = ORDER_ALLOW,
				.zone = "restricted",
				.since_sec = NOW,
				.until_sec = NOW + 4 * HOUR,
				.reason = "a guest" };
	held = (struct order){ 0 };
	caller = (struct caller){ .uid = 1001, .login_uid = 1001, .groups = { 100, RECEPTION }, .n_groups = 2 };
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	registry_free(registry);
	return 0;
}

static bool may(enum verb verb)
{
	const bool gives = verb != VERB_RELEASE && verb != VERB_REATTEST && verb != VERB_RELOAD;
	const struct wish wish = { .verb = verb,
				   .device = verb == VERB_RELOAD ? NULL : &device,
				   .order = gives ? &order : NULL,
				   .held = held.kind ? &held : NULL,
				   .now_sec = NOW };

	return access_grants(&config, &caller, &wish, &grant);
}

static void expect_granted(enum verb verb, int role)
{
	if (!may(verb))
		fail_msg("%s is refused: %s", verb_name(verb), limit_name(grant.limit));
	assert_int_equal(grant.limit, LIMIT_NONE);
	assert_ptr_equal(grant.role, role < 0 ? NULL : &roles[role]);
	assert_null(grant.other);
}

static void expect_refused(enum verb verb, enum limit limit, int role, int other)
{
	if (may(verb))
		fail_msg("%s is granted", verb_name(verb));
	assert_string_equal(limit_name(grant.limit), limit_name(limit));
	assert_ptr_equal(grant.role, role < 0 ? NULL : &roles[role]);
	assert_ptr_equal(grant.other, other < 0 ? NULL : &roles[other]);
}

static void in_group(uint32_t group)
{
	caller.groups[1] = group;
}

static void test_root(void **state)
{
	(void)state;
	set_text(order.zone, "trusted");
	order.until_sec = NOW + 31 * 24 * HOUR;
	caller.uid = 0;
	caller.n_groups = 0;
	for (enum verb v = VERB_NONE; v < _VERB_MAX; v++)
		expect_granted(v, -1);
	caller.uid = 1;
	expect_refused(VERB_ALLOW, LIMIT_ROLE, -1, MANAGER_ROLE);
	expect_refused(VERB_NONE, LIMIT_ROLE, -1, -1);
}

static void test_verb(void **state)
{
	(void)state;
	expect_granted(VERB_ALLOW, RECEPTION_ROLE);
	expect_refused(VERB_ALLOW_UNPROVED, LIMIT_VERB, RECEPTION_ROLE, MANAGER_ROLE);
	expect_refused(VERB_REATTEST, LIMIT_VERB, RECEPTION_ROLE, INSTALLER_ROLE);
	expect_refused(VERB_RELOAD, LIMIT_VERB, RECEPTION_ROLE, CHIEF_ROLE);
	expect_refused(VERB_MONITOR, LIMIT_VERB, RECEPTION_ROLE, -1);
	in_group(INSTALLER);
	expect_granted(VERB_REATTEST, INSTALLER_ROLE);
	expect_refused(VERB_ALLOW, LIMIT_VERB, INSTALLER_ROLE, RECEPTION_ROLE);
}

/* The record: each entry of a segment, as far as one of the caller's roles is for it. */
static void test_record(void **state)
{
	struct wish wish = { .verb = VERB_RECORD, .segment = "tower-b" };
	const char **names = NULL;
	size_t n = 9;

	(void)state;
	assert_false(access_grants(&config, &caller, &wish, &grant));
	assert_string_equal(limit_name(grant.limit), "verb");
	assert_int_equal(access_segments(&config, &caller, VERB_RECORD, &names, &n), 0);
	assert_non_null(names); /* nowhere, which is not everywhere */
	assert_int_equal(n, 0);
	free(names);

	roles[RECEPTION_ROLE].verbs |= VERB_BIT(VERB_RECORD);
	assert_true(access_grants(&config, &caller, &wish, &grant));
	assert_ptr_equal(grant.role, &roles[RECEPTION_ROLE]);
	assert_int_equal(access_segments(&config, &caller, VERB_RECORD, &names, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(names[0], "tower-b");
	free(names);
	wish.segment = "tower-a";
	assert_false(access_grants(&config, &caller, &wish, &grant));
	assert_string_equal(limit_name(grant.limit), "segment");
	wish.segment = NULL;
	assert_true(access_grants(&config, &caller, &wish, &grant));

	roles[INSTALLER_ROLE].verbs |= VERB_BIT(VERB_RECORD);
	caller.groups[0] = INSTALLER; /* a role for all of it, too */
	wish.segment = "tower-a";
	assert_true(access_grants(&config, &caller, &wish, &grant));
	assert_int_equal(access_segments(&config, &caller, VERB_RECORD, &names, &n), 0);
	assert_null(names);
	caller.uid = 0;
	caller.n_groups = 0;
	assert_int_equal(access_segments(&config, &caller, VERB_RECORD, &names, &n), 0);
	assert_null(names);
}

/* Two roles, the segments of which overlap: as a search needs the names. */
static void test_segments_of_two_roles(void **state)
{
	static uint16_t both[] = { 1, 0, 1 };
	const char **names = NULL;
	size_t n = 9;

	(void)state;
	roles[RECEPTION_ROLE].verbs |= VERB_BIT(VERB_RECORD);
	roles[INSTALLER_ROLE].verbs |= VERB_BIT(VERB_RECORD);
	roles[INSTALLER_ROLE].segments = both;
	roles[INSTALLER_ROLE].n_segments = 3;
	caller.groups[0] = INSTALLER;
	assert_int_equal(access_segments(&config, &caller, VERB_RECORD, &names, &n), 0);
	assert_int_equal(n, 2);
	assert_string_equal(names[0], "tower-a");
	assert_string_equal(names[1], "tower-b");
	free(names);
}

static void test_user(void **state)
{
	(void)state;
	in_group(0); /* root's group is not root */
	expect_refused(VERB_RELOAD, LIMIT_ROLE, -1, CHIEF_ROLE);
	caller.uid = CHIEF;
	expect_granted(VERB_RELOAD, CHIEF_ROLE);
	expect_refused(VERB_ALLOW, LIMIT_VERB, CHIEF_ROLE, RECEPTION_ROLE);
	in_group(CHIEF); /* a group with the number of a user */
	caller.uid = 1001;
	expect_refused(VERB_RELOAD, LIMIT_ROLE, -1, CHIEF_ROLE);
}

/* A group that the system does not know has number 0 in the configuration. */
static void test_unknown_account(void **state)
{
	(void)state;
	roles[RECEPTION_ROLE].is_known = false;
	roles[RECEPTION_ROLE].id = 0;
	in_group(0);
	expect_refused(VERB_ALLOW, LIMIT_ROLE, -1, RECEPTION_ROLE);
	roles[RECEPTION_ROLE].is_known = true;
	expect_granted(VERB_ALLOW, RECEPTION_ROLE);
}

static void test_zone(void **state)
{
	(void)state;
	set_text(order.zone, "trusted");
	expect_refused(VERB_ALLOW, LIMIT_ZONE, RECEPTION_ROLE, MANAGER_ROLE);
	set_text(order.zone, "nowhere");
	expect_refused(VERB_ALLOW, LIMIT_ZONE, RECEPTION_ROLE, MANAGER_ROLE);
	set_text(order.zone, "restricted");
	expect_granted(VERB_ALLOW, RECEPTION_ROLE);

	/* of a quarantine, the zone in which the device is: until it ends */
	order.kind = ORDER_QUARANTINE;
	set_text(order.zone, "");
	expect_refused(VERB_QUARANTINE, LIMIT_ZONE, RECEPTION_ROLE, MANAGER_ROLE);
	device.decision.zone = RESTRICTED;
	set_text(device.zone, "restricted");
	expect_granted(VERB_QUARANTINE, RECEPTION_ROLE);
	device.decision.expiry.at_sec = NOW;
	expect_refused(VERB_QUARANTINE, LIMIT_ZONE, RECEPTION_ROLE, MANAGER_ROLE);

	roles[INSTALLER_ROLE].zones = 1u << TRUSTED;
	in_group(INSTALLER);
	expect_refused(VERB_REATTEST, LIMIT_ZONE, INSTALLER_ROLE, -1);
	device.decision.expiry.at_sec = NOW + 1;
	device.decision.zone = TRUSTED;
	expect_granted(VERB_REATTEST, INSTALLER_ROLE);
}

static void test_segment(void **state)
{
	(void)state;
	set_text(device.interface, "vlan17");
	expect_refused(VERB_ALLOW, LIMIT_SEGMENT, RECEPTION_ROLE, MANAGER_ROLE);
	set_text(device.interface, "");
	expect_refused(VERB_ALLOW, LIMIT_SEGMENT, RECEPTION_ROLE, MANAGER_ROLE);
	set_text(device.interface, "lan0");
	expect_granted(VERB_ALLOW, RECEPTION_ROLE);

	/* behind a bridge, the port counts */
	set_text(device.port, "port2");
	expect_refused(VERB_ALLOW, LIMIT_SEGMENT, RECEPTION_ROLE, MANAGER_ROLE);
	set_text(device.interface, "br0");
	set_text(device.port, "port1");
	expect_granted(VERB_ALLOW, RECEPTION_ROLE);

	/* patterns */
	only_b[0] = 0;
	expect_refused(VERB_ALLOW, LIMIT_SEGMENT, RECEPTION_ROLE, MANAGER_ROLE);
	set_text(device.port, "vlan12");
	expect_granted(VERB_ALLOW, RECEPTION_ROLE);
	only_b[0] = 1;
}

static void test_time(void **state)
{
	(void)state;
	order.until_sec = NOW + 4 * HOUR + 1;
	expect_refused(VERB_ALLOW, LIMIT_TIME, RECEPTION_ROLE, MANAGER_ROLE);
	order.until_sec = 0;
	expect_refused(VERB_ALLOW, LIMIT_TIME, RECEPTION_ROLE, MANAGER_ROLE);
	order.until_sec = NOW + 4 * HOUR;
	expect_granted(VERB_ALLOW, RECEPTION_ROLE);
	order.until_sec = 0;
	in_group(MANAGER);
	expect_granted(VERB_ALLOW, MANAGER_ROLE);
}

static void test_reason(void **state)
{
	(void)state;
	order.reason[0] = '\0';
	expect_refused(VERB_ALLOW, LIMIT_REASON, RECEPTION_ROLE, MANAGER_ROLE);
	set_text(order.reason, "x");
	expect_granted(VERB_ALLOW, RECEPTION_ROLE);
	order.reason[0] = '\0';
	in_group(MANAGER);
	expect_granted(VERB_ALLOW, MANAGER_ROLE);
}

/* What a role could not give, it can neither release nor replace. */
static void test_held(void **state)
{
	static const enum verb both[] = { VERB_RELEASE, VERB_ALLOW };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		held = order;
		expect_granted(both[i], RECEPTION_ROLE);
		held.until_sec = NOW + 5 * HOUR;
		expect_refused(both[i], LIMIT_HELD, RECEPTION_ROLE, MANAGER_ROLE);
		held.until_sec = NOW; /* ended */
		expect_granted(both[i], RECEPTION_ROLE);
		held = order;
		held.since_sec = NOW - 20 * HOUR; /* what is left of it counts */
		expect_granted(both[i], RECEPTION_ROLE);
		set_text(held.zone, "trusted");
		expect_refused(both[i], LIMIT_HELD, RECEPTION_ROLE, MANAGER_ROLE);
		held = (struct order){ .kind = ORDER_MONITOR, .since_sec = NOW, .until_sec = NOW + 60 };
		expect_refused(both[i], LIMIT_HELD, RECEPTION_ROLE, -1);
		roles[RECEPTION_ROLE].verbs |= VERB_BIT(VERB_MONITOR);
		device.decision.zone = RESTRICTED;
		expect_granted(both[i], RECEPTION_ROLE);
		roles[RECEPTION_ROLE].verbs &= ~VERB_BIT(VERB_MONITOR);
	}
}

/* The order is the same, whether the device was proved or not. */
static void test_held_unproved(void **state)
{
	(void)state;
	roles[RECEPTION_ROLE].verbs = VERB_BIT(VERB_ALLOW_UNPROVED) | VERB_BIT(VERB_RELEASE);
	held = order;
	expect_granted(VERB_ALLOW_UNPROVED, RECEPTION_ROLE);
	expect_granted(VERB_RELEASE, RECEPTION_ROLE);
	held = (struct order){ .kind = ORDER_MONITOR, .since_sec = NOW, .until_sec = NOW + 60 };
	expect_refused(VERB_RELEASE, LIMIT_HELD, RECEPTION_ROLE, -1);
}

/* An operator's quarantine has no end: reception, which may quarantine, may not lift it. */
static void test_held_quarantine(void **state)
{
	(void)state;
	device = quarantined(1, REASON_OPERATOR_QUARANTINE);
	set_text(device.interface, "lan0");
	held = (struct order){ .kind = ORDER_QUARANTINE, .since_sec = NOW };
	expect_refused(VERB_RELEASE, LIMIT_HELD, RECEPTION_ROLE, MANAGER_ROLE);
	expect_refused(VERB_ALLOW, LIMIT_HELD, RECEPTION_ROLE, MANAGER_ROLE);
	in_group(MANAGER);
	expect_granted(VERB_RELEASE, MANAGER_ROLE);
	expect_granted(VERB_ALLOW, MANAGER_ROLE);
}

/* Roles do not add up: the zone of one and the time of another give neither. */
static void test_several(void **state)
{
	(void)state;
	roles[MANAGER_ROLE].longest_sec = HOUR;
	caller.groups[0] = MANAGER;
	expect_granted(VERB_ALLOW, RECEPTION_ROLE);
	set_text(order.zone, "trusted");
	expect_refused(VERB_ALLOW, LIMIT_TIME, MANAGER_ROLE, -1); /* comes nearer than the zone of reception */
	order.until_sec = NOW + HOUR;
	expect_granted(VERB_ALLOW, MANAGER_ROLE);
}

/* Before the device and the order are known, only what is certain refuses. */
static void test_early(void **state)
{
	struct wish wish = { .verb = VERB_ALLOW, .now_sec = NOW };

	(void)state;
	assert_true(access_grants(&config, &caller, &wish, &grant));
	wish.verb = VERB_MONITOR;
	assert_false(access_grants(&config, &caller, &wish, &grant));
	assert_int_equal(grant.limit, LIMIT_VERB);
}

static void test_no_roles(void **state)
{
	(void)state;
	config.n_roles = 0;
	expect_refused(VERB_ALLOW, LIMIT_ROLE, -1, -1);
	caller.uid = 0;
	expect_granted(VERB_ALLOW, -1);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(limit_name(LIMIT_ROLE), "role");
	assert_string_equal(limit_name(LIMIT_REASON), "reason");
	assert_string_equal(limit_name(LIMIT_NONE), "none");
	assert_int_equal(verb_of_order(ORDER_QUARANTINE), VERB_QUARANTINE);
	assert_int_equal(verb_of_order(ORDER_NONE), VERB_NONE);
}

#define GRANT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		GRANT_TEST(test_root),     GRANT_TEST(test_verb),
		GRANT_TEST(test_record),   GRANT_TEST(test_segments_of_two_roles),
		GRANT_TEST(test_user),     GRANT_TEST(test_unknown_account),
		GRANT_TEST(test_zone),     GRANT_TEST(test_segment),
		GRANT_TEST(test_time),     GRANT_TEST(test_reason),
		GRANT_TEST(test_held),     GRANT_TEST(test_held_unproved),
		GRANT_TEST(test_held),     GRANT_TEST(test_held_quarantine),
		GRANT_TEST(test_several),  GRANT_TEST(test_early),
		GRANT_TEST(test_no_roles), GRANT_TEST(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
