/* SPDX-License-Identifier: Apache-2.0 */
/* A listening socket, and a few sd-bus connections on it. interface.c has the methods. */
#include "core/bus/bus.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "core/bus/bus_inside.h"
#include "core/bus/interface.h"
#include "core/bus/systembus.h"
#include "core/core.h"
#include "hallmark/bus.h"

#define CONNECTS_PER_SEC 100
#define BUFFER_BYTES     (256 * 1024) /* in the kernel, for each client; sd-bus uses 8 MB */
#define ANSWERS_MAX      64           /* unread messages at the time of a call: one may be long */

static int on_disconnect(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct bus *b = userdata;
	struct client *gone = bus_client(b, sd_bus_message_get_bus(m));

	(void)error;
	if (!gone)
		return 0;
	sd_bus_close_unref(gone->bus);
	*gone = (struct client){ 0 };
	return 0;
}

/* Called before any message of a client is handled. */
static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct bus *b = userdata;
	struct client *from = bus_client(b, sd_bus_message_get_bus(m));

	(void)error;
	if (!from || !bus_is_behind(from->bus, ANSWERS_MAX))
		return 0;
	bus_turn_out(from);
	return 1;
}

/* Takes ownership of the descriptor. */
static int serve(struct bus *b, int client_fd, sd_bus **ret)
{
	const int size = BUFFER_BYTES;
	_cleanup_close_ int fd = client_fd;
	_cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL;
	sd_id128_t id;
	int r = sd_bus_new(&bus);

	if (r >= 0)
		r = sd_bus_set_fd(bus, fd, fd);
	if (r < 0)
		return r;
	(void)TAKE_FD(fd);

	r = sd_id128_randomize(&id);
	if (r >= 0)
		r = sd_bus_set_server(bus, 1, id);
	if (r >= 0)
		r = sd_bus_set_sender(bus, HALLMARK_BUS_INTERFACE);
	if (r >= 0)
		r = sd_bus_start(bus);
	if (r >= 0 && setsockopt(client_fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) < 0)
		r = -errno;
	if (r >= 0)
		r = sd_bus_attach_event(bus, b->core->event, SD_EVENT_PRIORITY_NORMAL);
	if (r >= 0)
		r = interface_add(bus, b->core);
	if (r >= 0)
		r = sd_bus_add_filter(bus, NULL, on_message, b);
	if (r >= 0)
		r = sd_bus_match_signal(bus, NULL, NULL, "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local",
					"Disconnected", on_disconnect, b);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(bus);
	return 0;
}

static int on_connect(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct bus *b = userdata;
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)source;
	(void)revents;
	if (client < 0)
		return 0;

	struct client *place = bus_client(b, NULL);

	if (!place) {
		log_warning("More than %d connections to the control socket: the newest is refused", CLIENTS_MAX);
		(void)close(client);
		return 0;
	}

	int r = serve(b, client, &place->bus);

	if (r < 0)
		log_errno(r, "Cannot serve a connection to the control socket");
	return 0;
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask;

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0)
		return -errno;
	(void)unlink(path); /* left by a daemon that was killed; the UDP port shows which one is alive */
	mask = umask(0117); /* group-readable from the first moment */
	int r = bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
	(void)umask(mask);
	if (r < 0)
		return r;
	if (listen(fd, CLIENTS_MAX) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int bus_new(struct core *core, struct bus **ret)
{
	struct bus *b = calloc(1, sizeof(*b));
	int r;

	if (!b)
		return -ENOMEM;
	b->core = core;
	(void)snprintf(b->path, sizeof(b->path), "%s", core->in_force.config->control);
	b->fd = listen_at(b->path);
	r = b->fd < 0 ? b->fd : sd_event_add_io(core->event, &b->listener, b->fd, EPOLLIN, on_connect, b);
	if (r >= 0) /* without free descriptors, accept() fails and the socket stays readable */
		r = sd_event_source_set_ratelimit(b->listener, USEC_PER_SEC, CONNECTS_PER_SEC);
	if (r < 0) {
		log_errno(r, "Cannot listen on the control socket %s; does its directory exist?", b->path);
		bus_free(b);
		return r;
	}
	r = system_bus_new(core, &b->system, &b->bus_daemon);
	if (r < 0) {
		bus_free(b);
		return log_errno(r, "Cannot set up the event loop");
	}
	*ret = b;
	return 0;
}

void bus_free(struct bus *b)
{
	if (!b)
		return;
	b->core->bus = NULL; /* the last reports have no receiver */
	system_bus_free(b->system);
	sd_event_source_disable_unref(b->listener);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		sd_bus_close_unref(b->clients[i].bus);
	if (b->fd >= 0) {
		(void)unlink(b->path);
		(void)close(b->fd);
	}
	wires_done(&b->wires);
	free(b);
}
