/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which addresses a device may use towards its neighbours on a bridge. With binding "mac" these are all that it holds:
 * those that it attested from, and those that it was the first to use or to ask for, as in FCFS SAVI (RFC 6620). The
 * rules learn the latter from ARP and neighbour discovery of a device whose zone reaches its neighbours. A port and a
 * MAC have already been found to belong together (`placed`, `own_mac`), so that the MAC alone is the key.
 */
#include "enforce/ruleset_text.h"

#include "base/cleanup.h"
#include "decide/policy.h"
#include "enforce/answer.h"

/*
 * New addresses of a device: at once, and from then on. A host has a link-local address and for each prefix a stable
 * one and up to seven temporary ones (RFC 8981 section 3.8 renews one a day).
 */
#define HELD_BURST 32
#define HELD_LIFE  "6h" /* of that counter: longer than the counter needs to return to zero */

/* What names an address in a frame. The raw bits of neighbour discovery are the target of a question or an answer. */
static const struct claim {
	const char *chain, *suffix, *kind, *address; /* kind: a match, with a trailing space */
} claims[] = {
	{ "c_hold_arp", "4", "meta protocol arp ", "arp saddr ip" },
	{ "c_hold_probed", "4", "meta protocol arp ", "arp daddr ip" },
	{ "c_hold_source", "6", "", "@nh,64,128" },
	{ "c_hold_target", "6", "", "@th,64,128" },
};

static bool is_learned(const struct ruleset *r)
{
	return r->binding == BINDING_MAC;
}

/* An address stays taken a little longer than held: two devices never hold it at once. */
static void put_held_sets(struct text *t, const char *suffix, const char *held, const char *address)
{
	char name[16], life[16];

	(void)snprintf(life, sizeof(life), "%us", ANSWERED_SEC);
	(void)snprintf(name, sizeof(name), "held%s", suffix);
	put_dynamic_set(t, name, held, life);
	(void)snprintf(life, sizeof(life), "%us", ANSWERED_SEC + 1);
	(void)snprintf(name, sizeof(name), "taken%s", suffix);
	put_dynamic_set(t, name, address, life);
}

static void put_gateway_set(struct text *t, const char *name, const char *type)
{
	char life[16];

	(void)snprintf(life, sizeof(life), "%us", ANSWERED_SEC);
	put_dynamic_set(t, name, type, life);
}

void put_near_sets(struct text *t, const struct ruleset *r)
{
	(void)fputc('\n', t->out);
	put_line(t, "# The gateway's own addresses.");
	put_gateway_set(t, "gateway4", "type ipv4_addr");
	put_gateway_set(t, "gateway6", "typeof @nh,64,128");
	if (!is_learned(r))
		return;
	put_line(t,
		 "# The addresses that devices hold, beside those that they attested from; which are taken; and how");
	put_line(t, "# many each device began to use.");
	put_held_sets(t, "4", "type ether_addr . ipv4_addr", "type ipv4_addr");
	put_held_sets(t, "6", "typeof ether saddr . @nh,64,128", "typeof @nh,64,128");
	put_dynamic_set(t, "c_held", "type ether_addr", HELD_LIFE);
}

/* --- Learning --- */

/*
 * An address that another device holds or attested from, or that is the gateway's, is not learned. When two begin at
 * once, on two processors, the one that takes the only token of the element in `taken` wins. When a set is full, nothing
 * is learned.
 */
static void put_claim(struct text *t, const struct claim *c)
{
	const char *s = c->suffix, *k = c->kind, *a = c->address;

	put_line(t, "chain %s {", c->chain);
	put_rule(t, "%sether saddr . %s @held%s update @taken%s { %s } update @held%s { ether saddr . %s } return", k,
		 a, s, s, a, s, a);
	put_rule(t, "%s%s @taken%s return", k, a, s);
	put_rule(t, "%s%s @claimed%s return", k, a, s);
	put_rule(t, "%s%s @gateway%s return", k, a, s);
	put_rule(t, "update @c_held { ether saddr limit rate over 6/hour burst %u packets } return", HELD_BURST);
	put_rule(t, "%sadd @taken%s { %s limit rate over 1/day burst 1 packets } return", k, s, a);
	put_rule(t, "%s%s @taken%s add @held%s { ether saddr . %s }", k, a, s, s, a);
	put_line(t, "}");
}

