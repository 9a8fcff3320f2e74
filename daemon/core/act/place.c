/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interface is the datagram's. The MAC is from the neighbour table and the port from the bridge's table, but only
 * where the device's own datagrams agree with them.
 */
#include "core/act/place.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "appraise/facts.h"
#include "base/address.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "config/config.h"
#include "core/devices/in_force.h"
#include "core/settle/settler.h"
#include "decide/check_place.h"
#include "decide/verdict.h"
#include "enforce/kernel.h"
#include "enforce/ruleset.h"
#include "ipc/ipc.h"

#define HOLDERS_MAX 64 /* interfaces that may share an address of the gateway: more are as ambiguous */

static void note_address(struct verdict *v, const struct in6_addr *address)
{
	if (IN6_IS_ADDR_V4MAPPED(address))
		memcpy(&v->address4, &address->s6_addr[12], sizeof(v->address4));
	else
		v->address6 = *address;
}

static void note_former(struct verdict *v, int64_t now_sec)
{
	if (v->interface[0] == '\0')
		return;
	memcpy(v->former.interface, v->interface, sizeof(v->former.interface));
	memcpy(v->former.port, v->port, sizeof(v->former.port));
	memcpy(v->former.mac, v->mac, sizeof(v->former.mac));
	v->former.left_sec = now_sec;
}

/* Interface, port and MAC. */
#define PLACE_TEXT_SIZE (2 * IFNAMSIZ + MAC_TEXT_SIZE)

static const char *place_to_text(const struct verdict *v, char ret[static PLACE_TEXT_SIZE])
{
	char mac[MAC_TEXT_SIZE];

	(void)snprintf(ret, PLACE_TEXT_SIZE, "%s %s%s%s", v->interface, v->port, v->port[0] ? " " : "",
		       mac_to_text(v->mac, mac));
	return ret;
}

static void say_forged(const char *table, const struct verdict *v, const struct verdict *here, char *ret_why)
{
	char mac[MAC_TEXT_SIZE];

	(void)snprintf(ret_why, PLACE_WHY_SIZE, "Forged on %s: %s for %s says %s%s%s, but another device sends from it",
		       here->interface, table, v->address, here->port, here->port[0] ? " " : "",
		       mac_to_text(here->mac, mac));
}

/* `speaks` is the kernel's answer whether the device's own datagrams agree with its table. */
static enum hallmark_reason reason_of(int speaks)
{
	return speaks < 0 ? REASON_NO_NEIGHBOUR : speaks > 0 ? REASON_ADMITTED : REASON_NEIGHBOUR_FORGED;
}

/*
 * When zones are only monitored, or there are no rules, a packet with the address of a device behind another interface
 * gets this far.
 */
static enum hallmark_reason check_route(struct settler *settler, const struct ipc_origin *origin,
					const struct verdict *v, const struct verdict *here, char *ret_why)
{
	const int routes = kernel_routes(settler->kernel, origin->ifindex, &origin->address);

	if (routes > 0)
		return REASON_ADMITTED;
	if (routes < 0)
		return REASON_NO_NEIGHBOUR;
	(void)snprintf(ret_why, PLACE_WHY_SIZE,
		       "Not judged: it attests from %s on %s, and that address is not routed there. Does it belong to "
		       "another device, or is a route missing?",
		       v->address, here->interface);
	return REASON_NOT_ROUTED;
}

/* Devices that share an interface can answer for each other's addresses. */
static enum hallmark_reason find_mac(struct settler *settler, const struct ipc_origin *origin, uint64_t received_usec,
				     const struct verdict *v, struct verdict *here, char *ret_why)
{
	enum hallmark_reason reason;

	if (kernel_neighbour(settler->kernel, origin->ifindex, &origin->address, here->mac) < 0)
		return REASON_NO_NEIGHBOUR;
	reason = reason_of(kernel_speaks(settler->kernel, here->interface, here->mac, &origin->address, received_usec));
	if (reason == REASON_NEIGHBOUR_FORGED)
		say_forged("the neighbour table", v, here, ret_why);
	return reason;
}

