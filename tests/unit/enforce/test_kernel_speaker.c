/* SPDX-License-Identifier: Apache-2.0 */
/* links: enforce decide base */
/*
 * Who speaks for an address and on which port, as the rules note it on the real kernel from frames that are made by hand. Skips
 * when it is not root.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>

#include "base/sender_mark.h"
#include "kernel_kit.h"

#define GATEWAY "02:00:00:00:00:fe"
#define HELLO   "16fefd0000000000000000001e"
#define SEND    "/usr/bin/python3 -B tests/lib/frames.py "

static const uint8_t mac_a[] = { 2, 0, 0, 0, 0, 0xa }, mac_b[] = { 2, 0, 0, 0, 0, 0xb };

static int wire_setup(void **state, size_t n_bridges)
{
	if (!has_namespace)
		return 0;
	if (setup_with(state, n_bridges) < 0 || !stop_clock())
		return -1;
	return sh("ip link add dev0 address " GATEWAY " type veth peer name far2 && ip link set dev0 up && "
		  "ip link set far2 up && ip addr add 192.0.2.1/24 dev dev0 && ip addr add fe80::1/64 dev dev0 nodad "
		  "&& "
		  "ip link add br0 address " GATEWAY " type bridge forward_delay 0 && ip link set br0 up && "
		  "ip addr add 203.0.113.1/24 dev br0 && for i in 0 1; do "
		  "ip link add port$i type veth peer name far$i && ip link set port$i master br0 && "
		  "ip link set port$i up && ip link set far$i up; done") ?
		       0 :
		       -1;
}

static int routed_setup(void **state)
{
	return wire_setup(state, 0);
}

static int bridge_setup(void **state)
{
	return wire_setup(state, 1);
}

static int wire_teardown(void **state)
{
	if (!has_namespace)
		return 0;
	(void)sh("ip link del dev0; ip link del port0; ip link del port1; ip link del br0");
	return teardown(state);
}

/* A datagram to the daemon. Frames over a wire in one namespace are there when they are sent. */
static void send_from(const char *wire, char mac, const char *from, const char *to, const char *data)
{
	assert_true(sh(SEND "send %s 0011223344556677 udp from=02:00:00:00:00:0%c to=" GATEWAY
			    " src=%s dst=%s dport=5684 "
			    "data=%s",
		       wire, mac, from, to, data));
}

static int speaks(struct kernel *k, const uint8_t mac[static 6], const char *address)
{
	struct in6_addr source;

	assert_int_equal(inet_pton(AF_INET6, address, &source), 1);
	return kernel_speaks(k, "dev0", mac, &source, clock_monotonic_usec());
}

/* On one interface: `mapped` is `from` as the core has it. */
static void one_speaks(struct kernel *k, const char *from, const char *to, const char *mapped)
{
	assert_int_equal(speaks(k, mac_a, mapped), -ENOENT);
	send_from("far2", 'a', from, to, "00");
	send_from("far2", 'a', from, to, "474554202f20485454502f312e31");
	assert_int_equal(speaks(k, mac_a, mapped), -ENOENT); /* no DTLS */

	for (int i = 0; i < 3; i++) {
		send_from("far2", i == 1 ? 'b' : 'a', from, to, HELLO);
		assert_int_equal(speaks(k, mac_a, mapped), 1);
		assert_int_equal(speaks(k, mac_b, mapped), 0);
	}
}

static void test_first_speaks(void **state)
{
	struct kernel_counts counts;
	struct in6_addr source;
	struct kernel *k = *state;

	NEEDS_ROOT;
	one_speaks(k, "192.0.2.7", "192.0.2.1", "::ffff:192.0.2.7");
	one_speaks(k, "fe80::7", "fe80::1", "fe80::7");
	assert_int_equal(kernel_counts(k, &ruleset, &counts), 0);
	assert_int_equal(counts.speaker.packets, 2);

	/* On another interface nobody does; and one may speak for many. */
	assert_int_equal(inet_pton(AF_INET6, "::ffff:192.0.2.7", &source), 1);
	assert_int_equal(kernel_speaks(k, "dev1", mac_a, &source, clock_monotonic_usec()), -ENOENT);
	send_from("far2", 'a', "192.0.2.8", "192.0.2.1", HELLO);
	assert_int_equal(speaks(k, mac_a, "::ffff:192.0.2.8"), 1);
	assert_int_equal(speaks(k, mac_a, "::ffff:192.0.2.7"), 1);
}

