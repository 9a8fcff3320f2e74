/* SPDX-License-Identifier: Apache-2.0 */
/* The table inet: packets from devices through the gateway and to it. */
#include "enforce/ruleset_text.h"

#include <linux/netfilter.h>
#include <string.h>
#include <sys/socket.h>

#include "decide/policy.h"

#define TALK_PER_SEC 100 /* packets of a device to the pinholes: busy DNS is below 20 */
#define PRIORITY     "filter - 5"

static void put_all_speakers(struct text *t)
{
	(void)fputc('\n', t->out);
	put_line(t, "# Who sends datagrams to the daemon from an address: interface, MAC and address; and which are "
		    "taken.");
	put_speaker_sets(t, "4", "type ifname . ether_addr . ipv4_addr", "type ifname . ipv4_addr");
	put_speaker_sets(t, "6", "typeof iifname . ether saddr . @nh,64,128", "typeof iifname . @nh,64,128");
}

static void put_sets(struct text *t, const struct ruleset *r, const struct filling *f)
{
	put_line(t, "# Interfaces with devices, the uplinks, all other named interfaces, and the pairs of one");
	put_line(t, "# household.");
	put_interfaces(t, "guarded", r->guarded, r->n_guarded);
	put_interfaces(t, "uplinks", r->uplinks, r->n_uplinks);
	put_outside(t, r);
	put_pairs(t, r, false);
	put_admissions(t, r, f, NFPROTO_INET);
	put_opened_sets(t, r, f, false);
	(void)fputc('\n', t->out);
	put_line(t, "# What each device sent lately: new flows to the daemon, packets to pinholes, all packets.");
	put_limit_set(t, "c_", "flows");
	put_limit_set(t, "c_", "flows_known");
	put_limit_set(t, "c_", "talk");
	put_rate_sets(t, r);
	put_answer_sets(t, r);
	put_fair_sets(t, r);
	put_unknown_sets(t);
	put_all_speakers(t);
}

static void put_counters(struct text *t, const struct ruleset *r)
{
	(void)fputc('\n', t->out);
	put_zone_counters(t, r);
	put_counter(t, "n_opened");
	put_counter(t, "n_speaker");
	put_counter(t, "n_source");
	put_counter(t, "n_unguarded");
	put_fair_counters(t);
	put_counter(t, "n_unnamed");
}

/*
 * Frames to 01:80:c2:00:00:00 to 0f are for the bridge itself. The kernel passes them up from a port as from an
 * interface, whatever its name, and the table bridge sees them only later or not at all. No host sends IP there.
 */
static void put_port_refusal(struct text *t, const struct ruleset *r)
{
	if (r->n_bridges > 0)
		put_rule(t, "ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00 counter drop"
			    " comment \"to a MAC of the bridge itself\"");
}

/* --- Source address --- */

/* No route leads from here to the sender's address: an answer would go elsewhere. Considers all next hops. */
#define UNROUTED "fib saddr . iif oif missing"

/*
 * A sender without an address, or one that is getting one, is not spoofing towards the gateway. None of this is routed:
 * forwarding has no exceptions.
 */
static void put_source_exceptions(struct text *t)
{
	put_line(t, "chain c_source_input {");
	put_rule(t, "ip saddr { 0.0.0.0, 169.254.0.0/16 } return");
	put_rule(t, "ip6 saddr { ::, fe80::/10 } return");
	put_rule(t, "udp sport 68 udp dport 67 return comment \"DHCP\"");
	put_rule(t, "icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } return");
	put_rule(t, "ip protocol igmp return");
	put_rule(t, "icmpv6 type { mld-listener-report, mld-listener-done, mld2-listener-report } return");
	put_rule(t, "goto c_source");
	put_line(t, "}");
}

/*
 * As with forged MACs or addresses on a bridge: one monitored device is not exempt; only when all zones are monitored
 * do these packets pass.
 */
static void put_source(struct text *t, const struct ruleset *r)
{
	(void)fputc('\n', t->out);
	put_line(t, "# From a source address that is not routed to the interface where it arrived.");
	put_line(t, "chain c_source {");
	if (ruleset_only_monitors(r))
		put_would_drop(t, "n_source");
	else
		put_rule(t, "counter name \"n_source\" drop");
	put_line(t, "}");
	put_source_exceptions(t);
}

/* Drops what exceeds a sender's rate. When the set is full, packets pass. */
static void put_limit(struct text *t, const char *set, uint32_t per_sec, const char *counter)
{
	put_rule(t, "update @%s { iifname . ether saddr limit rate over %u/second burst %u packets } counter%s drop",
		 set, per_sec, 2 * per_sec, counter);
}

static const char *family_word(const struct reach *reach)
{
	return reach->family == AF_INET6 ? "ip6" : "ip";
}

