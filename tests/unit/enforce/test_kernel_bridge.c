/* SPDX-License-Identifier: Apache-2.0 */
/* links: enforce decide base */
/* Both tables on the real kernel, openings, counters, and the ports that a bridge has learned. */
#include <errno.h>
#include <net/if.h>
#include <unistd.h>

#include "decide/policy.h"
#include "enforce/kernel_inside.h"
#include "enforce/membership.h"
#include "enforce/ruleset.h"
#include "enforce/share.h"
#include "enforce/watch.h"
#include "kernel_kit.h"

/* --- both tables --- */

/* Each makes one of the tables another one than ours, and both are put back, once. */
static void test_ensure_both(void **state)
{
	static const char *const meddling[] = {
		"nft delete table bridge hallmark",
		"nft delete table inet hallmark",
		"nft flush ruleset",
		"nft flush table bridge hallmark",
		"nft delete element bridge hallmark excepted '{ side1 }'",
		"nft add element bridge hallmark excepted '{ port9 }'",
		"nft 'table bridge hallmark { flags dormant; }'",
		"nft 'flush table bridge hallmark; delete set bridge hallmark placed'",
		"nft 'delete table bridge hallmark; table bridge hallmark { comment \"sha256:00\"; }'",
	};
	struct kernel *k = *state;

	NEEDS_ROOT;
	assert_false(ensure(k));
	for (size_t i = 0; i < ARRAY_SIZE(meddling); i++) {
		assert_true(sh("%s", meddling[i]));
		if (!ensure(k))
			fail_msg("not noticed: %s", meddling[i]);
		assert_false(ensure(k));
	}
}

/* Patterns are intervals in the kernel, and counted as what they are. */
static void test_ensure_patterns(void **state)
{
	static char patterns[][IFNAMSIZ] = { "br0", "vlan*", "eth1", "eth2" }, ports[][IFNAMSIZ] = { "tap*", "port1" },
		    trusted[][IFNAMSIZ] = { "wg0" };
	struct bridge patterned = { .name = "br0", .excepted = ports, .n_excepted = 2 };
	struct ruleset r = ruleset;
	struct kernel *k = *state;
	bool loaded = false;

	NEEDS_ROOT;
	r.guarded = patterns;
	r.n_guarded = 4;
	r.bridges = &patterned;
	r.trusted = trusted;
	r.n_trusted = 1;
	r.n_segments = 0;
	assert_int_equal(kernel_ensure_table(k, &r, NULL, 0, &loaded), 0);
	assert_true(loaded);
	assert_int_equal(kernel_ensure_table(k, &r, NULL, 0, &loaded), 0);
	assert_false(loaded);
	assert_true(sh("nft flush set inet hallmark guarded && "
		       "nft add element inet hallmark guarded '{ \"br0\", \"eth1\", \"eth2\" }'"));
	assert_int_equal(kernel_ensure_table(k, &r, NULL, 0, &loaded), 0);
	assert_true(loaded);
	assert_true(sh("nft flush set bridge hallmark excepted"));
	assert_int_equal(kernel_ensure_table(k, &r, NULL, 0, &loaded), 0);
	assert_true(loaded);
}

/* Within a tick of the kernel's clock the whole time is left. */
#define IN_3_HOURS "expires \\(3h\\|2h59m\\)"

/* Before the gateway has said anything, no device can say that it has these addresses. */
static void test_addresses_of_the_gateway(void **state)
{
	struct kernel *k = *state;

	NEEDS_ROOT;
	(void)sh("ip link add br0 type bridge 2>/dev/null");
	assert_true(sh("ip address add 10.9.0.254/16 dev br0 && ip address add fe80::fe/64 dev br0 nodad && "
		       "ip link add elsewhere type bridge && ip address add 10.8.0.254/16 dev elsewhere"));
	for (int i = 0; i < 2; i++) { /* again, before they end */
		assert_int_equal(kernel_name_gateway(k, &ruleset), 0);
		assert_true(sh("nft list set bridge hallmark gateway4 | grep -q '10.9.0.254 .*" IN_3_HOURS "'"));
		assert_true(
			sh("nft list set bridge hallmark gateway6 | grep -q 'fe800000000000000*fe .*" IN_3_HOURS "'"));
		assert_false(sh("nft list set bridge hallmark gateway4 | grep -q 10.8.0.254"));
	}
	assert_true(sh("ip address flush dev br0 && ip link delete elsewhere"));
	ruleset.n_bridges = 0;
	assert_int_equal(kernel_name_gateway(k, &ruleset), 0);
	ruleset.n_bridges = 1;
}