/* What was received before the tables were loaded says nothing. */
static void test_tables_replaced(void **state)
{
	struct in6_addr source;
	struct kernel *k = *state;
	uint64_t before_usec;

	NEEDS_ROOT;
	assert_int_equal(inet_pton(AF_INET6, "::ffff:192.0.2.7", &source), 1);
	send_from("far2", 'a', "192.0.2.7", "192.0.2.1", HELLO);
	before_usec = clock_monotonic_usec();
	assert_int_equal(kernel_speaks(k, "dev0", mac_a, &source, before_usec), 1);
	ruleset.set_size++;
	assert_true(ensure(k));
	assert_true(stop_clock());
	assert_int_equal(speaks(k, mac_a, "::ffff:192.0.2.7"), -ENOENT);
	send_from("far2", 'b', "192.0.2.7", "192.0.2.1", HELLO);
	assert_int_equal(kernel_speaks(k, "dev0", mac_b, &source, before_usec), -EAGAIN);
	assert_int_equal(speaks(k, mac_b, "::ffff:192.0.2.7"), 1);
	assert_true(sh("nft delete table inet hallmark"));
	assert_int_equal(speaks(k, mac_b, "::ffff:192.0.2.7"), -ENOENT);
}

static void test_noted_when_open(void **state)
{
	const struct opening opening = { .left_sec = 60, .reason = "a test" };
	struct kernel *k = *state;

	NEEDS_ROOT;
	assert_int_equal(kernel_open(k, &ruleset, &opening), 0);
	send_from("far2", 'a', "192.0.2.7", "192.0.2.1", HELLO);
	assert_int_equal(speaks(k, mac_a, "::ffff:192.0.2.7"), 1);
}

/* Sets that are full: nobody new speaks, whichever of the two it is. */
static void test_full(void **state)
{
	static const struct {
		const char *set, *mac;
	} sets[] = { { "spoken4", "" }, { "speaks4", "02:00:00:00:00:0c . " } };
	struct kernel *k = *state;

	NEEDS_ROOT;
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		assert_true(
			sh("/usr/bin/python3 -c 'print(\"add element inet hallmark %s {\", \",\".join("
			   "f\"\\\"dev0\\\" . %s10.0.{n >> 8}.{n & 255} timeout 1h\" for n in range(65535)), \"}\")' | "
			   "nft -f -",
			   sets[i].set, sets[i].mac));
		send_from("far2", 'a', "192.0.2.7", "192.0.2.1", HELLO);
		assert_true(speaks(k, mac_a, "::ffff:192.0.2.7") <= 0);
		send_from("far2", 'b', "192.0.2.7", "192.0.2.1", HELLO);
		assert_true(speaks(k, mac_b, "::ffff:192.0.2.7") <= 0);
		assert_true(sh("nft flush set inet hallmark spoken4 && nft flush set inet hallmark speaks4"));
		send_from("far2", 'a', "192.0.2.7", "192.0.2.1", HELLO);
		assert_int_equal(speaks(k, mac_a, "::ffff:192.0.2.7"), 1);
		assert_true(sh("nft flush set inet hallmark spoken4 && nft flush set inet hallmark speaks4"));
	}
}

/* As time takes elements out, or keeps them, but at once. */
static void end_of(const char *set, const char *key)
{
	assert_true(sh("nft delete element inet hallmark %s { %s }", set, key));
}

#define SOURCE  "\"dev0\" . 192.0.2.7"
#define SPEAKER "\"dev0\" . 02:00:00:00:00:0a . 192.0.2.7"

/* After `speaks` has ended and before `spoken` has: the speaker is still itself, and nobody else may begin. */
static void test_silent_for_ten_seconds(void **state)
{
	struct kernel_counts counts;
	struct kernel *k = *state;

	NEEDS_ROOT;
	for (int i = 0; i < 2; i++) {
		send_from("far2", 'a', "192.0.2.7", "192.0.2.1", HELLO);
		(void)sh("nft delete element inet hallmark begun4 { " SOURCE " } 2>/dev/null");
		end_of("speaks4", SPEAKER);
		send_from("far2", 'b', "192.0.2.7", "192.0.2.1", HELLO);
		assert_int_equal(speaks(k, mac_b, "::ffff:192.0.2.7"), 0);
		send_from("far2", 'a', "192.0.2.7", "192.0.2.1", HELLO);
		assert_int_equal(speaks(k, mac_a, "::ffff:192.0.2.7"), 1);
	}
	assert_int_equal(kernel_counts(k, &ruleset, &counts), 0);
	assert_int_equal(counts.speaker.packets, 2);
}

