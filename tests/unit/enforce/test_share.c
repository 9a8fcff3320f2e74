/* SPDX-License-Identifier: Apache-2.0 */
/* links: enforce decide base */
/* What the kernel is to hold of several devices at one place. Pure. */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <linux/netfilter.h>

#include "base/cleanup.h"
#include "decide/policy.h"
#include "enforce/membership.h"
#include "enforce/ruleset.h"
#include "enforce/share.h"

/* --- Which zone is less --- */

#define INTERNET                                                                                                       \
	{                                                                                                              \
		.kind = REACH_INTERNET                                                                                 \
	}
#define SEGMENT                                                                                                        \
	{                                                                                                              \
		.kind = REACH_SEGMENT                                                                                  \
	}
#define GATEWAY(p)                                                                                                     \
	{                                                                                                              \
		.kind = REACH_GATEWAY, .protocol = IPPROTO_UDP, .port = (p)                                            \
	}
#define HOST(text)                                                                                                     \
	{                                                                                                              \
		.kind = REACH_HOST, .family = AF_INET, .host = (text)                                                  \
	}
#define HOST6(text)                                                                                                    \
	{                                                                                                              \
		.kind = REACH_HOST, .family = AF_INET6, .host = (text)                                                 \
	}
#define SERVICE(text, p)                                                                                               \
	{                                                                                                              \
		.kind = REACH_HOST, .family = AF_INET, .host = (text), .protocol = IPPROTO_TCP, .port = (p)            \
	}

/* Each zone is less than all below it. */
static const struct zone_traffic ladder[] = {
	{ .n_reach = 0 },
	{ .reach = { GATEWAY(53) }, .n_reach = 1 },
	{ .reach = { GATEWAY(53), GATEWAY(123) }, .n_reach = 2 },
	{ .reach = { SERVICE("192.0.2.1", 443) }, .n_reach = 1 },
	{ .reach = { SERVICE("192.0.2.1", 443), GATEWAY(53) }, .n_reach = 2 },
	{ .reach = { SERVICE("192.0.2.1", 443), SERVICE("192.0.2.1", 80) }, .n_reach = 2 },
	{ .reach = { HOST("192.0.2.1") }, .n_reach = 1 },
	{ .reach = { HOST("192.0.2.0/24") }, .n_reach = 1 },
	{ .reach = { HOST("192.0.0.0/16"), HOST("198.51.100.1") }, .n_reach = 2 },
	{ .reach = { HOST6("2001:db8::/64") }, .n_reach = 1 },
	{ .reach = { INTERNET }, .n_reach = 1 },
	{ .reach = { INTERNET, HOST("192.0.2.1") }, .n_reach = 2 },
	{ .reach = { SEGMENT }, .n_reach = 1 },
	{ .reach = { HOST("192.0.2.1"), SEGMENT }, .n_reach = 2 },
	{ .reach = { SEGMENT, INTERNET }, .n_reach = 2 },
	{ .reach = { SEGMENT }, .n_reach = 1, .has_border_routers = true },
	{ .reach = { GATEWAY(53) }, .n_reach = 1, .is_monitored = true },
};

static struct policy policy = {
	.zones = { { "quarantine" }, { "trusted" }, { "restricted" }, { "kiosk" } },
	.n_zones = 4,
};

static struct ruleset ruleset = { .policy = &policy, .binding = BINDING_IP };

enum { TRUSTED = 1, RESTRICTED, KIOSK };

static void test_by_reach(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ladder); i++)
		for (size_t k = 0; k < ARRAY_SIZE(ladder); k++) {
			if (i == k)
				continue;
			ruleset.zones[TRUSTED] = ladder[i];
			ruleset.zones[RESTRICTED] = ladder[k];
			if (zone_is_less(&ruleset, TRUSTED, RESTRICTED) != (i < k))
				fail_msg("%zu and %zu", i, k);
		}
}

/* What reaches as much: the zone of the later rule is less, one without a rule less than that; then the later in the list. */
static void test_by_rules(void **state)
{
	(void)state;
	memset(ruleset.zones, 0, sizeof(ruleset.zones));
	policy.rules[0].zone = RESTRICTED;
	policy.rules[1].zone = TRUSTED;
	policy.n_rules = 2;
	assert_true(zone_is_less(&ruleset, TRUSTED, RESTRICTED));
	assert_false(zone_is_less(&ruleset, RESTRICTED, TRUSTED));
	assert_true(zone_is_less(&ruleset, KIOSK, TRUSTED));
	assert_false(zone_is_less(&ruleset, TRUSTED, KIOSK));
	policy.n_rules = 0;
	assert_true(zone_is_less(&ruleset, KIOSK, TRUSTED));
	assert_false(zone_is_less(&ruleset, TRUSTED, KIOSK));
	assert_false(zone_is_less(&ruleset, TRUSTED, TRUSTED));
}

/* --- Elements --- */

static int set_up(void **state)
{
	(void)state;
	memset(ruleset.zones, 0, sizeof(ruleset.zones));
	ruleset.zones[TRUSTED] = (struct zone_traffic){ .reach = { INTERNET, SEGMENT }, .n_reach = 2 };
	ruleset.zones[KIOSK] = (struct zone_traffic){ .reach = { INTERNET }, .n_reach = 1 };
	return 0;
}

