/* SPDX-License-Identifier: Apache-2.0 */
/* links: enforce decide base */
/*
 * What passes a gateway on the real kernel: its namespace is this process's, each device is a child that holds one. Skips
 * when it is not root.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "decide/policy.h"
#include "enforce/membership.h"
#include "kernel_kit.h"

/* --- A gateway with two devices and a host on the Internet --- */

enum place { DEVICE0, DEVICE1, HOST, _PLACE_MAX };

/* Their ends of the wires, and the gateway's. */
static const struct {
	const char *wire, *address4, *address6, *gateway4, *gateway6;
} places[_PLACE_MAX] = {
	[DEVICE0] = { "dev0", "192.0.2.2", "2001:db8:0::2", "192.0.2.1", "2001:db8:0::1" },
	[DEVICE1] = { "dev1", "203.0.113.2", "2001:db8:1::2", "203.0.113.1", "2001:db8:1::1" },
	[HOST] = { "up0", "198.51.100.2", "2001:db8:2::2", "198.51.100.1", "2001:db8:2::1" },
};

static pid_t place_pids[_PLACE_MAX];

/* A process that does nothing but hold a namespace. */
static pid_t hold_namespace(void)
{
	int ready[2];
	char byte = 0;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNET) == 0 && write(ready[1], &byte, 1) == 1)
			for (;;)
				(void)pause();
		_exit(1);
	}
	(void)close(ready[1]);
	if (pid > 0 && read(ready[0], &byte, 1) != 1)
		pid = -1;
	(void)close(ready[0]);
	return pid;
}

#define IN "nsenter -t %d -n "

/* Without it a link-local address is of no use in its first second. */
#define NO_DAD "echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad"

static bool wire(enum place p)
{
	int pid = (int)place_pids[p];
	const char *w = places[p].wire;

	return sh(NO_DAD) && sh(IN "sh -c '" NO_DAD "'", pid) &&
	       sh("ip link add %s type veth peer name eth0 netns %d", w, pid) &&
	       sh(IN "ip link set eth0 address 02:00:00:00:01:%02x", pid, p) &&
	       sh("ip addr add %s/24 dev %s && ip addr add %s/64 dev %s nodad && ip link set %s up", places[p].gateway4,
		  w, places[p].gateway6, w, w) &&
	       sh(IN "sh -c 'ip link set lo up; ip addr add %s/24 dev eth0; ip addr add %s/64 dev "
		     "eth0 nodad; "
		     "ip link set eth0 up; ip route add default via %s; ip -6 route add default "
		     "via %s'",
		  pid, places[p].address4, places[p].address6, places[p].gateway4, places[p].gateway6);
}

static int world_setup(void **state)
{
	if (!has_namespace)
		return 0;
	if (setup(state) < 0 || !sh("cd /proc/sys/net && echo 1 >ipv4/ip_forward && echo 1 >ipv6/conf/all/forwarding"))
		return -1;
	for (int p = 0; p < _PLACE_MAX; p++) {
		place_pids[p] = hold_namespace();
		if (place_pids[p] < 0 || !wire((enum place)p))
			return -1;
	}
	return sh("ip link set lo up") ? 0 : -1;
}

static int world_teardown(void **state)
{
	for (int p = 0; p < _PLACE_MAX && has_namespace; p++) {
		(void)sh("ip link del %s", places[p].wire);
		(void)kill(place_pids[p], SIGKILL);
		(void)waitpid(place_pids[p], NULL, 0);
	}
	return teardown(state);
}

/* Until the first answer; a loaded machine may answer late. */
static bool pings(enum place from, const char *address)
{
	return sh(IN "ping -c 1 -i 0.2 -w 10 -q %s >/dev/null 2>&1", (int)place_pids[from], address);
}

static bool reaches(enum place from, enum place to)
{
	return pings(from, places[to].address4) && pings(from, places[to].address6);
}

/* Neither IP version has an answer within a moment. */
static bool shut_off(enum place from, enum place to)
{
	return !sh(IN "ping -c 2 -i 0.2 -W 0.5 -q %s >/dev/null 2>&1", (int)place_pids[from], places[to].address4) &&
	       !sh(IN "ping -c 2 -i 0.2 -W 0.5 -q %s >/dev/null 2>&1", (int)place_pids[from], places[to].address6);
}

