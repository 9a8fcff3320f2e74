/* SPDX-License-Identifier: Apache-2.0 */
/* Rows in an array, and an open hash table of their numbers. Who writes the files chooses the keys; devices do not. */
#include "config/inventory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/plain_hash.h"
#include "config/config.h"
#include "decide/verdict.h"
#include "enforce/ruleset.h"

#define ROWS_AT_FIRST  256
#define SLOTS_AT_FIRST 1024 /* a power of 2, as are the larger ones */
#define KEY_BITS       2    /* of a slot: enum inventory_key; the rest is the row's number */

_Static_assert(_INVENTORY_BY_MAX <= 1 << KEY_BITS, "a slot has room for each kind of key");

/* What a row is found by: two texts for a name, else one value. */
struct probe {
	enum inventory_key key;
	struct bytes first, second;
};

static bool probe_equals(const struct probe *a, const struct probe *b)
{
	return a->key == b->key && bytes_equal(a->first, b->first) && bytes_equal(a->second, b->second);
}

static struct probe probe_of(const struct inventory_row *row, enum inventory_key key)
{
	switch (key) {
	case INVENTORY_BY_KEY:
		return (struct probe){ .key = key, .first = BYTES(row->key) };
	case INVENTORY_BY_UEID:
		return (struct probe){ .key = key, .first = bytes_of(row->ueid, row->n_ueid) };
	case INVENTORY_BY_MAC:
		return (struct probe){ .key = key, .first = BYTES(row->mac) };
	default:
		return (struct probe){ .key = key,
				       .first = bytes_of_string(row->name),
				       .second = bytes_of_string(row->segment) };
	}
}

static size_t hash_probe(const struct probe *p)
{
	uint64_t hash = plain_hash(plain_hash(PLAIN_HASH_BEGIN ^ p->key, p->first), p->second);

	return (size_t)(hash ^ hash >> 32);
}

/* A slot is 0 when it is free. */
static uint32_t slot_of(size_t row, enum inventory_key key)
{
	return ((uint32_t)row << KEY_BITS | key) + 1;
}

static struct probe probe_of_slot(const struct inventory *i, uint32_t slot)
{
	return probe_of(&i->rows[(slot - 1) >> KEY_BITS], (enum inventory_key)((slot - 1) & ((1 << KEY_BITS) - 1)));
}

/* The slot that has it, or the free one where it would be. There is always a free one. */
static uint32_t *find_slot(const struct inventory *i, uint32_t *slots, size_t n_slots, const struct probe *p)
{
	size_t at = hash_probe(p) & (n_slots - 1);

	while (slots[at]) {
		const struct probe there = probe_of_slot(i, slots[at]);

		if (probe_equals(&there, p))
			break;
		at = (at + 1) & (n_slots - 1);
	}
	return &slots[at];
}

static int grow(struct inventory *i)
{
	const size_t n = i->n_slots > 0 ? i->n_slots * 2 : SLOTS_AT_FIRST;
	uint32_t *slots = calloc(n, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t at = 0; at < i->n_slots; at++) {
		const struct probe p = i->slots[at] ? probe_of_slot(i, i->slots[at]) : (struct probe){ 0 };

		if (i->slots[at])
			*find_slot(i, slots, n, &p) = i->slots[at];
	}
	free(i->slots);
	i->slots = slots;
	i->n_slots = n;
	return 0;
}

void inventory_free(struct inventory *i)
{
	if (!i)
		return;
	for (size_t f = 0; f < i->n_files; f++)
		free(i->files[f].text);
	free(i->files);
	free(i->rows);
	free(i->exceptions);
	free(i->slots);
	free(i);
}

struct inventory_row *inventory_add(struct inventory *i, const struct inventory_row *row)
{
	if (i->n_rows == i->room) {
		const size_t room = i->room > 0 ? i->room * 2 : ROWS_AT_FIRST;
		struct inventory_row *more = reallocarray(i->rows, room, sizeof(*more));

		if (!more)
			return NULL;
		i->rows = more;
		i->room = room;
	}
	i->rows[i->n_rows] = *row;
	return &i->rows[i->n_rows++];
}