/* After both have ended: the first that is heard speaks, and the former speaker is not taken for it. */
static void test_another_begins_after_silence(void **state)
{
	struct kernel *k = *state;

	NEEDS_ROOT;
	send_from("far2", 'a', "192.0.2.7", "192.0.2.1", HELLO);
	end_of("begun4", SOURCE);
	end_of("speaks4", SPEAKER);
	end_of("spoken4", SOURCE);
	send_from("far2", 'b', "192.0.2.7", "192.0.2.1", HELLO);
	assert_int_equal(speaks(k, mac_b, "::ffff:192.0.2.7"), 1);
	assert_true(sh("nft delete element inet hallmark begun4 { " SOURCE " } && "
		       "nft add element inet hallmark begun4 { " SOURCE " timeout 1h }"));
	send_from("far2", 'a', "192.0.2.7", "192.0.2.1", HELLO);
	assert_int_equal(speaks(k, mac_a, "::ffff:192.0.2.7"), 0);
	send_from("far2", 'b', "192.0.2.7", "192.0.2.1", HELLO);
	assert_int_equal(speaks(k, mac_b, "::ffff:192.0.2.7"), 1);
}

/* Datagrams from an address that is not routed to where they come from speak for nobody. */
static void test_address_of_another_interface(void **state)
{
	struct kernel_counts counts;
	struct kernel *k = *state;

	NEEDS_ROOT;
	assert_true(sh("ip addr add 198.51.100.1/24 dev br0 && ip addr add 2001:db8:9::1/64 dev br0 nodad"));
	send_from("far2", 'a', "198.51.100.7", "192.0.2.1", HELLO);
	assert_int_equal(speaks(k, mac_a, "::ffff:198.51.100.7"), -ENOENT);
	send_from("far2", 'a', "2001:db8:9::7", "fe80::1", HELLO);
	assert_int_equal(speaks(k, mac_a, "2001:db8:9::7"), -ENOENT);
	assert_int_equal(kernel_counts(k, &ruleset, &counts), 0);
	assert_int_equal(counts.source.packets, 2);
	assert_int_equal(counts.speaker.packets, 0);
	send_from("far2", 'a', "fe80::7", "fe80::1", HELLO);
	assert_int_equal(speaks(k, mac_a, "fe80::7"), 1);
	send_from("far2", 'a', "192.0.2.7", "192.0.2.1", HELLO);
	assert_int_equal(speaks(k, mac_a, "::ffff:192.0.2.7"), 1);
}

static unsigned long number_from(const char *command)
{
	unsigned long n = 0;
	FILE *out = popen(command, "r");

	assert_non_null(out);
	assert_int_equal(fscanf(out, "%lu", &n), 1);
	(void)pclose(out);
	return n;
}

/* 2,000 senders that one wire invents. */
static void invent(const char *wire, const char *net)
{
	assert_true(sh("for n in $(seq 2000); do echo \"0011223344556677 udp from=random to=" GATEWAY
		       " src=10.9.$((n / 250)).$((n %% 250)) dst=%s dport=5684 data=" HELLO "\"; done | " SEND
		       "batch %s",
		       net, wire));
}

static void test_new_speakers_are_limited(void **state)
{
	NEEDS_ROOT;
	(void)state;
	assert_true(
		sh("echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter; echo 0 >/proc/sys/net/ipv4/conf/dev0/rp_filter"));
	assert_true(sh("ip route add 10.9.0.0/16 dev dev0"));
	invent("far2", "192.0.2.1");
	assert_int_equal(number_from("nft list set inet hallmark spoken4 | grep -o dev0 | wc -l"), 800);
}

