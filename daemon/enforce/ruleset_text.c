/* SPDX-License-Identifier: Apache-2.0 */
/* Lines, sets and the chains that both tables have, and what these need from a ruleset. Calls no other ruleset*.c. */
#include "enforce/ruleset_text.h"

#include <netinet/in.h>
#include <stdarg.h>
#include <string.h>

#include "base/cleanup.h"
#include "decide/policy.h"
#include "enforce/kernel.h"

#define SEC_PER_DAY 86400

__attribute__((format(printf, 3, 0))) static void put_indented(struct text *t, const char *indent, const char *format,
							       va_list ap)
{
	(void)fputs(indent, t->out);
	(void)vfprintf(t->out, format, ap);
	(void)fputc('\n', t->out);
}

void put_line(struct text *t, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put_indented(t, "\t", format, ap);
	va_end(ap);
}

void put_property(struct text *t, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put_indented(t, "\t\t", format, ap);
	va_end(ap);
}

void put_rule(struct text *t, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put_indented(t, "\t\t", format, ap);
	va_end(ap);
	t->n_rules++;
}

void put_base_chain(struct text *t, const char *hook, const char *priority)
{
	put_line(t, "chain c_%s {", hook);
	put_property(t, "type filter hook %s priority %s; policy accept;", hook, priority);
}

void put_chain(struct text *t, const char *prefix, const char *name)
{
	put_line(t, "chain %s%s {", prefix, name);
}

/* --- Lists --- */

void put_separator(struct text *t, size_t i, size_t per_line)
{
	if (i == 0)
		(void)fputs("\t\telements = {\n\t\t\t", t->out);
	else
		(void)fputs(i % per_line == 0 ? ",\n\t\t\t" : ", ", t->out);
}

void put_list_end(struct text *t, size_t n)
{
	if (n > 0)
		(void)fputs("\n\t\t}\n", t->out);
	put_line(t, "}");
}

bool is_pattern(const char *name)
{
	const size_t n = strnlen(name, IFNAMSIZ);

	return n > 0 && name[n - 1] == '*';
}

bool interface_matches(const char *pattern, const char *name)
{
	if (is_pattern(pattern))
		return strncmp(pattern, name, strlen(pattern) - 1) == 0;
	return strcmp(pattern, name) == 0;
}

static void members_add(struct members *m, const char *name)
{
	if (m->n == MEMBERS_MAX)
		return;
	m->names[m->n++] = name;
	m->has_pattern = m->has_pattern || is_pattern(name);
}

static void members_add_all(struct members *m, const char (*names)[IFNAMSIZ], size_t n)
{
	for (size_t i = 0; i < n; i++)
		members_add(m, names[i]);
}

static bool members_cover(const struct members *m, const char *name)
{
	for (size_t i = 0; i < m->n; i++)
		if (interface_matches(m->names[i], name))
			return true;
	return false;
}

static void put_member_set(struct text *t, const char *set, const struct members *m)
{
	put_line(t, "set %s {", set);
	put_property(t, "type ifname");
	if (m->has_pattern)
		put_property(t, "flags interval");
	for (size_t i = 0; i < m->n; i++) {
		put_separator(t, i, 6);
		(void)fprintf(t->out, "\"%s\"", m->names[i]);
	}
	put_list_end(t, m->n);
}

void put_interfaces(struct text *t, const char *set, const char (*names)[IFNAMSIZ], size_t n)
{
	struct members m = { .n = 0 };

	members_add_all(&m, names, n);
	put_member_set(t, set, &m);
}

/* An interface of several servers, or one that is also an uplink or trusted, is listed once. */
void put_outside(struct text *t, const struct ruleset *r)
{
	struct members m = { .n = 0 };

	members_add_all(&m, r->uplinks, r->n_uplinks);
	members_add_all(&m, r->trusted, r->n_trusted);
	for (size_t i = 0; i < r->n_servers; i++)
		if (!members_cover(&m, r->servers[i].interface))
			members_add(&m, r->servers[i].interface);
	put_member_set(t, "outside", &m);
}

