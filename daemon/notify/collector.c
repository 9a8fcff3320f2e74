/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A syslog server: each message a datagram (RFC 5426), or on a stream with its length before it (RFC 6587 section 3.4.1). Neither says
 * that it has arrived: delivered means that the kernel has taken it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "notify/drivers.h"
#include "notify/lookup.h"
#include "notify/settings.h"
#include "notify/syslog.h"
#include "notify/target.h"

struct collector {
	struct target *target;
	struct lookup *lookup; /* owned; NULL: none runs */
	int fd;                /* -1: not connected */
	sd_event_source *io;   /* owned; while something is to be written */
	char *text;            /* owned: what is on its way */
	size_t n, sent;
};

static void disconnect(struct collector *c)
{
	c->io = sd_event_source_disable_unref(c->io);
	if (c->fd >= 0)
		(void)close(TAKE_FD(c->fd));
}

static void cancel(struct target *t)
{
	struct collector *c = t->own;

	lookup_end(TAKE_PTR(c->lookup));
	if (c->text) /* a part of a message may be on the stream */
		disconnect(c);
	free(TAKE_PTR(c->text));
}

static void fail(struct collector *c, int error)
{
	char why[384];

	(void)snprintf(why, sizeof(why), "%s port %u: %s", c->target->settings->host, c->target->settings->port,
		       strerror(error));
	cancel(c->target);
	disconnect(c);
	target_done(c->target, DELIVERY_FAILED, why);
}

static void write_on(struct collector *c)
{
	while (c->sent < c->n) {
		const ssize_t n = send(c->fd, c->text + c->sent, c->n - c->sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			fail(c, errno);
			return;
		}
		c->sent += (size_t)n;
	}
	c->io = sd_event_source_disable_unref(c->io);
	free(TAKE_PTR(c->text));
	target_done(c->target, DELIVERY_DONE, "");
}

static int on_writable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct collector *c = userdata;
	socklen_t n = sizeof(int);
	int error = 0;

	(void)source;
	(void)revents;
	(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n);
	if (error != 0)
		fail(c, error);
	else
		write_on(c);
	return 0;
}

static int connect_to(const struct addrinfo *a)
{
	_cleanup_close_ int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);

	if (fd < 0 || (connect(fd, a->ai_addr, a->ai_addrlen) < 0 && errno != EINPROGRESS))
		return -errno;
	return TAKE_FD(fd);
}

static const struct addrinfo *address_of(const struct addrinfo *found, unsigned i)
{
	while (i-- > 0)
		found = found->ai_next;
	return found;
}

/* The first address that this machine can send to; after a failure it begins with the next one. */
static void on_found(const struct addrinfo *found, const char *why, void *userdata)
{
	struct collector *c = userdata;
	char text[384];
	unsigned n = 0;
	int fd = -EHOSTUNREACH;

	for (const struct addrinfo *a = found; a; a = a->ai_next)
		n++;
	for (unsigned i = 0; i < n && fd < 0; i++)
		fd = connect_to(address_of(found, (c->target->failures + i) % n));
	if (!found) {
		(void)snprintf(text, sizeof(text), "host \"%s\": %s", c->target->settings->host, why);
		cancel(c->target);
		target_done(c->target, DELIVERY_FAILED, text);
		return;
	}
	lookup_end(TAKE_PTR(c->lookup));
	c->fd = fd < 0 ? -1 : fd;
	if (fd >= 0 && sd_event_add_io(c->target->event, &c->io, fd, EPOLLOUT, on_writable, c) < 0)
		fd = -ENOMEM;
	if (fd < 0)
		fail(c, -fd);
}

/* A stream that the other side has closed takes a message and loses it. */
static bool is_closed(const struct collector *c)
{
	char byte;

	return c->target->settings->is_stream && recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static void send_message(struct target *t, struct bytes message, uint64_t number)
{
	struct collector *c = t->own;
	int n;

	(void)number;
	n = t->settings->is_stream ?
		    asprintf(&c->text, "%zu %.*s", message.n, (int)message.n, (const char *)message.p) :
		    asprintf(&c->text, "%.*s", (int)message.n, (const char *)message.p);
	c->text = n < 0 ? NULL : c->text;
	c->n = n < 0 ? 0 : (size_t)n;
	c->sent = 0;
	if (c->fd >= 0 && is_closed(c))
		disconnect(c);
	if (n < 0)
		fail(c, ENOMEM);
	else if (c->fd < 0) {
		n = lookup_begin(t->event, t->settings->host, t->settings->port,
				 t->settings->is_stream ? SOCK_STREAM : SOCK_DGRAM, on_found, c, &c->lookup);
		if (n < 0)
			fail(c, -n);
	} else if (sd_event_add_io(t->event, &c->io, c->fd, EPOLLOUT, on_writable, c) < 0) {
		fail(c, ENOMEM);
	}
}

static int open_collector(struct target *t)
{
	struct collector *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->target = t;
	c->fd = -1;
	t->own = c;
	return 0;
}

static void close_collector(struct target *t)
{
	cancel(t);
	disconnect(t->own);
	free(t->own);
	t->own = NULL;
}

static char *render(const struct target *t, const struct value *event)
{
	return syslog_compose(t->settings->facility, t->settings->id, event);
}

const struct driver driver_syslog = {
	.open = open_collector, .close = close_collector, .render = render, .send = send_message, .cancel = cancel
};
