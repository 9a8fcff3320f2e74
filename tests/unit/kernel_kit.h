/* SPDX-License-Identifier: Apache-2.0 */
/* For tests on the real kernel: a network namespace of this process's own, a ruleset, and what the kernel holds of it. */
#pragma once

#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <linux/netfilter.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "decide/policy.h"
#include "enforce/kernel.h"
#include "enforce/membership.h"
#include "enforce/ruleset.h"

#define NFT        "/usr/sbin/nft"
#define TRUSTED    1
#define RESTRICTED 2
#define UNUSED     __attribute__((unused))
#define SLOW_SEC   60 /* no machine takes longer from one line of a test to the next */

static bool has_namespace;

static struct policy policy = {
	.zones = { { "quarantine" }, { "trusted" }, { "restricted" } },
	.n_zones = 3,
};

static char guarded[][IFNAMSIZ] = { "dev0", "dev1", "br0" }, uplinks[][IFNAMSIZ] = { "up0" };
static char household[][IFNAMSIZ] = { "dev0", "dev1" };
static struct segment segments[] = { { "hh1", household, 2 } };
static char bridge_ports[][IFNAMSIZ] = { "port0", "port1" }, bridge_excepted[][IFNAMSIZ] = { "side0", "side1" };
static struct bridge bridges[] = {
	{ .name = "br0", .ports = bridge_ports, .n_ports = 2, .excepted = bridge_excepted, .n_excepted = 2 }
};

/* Without bridges, until a test sets n_bridges. */
static struct ruleset ruleset = {
	.policy = &policy,
	.zones = { [TRUSTED] = { .reach = { { .kind = REACH_INTERNET },
					    { .kind = REACH_SEGMENT },
					    { .kind = REACH_GATEWAY, .protocol = IPPROTO_TCP, .port = 8080 } },
				 .n_reach = 3 },
		   [RESTRICTED] = { .reach = { { .kind = REACH_HOST,
						 .family = AF_INET,
						 .host = "198.51.100.2",
						 .protocol = IPPROTO_TCP,
						 .port = 7000 } },
				    .n_reach = 1 } },
	.guarded = guarded,
	.n_guarded = 3,
	.uplinks = uplinks,
	.n_uplinks = 1,
	.segments = segments,
	.n_segments = 1,
	.bridges = bridges,
	.port = 5684,
	.operator_port = 22,
	.new_flows_per_sec = 5,
	.set_size = 20000,
};

#define NEEDS_ROOT                                                                                                     \
	do {                                                                                                           \
		if (!has_namespace)                                                                                    \
			skip();                                                                                        \
	} while (0)

static void enter_namespace(void)
{
	has_namespace = unshare(CLONE_NEWNET) == 0;
	if (!has_namespace)
		(void)fprintf(stderr, "SKIPPED: these tests need root, for network namespaces\n");
}

/* Runs a command of the shell; true when it succeeded. */
UNUSED __attribute__((format(printf, 1, 2))) static bool sh(const char *format, ...)
{
	char command[1024];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(command, sizeof(command), format, ap);
	va_end(ap);
	return system(command) == 0;
}

/*
 * Loads the same tables with a clock that stands: no limit gets a token back, and nothing that was noted is forgotten, however
 * long the machine takes for what a test does.
 */
UNUSED static bool stop_clock(void)
{
	FILE *tables = popen("sed -E 's,rate over [0-9]+/second,rate over 1/day,; "
			     "s,timeout [0-9][0-9a-z]*,timeout 1h,' | " NFT " -f -",
			     "w");

	return tables && ruleset_render(&ruleset, NULL, 0, NULL, tables) == 0 && pclose(tables) == 0;
}

UNUSED static bool ensure(struct kernel *k)
{
	bool loaded = false;

	assert_int_equal(kernel_ensure_table(k, &ruleset, NULL, 0, &loaded), 0);
	return loaded;
}

/* A kernel with empty tables of ours. */
static int setup_with(void **state, size_t n_bridges)
{
	struct kernel *k = NULL;
	bool loaded;

	if (!has_namespace)
		return 0;
	(void)sh("nft delete table inet hallmark 2>/dev/null; nft delete table bridge hallmark 2>/dev/null");
	ruleset.n_bridges = n_bridges;
	ruleset.set_size = 20000;
	if (kernel_new(NFT, &k) < 0 || kernel_ensure_table(k, &ruleset, NULL, 0, &loaded) < 0)
		return -1;
	*state = k;
	return 0;
}

UNUSED static int setup(void **state)
{
	return setup_with(state, 0);
}

UNUSED static int setup_bridge(void **state)
{
	return setup_with(state, 1);
}

static int teardown(void **state)
{
	kernel_free(*state);
	return 0;
}

#define TABLE(f)  cmocka_unit_test_setup_teardown(f, setup, teardown)
#define BRIDGE(f) cmocka_unit_test_setup_teardown(f, setup_bridge, teardown)

