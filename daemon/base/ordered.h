/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set in an order, as a treap: its nodes are in the items, and priorities that nobody can foresee keep it flat. All calls take
 * O(log n), and none takes memory.
 */
#pragma once

#include <stdint.h>

struct ordered_node {
	struct ordered_node *less, *more;
	uint64_t priority; /* the caller's; random, or a keyed hash (base/keyed_hash.h) */
};

/* Below, at or above 0, as that of memcmp(). No two nodes of a set are equal. */
typedef int ordered_compare(const struct ordered_node *a, const struct ordered_node *b);

struct ordered {
	struct ordered_node *root; /* NULL: the set is empty */
	ordered_compare *compare;
};

/* The node must not be in a set, and stays as it is ordered until it is removed. */
void ordered_insert(struct ordered *o, struct ordered_node *node);

/* The node must be in the set. */
void ordered_remove(struct ordered *o, struct ordered_node *node);

/* The first node that is after this one, which need not be in the set; NULL: of all. Returns NULL when none is. */
struct ordered_node *ordered_after(const struct ordered *o, const struct ordered_node *node);
