/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's side: our tables through `nft -f`, set elements and read-back through libnftnl and libmnl, neighbours and
 * bridge ports through rtnetlink. Calls are synchronous; the kernel answers in microseconds.
 */
#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sizes.h"

struct element;
struct kernel;
struct ruleset;
struct set_entry;

/*
 * Opens the netlink sockets; `nft` is the path of the nft program. NULL: nothing of nftables is asked or changed, which needs no
 * privilege: tables count as loaded, writes as done, sets as empty, and each sender as the one that speaks. Neighbours and
 * bridge ports are asked for all the same. Returns 0 or a negative errno; release with kernel_free().
 */
int kernel_new(const char *nft, struct kernel **ret);
void kernel_free(struct kernel *k);

/* What this kernel can do, found out by asking it. */
struct kernel_abilities {
	bool has_inet;   /* the table at all: nf_tables, and the right to use it */
	bool has_bridge; /* the table for bridges */
	bool has_routes; /* whether an address is routed to an interface: `fib` */
};

/* Has nft try a table of each family that the ruleset needs, without keeping it. Returns 0 or a negative errno. */
int kernel_probe(const struct kernel *k, const struct ruleset *r, struct kernel_abilities *ret);

/*
 * Makes sure that our tables are there and are this version, loading them with these elements when not. Sets
 * *ret_loaded when it had to. Elements are taken as in kernel_apply(); one that names no zone or no possible interface is
 * left out (logged), which is quarantine. What is open (kernel_open()) stays so for what is left of its time.
 * Returns 0 or a negative errno; -EPROTO when nft refused the text (logged).
 */
int kernel_ensure_table(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n,
			bool *ret_loaded);

/* Whether a table `inet` of ours is there, of whatever version. Returns 1, 0 or a negative errno. */
int kernel_has_table(struct kernel *k);

/* Whether the tables of a ruleset could be loaded, by nft's word. Returns 0, -EPROTO (logged) or a negative errno. */
int kernel_check_ruleset(struct kernel *k, const struct ruleset *r);

/*
 * Moves elements to their sets in one transaction for each 2,000: each key out of every set (add with a timeout of 1 s,
 * then delete: this needs no knowledge of the present state and opens no gap), then into those it belongs to, with its
 * timeout. Of elements with the same interface and MAC the last one counts.
 *
 * A transaction that the kernel refuses is halved until those that it refuses stand alone: the others are in force. Each
 * element's `error` says whether it is. Returns 0 when all are, or the first one's negative errno. -ENFILE: a set is full;
 * what of the element is a removal is in force all the same. -ENOENT: a table or set is not there, and nothing is in force.
 */
int kernel_apply(struct kernel *k, const struct ruleset *r, struct element *elements, size_t n);

/*
 * What comes back to devices goes where they are (enforce/answer.h): kernel_apply() does this for what it writes; of an
 * admission that has ended by itself, the addresses that the device sent from are taken out by this, with an element in
 * quarantine. Addresses that the rules note of a device without an element stay as they are. Returns 0 or a negative errno.
 */
int kernel_follow(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n);

/* Takes out all addresses of who is not in the zone by these elements, which are all that there are. Returns 0 or a negative errno. */
int kernel_prune_answers(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n);

/* kernel_apply() for single entries, as the comparison of kernel_list() with what should be gives them. */
int kernel_write(struct kernel *k, const struct ruleset *r, const struct set_entry *entries, size_t n);

/*
 * Reads all sets of admissions back; *ret must be freed with free(). timeout_sec is what is left, rounded up, 0 for an
 * element that will never end. Elements that are about to end are left out.
 */
int kernel_list(struct kernel *k, const struct ruleset *r, struct set_entry **ret, size_t *ret_n);

/* Packets and bytes that a zone's devices sent: let pass, dropped, and let pass only because that is monitored. */
struct kernel_count {
	uint64_t packets, bytes;
};
struct kernel_counts {
	struct {
		struct kernel_count passed, dropped, monitored;
	} zones[ZONES_MAX];
	struct kernel_count
		layer2; /* frames from bridge ports that were nobody's to send: forged, RA, DHCP server, ... */
	struct kernel_count opened;  /* let pass because the gateway was open */
	struct kernel_count speaker; /* datagrams to the daemon from an address that another MAC speaks for */
	struct kernel_count source;  /* packets from an address that is not routed to where they come from */
	struct kernel_count unnamed; /* packets from or to interfaces that nothing names */
};

/* Since the tables were loaded. */
int kernel_counts(struct kernel *k, const struct ruleset *r, struct kernel_counts *ret);

/* --- the gateway opened by its operator: all pass, for a time that the kernel itself ends --- */

#define OPENING_REASON_SIZE 96

struct opening {
	uint32_t left_sec;
	char reason[OPENING_REASON_SIZE];
};

/* Opens, or goes on for this time from now. The reason stays with the kernel. Returns as kernel_apply(). */
int kernel_open(struct kernel *k, const struct ruleset *r, const struct opening *opening);
int kernel_close(struct kernel *k, const struct ruleset *r);

/* Returns 1 when it is open, 0 when not, or a negative errno. */
int kernel_opening(struct kernel *k, const struct ruleset *r, struct opening *ret);

/* --- who is where --- */

/* Link-layer address of a neighbour on an interface. Returns 0, -ENOENT when the kernel has none that is valid. */
int kernel_neighbour(struct kernel *k, unsigned ifindex, const struct in6_addr *address, uint8_t ret_mac[static 6]);

/*
 * Whether packets to an address leave through this interface. A link-local IPv6 address is on each. Returns 1 or 0, or a negative
 * errno.
 */
int kernel_routes(struct kernel *k, unsigned ifindex, const struct in6_addr *address);

/*
 * Whether the datagrams to the daemon that come from an address on an interface are this MAC's. It must have been noted since
 * the tables were loaded, and `since_usec` (monotonic) is when what it is asked for was received. Returns 1; 0 when they are
 * another's; -ENOENT when nobody's were noted lately; -EAGAIN when the tables are newer; or a negative errno.
 */
int kernel_speaks(struct kernel *k, const char *interface, const uint8_t mac[static 6], const struct in6_addr *address,
		  uint64_t since_usec);

/* The port that a bridge has learned a MAC on. Returns 0, or -ENOENT when it has not. */
int kernel_bridge_port(struct kernel *k, unsigned ifindex, const uint8_t mac[static 6], char ret_port[static IFNAMSIZ]);

/* The same as kernel_speaks(): whether a MAC's datagrams come in on this port of a bridge. */
int kernel_speaks_on_port(struct kernel *k, const char *port, const uint8_t mac[static 6], uint64_t since_usec);
