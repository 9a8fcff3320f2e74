/* SPDX-License-Identifier: Apache-2.0 */
/* links: enforce decide base */
/* In which sets an admission stands, and what its keys are made of. Pure. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <linux/netfilter.h>

#include "base/cleanup.h"
#include "decide/policy.h"
#include "enforce/membership.h"
#include "enforce/ruleset.h"

#define TRUSTED    1
#define RESTRICTED 2

static struct policy policy = {
	.zones = { { "quarantine" }, { "trusted" }, { "restricted" } },
	.n_zones = 3,
};

static struct ruleset plain = { .policy = &policy }, bound = { .policy = &policy, .binding = BINDING_IP },
		      bridged = { .policy = &policy, .n_bridges = 1 },
		      all = { .policy = &policy, .binding = BINDING_IP, .n_bridges = 1 };

/* On port1 of br0, with both addresses. */
static struct element complete(void)
{
	struct element e = { .interface = "br0",
			     .port = "port1",
			     .mac = { 2, 0, 0, 0, 0, 0x1f },
			     .zone = TRUSTED,
			     .monitored_sec = 30,
			     .timeout_sec = 100 };

	assert_int_equal(inet_pton(AF_INET, "192.0.2.7", &e.address4), 1);
	assert_int_equal(inet_pton(AF_INET6, "2001:db8::7", &e.address6), 1);
	return e;
}

/* The element's entry in a set of a family, by name; NULL when it has none. */
static const struct set_entry *entry_in(const struct nft_sets *sets, const struct set_entry *entries, size_t n,
					int family, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (sets->list[entries[i].set].family == family && strcmp(sets->list[entries[i].set].name, name) == 0)
			return &entries[i];
	return NULL;
}

static void test_sets(void **state)
{
	static const char *const names[] = { "z_trusted", "z_restricted", "monitored", "bound4",  "bound6",
					     "z_trusted", "z_restricted", "monitored", "placed",  "own_mac",
					     "own4",      "own6",         "claimed4",  "claimed6" };
	struct nft_sets sets;

	(void)state;
	sets_of(&plain, &sets);
	assert_int_equal(sets.n, 3);
	sets_of(&bound, &sets);
	assert_int_equal(sets.n, 5);
	sets_of(&bridged, &sets);
	assert_int_equal(sets.n, 12);
	sets_of(&all, &sets);
	assert_int_equal(sets.n, ARRAY_SIZE(names));
	for (size_t i = 0; i < sets.n; i++) {
		assert_string_equal(sets.list[i].name, names[i]);
		assert_int_equal(sets.list[i].family, i < 5 ? NFPROTO_INET : NFPROTO_BRIDGE);
		assert_non_null(set_type(&sets.list[i]));
	}
}

/* The most that can be configured fits, and into a mask. */
static void test_most_sets(void **state)
{
	struct policy many = { .n_zones = ZONES_MAX };
	struct ruleset r = { .policy = &many, .binding = BINDING_IP, .n_bridges = 1 };
	struct nft_sets sets;

	(void)state;
	for (uint8_t z = 0; z < ZONES_MAX; z++)
		memset(many.zones[z].name, 'a' + z, ZONE_NAME_SIZE - 1);
	sets_of(&r, &sets);
	assert_in_range(sets.n, 2 * (ZONES_MAX - 1), SETS_MAX);
	assert_int_equal(strlen(sets.list[0].name), 2 + ZONE_NAME_SIZE - 1);
}

