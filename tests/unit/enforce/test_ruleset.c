/* SPDX-License-Identifier: Apache-2.0 */
/* links: enforce decide base */
/*
 * The rendered tables against golden files (HALLMARK_GOLDEN=write renews them), and nft's opinion of them in a network
 * namespace of our own.
 */
#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "base/bytes.h"
#include "decide/policy.h"
#include "enforce/membership.h"
#include "enforce/ruleset.h"
#include "ruleset_kit.h"

#define HOUSEHOLDS 4096

static const struct element in_apartment[] = {
	{ .interface = "hh101a", .mac = { 2, 0, 0, 0, 0, 1 }, .zone = 1, .timeout_sec = 60 },
	{ .interface = "hh102.7", .mac = { 2, 0, 0, 0, 0, 2 }, .zone = 2, .timeout_sec = 86400 * 30 + 5 },
	{ .interface = "hh101b", .mac = { 2, 0, 0, 0, 0, 3 }, .zone = 1, .timeout_sec = 86400, .monitored_sec = 3600 },
	{ .interface = "hh101b", .mac = { 2, 0, 0, 0, 0, 4 }, .zone = ZONE_QUARANTINE, .timeout_sec = 60 },
	{ .interface = "hh101b", .mac = { 2, 0, 0, 0, 0, 5 }, .zone = 1, .timeout_sec = 0 },
	{ .interface = "hh101b", .mac = { 2, 0, 0, 0, 0, 6 }, .zone = 1, .timeout_sec = UINT32_MAX },
};

/* The last two share a MAC: what is about the MAC alone stands once. */
static struct element on_bridge[] = {
	{ .interface = "br0", .port = "port1", .mac = { 2, 0, 0, 0, 0, 1 }, .zone = 1, .timeout_sec = 60 },
	{ .interface = "br0", .port = "tap7", .mac = { 2, 0, 0, 0, 0, 2 }, .zone = 2, .timeout_sec = 90 },
	{ .interface = "lan0", .mac = { 2, 0, 0, 0, 0, 3 }, .zone = 1, .timeout_sec = 70 },
	{ .interface = "br0", .port = "port3", .mac = { 2, 0, 0, 0, 0, 4 }, .monitored_sec = 500 },
	{ .interface = "br0", .port = "tap8", .mac = { 2, 0, 0, 0, 0, 2 }, .zone = 1, .timeout_sec = 30 },
};

static const struct opening opening = { .left_sec = 1800, .reason = "a \"leak\" in 101; Kim\n" };

static void compare_golden(const char *name, const char *text)
{
	static char golden[65536];
	const char *how = getenv("HALLMARK_GOLDEN");
	char path[64];

	(void)snprintf(path, sizeof(path), "tests/unit/golden/%s.nft", name);
	if (how && strcmp(how, "write") == 0) {
		_cleanup_fclose_ FILE *out = fopen(path, "we");

		assert_non_null(out);
		assert_true(fputs(text, out) >= 0);
		return;
	}

	_cleanup_fclose_ FILE *in = fopen(path, "re");

	assert_non_null(in);
	golden[fread(golden, 1, sizeof(golden) - 1, in)] = '\0';
	assert_string_equal(text, golden);
}

/* All texts, each with the name of its golden file. */
enum { TEXTS = 7 };
static const char *const text_names[TEXTS] = { "home", "apartment", "bridge", "monitor", "binding", "partly", "shut" };
static char *texts[TEXTS];

static char *render_once(struct ruleset r, const struct element *elements, size_t n, const struct opening *o)
{
	char *text = render_open(&r, elements, n, o);

	ruleset_done(&r);
	return text;
}