/* A configuration without bridges leaves none behind; and another's table stays. */
static void test_bridges_removed(void **state)
{
	struct kernel *k = *state;

	NEEDS_ROOT;
	assert_true(sh("nft 'table bridge other { chain c { accept; }; }'"));
	ruleset.n_bridges = 0;
	assert_true(ensure(k));
	assert_false(sh("nft list table bridge hallmark 2>/dev/null"));
	assert_false(ensure(k));
	assert_true(sh("nft add table bridge hallmark"));
	assert_true(ensure(k));
	assert_false(sh("nft list table bridge hallmark 2>/dev/null"));
	ruleset.n_bridges = 1;
	assert_true(ensure(k));
	assert_true(sh("nft list table bridge hallmark >/dev/null"));
	assert_true(sh("nft list table bridge other | grep -q accept && nft delete table bridge other"));
}

/* As the rules do it: the address is held by the MAC, and taken. */
static bool hold(const char *mac, const char *four, const char *six)
{
	return sh("nft 'add element bridge hallmark held4 { %s . %s }; add element bridge hallmark taken4 { %s }'", mac,
		  four, four) &&
	       sh("nft 'add element bridge hallmark held6 { %s . %s }; add element bridge hallmark taken6 { %s }'", mac,
		  six, six);
}

static bool is_held(const char *four)
{
	return sh("nft list set bridge hallmark held4 | grep -q '%s .*expires'", four) &&
	       sh("nft list set bridge hallmark taken4 | grep -q '%s .*expires'", four);
}

static bool is_forgotten(const char *four)
{
	return !sh("nft list set bridge hallmark held4 | grep -q '%s .*expires'", four) &&
	       !sh("nft list set bridge hallmark taken4 | grep -q '%s .*expires'", four);
}

/* Others may use the addresses of a device whose admission has ended; it keeps them when it moves to another port. */
static void test_held_is_released(void **state)
{
	struct element one = on_port("port0", 1, TRUSTED, 100), two = on_port("port1", 2, TRUSTED, 100),
		       moved[] = { on_port("port1", 2, ZONE_QUARANTINE, 0), on_port("port2", 2, TRUSTED, 100) };
	struct kernel *k = *state;

	NEEDS_ROOT;
	assert_int_equal(kernel_apply(k, &ruleset, &one, 1), 0);
	assert_int_equal(kernel_apply(k, &ruleset, &two, 1), 0);
	assert_true(hold("02:00:00:00:00:01", "10.9.0.1", "0xfe80000000000000000000000000fa01"));
	assert_true(hold("02:00:00:00:00:02", "10.9.0.2", "0xfe80000000000000000000000000fa02"));
	one.zone = ZONE_QUARANTINE;
	assert_int_equal(kernel_apply(k, &ruleset, &one, 1), 0);
	assert_true(is_forgotten("10.9.0.1"));
	assert_false(sh("nft list set bridge hallmark held6 | grep -q fa01"));
	assert_false(sh("nft list set bridge hallmark taken6 | grep -q fa01"));
	assert_int_equal(kernel_apply(k, &ruleset, moved, 2), 0);
	assert_true(is_held("10.9.0.2"));
	assert_true(sh("nft list set bridge hallmark held6 | grep -q fa02"));
	two.zone = ZONE_QUARANTINE; /* ended by its timeout */
	assert_int_equal(kernel_follow(k, &ruleset, &two, 1), 0);
	assert_true(is_forgotten("10.9.0.2"));
}

/* Other rules: what admitted devices hold stays with them, for as long as before. */
static void test_held_is_kept(void **state)
{
	struct element elements[] = { on_port("port0", 1, TRUSTED, 100), on_port("port1", 2, ZONE_QUARANTINE, 0) };
	struct ruleset other = ruleset;
	struct kernel *k = *state;
	bool loaded = false;

	NEEDS_ROOT;
	other.n_bridges = 1;
	other.operator_port = 2222;
	assert_true(hold("02:00:00:00:00:01", "10.9.0.1", "0xfe80000000000000000000000000fa01"));
	assert_true(hold("02:00:00:00:00:02", "10.9.0.2", "0xfe80000000000000000000000000fa02"));
	assert_true(sh("nft 'add element bridge hallmark held4 { 02:00:00:00:00:01 . 10.9.0.7 timeout 100s }'"));
	assert_int_equal(kernel_ensure_table(k, &other, elements, 2, &loaded), 0);
	assert_true(loaded);
	assert_true(is_held("10.9.0.1"));
	assert_true(sh("nft list set bridge hallmark held4 | grep -q '02:00:00:00:00:01 . 10.9.0.1 .*" IN_3_HOURS "'"));
	assert_true(sh("nft list set bridge hallmark held4 | grep -q '10.9.0.7 .*expires 1m'"));
	assert_true(sh("nft list set bridge hallmark held6 | grep -q '02:00:00:00:00:01 . 0xfe8000*fa01 '"));
	assert_true(sh("nft list set bridge hallmark taken6 | grep -q 'fa01 '"));
	assert_true(is_forgotten("10.9.0.2"));
	assert_false(sh("nft list set bridge hallmark held6 | grep -q fa02"));
	elements[0].zone = ZONE_QUARANTINE;
	assert_int_equal(kernel_apply(k, &other, elements, 1), 0);
	assert_true(is_forgotten("10.9.0.1"));
	assert_true(sh("nft flush ruleset")); /* nothing is there to keep */
	elements[0].zone = TRUSTED;
	assert_int_equal(kernel_ensure_table(k, &other, elements, 2, &loaded), 0);
	assert_in_force(k, &elements[0]);
	other.binding = BINDING_IP; /* and nowhere to keep it */
	assert_int_equal(kernel_ensure_table(k, &other, elements, 2, &loaded), 0);
	assert_true(loaded);
}

