/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is there without an admission: each interface and MAC that sent something from quarantine, for as long as UNKNOWN_SEC after its
 * last packet. An interface or port may bring so many new ones at once, and one a second, so that invented MACs of one
 * leave room for those of others; those of six fill the set. Nothing is decided by it.
 *
 * And what they were refused: protocol and port. A device may bring so many at once, and an interface, so that a scan of ports, or one
 * from many MACs, leaves room for others; those of sixty fill the set.
 */
#include "enforce/ruleset_text.h"

#include "decide/policy.h"
#include "enforce/unknown.h"

#define NEWCOMERS       1000  /* at once, of one interface or port; */
#define NEWCOMERS_LIFE  "20m" /* by then it may bring so many again, one a second */
#define PORTS           "meta l4proto { tcp, udp } "
#define TO_PORT         "iifname . ether saddr . meta l4proto . th dport"
#define TO_OTHER        "iifname . ether saddr . meta l4proto"
#define ASKED           16    /* at once, of one device; */
#define ASKED_LIFE      "90m" /* by then it may bring so many again, twelve an hour */
#define ASKED_HERE      512   /* the same of an interface or port, */
#define ASKED_HERE_LIFE "1h"  /* ten a minute */

void put_unknown_sets(struct text *t)
{
	char life[16];

	(void)snprintf(life, sizeof(life), "%us", UNKNOWN_SEC);
	(void)fputc('\n', t->out);
	put_line(t, "# Who sent something from quarantine, and how many new ones an interface may bring.");
	put_dynamic_set(t, SET_UNKNOWN, "type ifname . ether_addr", life);
	put_dynamic_set(t, "c_strangers", "type ifname", NEWCOMERS_LIFE);
	put_line(t, "# What it was refused, and how much of that a device and an interface may bring.");
	(void)snprintf(life, sizeof(life), "%us", REFUSAL_SEC);
	put_dynamic_set(t, SET_REFUSED, "type ifname . ether_addr . inet_proto . inet_service", life);
	put_dynamic_set(t, SET_REFUSED_OTHER, "type ifname . ether_addr . inet_proto", life);
	put_dynamic_set(t, "c_asked", "type ifname . ether_addr", ASKED_LIFE);
	put_dynamic_set(t, "c_asked_here", "type ifname", ASKED_HERE_LIFE);
}

void put_unknown_chain(struct text *t)
{
	put_line(t, "chain c_unknown {");
	put_rule(t, "iifname . ether saddr @" SET_UNKNOWN " update @" SET_UNKNOWN " { iifname . ether saddr } return");
	put_rule(t, "update @c_strangers { iifname limit rate over 1/second burst %u packets } return", NEWCOMERS);
	put_rule(t, "add @" SET_UNKNOWN " { iifname . ether saddr }");
	put_line(t, "}");
	put_line(t, "chain c_wanted {");
	put_rule(t, PORTS TO_PORT " @" SET_REFUSED " update @" SET_REFUSED " { " TO_PORT " } return");
	put_rule(t, TO_OTHER " @" SET_REFUSED_OTHER " update @" SET_REFUSED_OTHER " { " TO_OTHER " } return");
	put_rule(t, "update @c_asked { iifname . ether saddr limit rate over 12/hour burst %u packets } return", ASKED);
	put_rule(t, "update @c_asked_here { iifname limit rate over 10/minute burst %u packets } return", ASKED_HERE);
	put_rule(t, PORTS "add @" SET_REFUSED " { " TO_PORT " } return");
	put_rule(t, "add @" SET_REFUSED_OTHER " { " TO_OTHER " }");
	put_line(t, "}");
}

void put_note_unknown(struct text *t, uint8_t zone)
{
	if (zone == ZONE_QUARANTINE)
		put_rule(t, "jump c_unknown");
}

void put_note_refused(struct text *t, uint8_t zone)
{
	if (zone == ZONE_QUARANTINE)
		put_rule(t, "jump c_wanted");
}
