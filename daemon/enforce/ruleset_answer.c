/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers to devices. The rules cannot see which MAC will get a packet towards a device, only its address. So they note
 * the addresses that each device sends from (`from4`, `from6`), and the zones in which these get answers (`at_ZONE4`,
 * `at_ZONE6`). When a device moves to another zone, kernel_answer.c moves its addresses.
 *
 * On a bridge, the holder of an address may be behind another port than the device that sends from it, and in another
 * zone. There, the table inet only sets the packet's mark to the zones that allow the answer; the table bridge sees
 * which device gets it.
 */
#include "enforce/answer.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/address.h"
#include "base/bytes.h"
#include "base/cleanup.h"
#include "decide/policy.h"
#include "enforce/ruleset_text.h"

#define NEW_BURST 256  /* new addresses that a device may use at once; then one a minute */
#define NEW_LIFE  "5h" /* of that counter: longer than the counter needs to return to zero */

#define MARK_ZONES (MARK_ALL & ~MARK_ANSWER)

_Static_assert(ZONES_MAX <= 8, "a bit for each zone except quarantine");

static const struct family {
	const char *suffix, *nfproto, *address, *type;
} families[] = {
	{ "4", "ipv4", "ip saddr", "ipv4_addr" },
	{ "6", "ipv6", "ip6 saddr", "ipv6_addr" },
};

bool zone_is_answered(const struct ruleset *r, uint8_t zone)
{
	return zone != ZONE_QUARANTINE && (r->zones[zone].is_monitored || zone_reaches(r, zone, REACH_INTERNET) ||
					   zone_reaches(r, zone, REACH_HOST));
}

/* --- Sets --- */

static void put_address_set(struct text *t, const struct ruleset *r, const char *name, const char *key,
			    const struct family *f)
{
	const uint32_t size = r->set_size < UINT32_MAX / 4 ? 4 * r->set_size : UINT32_MAX;

	put_line(t, "set %s%s {", name, f->suffix);
	put_property(t, "type %s . %s", key, f->type);
	put_property(t, "size %u", size > SOURCES_MAX ? size : SOURCES_MAX);
	put_property(t, "flags dynamic,timeout");
	put_property(t, "timeout %us", ANSWERED_SEC);
	put_line(t, "}");
}

void put_answer_sets(struct text *t, const struct ruleset *r)
{
	char name[ZONE_NAME_SIZE + 16];

	(void)fputc('\n', t->out);
	put_line(t, "# The addresses that devices send from, and the zone in which each gets answers.");
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		put_address_set(t, r, "from", "ifname . ether_addr", &families[i]);
		put_address_set(t, r, "watched", "ifname", &families[i]);
		for (uint8_t z = 0; z < r->policy->n_zones; z++) {
			if (!zone_is_answered(r, z))
				continue;
			(void)snprintf(name, sizeof(name), "at_%s", r->policy->zones[z].name);
			put_address_set(t, r, name, "ifname", &families[i]);
		}
	}
	put_dynamic_set(t, "c_addresses", "type ifname . ether_addr", NEW_LIFE);
}

/* --- Packets from devices --- */

/* New addresses are rate-limited, so that no device can fill the sets. */
static void put_note(struct text *t, const char *set, const char *over)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		const struct family *f = &families[i];

		put_rule(t,
			 "meta nfproto %s iifname . ether saddr . %s != @from%s"
			 " update @c_addresses { iifname . ether saddr limit rate over 1/minute burst %u packets } %s",
			 f->nfproto, f->address, f->suffix, NEW_BURST, over);
		put_rule(t,
			 "meta nfproto %s update @from%s { iifname . ether saddr . %s } update @%s%s { iifname . %s }",
			 f->nfproto, f->suffix, f->address, set, f->suffix, f->address);
	}
}

void put_note_sender(struct text *t, const struct ruleset *r, uint8_t zone)
{
	char set[ZONE_NAME_SIZE + 16], over[ZONE_NAME_SIZE + 32];

	if (!zone_is_answered(r, zone))
		return;
	(void)snprintf(set, sizeof(set), "at_%s", r->policy->zones[zone].name);
	(void)snprintf(over, sizeof(over), "goto c_refuse_%s", r->policy->zones[zone].name);
	put_note(t, set, over);
}

void put_note_watched(struct text *t)
{
	put_line(t, "chain c_watched {");
	put_note(t, "watched", "return");
	put_line(t, "}");
}

/* --- Packets to devices --- */

/*
 * The zone's reach in the other direction. An ICMP error comes from a router on the path; conntrack knows the flow that
 * it belongs to.
 */