/* Addresses that nobody of the elements holds. */
static void hold_many(uint32_t n)
{
	FILE *nft = popen(NFT " -f -", "w");

	assert_non_null(nft);
	(void)fputs("add element bridge hallmark held4 { ", nft);
	for (uint32_t i = 0; i < n; i++)
		(void)fprintf(nft, "%s02:01:00:00:%02x:%02x . 10.8.%u.%u", i > 0 ? ", " : "", i / 256, i % 256, i / 256,
			      i % 256);
	(void)fputs(" }\n", nft);
	assert_int_equal(pclose(nft), 0);
}

/* The shortest of three times. */
static uint64_t time_to_release(struct kernel *k, const struct element *elements, size_t n)
{
	uint64_t best_usec = UINT64_MAX;

	for (int i = 0; i < 3; i++) {
		const uint64_t start_usec = clock_monotonic_usec();
		uint64_t took_usec;

		assert_int_equal(kernel_follow(k, &ruleset, elements, n), 0);
		took_usec = clock_monotonic_usec() - start_usec;
		best_usec = took_usec < best_usec ? took_usec : best_usec;
	}
	return best_usec;
}

/* That many devices end takes as long as to read what is held, not as many times as long. */
static void test_many_are_released(void **state)
{
	enum { N = 20000 };

	NEEDS_ROOT;

	_cleanup_free_ struct element *elements = calloc(N, sizeof(*elements));
	struct kernel *k = *state;
	uint64_t of_one_usec, of_many_usec;

	assert_non_null(elements);
	for (uint32_t i = 0; i < N; i++)
		elements[i] = on_port("port0", i, ZONE_QUARANTINE, 0);
	hold_many(N);
	of_one_usec = time_to_release(k, elements, 1);
	of_many_usec = time_to_release(k, elements, N);
	(void)fprintf(stderr, "of %d addresses those of one released in %llu us, of %d in %llu us\n", N,
		      (unsigned long long)of_one_usec, N, (unsigned long long)of_many_usec);
	assert_true(of_many_usec < 6 * of_one_usec + 20000);
}

static void test_apply_both(void **state)
{
	struct element e = on_port("port0", 1, TRUSTED, 100), routed = element("dev0", 2, TRUSTED, 100);
	struct kernel *k = *state;

	NEEDS_ROOT;
	e.monitored_sec = 50;
	assert_int_equal(kernel_apply(k, &ruleset, &e, 1), 0);
	assert_in_force(k, &e);
	assert_int_equal(count_in(k, -1, -1), 10); /* of 12: not in the other zone of each table */
	assert_true(sh("nft list set bridge hallmark placed | grep -q 02:00:00:00:00:01"));
	assert_true(sh("nft list set bridge hallmark claimed4 | grep -q 10.0.0.1"));

	e.zone = RESTRICTED;
	e.timeout_sec = 80;
	e.monitored_sec = 0;
	assert_int_equal(kernel_apply(k, &ruleset, &e, 1), 0);
	assert_in_force(k, &e);
	assert_int_equal(count_in(k, -1, SET_MONITORED), 0);
	assert_int_equal(kernel_apply(k, &ruleset, &routed, 1), 0);
	assert_in_force(k, &routed);
	assert_int_equal(held_by(k, NFPROTO_BRIDGE, &routed), NOWHERE);
	e.zone = ZONE_QUARANTINE;
	assert_int_equal(kernel_apply(k, &ruleset, &e, 1), 0);
	assert_in_force(k, &e);
	assert_int_equal(count_in(k, -1, -1), 1);
}

/* What text has loaded is what the netlink would have written; of an address that two claim the longer time counts. */
static void test_ensure_with_elements(void **state)
{
	struct element elements[] = { on_port("port0", 1, TRUSTED, 300), on_port("port1", 2, RESTRICTED, 200),
				      element("dev0", 3, TRUSTED, 300) };
	struct kernel *k = *state;
	size_t n, right;
	bool loaded;

	NEEDS_ROOT;
	elements[1].monitored_sec = 60;
	elements[1].address4 = elements[0].address4;
	elements[1].address6 = (struct in6_addr){ 0 };
	assert_true(sh("nft flush ruleset"));
	assert_int_equal(kernel_ensure_table(k, &ruleset, elements, 3, &loaded), 0);
	assert_in_force(k, &elements[0]);
	assert_in_force(k, &elements[2]);
	right = n_as_wanted(k, &elements[1], &n);
	assert_int_equal(right, n - 1);
}