/* A question whether an address is free is learned too: otherwise a neighbour could answer that it is not. */
static void put_learning(struct text *t)
{
	put_line(t, "chain c_hold {");
	put_rule(t, "meta protocol arp arp saddr ip != 0.0.0.0 goto c_hold_arp");
	put_rule(t, "meta protocol arp goto c_hold_probed");
	put_rule(t, "meta protocol ip6 icmpv6 type nd-neighbor-solicit @nh,64,128 != 0 goto c_hold_source");
	put_rule(t, "goto c_hold_target");
	put_line(t, "}");
	for (size_t i = 0; i < ARRAY_SIZE(claims); i++)
		put_claim(t, &claims[i]);
}

/* --- From port to port --- */

/* Only what the device attested from. A question whether an address is free does not claim it. */
static void put_bound_only(struct text *t)
{
	put_rule(t, "meta protocol arp arp saddr ip != 0.0.0.0 ether saddr . arp saddr ip != @own4"
		    " goto c_refused");
	put_rule(t, "meta protocol ip ether saddr . ip saddr != @own4 goto c_refused");
	put_rule(t, "meta protocol ip6 icmpv6 type nd-neighbor-advert ether saddr . @th,64,128 != @own6"
		    " goto c_refused");
	put_rule(t, "meta protocol ip6 @nh,64,128 != 0 ether saddr . @nh,64,128 != @own6 goto c_refused");
}

/* Refuses packets of this kind whose address the sender neither holds nor attested from. */
static void put_others(struct text *t, const char *kind, const char *suffix, const char *address)
{
	put_rule(t, "%s ether saddr . %s != @held%s ether saddr . %s != @own%s goto c_refused", kind, address, suffix,
		 address, suffix);
}

/*
 * In ARP and neighbour discovery, what it holds or attested from. In other packets, what nobody else does: a device is
 * heard before it is asked for.
 */
static void put_held(struct text *t)
{
	put_rule(t, "meta protocol arp arp saddr ip @gateway4 goto c_refused");
	put_rule(t, "meta protocol ip ip saddr @gateway4 goto c_refused");
	put_rule(t, "meta protocol ip6 icmpv6 type nd-neighbor-advert @th,64,128 @gateway6 goto c_refused");
	put_rule(t, "meta protocol ip6 @nh,64,128 @gateway6 goto c_refused");
	put_rule(t, "meta protocol arp jump c_hold");
	put_rule(t, "meta protocol ip6 icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } jump c_hold");
	put_others(t, "meta protocol arp arp saddr ip != 0.0.0.0", "4", "arp saddr ip");
	put_others(t, "meta protocol ip ip saddr @taken4", "4", "ip saddr");
	put_others(t, "meta protocol ip6 icmpv6 type nd-neighbor-advert", "6", "@th,64,128");
	put_others(t, "meta protocol ip6 icmpv6 type nd-neighbor-solicit @nh,64,128 != 0", "6", "@nh,64,128");
	put_others(t, "meta protocol ip6 @nh,64,128 @taken6", "6", "@nh,64,128");
}

/*
 * `meta protocol`, not `ether type`: on a bridge that filters VLANs, frames have a tag here, and `ether type` is the
 * tag's.
 */
void put_neighbour(struct text *t, const struct ruleset *r)
{
	put_line(t, "chain c_neighbour {");
	if (is_learned(r))
		put_held(t);
	else
		put_bound_only(t);
	put_line(t, "}");
	put_line(t, "chain c_refused {");
	put_zone_lookup(t, r, "c_refuse_");
	put_line(t, "}");
	if (is_learned(r))
		put_learning(t);
}

/* --- The gateway's own addresses --- */

/*
 * The gateway's ARP and neighbour discovery name them, before any device can use one: whoever asks for the gateway gets
 * such an answer, and a new IPv6 address begins with such a question. What a device attested from is not the gateway's: a
 * proxy (proxy_arp, proxy_ndp) answers for others.
 */
void put_gateway_addresses(struct text *t)
{
	put_rule(t, "meta protocol arp arp saddr ip != 0.0.0.0 arp saddr ip != @claimed4 update @gateway4 { arp saddr "
		    "ip }");
	put_rule(t, "meta protocol ip6 icmpv6 type nd-neighbor-advert @th,64,128 != @claimed6 update @gateway6 { "
		    "@th,64,128 }");
	put_rule(t, "meta protocol ip6 icmpv6 type nd-neighbor-solicit @nh,64,128 0 @th,64,128 != @claimed6 update "
		    "@gateway6 { @th,64,128 }");
	put_rule(t, "meta protocol ip6 icmpv6 type { nd-neighbor-solicit, nd-router-advert } @nh,64,128 != 0"
		    " @nh,64,128 != @claimed6 update @gateway6 { @nh,64,128 }");
}
