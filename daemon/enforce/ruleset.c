/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Renders the table as text that an operator can read. Loading it is kernel.c's; what may be
 * configured is judged in config/config.c. Names are checked once more here, because a quote in one
 * would be a rule of somebody else's.
 */
#include "enforce/ruleset.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"

#define TALK_PER_SEC 100   /* packets of a device to the pinholes: busy DNS is below 20 */
#define SOURCES_MAX  65535 /* sources that the limits remember, of 10 s: about 8 MB when full */
#define SEC_PER_DAY  86400

/* The text as it grows. A rule is one line, and counted. */
struct text {
	FILE *out;
	size_t n_rules;
};

__attribute__((format(printf, 3, 0))) static void put_indented(struct text *t, const char *indent, const char *format,
							       va_list ap)
{
	(void)fputs(indent, t->out);
	(void)vfprintf(t->out, format, ap);
	(void)fputc('\n', t->out);
}

/* A line within the table: a comment, or where a set or chain begins or ends. */
__attribute__((format(printf, 2, 3))) static void put_line(struct text *t, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put_indented(t, "\t", format, ap);
	va_end(ap);
}

/* A property of a set. */
__attribute__((format(printf, 2, 3))) static void put_property(struct text *t, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put_indented(t, "\t\t", format, ap);
	va_end(ap);
}

__attribute__((format(printf, 2, 3))) static void put_rule(struct text *t, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put_indented(t, "\t\t", format, ap);
	va_end(ap);
	t->n_rules++;
}

void ruleset_done(struct ruleset *r)
{
	for (size_t i = 0; i < r->n_segments; i++)
		free(r->segments[i].interfaces);
	free(r->segments);
	free(r->guarded);
	free(r->uplinks);
	*r = (struct ruleset){ 0 };
}

static bool is_name(const char *name, size_t max)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	size_t n = strnlen(name, max + 1);

	return n > 0 && n <= max && strspn(name, allowed) == n;
}

bool interface_name_is_valid(const char *name)
{
	return is_name(name, IFNAMSIZ - 1) && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static bool names_are_valid(const char (*names)[IFNAMSIZ], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!interface_name_is_valid(names[i]))
			return false;
	return true;
}

static bool host_is_valid(const struct reach *reach)
{
	return strnlen(reach->host, sizeof(reach->host)) < sizeof(reach->host) && reach->host[0] != '\0' &&
	       reach->host[strspn(reach->host, "0123456789abcdefABCDEF.:/")] == '\0';
}

static bool ruleset_is_valid(const struct ruleset *r)
{
	if (r->policy->n_zones == 0 || r->policy->n_zones > ZONES_MAX)
		return false;
	for (uint8_t z = 0; z < r->policy->n_zones; z++) {
		if (!is_name(r->policy->zones[z].name, ZONE_NAME_SIZE - 1) || r->n_reach[z] > REACH_MAX)
			return false;
		for (uint8_t i = 0; i < r->n_reach[z]; i++)
			if (r->reach[z][i].kind == REACH_HOST && !host_is_valid(&r->reach[z][i]))
				return false;
	}
	for (size_t s = 0; s < r->n_segments; s++)
		if (!names_are_valid(r->segments[s].interfaces, r->segments[s].n_interfaces))
			return false;
	return names_are_valid(r->guarded, r->n_guarded) && names_are_valid(r->uplinks, r->n_uplinks);
}

void zone_set_name(const struct policy *policy, uint8_t zone, char ret[static SET_NAME_SIZE])
{
	(void)snprintf(ret, SET_NAME_SIZE, "z_%s", policy->zones[zone].name);
}

/* What stands before item i of a list: the bracket or a comma, and a new line now and then. */
static void put_separator(struct text *t, size_t i, size_t per_line)
{
	if (i == 0)
		(void)fputs("\t\telements = {\n\t\t\t", t->out);
	else
		(void)fputs(i % per_line == 0 ? ",\n\t\t\t" : ", ", t->out);
}

static void put_list_end(struct text *t, size_t n)
{
	if (n > 0)
		(void)fputs("\n\t\t}\n", t->out);
	put_line(t, "}");
}