void put_excepted(struct text *t, const struct ruleset *r)
{
	struct members m = { .n = 0 };

	for (size_t b = 0; b < r->n_bridges; b++)
		members_add_all(&m, r->bridges[b].excepted, r->bridges[b].n_excepted);
	members_add_all(&m, r->trusted, r->n_trusted);
	put_member_set(t, "excepted", &m);
}

/* A name or pattern that a port's pattern matches is a port. */
static bool is_port(const struct ruleset *r, const char *name)
{
	for (size_t b = 0; b < r->n_bridges; b++)
		for (size_t p = 0; p < r->bridges[b].n_ports; p++)
			if (interface_matches(r->bridges[b].ports[p], name))
				return true;
	return false;
}

void members_of(const struct ruleset *r, const struct segment *segment, bool are_ports, struct members *ret)
{
	ret->n = 0;
	ret->has_pattern = false;
	for (size_t i = 0; i < segment->n_interfaces; i++)
		if (is_port(r, segment->interfaces[i]) == are_ports)
			members_add(ret, segment->interfaces[i]);
}

void put_pairs(struct text *t, const struct ruleset *r, bool are_ports)
{
	struct members m;
	size_t n = 0;

	put_line(t, "set same_segment {");
	put_property(t, "type ifname . ifname");
	for (size_t s = 0; s < r->n_segments; s++) {
		members_of(r, &r->segments[s], are_ports, &m);
		for (size_t i = 0; i < m.n * m.n && !m.has_pattern; i++) {
			put_separator(t, n++, 4);
			(void)fprintf(t->out, "\"%s\" . \"%s\"", m.names[i / m.n], m.names[i % m.n]);
		}
	}
	put_list_end(t, n);
}

void put_members(struct text *t, const struct members *members)
{
	(void)fputs("{ ", t->out);
	for (size_t i = 0; i < members->n; i++)
		(void)fprintf(t->out, "%s\"%s\"", i > 0 ? ", " : "", members->names[i]);
	(void)fputs(" }", t->out);
}

void put_bridges(struct text *t, const struct ruleset *r, const char *field)
{
	(void)fprintf(t->out, "\t\t%s { ", field);
	for (size_t b = 0; b < r->n_bridges; b++)
		(void)fprintf(t->out, "%s\"%s\"", b > 0 ? ", " : "", r->bridges[b].name);
	(void)fputs(" } ", t->out);
	t->n_rules++;
}

void put_same_segment(struct text *t, const struct ruleset *r, bool are_ports, const char *verdict)
{
	struct members m;

	put_rule(t, "iifname . oifname @same_segment %s", verdict);
	for (size_t s = 0; s < r->n_segments; s++) {
		members_of(r, &r->segments[s], are_ports, &m);
		if (!m.has_pattern)
			continue;
		(void)fputs("\t\tiifname ", t->out);
		put_members(t, &m);
		(void)fputs(" oifname ", t->out);
		put_members(t, &m);
		(void)fprintf(t->out, " %s\n", verdict);
		t->n_rules++;
	}
}

/* --- Sets and counters of zones --- */

/* nft reads at most eight digits of seconds, and a timeout of 0 would mean none. */
void put_timeout(struct text *t, uint32_t timeout_sec)
{
	uint32_t sec = timeout_sec > 0 ? timeout_sec : 1;

	(void)fputs(" timeout ", t->out);
	if (sec >= SEC_PER_DAY)
		(void)fprintf(t->out, "%ud", sec / SEC_PER_DAY);
	if (sec % SEC_PER_DAY > 0)
		(void)fprintf(t->out, "%us", sec % SEC_PER_DAY);
}

static void put_entries(struct text *t, const struct filling *f, size_t set)
{
	char key[KEY_TEXT_SIZE];
	size_t shown = 0;

	for (size_t i = 0; i < f->n; i++) {
		if (f->entries[i].set != set)
			continue;
		put_separator(t, shown++, 1);
		(void)fputs(entry_key_to_text(&f->sets, &f->entries[i], key), t->out);
		put_timeout(t, f->entries[i].timeout_sec);
	}
	put_list_end(t, shown);
}

