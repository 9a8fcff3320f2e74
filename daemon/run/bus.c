/* SPDX-License-Identifier: Apache-2.0 */
/* A listening socket, a few sd-bus connections on it, and one vtable. What changes something is in command.c. */
#include "run/bus.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "hallmark/bus.h"
#include "run/command.h"
#include "run/order_command.h"
#include "run/report.h"
#include "run/report_enforcement.h"
#include "run/report_metrics.h"

#define CLIENTS_MAX      16 /* operators at once; the next one is turned away */
#define CONNECTS_PER_SEC 100
#define SEARCH_MIN       4 /* characters of a device's id that an operator must type */

struct bus {
	struct core *core; /* first: command.c finds it there */
	sd_event_source *listener;
	int fd;
	sd_bus *clients[CLIENTS_MAX];
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

/* Sends the reply, or says in the log that it could not be made. */
static int reply(sd_bus_message *m, int r)
{
	if (r < 0)
		return log_errno(r, "Cannot make an answer for the control socket");
	return sd_bus_send(NULL, m, NULL);
}

static int on_status(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	const struct bus *b = userdata;
	int r = sd_bus_message_new_method_return(call, &m);

	(void)error;
	return reply(m, r < 0 ? r : report_status(b->core, m));
}

static int on_metrics(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	const struct bus *b = userdata;
	int r = sd_bus_message_new_method_return(call, &m);

	(void)error;
	return reply(m, r < 0 ? r : report_metrics(b->core, m));
}

struct listing {
	const struct core *core;
	sd_bus_message *m;
	int r;
};

static void list_one(struct verdict *v, void *userdata)
{
	struct listing *l = userdata;

	if (l->r >= 0)
		l->r = report_device(l->core, l->m, v);
}

static int on_list(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	const struct bus *b = userdata;
	struct listing l = { .core = b->core };

	(void)error;
	l.r = sd_bus_message_new_method_return(call, &m);
	l.m = m;
	if (l.r >= 0)
		l.r = sd_bus_message_open_container(m, 'a', "a{sv}");
	registry_each(b->core->registry, list_one, &l);
	if (l.r >= 0)
		l.r = sd_bus_message_close_container(m);
	return reply(m, l.r);
}

struct search {
	const char *text;
	const struct verdict *found;
	unsigned n;
};

static void search_one(struct verdict *v, void *userdata)
{
	struct search *s = userdata;
	char device[SHA256_HEX_SIZE], ueid[2 * UEID_MAX + 1], mac[18];

	bytes_to_hex(BYTES(v->facts.device), device);
	bytes_to_hex(bytes_of(v->facts.ueid, v->facts.n_ueid), ueid);
	(void)snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", v->mac[0], v->mac[1], v->mac[2], v->mac[3],
		       v->mac[4], v->mac[5]);
	if (strncasecmp(device, s->text, strlen(s->text)) != 0 && strcasecmp(ueid, s->text) != 0 &&
	    strcasecmp(mac, s->text) != 0)
		return;
	s->found = v;
	s->n++;
}

const struct verdict *find_device(const struct core *core, const char *text, sd_bus_error *error)
{
	struct search s = { .text = text };

	if (strlen(text) >= SEARCH_MIN)
		registry_each(core->registry, search_one, &s);
	if (s.n == 1)
		return s.found;
	if (s.n == 0)
		(void)sd_bus_error_setf(
			error, HALLMARK_BUS_NO_SUCH_DEVICE,
			"No device has the id, UEID or MAC \"%s\"; `hallmarkctl list` shows those known", text);
	else
		(void)sd_bus_error_setf(
			error, HALLMARK_BUS_AMBIGUOUS,
			"%u devices go by \"%s\"; give more digits of the id that `hallmarkctl list` shows", s.n, text);
	return NULL;
}

static int on_diff(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	const struct bus *b = userdata;
	int r = sd_bus_message_new_method_return(call, &m);

	(void)error;
	return reply(m, r < 0 ? r : report_difference(b->core, m));
}

static int on_explain(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	const struct bus *b = userdata;
	const struct verdict *v;
	const char *text;
	int r = sd_bus_message_read(call, "s", &text);

	if (r < 0)
		return r;
	v = find_device(b->core, text, error);
	if (!v)
		return -sd_bus_error_get_errno(error);
	r = sd_bus_message_new_method_return(call, &m);
	return reply(m, r < 0 ? r : report_explanation(b->core, m, v));
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Status", "", "a{sv}", on_status, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("List", "", "aa{sv}", on_list, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Explain", "s", "a{sv}", on_explain, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Diff", "", "aa{sv}", on_diff, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Metrics", "", "a{sv}", on_metrics, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Replay", "sx", "a{sv}", command_replay, SD_BUS_VTABLE_UNPRIVILEGED),
	/* these look at who asks by themselves: sd-bus knows the peers of a bus, and this is none */
	SD_BUS_METHOD("Reload", "", "a{sv}", command_reload, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Try", "s", "a{sv}", command_try, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Confirm", "", "a{sv}", command_confirm, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Discard", "", "a{sv}", command_discard, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Quarantine", "ssu", "a{sv}", command_quarantine, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Allow", "ssus", "a{sv}", command_allow, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Monitor", "sus", "a{sv}", command_monitor, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Release", "s", "a{sv}", command_release, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

static int on_disconnect(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct bus *b = userdata;
	sd_bus *gone = sd_bus_message_get_bus(m);

	(void)error;
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (b->clients[i] == gone)
			b->clients[i] = sd_bus_close_unref(b->clients[i]);
	return 0;
}

/* Takes the descriptor. */
static int serve(struct bus *b, int client_fd, sd_bus **ret)
{
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
	if (r >= 0)
		r = sd_bus_attach_event(bus, b->core->event, SD_EVENT_PRIORITY_NORMAL);
	if (r >= 0)
		r = sd_bus_add_object_vtable(bus, NULL, HALLMARK_BUS_PATH, HALLMARK_BUS_INTERFACE, vtable, b);
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
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		if (b->clients[i])
			continue;

		int r = serve(b, client, &b->clients[i]);

		if (r < 0)
			log_errno(r, "Cannot serve a connection to the control socket");
		return 0;
	}
	log_warning("More than %d connections to the control socket: the newest is turned away", CLIENTS_MAX);
	(void)close(client);
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
	(void)unlink(path); /* left behind by a daemon that was killed; the UDP port says who is alive */
	mask = umask(0117); /* group-readable from the first moment on */
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
	(void)snprintf(b->path, sizeof(b->path), "%s", core->config->control);
	b->fd = listen_at(b->path);
	r = b->fd < 0 ? b->fd : sd_event_add_io(core->event, &b->listener, b->fd, EPOLLIN, on_connect, b);
	if (r >= 0) /* without descriptors left, accept() fails and the socket stays readable */
		r = sd_event_source_set_ratelimit(b->listener, USEC_PER_SEC, CONNECTS_PER_SEC);
	if (r < 0) {
		log_errno(r, "Cannot listen on the control socket %s; does its directory exist?", b->path);
		bus_free(b);
		return r;
	}
	*ret = b;
	return 0;
}

void bus_free(struct bus *b)
{
	if (!b)
		return;
	sd_event_source_disable_unref(b->listener);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		sd_bus_close_unref(b->clients[i]);
	if (b->fd >= 0) {
		(void)unlink(b->path);
		(void)close(b->fd);
	}
	free(b);
}
