/* SPDX-License-Identifier: Apache-2.0 */
/* Each kind of set is one row: its tables, the fields of its key, and when a device is in it. */
#include "enforce/membership.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "decide/decide.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "enforce/ruleset.h"

enum field {
	FIELD_NONE = 0,
	FIELD_PLACE, /* the interface; the port in the bridge table */
	FIELD_MAC,
	FIELD_ADDRESS4,
	FIELD_ADDRESS6,
};

#define FIELDS_MAX 3

static const struct kind {
	const char *name; /* of the set; for SET_ZONE the prefix */
	const char *type;
	enum field fields[FIELDS_MAX];
} kinds[] = {
	[SET_ZONE] = { "z_", "type ifname . ether_addr", { FIELD_PLACE, FIELD_MAC } },
	[SET_MONITORED] = { "monitored", "type ifname . ether_addr", { FIELD_PLACE, FIELD_MAC } },
	[SET_PLACED] = { "placed", "type ether_addr", { FIELD_MAC } },
	[SET_OWN_MAC] = { "own_mac", "type ifname . ether_addr . ether_addr", { FIELD_PLACE, FIELD_MAC, FIELD_MAC } },
	[SET_BOUND4] = { "bound4", "type ifname . ether_addr . ipv4_addr", { FIELD_PLACE, FIELD_MAC, FIELD_ADDRESS4 } },
	/* nft 1.0.6 has no name for the target of a neighbour advertisement: raw bits, which also compare with addresses */
	[SET_BOUND6] = { "bound6",
			 "typeof iifname . ether saddr . @nh,64,128",
			 { FIELD_PLACE, FIELD_MAC, FIELD_ADDRESS6 } },
	[SET_OWN4] = { "own4", "type ether_addr . ipv4_addr", { FIELD_MAC, FIELD_ADDRESS4 } },
	[SET_OWN6] = { "own6", "typeof ether saddr . @nh,64,128", { FIELD_MAC, FIELD_ADDRESS6 } },
	[SET_CLAIMED4] = { "claimed4", "type ipv4_addr", { FIELD_ADDRESS4 } },
	[SET_CLAIMED6] = { "claimed6", "typeof @nh,64,128", { FIELD_ADDRESS6 } },
};

const char *set_type(const struct nft_set *set)
{
	return kinds[set->kind].type;
}

const char *set_family_name(const struct nft_set *set)
{
	return set->family == NFPROTO_BRIDGE ? "bridge" : "inet";
}

static void add_set(struct nft_sets *sets, int family, enum membership_kind kind)
{
	struct nft_set *set = &sets->list[sets->n++];

	*set = (struct nft_set){ .kind = kind, .family = family };
	(void)snprintf(set->name, sizeof(set->name), "%s", kinds[kind].name);
}

static void add_zones(struct nft_sets *sets, int family, const struct policy *policy)
{
	for (uint8_t z = ZONE_QUARANTINE + 1; z < policy->n_zones; z++) {
		struct nft_set *set = &sets->list[sets->n++];

		*set = (struct nft_set){ .kind = SET_ZONE, .family = family, .zone = z };
		(void)snprintf(set->name, sizeof(set->name), "%s%s", kinds[SET_ZONE].name, policy->zones[z].name);
	}
}

void sets_of(const struct ruleset *r, struct nft_sets *ret)
{
	static const enum membership_kind on_bridges[] = { SET_MONITORED, SET_PLACED,   SET_OWN_MAC, SET_OWN4,
							   SET_OWN6,      SET_CLAIMED4, SET_CLAIMED6 };

	*ret = (struct nft_sets){ 0 };
	add_zones(ret, NFPROTO_INET, r->policy);
	add_set(ret, NFPROTO_INET, SET_MONITORED);
	if (r->binding == BINDING_IP) {
		add_set(ret, NFPROTO_INET, SET_BOUND4);
		add_set(ret, NFPROTO_INET, SET_BOUND6);
	}
	if (r->n_bridges == 0)
		return;
	add_zones(ret, NFPROTO_BRIDGE, r->policy);
	for (size_t i = 0; i < ARRAY_SIZE(on_bridges); i++)
		add_set(ret, NFPROTO_BRIDGE, on_bridges[i]);
}

