/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table bridge: frames from the ports of guarded bridges, before the bridge learns from them, and frames from port
 * to port, which never reach the gateway.
 */
#include "enforce/ruleset_text.h"

#include <linux/netfilter.h>

#include "decide/policy.h"

static void put_sets(struct text *t, const struct ruleset *r, const struct filling *f)
{
	put_line(t, "# Ports without devices; and the pairs of ports of one household.");
	put_excepted(t, r);
	put_pairs(t, r, true);
	put_admissions(t, r, f, NFPROTO_BRIDGE);
	put_opened_sets(t, r, f, true);
	(void)fputc('\n', t->out);
	put_rate_sets(t, r);
	put_fair_sets(t, r);
	put_unknown_sets(t);
	(void)fputc('\n', t->out);
	put_line(t, "# The port on which each MAC sends datagrams to the daemon, and the MACs that have a port.");
	put_speaker_sets(t, "", "type ifname . ether_addr", "type ether_addr");
	put_near_sets(t, r);
	put_moved_sets(t);
	put_zone_counters(t, r);
	put_counter(t, "n_answer");
	put_counter(t, "n_layer2");
	put_counter(t, "n_opened");
	put_counter(t, "n_speaker");
	put_fair_counters(t);
}

/*
 * ARP for other types than Ethernet and IPv4 has its addresses at other offsets; no device needs it. No device needs to
 * name another's MAC either, admitted or not.
 */
static void put_arp(struct text *t)
{
	put_line(t, "chain c_arp {");
	put_rule(t, "@nh,0,48 != 0x000108000604 goto c_layer2");
	put_rule(t, "meta protocol arp ether saddr @placed iifname . ether saddr . arp saddr ether != @own_mac"
		    " iifname . ether saddr . arp saddr ether != @moving goto c_layer2");
	put_rule(t, "meta protocol arp arp saddr ether @placed iifname . ether saddr . arp saddr ether != @own_mac"
		    " iifname . ether saddr . arp saddr ether != @moving goto c_layer2");
	put_rule(t, "meta protocol arp arp saddr ip @claimed4 ether saddr . arp saddr ip != @own4 goto c_layer2");
	put_line(t, "}");
}

/*
 * What an admitted device proved belongs to no other device, on any port. An address that nobody proved may be used
 * towards the gateway by any device: the MAC determines the zone.
 */
static void put_proved(struct text *t)
{
	put_line(t, "chain c_proved {");
	put_rule(t, "ether saddr @placed iifname . ether saddr . ether saddr != @own_mac goto c_moved");
	put_rule(t, "ether saddr @placed update @alive { ether saddr }");
	put_rule(t, "goto c_own_address");
	put_line(t, "}");
	put_line(t, "chain c_own_address {");
	put_rule(t, "meta protocol arp goto c_arp");
	put_rule(t, "meta protocol ip ip saddr @claimed4 ether saddr . ip saddr != @own4 goto c_layer2");
	put_rule(t, "meta protocol ip6 @nh,64,128 @claimed6 ether saddr . @nh,64,128 != @own6 goto c_layer2");
	put_rule(t, "meta protocol ip6 icmpv6 type nd-neighbor-advert @th,64,128 @claimed6"
		    " ether saddr . @th,64,128 != @own6 goto c_layer2");
	put_line(t, "}");
}

/*
 * A router of another network behind a device, as of Thread. Its router lifetime is 0: it is nobody's default router (RFC 4861
 * section 4.2). Hosts take the hop limit and the two timers from any router, if they are not 0. The flags of DHCPv6 are not looked at: a
 * border router repeats those of others, and no device can answer as a server. Rules cannot look into the options. The table
 * inet keeps these from the gateway itself.
 */
#define NO_ROUTER "icmpv6 type nd-router-advert @th,32,8 != 1-63 @th,48,16 0 @th,64,64 0"

static void put_border_routers(struct text *t, const struct ruleset *r)
{
	for (uint8_t z = ZONE_QUARANTINE + 1; z < r->policy->n_zones; z++)
		if (r->zones[z].has_border_routers)
			put_rule(t, "meta protocol ip6 " NO_ROUTER " iifname . ether saddr @z_%s goto c_proved",
				 r->policy->zones[z].name);
}

/*
 * What no device may send, admitted or not. A tag with the VLAN id 0 has only a priority, and the frame is in no VLAN
 * (IEEE 802.1Q). `ether type` of such a frame is the tag's: all rules after this one say `meta protocol`, which is of
 * what is inside.
 */
static void put_from_port(struct text *t, const struct ruleset *r)
{
	put_line(t, "chain c_from_port {");
	put_rule(t, "ether type 8021q vlan id 0 vlan type { ip, ip6, arp } goto c_from_host");
	put_rule(t, "ether type != { ip, ip6, arp } goto c_layer2");
	put_rule(t, "goto c_from_host");
	put_line(t, "}");
	put_line(t, "chain c_from_host {");
	put_rule(t, "udp sport { 67, 547 } goto c_layer2 comment \"DHCP server\"");
	put_rule(t, "udp dport { 68, 546 } goto c_layer2 comment \"to a DHCP client\"");
	put_rule(t, "meta protocol ip icmp type redirect goto c_layer2");
	put_border_routers(t, r);
	put_rule(t, "meta protocol ip6 icmpv6 type { nd-router-advert, nd-redirect } goto c_layer2");
	put_rule(t, "goto c_proved");
	put_line(t, "}");
}