static void test_one_port_speaks(void **state)
{
	struct kernel_counts counts;
	struct kernel *k = *state;

	NEEDS_ROOT;
	assert_int_equal(kernel_speaks_on_port(k, "port0", mac_a, clock_monotonic_usec()), -ENOENT);
	for (int i = 0; i < 3; i++) {
		send_from(i == 1 ? "far1" : "far0", 'a', "203.0.113.7", "203.0.113.1", HELLO);
		assert_int_equal(kernel_speaks_on_port(k, "port0", mac_a, clock_monotonic_usec()), 1);
		assert_int_equal(kernel_speaks_on_port(k, "port1", mac_a, clock_monotonic_usec()), 0);
	}
	assert_int_equal(kernel_speaks_on_port(k, "port0", mac_a, 0), -EAGAIN);
	send_from("far1", 'b', "203.0.113.8", "203.0.113.1", HELLO);
	assert_int_equal(kernel_speaks_on_port(k, "port1", mac_b, clock_monotonic_usec()), 1);
	assert_int_equal(kernel_counts(k, &ruleset, &counts), 0);
	assert_int_equal(counts.speaker.packets, 1);
}

/* What one port invents leaves room for the others. */
static void test_ports_have_shares(void **state)
{
	struct in6_addr source;
	struct kernel *k = *state;

	NEEDS_ROOT;
	assert_true(sh("echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter; echo 0 >/proc/sys/net/ipv4/conf/br0/rp_filter"));
	assert_true(sh("ip route add 10.9.0.0/16 dev br0"));
	invent("far0", "203.0.113.1");
	assert_int_equal(number_from("nft list set inet hallmark spoken4 | grep -o br0 | wc -l"), 800);
	send_from("far1", 'b', "203.0.113.8", "203.0.113.1", HELLO);
	assert_int_equal(inet_pton(AF_INET6, "::ffff:203.0.113.8", &source), 1);
	assert_int_equal(kernel_speaks(k, "br0", mac_b, &source, clock_monotonic_usec()), 1);
}

/* --- Known senders --- */

static void know(struct kernel *k, const char *interface, const char *port, char mac, int wanted)
{
	struct element e = { .known_sec = 100 };

	(void)snprintf(e.interface, sizeof(e.interface), "%s", interface);
	(void)snprintf(e.port, sizeof(e.port), "%s", port);
	memcpy(e.mac, mac == 'a' ? mac_a : mac_b, sizeof(e.mac));
	assert_int_equal(kernel_know(k, &ruleset, &e, 1), wanted);
}

/* Beside invented senders who is known is heard, and who is not is not. */
static void test_known_is_heard(void **state)
{
	struct kernel_counts counts;
	struct kernel *k = *state;

	NEEDS_ROOT;
	assert_true(
		sh("echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter; echo 0 >/proc/sys/net/ipv4/conf/dev0/rp_filter"));
	assert_true(sh("ip route add 10.9.0.0/16 dev dev0"));
	know(k, "dev0", "", 'a', 0);
	invent("far2", "192.0.2.1");
	send_from("far2", 'a', "192.0.2.7", "192.0.2.1", HELLO);
	assert_int_equal(speaks(k, mac_a, "::ffff:192.0.2.7"), 1);
	send_from("far2", 'b', "192.0.2.8", "192.0.2.1", HELLO);
	assert_int_equal(speaks(k, mac_b, "::ffff:192.0.2.8"), -ENOENT);
	assert_int_equal(kernel_counts(k, &ruleset, &counts), 0);
	assert_int_equal(counts.excess_port.packets, 1201);
	assert_int_equal(counts.excess_sender.packets, 0);
}

static void test_known_is_forgotten(void **state)
{
	struct element there = { .interface = "br0", .port = "port0" };
	struct kernel *k = *state;

	NEEDS_ROOT;
	memcpy(there.mac, mac_a, sizeof(there.mac));
	know(k, "br0", "port0", 'a', 0);
	know(k, "br0", "port0", 'b', 0);
	assert_int_equal(kernel_forget(k, &ruleset, &there), 0);
	assert_int_equal(number_from("nft list set bridge hallmark known | grep -o port0 | wc -l"), 1);
	assert_int_equal(number_from("nft list set inet hallmark known | grep -o br0 | wc -l"), 1);
	assert_int_equal(kernel_forget(k, &ruleset, &there), 0); /* it was not there */
}

/* A full set refuses the second and nothing else: the first gets its time again. */
static void test_full_of_known(void **state)
{
	struct kernel *k = *state;

	NEEDS_ROOT;
	ruleset.set_size = 1;
	assert_true(ensure(k));
	know(k, "br0", "port0", 'a', 0);
	know(k, "br0", "port1", 'b', -ENFILE);
	know(k, "br0", "port0", 'a', 0);
	assert_true(sh("nft list set bridge hallmark known | grep port0 >/dev/null"));
	assert_true(sh("! nft list set bridge hallmark known | grep port1 >/dev/null"));
	assert_int_equal(count(k), 0);
}

