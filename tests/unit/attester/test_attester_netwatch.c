/* SPDX-License-Identifier: Apache-2.0 */
/* links: attester */
/* What changes the way to the gateway, and what does not, on the real kernel in a network namespace; and the default routers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "attester/netwatch.h"
#include "attester/router.h"
#include "hallmark/protocol.h"

#define WAIT_MSEC 2500 /* a change is looked at after one second */

static bool has_namespace;

__attribute__((format(printf, 1, 2))) static void sh(const char *format, ...)
{
	char command[1024];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(command, sizeof(command), format, ap);
	va_end(ap);
	if (system(command) != 0)
		fail_msg("%s", command);
}

/* A cable from eth0, with the address 192.0.2.7, to the port of a switch; its default router is 192.0.2.1. */
static int plug(void **state)
{
	(void)state;
	has_namespace = unshare(CLONE_NEWNET) == 0;
	if (!has_namespace) {
		(void)fprintf(stderr, "SKIPPED: these tests need root, for network namespaces\n");
		return 0;
	}
	sh("ip link set lo up && ip link add eth0 type veth peer name port0 && ip link add eth1 type veth peer name "
	   "port1 &&"
	   "sysctl -qw net.ipv6.conf.eth0.accept_dad=0 net.ipv6.conf.eth0.addr_gen_mode=1 &&"
	   "ip link set port0 up && ip link set eth0 up && ip link set eth1 up &&"
	   "ip address add 192.0.2.7/24 dev eth0 && ip -6 address add 2001:db8::7/64 dev eth0 nodad &&"
	   "ip -6 address add fe80::7/64 dev eth0 nodad && ip route add default via 192.0.2.1");
	return 0;
}

#define NEEDS_ROOT                                                                                                     \
	do {                                                                                                           \
		if (!has_namespace)                                                                                    \
			skip();                                                                                        \
	} while (0)

/* --- routers --- */

static void assert_router(const struct router_list *list, size_t i, const char *address, const char *scope)
{
	const union endpoint *e = &list->at[i].address;
	char text[INET6_ADDRSTRLEN];

	assert_true(i < list->n);
	if (e->any.sa_family == AF_INET6) {
		assert_non_null(inet_ntop(AF_INET6, &e->in6.sin6_addr, text, sizeof(text)));
		assert_int_equal(ntohs(e->in6.sin6_port), HALLMARK_PORT);
		assert_int_equal(e->in6.sin6_scope_id, scope ? if_nametoindex(scope) : 0);
	} else {
		assert_non_null(inet_ntop(AF_INET, &e->in.sin_addr, text, sizeof(text)));
		assert_int_equal(ntohs(e->in.sin_port), HALLMARK_PORT);
	}
	assert_string_equal(text, address);
}

static void test_routers(void **state)
{
	struct routers got;
	(void)state;

	NEEDS_ROOT;
	got = routers_find();
	assert_int_equal(got.four.n, 1);
	assert_int_equal(got.six.n, 0);
	assert_router(&got.four, 0, "192.0.2.1", NULL);

	sh("ip -6 route add default via fe80::1 dev eth0 metric 100");
	sh("ip -6 route add default via 2001:db8::1 dev eth0 metric 50");
	sh("ip -6 route add default via 2001:db8::2 dev eth0 metric 200");
	got = routers_find();
	assert_int_equal(got.six.n, ROUTERS_MAX);
	assert_router(&got.six, 0, "2001:db8::1", NULL);
	assert_router(&got.six, 1, "fe80::1", "eth0");
	sh("ip -6 route flush default");
}

/* Not each route is one to a router. */
static void test_other_routes(void **state)
{
	struct routers got, again;
	(void)state;

	NEEDS_ROOT;
	sh("ip route add default via 192.0.2.9 table 77 && ip route add 198.51.100.0/24 via 192.0.2.9 &&"
	   "ip route add 0.0.0.0/1 via 192.0.2.9 && ip route add blackhole default metric 7 &&"
	   "ip route add default dev eth0 metric 9");
	got = routers_find();
	assert_int_equal(got.four.n, 1);
	assert_router(&got.four, 0, "192.0.2.1", NULL);

	sh("ip route flush table 77 && ip route del 198.51.100.0/24 && ip route del 0.0.0.0/1 &&"
	   "ip route del blackhole default metric 7 && ip route del default dev eth0 metric 9");
	again = routers_find();
	assert_true(routers_equal(&got, &again));

	sh("ip route replace default nexthop via 192.0.2.3 nexthop via 192.0.2.4");
	got = routers_find();
	assert_int_equal(got.four.n, 1);
	assert_router(&got.four, 0, "192.0.2.3", NULL);
	assert_false(routers_equal(&got, &again));

	sh("ip route del default");
	got = routers_find();
	assert_int_equal(got.four.n + got.six.n, 0);
	sh("ip route add default via 192.0.2.1");
}