static void put_from_host(struct text *t, const struct reach *reach, const char *verdict)
{
	const char *family = reach->family == AF_INET6 ? "ip6" : "ip";
	char service[64], flow[96] = "";

	service_to_text(reach, "sport", service, sizeof(service));
	if (reach->protocol != 0)
		(void)snprintf(flow, sizeof(flow), "ct reply protocol %s ",
			       reach->protocol == IPPROTO_TCP ? "tcp" : "udp");
	if (reach->port != 0)
		(void)snprintf(flow + strlen(flow), sizeof(flow) - strlen(flow), "ct reply proto-src %u ", reach->port);
	put_rule(t, "%s saddr %s %s%s", family, reach->host, service, verdict);
	put_rule(t, "ct state related meta l4proto { icmp, icmpv6 } ct reply %s saddr %s %s%s", family, reach->host,
		 flow, verdict);
}

static void put_what_answers(struct text *t, const struct ruleset *r, uint8_t zone, const char *verdict)
{
	for (uint8_t i = 0; i < r->zones[zone].n_reach; i++) {
		if (r->zones[zone].reach[i].kind == REACH_INTERNET)
			put_rule(t, "iifname @uplinks %s", verdict);
		else if (r->zones[zone].reach[i].kind == REACH_HOST)
			put_from_host(t, &r->zones[zone].reach[i], verdict);
	}
}

static void put_to_zone(struct text *t, const struct ruleset *r, uint8_t zone)
{
	put_chain(t, "c_to_", r->policy->zones[zone].name);
	if (r->zones[zone].is_monitored) {
		put_rule(t, "counter accept");
	} else {
		put_what_answers(t, r, zone, "counter accept");
		put_rule(t, "counter drop");
	}
	put_line(t, "}");
}

static uint32_t mark_of(uint8_t zone)
{
	return 1U << (24 + zone - 1);
}

static void put_mark_zone(struct text *t, const struct ruleset *r, uint8_t zone)
{
	char verdict[64];

	(void)snprintf(verdict, sizeof(verdict), "meta mark set meta mark | 0x%08x return", mark_of(zone));
	put_chain(t, "c_mark_", r->policy->zones[zone].name);
	if (r->zones[zone].is_monitored)
		put_rule(t, "%s", verdict);
	else
		put_what_answers(t, r, zone, verdict);
	put_line(t, "}");
}

/*
 * All zones in which the address gets answers, as several devices may have sent from it. Where quarantine is monitored, everybody gets
 * the answer, an open port too.
 */
static void put_answer_bridge(struct text *t, const struct ruleset *r)
{
	put_line(t, "chain c_answer_bridge {");
	put_rule(t, "meta mark set meta mark & 0x%08x | 0x%08x", ~MARK_ALL, MARK_ANSWER);
	for (uint8_t z = 0; z < r->policy->n_zones; z++) {
		const char *name = r->policy->zones[z].name;

		if (!zone_is_answered(r, z))
			continue;
		put_rule(t, "oifname . ip daddr @at_%s4 jump c_mark_%s", name, name);
		put_rule(t, "oifname . ip6 daddr @at_%s6 jump c_mark_%s", name, name);
	}
	put_rule(t, "meta mark & 0x%08x != 0 counter accept", MARK_ZONES);
	put_rule(t, "oifname . ip daddr @watched4 counter accept");
	put_rule(t, "oifname . ip6 daddr @watched6 counter accept");
	if (!r->zones[ZONE_QUARANTINE].is_monitored)
		put_rule(t, "meta oiftype @opened_ports meta mark set meta mark & 0x%08x | 0x%08x counter accept",
			 ~MARK_ALL, MARK_OPENED);
	put_rule(t, "goto c_to_%s", r->policy->zones[ZONE_QUARANTINE].name);
	put_line(t, "}");
	for (uint8_t z = 0; z < r->policy->n_zones; z++)
		if (zone_is_answered(r, z))
			put_mark_zone(t, r, z);
}

static void put_is_to_bridge(struct text *t, const struct ruleset *r)
{
	put_bridges(t, r, "oifname");
	(void)fputs("goto c_answer_bridge\n", t->out);
}

void put_answers(struct text *t, const struct ruleset *r)
{
	put_line(t, "chain c_answer {");
	if (ruleset_only_monitors(r)) {
		put_rule(t, "counter accept");
		put_line(t, "}");
		return;
	}
	if (r->n_bridges > 0)
		put_is_to_bridge(t, r);
	put_rule(t, "oifname . ip daddr @watched4 counter accept");
	put_rule(t, "oifname . ip6 daddr @watched6 counter accept");
	for (uint8_t z = 0; z < r->policy->n_zones; z++) {
		const char *name = r->policy->zones[z].name;

		if (!zone_is_answered(r, z))
			continue;
		put_rule(t, "oifname . ip daddr @at_%s4 goto c_to_%s", name, name);
		put_rule(t, "oifname . ip6 daddr @at_%s6 goto c_to_%s", name, name);
	}
	put_rule(t, "goto c_to_%s", r->policy->zones[ZONE_QUARANTINE].name);
	put_line(t, "}");
	for (uint8_t z = 0; z < r->policy->n_zones; z++)
		if (z == ZONE_QUARANTINE || zone_is_answered(r, z))
			put_to_zone(t, r, z);
	if (r->n_bridges > 0)
		put_answer_bridge(t, r);
}

