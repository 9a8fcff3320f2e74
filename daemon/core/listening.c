/* SPDX-License-Identifier: Apache-2.0 */
/* The required properties of the sockets, where they come from, and which of them gets a datagram. */
#include "core/listening.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/sender_mark.h"

/*
 * After a power cut the first datagrams of a building come together, and what is sent waits for the neighbours' link-layer addresses:
 * of those that do not answer for three seconds, and until then nobody else's datagram may lack room.
 */
#define BUFFER_BYTES (8 * 1024 * 1024)
#define REMEDY       "`systemctl edit hallmarkd.socket` changes it"
#define OF_CPUS_MAX  4 /* edges, unless more are configured: judges and the core need CPUs too */

struct sockets {
	int fds[EDGES_MAX];
	unsigned n;
};

static void sockets_done(struct sockets *s)
{
	while (s->n > 0)
		(void)close(s->fds[--s->n]);
}

unsigned listening_wanted(unsigned configured)
{
	cpu_set_t cpus;
	/* it fails where there are more than 1,024 */
	int n = sched_getaffinity(0, sizeof(cpus), &cpus) < 0 ? OF_CPUS_MAX : CPU_COUNT(&cpus);

	if (configured > 0)
		return configured;
	return n < OF_CPUS_MAX ? (unsigned)n : OF_CPUS_MAX;
}

/* --- What an edge may not set itself. It is said once, of the first socket --- */

/* Only CAP_NET_ADMIN can exceed net.core.rmem_max and wmem_max; the kernel doubles the requested value. */
static void enlarge_buffer(int fd, bool is_first, int forced, int plain, const char *name)
{
	const int size = BUFFER_BYTES;
	int got = 0;
	socklen_t n = sizeof(got);

	if (setsockopt(fd, SOL_SOCKET, forced, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, plain, &size, sizeof(size));
	if (is_first && (getsockopt(fd, SOL_SOCKET, plain, &got, &n) < 0 || got < size))
		log_warning("The buffer for datagrams stays at %d bytes; a storm may lose some. %s=8M of "
			    "hallmarkd.socket, or CAP_NET_ADMIN, raises it",
			    got, name);
}

static int prepare(int fd, bool is_first)
{
	const int on = 1;

	enlarge_buffer(fd, is_first, SO_RCVBUFFORCE, SO_RCVBUF, "ReceiveBuffer");
	enlarge_buffer(fd, is_first, SO_SNDBUFFORCE, SO_SNDBUF, "SendBuffer");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVMARK, &on, sizeof(on)) < 0 && is_first)
		log_warning("The kernel does not tell who sent a datagram (SO_RCVMARK, Linux 5.19: %s): senders are "
			    "distinguished by their addresses, of which a device may have many",
			    strerror(errno));
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)) < 0)
		return log_errno(-errno, "Cannot ask for the interface of each datagram");
	return 0;
}

/* --- Which socket gets a datagram --- */

#define OF_PACKET(offset) ((uint32_t)(SKF_AD_OFF + (offset)))
#define OF_HEADER(offset) ((uint32_t)(SKF_NET_OFF + (offset)))
#define IP_VERSION_MASK   0xf0u
#define IP_VERSION_4      0x40u
#define IP4_SOURCE        12
#define IP6_INTERFACE_ID  16          /* the second half of the source: a device has several prefixes */
#define HASH_FACTOR       0x9e3779b1u /* bits of the golden ratio: addresses that follow each other are spread */
#define HASH_SHIFT        16

/*
 * It is the sender that decides, so that one edge has all of a sender's sessions and budgets: by the mark, which the rules for input
 * have set by then (base/sender_mark.h). Whether it is known does not count, since that changes. Without a mark, as before the
 * tables are loaded, it is the address.
 */
static int steer(int fd, unsigned n)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, OF_PACKET(SKF_AD_MARK)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, SENDER_MARK_PORT_MAX << SENDER_MARK_PORT_SHIFT, 0, 2),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~SENDER_MARK_KNOWN),
		BPF_STMT(BPF_JMP | BPF_JA, 11),
		/* no mark */
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, OF_HEADER(0)),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, IP_VERSION_MASK),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IP_VERSION_4, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, OF_HEADER(IP4_SOURCE)),
		BPF_STMT(BPF_JMP | BPF_JA, 4),
		/* IPv6 */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, OF_HEADER(IP6_INTERFACE_ID)),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, OF_HEADER(IP6_INTERFACE_ID + 4)),
		BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0),
		/* of an address */
		BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, HASH_FACTOR),
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, HASH_SHIFT),
		/* of all */
		BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, n),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	const struct sock_fprog all = { .len = ARRAY_SIZE(program), .filter = program };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &all, sizeof(all)) < 0)
		return log_errno(-errno, "Cannot tell the kernel which edge gets a datagram; `listen.edges = 1;` and "
					 "one ListenDatagram= in hallmarkd.socket need not tell it");
	return 0;
}

/* --- Passed by systemd --- */

