/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine's network interfaces and their changes: which exist, their names, and their masters. core/ decides what
 * that means.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"

struct links;

struct link {
	unsigned index;
	char name[IFNAMSIZ];
	unsigned master;         /* the bridge, bond or VRF that it is a port of; 0: of none */
	unsigned trunk;          /* of a VLAN: what it is on; else 0 */
	char mac[MAC_TEXT_SIZE]; /* as people read it; "": it has none */
	bool is_loopback, is_bridge, is_vrf;
	bool learns_without_limit; /* a bridge for which the kernel could limit the MACs that it learns (Linux 6.7) */
	bool has_carrier;          /* it is up, and there is something at the other end */
	bool is_seen;              /* in the list that is being read */
};

/* `before` is NULL when it appeared, `now` when it is gone; else its name, its master, its MAC or its carrier is another. */
typedef void (*link_function)(const struct link *before, const struct link *now, void *userdata);

/*
 * Subscribes to the kernel's notifications and reads the present interfaces. Returns 0 or a negative errno; release
 * with links_free().
 */
int links_new(struct links **ret);
void links_free(struct links *l);

/* Readable when there is something to read. */
int links_fd(const struct links *l);

/*
 * Reads all pending notifications and reports the changes in order. When notifications were lost, the list is read
 * again and compared. Returns 0 or a negative errno.
 */
int links_read(struct links *l, link_function tell, void *userdata);

/* All interfaces, unordered; valid until the next links_read(). */
const struct link *links_list(const struct links *l, size_t *ret_n);

/* Returns NULL when there is none. */
const struct link *links_by_index(const struct links *l, unsigned index);
const struct link *links_by_name(const struct links *l, const char *name);