/* --- Through the gateway --- */

static void put_forward_reach(struct text *t, const struct ruleset *r, const struct reach *reach, const char *pass)
{
	char service[64];

	switch (reach->kind) {
	case REACH_INTERNET:
		put_rule(t, "oifname @uplinks %s", pass);
		break;
	case REACH_SEGMENT:
		put_same_segment(t, r, false, pass);
		break;
	case REACH_HOST:
		service_to_text(reach, "dport", service, sizeof(service));
		put_rule(t, "oifname != @guarded %s daddr %s %s%s", family_word(reach), reach->host, service, pass);
		break;
	case REACH_GATEWAY: /* never forwarded */
	case REACH_NONE:
		break;
	}
}

static void pass_to_text(const struct ruleset *r, uint8_t zone, char ret[static 64])
{
	(void)snprintf(ret, 64, "counter name \"n_%s_passed\" accept", r->policy->zones[zone].name);
}

/* Quarantine is not bound to addresses: nothing was proved there. */
static bool is_bound(const struct ruleset *r, uint8_t zone)
{
	return r->binding == BINDING_IP && zone != ZONE_QUARANTINE;
}

static void put_forward_zone(struct text *t, const struct ruleset *r, uint8_t zone)
{
	const char *name = r->policy->zones[zone].name;
	char pass[64];

	pass_to_text(r, zone, pass);
	put_chain(t, "c_fwd_", name);
	put_note_unknown(t, zone);
	put_rate(t, r, zone);
	if (is_bound(r, zone)) {
		put_rule(t, "meta nfproto ipv4 iifname . ether saddr . ip saddr != @bound4 goto c_refuse_%s", name);
		put_rule(t, "meta nfproto ipv6 iifname . ether saddr . @nh,64,128 != @bound6 goto c_refuse_%s", name);
	}
	put_note_sender(t, r, zone);
	for (uint8_t i = 0; i < r->zones[zone].n_reach; i++)
		put_forward_reach(t, r, &r->zones[zone].reach[i], pass);
	put_note_refused(t, zone);
	put_rule(t, "goto c_refuse_%s", name);
	put_line(t, "}");
}

/* Where a server may connect to; a server without segments, to all guarded interfaces. */
static void put_destinations(struct text *t, const struct ruleset *r, const struct server *server)
{
	struct members m = { .n = 0 }, of_segment;

	if (server->n_segments == 0)
		return;
	for (size_t s = 0; s < server->n_segments; s++) {
		members_of(r, &r->segments[server->segments[s]], false, &of_segment);
		for (size_t i = 0; i < of_segment.n && m.n < INTERFACES_MAX; i++)
			m.names[m.n++] = of_segment.names[i];
	}
	(void)fputs("oifname ", t->out);
	put_members(t, &m);
	(void)fputc(' ', t->out);
}

static void put_server(struct text *t, const struct ruleset *r, const struct server *server)
{
	char service[64];

	for (uint8_t i = 0; i < server->n_services; i++) {
		service_to_text(&server->services[i], "dport", service, sizeof(service));
		(void)fprintf(t->out, "\t\tiifname \"%s\" %s saddr %s ", server->interface, family_word(&server->host),
			      server->host.host);
		put_destinations(t, r, server);
		(void)fprintf(t->out, "%sct state new counter accept\n", service);
		t->n_rules++;
	}
}

static void put_to_device(struct text *t, const struct ruleset *r)
{
	put_line(t, "chain c_towards_device {");
	put_to_opened(t);
	put_rule(t, "ct state established,related goto c_answer");
	for (size_t i = 0; i < r->n_servers; i++)
		put_server(t, r, &r->servers[i]);
	put_to_opened_port(t, r);
	put_rule(t, "counter %s", ruleset_only_monitors(r) ? "accept" : "drop");
	put_line(t, "}");
}

/* While the gateway is open, this passes too: a device whose port was renamed is still a device. */
static void put_unnamed(struct text *t, const struct ruleset *r)
{
	put_line(t, "chain c_unnamed {");
	put_rule(t, "meta iiftype @opened counter name \"n_opened\" accept");
	put_rule(t, "meta oiftype @opened counter name \"n_opened\" accept");
	if (ruleset_only_monitors(r))
		put_would_drop(t, "n_unnamed");
	else
		put_rule(t, "counter name \"n_unnamed\" drop");
	put_line(t, "}");
}

/* Clears the mark before anything passes. What is not for the outside goes on as from any device. */
static void put_forward_port(struct text *t, const struct ruleset *r)
{
	if (r->n_bridges == 0)
		return;
	put_line(t, "chain c_opened_port {");
	put_mark_removal(t);
	put_rule(t, UNROUTED " goto c_source");
	put_rule(t, "oifname @outside " COUNT_OPENED "accept");
	put_line(t, "}");
}