static char *render_shut(void)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	assert_int_equal(ruleset_render_shut(out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static int set_up(void **state)
{
	(void)state;
	on_bridge[0].address4.s_addr = htonl(0xc0000207);
	on_bridge[0].address6 = address6("fe80::1");
	on_bridge[1].address6 = address6("2001:db8::2");
	on_bridge[2].address4.s_addr = htonl(0xc0000209);
	texts[0] = render_once(home(), NULL, 0, NULL);
	texts[1] = render_once(apartment(), in_apartment, ARRAY_SIZE(in_apartment), NULL);
	texts[2] = render_once(bridged(), on_bridge, ARRAY_SIZE(on_bridge), NULL);
	texts[3] = render_once(watched(), NULL, 0, &opening);
	texts[4] = render_once(bound(), on_bridge, ARRAY_SIZE(on_bridge), NULL);
	texts[5] = render_once(partly_watched(), NULL, 0, NULL);
	texts[6] = render_shut();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEXTS; i++)
		free(texts[i]);
	return 0;
}

static void test_golden(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEXTS; i++)
		compare_golden(text_names[i], texts[i]);
}

/* What nft says of a text, in the namespace that main() made. */
static bool nft_accepts(const char *text)
{
	FILE *nft = popen("nft -c -f - >/dev/null 2>&1", "w");

	assert_non_null(nft);
	(void)fputs(text, nft);
	return pclose(nft) == 0;
}

static bool has_namespace;

static void test_nft_accepts(void **state)
{
	(void)state;
	if (!has_namespace)
		skip();
	for (size_t i = 0; i < TEXTS; i++) {
		_cleanup_free_ char *broken = strdup(texts[i]);

		if (!nft_accepts(texts[i]))
			fail_msg("nft refuses %s", text_names[i]);
		assert_non_null(broken);
		*strstr(broken, "accept") = 'X'; /* in the comment: no harm */
		assert_true(nft_accepts(broken));
		*strstr(broken, "policy") = 'X';
		assert_false(nft_accepts(broken));
	}
}

/* A large complex: each household has two interfaces of its own. */
static void test_many_households(void **state)
{
	struct ruleset r = home();
	char(*names)[IFNAMSIZ] = calloc(HOUSEHOLDS, sizeof(*names));

	(void)state;
	assert_non_null(names);
	for (size_t i = 0; i < HOUSEHOLDS; i++)
		(void)snprintf(names[i], IFNAMSIZ, "hh%zu", i);
	free(r.guarded);
	r.guarded = names;
	r.n_guarded = HOUSEHOLDS;
	for (size_t i = 0; i < HOUSEHOLDS; i += 2)
		add_segment(&r, NAMES(names[i], names[i + 1]), 2);
	add_reach(&r, 1, (struct reach){ .kind = REACH_SEGMENT });

	_cleanup_free_ char *text = render(&r, NULL, 0);

	assert_non_null(strstr(text, "\"hh4094\" . \"hh4095\""));
	assert_null(strstr(text, "\"hh4093\" . \"hh4094\""));
	if (has_namespace)
		assert_true(nft_accepts(text));
	ruleset_done(&r);
}

/* Renders what made() gives with one thing changed; the digest must differ from that of the unchanged one. */
#define CHANGES(made, statement)                                                                                       \
	do {                                                                                                           \
		struct ruleset r = made();                                                                             \
		uint8_t other[SHA256_LEN];                                                                             \
		statement;                                                                                             \
		assert_int_equal(ruleset_digest(&r, other), 0);                                                        \
		assert_memory_not_equal(digest, other, SHA256_LEN);                                                    \
		ruleset_done(&r);                                                                                      \
	} while (0)

static void digest_of(struct ruleset (*made)(void), uint8_t ret[static SHA256_LEN])
{
	struct ruleset first = made(), second = made();
	uint8_t again[SHA256_LEN];

	assert_int_equal(ruleset_digest(&first, ret), 0);
	assert_int_equal(ruleset_digest(&second, again), 0);
	assert_memory_equal(ret, again, SHA256_LEN);
	ruleset_done(&first);
	ruleset_done(&second);
}

/* No two chains of a table have one name. */
static bool chains_are_distinct(const char *text)
{
	const char *bridge = strstr(text, "\ntable bridge hallmark {\n\tcomment");

	for (const char *at = strstr(text, "\tchain "); at; at = strstr(at + 1, "\tchain ")) {
		const char *end = strchr(at, '\n') + 1, *again;
		_cleanup_free_ char *line = strndup(at, (size_t)(end - at));

		assert_non_null(line);
		again = strstr(end, line);
		if (again && (at < bridge) == (again < bridge))
			return false;
	}
	return true;
}