/* Whether one of them is about an exception of the other's device. */
static bool are_of_one_device(const struct inventory_row *a, const struct inventory_row *b)
{
	return (a->exception[0] || b->exception[0]) && a->has_mac && b->has_mac &&
	       memcmp(a->mac, b->mac, sizeof(a->mac)) == 0;
}

int inventory_index(struct inventory *i, const struct inventory_row *row, enum inventory_key key,
		    const struct inventory_row **ret_other)
{
	const struct probe p = probe_of(row, key);
	const struct inventory_row *other;
	int r = (i->n_used + 1) * 2 > i->n_slots ? grow(i) : 0;
	uint32_t *slot;

	if (r < 0)
		return r;
	slot = find_slot(i, i->slots, i->n_slots, &p);
	other = *slot ? &i->rows[(*slot - 1) >> KEY_BITS] : NULL;
	if (other && !are_of_one_device(other, row)) {
		*ret_other = other;
		return -EEXIST;
	}
	if (other && (row->exception[0] || !other->exception[0]))
		return 0;
	i->n_used += !other;
	*slot = slot_of((size_t)(row - i->rows), key);
	return 0;
}

const struct inventory_row *inventory_find(const struct inventory *i, enum inventory_key key, struct bytes value)
{
	const struct probe p = { .key = key, .first = value };
	const uint32_t slot = i->n_slots > 0 ? *find_slot(i, i->slots, i->n_slots, &p) : 0;

	return slot ? &i->rows[(slot - 1) >> KEY_BITS] : NULL;
}

bool inventory_is_household(const struct inventory_row *row)
{
	return row->interface[0] && !row->has_mac;
}

/* --- Devices --- */

/* Another household's device that takes the MAC does not take the name. */
static bool is_at_home(const struct config *c, const struct inventory_row *row, const struct verdict *v)
{
	const char *segment = inventory_segment_of(c, NULL, v);

	return !row->segment[0] || !segment[0] || strcmp(row->segment, segment) == 0;
}

/* A MAC is easily taken over: it gives no name that the row keeps for another key or UEID. */
static const struct inventory_row *find_by_mac(const struct config *c, const struct verdict *v)
{
	static const uint8_t unknown[SHA256_LEN]; /* a key, and a MAC */
	const struct inventory_row *row = inventory_find(c->inventory, INVENTORY_BY_MAC, BYTES(v->mac));
	const bool has_key = memcmp(v->facts.device, unknown, sizeof(unknown)) != 0;

	if (!row || memcmp(v->mac, unknown, sizeof(v->mac)) == 0 || ((row->has_key || row->n_ueid > 0) && has_key) ||
	    ruleset_shares(&c->ruleset, v->interface, v->mac) || !is_at_home(c, row, v))
		return NULL;
	return row;
}

const struct inventory_row *inventory_row_of(const struct config *c, const struct verdict *v)
{
	const struct inventory_row *row;

	if (!c->inventory || c->inventory->n_rows == 0)
		return NULL;
	row = inventory_find(c->inventory, INVENTORY_BY_KEY, BYTES(v->facts.device));
	if (!row && v->facts.n_ueid > 0 && verdict_is_proved(v))
		row = inventory_find(c->inventory, INVENTORY_BY_UEID, bytes_of(v->facts.ueid, v->facts.n_ueid));
	return row ? row : find_by_mac(c, v);
}

const struct segment *inventory_segment(const struct config *c, const struct inventory_row *row,
					const struct verdict *v)
{
	const struct segment *segment = ruleset_segment_at(&c->ruleset, place_at(v));

	return segment || !row ? segment : row->in;
}

const char *inventory_segment_of(const struct config *c, const struct inventory_row *row, const struct verdict *v)
{
	const struct segment *segment = inventory_segment(c, row, v);

	return segment ? segment->name : "";
}
