/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of kernel.h share, and nobody else. */
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
	bool is_idle; /* nftables is left alone */
	struct netlink nf, route;
	uint64_t seed;        /* of hash tables: who chooses keys must not choose their places */
	uint64_t loaded_usec; /* when the tables were replaced: what packets fill is empty since then */
	uint64_t alarm_usec;  /* when full sets were last logged */
	uint32_t alarmed;     /* mask: those that were, since then */
};

/* Whether the tables are there as the ruleset has them. Returns 0; -ENOENT when one is not; or a negative errno. */
int kernel_table_is_complete(struct kernel *k, const struct ruleset *r, bool *ret);

/* A question about one of our tables, or about one set of it. */
struct query {
	int family;
	uint16_t type;       /* NFT_MSG_GET* */
	const char *set;     /* or NULL */
	struct bytes key;    /* of one element of it, or empty: all */
	uint32_t object;     /* NFT_OBJECT_*, of NFT_MSG_GETOBJ */
	mnl_cb_t on_message; /* for each message of the answer; errno and MNL_CB_ERROR when it is not understood */
	void *userdata;
	void (*restart)(void *userdata); /* a dump is repeated: forget what came; NULL: nothing to forget */
};

/* Returns 0; -ENOENT when there is no such table, set or element; or a negative errno. An idle one answers nothing: 0. */
int kernel_ask(struct kernel *k, const struct query *query);

/* Sets errno, and returns MNL_CB_ERROR. */
int kernel_not_understood(void);

/* An element as the kernel tells of it. Borrowed. */
struct told {
	struct bytes key;
	bool is_permanent;  /* it will never end */
	bool is_end;        /* of an interval: no element of its own */
	uint64_t left_msec; /* else */
	struct bytes userdata;
};

/* For the on_message of NFT_MSG_GETSETELEM. A negative result of f ends the answer. */
int kernel_each_told(const struct nlmsghdr *message, int (*f)(const struct told *, void *), void *userdata);

/* What is left, rounded up. */
uint32_t told_left_sec(const struct told *told);

/* kernel_bridge_port() by looking through all that the bridge has learned, in whatever VLAN. */
int kernel_bridge_port_listed(struct kernel *k, unsigned ifindex, const uint8_t mac[static 6],
			      char ret_port[static IFNAMSIZ]);