/* Each kind of set: the key as nft reads it, its size in the kernel, and for how long. */
static void test_keys(void **state)
{
	static const struct {
		int family;
		const char *set, *key;
		size_t n_key;
		uint32_t timeout_sec;
	} wanted[] = {
		{ NFPROTO_INET, "z_trusted", "\"br0\" . 02:00:00:00:00:1f", 24, 100 },
		{ NFPROTO_INET, "z_restricted", "\"br0\" . 02:00:00:00:00:1f", 24, 0 },
		{ NFPROTO_INET, "monitored", "\"br0\" . 02:00:00:00:00:1f", 24, 30 },
		{ NFPROTO_INET, "bound4", "\"br0\" . 02:00:00:00:00:1f . 192.0.2.7", 28, 100 },
		{ NFPROTO_INET, "bound6", "\"br0\" . 02:00:00:00:00:1f . 0x20010db8000000000000000000000007", 40, 100 },
		{ NFPROTO_BRIDGE, "z_trusted", "\"port1\" . 02:00:00:00:00:1f", 24, 100 },
		{ NFPROTO_BRIDGE, "z_restricted", "\"port1\" . 02:00:00:00:00:1f", 24, 0 },
		{ NFPROTO_BRIDGE, "monitored", "\"port1\" . 02:00:00:00:00:1f", 24, 30 },
		{ NFPROTO_BRIDGE, "placed", "02:00:00:00:00:1f", 6, 100 },
		{ NFPROTO_BRIDGE, "own_mac", "\"port1\" . 02:00:00:00:00:1f . 02:00:00:00:00:1f", 32, 100 },
		{ NFPROTO_BRIDGE, "own4", "02:00:00:00:00:1f . 192.0.2.7", 12, 100 },
		{ NFPROTO_BRIDGE, "own6", "02:00:00:00:00:1f . 0x20010db8000000000000000000000007", 24, 100 },
		{ NFPROTO_BRIDGE, "claimed4", "192.0.2.7", 4, 100 },
		{ NFPROTO_BRIDGE, "claimed6", "0x20010db8000000000000000000000007", 16, 100 },
	};
	struct element e = complete();
	struct set_entry entries[SETS_MAX];
	struct nft_sets sets;
	size_t n;

	(void)state;
	sets_of(&all, &sets);
	n = element_entries(&sets, &e, entries);
	assert_int_equal(n, ARRAY_SIZE(wanted));
	for (size_t i = 0; i < n; i++) {
		const struct set_entry *entry = entry_in(&sets, entries, n, wanted[i].family, wanted[i].set);
		char text[KEY_TEXT_SIZE];

		assert_non_null(entry);
		assert_string_equal(entry_key_to_text(&sets, entry, text), wanted[i].key);
		assert_int_equal(entry->n_key, wanted[i].n_key);
		assert_int_equal(entry->timeout_sec, wanted[i].timeout_sec);
	}
}

/* How many entries there are, and how many of them are to be in. */
static void assert_entries(const struct ruleset *r, const struct element *e, size_t wanted, size_t wanted_in)
{
	struct set_entry entries[SETS_MAX];
	struct nft_sets sets;
	size_t n, n_in = 0;

	sets_of(r, &sets);
	n = element_entries(&sets, e, entries);
	for (size_t i = 0; i < n; i++)
		n_in += entries[i].timeout_sec > 0;
	assert_int_equal(n, wanted);
	assert_int_equal(n_in, wanted_in);
}

/* What an element has no field for it has no key for; the rest stands. */
static void test_lacking(void **state)
{
	struct element e = complete();

	(void)state;
	assert_entries(&all, &e, 14, 12);
	assert_entries(&plain, &e, 3, 2);
	e.address6 = (struct in6_addr){ 0 };
	assert_entries(&all, &e, 11, 9);
	e.address4.s_addr = INADDR_ANY;
	assert_entries(&all, &e, 8, 6);
	e.port[0] = '\0'; /* on no bridge */
	assert_entries(&all, &e, 3, 2);
	e.interface[0] = '\0';
	assert_entries(&all, &e, 0, 0);
}

/* Quarantine is out of all sets, but what it would drop may be let pass. */
static void test_quarantine(void **state)
{
	struct element e = complete();

	(void)state;
	e.zone = ZONE_QUARANTINE;
	assert_entries(&all, &e, 14, 2);
	e.monitored_sec = 0;
	assert_entries(&all, &e, 14, 0);
	e.zone = TRUSTED;
	assert_entries(&all, &e, 14, 10);
}

/* In exactly one zone of each table, and never for ever. */
static void test_one_zone(void **state)
{
	struct element e = complete();
	struct set_entry entries[SETS_MAX];
	struct nft_sets sets;

	(void)state;
	sets_of(&bridged, &sets);
	e.timeout_sec = 0;
	for (e.zone = TRUSTED; e.zone <= RESTRICTED; e.zone++) {
		size_t n = element_entries(&sets, &e, entries), n_in = 0;

		for (size_t i = 0; i < n; i++) {
			const struct nft_set *set = &sets.list[entries[i].set];

			if (set->kind != SET_ZONE)
				continue;
			assert_int_equal(entries[i].timeout_sec, set->zone == e.zone ? 1 : 0);
			n_in += entries[i].timeout_sec > 0;
		}
		assert_int_equal(n_in, 2);
	}
}

