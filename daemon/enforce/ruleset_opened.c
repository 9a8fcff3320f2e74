/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an operator has opened. While the gateway is open, everything passes. An interface or port that alone is open is outside the
 * zones, but not outside the rules that protect its neighbours: source addresses, MACs and addresses that others proved, and
 * households. It reaches, and is reached from, the interfaces that are not guarded, and what is open in its household.
 *
 * The table inet sees all ports of a bridge as one interface. So the table bridge marks what comes from an open port; and what is
 * for a bridge with an open port passes the table inet with a mark that no answer has: the table bridge, which sees the port, lets it
 * out only there, whoever is monitored.
 */
#include "enforce/ruleset_text.h"

#include "enforce/kernel.h"

#define FROM_PORT "meta iiftype @opened_ports meta mark & 0x%08x == 0x%08x "

/* --- Sets --- */

/* The operator's text, without the characters that would end the quotes. */
static void put_reason(struct text *t, const char *reason)
{
	for (size_t i = 0; i < OPENING_REASON_SIZE - 1 && reason[i]; i++) {
		const unsigned char c = (unsigned char)reason[i];

		(void)fputc(c < ' ' || c == 0x7f || c == '"' || c == '\\' ? '?' : c, t->out);
	}
}

static void put_opened(struct text *t, size_t i, const char *key, const struct opening *o)
{
	put_separator(t, i, 1);
	(void)fputs(key, t->out);
	put_timeout(t, o->left_sec);
	(void)fputs(" comment \"", t->out);
	put_reason(t, o->reason);
	(void)fputc('"', t->out);
}

static void put_set(struct text *t, const char *name, const char *type)
{
	put_line(t, "set %s {", name);
	put_property(t, "type %s", type);
	put_property(t, "flags timeout");
}

static void put_gateway_set(struct text *t, const struct openings *o)
{
	size_t shown = 0;

	put_line(t, "# While `ether` is in this set, the operator keeps the gateway open.");
	put_set(t, "opened", "iface_type");
	for (size_t i = 0; i < o->n; i++)
		if (!o->list[i].alone[0] && o->list[i].left_sec > 0)
			put_opened(t, shown++, "ether", &o->list[i]);
	put_list_end(t, shown);
}

static bool is_open_alone(const struct opening *o, bool are_ports)
{
	return o->alone[0] && o->is_port == are_ports && o->left_sec > 0;
}

static void put_alone_set(struct text *t, const struct openings *o, bool are_ports)
{
	char key[IFNAMSIZ + 2];
	size_t shown = 0;

	put_line(t, "# %s that alone are open.", are_ports ? "Ports" : "Interfaces");
	put_set(t, "opened_alone", "ifname");
	for (size_t i = 0; i < o->n; i++) {
		if (!is_open_alone(&o->list[i], are_ports))
			continue;
		(void)snprintf(key, sizeof(key), "\"%s\"", o->list[i].alone);
		put_opened(t, shown++, key, &o->list[i]);
	}
	put_list_end(t, shown);
}

/* As long as the last of the ports. */
static void put_ports_set(struct text *t, const struct openings *o)
{
	uint32_t left_sec = 0;

	put_line(t, "# While `ether` is in this set, ports of bridges are open; the table bridge knows which.");
	put_set(t, "opened_ports", "iface_type");
	for (size_t i = 0; i < o->n; i++)
		if (is_open_alone(&o->list[i], true) && o->list[i].left_sec > left_sec)
			left_sec = o->list[i].left_sec;
	if (left_sec > 0) {
		put_separator(t, 0, 1);
		(void)fputs("ether", t->out);
		put_timeout(t, left_sec);
	}
	put_list_end(t, left_sec > 0);
}

void put_opened_sets(struct text *t, const struct ruleset *r, const struct filling *f, bool are_ports)
{
	static const struct openings none = { .n = 0 };
	const struct openings *o = f->openings ? f->openings : &none;

	(void)fputc('\n', t->out);
	put_gateway_set(t, o);
	put_alone_set(t, o, are_ports);
	if (!are_ports && r->n_bridges > 0)
		put_ports_set(t, o);
}

/* --- The table inet --- */

static void put_bridges_to(struct text *t, const struct ruleset *r, const char *field, const char *rest)
{
	put_bridges(t, r, field);
	(void)fprintf(t->out, "%s\n", rest);
}

/*
 * The mark is also on packets from VLANs on a bridge, and from a port that was moved to a bridge that is not guarded: there it means
 * nothing, and goes too.
 */
void put_from_opened_port(struct text *t, const struct ruleset *r, const char *verdict)
{
	char rest[192];

	if (r->n_bridges == 0)
		return;
	(void)snprintf(rest, sizeof(rest), FROM_PORT "%s", MARK_ALL, MARK_ALL, verdict);
	put_bridges_to(t, r, "iifname", rest);
	put_rule(t, FROM_PORT "meta mark set meta mark & 0x%08x", MARK_ALL, MARK_ALL, ~MARK_ALL);
}

void put_mark_removal(struct text *t)
{
	put_rule(t, "meta mark set meta mark & 0x%08x", ~MARK_ALL);
}

void put_from_opened(struct text *t)
{
	put_rule(t, "iifname @opened_alone jump c_opened");
}

/* Not to interfaces that nothing names: one may be a neighbour's that was renamed. */
void put_opened_chain(struct text *t, const struct ruleset *r)
{
	put_line(t, "chain c_opened {");
	put_rule(t, "oifname @outside " COUNT_OPENED "accept");
	put_rule(t, "oifname != @opened_alone return");
	put_same_segment(t, r, false, COUNT_OPENED "accept");
	put_line(t, "}");
}

void put_to_opened(struct text *t)
{
	put_rule(t, "oifname @opened_alone " COUNT_OPENED "accept");
}

void put_to_opened_port(struct text *t, const struct ruleset *r)
{
	char rest[128];

	if (r->n_bridges == 0 || ruleset_only_monitors(r))
		return;
	(void)snprintf(rest, sizeof(rest),
		       "meta oiftype @opened_ports meta mark set meta mark & 0x%08x | 0x%08x counter accept", ~MARK_ALL,
		       MARK_OPENED);
	put_bridges_to(t, r, "oifname", rest);
}

/* --- The table bridge --- */

/* The table inet clears the mark. It knows itself when the whole gateway is open. */
void put_opened_mark(struct text *t)
{
	put_rule(t, "iifname @opened_alone meta iiftype != @opened meta mark set meta mark | 0x%08x", MARK_ALL);
}

void put_opened_household(struct text *t, const struct ruleset *r)
{
	put_line(t, "chain c_opened {");
	put_same_segment(t, r, true, COUNT_OPENED "accept");
	put_line(t, "}");
}

/* Not for a MAC that is admitted on another port: the bridge may have learned it here from a forged frame. */
void put_answer_opened(struct text *t)
{
	put_rule(t, "oifname @opened_alone ether daddr != @placed " COUNT_OPENED "goto c_answered");
	put_rule(t,
		 "oifname @opened_alone oifname . ether daddr . ether daddr @own_mac " COUNT_OPENED "goto c_answered");
}

void put_only_opened(struct text *t)
{
	put_rule(t, "meta mark & 0x%08x == 0x%08x goto c_only_opened", MARK_ALL, MARK_OPENED);
}

void put_only_opened_chain(struct text *t)
{
	put_line(t, "chain c_only_opened {");
	put_answer_opened(t);
	put_rule(t, "counter name \"n_answer\" drop");
	put_line(t, "}");
}