UNUSED static struct element element(const char *interface, uint32_t number, uint8_t zone, uint32_t timeout_sec)
{
	struct element e = { .mac = { 2, 0, (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
				      (uint8_t)number },
			     .zone = zone,
			     .timeout_sec = timeout_sec };

	(void)snprintf(e.interface, sizeof(e.interface), "%s", interface);
	return e;
}

/* The same on a port of the bridge, with addresses that follow from the number. */
UNUSED static struct element on_port(const char *port, uint32_t number, uint8_t zone, uint32_t timeout_sec)
{
	struct element e = element("br0", number, zone, timeout_sec);

	(void)snprintf(e.port, sizeof(e.port), "%s", port);
	e.address4.s_addr = htonl(0x0a000000 + number);
	e.address6.s6_addr[0] = 0xfd;
	memcpy(e.address6.s6_addr + 12, e.mac + 2, 4);
	return e;
}

/* What the kernel has in the sets of one family and kind, any family and kind being -1. */
static size_t count_in(struct kernel *k, int family, int kind)
{
	_cleanup_free_ struct set_entry *list = NULL;
	struct nft_sets sets;
	size_t n = 0, found = 0;

	sets_of(&ruleset, &sets);
	assert_int_equal(kernel_list(k, &ruleset, &list, &n), 0);
	for (size_t i = 0; i < n; i++) {
		const struct nft_set *set = &sets.list[list[i].set];

		found += (family < 0 || set->family == family) && (kind < 0 || (int)set->kind == kind);
	}
	return found;
}

/* Admissions to zones. */
UNUSED static size_t count(struct kernel *k)
{
	return count_in(k, NFPROTO_INET, SET_ZONE);
}

/* What is left of so many seconds, a moment later. */
#define assert_left(left, sec) assert_in_range(left, (sec) > SLOW_SEC ? (sec)-SLOW_SEC : 1, sec)

#define NOWHERE   (-1)
#define ELSEWHERE (-2)

/* The timeout that one family's zones hold for an element; NOWHERE, or ELSEWHERE: in another zone than its own. */
static int64_t held_by(struct kernel *k, int family, const struct element *e)
{
	_cleanup_free_ struct set_entry *list = NULL;
	struct set_entry wanted[SETS_MAX];
	int64_t found = NOWHERE;
	struct nft_sets sets;
	size_t n = 0, n_wanted;

	sets_of(&ruleset, &sets);
	n_wanted = element_entries(&sets, e, wanted);
	assert_int_equal(kernel_list(k, &ruleset, &list, &n), 0);
	for (size_t w = 0; w < n_wanted; w++) {
		const struct nft_set *set = &sets.list[wanted[w].set];

		for (size_t i = 0; i < n && set->kind == SET_ZONE && set->family == family; i++) {
			if (entry_compare(&list[i], &wanted[w]) != 0)
				continue;
			assert_int_equal(found, NOWHERE); /* never in two zones */
			found = set->zone == e->zone ? (int64_t)list[i].timeout_sec : ELSEWHERE;
		}
	}
	return found;
}

UNUSED static int64_t held(struct kernel *k, const struct element *e)
{
	return held_by(k, NFPROTO_INET, e);
}

/* How many of an element's entries the kernel has as they should be, in both tables. */
UNUSED static size_t n_entries_as_wanted(struct kernel *k, const struct set_entry *wanted, size_t n_wanted)
{
	_cleanup_free_ struct set_entry *list = NULL;
	size_t n = 0, right = 0;

	assert_int_equal(kernel_list(k, &ruleset, &list, &n), 0);
	for (size_t w = 0; w < n_wanted; w++) {
		uint32_t left = 0;

		for (size_t i = 0; i < n; i++)
			if (entry_compare(&list[i], &wanted[w]) == 0)
				left = list[i].timeout_sec;
		right += left <= wanted[w].timeout_sec && left + SLOW_SEC > wanted[w].timeout_sec;
	}
	return right;
}

UNUSED static size_t n_as_wanted(struct kernel *k, const struct element *e, size_t *ret_n)
{
	struct set_entry wanted[SETS_MAX];
	struct nft_sets sets;

	sets_of(&ruleset, &sets);
	*ret_n = element_entries(&sets, e, wanted);
	return n_entries_as_wanted(k, wanted, *ret_n);
}

/* Of a key that both have, the time of the one that ends last. */
UNUSED static void assert_both_in_force(struct kernel *k, const struct element e[static 2])
{
	struct set_entry wanted[2 * SETS_MAX];
	struct nft_sets sets;
	size_t n;

	sets_of(&ruleset, &sets);
	n = element_entries(&sets, &e[0], wanted);
	n += element_entries(&sets, &e[1], wanted + n);
	n = entries_merge(wanted, n);
	assert_int_equal(e[0].error, 0);
	assert_int_equal(e[1].error, 0);
	assert_int_equal(n_entries_as_wanted(k, wanted, n), n);
}

UNUSED static void assert_in_force(struct kernel *k, const struct element *e)
{
	size_t n = 0, right = n_as_wanted(k, e, &n);

	assert_int_equal(e->error, 0);
	assert_int_equal(right, n);
	assert_true(n > 0);
}