/* An address passes from one to the other, and a device from port to port, in whatever order that is said. */
static void test_shared_keys(void **state)
{
	struct element giver = on_port("port0", 1, TRUSTED, 100), taker = on_port("port1", 2, TRUSTED, 200);
	struct element was = on_port("port0", 3, TRUSTED, 100), is = on_port("port1", 3, TRUSTED, 200);
	struct kernel *k = *state;

	NEEDS_ROOT;
	taker.address4 = giver.address4;
	taker.address6 = giver.address6;
	for (int order = 0; order < 2; order++) {
		struct element both[2], moved[2];

		giver.zone = was.zone = TRUSTED;
		assert_int_equal(kernel_apply(k, &ruleset, &giver, 1), 0);
		assert_int_equal(kernel_apply(k, &ruleset, &was, 1), 0);
		giver.zone = was.zone = ZONE_QUARANTINE;
		both[order] = giver;
		both[!order] = taker;
		assert_int_equal(kernel_apply(k, &ruleset, both, 2), 0);
		assert_in_force(k, &taker);
		assert_int_equal(held(k, &giver), NOWHERE);

		moved[0] = order ? is : was; /* the last counts, but the place of the other one is left */
		moved[0].zone = TRUSTED;
		moved[1] = is;
		assert_int_equal(kernel_apply(k, &ruleset, moved, 2), 0);
		assert_in_force(k, &is);
		assert_int_equal(held_by(k, NFPROTO_BRIDGE, &is), 200);
		is.zone = taker.zone = ZONE_QUARANTINE;
		assert_int_equal(kernel_apply(k, &ruleset, &is, 1), 0);
		assert_int_equal(kernel_apply(k, &ruleset, &taker, 1), 0);
		assert_int_equal(count_in(k, NFPROTO_INET, -1), 0);
		is.zone = taker.zone = TRUSTED;
	}
}

/* Two devices behind one MAC: one zone, the addresses of both, and each of them for as long as its device is admitted. */
static void share_place(struct kernel *k, const char *other_port)
{
	struct element both[] = { on_port("port0", 1, TRUSTED, 300), on_port(other_port, 2, RESTRICTED, 100) },
		       change[3];
	bool loaded;

	memcpy(both[1].mac, both[0].mac, sizeof(both[1].mac));
	assert_int_equal(kernel_apply(k, &ruleset, &both[0], 1), 0);
	change[0] = both[1]; /* as decided, before it is known that they share the place */
	elements_share(&ruleset, both, 2);
	memcpy(&change[1], both, sizeof(both));
	for (int i = 0; i < 2; i++) {
		if (i == 0)
			assert_int_equal(kernel_apply(k, &ruleset, change, 3), 0);
		else
			assert_int_equal(kernel_ensure_table(k, &ruleset, both, 2, &loaded), 0);
		assert_both_in_force(k, both);
		assert_int_equal(count_in(k, NFPROTO_INET, SET_ZONE), 1);
		assert_true(sh("nft list set inet hallmark z_restricted | grep -q 02:00:00:00:00:01"));
		assert_true(sh("nft list set bridge hallmark claimed4 | grep -q 10.0.0.1"));
		assert_true(sh("nft list set bridge hallmark claimed4 | grep -q 10.0.0.2"));
		assert_true(i == 1 || sh("nft flush ruleset"));
	}

	for (int i = 0; i < 2; i++)
		if (both[i].address4.s_addr == change[0].address4.s_addr)
			both[0] = both[i];
	both[0].zone = ZONE_QUARANTINE; /* the least ends */
	both[1] = on_port("port0", 1, TRUSTED, 300);
	assert_int_equal(kernel_apply(k, &ruleset, both, 2), 0);
	assert_in_force(k, &both[1]);
	assert_int_equal(count_in(k, NFPROTO_INET, SET_ZONE), 1);
	assert_false(sh("nft list set bridge hallmark claimed4 | grep -q 10.0.0.2"));
	both[1].zone = ZONE_QUARANTINE;
	assert_int_equal(kernel_apply(k, &ruleset, &both[1], 1), 0);
	assert_int_equal(count_in(k, -1, -1), 0);
}

/* Behind one port, or each behind its own. */
static void test_several_at_one_place(void **state)
{
	NEEDS_ROOT;
	share_place(*state, "port0");
	share_place(*state, "port1");
}