/* Devices on one bridge can send with each other's MAC, and the bridge then learns the last sender's port. */
static enum hallmark_reason find_port(struct settler *settler, const struct ipc_origin *origin, uint64_t received_usec,
				      const struct verdict *v, struct verdict *here, char *ret_why)
{
	enum hallmark_reason reason;

	if (!ruleset_bridge(&settler->in_force->config->ruleset, here->interface))
		return REASON_ADMITTED;
	if (kernel_bridge_port(settler->kernel, origin->ifindex, here->mac, here->port) < 0)
		return REASON_NO_NEIGHBOUR;
	reason = reason_of(kernel_speaks_on_port(settler->kernel, here->port, here->mac, received_usec));
	if (reason == REASON_NEIGHBOUR_FORGED)
		say_forged("the bridge", v, here, ret_why);
	return reason;
}

/* Several VLANs of one parent have its link-local address, and a device may dial the gateway's address of another interface. */
static bool is_pinned(struct settler *settler, unsigned ifindex, const struct in6_addr *gateway)
{
	const struct ruleset *r = &settler->in_force->config->ruleset;
	unsigned holders[HOLDERS_MAX];
	bool is_here = false, is_elsewhere = false;
	size_t n = 0;

	if (kernel_holders(settler->kernel, gateway, holders, ARRAY_SIZE(holders), &n) < 0 || n == ARRAY_SIZE(holders))
		return false;
	for (size_t i = 0; i < n; i++) {
		char name[IF_NAMESIZE];

		if (holders[i] == ifindex)
			is_here = true;
		else
			is_elsewhere |= !if_indextoname(holders[i], name) || ruleset_guards(r, name);
	}
	return is_here && !is_elsewhere;
}

enum hallmark_reason place_find(struct settler *settler, const struct ipc_origin *origin, uint64_t received_usec,
				int64_t now_sec, struct verdict *v, char ret_why[static PLACE_WHY_SIZE])
{
	const struct ruleset *r = &settler->in_force->config->ruleset;
	struct verdict here = { 0 };
	enum hallmark_reason reason;

	(void)address_to_text(&origin->address, v->address);
	if (!if_indextoname(origin->ifindex, here.interface) || !ruleset_guards(r, here.interface))
		return REASON_NOT_GUARDED;
	reason = check_route(settler, origin, v, &here, ret_why);
	if (reason == REASON_ADMITTED)
		reason = find_mac(settler, origin, received_usec, v, &here, ret_why);
	if (reason == REASON_ADMITTED)
		reason = find_port(settler, origin, received_usec, v, &here, ret_why);
	if (reason != REASON_ADMITTED)
		return reason;
	if (!place_is_same(v, &here)) { /* addresses proved at another place are not proved here */
		note_former(v, now_sec);
		here.former = v->former;
		place_copy(v, &here);
	}
	note_address(v, &origin->address);
	return REASON_ADMITTED;
}

void place_prove(struct settler *settler, const struct ipc_origin *origin, struct verdict *v)
{
	struct check_result *place = &v->facts.checks[CHECK_PLACE];
	struct place_seen seen = {
		.address = origin->address,
		.is_shared = ruleset_shares(&settler->in_force->config->ruleset, v->interface, v->mac),
		.is_gateway_pinned = true,
	};

	memcpy(seen.mac, v->mac, sizeof(seen.mac));
	*place = place_check(&v->facts, &seen);
	if (place->state != CHECK_PASSED)
		return;
	seen.is_gateway_pinned = is_pinned(settler, origin->ifindex, &v->facts.place.gateway); /* lists all addresses */
	*place = place_check(&v->facts, &seen);
}

void place_say_refused(const struct verdict *before, const struct verdict *v, enum hallmark_reason reason,
		       char ret_why[static PLACE_WHY_SIZE])
{
	char here[PLACE_TEXT_SIZE], there[PLACE_TEXT_SIZE];

	(void)snprintf(ret_why, PLACE_WHY_SIZE,
		       "Its evidence came from %s, which is not proved to be its place (%s). It stays at %s, in %s",
		       place_to_text(v, here), reason_name(reason), place_to_text(before, there), before->zone);
}
