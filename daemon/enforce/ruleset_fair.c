/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams to the daemon: what one sender may use up of others' service, and the mark by which the daemon tells senders
 * apart. A sender is a MAC at an interface, or at a port of a bridge. The table bridge does this for ports, because the
 * table inet sees all ports of a bridge as one interface.
 */
#include "enforce/ruleset_text.h"

#include "base/sender_mark.h"
#include "enforce/kernel.h"

#define SENDER  "iifname . ether saddr"
#define BY_PORT "counter name \"n_excess_port\" drop"
#define BY_ONE  "counter name \"n_excess_sender\" drop"
#define BY_FULL "counter name \"n_excess_full\" drop"

#define KNOWN_PER_SEC     50 /* of a known sender, at least: a handshake is a dozen, evidence and answer another */
#define SENDER_PER_SEC    20 /* of a new one, at least; with the burst of twice that it attests without loss */
#define SENDERS_OF_A_PORT 20 /* that a port's rate for new senders is enough for */

uint32_t new_flows_of(const struct ruleset *r)
{
	return r->new_flows_per_sec > 0 ? r->new_flows_per_sec : 1;
}

/* Whoever raises the number of flows, as for a router with devices behind it, raises this too. */
static uint32_t sender_rate_of(const struct ruleset *r)
{
	return 2 * new_flows_of(r) > SENDER_PER_SEC ? 2 * new_flows_of(r) : SENDER_PER_SEC;
}

/* A sender that becomes known may not lose by it. */
static uint32_t known_rate_of(const struct ruleset *r)
{
	return sender_rate_of(r) > KNOWN_PER_SEC ? sender_rate_of(r) : KNOWN_PER_SEC;
}

/*
 * The daemon fills `known`. `c_new` has the new senders that were heard lately, with the rate of each; `c_newcomers` the
 * rate of all new senders of a port.
 */
void put_fair_sets(struct text *t, const struct ruleset *r)
{
	(void)fputc('\n', t->out);
	put_line(t, "# From where evidence with an accepted chain came within a day; and rates of datagrams to the "
		    "daemon.");
	put_line(t, "set " SET_KNOWN " {");
	put_property(t, "type ifname . ether_addr");
	put_property(t, "size %u", r->set_size);
	put_property(t, "flags timeout");
	put_property(t, "timeout 1d");
	put_property(t, "gc-interval 1m");
	put_line(t, "}");
	put_limit_set(t, "c_", "known");
	put_limit_set(t, "c_", "new");
	put_dynamic_set(t, "c_newcomers", "type ifname", "10s");
}

void put_fair_counters(struct text *t)
{
	put_counter(t, "n_excess_sender");
	put_counter(t, "n_excess_port");
	put_counter(t, "n_excess_full");
}

/*
 * Known senders have a rate of their own, and need no share of the port's. The others first have their own rate, so that
 * a loud one does not use up the port's. A sender that was not heard lately is noted only within the port's rate: a port
 * that invents MACs must not fill the set that all ports share. When a set is full, new senders are dropped.
 */
void put_fair(struct text *t, const struct ruleset *r)
{
	const uint32_t rate = sender_rate_of(r), port_rate = SENDERS_OF_A_PORT * rate, known_rate = known_rate_of(r);

	put_line(t, "chain c_fair {");
	put_rule(t, SENDER " @" SET_KNOWN " goto c_fair_known");
	put_rule(t, SENDER " @c_new update @c_new { " SENDER " limit rate over %u/second burst %u packets } " BY_ONE,
		 rate, 2 * rate);
	put_rule(t, "update @c_newcomers { iifname limit rate over %u/second burst %u packets } " BY_PORT, port_rate,
		 2 * port_rate);
	put_rule(t, "iifname != @c_newcomers " BY_FULL);
	put_rule(t, SENDER " != @c_new update @c_new { " SENDER " limit rate over %u/second burst %u packets } " BY_ONE,
		 rate, 2 * rate);
	put_rule(t, SENDER " != @c_new " BY_FULL);
	put_line(t, "}");
	put_line(t, "chain c_fair_known {");
	put_rule(t, "update @c_known { " SENDER " limit rate over %u/second burst %u packets } " BY_ONE, known_rate,
		 2 * known_rate);
	put_line(t, "}");
}

/* --- Marks --- */

static unsigned bit_of(unsigned i)
{
	return 1U << (SENDER_MARK_PORT_SHIFT + i);
}

static bool is_port_bit(unsigned i)
{
	return SENDER_MARK_PORT_MAX >> i & 1;
}

/*
 * The number of the interface or port, bit by bit: nft cannot join two values that it does not know when it reads the
 * rules. `field` is where it goes.
 */
static void put_port_number(struct text *t, const char *field)
{
	for (unsigned i = 0; is_port_bit(i); i++)
		put_rule(t, "iif & 0x%x == 0x%x %s set %s | 0x%08x", 1U << i, 1U << i, field, field, bit_of(i));
	put_rule(t, SENDER " @" SET_KNOWN " %s set %s | 0x%08x", field, field, SENDER_MARK_KNOWN);
}

/*
 * Says in the packet's priority from which port it is: its mark would be used by the gateway's routing rules. Only what
 * is forwarded after this needs its priority again.
 */
void put_port_tag(struct text *t)
{
	put_line(t, "chain c_tag {");
	put_rule(t, "meta priority set 0");
	put_port_number(t, "meta priority");
	put_line(t, "}");
}

/* Ports of all bridges are tagged, guarded or not. The kernel writes its own priority into forwarded IPv4 packets. */
void put_tag_removal(struct text *t, const struct ruleset *r)
{
	if (r->n_bridges > 0)
		put_rule(t, "meta nfproto ipv6 udp dport %u meta priority set 0", r->port);
}

/* On a bridge the table bridge has said which port it is, and has applied the rates. */
void put_sender_mark(struct text *t, const struct ruleset *r)
{
	put_line(t, "chain c_sender {");
	if (r->sender_seed)
		put_rule(t, "meta mark set jhash ether saddr mod %u seed 0x%08x", 1U << SENDER_MARK_MAC_BITS,
			 r->sender_seed);
	else
		put_rule(t, "meta mark set jhash ether saddr mod %u", 1U << SENDER_MARK_MAC_BITS);
	if (r->n_bridges > 0) {
		put_bridges(t, r, "iifname");
		(void)fputs("goto c_sender_port\n", t->out);
	}
	put_rule(t, "jump c_fair");
	put_port_number(t, "meta mark");
	put_line(t, "}");
	if (r->n_bridges == 0)
		return;
	put_line(t, "chain c_sender_port {");
	for (unsigned i = 0; is_port_bit(i); i++)
		put_rule(t, "meta priority & 0x%08x == 0x%08x meta mark set meta mark | 0x%08x", bit_of(i), bit_of(i),
			 bit_of(i));
	put_rule(t, "meta priority & 0x%08x == 0x%08x meta mark set meta mark | 0x%08x", SENDER_MARK_KNOWN,
		 SENDER_MARK_KNOWN, SENDER_MARK_KNOWN);
	put_line(t, "}");
}