static void put_interfaces(struct text *t, const char *set, const char (*names)[IFNAMSIZ], size_t n)
{
	put_line(t, "set %s {", set);
	put_property(t, "type ifname");
	for (size_t i = 0; i < n; i++) {
		put_separator(t, i, 6);
		(void)fprintf(t->out, "\"%s\"", names[i]);
	}
	put_list_end(t, n);
}

static void put_segments(struct text *t, const struct ruleset *r)
{
	size_t n = 0;

	put_line(t, "set same_segment {");
	put_property(t, "type ifname . ifname");
	for (size_t s = 0; s < r->n_segments; s++) {
		const struct segment *segment = &r->segments[s];
		size_t pairs = segment->n_interfaces * segment->n_interfaces;

		for (size_t i = 0; i < pairs; i++) {
			put_separator(t, n++, 4);
			(void)fprintf(t->out, "\"%s\" . \"%s\"", segment->interfaces[i / segment->n_interfaces],
				      segment->interfaces[i % segment->n_interfaces]);
		}
	}
	put_list_end(t, n);
}

/* nft reads at most eight digits of seconds, and a timeout of 0 would not be one. */
static void put_timeout(struct text *t, uint32_t timeout_sec)
{
	uint32_t sec = timeout_sec > 0 ? timeout_sec : 1;

	(void)fputs(" timeout ", t->out);
	if (sec >= SEC_PER_DAY)
		(void)fprintf(t->out, "%ud", sec / SEC_PER_DAY);
	if (sec % SEC_PER_DAY > 0)
		(void)fprintf(t->out, "%us", sec % SEC_PER_DAY);
}

static void put_admissions(struct text *t, const struct element *elements, size_t n, uint8_t zone)
{
	size_t shown = 0;

	for (size_t i = 0; i < n; i++) {
		const uint8_t *mac = elements[i].mac;

		if (elements[i].zone != zone)
			continue;
		put_separator(t, shown++, 1);
		(void)fprintf(t->out, "\"%s\" . %02x:%02x:%02x:%02x:%02x:%02x", elements[i].interface, mac[0], mac[1],
			      mac[2], mac[3], mac[4], mac[5]);
		put_timeout(t, elements[i].timeout_sec);
	}
	put_list_end(t, shown);
}

static void put_device_set(struct text *t, const char *set, uint32_t size, const char *flags)
{
	put_line(t, "set %s {", set);
	put_property(t, "type ifname . ether_addr");
	put_property(t, "size %u", size);
	put_property(t, "%s", flags);
}

static void put_zone_sets(struct text *t, const struct ruleset *r, const struct element *elements, size_t n)
{
	(void)fputc('\n', t->out);
	put_line(t, "# Admissions: who is on which port, for how long. The kernel forgets by itself.");
	put_line(t, "# A device that is in no set is in quarantine.");
	for (uint8_t z = ZONE_QUARANTINE + 1; z < r->policy->n_zones; z++) {
		char set[SET_NAME_SIZE];

		zone_set_name(r->policy, z, set);
		put_device_set(t, set, r->set_size, "flags timeout");
		put_property(t, "timeout 1m");
		put_property(t, "gc-interval 10s");
		put_admissions(t, elements, n, z);
	}
}

static void put_limit_set(struct text *t, const char *set)
{
	put_device_set(t, set, SOURCES_MAX, "flags dynamic,timeout");
	put_property(t, "timeout 10s");
	put_line(t, "}");
}

static void put_sets(struct text *t, const struct ruleset *r, const struct element *elements, size_t n)
{
	put_line(t, "# Interfaces with devices behind them, the ways out, the pairs of one household.");
	put_interfaces(t, "guarded", r->guarded, r->n_guarded);
	put_interfaces(t, "uplinks", r->uplinks, r->n_uplinks);
	put_segments(t, r);
	put_zone_sets(t, r, elements, n);
	(void)fputc('\n', t->out);
	put_line(t, "# What each device sent lately: new flows to the daemon, packets to pinholes.");
	put_limit_set(t, "c_flows");
	put_limit_set(t, "c_talk");
}

/* Drops what is over a source's rate. A full set lets pass: the daemon's cookies hold without it. */
static void put_limit(struct text *t, const char *match, const char *set, uint32_t per_sec)
{
	put_rule(t,
		 "%supdate @%s { iifname . ether saddr limit rate over %u/second burst %u packets }"
		 " counter drop",
		 match, set, per_sec, 2 * per_sec);
}

