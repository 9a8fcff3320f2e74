/* SPDX-License-Identifier: Apache-2.0 */
#include "wire.h"

#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define FLIGHT_OF_KEYS 3 /* behind two ClientHellos */

int wire_open(struct wire *w, const char *host, const char *port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	struct addrinfo *found = NULL;
	int r = getaddrinfo(host, port, &hints, &found);

	if (r != 0) {
		(void)fprintf(stderr, "%s: %s\n", host, gai_strerror(r));
		return -1;
	}
	w->fd = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	r = w->fd < 0 ? -1 : connect(w->fd, found->ai_addr, found->ai_addrlen);
	if (r < 0)
		perror(host);
	freeaddrinfo(found);
	return r;
}

void wire_close(struct wire *w)
{
	if (w->fd >= 0)
		(void)close(w->fd);
}

int wire_send(struct wire *w, const void *p, size_t n)
{
	w->sent++;
	if (w->sent == FLIGHT_OF_KEYS && w->slow_sec > 0)
		(void)sleep(w->slow_sec);
	if (n > w->most_sent)
		w->most_sent = n;
	if (w->sent == w->drop)
		return (int)n;
	return send(w->fd, p, n, 0) == (ssize_t)n ? (int)n : -1;
}

int wire_receive(struct wire *w, void *ret, size_t size, unsigned timeout_msec)
{
	struct pollfd ready = { .fd = w->fd, .events = POLLIN };
	ssize_t n;

	if (poll(&ready, 1, (int)timeout_msec) == 0)
		return WIRE_TIMEOUT;
	if (w->receive_size > 0 && w->receive_size < size)
		size = w->receive_size;
	n = recv(w->fd, ret, size, MSG_TRUNC);
	if (n < 0)
		return -1;
	if (++w->received == w->lose)
		return wire_receive(w, ret, size, timeout_msec);
	if ((size_t)n > w->most_received)
		w->most_received = (size_t)n;
	return (size_t)n < size ? (int)n : (int)size;
}