static void put_forward(struct text *t, const struct ruleset *r)
{
	(void)fputc('\n', t->out);
	put_line(t,
		 "# Through the gateway. The zone of a device decides what it may send. Towards devices pass answers,");
	put_line(t, "# if the zone of the receiving device reaches their source, and flows that servers begin.");
	put_line(t, "# Nothing passes from or to interfaces that the configuration does not name.");
	put_base_chain(t, "forward", PRIORITY);
	put_port_refusal(t, r);
	put_tag_removal(t, r);
	put_from_opened_port(t, r, "jump c_opened_port");
	put_rule(t, "iifname @guarded meta iiftype @opened counter name \"n_opened\" accept");
	put_rule(t, "oifname @guarded meta oiftype @opened counter name \"n_opened\" accept");
	put_rule(t, "iifname != @guarded iifname != @outside goto c_unnamed");
	put_rule(t, "oifname != @guarded oifname != @outside goto c_unnamed");
	put_rule(t, "iifname @guarded goto c_from_device");
	put_rule(t, "oifname @guarded goto c_towards_device");
	put_line(t, "}");
	put_unnamed(t, r);
	put_line(t, "chain c_from_device {");
	put_rule(t, UNROUTED " goto c_source");
	put_from_opened(t);
	put_rule(t, "iifname . ether saddr @monitored jump c_watched");
	put_zone_lookup(t, r, "c_fwd_");
	put_line(t, "}");
	put_opened_chain(t, r);
	put_forward_port(t, r);
	put_note_watched(t);
	put_unknown_chain(t);
	for (uint8_t z = 0; z < r->policy->n_zones; z++)
		put_forward_zone(t, r, z);
	put_to_device(t, r);
	put_answers(t, r);
}

/* --- To the gateway --- */

/* New senders cannot use up the room of known ones. */
static void put_flows(struct text *t, const struct ruleset *r)
{
	put_line(t, "chain c_flow {");
	put_rule(t, "iifname . ether saddr @" SET_KNOWN " goto c_flow_known");
	put_limit(t, "c_flows", new_flows_of(r), " name \"n_excess_sender\"");
	put_rule(t, "iifname . ether saddr != @c_flows counter name \"n_excess_full\" drop");
	put_line(t, "}");
	put_line(t, "chain c_flow_known {");
	put_limit(t, "c_flows_known", new_flows_of(r), " name \"n_excess_sender\"");
	put_line(t, "}");
}

/* Only packets that look like DTLS: a header of 13 bytes, a version of 254.x (RFC 6347 section 4.1). */
static void put_daemon(struct text *t, const struct ruleset *r)
{
	put_line(t, "chain c_coaps {");
	put_rule(t, UNROUTED " ip saddr != 169.254.0.0/16 counter name \"n_source\" drop");
	put_rule(t, UNROUTED " ip6 saddr != fe80::/10 counter name \"n_source\" drop");
	put_rule(t, "jump c_sender");
	put_rule(t, "ct state new jump c_flow");
	put_rule(t, "udp length < 21 counter drop");
	put_rule(t, "@th,72,8 != 0xfe counter drop");
	put_rule(t, "meta nfproto ipv4 goto c_coaps4");
	put_rule(t, "goto c_coaps6");
	put_line(t, "}");
	put_flows(t, r);
	put_sender_mark(t, r);
	put_fair(t, r);
	put_speakers(t, "4", "iifname . ether saddr . ip saddr", "iifname . ip saddr");
	put_speakers(t, "6", "iifname . ether saddr . @nh,64,128", "iifname . @nh,64,128");
}

static void put_input_reach(struct text *t, const struct ruleset *r, uint8_t zone)
{
	char service[64], pass[64];

	pass_to_text(r, zone, pass);
	for (uint8_t i = 0; i < r->zones[zone].n_reach; i++) {
		if (r->zones[zone].reach[i].kind != REACH_GATEWAY)
			continue;
		service_to_text(&r->zones[zone].reach[i], "dport", service, sizeof(service));
		put_rule(t, "%s%s", service, pass);
	}
}

/*
 * Where addresses are bound, other addresses still get the pinholes: a device without an address needs them to get one.
 */
static void put_input_zone(struct text *t, const struct ruleset *r, uint8_t zone)
{
	const char *name = r->policy->zones[zone].name;
	const bool asks_address = is_bound(r, zone) && zone_reaches(r, zone, REACH_GATEWAY);

	if (asks_address) {
		put_chain(t, "c_reach_", name);
		put_input_reach(t, r, zone);
		put_line(t, "}");
	}
	put_chain(t, "c_in_", name);
	put_note_unknown(t, zone);
	put_rate(t, r, zone);
	if (asks_address) {
		put_rule(t, "meta nfproto ipv4 iifname . ether saddr . ip saddr @bound4 jump c_reach_%s", name);
		put_rule(t, "meta nfproto ipv6 iifname . ether saddr . @nh,64,128 @bound6 jump c_reach_%s", name);
	} else {
		put_input_reach(t, r, zone);
	}
	put_rule(t, "jump c_pinholes");
	put_note_refused(t, zone);
	put_rule(t, "goto c_refuse_%s", name);
	put_line(t, "}");
}

