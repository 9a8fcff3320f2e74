/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A key that two elements have, such as an address that moves from one to the other, may occur only once in a
 * transaction: a second delete would find nothing and abort it. If one element adds the key and another removes it, it
 * is added, in any order.
 */
#include "enforce/kernel_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "decide/policy.h"
#include "enforce/ruleset.h"

static int on_sort(const void *a, const void *b)
{
	const struct element *const *x = a, *const *y = b;
	int order = element_compare_places(*x, *y);

	return order != 0 ? order : (*x > *y) - (*x < *y);
}

/* Where several devices are, those that share the place with the last one count as well. */
static bool counts(const struct element *e, const struct element *last)
{
	return e == last || (e->place_sec > 0 && last->place_sec > 0);
}

size_t elements_keep_last(const struct element **elements, size_t n)
{
	size_t kept = 0, n_here;

	qsort(elements, n, sizeof(elements[0]), on_sort);
	for (size_t i = 0; i < n; i += n_here) {
		const struct element *last = elements[i];

		n_here = 1;
		while (i + n_here < n && element_compare_places(last, elements[i + n_here]) == 0)
			n_here++;
		last = elements[i + n_here - 1];
		for (size_t k = i; k < i + n_here; k++)
			if (counts(elements[k], last))
				elements[kept++] = elements[k];
	}
	return kept;
}

/* At least twice as many slots as items keep the hash table fast. */
static int plan_begin(struct plan *p, const struct ruleset *r, uint64_t seed, size_t n_owners, size_t each)
{
	size_t n_slots = 16, n_items;

	*p = (struct plan){ .seed = seed | 1 };
	sets_of(r, &p->sets);
	n_items = n_owners * (each > 0 ? each : p->sets.n);
	if (n_items >= UINT32_MAX / 4)
		return -ENOMEM;
	while (n_slots < 2 * n_items)
		n_slots *= 2;
	p->mask = n_slots - 1;
	p->items = malloc((n_items + 1) * sizeof(p->items[0]));
	p->first = malloc((n_owners + 1) * sizeof(p->first[0]));
	p->slots = calloc(n_slots, sizeof(p->slots[0]));
	return p->items && p->first && p->slots ? 0 : -ENOMEM;
}

void plan_done(struct plan *p)
{
	free(p->items);
	free(p->first);
	free(p->slots);
	*p = (struct plan){ 0 };
}

/* The slot of the entry's item, or the free slot for it. */
static uint32_t *slot_of(const struct plan *p, const struct set_entry *e)
{
	uint64_t hash = p->seed ^ e->set;

	for (size_t i = 0; i < e->n_key; i += sizeof(uint32_t)) {
		size_t n = (size_t)e->n_key - i;
		uint32_t word = 0;

		memcpy(&word, e->key + i, n < sizeof(word) ? n : sizeof(word));
		hash = (hash ^ word) * (p->seed | 1);
		hash ^= hash >> 32;
	}
	for (size_t i = hash & p->mask;; i = (i + 1) & p->mask) {
		uint32_t *slot = &p->slots[i];

		if (*slot == 0 || entry_compare(&p->items[*slot - 1].entry, e) == 0)
			return slot;
	}
}

struct item *plan_find(const struct plan *p, const struct set_entry *e)
{
	const uint32_t *slot = slot_of(p, e);

	return *slot > 0 ? &p->items[*slot - 1] : NULL;
}

static void plan_add(struct plan *p, const struct set_entry *e, size_t owner)
{
	struct item *item = &p->items[p->n_items], *other;
	uint32_t *slot = slot_of(p, e);

	if (*slot > 0) {
		other = &p->items[*slot - 1];
		if (other->entry.timeout_sec >= e->timeout_sec)
			return;
		other->is_void = true;
	}
	*item = (struct item){ .entry = *e, .owner = (uint32_t)owner };
	*slot = (uint32_t)++p->n_items;
}

bool element_is_possible(const struct ruleset *r, const struct element *e)
{
	return e->zone < r->policy->n_zones && interface_name_is_valid(e->interface) &&
	       (!e->port[0] || interface_name_is_valid(e->port));
}

static void add_element(struct plan *p, const struct element *e, size_t owner, bool is_wanted)
{
	struct set_entry entries[SETS_MAX];
	size_t n = element_entries(&p->sets, e, entries);

	p->first[owner] = (uint32_t)p->n_items;
	for (size_t i = 0; i < n; i++) {
		if (!is_wanted)
			entries[i].timeout_sec = 0;
		plan_add(p, &entries[i], owner);
	}
}

int plan_of_elements(struct plan *p, const struct ruleset *r, uint64_t seed, const struct element *elements, size_t n)
{
	_cleanup_free_ const struct element **pointers = calloc(n + 1, sizeof(pointers[0]));
	_cleanup_free_ bool *is_last = calloc(n + 1, sizeof(is_last[0]));
	int q = plan_begin(p, r, seed, n, 0);
	size_t kept;

	if (q < 0 || !pointers || !is_last)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		pointers[i] = &elements[i];
	kept = elements_keep_last(pointers, n);
	for (size_t i = 0; i < kept; i++)
		is_last[pointers[i] - elements] = true;

	for (size_t i = 0; i < n; i++)
		add_element(p, &elements[i], i, is_last[i] && element_is_possible(r, &elements[i]));
	p->first[n] = (uint32_t)p->n_items;
	p->n_owners = n;
	return 0;
}

int plan_of_entries(struct plan *p, const struct ruleset *r, uint64_t seed, const struct set_entry *entries, size_t n)
{
	int q = plan_begin(p, r, seed, n, 1);

	if (q < 0)
		return q;
	for (size_t i = 0; i < n; i++) {
		if (entries[i].set >= p->sets.n || entries[i].n_key > KEY_MAX)
			return -EINVAL;
		p->first[i] = (uint32_t)p->n_items;
		plan_add(p, &entries[i], i);
	}
	p->first[n] = (uint32_t)p->n_items;
	p->n_owners = n;
	return 0;
}
