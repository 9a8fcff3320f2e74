/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files behind kernel.h; private to them. */
#pragma once

#include <limits.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "enforce/kernel.h"
#include "enforce/netlink.h"

struct ruleset;

#define MSEC_PER_SEC 1000
#define DUMP_RETRIES 8

struct kernel {
	char nft[PATH_MAX];
	bool is_idle; /* nftables is neither read nor changed */
	struct netlink nf, route;
	uint64_t seed;             /* of hash tables: a device that chooses a key must not be able to choose its slot */
	uint64_t loaded_usec;      /* when the tables were replaced: the sets that packets fill were empty then */
	uint64_t alarm_usec;       /* when full sets were last logged */
	uint64_t known_alarm_usec; /* when the full set of known senders was last logged */
	uint32_t alarmed;          /* mask of the sets that were logged since then */
	bool has_all;              /* kernel_has_all() */
	bool knows_nobody; /* kernel_know() need not ask who is in its set: nobody, or who may keep his former time */
};

/*
 * Puts the elements into tables that have none. What the kernel refuses is logged and left out. Returns 0 when the kernel took all, or
 * a negative errno.
 */
int kernel_fill(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n);

/* A query about one of our tables, or about one of its sets. */
struct query {
	int family;
	uint16_t type;    /* NFT_MSG_GET* */
	const char *set;  /* or NULL */
	struct bytes key; /* of one element, or empty: all */
	uint32_t object;  /* NFT_OBJECT_*, of NFT_MSG_GETOBJ */
	mnl_cb_t
		on_message; /* for each message of the answer; sets errno and returns MNL_CB_ERROR when it is not understood */
	void *userdata;
	void (*restart)(void *userdata); /* a dump is repeated: discard what was received; NULL: nothing to discard */
};

/*
 * Returns 0; -ENOENT when there is no such table, set or element; or a negative errno. Does nothing and returns 0 when
 * is_idle.
 */
int kernel_ask(struct kernel *k, const struct query *query);

/* Sets errno and returns MNL_CB_ERROR. */
int kernel_not_understood(void);

/* An element as the kernel reports it. Borrowed. */
struct told {
	struct bytes key;
	bool is_permanent;  /* it has no timeout */
	bool is_end;        /* end of an interval, not an element of its own */
	uint64_t left_msec; /* otherwise */
	struct bytes userdata;
};

/* For the on_message of NFT_MSG_GETSETELEM. A negative result of f ends the dump. */
int kernel_each_told(const struct nlmsghdr *message, int (*f)(const struct told *, void *), void *userdata);

/* The remaining time, rounded up. */
uint32_t told_left_sec(const struct told *told);

/* kernel_bridge_port() by reading everything that the bridge has learned, in any VLAN. */
int kernel_bridge_port_listed(struct kernel *k, unsigned ifindex, const uint8_t mac[static 6],
			      char ret_port[static IFNAMSIZ]);