/* Names of zones are in names of chains. */
static void test_zone_names(void **state)
{
	static const char *const names[] = { "device", "bridge", "answer", "segment", "source", "unnamed", "forward" };
	struct policy p = policy;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *text = NULL;
		struct ruleset r = bridged();

		r.policy = &p;
		r.zones[ZONE_QUARANTINE].is_monitored = true;
		(void)snprintf(p.zones[1].name, sizeof(p.zones[1].name), "%s", names[i]);
		text = render_once(r, NULL, 0, NULL);
		if (!chains_are_distinct(text) || (has_namespace && !nft_accepts(text)))
			fail_msg("a zone cannot be called \"%s\"", names[i]);
	}
}

/* What tells senders apart may be made by somebody else; it makes no other tables. */
static void test_seed_of_senders(void **state)
{
	struct ruleset r = apartment();
	uint8_t digest[SHA256_LEN], seeded[SHA256_LEN];

	(void)state;
	assert_int_equal(ruleset_digest(&r, digest), 0);
	r.sender_seed = 0x1234abcd;
	assert_int_equal(ruleset_digest(&r, seeded), 0);
	assert_memory_equal(digest, seeded, SHA256_LEN);

	_cleanup_free_ char *text = render(&r, NULL, 0);

	assert_non_null(strstr(text, "meta mark set jhash ether saddr mod 262144 seed 0x1234abcd\n"));
	if (has_namespace)
		assert_true(nft_accepts(text));
	ruleset_done(&r);
}

static void test_digest(void **state)
{
	uint8_t digest[SHA256_LEN];
	struct policy renamed = policy, fewer = policy;

	(void)state;
	digest_of(apartment, digest);
	(void)strcpy(renamed.zones[1].name, "treasured");
	fewer.n_zones = 2;

	CHANGES(apartment, r.policy = &renamed);
	CHANGES(apartment, r.policy = &fewer);
	CHANGES(apartment, r.port = 5685);
	CHANGES(apartment, r.operator_port = 2222);
	CHANGES(apartment, r.operator_port = 0);
	CHANGES(apartment, r.new_flows_per_sec = 21);
	CHANGES(apartment, r.set_size = 4097);
	CHANGES(apartment, r.zones[1].packets_per_sec = 2001);
	CHANGES(apartment, r.zones[0].packets_per_sec = 1);
	CHANGES(apartment, r.zones[2].is_monitored = true);
	CHANGES(apartment, r.binding = BINDING_IP);
	CHANGES(apartment, r.guarded[0][0] = 'x');
	CHANGES(apartment, r.n_guarded = 3);
	CHANGES(apartment, r.uplinks[1][0] = 'x');
	CHANGES(apartment, r.n_uplinks = 1);
	CHANGES(apartment, r.segments[0].interfaces[1][0] = 'x');
	CHANGES(apartment, r.segments[0].n_interfaces = 1);
	CHANGES(apartment, r.segments[2].interfaces[0][6] = '5');
	CHANGES(apartment, r.servers[0].interface[0] = 'x');
	CHANGES(apartment, r.servers[0].host.host[0] = '2');
	CHANGES(apartment, r.servers[0].services[1].port = 5684);
	CHANGES(apartment, r.servers[0].n_segments = 1);
	CHANGES(apartment, r.servers[1].n_services = 0);
	CHANGES(apartment, r.trusted[0][2] = '1');
	CHANGES(apartment, r.n_trusted = 1);
	CHANGES(apartment, r.zones[1].n_reach = 3);
	CHANGES(apartment, r.zones[1].reach[0].kind = REACH_SEGMENT);
	CHANGES(apartment, r.zones[1].reach[2].protocol = IPPROTO_TCP);
	CHANGES(apartment, r.zones[1].reach[2].port = 5354);
	CHANGES(apartment, r.zones[2].reach[0].host[0] = '1');
	CHANGES(apartment, r.zones[2].reach[0].family = AF_INET6);
}