/* Enforcement rule 10. */
static void put_pinholes(struct text *t, const struct ruleset *r)
{
	(void)fputc('\n', t->out);
	put_line(t, "# Open to every device: addresses, names, time, neighbours, the operator.");
	put_line(t, "chain c_pinholes {");
	if (r->operator_port > 0)
		put_rule(t, "tcp dport %u ct state established counter accept", r->operator_port);
	put_limit(t, "c_talk", TALK_PER_SEC, "");
	put_rule(t, "icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert }"
		    " counter accept");
	put_rule(t, "icmpv6 type { mld-listener-report, mld-listener-done, mld2-listener-report }"
		    " counter accept");
	put_rule(t, "ip protocol igmp counter accept");
	put_rule(t, "udp sport 68 udp dport 67 counter accept comment \"DHCP\"");
	put_rule(t, "udp sport 546 udp dport 547 counter accept comment \"DHCPv6\"");
	put_rule(t, "meta l4proto { tcp, udp } th dport 53 counter accept comment \"DNS\"");
	put_rule(t, "udp dport 123 counter accept comment \"NTP\"");
	put_rule(t, "ct state related meta l4proto { icmp, icmpv6 } counter accept");
	put_rule(t, "icmp type echo-request counter accept");
	put_rule(t, "icmpv6 type echo-request counter accept");
	if (r->operator_port > 0)
		put_rule(t, "tcp dport %u counter accept comment \"operator\"", r->operator_port);
	put_line(t, "}");
}

/*
 * The daemon admits nobody from there, and would spend a handshake on saying so. Also where all zones are monitored: no
 * device's packets are concerned.
 */
static void put_unguarded(struct text *t, const struct ruleset *r)
{
	put_rule(t, "iifname != \"lo\" udp dport %u counter name \"n_unguarded\" drop", r->port);
}

/* The gateway is no host: it learns no route from devices, whatever their zone, monitored or open. */
static void put_no_routes(struct text *t, const struct ruleset *r)
{
	if (ruleset_only_monitors(r))
		return;
	put_rule(t, "icmp type redirect counter drop");
	put_rule(t, "icmpv6 type { nd-router-advert, nd-redirect } counter drop");
}

static void put_input_port(struct text *t, const struct ruleset *r)
{
	if (r->n_bridges == 0)
		return;
	put_line(t, "chain c_input_port {");
	put_mark_removal(t);
	put_rule(t, UNROUTED " jump c_source_input");
	put_no_routes(t, r);
	put_rule(t, COUNT_OPENED "accept");
	put_line(t, "}");
}

static void put_input(struct text *t, const struct ruleset *r)
{
	(void)fputc('\n', t->out);
	put_line(t, "# To the gateway itself: the daemon, answers to what the gateway asked,");
	put_line(t, "# what the zone reaches, and the pinholes.");
	put_base_chain(t, "input", PRIORITY);
	put_port_refusal(t, r);
	put_rule(t, "iifname @guarded udp dport %u goto c_coaps comment \"also while open\"", r->port);
	put_unguarded(t, r);
	put_from_opened_port(t, r, "goto c_input_port");
	put_rule(t, "iifname @guarded meta iiftype @opened counter name \"n_opened\" accept");
	put_rule(t, "iifname @guarded goto c_input_device");
	put_line(t, "}");
	put_line(t, "chain c_input_device {");
	put_rule(t, UNROUTED " jump c_source_input");
	put_no_routes(t, r);
	put_rule(t, "iifname @opened_alone " COUNT_OPENED "accept");
	put_rule(t, "ct direction reply ct state established counter accept");
	put_zone_lookup(t, r, "c_in_");
	put_line(t, "}");
	put_input_port(t, r);
	put_daemon(t, r);
	for (uint8_t z = 0; z < r->policy->n_zones; z++)
		put_input_zone(t, r, z);
	put_pinholes(t, r);
}

void put_inet(struct text *t, const struct ruleset *r, const struct filling *f)
{
	put_sets(t, r, f);
	put_counters(t, r);
	put_forward(t, r);
	put_input(t, r);
	put_source(t, r);
	(void)fputc('\n', t->out);
	put_line(t, "# What a zone does not let pass, and what of it is only monitored.");
	for (uint8_t z = 0; z < r->policy->n_zones; z++)
		put_refusal(t, r, z);
}