/* A set of rates that is full: who is known is heard, and who is new is not until there is room. */
static void test_full_of_rates(void **state)
{
	static const struct {
		const char *set, *key;
	} sets[] = {
		{ "c_new", "\\\"dev0\\\" . 06:00:00:00:{n >> 8:02x}:{n & 255:02x}" },
		{ "c_newcomers", "\\\"x{n}\\\"" },
		{ "c_flows", "\\\"dev0\\\" . 06:00:00:00:{n >> 8:02x}:{n & 255:02x}" },
	};
	struct kernel_counts counts;
	struct kernel *k = *state;

	NEEDS_ROOT;
	know(k, "dev0", "", 'a', 0);
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		assert_true(sh("nft flush set inet hallmark speaks4 && nft flush set inet hallmark spoken4 && "
			       "nft flush set inet hallmark c_new && nft flush set inet hallmark c_newcomers && "
			       "nft flush set inet hallmark c_flows"));
		assert_true(sh("/usr/bin/python3 -c 'print(\"add element inet hallmark %s {\", \",\".join("
			       "f\"%s timeout 1h\" for n in range(65535)), \"}\")' | nft -f -",
			       sets[i].set, sets[i].key));
		send_from("far2", 'a', "192.0.2.7", "192.0.2.1", HELLO);
		assert_int_equal(speaks(k, mac_a, "::ffff:192.0.2.7"), 1);
		send_from("far2", 'b', "192.0.2.8", "192.0.2.1", HELLO);
		assert_int_equal(speaks(k, mac_b, "::ffff:192.0.2.8"), -ENOENT);
		assert_int_equal(kernel_counts(k, &ruleset, &counts), 0);
		assert_int_equal(counts.excess_full.packets, i + 1);
		assert_true(sh("nft flush set inet hallmark %s", sets[i].set));
		send_from("far2", 'b', "192.0.2.8", "192.0.2.1", HELLO);
		assert_int_equal(speaks(k, mac_b, "::ffff:192.0.2.8"), 1);
	}
}

/* --- Marks --- */

static int listen_for_marks(void)
{
	const struct sockaddr_in6 here = { .sin6_family = AF_INET6, .sin6_port = htons(5684) };
	const int on = 1;
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVMARK, &on, sizeof(on)), 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&here, sizeof(here)), 0);
	return fd;
}

static uint32_t mark_received(int fd)
{
	char data[64], control[64] = "";
	struct iovec into = { data, sizeof(data) };
	struct msghdr m = {
		.msg_iov = &into, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
	};
	uint32_t mark = 0;

	assert_int_equal(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 10000), 1);
	assert_true(recvmsg(fd, &m, 0) > 0);
	assert_non_null(CMSG_FIRSTHDR(&m));
	memcpy(&mark, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(mark));
	return mark;
}

static unsigned port_in(uint32_t mark)
{
	return mark >> SENDER_MARK_PORT_SHIFT & SENDER_MARK_PORT_MAX;
}

#define MAC_IN(mark) ((mark)&0xffffU)

/* One sender has one mark, from whatever address. */
static void test_mark_of_interface(void **state)
{
	_cleanup_close_ int fd = -1;
	struct kernel *k = *state;
	uint32_t a, b;

	NEEDS_ROOT;
	fd = listen_for_marks();
	send_from("far2", 'a', "192.0.2.7", "192.0.2.1", HELLO);
	a = mark_received(fd);
	assert_int_equal(port_in(a), if_nametoindex("dev0"));
	assert_int_equal(a & SENDER_MARK_KNOWN, 0);
	send_from("far2", 'a', "192.0.2.9", "192.0.2.1", HELLO);
	assert_int_equal(mark_received(fd), a);
	send_from("far2", 'a', "fe80::7", "fe80::1", HELLO);
	assert_int_equal(mark_received(fd), a);
	for (unsigned other = 0; other < 3; other++) { /* one in 65,536 has the same */
		send_from("far2", (char)('b' + other),
			  other == 0 ? "192.0.2.21" :
			  other == 1 ? "192.0.2.22" :
				       "192.0.2.23",
			  "192.0.2.1", HELLO);
		b = mark_received(fd);
		assert_int_equal(port_in(b), port_in(a));
		if (MAC_IN(b) != MAC_IN(a))
			break;
	}
	assert_int_not_equal(MAC_IN(b), MAC_IN(a));
	know(k, "dev0", "", 'a', 0);
	send_from("far2", 'a', "192.0.2.7", "192.0.2.1", HELLO);
	assert_int_equal(mark_received(fd), a | SENDER_MARK_KNOWN);
}