/* The protocol and port of a reach, as a match with a space behind it. */
static void service_to_text(const struct reach *reach, char *ret, size_t size)
{
	const char *protocol = reach->protocol == IPPROTO_TCP ? "tcp" : "udp";

	if (reach->protocol == 0 && reach->port == 0)
		ret[0] = '\0';
	else if (reach->protocol == 0)
		(void)snprintf(ret, size, "meta l4proto { tcp, udp } th dport %u ", reach->port);
	else if (reach->port == 0)
		(void)snprintf(ret, size, "meta l4proto %s ", protocol);
	else
		(void)snprintf(ret, size, "%s dport %u ", protocol, reach->port);
}

static void put_forward_reach(struct text *t, const struct reach *reach)
{
	char service[64];

	switch (reach->kind) {
	case REACH_INTERNET:
		put_rule(t, "oifname @uplinks counter accept");
		break;
	case REACH_SEGMENT:
		put_rule(t, "iifname . oifname @same_segment counter accept");
		break;
	case REACH_HOST:
		service_to_text(reach, service, sizeof(service));
		put_rule(t, "oifname != @guarded %s daddr %s %scounter accept",
			 reach->family == AF_INET6 ? "ip6" : "ip", reach->host, service);
		break;
	case REACH_GATEWAY: /* never forwarded */
	case REACH_NONE:
		break;
	}
}

static void put_input_reach(struct text *t, const struct reach *reach)
{
	char service[64];

	if (reach->kind != REACH_GATEWAY)
		return;
	service_to_text(reach, service, sizeof(service));
	put_rule(t, "%scounter accept", service);
}

/* For every packet, so that a device that loses its zone loses it at the next packet. */
static void put_zone_lookup(struct text *t, const struct ruleset *r, const char *prefix)
{
	for (uint8_t z = ZONE_QUARANTINE + 1; z < r->policy->n_zones; z++) {
		char set[SET_NAME_SIZE];

		zone_set_name(r->policy, z, set);
		put_rule(t, "iifname . ether saddr @%s goto %s%s", set, prefix, r->policy->zones[z].name);
	}
	put_rule(t, "goto %s%s", prefix, r->policy->zones[ZONE_QUARANTINE].name);
}

static void put_base_chain(struct text *t, const char *hook)
{
	put_line(t, "chain c_%s {", hook);
	put_property(t, "type filter hook %s priority filter - 5; policy accept;", hook);
}

static void put_forward_zone(struct text *t, const struct ruleset *r, uint8_t zone)
{
	put_line(t, "chain c_fwd_%s {", r->policy->zones[zone].name);
	for (uint8_t i = 0; i < r->n_reach[zone]; i++)
		put_forward_reach(t, &r->reach[zone][i]);
	put_rule(t, "counter drop");
	put_line(t, "}");
}

static void put_forward(struct text *t, const struct ruleset *r)
{
	(void)fputc('\n', t->out);
	put_line(t, "# Through the gateway. What a device sends is judged by its zone alone;");
	put_line(t, "# towards devices only answers pass.");
	put_base_chain(t, "forward");
	put_rule(t, "iifname @guarded goto c_from_device");
	put_rule(t, "oifname @guarded goto c_to_device");
	put_line(t, "}");
	put_line(t, "chain c_from_device {");
	put_zone_lookup(t, r, "c_fwd_");
	put_line(t, "}");
	for (uint8_t z = 0; z < r->policy->n_zones; z++)
		put_forward_zone(t, r, z);
	put_line(t, "chain c_to_device {");
	put_rule(t, "ct state established,related counter accept");
	put_rule(t, "counter drop");
	put_line(t, "}");
}

/* Only what looks like DTLS: 13 bytes of header, a version of 254.x (RFC 6347 section 4.1). */
static void put_daemon(struct text *t, const struct ruleset *r)
{
	uint32_t per_sec = r->new_flows_per_sec > 0 ? r->new_flows_per_sec : 1;

	put_line(t, "chain c_coaps {");
	put_limit(t, "ct state new ", "c_flows", per_sec);
	put_rule(t, "udp length >= 21 @th,72,8 0xfe counter accept");
	put_rule(t, "counter drop");
	put_line(t, "}");
}