static struct element element_at(enum place p, uint8_t zone)
{
	struct element e = { .mac = { 2, 0, 0, 0, 1, (uint8_t)p }, .zone = zone, .timeout_sec = 3600 };

	(void)snprintf(e.interface, sizeof(e.interface), "%s", places[p].wire);
	return e;
}

static void admit(struct kernel *k, enum place p, uint8_t zone)
{
	struct element e = element_at(p, zone);

	assert_int_equal(kernel_apply(k, &ruleset, &e, 1), 0);
}

static void test_neighbour(void **state)
{
	struct kernel *k = *state;
	struct in6_addr address;
	uint8_t mac[6];
	unsigned index;

	NEEDS_ROOT;
	index = if_nametoindex("dev1");
	assert_int_equal(inet_pton(AF_INET6, "::ffff:203.0.113.2", &address), 1);
	assert_int_equal(kernel_neighbour(k, index, &address, mac), -ENOENT);
	assert_true(sh("ping -c 1 -q 203.0.113.2 >/dev/null && ping -c 1 -q 2001:db8:1::2 >/dev/null"));
	assert_int_equal(kernel_neighbour(k, index, &address, mac), 0);
	assert_memory_equal(mac, "\x02\0\0\0\x01\x01", 6);
	assert_int_equal(kernel_neighbour(k, if_nametoindex("dev0"), &address, mac), -ENOENT);
	assert_int_equal(inet_pton(AF_INET6, "2001:db8:1::2", &address), 1);
	assert_int_equal(kernel_neighbour(k, index, &address, mac), 0);
	assert_memory_equal(mac, "\x02\0\0\0\x01\x01", 6);

	/* One that does not answer is known to the kernel, but not as valid. */
	(void)sh("ping -c 1 -W 1 -q 203.0.113.9 >/dev/null");
	assert_int_equal(inet_pton(AF_INET6, "::ffff:203.0.113.9", &address), 1);
	assert_int_equal(kernel_neighbour(k, index, &address, mac), -ENOENT);
	assert_true(kernel_neighbour(k, 9999, &address, mac) < 0);
}

static size_t count_holders(struct kernel *k, const char *text, const char *interface)
{
	struct in6_addr address;
	unsigned list[4];
	size_t n = 0;
	bool has = false;

	assert_int_equal(inet_pton(AF_INET6, text, &address), 1);
	assert_int_equal(kernel_holders(k, &address, list, ARRAY_SIZE(list), &n), 0);
	for (size_t i = 0; i < n; i++)
		has |= list[i] == if_nametoindex(interface);
	assert_int_equal(has, n > 0);
	return n;
}

/* The gateway's own addresses are of the interface that has them; those of its neighbours and of nobody are of none. */
static void test_holders(void **state)
{
	struct kernel *k = *state;

	NEEDS_ROOT;
	assert_int_equal(count_holders(k, "::ffff:203.0.113.1", "dev1"), 1);
	assert_int_equal(count_holders(k, "2001:db8:1::1", "dev1"), 1);
	assert_int_equal(count_holders(k, "::ffff:203.0.113.2", "dev1"), 0);
	assert_int_equal(count_holders(k, "2001:db8:1::2", "dev1"), 0);
	assert_true(sh("ip address add 2001:db8:1::1/128 dev dev0 nodad"));
	assert_int_equal(count_holders(k, "2001:db8:1::1", "dev0"), 2);
	assert_true(sh("ip address del 2001:db8:1::1/128 dev dev0"));
	assert_int_equal(count_holders(k, "2001:db8:1::1", "dev1"), 1);
}

static int routes(struct kernel *k, const char *interface, const char *address)
{
	struct in6_addr to;

	assert_int_equal(inet_pton(AF_INET6, address, &to), 1);
	return kernel_routes(k, if_nametoindex(interface), &to);
}