/* What only the second table shows. */
static void test_digest_of_bridge(void **state)
{
	uint8_t digest[SHA256_LEN];

	(void)state;
	digest_of(bridged, digest);
	CHANGES(bridged, r.bridges[0].ports[3][0] = 'x'); /* what a household's port is, too */
	CHANGES(bridged, r.bridges[0].n_ports = 3);
	CHANGES(bridged, r.bridges[0].excepted[0][0] = 'x');
	CHANGES(bridged, r.bridges[0].n_excepted = 0);
	CHANGES(bridged, r.segments[0].interfaces[1][4] = '3');
	CHANGES(bridged, r.segments[1].n_interfaces = 0);
}

/* Lines of rules in the text from the table's declaration on, to its end. */
static size_t count_rules(const char *text, const char *table)
{
	char declaration[64];
	const char *from, *end;
	size_t n = 0;

	(void)snprintf(declaration, sizeof(declaration), "\ntable %s hallmark {\n", table);
	from = strstr(text, declaration);
	if (!from)
		return 0;
	end = strstr(from, "\n}\n");
	for (const char *p = strstr(from, "\tchain "); p && p < end; p = strchr(p + 1, '\n'))
		n += strncmp(p, "\n\t\t", 3) == 0 && strncmp(p, "\n\t\ttype ", 8) != 0;
	return n;
}

static size_t count_text(const char *text, const char *what)
{
	size_t n = 0;

	for (const char *p = strstr(text, what); p; p = strstr(p + 1, what))
		n++;
	return n;
}

static void test_mark(void **state)
{
	struct ruleset (*const made[])(void) = { home, apartment, bridged, watched, bound, partly_watched };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		struct ruleset r = made[i]();
		struct ruleset_mark mark;

		assert_int_equal(ruleset_mark(&r, &mark), 0);
		assert_int_equal(strlen(mark.comment), 7 + 64);
		assert_int_equal(count_text(texts[i], mark.comment), r.n_bridges > 0 ? 2 : 1);
		assert_int_equal(mark.n_rules, count_rules(texts[i], "inet"));
		assert_int_equal(mark.n_bridge_rules, count_rules(texts[i], "bridge"));
		assert_true(mark.n_rules > 0 && (mark.n_bridge_rules > 0) == (r.n_bridges > 0));
		ruleset_done(&r);
	}
}

/* Every element that there is has an end. */
static void test_timeouts(void **state)
{
	(void)state;
	for (size_t i = 1; i < 5; i++) {
		const char *p = texts[i];

		for (p = strpbrk(p, "\n"); p; p = strpbrk(p + 1, "\n")) {
			const size_t n = strcspn(p + 1, "\n");
			_cleanup_free_ char *line = strndup(p + 1, n);

			assert_non_null(line);
			if (strncmp(line, "\t\t\t", 3) == 0 && (strstr(line, "02:00:") || strstr(line, "ether")))
				assert_non_null(strstr(line, " timeout "));
		}
	}
	assert_non_null(strstr(texts[1], "02:00:00:00:00:05 timeout 1s"));
	assert_null(strstr(texts[1], "02:00:00:00:00:04"));
	assert_int_equal(count_text(texts[2], "\n\t\t\t02:00:00:00:00:02 timeout 90s"), 1);
	assert_non_null(strstr(texts[3], "ether timeout 1800s comment \"a ?leak? in 101; Kim?\""));
}

/* --- A text that was kept --- */

static bool is_ours(const char *text)
{
	return ruleset_text_is_ours(bytes_of_string(text));
}

static void test_kept_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEXTS; i++) {
		_cleanup_free_ char *changed = strdup(texts[i]), *longer = NULL;

		assert_true(is_ours(texts[i]));
		assert_false(is_ours(texts[i] + 1));
		assert_true(asprintf(&longer, "%sflush ruleset\n}\n", texts[i]) > 0);
		assert_false(is_ours(longer));
		assert_non_null(changed);
		changed[strlen(changed) - 2] = '\0';
		assert_false(is_ours(changed));
	}
	assert_false(is_ours(""));
	assert_false(is_ours("\n}\n"));
}