int element_compare_places(const struct element *a, const struct element *b)
{
	int order = strncmp(a->interface, b->interface, IFNAMSIZ);

	return order != 0 ? order : memcmp(a->mac, b->mac, sizeof(a->mac));
}

static int element_order(const void *a, const void *b)
{
	return element_compare_places(a, b);
}

void elements_sort(struct element *elements, size_t n)
{
	if (n > 1)
		qsort(elements, n, sizeof(*elements), element_order);
}

int entry_compare(const void *a, const void *b)
{
	const struct set_entry *x = a, *y = b;
	int order = (int)x->set - (int)y->set;

	if (order == 0)
		order = (int)x->n_key - (int)y->n_key;
	return order != 0 ? order : memcmp(x->key, y->key, x->n_key);
}

static int entry_order(const void *a, const void *b)
{
	const struct set_entry *x = a, *y = b;
	int order = entry_compare(a, b);

	return order != 0 ? order : (x->timeout_sec < y->timeout_sec) - (x->timeout_sec > y->timeout_sec);
}

size_t entries_merge(struct set_entry *entries, size_t n)
{
	size_t kept = 0;

	if (n > 1)
		qsort(entries, n, sizeof(*entries), entry_order);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || entry_compare(&entries[kept - 1], &entries[i]) != 0)
			entries[kept++] = entries[i];
	return kept;
}

/* A field of an element; empty when the element has none. */
static struct bytes field_of(const struct element *e, int family, enum field field)
{
	static const uint8_t none[sizeof(struct in6_addr)];
	const char *place = family == NFPROTO_BRIDGE ? e->port : e->interface;

	switch (field) {
	case FIELD_PLACE:
		return bytes_of(place, place[0] ? IFNAMSIZ : 0);
	case FIELD_MAC:
		return bytes_of(e->mac, sizeof(e->mac));
	case FIELD_ADDRESS4:
		return bytes_of(&e->address4, e->address4.s_addr != INADDR_ANY ? sizeof(e->address4) : 0);
	case FIELD_ADDRESS6:
		return bytes_of(&e->address6, memcmp(&e->address6, none, sizeof(none)) != 0 ? sizeof(e->address6) : 0);
	default:
		return (struct bytes){ 0 };
	}
}

/* Returns false when the element lacks a field of the key. */
static bool key_of(const struct nft_set *set, const struct element *e, struct set_entry *ret)
{
	const enum field *fields = kinds[set->kind].fields;
	const bool is_padded = fields[1] != FIELD_NONE; /* a concatenation */

	if (set->family == NFPROTO_BRIDGE && !e->port[0])
		return false;
	for (size_t i = 0; i < FIELDS_MAX && fields[i] != FIELD_NONE; i++) {
		const struct bytes b = field_of(e, set->family, fields[i]);

		if (b.n == 0)
			return false;
		if (fields[i] == FIELD_PLACE)
			memcpy(ret->key + ret->n_key, b.p, strnlen((const char *)b.p, IFNAMSIZ - 1));
		else
			memcpy(ret->key + ret->n_key, b.p, b.n);
		ret->n_key += (uint8_t)(is_padded ? (b.n + 3) / 4 * 4 : b.n);
	}
	return true;
}

static bool has_address(enum membership_kind kind)
{
	for (size_t i = 0; i < FIELDS_MAX; i++)
		if (kinds[kind].fields[i] == FIELD_ADDRESS4 || kinds[kind].fields[i] == FIELD_ADDRESS6)
			return true;
	return false;
}

/*
 * Seconds that the element stays in a set whose key it has; 0: it is not in the set. Devices at one place may be behind
 * different ports of a bridge: a port is open as long as the device behind it is admitted. Of those behind one port the last
 * counts, as of all that have one key.
 */
