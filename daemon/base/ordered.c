/* SPDX-License-Identifier: Apache-2.0 */
/* Without parents and without recursion: to insert splits one way down the tree in two, to remove joins two. */
#include "base/ordered.h"

#include <stddef.h>

void ordered_insert(struct ordered *o, struct ordered_node *node)
{
	struct ordered_node **link = &o->root, **less = &node->less, **more = &node->more, *below;

	while (*link && (*link)->priority >= node->priority)
		link = o->compare(*link, node) < 0 ? &(*link)->more : &(*link)->less;
	below = *link;
	*link = node;
	while (below) {
		if (o->compare(below, node) < 0) {
			*less = below;
			less = &below->more;
			below = *less;
		} else {
			*more = below;
			more = &below->less;
			below = *more;
		}
	}
	*less = *more = NULL;
}

void ordered_remove(struct ordered *o, struct ordered_node *node)
{
	struct ordered_node **link = &o->root, *less = node->less, *more = node->more;

	while (*link != node)
		link = o->compare(*link, node) < 0 ? &(*link)->more : &(*link)->less;
	while (less && more) {
		if (less->priority >= more->priority) {
			*link = less;
			link = &less->more;
			less = *link;
		} else {
			*link = more;
			link = &more->less;
			more = *link;
		}
	}
	*link = less ? less : more;
}

struct ordered_node *ordered_after(const struct ordered *o, const struct ordered_node *node)
{
	struct ordered_node *at = o->root, *found = NULL;

	while (at) {
		if (!node || o->compare(at, node) > 0) {
			found = at;
			at = at->less;
		} else {
			at = at->more;
		}
	}
	return found;
}
