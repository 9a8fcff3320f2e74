/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by registry.c, which changes it, and registry_walk.c, which visits what is there. An entry has what devices are found and
 * counted by; all else is packed.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "appraise/facts.h"
#include "base/bytes.h"
#include "base/keyed_hash.h"
#include "base/ordered.h"
#include "base/plain_hash.h"
#include "base/signed_inputs.h"
#include "base/sizes.h"
#include "core/devices/registry.h"
#include "core/devices/used.h"

/* A stranger's signed inputs: the bytes that `inputs` borrows are behind it. */
struct shown {
	struct signed_inputs inputs;
	uint8_t bytes[];
};

/* By what devices are found. */
enum name {
	NAME_DEVICE,
	NAME_UEID,
	NAME_PLACE,
	_NAMES_MAX,
};

/* The names are as they were when the entry took them, and have no hole. */
struct known {
	uint8_t device[SHA256_LEN];
	struct {
		uint8_t n, bytes[UEID_MAX], reserved[2];
	} ueid;
	struct {
		char interface[IFNAMSIZ];
		uint8_t mac[6], reserved[2];
	} place;
	uint8_t zone;     /* of the decision, */
	int64_t ends_sec; /* and when it ends */
	uint64_t edition;
	uint64_t words; /* a bit or two for each address and label's number: hint_of() */
	struct registry_naming named;
	uint8_t *packed; /* owned; the verdict */
	uint16_t n_packed, room;
	bool is_stranger; /* in that queue: was never admitted */
	struct used_beacon used;
	struct stored_row row;
	struct shown *shown; /* owned; NULL: it is no stranger, or there are none */
	TAILQ_ENTRY(known) entry, stranger;
	struct ordered_node in[_REGISTRY_ORDERS_MAX];
	struct known *next_of[_NAMES_MAX]; /* in its slots */
	struct known *next_here; /* at its place, in a ring: itself when it is alone; NULL: it is at no place */
};

TAILQ_HEAD(known_list, known);

/* Without memory for more slots it gets slower, and no less right. */
struct index {
	struct known **slots; /* owned */
	size_t n_slots, n;    /* slots, a power of two; names */
};

struct registry {
	struct index of[_NAMES_MAX];
	struct ordered in[_REGISTRY_ORDERS_MAX];
	registry_namer *name;             /* NULL: nobody names them */
	void *naming;                     /* borrowed; for it */
	struct hash_keys keys[2];         /* one of as many bytes as they are for, and one of the rest */
	struct known_list all, strangers; /* oldest first */
	size_t n, n_strangers;
	uint64_t editions;
};

/* The entry of this order's node; NULL when that is. */
static inline struct known *known_of(const struct ordered_node *node, enum registry_order order)
{
	return node ? (struct known *)((uintptr_t)node - offsetof(struct known, in) - (size_t)order * sizeof(*node)) :
		      NULL;
}

/* Unpacks the verdict into the room, and returns it; NULL when k is. */
const struct verdict *known_show(const struct known *k, struct verdict *room);

/*
 * Those that lack one of these bits do not have the address or number; of the others few have not. Who chooses a word on purpose makes
 * a search slower by one verdict.
 */
static inline uint64_t hint_of(struct bytes word)
{
	const uint64_t hash = plain_hash(PLAIN_HASH_BEGIN, word);

	return UINT64_C(1) << (hash >> 58) | UINT64_C(1) << (hash >> 52 & 63);
}

/* The addresses that the device attested from, IPv4 as mapped. Returns how many. */
#define KNOWN_ADDRESSES_MAX 3
size_t known_addresses(const struct verdict *v, struct in6_addr ret[static KNOWN_ADDRESSES_MAX]);

/* Whether the number counts: who signed the label is known. */
bool known_has_label(const struct label_facts *label);

/* NULL: the device is unknown. */
struct known *known_find(const struct registry *r, const uint8_t device[static SHA256_LEN]);
