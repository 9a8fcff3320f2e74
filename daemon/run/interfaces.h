/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine has against what the configuration guards. */
#pragma once

#include "config/config.h"

/*
 * Refuses (logged) what cannot be guarded: the port of a bridge, whose packets seem to come from that. Warns of what is not
 * there, and of a bridge whose ports nobody keeps apart. Returns 0 or -EINVAL.
 */
int interfaces_check(const struct config *config);

/* The bridge or VRF that an interface is a port of. Returns false when of none. */
bool interface_master(const char *name, char ret[static IFNAMSIZ]);

/* Whether a bridge learns MACs from frames that no rule sees. */
bool interface_learns_from_link_local(const char *bridge);

/*
 * Whether br_netfilter hands frames from port to port to the table inet, as if they were routed from the bridge to itself:
 * then that drops them.
 */
bool interfaces_route_bridges(void);