/* Whoever else has its MAC stays longer, perhaps behind another port: routed packets do not show the port. */
static void test_shared_place(void **state)
{
	static const uint32_t own_sec[] = { 100, 0 };
	static const char *const of_port[] = { "z_trusted", "placed", "own_mac", "own4", "claimed4" };
	struct set_entry entries[SETS_MAX];
	struct nft_sets sets;

	(void)state;
	sets_of(&all, &sets);
	for (size_t i = 0; i < ARRAY_SIZE(own_sec); i++) {
		struct element e = complete();
		size_t n;

		e.place_sec = 300;
		e.timeout_sec = own_sec[i];
		n = element_entries(&sets, &e, entries);
		assert_int_equal(entry_in(&sets, entries, n, NFPROTO_INET, "z_trusted")->timeout_sec, 300);
		assert_int_equal(entry_in(&sets, entries, n, NFPROTO_INET, "z_restricted")->timeout_sec, 0);
		assert_int_equal(entry_in(&sets, entries, n, NFPROTO_BRIDGE, "z_restricted")->timeout_sec, 0);
		for (size_t k = 0; k < ARRAY_SIZE(of_port); k++)
			assert_int_equal(entry_in(&sets, entries, n, NFPROTO_BRIDGE, of_port[k])->timeout_sec,
					 own_sec[i]);
	}
}

/* The number of those entries of both elements in a set of the bridge that are to stay, and the time of the first. */
static size_t count_on_ports(const struct element e[static 2], uint32_t *ret_sec)
{
	struct set_entry entries[2 * SETS_MAX];
	struct nft_sets sets;
	size_t n, n_there = 0;

	sets_of(&bridged, &sets);
	n = element_entries(&sets, &e[0], entries);
	n += element_entries(&sets, &e[1], entries + n);
	n = entries_merge(entries, n);
	*ret_sec = 0;
	for (size_t i = 0; i < n; i++)
		if (sets.list[entries[i].set].family == NFPROTO_BRIDGE &&
		    strcmp(sets.list[entries[i].set].name, "z_trusted") == 0 && entries[i].timeout_sec > 0 &&
		    n_there++ == 0)
			*ret_sec = entries[i].timeout_sec;
	return n_there;
}

/* One has ended: behind a port of its own it loses it, and not where the other one is. */
static void test_ports_of_a_shared_place(void **state)
{
	struct element e[2] = { complete(), complete() };
	uint32_t sec;

	(void)state;
	e[0].place_sec = e[1].place_sec = e[1].timeout_sec = 300;
	assert_int_equal(count_on_ports(e, &sec), 1);
	assert_int_equal(sec, 300);
	e[1].port[4] = '2';
	assert_int_equal(count_on_ports(e, &sec), 2);
	e[0].timeout_sec = 0;
	assert_int_equal(count_on_ports(e, &sec), 1);
	assert_int_equal(sec, 300);
	memcpy(e[1].port, e[0].port, sizeof(e[1].port));
	assert_int_equal(count_on_ports(e, &sec), 1);
	assert_int_equal(sec, 300);
}

/* A name as long as the kernel's, and one that is not ended. */
static void test_long_names(void **state)
{
	struct element e = complete();
	struct set_entry entries[SETS_MAX];
	char text[KEY_TEXT_SIZE];
	struct nft_sets sets;

	(void)state;
	memset(e.interface, 'x', sizeof(e.interface));
	memset(e.port, 'y', sizeof(e.port));
	sets_of(&all, &sets);
	assert_int_equal(element_entries(&sets, &e, entries), 14);
	assert_int_equal(entries[0].key[IFNAMSIZ - 1], 0);
	assert_string_equal(entry_key_to_text(&sets, &entries[0], text), "\"xxxxxxxxxxxxxxx\" . 02:00:00:00:00:1f");
	assert_string_equal(entry_key_to_text(&sets, &entries[4], text),
			    "\"xxxxxxxxxxxxxxx\" . 02:00:00:00:00:1f . 0x20010db8000000000000000000000007");
	assert_string_equal(entry_key_to_text(&sets, &entries[9], text),
			    "\"yyyyyyyyyyyyyyy\" . 02:00:00:00:00:1f . 02:00:00:00:00:1f");
}

static void test_compare(void **state)
{
	struct set_entry a = { .set = 1, .n_key = 4, .key = { 1, 2, 3, 4 } }, b = a;

	(void)state;
	b.timeout_sec = 7;
	assert_int_equal(entry_compare(&a, &b), 0);
	b.key[3] = 5;
	assert_true(entry_compare(&a, &b) < 0 && entry_compare(&b, &a) > 0);
	a.set = 2;
	assert_true(entry_compare(&a, &b) > 0 && entry_compare(&b, &a) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sets),         cmocka_unit_test(test_most_sets),
		cmocka_unit_test(test_keys),         cmocka_unit_test(test_lacking),
		cmocka_unit_test(test_quarantine),   cmocka_unit_test(test_one_zone),
		cmocka_unit_test(test_shared_place), cmocka_unit_test(test_ports_of_a_shared_place),
		cmocka_unit_test(test_long_names),   cmocka_unit_test(test_compare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