void put_admissions(struct text *t, const struct ruleset *r, const struct filling *f, int family)
{
	(void)fputc('\n', t->out);
	put_line(t, "# Admissions: which device is on which port, for how long. The kernel ends them itself.");
	put_line(t, "# A device that is in the set of no zone is in quarantine.");
	for (size_t i = 0; i < f->sets.n; i++) {
		const struct nft_set *set = &f->sets.list[i];

		if (set->family != family)
			continue;
		put_line(t, "set %s {", set->name);
		put_property(t, "%s", set_type(set));
		put_property(t, "size %u", r->set_size);
		put_property(t, "flags timeout");
		put_property(t, "timeout 1m");
		put_property(t, "gc-interval 10s");
		put_entries(t, f, i);
	}
}

void put_dynamic_set(struct text *t, const char *name, const char *type, const char *timeout)
{
	put_line(t, "set %s {", name);
	put_property(t, "%s", type);
	put_property(t, "size %u", SOURCES_MAX);
	put_property(t, "flags dynamic,timeout");
	put_property(t, "timeout %s", timeout);
	put_line(t, "}");
}

void put_limit_set(struct text *t, const char *prefix, const char *name)
{
	char set[ZONE_NAME_SIZE + 16];

	(void)snprintf(set, sizeof(set), "%s%s", prefix, name);
	put_dynamic_set(t, set, "type ifname . ether_addr", "10s");
}

void put_rate_sets(struct text *t, const struct ruleset *r)
{
	for (uint8_t z = 0; z < r->policy->n_zones; z++)
		if (r->zones[z].packets_per_sec > 0)
			put_limit_set(t, "c_rate_", r->policy->zones[z].name);
}

void put_counter(struct text *t, const char *name)
{
	put_line(t, "counter %s { }", name);
}

void put_zone_counters(struct text *t, const struct ruleset *r)
{
	static const char *const what[] = { "passed", "dropped", "monitored" };
	char name[ZONE_NAME_SIZE + 16];

	for (uint8_t z = 0; z < r->policy->n_zones; z++)
		for (size_t i = 0; i < ARRAY_SIZE(what); i++) {
			(void)snprintf(name, sizeof(name), "n_%s_%s", r->policy->zones[z].name, what[i]);
			put_counter(t, name);
		}
}

/* --- Speakers --- */

/*
 * SPEAKS: how long a speaker stays noted after its last datagram. SPOKEN: how long its address stays taken; longer, so
 * that another cannot begin while the former speaker is still noted. SPOKE: how long a returning speaker is still
 * recognised; longer still, and only valid when no other speaker has begun since: BEGUN records that until SPOKE has
 * ended.
 */
#define SPEAKS "10s"
#define SPOKEN "10s100ms"
#define SPOKE  "11s"
#define BEGUN  "2s" /* more than SPOKE has beyond SPOKEN, and less than SPEAKS */

void put_speaker_sets(struct text *t, const char *suffix, const char *type, const char *spoken_type)
{
	const struct {
		const char *name, *type, *timeout;
	} sets[] = {
		{ "speaks", type, SPEAKS },
		{ "spoken", spoken_type, SPOKEN },
		{ "spoke", type, SPOKE },
		{ "begun", spoken_type, BEGUN },
	};
	char name[16];

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", sets[i].name, suffix);
		put_dynamic_set(t, name, sets[i].type, sets[i].timeout);
	}
}

/* The address is extended first, so that no other speaker begins while this one is being extended. */
static void put_speaking(struct text *t, const char *suffix, const char *speaker, const char *spoken)
{
	put_chain(t, "c_speaks", suffix);
	put_rule(t, "update @spoken%s { %s }", suffix, spoken);
	put_rule(t, "%s != @speaks%s %s @begun%s counter name \"n_speaker\" drop", speaker, suffix, spoken, suffix);
	put_rule(t, "update @speaks%s { %s } update @spoke%s { %s }", suffix, speaker, suffix, speaker);
	put_rule(t, "counter accept");
	put_line(t, "}");
}

/*
 * When two begin at once, on two processors, the one that takes the only token of the element in `spoken` wins. If a
 * set is full, there is no speaker, and nothing passes.
 */