/* At that place, from the address 192.0.2.HOST. */
static struct element at(uint8_t place, uint8_t host, uint8_t zone, uint32_t timeout_sec)
{
	return (struct element){ .interface = "lan0",
				 .mac = { 2, [5] = place },
				 .zone = zone,
				 .timeout_sec = timeout_sec,
				 .address4.s_addr = htonl(0xc0000200u | host) };
}

/* The time of an entry in that set; 0: it is not there. */
static uint32_t time_in(const struct element *e, const char *name)
{
	struct set_entry entries[SETS_MAX];
	struct nft_sets sets;
	size_t n;

	sets_of(&ruleset, &sets);
	n = element_entries(&sets, e, entries);
	for (size_t i = 0; i < n; i++)
		if (strcmp(sets.list[entries[i].set].name, name) == 0)
			return entries[i].timeout_sec;
	return 0;
}

static void test_the_least_zone_until_the_last_ends(void **state)
{
	struct element e[] = { at(2, 1, TRUSTED, 500), at(1, 2, TRUSTED, 300), at(1, 3, RESTRICTED, 100),
			       at(1, 4, KIOSK, 200) };

	(void)state;
	elements_share(&ruleset, e, ARRAY_SIZE(e));
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(e[i].mac[5], 1);
		assert_int_equal(time_in(&e[i], "z_restricted"), 300);
		assert_int_equal(time_in(&e[i], "z_trusted"), 0);
		assert_int_equal(time_in(&e[i], "z_kiosk"), 0);
		assert_int_equal(time_in(&e[i], "bound4"), e[i].timeout_sec); /* its own */
	}
	assert_int_equal(e[3].mac[5], 2); /* one that is alone stays as it is */
	assert_int_equal(e[3].place_sec, 0);
	assert_int_equal(time_in(&e[3], "z_trusted"), 500);
	assert_int_equal(time_in(&e[3], "bound4"), 500);
}

/* One whose end was not told yet still holds the zone down, and has no address; alone it has nothing. */
static void test_one_that_has_ended(void **state)
{
	struct element e[] = { at(1, 1, TRUSTED, 300), at(1, 2, RESTRICTED, 0), at(2, 3, RESTRICTED, 0),
			       at(3, 4, TRUSTED, 0), at(3, 5, RESTRICTED, 0) };

	(void)state;
	elements_share(&ruleset, e, ARRAY_SIZE(e));
	for (size_t i = 0; i < ARRAY_SIZE(e); i++) {
		const bool is_held = e[i].mac[5] == 1;

		assert_int_equal(time_in(&e[i], "z_restricted"), is_held ? 300 : 0);
		assert_int_equal(time_in(&e[i], "z_trusted"), 0);
		assert_int_equal(time_in(&e[i], "bound4"), e[i].timeout_sec);
		assert_int_equal(e[i].zone, is_held ? RESTRICTED : ZONE_QUARANTINE);
	}
}

static void test_monitored_while_all_are(void **state)
{
	static const struct {
		uint8_t zones[2];
		uint32_t monitored[2], ret;
	} rows[] = {
		{ { TRUSTED, RESTRICTED }, { 50, 20 }, 20 },
		{ { TRUSTED, RESTRICTED }, { 50, 0 }, 0 },
		{ { TRUSTED, ZONE_QUARANTINE }, { 0, 20 }, 0 },   /* who is only monitored has nothing there, */
		{ { TRUSTED, ZONE_QUARANTINE }, { 50, 20 }, 50 }, /* and takes nothing */
		{ { ZONE_QUARANTINE, ZONE_QUARANTINE }, { 50, 20 }, 20 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct element e[2];

		for (uint8_t k = 0; k < 2; k++) {
			e[k] = at(1, k, rows[i].zones[k], rows[i].zones[k] ? 100 : 0);
			e[k].monitored_sec = rows[i].monitored[k];
		}
		elements_share(&ruleset, e, 2);
		for (uint8_t k = 0; k < 2; k++)
			assert_int_equal(time_in(&e[k], "monitored"), rows[i].ret);
	}
}

/* A zone of another configuration says nothing of the others; its device gets theirs, as its packets do. */
static void test_a_zone_that_is_no_more(void **state)
{
	struct element e[] = { at(1, 1, TRUSTED, 300), at(1, 2, 9, 100) };

	(void)state;
	elements_share(&ruleset, e, ARRAY_SIZE(e));
	assert_int_equal(e[0].zone, TRUSTED);
	assert_int_equal(e[1].zone, TRUSTED);
	elements_share(&ruleset, e, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_reach),
		cmocka_unit_test(test_by_rules),
		cmocka_unit_test_setup(test_the_least_zone_until_the_last_ends, set_up),
		cmocka_unit_test_setup(test_one_that_has_ended, set_up),
		cmocka_unit_test_setup(test_monitored_while_all_are, set_up),
		cmocka_unit_test_setup(test_a_zone_that_is_no_more, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
