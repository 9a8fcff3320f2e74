/* SPDX-License-Identifier: Apache-2.0 */
/* links: enforce policy base */
/*
 * The rendered table against golden files (HALLMARK_GOLDEN=write renews them), and nft's opinion of
 * it in a network namespace of our own.
 */
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "enforce/ruleset.h"

#define HOUSEHOLDS 4096

static struct policy policy = {
	.zones = { { "quarantine" }, { "trusted" }, { "restricted" } },
	.n_zones = 3,
};

static char (*copy_names(const char (*names)[IFNAMSIZ], size_t n))[IFNAMSIZ]
{
	char(*copy)[IFNAMSIZ] = calloc(n, sizeof(*copy));

	assert_non_null(copy);
	memcpy(copy, names, n * sizeof(*copy));
	return copy;
}

static void add_segment(struct ruleset *r, const char (*names)[IFNAMSIZ], size_t n)
{
	r->segments = reallocarray(r->segments, r->n_segments + 1, sizeof(*r->segments));
	assert_non_null(r->segments);
	r->segments[r->n_segments] = (struct segment){ .interfaces = copy_names(names, n), .n_interfaces = n };
	r->n_segments++;
}

static void add_reach(struct ruleset *r, uint8_t zone, struct reach reach)
{
	r->reach[zone][r->n_reach[zone]++] = reach;
}

static struct ruleset minimal(void)
{
	static const char guarded[][IFNAMSIZ] = { "lan0" };

	return (struct ruleset){
		.policy = &policy,
		.guarded = copy_names(guarded, 1),
		.n_guarded = 1,
		.port = 5684,
		.new_flows_per_sec = 10,
		.set_size = 1024,
	};
}

/* Two households, one of them with two ports, and every kind of reach. */
static struct ruleset apartment(void)
{
	static const char guarded[][IFNAMSIZ] = { "hh101a", "hh101b", "hh102.7" },
			  uplinks[][IFNAMSIZ] = { "wan0", "wwan0" };
	struct ruleset r = {
		.policy = &policy,
		.guarded = copy_names(guarded, 3),
		.n_guarded = 3,
		.uplinks = copy_names(uplinks, 2),
		.n_uplinks = 2,
		.port = 5684,
		.operator_port = 22,
		.new_flows_per_sec = 20,
		.set_size = 4096,
	};

	add_segment(&r, guarded, 2);
	add_segment(&r, guarded + 2, 1);
	add_reach(&r, 1, (struct reach){ .kind = REACH_INTERNET });
	add_reach(&r, 1, (struct reach){ .kind = REACH_SEGMENT });
	add_reach(&r, 1, (struct reach){ .kind = REACH_GATEWAY, .protocol = IPPROTO_UDP, .port = 5353 });
	add_reach(&r, 1, (struct reach){ .kind = REACH_GATEWAY, .protocol = IPPROTO_TCP });
	add_reach(&r, 2,
		  (struct reach){ .kind = REACH_HOST,
				  .family = AF_INET,
				  .host = "203.0.113.10",
				  .protocol = IPPROTO_TCP,
				  .port = 443 });
	add_reach(&r, 2, (struct reach){ .kind = REACH_HOST, .family = AF_INET6, .host = "2001:db8:5::/48" });
	add_reach(&r, 2, (struct reach){ .kind = REACH_HOST, .family = AF_INET6, .host = "2001:db8::1", .port = 53 });
	add_reach(&r, 2,
		  (struct reach){
			  .kind = REACH_HOST, .family = AF_INET, .host = "198.51.100.0/24", .protocol = IPPROTO_UDP });
	add_reach(&r, 0,
		  (struct reach){ .kind = REACH_HOST,
				  .family = AF_INET,
				  .host = "203.0.113.11",
				  .protocol = IPPROTO_TCP,
				  .port = 443 });
	return r;
}