static uint32_t time_in(const struct nft_set *set, const struct element *e)
{
	const uint32_t alone_sec = e->timeout_sec > 0 ? e->timeout_sec : 1;
	const uint32_t place_sec = e->place_sec > 0 ? e->place_sec : alone_sec;

	if (set->kind == SET_MONITORED)
		return e->monitored_sec;
	if (e->zone == ZONE_QUARANTINE)
		return 0;
	if (set->kind == SET_ZONE && e->zone != set->zone)
		return 0;
	if (e->place_sec > 0 && (set->family == NFPROTO_BRIDGE || has_address(set->kind)))
		return e->timeout_sec;
	return place_sec;
}

size_t element_entries(const struct nft_sets *sets, const struct element *e, struct set_entry ret[static SETS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < sets->n; i++) {
		struct set_entry *entry = &ret[n];

		*entry = (struct set_entry){ .set = (uint8_t)i };
		if (!key_of(&sets->list[i], e, entry))
			continue;
		entry->timeout_sec = time_in(&sets->list[i], e);
		n++;
	}
	return n;
}

static int field_to_text(enum field field, const uint8_t *p, char *ret, size_t size)
{
	char address[INET_ADDRSTRLEN], mac[MAC_TEXT_SIZE];

	switch (field) {
	case FIELD_PLACE:
		return snprintf(ret, size, "\"%.*s\"", IFNAMSIZ - 1, (const char *)p);
	case FIELD_MAC:
		return snprintf(ret, size, "%s", mac_to_text(p, mac));
	case FIELD_ADDRESS4:
		return snprintf(ret, size, "%s", inet_ntop(AF_INET, p, address, sizeof(address)));
	default: /* as a number, like the type */
		(void)snprintf(ret, size, "0x");
		if (size > 2 + 2 * sizeof(struct in6_addr))
			bytes_to_hex(bytes_of(p, sizeof(struct in6_addr)), ret + 2);
		return 2 + 2 * (int)sizeof(struct in6_addr);
	}
}

static size_t field_size(enum field field)
{
	static const uint8_t sizes[] = {
		[FIELD_PLACE] = IFNAMSIZ, [FIELD_MAC] = 8, [FIELD_ADDRESS4] = 4, [FIELD_ADDRESS6] = 16
	};

	return sizes[field];
}

char *entry_key_to_text(const struct nft_sets *sets, const struct set_entry *e, char ret[static KEY_TEXT_SIZE])
{
	const enum field *fields = kinds[sets->list[e->set].kind].fields;
	const uint8_t *p = e->key;
	size_t n = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < FIELDS_MAX && fields[i] != FIELD_NONE; i++) {
		n += (size_t)snprintf(ret + n, KEY_TEXT_SIZE - n, "%s", i > 0 ? " . " : "");
		n += (size_t)field_to_text(fields[i], p, ret + n, KEY_TEXT_SIZE - n);
		p += field_size(fields[i]);
	}
	return ret;
}

/* Whether the device itself sent evidence, under an accepted chain. A verdict of another build has no facts; it was admitted. */
static bool is_accepted(const struct verdict *v)
{
	return (v->is_restored || facts_are_its_word(&v->facts)) && verdict_is_proved(v);
}

struct element verdict_element(const struct verdict *v, int64_t now_sec)
{
	struct element e = { .zone = verdict_zone(v, now_sec) };
	int64_t left_sec = v->decision.expiry.at_sec - now_sec;
	int64_t life_sec = v->decision.expiry.at_sec - v->decision.decided_sec;

	memcpy(e.interface, v->interface, sizeof(e.interface));
	memcpy(e.port, v->port, sizeof(e.port));
	memcpy(e.mac, v->mac, sizeof(e.mac));
	if (v->monitored_until_sec > now_sec)
		e.monitored_sec = (uint32_t)(v->monitored_until_sec - now_sec);
	if (is_accepted(v) && v->attested_sec <= now_sec && now_sec - v->attested_sec < KNOWN_SEC)
		e.known_sec = (uint32_t)(v->attested_sec + KNOWN_SEC - now_sec);
	e.address4 = v->address4;
	e.address6 = v->address6;
	if (left_sec > life_sec)
		left_sec = life_sec;
	if (e.zone != ZONE_QUARANTINE)
		e.timeout_sec = left_sec < UINT32_MAX ? (uint32_t)left_sec : UINT32_MAX;
	return e;
}
