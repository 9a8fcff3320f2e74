/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Admissions as members of the kernel's sets: which sets exist, how their keys are built, and in which sets an admitted
 * device is. The ruleset text, netlink and the comparison of both use this one table. Pure.
 */
#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>

#include "base/sizes.h"

struct ruleset;
struct verdict;

/* One admission. */
struct element {
	char interface[IFNAMSIZ]; /* where its packets are routed: a guarded interface, or the bridge that it is behind */
	char port[IFNAMSIZ];      /* of the bridge; "" elsewhere */
	uint8_t mac[6];
	uint8_t zone;             /* ZONE_QUARANTINE: it must be in no set */
	uint32_t monitored_sec;   /* for this time, what its zone drops passes and is counted; 0: not monitored */
	struct in_addr address4;  /* that it attested from; all zero: none */
	struct in6_addr address6; /* the same */
	uint32_t known_sec;       /* it is a known sender for this time; 0: it is not, or stays as it is */
	uint32_t timeout_sec;     /* of the zone: at least 1 when in one */
	uint32_t
		place_sec; /* of the zone, where several devices are at this place (enforce/share.h), and timeout_sec is
				   * only of its own addresses and port; 0: it is alone */
	int error;         /* set by kernel_apply(): 0, or why this one is not in force */
};

/* By interface and MAC, as memcmp(): by these the kernel knows a device. */
int element_compare_places(const struct element *a, const struct element *b);

/* The same order. */
void elements_sort(struct element *elements, size_t n);

enum membership_kind {
	SET_ZONE,      /* interface . MAC: devices in the zone */
	SET_MONITORED, /* interface . MAC: what would be dropped passes */
	SET_PLACED,    /* MAC: admitted on some port; refused from other ports */
	SET_OWN_MAC,   /* interface . MAC . MAC: the sender that ARP may name */
	SET_BOUND4,    /* interface . MAC . address: an address that the device proved */
	SET_BOUND6,
	SET_OWN4, /* MAC . address: the same for a MAC that has one port, or some */
	SET_OWN6,
	SET_CLAIMED4, /* address: proved by one device; refused from others */
	SET_CLAIMED6,
};

#define SET_NAME_SIZE (ZONE_NAME_SIZE + 2)
#define SETS_MAX      (2 * ZONES_MAX + 10)

/* A set that holds admissions. */
struct nft_set {
	enum membership_kind kind;
	int family;   /* NFPROTO_INET or NFPROTO_BRIDGE: of the table that it is in */
	uint8_t zone; /* of SET_ZONE; never quarantine */
	char name[SET_NAME_SIZE];
};

struct nft_sets {
	struct nft_set list[SETS_MAX];
	size_t n;
};

/* The sets of a ruleset, always in the same order. */
void sets_of(const struct ruleset *r, struct nft_sets *ret);

/* The type of a set's key in nft syntax: "type ifname . ether_addr". Static. */
const char *set_type(const struct nft_set *set);

/* "inet" or "bridge". Static. */
const char *set_family_name(const struct nft_set *set);

#define KEY_MAX 44 /* interface, MAC (padded to 8) and an IPv6 address */

/* One key in one set, by the set's index in struct nft_sets. */
struct set_entry {
	uint8_t set;
	uint8_t n_key;
	uint8_t key[KEY_MAX]; /* as the kernel holds it: fields padded to four bytes, network order */
	uint32_t timeout_sec; /* 0: must not be in the set */
};

/* Compares by set and key. */
int entry_compare(const void *a, const void *b);

/*
 * Sorts, and keeps for each key the entry that ends last: two devices may have had one address, one after the other.
 * Returns how many are left.
 */
size_t entries_merge(struct set_entry *entries, size_t n);

/*
 * What the kernel must hold for an element: one entry for each set whose key it has. Sets that it must not be in get a
 * timeout of 0. Returns how many, at most SETS_MAX.
 */
size_t element_entries(const struct nft_sets *sets, const struct element *e, struct set_entry ret[static SETS_MAX]);

/* The key in nft syntax, as "\"lan0\" . 02:00:00:00:00:01". */
#define KEY_TEXT_SIZE 96
char *entry_key_to_text(const struct nft_sets *sets, const struct set_entry *e, char ret[static KEY_TEXT_SIZE]);

#define SET_KNOWN "known" /* in both tables: known senders (kernel_know()); no admission is in it */
#define KNOWN_SEC 86400   /* after the last evidence whose chain was accepted: a device attests every few hours */

/*
 * The kernel's element for the verdict at this time; its zone is ZONE_QUARANTINE when the verdict gives none. Its
 * timeout is the remaining time, and never more than the verdict's whole lifetime, whatever the clock says.
 */
struct element verdict_element(const struct verdict *v, int64_t now_sec);
