/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine's network interfaces, and what becomes of them: which there are, under what names, and what they are ports of. What
 * that means is the core's business.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

struct links;

#define LINK_MAC_SIZE 18

struct link {
	unsigned index;
	char name[IFNAMSIZ];
	unsigned master;         /* the bridge, bond or VRF that it is a port of; 0: of none */
	unsigned trunk;          /* of a VLAN: what it is on; else 0 */
	char mac[LINK_MAC_SIZE]; /* as people read it; "": it has none */
	bool is_loopback, is_bridge, is_vrf;
	bool is_seen; /* in the list that is being read */
};

/* `before` is NULL when it appeared, `now` when it is gone; else its name, its master or its MAC is another. */
typedef void (*link_function)(const struct link *before, const struct link *now, void *userdata);

/* Joins the kernel's notifications and reads what is there. Returns 0 or a negative errno; release with links_free(). */
int links_new(struct links **ret);
void links_free(struct links *l);

/* Readable when there is something to read. */
int links_fd(const struct links *l);

/*
 * Reads all that waits, and tells of each change in its order. Where notifications were lost, the list is read anew and compared.
 * Returns 0 or a negative errno.
 */
int links_read(struct links *l, link_function tell, void *userdata);

/* All that are there, in no order; the list holds until the next links_read(). */
const struct link *links_list(const struct links *l, size_t *ret_n);

/* Returns NULL when there is none such. */
const struct link *links_by_index(const struct links *l, unsigned index);
const struct link *links_by_name(const struct links *l, const char *name);
