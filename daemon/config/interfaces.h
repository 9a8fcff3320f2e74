/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the machine's interfaces with the configuration. */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>

struct config;
struct link;
struct links;
struct ruleset;

/*
 * Refuses (logged) an interface that cannot be guarded: the port of a bridge, whose packets appear to come from the
 * bridge. Adds bridges as interfaces_take_in() does, and warns of missing interfaces. Returns 0 or a negative errno.
 */
int interfaces_check(struct config *config);

/*
 * Adds to the ruleset the guarded bridges of this machine that the configuration does not name, so that their ports are
 * isolated. Returns how many it added.
 */
int interfaces_take_in(struct config *config, const struct links *links);

/*
 * Whether nothing names an interface that could forward: no key of the section network does, and it is neither
 * loopback, nor a port whose packets appear to come from another interface, nor the trunk of guarded VLANs.
 */
bool interfaces_is_unnamed(const struct ruleset *r, const struct links *links, const struct link *link);

/* Whether the bridge has a port of that name. */
bool interfaces_has_port(const struct links *links, const char *bridge, const char *port);

/*
 * Prints the interfaces of this machine that nothing names, and how to exempt them; prints nothing when there are none.
 */
void interfaces_describe(struct config *config, FILE *out);

/* The bridge or VRF that an interface is a port of. Returns false when there is none. */
bool interface_master(const char *name, char ret[static IFNAMSIZ]);

/* Whether a bridge learns MACs from frames that no rule sees. */
bool interface_learns_from_link_local(const char *bridge);

/* Whether a bridge takes its MAC from its ports, and another as they come and go: nobody gave it one. */
bool interface_borrows_mac(const char *bridge);

/*
 * Whether br_netfilter passes frames from port to port through the table inet, as if the bridge routed them to itself:
 * then that table drops them.
 */
bool interfaces_route_bridges(void);