static void test_interface_names(void **state)
{
	static const char *const good[] = { "lo", "eth0", "br-lan.5", "wlan_0", "a23456789012345" };
	static const char *const bad[] = { "",       ".",    "..",      "a234567890123456", "eth 0",
					   "eth0\"", "eth*", "et/h",    "eth0\n",           "eth0;",
					   "{",      "eth$", "\xc3\xa9" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(interface_name_is_valid(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(interface_name_is_valid(bad[i]));
}

static void test_patterns(void **state)
{
	static const char *const good[] = { "lan*", "eth0.*", "a2345678901234*", "lan0", "_*" };
	static const char *const bad[] = { "", "*", "l*n", "lan**", "a23456789012345*", "la n*", "lan\"*", "lan*;" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(interface_pattern_is_valid(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(interface_pattern_is_valid(bad[i]));
	assert_true(interface_matches("lan*", "lan0") && interface_matches("lan*", "lan"));
	assert_true(interface_matches("lan0", "lan0"));
	assert_false(interface_matches("lan*", "la") || interface_matches("lan0", "lan01"));
	assert_false(interface_matches("lan1", "lan") || interface_matches("lan*", "wlan0"));
}

static void test_questions(void **state)
{
	struct ruleset r = bridged(), all = watched(), large = apartment();

	(void)state;
	assert_true(ruleset_guards(&r, "br0") && ruleset_guards(&large, "trunk.17"));
	assert_false(ruleset_guards(&r, "port1") || ruleset_guards(&large, "trunk") || ruleset_guards(&r, "br01"));
	assert_ptr_equal(ruleset_bridge(&r, "br0"), r.bridges);
	assert_null(ruleset_bridge(&r, "lan0"));
	assert_int_equal(ruleset_add_bridge(&r, "lan0"), 0);
	assert_ptr_equal(ruleset_bridge(&r, "lan0"), &r.bridges[1]);
	assert_true(ruleset_excepts(&r, "eth1") && ruleset_excepts(&large, "wg7"));
	assert_false(ruleset_excepts(&r, "eth10") || ruleset_excepts(&r, "port1"));
	assert_string_equal(ruleset_part(&large, "hh101a"), "guarded");
	assert_string_equal(ruleset_part(&large, "trunk.9"), "guarded");
	assert_string_equal(ruleset_part(&large, "wwan0"), "an uplink");
	assert_string_equal(ruleset_part(&large, "srv0"), "a server's");
	assert_string_equal(ruleset_part(&large, "wg1"), "trusted");
	assert_string_equal(ruleset_part(&large, "wg"), "trusted");
	assert_string_equal(ruleset_part(&large, "trunk"), "");
	assert_string_equal(ruleset_part(&r, "eth1"), "");
	assert_true(ruleset_only_monitors(&all));
	all.zones[ZONE_QUARANTINE].is_monitored = false;
	assert_false(ruleset_only_monitors(&all) || ruleset_only_monitors(&r));
	ruleset_done(&r);
	ruleset_done(&all);
	ruleset_done(&large);
}

/* No name that could break out of the text is rendered, wherever it stands. */
#define REFUSES(made, statement)                                                                                       \
	do {                                                                                                           \
		struct ruleset r = made();                                                                             \
		struct policy p = policy;                                                                              \
		struct element e = in_apartment[0];                                                                    \
		FILE *out = fopen("/dev/null", "we");                                                                  \
		r.policy = &p;                                                                                         \
		assert_int_equal(ruleset_render(&r, &e, 1, NULL, out), 0);                                             \
		statement;                                                                                             \
		assert_int_equal(ruleset_render(&r, &e, 1, NULL, out), -EINVAL);                                       \
		assert_int_equal(fclose(out), 0);                                                                      \
		ruleset_done(&r);                                                                                      \
	} while (0)

static void test_refuses_names(void **state)
{
	(void)state;
	REFUSES(apartment, r.guarded[0][0] = '"');
	REFUSES(apartment, r.uplinks[1][0] = '*');
	REFUSES(apartment, r.segments[1].interfaces[0][0] = '\0');
	REFUSES(apartment, memset(r.guarded[2], 'x', IFNAMSIZ));
	REFUSES(apartment, p.zones[1].name[0] = '}');
	REFUSES(apartment, p.zones[2].name[0] = '\0');
	REFUSES(apartment, p.n_zones = 0);
	REFUSES(apartment, p.n_zones = ZONES_MAX + 1);
	REFUSES(apartment, r.zones[2].reach[0].host[3] = ' ');
	REFUSES(apartment, r.zones[2].reach[0].host[0] = '\0');
	REFUSES(apartment, r.zones[2].n_reach = REACH_MAX + 1);
	REFUSES(apartment, r.guarded[3][6] = '"');
	REFUSES(apartment, r.guarded[0][0] = '*');
	REFUSES(apartment, r.servers[0].interface[0] = '*');
	REFUSES(apartment, r.servers[0].interface[0] = '\0');
	REFUSES(apartment, r.servers[1].host.host[0] = ' ');
	REFUSES(apartment, r.servers[0].segments[1] = 3);
	REFUSES(apartment, r.servers[0].n_services = SERVICES_MAX + 1);
	REFUSES(bridged, r.bridges[0].ports[0][0] = '"');
	REFUSES(bridged, r.bridges[0].ports[3][0] = '*');
	REFUSES(bridged, r.bridges[0].excepted[0][0] = '"');
	REFUSES(apartment, r.trusted[0][0] = '*');
	REFUSES(apartment, r.trusted[1][0] = '"');
	REFUSES(bridged, (void)strcpy(e.port, "a b"));
	REFUSES(apartment, e.interface[0] = '"');
	REFUSES(apartment, e.zone = 3);
}

/* One more of each is refused above: as much as there may be is not. */
static void test_as_much_as_may_be(void **state)
{
	struct ruleset r = apartment();
	_cleanup_free_ char *text = NULL;

	(void)state;
	r.zones[2].n_reach = REACH_MAX;
	r.servers[0].n_services = SERVICES_MAX;
	text = render(&r, NULL, 0);
	assert_int_equal(count_text(text, "iifname \"srv0\" "), SERVICES_MAX + r.servers[1].n_services);
	ruleset_done(&r);
}

/* Without a number of new flows each device has one a second: a limit of none would be no rule. */
static void test_least_flows(void **state)
{
	struct ruleset r = home();

	(void)state;
	for (uint32_t per_sec = 0; per_sec < 3; per_sec++) {
		_cleanup_free_ char *text = NULL;

		r.new_flows_per_sec = per_sec;
		text = render(&r, NULL, 0);
		assert_int_equal(
			count_text(text, "update @c_flows { iifname . ether saddr limit rate over 1/second burst 2"),
			per_sec < 2);
		assert_int_equal(
			count_text(text, "update @c_flows { iifname . ether saddr limit rate over 2/second burst 4"),
			per_sec == 2);
	}
	ruleset_done(&r);
}

/* For a router the number of flows is raised. A known sender has at least the rate of a new one. */
static void test_rate_of_known(void **state)
{
	static const struct {
		uint32_t flows_per_sec;
		const char *known, *new;
	} cases[] = {
		{ 10, "limit rate over 50/second burst 100 packets }", "limit rate over 20/second burst 40 packets }" },
		{ 100, "limit rate over 200/second burst 400 packets }",
		  "limit rate over 200/second burst 400 packets }" },
	};
	struct ruleset r = home();
	char rule[160];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = NULL;

		r.new_flows_per_sec = cases[i].flows_per_sec;
		text = render(&r, NULL, 0);
		(void)snprintf(rule, sizeof(rule), "update @c_known { iifname . ether saddr %s", cases[i].known);
		assert_int_equal(count_text(text, rule), 1);
		(void)snprintf(rule, sizeof(rule), "update @c_new { iifname . ether saddr %s", cases[i].new);
		assert_int_equal(count_text(text, rule), 2);
	}
	ruleset_done(&r);
}

/* An operator's reason in the text: cut where it has no end, without what would end a line or a quotation, and only while open. */
static void test_reason_of_an_opening(void **state)
{
	struct ruleset r = home();
	struct opening o = { .left_sec = 60,
			     .reason = "a\x7f"
				       "b\nc\\d\"e" };
	_cleanup_free_ char *text = render_open(&r, NULL, 0, &o), *longest = NULL, *closed = NULL;
	char expected[OPENING_REASON_SIZE + 16];

	(void)state;
	assert_non_null(strstr(text, "ether timeout 60s comment \"a?b?c?d?e\""));

	memset(o.reason, 'x', sizeof(o.reason));
	(void)snprintf(expected, sizeof(expected), "comment \"%.*s\"\n", OPENING_REASON_SIZE - 1, o.reason);
	longest = render_open(&r, NULL, 0, &o);
	assert_non_null(strstr(longest, expected));

	o.left_sec = 0;
	closed = render_open(&r, NULL, 0, &o);
	assert_null(strstr(closed, "comment \"x"));
	ruleset_done(&r);
}

/* Interfaces are in one table and ports in the other, which also says in the first that there is one. */
static void test_openings_alone(void **state)
{
	const struct opening list[] = { { .alone = "lan0", .left_sec = 60, .reason = "a leak" },
					{ .alone = "port1", .is_port = true, .left_sec = 90 },
					{ .alone = "port2", .is_port = true, .left_sec = 30 },
					{ .alone = "lan1" } },
			     evil = { .alone = "a\" b", .left_sec = 60 };
	struct ruleset r = bridged();
	_cleanup_free_ char *text = NULL, *closed = NULL;
	const char *bridge;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	(void)state;
	assert_non_null(out);
	assert_int_equal(ruleset_render(&r, NULL, 0, &(struct openings){ &evil, 1 }, out), -EINVAL);
	assert_int_equal(ruleset_render(&r, NULL, 0, &(struct openings){ list, ARRAY_SIZE(list) }, out), 0);
	assert_int_equal(fclose(out), 0);
	bridge = strstr(text, "table bridge hallmark {\n");
	assert_non_null(bridge);
	assert_true(strstr(text, "\"lan0\" timeout 60s comment \"a leak\"") < bridge);
	assert_true(strstr(text, "ether timeout 90s\n") < bridge);
	assert_true(strstr(text, "\"port1\" timeout 90s comment") > bridge);
	assert_true(strstr(text, "\"port2\" timeout 30s comment") > bridge);
	assert_null(strstr(text, "\"lan1\" timeout"));
	assert_null(strstr(bridge, "ether timeout"));
	assert_true(!has_namespace || nft_accepts(text));

	closed = render(&r, NULL, 0);
	assert_null(strstr(closed, " timeout 60s comment"));
	assert_null(strstr(closed, "ether timeout"));
	ruleset_done(&r);
}

static void test_full_device(void **state)
{
	struct ruleset r = home();
	_cleanup_fclose_ FILE *full = fopen("/dev/full", "we");

	(void)state;
	assert_non_null(full);
	assert_int_equal(ruleset_render(&r, NULL, 0, NULL, full), -EIO);
	assert_int_equal(ruleset_render_shut(full), -EIO);
	ruleset_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_nft_accepts),
		cmocka_unit_test(test_zone_names),
		cmocka_unit_test(test_many_households),
		cmocka_unit_test(test_seed_of_senders),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_digest_of_bridge),
		cmocka_unit_test(test_mark),
		cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_kept_text),
		cmocka_unit_test(test_interface_names),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_questions),
		cmocka_unit_test(test_refuses_names),
		cmocka_unit_test(test_as_much_as_may_be),
		cmocka_unit_test(test_least_flows),
		cmocka_unit_test(test_reason_of_an_opening),
		cmocka_unit_test(test_full_device),
		cmocka_unit_test(test_rate_of_known),
		cmocka_unit_test(test_openings_alone),
	};

	has_namespace = unshare(CLONE_NEWNET) == 0;
	if (!has_namespace)
		(void)fprintf(stderr, "not root: nft is not asked\n");
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