static void put_input_zone(struct text *t, const struct ruleset *r, uint8_t zone)
{
	put_line(t, "chain c_in_%s {", r->policy->zones[zone].name);
	for (uint8_t i = 0; i < r->n_reach[zone]; i++)
		put_input_reach(t, &r->reach[zone][i]);
	put_rule(t, "goto c_pinholes");
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
	put_limit(t, "", "c_talk", TALK_PER_SEC);
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
	put_rule(t, "counter drop");
	put_line(t, "}");
}

static void put_input(struct text *t, const struct ruleset *r)
{
	(void)fputc('\n', t->out);
	put_line(t, "# To the gateway itself: the daemon, answers to what the gateway asked,");
	put_line(t, "# what the zone reaches, and the pinholes.");
	put_base_chain(t, "input");
	put_rule(t, "iifname @guarded goto c_input_device");
	put_line(t, "}");
	put_line(t, "chain c_input_device {");
	put_rule(t, "udp dport %u goto c_coaps", r->port);
	put_rule(t, "ct direction reply ct state established counter accept");
	put_zone_lookup(t, r, "c_in_");
	put_line(t, "}");
	put_daemon(t, r);
	for (uint8_t z = 0; z < r->policy->n_zones; z++)
		put_input_zone(t, r, z);
	put_pinholes(t, r);
}

/* The declaration from the first set on: all that the digest covers. */
static void put_body(struct text *t, const struct ruleset *r, const struct element *elements, size_t n)
{
	put_sets(t, r, elements, n);
	put_forward(t, r);
	put_input(t, r);
}

static int render_to_memory(const struct ruleset *r, char **ret_body, size_t *ret_n, size_t *ret_rules)
{
	struct text t = { .out = open_memstream(ret_body, ret_n) };
	bool failed;

	if (!t.out)
		return -ENOMEM;
	put_body(&t, r, NULL, 0);
	failed = ferror(t.out) != 0;
	if (fclose(t.out) != 0 || failed)
		return -ENOMEM;

	*ret_rules = t.n_rules;
	return 0;
}

static int digest_and_count(const struct ruleset *r, uint8_t ret_digest[static SHA256_LEN], size_t *ret_rules)
{
	_cleanup_free_ char *body = NULL;
	size_t n = 0;
	int q;

	if (!ruleset_is_valid(r))
		return -EINVAL;
	q = render_to_memory(r, &body, &n, ret_rules);
	if (q < 0)
		return q;
	return digest_sha256(bytes_of(body, n), ret_digest);
}

int ruleset_digest(const struct ruleset *r, uint8_t ret[static SHA256_LEN])
{
	size_t rules;

	return digest_and_count(r, ret, &rules);
}

int ruleset_mark(const struct ruleset *r, struct ruleset_mark *ret)
{
	static const char prefix[] = "sha256:";
	uint8_t digest[SHA256_LEN];
	size_t rules;
	int q = digest_and_count(r, digest, &rules);

	if (q < 0)
		return q;
	memcpy(ret->comment, prefix, sizeof(prefix));
	bytes_to_hex(BYTES(digest), ret->comment + sizeof(prefix) - 1);
	ret->n_rules = rules;
	return 0;
}

static bool elements_are_valid(const struct ruleset *r, const struct element *elements, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!interface_name_is_valid(elements[i].interface) || elements[i].zone >= r->policy->n_zones)
			return false;
	return true;
}

int ruleset_render(const struct ruleset *r, const struct element *elements, size_t n, FILE *out)
{
	struct text t = { .out = out };
	struct ruleset_mark mark;
	int q = ruleset_mark(r, &mark);

	if (q < 0)
		return q;
	if (!elements_are_valid(r, elements, n))
		return -EINVAL;

	(void)fprintf(out,
		      "# The table of hallmarkd, replaced as a whole. No other table is touched, and an\n"
		      "# accept here is not final: the gateway's other chains still judge the packet.\n"
		      "table inet " TABLE_NAME " {}\ndelete table inet " TABLE_NAME "\n"
		      "table inet " TABLE_NAME " {\n\tcomment \"%s\"\n\n",
		      mark.comment);
	put_body(&t, r, elements, n);
	(void)fputs("}\n", out);
	return fflush(out) != 0 || ferror(out) ? -EIO : 0;
}
