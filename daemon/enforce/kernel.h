/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access to the kernel: our tables through `nft -f`, set elements and read-back through libmnl, neighbours
 * and bridge ports through rtnetlink. Calls are synchronous; the kernel answers in microseconds.
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
 * Opens the netlink sockets; `nft` is the path of the nft program. With NULL, nftables is neither read nor changed,
 * which needs no privilege: tables count as loaded, writes as done, sets as empty, and each sender as the genuine one.
 * Neighbours and bridge ports are still read. Returns 0 or a negative errno; release with kernel_free().
 */
int kernel_new(const char *nft, struct kernel **ret);
void kernel_free(struct kernel *k);

/* What this kernel supports, found by trying. */
struct kernel_abilities {
	bool has_inet;   /* nf_tables, and the right to use it */
	bool has_bridge; /* the table for bridges */
	bool has_routes; /* the `fib` match, which checks whether an address is routed to an interface */
};

/* Lets nft check a table of each family that the ruleset needs, without loading it. Returns 0 or a negative errno. */
int kernel_probe(const struct kernel *k, const struct ruleset *r, struct kernel_abilities *ret);

/* What our tables need beside these, and the kernel does not have. Static texts; the first two are parts of a sentence. */
struct kernel_lack {
	const char *what, *effect, *remedy;
};

/*
 * Tries the other features that the tables need, and calls f for each that is missing. Only for a kernel that has the
 * abilities. Returns how many, or a negative errno.
 */
int kernel_lacks(const struct kernel *k, const struct ruleset *r, void (*f)(const struct kernel_lack *, void *),
		 void *userdata);

/*
 * Makes sure that our tables exist in this version; else loads them with these elements, and sets *ret_loaded. Elements
 * are treated as in kernel_apply(), but one that names no zone or no possible interface is left out (logged): its
 * device is in quarantine. An opening (kernel_open()) keeps its remaining time. Returns 0 or a negative errno; -EPROTO
 * when nft refused the text (logged).
 */
int kernel_ensure_table(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n,
			bool *ret_loaded);

/*
 * Whether there were no tables when kernel_ensure_table() last loaded them, and the kernel then took all elements: what was in a table
 * before would have to be compared.
 */
bool kernel_has_all(const struct kernel *k);

/* Whether our table `inet` exists, in any version. Returns 1, 0 or a negative errno. */
int kernel_has_table(struct kernel *k);

/* Whether our tables exist in this version, so that kernel_ensure_table() would load nothing. Returns 1, 0 or a negative errno. */
int kernel_has_tables(struct kernel *k, const struct ruleset *r);

/* Whether nft would load the tables of a ruleset. Returns 0, -EPROTO (logged) or a negative errno. */
int kernel_check_ruleset(struct kernel *k, const struct ruleset *r);

/*
 * Moves elements to their sets, in one transaction for each 2,000. Each key is first removed from every set: it is
 * added with a timeout of 1 s, then deleted. This needs no knowledge of the present state and is atomic. Then it is
 * added to the sets that it belongs to, with its timeout. Of elements with the same interface and MAC the last one
 * counts, and those that share the place with it.
 *
 * When the kernel refuses a transaction, it is halved until the refused elements are found; the others are in force.
 * Each element's `error` tells whether it is in force. Returns 0 when all are, or else the first negative errno.
 * -ENFILE: a set is full; the removals of that element are still in force. -ENOENT: a table or set is missing, and
 * nothing is in force.
 */
int kernel_apply(struct kernel *k, const struct ruleset *r, struct element *elements, size_t n);

/*
 * Makes answers follow the devices (enforce/answer.h). kernel_apply() already does this for what it writes. When an
 * admission ended by its timeout, call this with an element in quarantine: it removes the addresses that the device
 * sent from, and those that it held among its neighbours on a bridge. Noted addresses of a device without an element stay. Returns 0 or a negative errno.
 */
int kernel_follow(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n);

/*
 * Removes all addresses of devices that are not in the zone. These elements are all that exist. Returns 0 or a negative
 * errno.
 */
int kernel_prune_answers(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n);

/*
 * Makes the places of elements with known_sec known senders for that time: their datagrams to the daemon pass when others
 * flood it. When a set is full, those that are in it get their time, and this is logged. Returns 0 or the first negative
 * errno; no admission depends on it.
 */
int kernel_know(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n);

/* The place of this element is no known sender any more. Returns 0 or a negative errno. */
int kernel_forget(struct kernel *k, const struct ruleset *r, const struct element *left);

/*
 * Tells the table bridge the gateway's own addresses on guarded interfaces, which no device may use towards its neighbours: the rules
 * note them only when the gateway says them, and for some hours. Does nothing without bridges. Returns 0 or a negative errno.
 */
int kernel_name_gateway(struct kernel *k, const struct ruleset *r);

/*
 * kernel_apply() for single entries, as the comparison of kernel_list() with the wanted state gives them. `is_empty`: it found that the
 * kernel has no admission at all, so none is removed first, and the next kernel_know() leaves the times of those who are known already.
 */
int kernel_write(struct kernel *k, const struct ruleset *r, const struct set_entry *entries, size_t n, bool is_empty);