static int refuse(const char *why)
{
	log_error("A socket that systemd passed %s: " REMEDY ", then restart it", why);
	return -EINVAL;
}

static int check_passed(int fd, uint16_t port)
{
	int only_v6 = 1;
	socklen_t n = sizeof(only_v6);
	char why[96];

	if (sd_is_socket_inet(fd, AF_INET6, SOCK_DGRAM, -1, 0) <= 0)
		return refuse("is not a UDP socket for IPv6 (ListenDatagram=[::]:PORT)");
	if (sd_is_socket_inet(fd, AF_INET6, SOCK_DGRAM, -1, port) <= 0) {
		(void)snprintf(why, sizeof(why), "is not on UDP port %u, as listen.port of the configuration", port);
		return refuse(why);
	}
	if (getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, &n) < 0 || only_v6)
		return refuse("does not accept IPv4 (BindIPv6Only=both)");
	return 0;
}

/* Those above the limit are closed: none of them is used. */
static void take_passed(struct sockets *s, int n)
{
	for (int i = 0; i < n; i++)
		if (s->n < EDGES_MAX)
			s->fds[s->n++] = SD_LISTEN_FDS_START + i;
		else
			(void)close(SD_LISTEN_FDS_START + i);
}

static int adopt(const struct sockets *s, uint16_t port)
{
	for (unsigned i = 0; i < s->n; i++) {
		int flags = fcntl(s->fds[i], F_GETFL);
		int r = check_passed(s->fds[i], port);

		if (r < 0)
			return r;
		if (flags < 0 || fcntl(s->fds[i], F_SETFL, flags | O_NONBLOCK) < 0)
			return log_errno(-errno, "Cannot use the socket that systemd passed");
		r = prepare(s->fds[i], i == 0);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Nobody will read these; and systemd, which keeps them, would start a stopped daemon for what waits there. */
static void leave_unused(struct sockets *s, unsigned n_used)
{
	char byte;

	for (; s->n > n_used; s->n--) {
		while (recv(s->fds[s->n - 1], &byte, sizeof(byte), MSG_DONTWAIT) >= 0)
			;
		(void)close(s->fds[s->n - 1]);
	}
}

/* --- Our own --- */

static int make(void)
{
	_cleanup_close_ int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const int no = 0;

	if (fd < 0)
		return log_errno(-errno, "Cannot make a UDP socket");
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no)) < 0)
		return log_errno(-errno, "Cannot serve IPv4 and IPv6 with one socket");
	return TAKE_FD(fd);
}

/* It does not share its port when it is bound: that fails when another daemon has it. */
static int open_first(struct sockets *s, uint16_t port)
{
	const struct sockaddr_in6 address = {
		.sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_ANY_INIT,
		.sin6_port = htons(port),
	};
	_cleanup_close_ int fd = make();
	int r = fd < 0 ? fd : prepare(fd, true);

	if (r < 0)
		return r;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return log_errno(-errno, "Cannot use UDP port %u; is another hallmarkd running?", port);
	s->fds[s->n++] = TAKE_FD(fd);
	return 0;
}

/* With the address of the first one. The kernel lets only the same user have several sockets on a port. */
static int open_beside(struct sockets *s)
{
	struct sockaddr_in6 address;
	socklen_t n = sizeof(address);
	const int on = 1;
	_cleanup_close_ int fd = make();
	int r = fd < 0 ? fd : prepare(fd, false);

	if (r < 0)
		return r;
	if (setsockopt(s->fds[0], SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0 ||
	    getsockname(s->fds[0], (struct sockaddr *)&address, &n) < 0 ||
	    bind(fd, (const struct sockaddr *)&address, n) < 0)
		return -errno;
	s->fds[s->n++] = TAKE_FD(fd);
	return 0;
}

static void open_others(struct sockets *s, unsigned wanted)
{
	int r = 0;

	while (s->n < wanted && r == 0)
		r = open_beside(s);
	if (r < 0)
		log_notice("Edges: %u, not %u, because another socket on the port cannot be opened (%s): "
			   "hallmarkd.socket has one for each ListenDatagram=, of which there may be several with "
			   "ReusePort=yes",
			   s->n, wanted, strerror(-r));
}

int listening_open(uint16_t port, unsigned wanted, int ret_fds[static EDGES_MAX])
{
	_cleanup_(sockets_done) struct sockets s = { .n = 0 };
	int n = sd_listen_fds(1), r;

	if (n < 0)
		return log_errno(n, "Cannot tell which sockets systemd passed");
	take_passed(&s, n);
	r = n > 0 ? adopt(&s, port) : open_first(&s, port);
	if (r < 0)
		return r;
	open_others(&s, wanted);
	if (s.n > 1)
		r = steer(s.fds[0], s.n < wanted ? s.n : wanted);
	if (r < 0)
		return r;
	leave_unused(&s, wanted);
	memcpy(ret_fds, s.fds, s.n * sizeof(s.fds[0]));
	n = (int)s.n;
	s.n = 0;
	return n;
}