/*
 * A monitored device may not use others' addresses. Only a gateway on which all zones are monitored lets such packets
 * pass.
 */
static void put_layer2(struct text *t, const struct ruleset *r)
{
	put_line(t, "chain c_layer2 {");
	if (ruleset_only_monitors(r))
		put_would_drop(t, "n_layer2");
	else
		put_rule(t, "counter name \"n_layer2\" drop");
	put_line(t, "}");
}

/*
 * Uses the names of the excepted ports, not `meta ibrname`, which not every kernel has: a port that is added to a
 * bridge later is filtered from its first frame on.
 */
static void put_prerouting(struct text *t, const struct ruleset *r)
{
	(void)fputc('\n', t->out);
	put_line(t, "# Before the bridge learns the port of a MAC: drops what no device may send in any zone, and");
	put_line(t, "# MACs and addresses that another device proved to be its own.");
	put_base_chain(t, "prerouting", "-300");
	put_rule(t, "meta iiftype @opened counter name \"n_opened\" accept");
	put_rule(t, "iifname != @excepted goto c_from_port");
	put_rule(t, "goto c_proved");
	put_line(t, "}");
	put_from_port(t, r);
	put_proved(t);
	put_moved(t, r);
	put_arp(t);
	put_layer2(t, r);
}

static void put_near_zone(struct text *t, const struct ruleset *r, uint8_t zone)
{
	const char *name = r->policy->zones[zone].name;

	put_chain(t, "c_near_", name);
	put_rule(t, "jump c_neighbour");
	put_rule(t, "counter name \"n_%s_passed\" accept", name);
	put_line(t, "}");
}

static bool any_reaches_neighbours(const struct ruleset *r)
{
	for (uint8_t z = 0; z < r->policy->n_zones; z++)
		if (zone_reaches(r, z, REACH_SEGMENT))
			return true;
	return false;
}

static void put_forward_zone(struct text *t, const struct ruleset *r, uint8_t zone)
{
	const char *name = r->policy->zones[zone].name;
	char verdict[ZONE_NAME_SIZE + 16];

	if (zone_reaches(r, zone, REACH_SEGMENT))
		put_near_zone(t, r, zone);
	put_chain(t, "c_fwd_", name);
	put_note_unknown(t, zone);
	put_rate(t, r, zone);
	if (zone_reaches(r, zone, REACH_SEGMENT)) {
		(void)snprintf(verdict, sizeof(verdict), "goto c_near_%s", name);
		put_same_segment(t, r, true, verdict);
	}
	put_note_refused(t, zone);
	put_rule(t, "goto c_refuse_%s", name);
	put_line(t, "}");
}

/* Excepted ports and devices communicate only through the gateway: answers are not handled here. */
static void put_forward(struct text *t, const struct ruleset *r)
{
	(void)fputc('\n', t->out);
	put_line(t, "# From port to port. Passes only devices of one household, in a zone that reaches its segment,");
	put_line(t, "# and everything among the excepted ports; nothing between those and devices.");
	put_base_chain(t, "forward", "filter - 5");
	put_rule(t, "iifname @excepted oifname @excepted counter accept");
	put_rule(t, "meta iiftype @opened counter name \"n_opened\" accept");
	put_rule(t, "meta oiftype @opened counter name \"n_opened\" accept");
	put_only_own_port(t);
	put_rule(t, "iifname @opened_alone oifname @opened_alone jump c_opened");
	put_rule(t, "iifname != @excepted goto c_from_device");
	put_rule(t, "counter %s", ruleset_only_monitors(r) ? "accept" : "drop");
	put_line(t, "}");
	put_line(t, "chain c_from_device {");
	put_zone_lookup(t, r, "c_fwd_");
	put_line(t, "}");
	put_opened_household(t, r);
	if (any_reaches_neighbours(r))
		put_neighbour(t, r);
	put_unknown_chain(t);
	for (uint8_t z = 0; z < r->policy->n_zones; z++)
		put_forward_zone(t, r, z);
	for (uint8_t z = 0; z < r->policy->n_zones; z++)
		put_refusal(t, r, z);
}

/*
 * To the gateway itself. The table inet sees all ports as one interface, so invented senders on one port must not use
 * up the limits of all ports. The speaker is noted on every port, also on excepted ones.
 */
static void put_input(struct text *t, const struct ruleset *r)
{
	(void)fputc('\n', t->out);
	put_line(t, "# To the gateway: what comes from an open port is marked for the table inet.");
	put_line(t, "# To the daemon: each sender and each port has its own rate, and each MAC one port.");
	put_base_chain(t, "input", "filter - 5");
	put_opened_mark(t);
	put_rule(t, "udp dport %u jump c_fair", r->port);
	put_rule(t, "udp dport %u jump c_tag", r->port);
	put_rule(t, "udp dport %u goto c_coaps", r->port);
	put_line(t, "}");
	put_fair(t, r);
	put_port_tag(t);
	put_speakers(t, "", "iifname . ether saddr", "ether saddr");
}

void put_bridge(struct text *t, const struct ruleset *r, const struct filling *f)
{
	put_sets(t, r, f);
	put_prerouting(t, r);
	put_input(t, r);
	put_forward(t, r);
	put_output(t, r);
}