static const struct element admitted[] = {
	{ "hh101a", { 2, 0, 0, 0, 0, 1 }, 1, 60 },    { "hh102.7", { 2, 0, 0, 0, 0, 2 }, 2, 86400 * 30 + 5 },
	{ "hh101b", { 2, 0, 0, 0, 0, 3 }, 1, 86400 }, { "hh101b", { 2, 0, 0, 0, 0, 4 }, ZONE_QUARANTINE, 60 },
	{ "hh101b", { 2, 0, 0, 0, 0, 5 }, 1, 0 },     { "hh101b", { 2, 0, 0, 0, 0, 6 }, 1, UINT32_MAX },
};

static char *render(const struct ruleset *r, const struct element *elements, size_t n)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	assert_int_equal(ruleset_render(r, elements, n, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

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

static void test_golden(void **state)
{
	struct ruleset small = minimal(), large = apartment();
	_cleanup_free_ char *a = render(&small, NULL, 0), *b = render(&large, admitted, ARRAY_SIZE(admitted));

	(void)state;
	compare_golden("minimal", a);
	compare_golden("apartment", b);
	ruleset_done(&small);
	ruleset_done(&large);
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

	struct ruleset small = minimal(), large = apartment();
	_cleanup_free_ char *a = render(&small, NULL, 0), *b = render(&large, admitted, ARRAY_SIZE(admitted));

	assert_true(nft_accepts(a));
	assert_true(nft_accepts(b));
	*strstr(b, "counter drop") = 'X';
	assert_false(nft_accepts(b));
	ruleset_done(&small);
	ruleset_done(&large);
}

/* A large complex: each household has two interfaces of its own. */
static void test_many_households(void **state)
{
	struct ruleset r = minimal();
	char(*names)[IFNAMSIZ] = calloc(HOUSEHOLDS, sizeof(*names));

	(void)state;
	assert_non_null(names);
	for (size_t i = 0; i < HOUSEHOLDS; i++)
		(void)snprintf(names[i], IFNAMSIZ, "hh%zu", i);
	free(r.guarded);
	r.guarded = names;
	r.n_guarded = HOUSEHOLDS;
	for (size_t i = 0; i < HOUSEHOLDS; i += 2)
		add_segment(&r, (const char(*)[IFNAMSIZ])names + i, 2);
	add_reach(&r, 1, (struct reach){ .kind = REACH_SEGMENT });

	_cleanup_free_ char *text = render(&r, NULL, 0);

	assert_non_null(strstr(text, "\"hh4094\" . \"hh4095\""));
	assert_null(strstr(text, "\"hh4093\" . \"hh4094\""));
	if (has_namespace)
		assert_true(nft_accepts(text));
	ruleset_done(&r);
}

/* Renders with one thing changed; the digest must differ from that of the unchanged one. */
#define CHANGES(statement)                                                                                             \
	do {                                                                                                           \
		struct ruleset r = apartment();                                                                        \
		uint8_t other[SHA256_LEN];                                                                             \
		statement;                                                                                             \
		assert_int_equal(ruleset_digest(&r, other), 0);                                                        \
		assert_memory_not_equal(digest, other, SHA256_LEN);                                                    \
		ruleset_done(&r);                                                                                      \
	} while (0)

static void test_digest(void **state)
{
	struct ruleset first = apartment(), second = apartment();
	uint8_t digest[SHA256_LEN], again[SHA256_LEN];
	struct policy renamed = policy, fewer = policy;

	(void)state;
	assert_int_equal(ruleset_digest(&first, digest), 0);
	assert_int_equal(ruleset_digest(&second, again), 0);
	assert_memory_equal(digest, again, SHA256_LEN);
	(void)strcpy(renamed.zones[1].name, "treasured");
	fewer.n_zones = 2;

	CHANGES(r.policy = &renamed);
	CHANGES(r.policy = &fewer);
	CHANGES(r.port = 5685);
	CHANGES(r.operator_port = 2222);
	CHANGES(r.operator_port = 0);
	CHANGES(r.new_flows_per_sec = 21);
	CHANGES(r.set_size = 4097);
	CHANGES(r.guarded[0][0] = 'x');
	CHANGES(r.n_guarded = 2);
	CHANGES(r.uplinks[1][0] = 'x');
	CHANGES(r.n_uplinks = 1);
	CHANGES(r.segments[0].interfaces[1][0] = 'x');
	CHANGES(r.segments[0].n_interfaces = 1);
	CHANGES(r.n_reach[1] = 3);
	CHANGES(r.reach[1][0].kind = REACH_SEGMENT);
	CHANGES(r.reach[1][2].protocol = IPPROTO_TCP);
	CHANGES(r.reach[1][2].port = 5354);
	CHANGES(r.reach[2][0].host[0] = '1');
	CHANGES(r.reach[2][0].family = AF_INET6);
	ruleset_done(&first);
	ruleset_done(&second);
}

static void test_mark(void **state)
{
	struct ruleset r = apartment();
	struct ruleset_mark mark;
	_cleanup_free_ char *text = render(&r, admitted, ARRAY_SIZE(admitted));
	size_t rules = 0;

	(void)state;
	assert_int_equal(ruleset_mark(&r, &mark), 0);
	assert_int_equal(strlen(mark.comment), 7 + 64);
	assert_non_null(strstr(text, mark.comment));
	for (const char *p = strstr(text, "\tchain "); p; p = strchr(p + 1, '\n'))
		rules += strncmp(p, "\n\t\t", 3) == 0 && strncmp(p, "\n\t\ttype ", 8) != 0;
	assert_int_equal(mark.n_rules, rules);
	ruleset_done(&r);
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

/* No name that could break out of the text is rendered, wherever it stands. */
#define REFUSES(statement)                                                                                             \
	do {                                                                                                           \
		struct ruleset r = apartment();                                                                        \
		struct policy p = policy;                                                                              \
		struct element e = admitted[0];                                                                        \
		FILE *out = fopen("/dev/null", "we");                                                                  \
		r.policy = &p;                                                                                         \
		assert_int_equal(ruleset_render(&r, &e, 1, out), 0);                                                   \
		statement;                                                                                             \
		assert_int_equal(ruleset_render(&r, &e, 1, out), -EINVAL);                                             \
		assert_int_equal(fclose(out), 0);                                                                      \
		ruleset_done(&r);                                                                                      \
	} while (0)

static void test_refuses_names(void **state)
{
	(void)state;
	REFUSES(r.guarded[0][0] = '"');
	REFUSES(r.uplinks[1][0] = '*');
	REFUSES(r.segments[1].interfaces[0][0] = '\0');
	REFUSES(memset(r.guarded[2], 'x', IFNAMSIZ));
	REFUSES(p.zones[1].name[0] = '}');
	REFUSES(p.zones[2].name[0] = '\0');
	REFUSES(p.n_zones = 0);
	REFUSES(p.n_zones = ZONES_MAX + 1);
	REFUSES(r.reach[2][0].host[3] = ' ');
	REFUSES(r.reach[2][0].host[0] = '\0');
	REFUSES(r.n_reach[2] = REACH_MAX + 1);
	REFUSES(e.interface[0] = '"');
	REFUSES(e.zone = 3);
}

static void test_full_device(void **state)
{
	struct ruleset r = minimal();
	_cleanup_fclose_ FILE *full = fopen("/dev/full", "we");

	(void)state;
	assert_non_null(full);
	assert_int_equal(ruleset_render(&r, NULL, 0, full), -EIO);
	ruleset_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_nft_accepts),
		cmocka_unit_test(test_many_households),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_mark),
		cmocka_unit_test(test_interface_names),
		cmocka_unit_test(test_refuses_names),
		cmocka_unit_test(test_full_device),
	};

	has_namespace = unshare(CLONE_NEWNET) == 0;
	if (!has_namespace)
		(void)fprintf(stderr, "not root: nft is not asked\n");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