void put_speakers(struct text *t, const char *suffix, const char *speaker, const char *spoken)
{
	put_chain(t, "c_coaps", suffix);
	put_rule(t, "%s @speaks%s goto c_speaks%s", speaker, suffix, suffix);
	put_rule(t, "%s @spoke%s %s @spoken%s %s != @begun%s goto c_speaks%s", speaker, suffix, spoken, suffix, spoken,
		 suffix, suffix);
	put_rule(t, "%s @spoken%s counter name \"n_speaker\" drop", spoken, suffix);
	put_rule(t, "update @begun%s { %s }", suffix, spoken);
	put_rule(t, "add @spoken%s { %s limit rate over 1/day burst 1 packets } counter name \"n_speaker\" drop",
		 suffix, spoken);
	put_rule(t, "%s @spoken%s %s @begun%s add @speaks%s { %s } add @spoke%s { %s } counter accept", spoken, suffix,
		 spoken, suffix, suffix, speaker, suffix, speaker);
	put_rule(t, "counter drop");
	put_line(t, "}");
	put_speaking(t, suffix, speaker, spoken);
}

/* --- Chains of zones --- */

void service_to_text(const struct reach *reach, const char *port, char *ret, size_t size)
{
	const char *protocol = reach->protocol == IPPROTO_TCP ? "tcp" : "udp";

	if (reach->protocol == 0 && reach->port == 0)
		ret[0] = '\0';
	else if (reach->protocol == 0)
		(void)snprintf(ret, size, "meta l4proto { tcp, udp } th %s %u ", port, reach->port);
	else if (reach->port == 0)
		(void)snprintf(ret, size, "meta l4proto %s ", protocol);
	else
		(void)snprintf(ret, size, "%s %s %u ", protocol, port, reach->port);
}

bool zone_reaches(const struct ruleset *r, uint8_t zone, enum reach_kind kind)
{
	for (uint8_t i = 0; i < r->zones[zone].n_reach; i++)
		if (r->zones[zone].reach[i].kind == kind)
			return true;
	return false;
}

bool ruleset_only_monitors(const struct ruleset *r)
{
	for (uint8_t z = 0; z < r->policy->n_zones; z++)
		if (!r->zones[z].is_monitored)
			return false;
	return r->policy->n_zones > 0;
}

void put_zone_lookup(struct text *t, const struct ruleset *r, const char *prefix)
{
	for (uint8_t z = ZONE_QUARANTINE + 1; z < r->policy->n_zones; z++)
		put_rule(t, "iifname . ether saddr @z_%s goto %s%s", r->policy->zones[z].name, prefix,
			 r->policy->zones[z].name);
	put_rule(t, "goto %s%s", prefix, r->policy->zones[ZONE_QUARANTINE].name);
}

void put_rate(struct text *t, const struct ruleset *r, uint8_t zone)
{
	const char *name = r->policy->zones[zone].name;
	const uint32_t per_sec = r->zones[zone].packets_per_sec;

	if (per_sec > 0)
		put_rule(t,
			 "update @c_rate_%s { iifname . ether saddr limit rate over %u/second burst %u packets }"
			 " goto c_refuse_%s",
			 name, per_sec, 2 * per_sec, name);
}

void put_would_drop(struct text *t, const char *counter)
{
	if (counter[0])
		put_rule(t, "counter name \"%s\"", counter);
	put_rule(t, "limit rate 1/second log prefix \"hallmark would drop: \"");
	put_rule(t, "accept");
}

void put_refusal(struct text *t, const struct ruleset *r, uint8_t zone)
{
	const char *name = r->policy->zones[zone].name;
	char counter[ZONE_NAME_SIZE + 16];

	(void)snprintf(counter, sizeof(counter), "n_%s_monitored", name);
	put_chain(t, "c_refuse_", name);
	if (r->zones[zone].is_monitored) {
		put_would_drop(t, counter);
		put_line(t, "}");
		return;
	}
	put_rule(t, "iifname . ether saddr @monitored goto c_monitor_%s", name);
	put_rule(t, "counter name \"n_%s_dropped\" drop", name);
	put_line(t, "}");
	put_chain(t, "c_monitor_", name);
	put_would_drop(t, counter);
	put_line(t, "}");
}
