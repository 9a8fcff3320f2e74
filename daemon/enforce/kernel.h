/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's side: our table through `nft -f`, set elements and read-back through libnftnl and libmnl, the
 * neighbour table through rtnetlink. Calls are synchronous; the kernel answers in microseconds.
 */
#pragma once

#include <netinet/in.h>

#include "enforce/ruleset.h"

struct kernel;

/*
 * Opens the netlink sockets; `nft` is the path of the nft program. Returns 0 or a negative errno; release with
 * kernel_free().
 */
int kernel_new(const char *nft, struct kernel **ret);
void kernel_free(struct kernel *k);

/*
 * Makes sure that our table is there and is this version, loading it with these elements when not. Sets
 * *ret_loaded when it had to. Elements are taken as in kernel_apply(); one that names no zone or no possible interface is
 * left out (logged), which is quarantine. Returns 0 or a negative errno; -EPROTO when nft refused the text (logged).
 */
int kernel_ensure_table(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n,
			bool *ret_loaded);

/* Whether the table of a ruleset could be loaded, by nft's word. Returns 0, -EPROTO (logged) or a negative errno. */
int kernel_check_ruleset(const struct kernel *k, const struct ruleset *r);

/*
 * Moves elements to their zones in one transaction for each 2,000: for each key, in every zone's set, add with a
 * timeout of 1 s and delete, then add to the target with its timeout (enforcing needs no knowledge of the present
 * state and opens no gap). A zone of ZONE_QUARANTINE only removes. Of elements with the same key the last one counts.
 * Returns 0 when the kernel acknowledged all of it, or the first negative errno, with none of that transaction in force.
 * -ENFILE: a set is full; nothing of the transaction was admitted, but its elements have left the other zones' sets.
 */
int kernel_apply(struct kernel *k, const struct policy *policy, const struct element *elements, size_t n);

/* Reads all zones' sets back; *ret must be freed with free(). timeout_sec is what is left, rounded up; 0 is permanent. */
int kernel_list(struct kernel *k, const struct policy *policy, struct element **ret, size_t *ret_n);

/* Link-layer address of a neighbour on an interface. Returns 0, -ENOENT when the kernel has none that is valid. */
int kernel_neighbour(struct kernel *k, unsigned ifindex, const struct in6_addr *address, uint8_t ret_mac[static 6]);