/* --- the watch --- */

static const union endpoint gateway = { .in = { .sin_family = AF_INET, .sin_port = 0x3416 } };

/* As after an attestation that went to 192.0.2.1. */
static struct netwatch watch(bool is_search, bool is_found)
{
	struct netwatch w = netwatch_open(is_search);
	struct gateways gateways = { .n = 1, .is_found = is_found, .at[0].address = gateway };

	assert_true(w.fd >= 0);
	assert_int_equal(inet_pton(AF_INET, "192.0.2.1", &gateways.at[0].address.in.sin_addr), 1);
	netwatch_begin(&w);
	place_towards(&gateways.at[0].address, &gateways.at[0].place);
	assert_int_equal(gateways.at[0].place.n_address, 4);
	netwatch_note(&w, &gateways);
	return w;
}

static uint64_t boot_msec(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &now), 0);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void test_silence(void **state)
{
	uint64_t begun = boot_msec();
	struct netwatch w;
	(void)state;

	NEEDS_ROOT;
	w = watch(false, true);
	assert_false(netwatch_wait(&w, 300));
	assert_true(boot_msec() >= begun + 300);
	assert_int_equal(w.quiet_until_msec, 0); /* there was nothing to look at */
	netwatch_close(&w);
}

/* What is told and changes nothing is looked at, once in ten seconds. */
static void test_noise(void **state)
{
	struct netwatch w;
	(void)state;

	NEEDS_ROOT;
	w = watch(true, true);
	sh("ip address add 192.0.2.77/32 dev eth0 && ip route add 198.51.100.0/24 via 192.0.2.9 && ip link set eth1 "
	   "down");
	assert_false(netwatch_wait(&w, WAIT_MSEC));
	assert_true(w.quiet_until_msec > boot_msec() + 5000);
	sh("ip address del 192.0.2.77/32 dev eth0 && ip route del 198.51.100.0/24 && ip link set eth1 up");
	netwatch_close(&w);
}

static void test_another_address(void **state)
{
	struct netwatch w;
	(void)state;

	NEEDS_ROOT;
	w = watch(false, true);
	sh("ip address del 192.0.2.7/24 dev eth0 && ip address add 192.0.2.8/24 dev eth0");
	assert_true(netwatch_wait(&w, WAIT_MSEC));
	assert_true(w.has_moved);
	assert_true(w.quiet_until_msec > boot_msec() + 5000);
	w.quiet_until_msec = 0;
	netwatch_begin(&w); /* the device has taken note of it */
	sh("ip address add 192.0.2.77/32 dev eth0 && ip address del 192.0.2.77/32 dev eth0");
	assert_false(netwatch_wait(&w, WAIT_MSEC));
	sh("ip address del 192.0.2.8/24 dev eth0 && ip address add 192.0.2.7/24 dev eth0 && ip route add default via "
	   "192.0.2.1");
	netwatch_close(&w);
}

/* The change while the device attested counts, since the place is the one of the time when it was tried. */
static void test_a_change_meanwhile(void **state)
{
	struct gateways gateways = { .n = 1, .is_found = true, .at[0].address = gateway };
	struct netwatch w;
	(void)state;

	NEEDS_ROOT;
	assert_int_equal(inet_pton(AF_INET, "192.0.2.1", &gateways.at[0].address.in.sin_addr), 1);
	w = netwatch_open(false);
	netwatch_begin(&w);
	place_towards(&gateways.at[0].address, &gateways.at[0].place);
	sh("ip address del 192.0.2.7/24 dev eth0 && ip address add 192.0.2.8/24 dev eth0");
	netwatch_note(&w, &gateways);
	assert_true(netwatch_wait(&w, WAIT_MSEC));
	sh("ip address del 192.0.2.8/24 dev eth0 && ip address add 192.0.2.7/24 dev eth0 && ip route add default via "
	   "192.0.2.1");
	netwatch_close(&w);
}