/* --- To a port of a bridge --- */

/* For a zone that reaches nothing through the gateway, nothing is marked. A MAC in no zone is in quarantine. */
static void put_answered_port(struct text *t, const struct ruleset *r, uint8_t zone)
{
	const char *name = r->policy->zones[zone].name;

	if (r->zones[zone].is_monitored)
		put_rule(t, "oifname . ether daddr @z_%s goto c_answered", name);
	else if (zone_is_answered(r, zone))
		put_rule(t, "oifname . ether daddr @z_%s meta mark & 0x%08x != 0 goto c_answered", name, mark_of(zone));
	if (r->zones[ZONE_QUARANTINE].is_monitored && !r->zones[zone].is_monitored)
		put_rule(t, "oifname . ether daddr @z_%s counter name \"n_answer\" drop", name);
}

static void put_answered(struct text *t, const struct ruleset *r)
{
	put_line(t, "chain c_answer {");
	put_answer_opened(t);
	put_rule(t, "oifname . ether daddr @monitored goto c_answered");
	for (uint8_t z = ZONE_QUARANTINE + 1; z < r->policy->n_zones; z++)
		put_answered_port(t, r, z);
	if (r->zones[ZONE_QUARANTINE].is_monitored)
		put_rule(t, "goto c_answered");
	else
		put_rule(t, "counter name \"n_answer\" drop");
	put_line(t, "}");
	put_line(t, "chain c_answered {");
	put_rule(t, "meta mark set meta mark & 0x%08x counter accept", ~MARK_ALL);
	put_line(t, "}");
}

/* Where all zones are only monitored the table inet marks nothing; the gateway's addresses are needed all the same. */
void put_output(struct text *t, const struct ruleset *r)
{
	const bool are_marked = !ruleset_only_monitors(r);

	(void)fputc('\n', t->out);
	put_line(t, "# From the gateway to a port.");
	if (are_marked) {
		put_line(t, "# The table inet marked each answer with the zones that may get it: it passes only to a");
		put_line(t, "# device in one of these zones. The marks are cleared again.");
	}
	put_base_chain(t, "output", "filter - 5");
	put_gateway_addresses(t);
	put_rule(t, "meta oiftype @opened counter name \"n_opened\" accept");
	if (are_marked) {
		put_only_opened(t);
		put_rule(t, "meta mark & 0x%08x != 0 goto c_answer", MARK_ANSWER);
	}
	put_answer_moved(t);
	put_line(t, "}");
	put_to_moved(t, r);
	if (are_marked) {
		put_only_opened_chain(t);
		put_answered(t, r);
	}
}

/* --- Addresses known when the tables are loaded --- */

#define EVERY_ZONE   ZONES_MAX       /* the sets with MACs */
#define WATCHED_ONES (ZONES_MAX + 1) /* monitored devices, whatever their zone */

static bool is_in_set(const struct sender *s, uint8_t set, bool is_mapped)
{
	if (IN6_IS_ADDR_V4MAPPED(&s->address) != is_mapped)
		return false;
	return set == EVERY_ZONE || (set == WATCHED_ONES ? s->is_monitored : s->zone == set);
}

static void put_sender(FILE *out, const struct sender *s, bool has_mac)
{
	char address[INET6_ADDRSTRLEN], mac[MAC_TEXT_SIZE];

	(void)fprintf(out, "\"%s\" . ", s->interface);
	if (has_mac)
		(void)fprintf(out, "%s . ", mac_to_text(s->mac, mac));
	(void)fputs(address_to_text(&s->address, address), out);
}

static void put_senders(FILE *out, const char *name, uint8_t set, const struct sender *senders, size_t n)
{
	for (size_t f = 0; f < ARRAY_SIZE(families); f++) {
		size_t shown = 0;

		for (size_t i = 0; i < n; i++) {
			if (!is_in_set(&senders[i], set, f == 0))
				continue;
			if (shown++ == 0)
				(void)fprintf(out, "add element inet " TABLE_NAME " %s%s { ", name, families[f].suffix);
			else
				(void)fputs(",\n\t", out);
			put_sender(out, &senders[i], set == EVERY_ZONE);
		}
		if (shown > 0)
			(void)fputs(" }\n", out);
	}
}

void answers_render(const struct ruleset *r, const struct sender *senders, size_t n, FILE *out)
{
	char name[ZONE_NAME_SIZE + 16];

	put_senders(out, "from", EVERY_ZONE, senders, n);
	put_senders(out, "watched", WATCHED_ONES, senders, n);
	for (uint8_t z = 0; z < r->policy->n_zones; z++) {
		if (!zone_is_answered(r, z))
			continue;
		(void)snprintf(name, sizeof(name), "at_%s", r->policy->zones[z].name);
		put_senders(out, name, z, senders, n);
	}
}