/* Each address is routed to its own interface, a link-local one to each; the gateway's own, and those of nobody, to none. */
static void test_routes(void **state)
{
	static const char *const at_dev1[] = { "::ffff:203.0.113.2", "2001:db8:1::2" };
	static const char *const nowhere[] = { "::ffff:203.0.113.1", "2001:db8:1::1", "::ffff:100.64.9.9",
					       "2001:db8:9999::1" };
	struct kernel *k = *state;

	NEEDS_ROOT;
	for (size_t i = 0; i < ARRAY_SIZE(at_dev1); i++) {
		assert_int_equal(routes(k, "dev1", at_dev1[i]), 1);
		assert_int_equal(routes(k, "dev0", at_dev1[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(nowhere); i++)
		assert_int_equal(routes(k, "dev1", nowhere[i]), 0);
	assert_int_equal(routes(k, "dev1", "fe80::2"), 1);
	assert_int_equal(routes(k, "dev0", "fe80::2"), 1);

	/* A second subnet, a network behind a device, and one behind two. */
	assert_true(sh("ip addr add 203.0.114.1/24 dev dev1 && ip route add 100.64.1.0/24 via 203.0.113.2 && "
		       "ip route add 100.64.2.0/24 nexthop via 203.0.113.2 dev dev1 nexthop dev dev0 && "
		       "ip route add unreachable 100.64.3.0/24"));
	assert_int_equal(routes(k, "dev1", "::ffff:203.0.114.7"), 1);
	assert_int_equal(routes(k, "dev1", "::ffff:100.64.1.7"), 1);
	assert_int_equal(routes(k, "dev0", "::ffff:100.64.1.7"), 0);
	assert_int_equal(routes(k, "dev1", "::ffff:100.64.2.7"), 1);
	assert_int_equal(routes(k, "dev0", "::ffff:100.64.2.7"), 1);
	assert_int_equal(routes(k, "dev1", "::ffff:100.64.3.7"), 0);
}

static void test_zones(void **state)
{
	struct kernel *k = *state;

	NEEDS_ROOT;
	assert_true(shut_off(DEVICE0, HOST));
	assert_true(shut_off(DEVICE0, DEVICE1));
	assert_true(pings(DEVICE0, places[DEVICE0].gateway4)); /* a pinhole */
	assert_true(pings(DEVICE0, places[DEVICE0].gateway6));

	admit(k, DEVICE0, TRUSTED);
	assert_true(reaches(DEVICE0, HOST));
	assert_true(shut_off(DEVICE0, DEVICE1)); /* which may not answer */
	assert_true(shut_off(HOST, DEVICE0));    /* nobody calls a device */
	admit(k, DEVICE1, TRUSTED);
	assert_true(reaches(DEVICE0, DEVICE1));
	assert_true(reaches(DEVICE1, DEVICE0));

	admit(k, DEVICE0, RESTRICTED);
	assert_true(shut_off(DEVICE0, HOST));
	assert_true(shut_off(DEVICE1, DEVICE0));
	admit(k, DEVICE0, ZONE_QUARANTINE);
	assert_true(shut_off(DEVICE0, HOST));

	/* The same MAC behind another port is nobody. */
	assert_true(sh(IN "ip link set eth0 address 02:00:00:00:01:01", (int)place_pids[DEVICE0]));
	assert_true(shut_off(DEVICE0, HOST));
	assert_true(reaches(DEVICE1, HOST));
}

/* Whether packets towards a place belong to the flows of a zone, over both versions. */
static bool is_answered(enum place p, const char *set)
{
	const bool four = sh("nft get element inet hallmark %s4 { \"%s\" . %s } >/dev/null 2>&1", set, places[p].wire,
			     places[p].address4),
		   six = sh("nft get element inet hallmark %s6 { \"%s\" . %s } >/dev/null 2>&1", set, places[p].wire,
			    places[p].address6);

	assert_int_equal(four, six);
	return four;
}

/* The addresses that a device sends from are answered in its zone, and go where it goes. */
static void test_answers_follow(void **state)
{
	struct element moved[] = { element_at(DEVICE0, ZONE_QUARANTINE), element_at(DEVICE0, TRUSTED) }, e;
	struct kernel *k = *state;

	NEEDS_ROOT;
	admit(k, DEVICE0, TRUSTED);
	admit(k, DEVICE1, TRUSTED);
	assert_false(is_answered(DEVICE0, "at_trusted"));
	assert_true(reaches(DEVICE0, HOST) && reaches(DEVICE1, HOST));
	assert_true(is_answered(DEVICE0, "at_trusted") && is_answered(DEVICE1, "at_trusted"));
	admit(k, DEVICE0, TRUSTED);
	assert_true(is_answered(DEVICE0, "at_trusted"));
	assert_int_equal(kernel_apply(k, &ruleset, moved, ARRAY_SIZE(moved)), 0); /* from one address to another */
	assert_true(is_answered(DEVICE0, "at_trusted"));

	admit(k, DEVICE0, RESTRICTED);
	assert_false(is_answered(DEVICE0, "at_trusted"));
	assert_true(is_answered(DEVICE0, "at_restricted"));
	admit(k, DEVICE0, ZONE_QUARANTINE);
	assert_false(is_answered(DEVICE0, "at_restricted"));
	assert_true(is_answered(DEVICE1, "at_trusted"));

	/* One that ended by itself is followed when that is told, and another that has taken its address keeps it. */
	admit(k, DEVICE0, TRUSTED);
	assert_true(reaches(DEVICE0, HOST));
	assert_true(sh("nft flush set inet hallmark z_trusted"));
	assert_true(is_answered(DEVICE0, "at_trusted") && is_answered(DEVICE1, "at_trusted"));
	e = element_at(DEVICE1, TRUSTED);
	assert_int_equal(kernel_prune_answers(k, &ruleset, &e, 1), 0);
	assert_false(is_answered(DEVICE0, "at_trusted"));
	assert_true(is_answered(DEVICE1, "at_trusted"));
	admit(k, DEVICE1, TRUSTED);
	assert_true(sh("nft add element inet hallmark from4 { \"%s\" . 02:00:00:00:01:77 . %s }", places[DEVICE1].wire,
		       places[DEVICE1].address4) &&
		    sh("nft add element inet hallmark from6 { \"%s\" . 02:00:00:00:01:77 . %s }", places[DEVICE1].wire,
		       places[DEVICE1].address6));
	e = element_at(DEVICE1, ZONE_QUARANTINE);
	e.mac[5] = 0x77;
	assert_int_equal(kernel_follow(k, &ruleset, &e, 1), 0);
	assert_true(is_answered(DEVICE1, "at_trusted"));
	e = element_at(DEVICE1, ZONE_QUARANTINE);
	assert_int_equal(kernel_follow(k, &ruleset, &e, 1), 0);
	assert_false(is_answered(DEVICE1, "at_trusted"));
}

/* What was noted goes into the tables that are loaded next; without them, what the neighbour table says. */
static void test_answers_survive_loading(void **state)
{
	struct element elements[] = { element_at(DEVICE0, TRUSTED), element_at(DEVICE1, RESTRICTED) };
	struct kernel *k = *state;
	bool loaded = false;

	NEEDS_ROOT;
	admit(k, DEVICE0, TRUSTED);
	admit(k, DEVICE1, TRUSTED);
	for (int i = 0; i < 2; i++) {
		assert_true(reaches(DEVICE0, HOST));
		assert_true(pings(DEVICE1, places[DEVICE1].gateway4) && pings(DEVICE1, places[DEVICE1].gateway6));
		if (i == 0) /* as another version's */
			assert_true(
				sh("nft delete set inet hallmark z_restricted 2>/dev/null; nft add rule inet hallmark "
				   "c_forward counter"));
		else
			assert_true(sh("nft delete table inet hallmark"));
		assert_int_equal(kernel_ensure_table(k, &ruleset, elements, ARRAY_SIZE(elements), &loaded), 0);
		assert_true(loaded);
		assert_true(is_answered(DEVICE0, "at_trusted"));
		assert_true(is_answered(DEVICE1, "at_restricted"));
		assert_false(is_answered(DEVICE1, "at_trusted"));
	}
}

/* Connects from one place to an address, and has the echo when the server comes to it. */
static bool connects_within(const char *sec, enum place from, const char *kind, const char *address, int port)
{
	return sh(IN "/usr/bin/python3 -c 'import socket;"
		     "s=socket.create_connection((\"%s\",%d),%s);s.settimeout(30);s.sendall(b\"%s\");assert "
		     "s.recv(9)==b\"%s\"' 2>/dev/null",
		  (int)place_pids[from], address, port, sec, kind, kind);
}

#define connects(...)   connects_within("10", __VA_ARGS__)
#define is_refused(...) (!connects_within(".5", __VA_ARGS__))

/* Echoes what TCP connections send, until it is killed. */
static pid_t echo_server(pid_t where, int port)
{
	char text[512], byte;
	int ready[2];
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)close(ready[0]);
		(void)snprintf(text, sizeof(text),
			       "import os, socketserver as s\n"
			       "class H(s.BaseRequestHandler):\n"
			       " def handle(self):\n"
			       "  while d := self.request.recv(99): self.request.sendall(d)\n"
			       "server = s.ThreadingTCPServer((\"0.0.0.0\", %d), H)\n"
			       "os.write(%d, b\"!\")\n"
			       "server.serve_forever()",
			       port, ready[1]);
		if (where > 0) {
			char target[16];

			(void)snprintf(target, sizeof(target), "%d", (int)where);
			(void)execlp("nsenter", "nsenter", "-t", target, "-n", "/usr/bin/python3", "-c", text, NULL);
		}
		(void)execl("/usr/bin/python3", "python3", "-c", text, NULL);
		_exit(1);
	}
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	return pid;
}

static void stop(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

static void test_services(void **state)
{
	struct kernel *k = *state;
	pid_t servers[4];

	NEEDS_ROOT;
	servers[0] = echo_server(place_pids[HOST], 7000);
	servers[1] = echo_server(place_pids[HOST], 7001);
	servers[2] = echo_server(0, 8080);
	servers[3] = echo_server(0, 22);

	assert_true(is_refused(DEVICE0, "q", "198.51.100.2", 7000));
	assert_true(is_refused(DEVICE0, "q", "192.0.2.1", 8080));
	assert_true(connects(DEVICE0, "q", "192.0.2.1", 22)); /* the operator's */
	admit(k, DEVICE0, RESTRICTED);
	assert_true(connects(DEVICE0, "r", "198.51.100.2", 7000));
	assert_true(is_refused(DEVICE0, "r", "198.51.100.2", 7001));
	assert_true(is_refused(DEVICE0, "r", "192.0.2.1", 8080));
	admit(k, DEVICE0, TRUSTED);
	assert_true(connects(DEVICE0, "t", "198.51.100.2", 7001));
	assert_true(connects(DEVICE0, "t", "192.0.2.1", 8080));
	assert_true(is_refused(DEVICE0, "t", "192.0.2.1", 8081));
	for (size_t i = 0; i < ARRAY_SIZE(servers); i++)
		stop(servers[i]);
}

/* A flow that was allowed ends with the admission, at the next packet. */
static void test_demotion(void **state)
{
	struct kernel *k = *state;
	char command[1024], line[16];
	pid_t server;
	FILE *flow;

	NEEDS_ROOT;
	server = echo_server(place_pids[HOST], 7001);
	admit(k, DEVICE0, TRUSTED);
	(void)snprintf(command, sizeof(command),
		       IN "/usr/bin/python3 -uc 'import socket,time\n"
			  "s=socket.create_connection((\"198.51.100.2\",7001),1)\n"
			  "for i in range(100):\n"
			  " s.settimeout(.5 if i else 30)\n"
			  " try:\n"
			  "  s.sendall(b\"x\"); s.recv(9); print(\"passed\")\n"
			  " except OSError: print(\"lost\", flush=True)\n"
			  " time.sleep(.1)' 2>/dev/null",
		       (int)place_pids[DEVICE0]);
	flow = popen(command, "r");
	assert_non_null(flow);
	assert_non_null(fgets(line, sizeof(line), flow));
	assert_string_equal(line, "passed\n");
	admit(k, DEVICE0, ZONE_QUARANTINE);
	do /* some may have been under way */
		assert_non_null(fgets(line, sizeof(line), flow));
	while (strcmp(line, "passed\n") == 0);
	for (int i = 0; i < 4; i++) {
		assert_string_equal(line, "lost\n");
		assert_non_null(fgets(line, sizeof(line), flow));
	}
	(void)pclose(flow);
	stop(server);
}

/* A renewal and a reload of the same admissions lose nothing of a stream of packets. */
static void test_no_gap(void **state)
{
	struct element e = {
		.interface = "dev0", .mac = { 2, 0, 0, 0, 1, DEVICE0 }, .zone = TRUSTED, .timeout_sec = 100
	};
	struct kernel *k = *state;
	bool loaded;
	FILE *stream;
	char command[128];

	NEEDS_ROOT;
	admit(k, DEVICE0, TRUSTED);
	assert_true(
		pings(DEVICE0, places[HOST].address4)); /* so that its address is noted before tables are replaced */
	(void)snprintf(command, sizeof(command),
		       IN "ping -q -i 0.002 -c 1000 -W 30 198.51.100.2 | grep ' 0%% packet loss' >/dev/null",
		       (int)place_pids[DEVICE0]);
	stream = popen(command, "r");
	assert_non_null(stream);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(kernel_apply(k, &ruleset, &e, 1), 0);
		if (i % 25 == 0) {
			ruleset.set_size++;
			assert_int_equal(kernel_ensure_table(k, &ruleset, &e, 1, &loaded), 0);
			assert_true(loaded);
		}
		(void)usleep(15000);
	}
	assert_int_equal(pclose(stream), 0);
	ruleset.set_size = 20000;
}

/* New flows to the daemon are limited for each source, and what is no DTLS does not pass. */
static size_t arrivals(const char *payload, int flows)
{
	char command[512];
	unsigned long seen = 0;
	FILE *counter;

	assert_true(sh("nft add table inet seen && nft add counter inet seen c && nft add chain "
		       "inet seen i "
		       "'{ type filter hook input priority 10; }' && "
		       "nft add rule inet seen i iifname dev0 udp dport 5684 counter name c"));
	(void)snprintf(command, sizeof(command),
		       IN "/usr/bin/python3 -c 'import socket\nfor i in range(%d):\n"
			  " s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); "
			  "s.sendto(%s,(\"192.0.2.1\",5684)); s.close()'",
		       (int)place_pids[DEVICE0], flows, payload);
	assert_true(sh("%s", command));
	counter = popen("nft list counter inet seen c | grep -o 'packets [0-9]*' | cut -d' ' -f2", "r");
	assert_non_null(counter);
	assert_int_equal(fscanf(counter, "%lu", &seen), 1);
	(void)pclose(counter);
	assert_true(sh("nft delete table inet seen"));
	return seen;
}

static void test_daemon_pinhole(void **state)
{
	NEEDS_ROOT;
	(void)state;
	assert_true(pings(DEVICE0, places[DEVICE0].gateway4)); /* so that nothing waits for a MAC */
	assert_int_equal(arrivals("b\"\\x16\\xfe\\xfd\"+bytes(10)", 3), 3);
	assert_int_equal(arrivals("b\"\\x16\\xfe\\xfd\"+bytes(9)", 1), 0);
	assert_int_equal(arrivals("b\"GET / HTTP/1.1\\r\\n\"", 1), 0);
	assert_true(stop_clock());
	assert_int_equal(arrivals("b\"\\x16\\xfe\\xff\"+bytes(200)", 100), 2 * ruleset.new_flows_per_sec);
}

#define WORLD(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(test_neighbour),      WORLD(test_holders),        WORLD(test_routes),
		WORLD(test_zones),          WORLD(test_answers_follow), WORLD(test_answers_survive_loading),
		WORLD(test_services),       WORLD(test_demotion),       WORLD(test_no_gap),
		WORLD(test_daemon_pinhole),
	};

	enter_namespace();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