/* 10,000 on ports with both addresses: 12 sets. */
static void test_many_both(void **state)
{
	enum { N = 10000 };

	NEEDS_ROOT;

	_cleanup_free_ struct element *elements = calloc(N, sizeof(*elements));
	struct kernel *k = *state;
	uint64_t start_usec;

	assert_non_null(elements);
	for (uint32_t i = 0; i < N; i++)
		elements[i] = on_port(i % 2 ? "port0" : "port1", i, i % 3 ? TRUSTED : RESTRICTED, 1000);
	start_usec = clock_monotonic_usec();
	assert_int_equal(kernel_apply(k, &ruleset, elements, N), 0);
	(void)fprintf(stderr, "%d elements on ports written in %llu us\n", N,
		      (unsigned long long)(clock_monotonic_usec() - start_usec));
	assert_int_equal(count_in(k, -1, -1), 8 * N);
	assert_in_force(k, &elements[0]);
	assert_in_force(k, &elements[N - 1]);
}

/* Many changes of our own, each of which the kernel tells of, do not look like another's; another's is seen among them. */
static void test_watch_many(void **state)
{
	enum { N = 4000 };

	NEEDS_ROOT;

	_cleanup_free_ struct element *elements = calloc(N, sizeof(*elements));
	struct kernel *k = *state;
	struct watch *w = NULL;

	assert_non_null(elements);
	for (uint32_t i = 0; i < N; i++)
		elements[i] = on_port("port0", i, TRUSTED, 1000);
	assert_int_equal(watch_new(&w), 0);
	assert_int_equal(kernel_apply(k, &ruleset, elements, N), 0);
	assert_false(watch_read(w));
	assert_true(sh("nft delete element bridge hallmark z_trusted '{ \"port0\" . 02:00:00:00:00:01 }'"));
	assert_int_equal(kernel_apply(k, &ruleset, elements + 2, N - 2), 0);
	assert_true(watch_read(w));
	assert_false(watch_read(w));
	watch_free(w);
}

/* --- the gateway opened --- */

static void test_opening(void **state)
{
	struct opening o = { .left_sec = 60, .reason = "fire drill, \"all\" \xc3\xbc" }, found = { 0 };
	struct kernel *k = *state;

	NEEDS_ROOT;
	assert_int_equal(kernel_opening(k, &ruleset, &found), 0);
	assert_int_equal(kernel_open(k, &ruleset, &o), 0);
	assert_int_equal(kernel_opening(k, &ruleset, &found), 1);
	assert_left(found.left_sec, 60);
	assert_string_equal(found.reason, "fire drill, 'all' \xc3\xbc");
	assert_true(
		sh("nft list set inet hallmark opened | grep -q 'ether timeout 1m .*comment \"fire drill, .all. '"));
	assert_true(
		sh("nft list set bridge hallmark opened | grep -q 'ether timeout 1m .*comment \"fire drill, .all. '"));

	/* Longer, and shorter: the time is the last one's. */
	o = (struct opening){ .left_sec = 3600 };
	assert_int_equal(kernel_open(k, &ruleset, &o), 0);
	assert_int_equal(kernel_opening(k, &ruleset, &found), 1);
	assert_left(found.left_sec, 3600);
	assert_string_equal(found.reason, "");
	o.left_sec = 1;
	assert_int_equal(kernel_open(k, &ruleset, &o), 0);
	(void)usleep(1300000);
	assert_int_equal(kernel_opening(k, &ruleset, &found), 0); /* by the kernel alone */

	o.left_sec = 60;
	assert_int_equal(kernel_open(k, &ruleset, &o), 0);

	/* Open for longer in one table is open for longer, whichever it is. */
	for (size_t i = 0; i < 2; i++) {
		static const char *const tables[] = { "inet", "bridge" };

		assert_int_equal(kernel_open(k, &ruleset, &o), 0);
		assert_true(sh("nft 'delete element %s hallmark opened { ether }; "
			       "add element %s hallmark opened { ether timeout 900s comment \"longer\" }'",
			       tables[i], tables[i]));
		assert_int_equal(kernel_opening(k, &ruleset, &found), 1);
		assert_in_range(found.left_sec, 890, 900);
		assert_string_equal(found.reason, "longer");
	}
	assert_int_equal(kernel_close(k, &ruleset), 0);
	assert_int_equal(kernel_opening(k, &ruleset, &found), 0);
	assert_int_equal(kernel_close(k, &ruleset), 0);
	assert_false(sh("nft list ruleset | grep -q 'ether timeout'"));
}

static void test_opening_fails(void **state)
{
	struct opening o = { .left_sec = 60 };
	struct kernel *k = *state;

	NEEDS_ROOT;
	(void)strcpy(o.reason, "two\nlines");
	assert_int_equal(kernel_open(k, &ruleset, &o), -EINVAL);
	memset(o.reason, 'x', sizeof(o.reason));
	assert_int_equal(kernel_open(k, &ruleset, &o), -EINVAL);
	o.reason[sizeof(o.reason) - 1] = '\0';
	o.left_sec = 0;
	assert_int_equal(kernel_open(k, &ruleset, &o), -EINVAL);
	assert_int_equal(kernel_opening(k, &ruleset, &o), 0);
	memset(o.reason, 'x', sizeof(o.reason) - 1);
	o.left_sec = 60;
	assert_int_equal(kernel_open(k, &ruleset, &o), 0);
	assert_int_equal(kernel_opening(k, &ruleset, &o), 1);
	assert_int_equal(strlen(o.reason), sizeof(o.reason) - 1);

	assert_true(sh("nft delete table bridge hallmark"));
	assert_int_equal(kernel_open(k, &ruleset, &o), -ENOENT); /* both or none */
	assert_true(sh("nft delete table inet hallmark"));
	assert_int_equal(kernel_open(k, &ruleset, &o), -ENOENT);
	assert_int_equal(kernel_opening(k, &ruleset, &o), -ENOENT);
}

