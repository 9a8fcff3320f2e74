/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is there without an admission: each interface and MAC that sent something from quarantine, for as long as UNKNOWN_SEC after its
 * last packet. An interface or port may bring so many new ones at once, and one a second, so that invented MACs of one
 * leave room for those of others; those of six fill the set. Nothing is decided by it.
 */
#include "enforce/ruleset_text.h"

#include "decide/policy.h"
#include "enforce/unknown.h"

#define NEWCOMERS      1000  /* at once, of one interface or port; */
#define NEWCOMERS_LIFE "20m" /* by then it may bring so many again, one a second */

void put_unknown_sets(struct text *t)
{
	char life[16];

	(void)snprintf(life, sizeof(life), "%us", UNKNOWN_SEC);
	(void)fputc('\n', t->out);
	put_line(t, "# Who sent something from quarantine, and how many new ones an interface may bring.");
	put_dynamic_set(t, SET_UNKNOWN, "type ifname . ether_addr", life);
	put_dynamic_set(t, "c_strangers", "type ifname", NEWCOMERS_LIFE);
}

void put_unknown_chain(struct text *t)
{
	put_line(t, "chain c_unknown {");
	put_rule(t, "iifname . ether saddr @" SET_UNKNOWN " update @" SET_UNKNOWN " { iifname . ether saddr } return");
	put_rule(t, "update @c_strangers { iifname limit rate over 1/second burst %u packets } return", NEWCOMERS);
	put_rule(t, "add @" SET_UNKNOWN " { iifname . ether saddr }");
	put_line(t, "}");
}

void put_note_unknown(struct text *t, uint8_t zone)
{
	if (zone == ZONE_QUARANTINE)
		put_rule(t, "jump c_unknown");
}
