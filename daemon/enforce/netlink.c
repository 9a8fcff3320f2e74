/* SPDX-License-Identifier: Apache-2.0 */
#include "enforce/netlink.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define ANSWER_SIZE        65536   /* bytes: the kernel's dumps come in pieces of at most 32 KiB */
#define SOCKET_BUFFER      8388608 /* bytes: a full transaction is one message of less than 2 MB */
#define ANSWER_TIMEOUT_SEC 2       /* the kernel answers at once, but an answer can be lost */

int netlink_open(struct netlink *n, int bus)
{
	struct timeval limit = { .tv_sec = ANSWER_TIMEOUT_SEC };
	int on = 1, size = SOCKET_BUFFER, fd;

	*n = (struct netlink){ .seq = (uint32_t)time(NULL), .answer = malloc(ANSWER_SIZE) };
	if (!n->answer)
		return -ENOMEM;
	n->socket = mnl_socket_open2(bus, SOCK_CLOEXEC);
	if (!n->socket || mnl_socket_bind(n->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;

	/* The kernel then does not repeat the message in an error. Older kernels do; that only costs bytes. */
	(void)mnl_socket_setsockopt(n->socket, NETLINK_CAP_ACK, &on, sizeof(on));
	fd = mnl_socket_get_fd(n->socket);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return 0;
}

void netlink_close(struct netlink *n)
{
	if (n->socket)
		(void)mnl_socket_close(n->socket);
	free(n->answer);
	*n = (struct netlink){ 0 };
}

ssize_t netlink_receive(struct netlink *n)
{
	ssize_t size;

	do
		size = mnl_socket_recvfrom(n->socket, n->answer, ANSWER_SIZE);
	while (size < 0 && errno == EINTR);
	if (size < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return size;
}

void netlink_drain(struct netlink *n)
{
	int fd = mnl_socket_get_fd(n->socket);

	/* An overflow is reported once, before the messages that did fit. */
	while (recv(fd, n->answer, ANSWER_SIZE, MSG_DONTWAIT) >= 0 || errno == ENOBUFS || errno == EINTR)
		;
}

int netlink_ask(struct netlink *n, struct nlmsghdr *request, mnl_cb_t on_message, void *userdata)
{
	if (mnl_socket_sendto(n->socket, request, request->nlmsg_len) < 0)
		return -errno;

	for (;;) {
		ssize_t size = netlink_receive(n);
		const struct nlmsghdr *first = (const struct nlmsghdr *)(const void *)n->answer;
		int r;

		if (size < 0)
			return (int)size;
		if (!mnl_nlmsg_ok(first, (int)size) || first->nlmsg_seq != request->nlmsg_seq)
			continue; /* answer to an abandoned request */
		r = mnl_cb_run(n->answer, (size_t)size, request->nlmsg_seq, mnl_socket_get_portid(n->socket),
			       on_message, userdata);
		if (r < 0)
			return -errno;
		if (r == MNL_CB_STOP)
			return 0;
	}
}