static struct opening alone(const char *name, bool is_port, uint32_t left_sec, const char *reason)
{
	struct opening o = { .is_port = is_port, .left_sec = left_sec };

	(void)snprintf(o.alone, sizeof(o.alone), "%s", name);
	(void)snprintf(o.reason, sizeof(o.reason), "%s", reason);
	return o;
}

/* What is open alone must be these, by name. */
static void expect_alone(struct kernel *k, const struct opening *wanted, size_t n)
{
	_cleanup_free_ struct opening *found = NULL;
	size_t n_found = 0;

	assert_int_equal(kernel_openings(k, &ruleset, &found, &n_found), 0);
	assert_int_equal(n_found, n);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(found[i].alone, wanted[i].alone);
		assert_string_equal(found[i].reason, wanted[i].reason);
		assert_int_equal(found[i].is_port, wanted[i].is_port);
		assert_left(found[i].left_sec, wanted[i].left_sec);
	}
}

/* For so long, or a few seconds less. */
static bool is_port_flagged(unsigned minutes)
{
	return sh("nft list set inet hallmark opened_ports | grep -qE 'ether timeout (%um|%um[0-9]+s) '", minutes,
		  minutes - 1);
}

static void test_openings_alone(void **state)
{
	const struct opening dev0 = alone("dev0", false, 60, "a leak"),
			     port0 = alone("port0", true, 600, "two \"words\""), port1 = alone("port1", true, 120, ""),
			     nameless = alone("a b", false, 60, "");
	struct opening said = port0, whole = { .left_sec = 60 };
	struct kernel *k = *state;

	NEEDS_ROOT;
	(void)strcpy(said.reason, "two 'words'");
	expect_alone(k, NULL, 0);
	assert_int_equal(kernel_open(k, &ruleset, &nameless), -EINVAL);
	assert_int_equal(kernel_open(k, &ruleset, &port0), 0);
	assert_int_equal(kernel_open(k, &ruleset, &dev0), 0);
	assert_int_equal(kernel_open(k, &ruleset, &port1), 0);
	expect_alone(k, (struct opening[]){ dev0, said, port1 }, 3);
	assert_int_equal(kernel_opening(k, &ruleset, &whole), 0); /* the gateway is not */
	assert_true(sh("nft list set inet hallmark opened_alone | grep -q '\"dev0\" timeout 1m'"));
	assert_true(sh("nft list set bridge hallmark opened_alone | grep -q '\"port0\" timeout 10m'"));
	assert_false(sh("nft list set inet hallmark opened_alone | grep -q port"));
	assert_false(sh("nft list set bridge hallmark opened_alone | grep -q dev"));
	assert_true(is_port_flagged(10)); /* as long as the last of them */

	assert_int_equal(kernel_close_alone(k, &ruleset, "port0"), 0);
	assert_int_equal(kernel_close_alone(k, &ruleset, "port0"), 0);
	expect_alone(k, (struct opening[]){ dev0, port1 }, 2);
	assert_true(is_port_flagged(2));
	assert_int_equal(kernel_close_alone(k, &ruleset, "port1"), 0);
	assert_false(sh("nft list set inet hallmark opened_ports | grep -q ether"));
	expect_alone(k, &dev0, 1);

	whole.left_sec = 60;
	assert_int_equal(kernel_open(k, &ruleset, &whole), 0);
	assert_int_equal(kernel_open(k, &ruleset, &port1), 0);
	assert_int_equal(kernel_close(k, &ruleset), 0); /* everything */
	expect_alone(k, NULL, 0);
	assert_int_equal(kernel_opening(k, &ruleset, &whole), 0);
	assert_false(sh("nft list ruleset | grep -q 'expires'"));

	said = alone("port1", true, 1, "");
	assert_int_equal(kernel_open(k, &ruleset, &said), 0);
	(void)usleep(1300000);
	expect_alone(k, NULL, 0); /* by the kernel alone */
}