/* On a bridge it is the port's number, and who is known at one port is not at another. */
static void test_mark_of_port(void **state)
{
	_cleanup_close_ int fd = -1;
	struct kernel *k = *state;
	uint32_t mark;

	NEEDS_ROOT;
	fd = listen_for_marks();
	know(k, "br0", "port0", 'a', 0);
	know(k, "br0", "port0", 'b', 0);
	send_from("far0", 'a', "203.0.113.7", "203.0.113.1", HELLO);
	mark = mark_received(fd);
	assert_int_equal(port_in(mark), if_nametoindex("port0"));
	assert_int_not_equal(mark & SENDER_MARK_KNOWN, 0);
	send_from("far1", 'b', "203.0.113.8", "203.0.113.1", HELLO);
	mark = mark_received(fd);
	assert_int_equal(port_in(mark), if_nametoindex("port1"));
	assert_int_equal(mark & SENDER_MARK_KNOWN, 0);
}

/*
 * The bridge is not guarded and its ports are tagged like all ports: what is routed from there to the same UDP port of
 * another host leaves without the tag.
 */
static void test_no_tag_on_what_is_routed(void **state)
{
	const struct opening opening = { .left_sec = 60, .reason = "a test" };
	struct kernel *k = *state;

	NEEDS_ROOT;
	assert_int_equal(kernel_open(k, &ruleset, &opening), 0);
	assert_true(sh("ip link set port0 nomaster && ip link add br9 address " GATEWAY
		       " type bridge forward_delay 0 && ip link set br9 up && ip link set port0 master br9 && "
		       "sysctl -qw net.ipv6.conf.all.forwarding=1 && "
		       "ip addr add 2001:db8:9::1/64 dev br9 nodad && ip addr add 2001:db8:8::1/64 dev dev0 nodad && "
		       "ip neigh add 2001:db8:8::2 dev dev0 lladdr 02:00:00:00:00:0b"));
	assert_true(sh("nft add table inet lab && nft add chain inet lab c "
		       "'{ type filter hook postrouting priority 0; }' && "
		       "nft add counter inet lab clean && nft add counter inet lab tagged && "
		       "nft add rule inet lab c udp dport 5684 meta priority 0 counter name clean && "
		       "nft add rule inet lab c udp dport 5684 meta priority != 0 counter name tagged"));
	send_from("far0", 'a', "2001:db8:9::7", "2001:db8:8::2", HELLO);
	assert_int_equal(number_from("nft list counter inet lab clean | grep -o 'packets [0-9]*' | cut -d' ' -f2"), 1);
	assert_int_equal(number_from("nft list counter inet lab tagged | grep -o 'packets [0-9]*' | cut -d' ' -f2"), 0);
	assert_true(sh("nft delete table inet lab && ip link del br9"));
}

#define ROUTED(f)  cmocka_unit_test_setup_teardown(f, routed_setup, wire_teardown)
#define BRIDGED(f) cmocka_unit_test_setup_teardown(f, bridge_setup, wire_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROUTED(test_known_is_heard),
		BRIDGED(test_known_is_forgotten),
		BRIDGED(test_full_of_known),
		ROUTED(test_full_of_rates),
		ROUTED(test_mark_of_interface),
		BRIDGED(test_mark_of_port),
		BRIDGED(test_no_tag_on_what_is_routed),
		ROUTED(test_first_speaks),
		ROUTED(test_tables_replaced),
		ROUTED(test_noted_when_open),
		ROUTED(test_full),
		ROUTED(test_silent_for_ten_seconds),
		ROUTED(test_another_begins_after_silence),
		ROUTED(test_address_of_another_interface),
		BRIDGED(test_one_port_speaks),
		ROUTED(test_new_speakers_are_limited),
		BRIDGED(test_ports_have_shares),
	};

	enter_namespace();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
