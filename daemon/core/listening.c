/* SPDX-License-Identifier: Apache-2.0 */
/* The required properties of the socket, and where it comes from. */
#include "core/listening.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include "base/cleanup.h"
#include "base/log.h"

#define RECEIVE_BUFFER_BYTES (8 * 1024 * 1024) /* for the first datagrams of a building after a power cut */
#define REMEDY               "`systemctl edit hallmarkd.socket` changes it"

/* Only CAP_NET_ADMIN can exceed net.core.rmem_max; the kernel doubles the requested value. */
static void enlarge_buffer(int fd)
{
	const int size = RECEIVE_BUFFER_BYTES;
	int got = 0;
	socklen_t n = sizeof(got);

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &got, &n) < 0 || got < size)
		log_warning("The receive buffer for datagrams stays at %d bytes; a storm may lose some. "
			    "ReceiveBuffer=8M of hallmarkd.socket, or CAP_NET_ADMIN, raises it",
			    got);
}

/* Options that the edge may not set itself. */
static int prepare(int fd)
{
	const int on = 1;

	enlarge_buffer(fd);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVMARK, &on, sizeof(on)) < 0)
		log_warning("The kernel does not tell who sent a datagram (SO_RCVMARK, Linux 5.19: %s): senders are "
			    "distinguished by their addresses, of which a device may have many",
			    strerror(errno));
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)) < 0)
		return log_errno(-errno, "Cannot ask for the interface of each datagram");
	return 0;
}

/* --- Passed by systemd --- */

static int refuse(const char *why)
{
	log_error("The socket that systemd passed %s: " REMEDY ", then restart it", why);
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

/* Closes all passed sockets except the first: they are not used. */
static void close_others(int n)
{
	for (int i = 1; i < n; i++)
		(void)close(SD_LISTEN_FDS_START + i);
}

static int adopt(int n, uint16_t port)
{
	_cleanup_close_ int fd = SD_LISTEN_FDS_START;
	int flags = fcntl(fd, F_GETFL), r;

	close_others(n);
	if (n > 1) {
		log_error("systemd passed %d sockets, and hallmarkd serves one: " REMEDY, n);
		return -EINVAL;
	}
	r = check_passed(fd, port);
	if (r < 0)
		return r;
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return log_errno(-errno, "Cannot use the socket that systemd passed");
	r = prepare(fd);
	return r < 0 ? r : TAKE_FD(fd);
}

/* --- Our own --- */

static int open_own(uint16_t port)
{
	const struct sockaddr_in6 address = {
		.sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_ANY_INIT,
		.sin6_port = htons(port),
	};
	_cleanup_close_ int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const int no = 0;
	int r;

	if (fd < 0)
		return log_errno(-errno, "Cannot make a UDP socket");
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no)) < 0)
		return log_errno(-errno, "Cannot serve IPv4 and IPv6 with one socket");
	r = prepare(fd);
	if (r < 0)
		return r;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return log_errno(-errno, "Cannot use UDP port %u; is another hallmarkd running?", port);
	return TAKE_FD(fd);
}

int listening_open(uint16_t port)
{
	int n = sd_listen_fds(1);

	if (n < 0)
		return log_errno(n, "Cannot tell which sockets systemd passed");
	return n > 0 ? adopt(n, port) : open_own(port);
}