static void test_openings_alone_survive(void **state)
{
	const struct opening dev0 = alone("dev0", false, 60, "a leak"), port0 = alone("port0", true, 600, "a fire");
	struct opening whole = { .left_sec = 60, .reason = "fire drill" };
	struct kernel *k = *state;

	NEEDS_ROOT;
	assert_int_equal(kernel_open(k, &ruleset, &port0), 0);
	assert_int_equal(kernel_open(k, &ruleset, &dev0), 0);
	assert_int_equal(kernel_open(k, &ruleset, &whole), 0);
	ruleset.set_size++;
	assert_true(ensure(k));
	expect_alone(k, (struct opening[]){ dev0, port0 }, 2);
	assert_true(is_port_flagged(10));
	assert_int_equal(kernel_opening(k, &ruleset, &whole), 1);
	assert_true(sh("nft add element inet hallmark opened_alone '{ \"a+b\" timeout 1h }'")); /* not ours */
	expect_alone(k, (struct opening[]){ dev0, port0 }, 2);
	ruleset.n_bridges = 0; /* then it has no ports */
	assert_true(ensure(k));
	expect_alone(k, &dev0, 1);
	assert_int_equal(kernel_close(k, &ruleset), 0);
	ruleset.set_size++;
	assert_true(ensure(k));
	expect_alone(k, NULL, 0);

	/* A version that had no such sets. */
	assert_true(sh("nft delete table inet hallmark"));
	assert_true(sh("nft 'table inet hallmark { set opened { type iface_type; flags timeout; }; }'"));
	expect_alone(k, NULL, 0);
	assert_int_equal(kernel_open(k, &ruleset, &dev0), -ENOENT);
	assert_int_equal(kernel_open(k, &ruleset, &whole), 0);
	assert_int_equal(kernel_close(k, &ruleset), 0);
}

static void test_what_the_tables_guard(void **state)
{
	static const struct {
		const char *name;
		int without, with; /* with patterns: intervals */
	} rows[] = { { "dev0", 1, 1 }, { "dev00", 0, 1 }, { "dev", 0, 1 }, { "dew", 0, 0 },
		     { "dez", 0, 1 },  { "dez0", 0, 0 },  { "br0", 1, 0 }, { "br", 0, 0 },
		     { "up0", 0, 0 },  { "a", 0, 0 },     { "zz", 0, 0 } };
	struct kernel *k = *state;

	NEEDS_ROOT;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(kernel_guards(k, rows[i].name), rows[i].without);
	assert_int_equal(kernel_guards_port(k, "br0", "port0"), 1);
	assert_int_equal(kernel_guards_port(k, "br0", "side0"), 0);
	assert_int_equal(kernel_guards_port(k, "br1", "port0"), 0);

	assert_true(
		sh("nft 'delete table inet hallmark; table inet hallmark { set guarded { type ifname; flags interval;"
		   " elements = { \"dev*\", \"dez\" }; }; }'"));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (kernel_guards(k, rows[i].name) != rows[i].with)
			fail_msg("%s", rows[i].name);
	assert_true(sh("nft 'add element inet hallmark guarded { \"dew\" }'")); /* begins where another ends */
	assert_int_equal(kernel_guards(k, "dew"), 1);
	assert_int_equal(kernel_guards(k, "dew0"), 0);
	assert_true(sh("nft delete table inet hallmark"));
	assert_int_equal(kernel_guards(k, "dev0"), -ENOENT);
	assert_int_equal(kernel_guards_port(k, "br0", "port0"), -ENOENT);
}

/* A new configuration, with or without bridges, leaves it open for the time that is left. */
static void test_opening_survives(void **state)
{
	struct opening o = { .left_sec = 60, .reason = "fire drill" }, found = { 0 };
	struct kernel *k = *state;

	NEEDS_ROOT;
	ruleset.n_bridges = 0;
	assert_true(ensure(k));
	assert_int_equal(kernel_open(k, &ruleset, &o), 0);
	for (int i = 0; i < 3; i++) {
		ruleset.n_bridges = i == 0;
		ruleset.set_size++;
		assert_true(ensure(k));
		assert_false(ensure(k));
		assert_int_equal(kernel_opening(k, &ruleset, &found), 1);
		assert_left(found.left_sec, 60);
		assert_string_equal(found.reason, "fire drill");
		if (i == 0)
			assert_true(sh("nft list set bridge hallmark opened | grep -q 'comment \"fire drill\"'"));
	}
	assert_int_equal(kernel_close(k, &ruleset), 0);
	ruleset.set_size++;
	assert_true(ensure(k));
	assert_int_equal(kernel_opening(k, &ruleset, &found), 0);
}

/* --- counters --- */

#define COUNTERS                                                                                                       \
	"nft 'delete table inet hallmark; delete table bridge hallmark; table inet hallmark {"                         \
	" counter n_trusted_passed { packets 5 bytes 500; }; counter n_quarantine_dropped { packets 7 bytes 70; };"    \
	" counter n_opened { packets 1 bytes 60; }; counter n_other { packets 9 bytes 9; }; };"                        \
	" table bridge hallmark { counter n_trusted_passed { packets 10 bytes 1000; };"                                \
	" counter n_restricted_monitored { packets 3 bytes 33; }; counter n_layer2 { packets 2 bytes 84; };"           \
	" counter n_opened { packets 4 bytes 240; }; }'"

