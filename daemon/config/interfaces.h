/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine has against what the configuration guards. */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>

struct config;
struct link;
struct links;
struct ruleset;

/*
 * Refuses (logged) what cannot be guarded: the port of a bridge, whose packets seem to come from that. Takes guarded bridges in
 * as interfaces_take_in() does, and warns of what is not there. Returns 0 or a negative errno.
 */
int interfaces_check(struct config *config);

/*
 * Adds to the ruleset the guarded bridges that are there and that the configuration does not name, so that their ports are kept
 * apart. Returns how many it had to.
 */
int interfaces_take_in(struct config *config, const struct links *links);

/*
 * Whether nothing names an interface that could forward: no key of network does, and it is neither loopback, nor a port whose
 * packets are another's, nor the trunk of guarded VLANs.
 */
bool interfaces_is_unnamed(const struct ruleset *r, const struct links *links, const struct link *link);

/* Whether a port of that name is there, on that bridge. */
bool interfaces_has_port(const struct links *links, const char *bridge, const char *port);

/* Says which interfaces of this machine nothing names, and what to write to leave them alone; nothing where there are none. */
void interfaces_describe(struct config *config, FILE *out);

/* The bridge or VRF that an interface is a port of. Returns false when of none. */
bool interface_master(const char *name, char ret[static IFNAMSIZ]);

/* Whether a bridge learns MACs from frames that no rule sees. */
bool interface_learns_from_link_local(const char *bridge);

/* Whether a bridge takes its MAC from its ports, and another as they come and go: nobody gave it one. */
bool interface_borrows_mac(const char *bridge);

/*
 * Whether br_netfilter hands frames from port to port to the table inet, as if they were routed from the bridge to itself:
 * then that drops them.
 */
bool interfaces_route_bridges(void);