/* No carrier is no way; when there is one again, the cable may be in another port. */
static void test_another_port(void **state)
{
	struct netwatch w;
	(void)state;

	NEEDS_ROOT;
	w = watch(false, true);
	sh("ip link set port0 down");
	assert_false(netwatch_wait(&w, WAIT_MSEC));
	assert_int_equal(w.quiet_until_msec, 0); /* the change is not over: what comes next is looked at soon */
	sh("ip link set port0 up");
	assert_true(netwatch_wait(&w, WAIT_MSEC));
	netwatch_close(&w);
}

/* A device that was told where the gateway is does not care for its default router, and another one does. */
static void test_another_router(void **state)
{
	(void)state;

	NEEDS_ROOT;
	for (int is_search = 0; is_search <= 1; is_search++) {
		struct netwatch w = watch(is_search, true);

		sh("ip route replace default via 192.0.2.254");
		assert_int_equal(netwatch_wait(&w, WAIT_MSEC), is_search);
		assert_false(w.has_moved); /* the gateway is where it was */
		sh("ip route replace default via 192.0.2.1");
		netwatch_close(&w);
	}
}

/* While the default router is away, there is nobody to find; when it is back, nothing has changed. */
static void test_no_router(void **state)
{
	struct netwatch w;
	(void)state;

	NEEDS_ROOT;
	w = watch(true, true);
	sh("ip route del default");
	assert_false(netwatch_wait(&w, WAIT_MSEC));
	assert_int_equal(w.quiet_until_msec, 0);
	sh("ip route add default via 192.0.2.1");
	assert_false(netwatch_wait(&w, WAIT_MSEC));
	netwatch_close(&w);
}

/* Whoever has not found it tries again when his addresses change: it may be elsewhere now. */
static void test_lost(void **state)
{
	struct gateways none = { 0 };
	struct netwatch w;
	(void)state;

	NEEDS_ROOT;
	for (int i = 0; i < 2; i++) {
		w = watch(true, false);
		if (i == 1) {
			netwatch_close(&w);
			w = netwatch_open(false); /* a name that is not resolved */
			netwatch_note(&w, &none);
		}
		assert_false(netwatch_wait(&w, 300));
		sh("ip address add 192.0.2.77/32 dev eth0");
		assert_true(netwatch_wait(&w, WAIT_MSEC));
		assert_true(w.quiet_until_msec > boot_msec() + 5000);
		sh("ip address del 192.0.2.77/32 dev eth0");
		netwatch_close(&w);
	}
}

/* What else the kernel tells does not end his wait: he would search without end. */
static void test_noise_for_the_lost(void **state)
{
	struct netwatch w;
	(void)state;

	NEEDS_ROOT;
	w = watch(true, false);
	sh("ip route add 198.51.100.0/24 via 192.0.2.9 && ip link set eth1 mtu 1400 && ip link set eth1 mtu 1500 &&"
	   "ip route del 198.51.100.0/24 && ip route replace default via 192.0.2.1");
	assert_false(netwatch_wait(&w, WAIT_MSEC));
	assert_true(w.quiet_until_msec > boot_msec() + 5000);
	w.quiet_until_msec = 0;
	sh("ip route replace default via 192.0.2.254");
	assert_true(netwatch_wait(&w, WAIT_MSEC));
	w.quiet_until_msec = 0;
	sh("ip route replace default via 192.0.2.1");
	netwatch_begin(&w);
	sh("ip link set port0 down");
	assert_true(netwatch_wait(&w, WAIT_MSEC));
	w.quiet_until_msec = 0;
	netwatch_begin(&w);
	sh("ip link set port0 up");
	assert_true(netwatch_wait(&w, WAIT_MSEC));
	netwatch_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_routers),
		cmocka_unit_test(test_other_routes),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_another_address),
		cmocka_unit_test(test_a_change_meanwhile),
		cmocka_unit_test(test_another_port),
		cmocka_unit_test(test_another_router),
		cmocka_unit_test(test_no_router),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_noise_for_the_lost),
	};

	return cmocka_run_group_tests(tests, plug, NULL);
}
