/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An admitted device that has moved to another port of a bridge. While its MAC is heard on its own port, frames with it
 * from other ports are dropped. When it has been silent there, another port may send what a device needs to attest, to
 * the gateway alone: the handshake proves who it is. The bridge learns from these frames, so that the answers arrive;
 * therefore the number of such attempts is limited for each MAC, and what is for the device leaves only by its own port.
 */
#include "enforce/ruleset_text.h"

#define ALIVE  "10s" /* silent for so long: as long as a speaker to the daemon is noted */
#define MOVING "60s" /* of one attempt: a handshake and evidence of a slow device */
#define MOVES  6     /* attempts at once, and in an hour */
#define LIFE   "2h"  /* of their counter: longer than it needs to return to zero */

void put_moved_sets(struct text *t)
{
	(void)fputc('\n', t->out);
	put_line(t,
		 "# MACs that are heard on their own port; those that another port may use to attest; their attempts.");
	put_dynamic_set(t, "alive", "type ether_addr", ALIVE);
	put_dynamic_set(t, "moving", "type ifname . ether_addr . ether_addr", MOVING);
	put_dynamic_set(t, "c_moves", "type ether_addr", LIFE);
}

/* Nothing that the gateway would forward: there the device's zone would count. */
void put_moved(struct text *t, const struct ruleset *r)
{
	put_line(t, "chain c_moved {");
	put_rule(t, "iifname @excepted goto c_layer2");
	put_rule(t, "ether saddr @alive goto c_layer2");
	put_rule(t, "meta protocol arp goto c_moving");
	put_rule(t, "meta protocol ip ip daddr @gateway4 udp dport { 67, %u } goto c_moving", r->port);
	put_rule(t, "meta protocol ip ip daddr 255.255.255.255 udp dport 67 goto c_moving");
	put_rule(t, "meta protocol ip6 @nh,192,128 @gateway6 udp dport %u goto c_moving", r->port);
	put_rule(t, "meta protocol ip6 ip6 daddr ff02::1:2 udp dport 547 goto c_moving");
	put_rule(t, "meta protocol ip6 @nh,192,128 @gateway6 icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert }"
		    " goto c_moving");
	put_rule(t, "meta protocol ip6 ip6 daddr ff02::/16"
		    " icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } goto c_moving");
	put_rule(t, "goto c_layer2");
	put_line(t, "}");
	put_line(t, "chain c_moving {");
	put_rule(t, "iifname . ether saddr . ether saddr @moving goto c_own_address");
	put_rule(t, "update @c_moves { ether saddr limit rate over %u/hour burst %u packets } goto c_layer2", MOVES,
		 MOVES);
	put_rule(t, "add @moving { iifname . ether saddr . ether saddr }");
	put_rule(t, "iifname . ether saddr . ether saddr @moving goto c_own_address");
	put_rule(t, "goto c_layer2");
	put_line(t, "}");
}

#define ELSEWHERE "ether daddr @placed oifname . ether daddr . ether daddr != @own_mac "

/* From a port; also what a bridge that does not know the MAC's port sends to all. */
void put_only_own_port(struct text *t)
{
	put_rule(t, ELSEWHERE "goto c_elsewhere");
}

/* From the gateway, to which a device that attests elsewhere must be able to talk. */
void put_answer_moved(struct text *t)
{
	put_rule(t, ELSEWHERE "goto c_to_moved");
}

void put_to_moved(struct text *t, const struct ruleset *r)
{
	put_line(t, "chain c_to_moved {");
	put_rule(t, "meta protocol arp accept");
	put_rule(t,
		 "meta protocol ip6 icmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept");
	put_rule(t, "udp sport { 67, 547, %u } accept", r->port);
	put_rule(t, "goto c_elsewhere");
	put_line(t, "}");
	put_line(t, "chain c_elsewhere {");
	if (ruleset_only_monitors(r))
		put_would_drop(t, "");
	else
		put_rule(t, "counter drop");
	put_line(t, "}");
}