static void test_counts(void **state)
{
	struct kernel_counts c;
	struct kernel *k = *state;

	NEEDS_ROOT;
	assert_int_equal(kernel_counts(k, &ruleset, &c), 0);
	assert_int_equal(c.zones[TRUSTED].passed.packets + c.layer2.packets + c.opened.packets, 0);
	assert_true(sh("%s", COUNTERS));
	assert_int_equal(kernel_counts(k, &ruleset, &c), 0);
	assert_int_equal(c.zones[TRUSTED].passed.packets, 15);
	assert_int_equal(c.zones[TRUSTED].passed.bytes, 1500);
	assert_int_equal(c.zones[TRUSTED].dropped.packets, 0);
	assert_int_equal(c.zones[ZONE_QUARANTINE].dropped.packets, 7);
	assert_int_equal(c.zones[RESTRICTED].monitored.packets, 3);
	assert_int_equal(c.layer2.packets, 2);
	assert_int_equal(c.layer2.bytes, 84);
	assert_int_equal(c.opened.packets, 5);
	ruleset.n_bridges = 0;
	assert_int_equal(kernel_counts(k, &ruleset, &c), 0);
	assert_int_equal(c.zones[TRUSTED].passed.packets, 5);
	assert_int_equal(c.layer2.packets, 0);
}

/* --- the ports of a bridge --- */

static void test_bridge_port(void **state)
{
	const uint8_t mac[] = { 2, 0, 0, 0, 1, 1 }, unknown[] = { 2, 0, 0, 0, 9, 9 };
	uint8_t own[6] = { 2, 0, 0, 0, 2, 2 };
	struct kernel *k = *state;
	char port[IFNAMSIZ] = "";
	unsigned bridge;

	NEEDS_ROOT;
	assert_true(sh("ip link add br0 address 02:00:00:00:02:02 type bridge && ip link set br0 up && "
		       "ip link add br1 type bridge && ip link set br1 up"));
	assert_true(sh("for i in 0 1; do ip link add port$i type veth peer name far$i && "
		       "ip link set far$i address 02:00:00:00:01:0$i && "
		       "ip link set port$i master br0 && ip link set port$i up && ip link set far$i up; done"));
	assert_true(sh("nft flush ruleset && ip addr add 192.0.2.1/24 dev br0 && "
		       "ip addr add 192.0.2.2/32 dev far1 && "
		       "/usr/bin/python3 -c 'import socket; s=socket.socket(socket.AF_PACKET,socket.SOCK_RAW); "
		       "s.bind((\"far1\",0)); s.send(bytes.fromhex(\"ffffffffffff02000000010188b5\")+bytes(50))'"));
	bridge = if_nametoindex("br0");
	assert_int_equal(kernel_bridge_port(k, bridge, mac, port), 0);
	assert_string_equal(port, "port1");
	assert_int_equal(kernel_bridge_port(k, bridge, unknown, port), -ENOENT);
	assert_int_equal(kernel_bridge_port(k, bridge, own, port), -ENOENT);
	assert_int_equal(kernel_bridge_port(k, if_nametoindex("br1"), mac, port), -ENOENT);
	assert_true(kernel_bridge_port(k, if_nametoindex("far0"), mac, port) < 0);
	assert_true(kernel_bridge_port(k, 9999, mac, port) < 0);

	/* The way for bridges that know VLANs, which not every kernel here has. */
	port[0] = '\0';
	assert_int_equal(kernel_bridge_port_listed(k, bridge, mac, port), 0);
	assert_string_equal(port, "port1");
	assert_int_equal(kernel_bridge_port_listed(k, bridge, unknown, port), -ENOENT);
	assert_int_equal(kernel_bridge_port_listed(k, bridge, own, port), -ENOENT);
	assert_int_equal(kernel_bridge_port_listed(k, if_nametoindex("br1"), mac, port), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BRIDGE(test_ensure_both),
		BRIDGE(test_ensure_patterns),
		BRIDGE(test_bridges_removed),
		BRIDGE(test_apply_both),
		BRIDGE(test_ensure_with_elements),
		BRIDGE(test_shared_keys),
		BRIDGE(test_many_both),
		BRIDGE(test_watch_many),
		BRIDGE(test_opening),
		BRIDGE(test_opening_fails),
		BRIDGE(test_opening_survives),
		BRIDGE(test_openings_alone),
		BRIDGE(test_openings_alone_survive),
		BRIDGE(test_what_the_tables_guard),
		BRIDGE(test_counts),
		BRIDGE(test_bridge_port),
		BRIDGE(test_several_at_one_place),
		BRIDGE(test_held_is_released),
		BRIDGE(test_held_is_kept),
		BRIDGE(test_many_are_released),
		BRIDGE(test_addresses_of_the_gateway),
	};

	enter_namespace();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
