/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is to be written: each key of each set once, whatever the number of owners. An owner is written or refused as a
 * whole: it is an element or a single entry. Pure. Private to enforce/.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "enforce/membership.h"

struct ruleset;

struct item {
	struct set_entry entry;
	uint32_t owner;
	bool is_void;    /* another item has the same key, or the owner was given up */
	bool is_present; /* the kernel has it; only known for sets that were read back */
};

struct plan {
	struct nft_sets sets;
	struct item *items; /* owned; in the order of their owners */
	size_t n_items;
	uint32_t *first; /* owned: index of the first item of each owner, and one more */
	size_t n_owners;
	uint32_t *slots; /* owned: hash table of item indexes + 1 */
	size_t mask;
	uint64_t seed;
};

/* Whether an element names an existing zone and possible interfaces. */
bool element_is_possible(const struct ruleset *r, const struct element *e);

/*
 * Of elements with the same interface and MAC, all but the last are only removed; so is an impossible one. Returns 0 or
 * -ENOMEM.
 */
int plan_of_elements(struct plan *p, const struct ruleset *r, uint64_t seed, const struct element *elements, size_t n);

/* Returns 0, -ENOMEM, or -EINVAL for an entry without a set. */
int plan_of_entries(struct plan *p, const struct ruleset *r, uint64_t seed, const struct set_entry *entries, size_t n);

/* Always call it, also after an error. */
void plan_done(struct plan *p);

/* The item with an entry's set and key that is not void, or NULL. */
struct item *plan_find(const struct plan *p, const struct set_entry *e);

/*
 * Sorts, and keeps the last of elements with the same interface and MAC, with those that share the place with it (place_sec). Returns
 * how many are left.
 */
size_t elements_keep_last(const struct element **elements, size_t n);