/*
 * Reads back all sets of admissions; release *ret with free(). timeout_sec is the remaining time, rounded up; 0 for an
 * element without timeout. Elements about to end are left out.
 */
int kernel_list(struct kernel *k, const struct ruleset *r, struct set_entry **ret, size_t *ret_n);

/*
 * The zone that the kernel has for an element's place, without reading what it has for others: its entry in the zones of the table
 * inet, as of kernel_list(). Returns 0; -ENOENT when it is in none; or a negative errno.
 */
int kernel_look_up(struct kernel *k, const struct ruleset *r, const struct element *e, struct set_entry *ret);

/* Packets and bytes from a zone's devices: passed, dropped, and passed only because the zone is monitored. */
struct kernel_count {
	uint64_t packets, bytes;
};
struct kernel_counts {
	struct {
		struct kernel_count passed, dropped, monitored;
	} zones[ZONES_MAX];
	struct kernel_count layer2; /* frames from bridge ports that no device may send: forged, RA, DHCP server, ... */
	struct kernel_count opened; /* passed because the gateway, an interface or a port was open */
	struct kernel_count speaker; /* datagrams to the daemon whose source address belongs to another MAC */
	struct kernel_count source; /* packets whose source address is not routed to the interface where they arrived */
	struct kernel_count excess_sender; /* datagrams to the daemon above the rate of a sender, */
	struct kernel_count excess_port;   /* above the rate of a port's new senders, */
	struct kernel_count excess_full;   /* and of new senders for whom a set has no room */
	struct kernel_count unguarded;     /* datagrams to the daemon from interfaces that are not guarded */
	struct kernel_count unnamed;       /* packets from or to interfaces that the configuration does not name */
};

/* Since the tables were loaded. */
int kernel_counts(struct kernel *k, const struct ruleset *r, struct kernel_counts *ret);

/* --- Opened by the operator: all packets pass, or those of one interface or port, until the kernel ends it --- */

#define OPENING_REASON_SIZE 96

struct opening {
	char alone[IFNAMSIZ]; /* the interface or port that alone is open; "": the whole gateway */
	bool is_port;         /* of a bridge */
	uint32_t left_sec;
	char reason[OPENING_REASON_SIZE];
};

/* Opens, or extends to this time from now. The kernel keeps the reason. Returns as kernel_apply(). */
int kernel_open(struct kernel *k, const struct ruleset *r, const struct opening *opening);

/* Closes the gateway, and all that is open alone. */
int kernel_close(struct kernel *k, const struct ruleset *r);

/* Closes what is open alone. Returns 0 also when it is not open, or as kernel_apply(). */
int kernel_close_alone(struct kernel *k, const struct ruleset *r, const char *name);

/* Whether the whole gateway is open. Returns 1 when it is, 0 when not, or a negative errno. */
int kernel_opening(struct kernel *k, const struct ruleset *r, struct opening *ret);

/* What is open alone, by name; release *ret with free(). Tables of a version without it have none. Returns 0 or a negative errno. */
int kernel_openings(struct kernel *k, const struct ruleset *r, struct opening **ret, size_t *ret_n);

/*
 * Whether the tables guard an interface, or a port of a bridge: without a configuration. Return 1, 0, or a negative errno; -ENOENT
 * when there is no table, or one that guards nothing.
 */
int kernel_guards(struct kernel *k, const char *interface);
int kernel_guards_port(struct kernel *k, const char *bridge, const char *port);

/* --- Places of devices --- */

/* Link-layer address of a neighbour on an interface. Returns 0, or -ENOENT when the kernel has no valid one. */
int kernel_neighbour(struct kernel *k, unsigned ifindex, const struct in6_addr *address, uint8_t ret_mac[static 6]);

/*
 * Whether packets to an address leave through this interface. True for a link-local IPv6 address. Returns 1 or 0, or a
 * negative errno.
 */
int kernel_routes(struct kernel *k, unsigned ifindex, const struct in6_addr *address);

/*
 * Whether the datagrams to the daemon from an address on an interface are sent by this MAC. The tables must be older
 * than `since_usec` (monotonic), when the request in question was received. Returns 1; 0 when another MAC sends them;
 * -ENOENT when none was noted lately; -EAGAIN when the tables are newer; or a negative errno.
 */
int kernel_speaks(struct kernel *k, const char *interface, const uint8_t mac[static 6], const struct in6_addr *address,
		  uint64_t since_usec);

/*
 * Which of the gateway's interfaces have this address: *ret_n of them, and no more than there is room for, are in ret. Returns 0 or
 * a negative errno.
 */
int kernel_holders(struct kernel *k, const struct in6_addr *address, unsigned *ret, size_t room, size_t *ret_n);

/* The port on which a bridge learned a MAC. Returns 0, or -ENOENT when it has not learned it. */
int kernel_bridge_port(struct kernel *k, unsigned ifindex, const uint8_t mac[static 6], char ret_port[static IFNAMSIZ]);

/* As kernel_speaks(): whether a MAC's datagrams arrive on this port of a bridge. */
int kernel_speaks_on_port(struct kernel *k, const char *port, const uint8_t mac[static 6], uint64_t since_usec);
