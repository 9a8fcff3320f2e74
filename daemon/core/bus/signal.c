/* SPDX-License-Identifier: Apache-2.0 */
/* Subscribers, signals, and the handling of clients that do not read them. */
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "core/bus/bus_inside.h"
#include "hallmark/bus.h"

/*
 * All devices of a gateway may change in one turn of the loop, during which no client can read. So time shows which
 * client does not read; the number only bounds memory.
 */
#define WAITING_MAX   2048                /* messages, some 2 MB: a client with more is behind, */
#define PATIENCE_USEC (10 * USEC_PER_SEC) /* and may be for this long */
#define BURST_MAX     131072              /* but never with more than this */

struct client *bus_client(struct bus *b, sd_bus *connection)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (b->clients[i].bus == connection)
			return &b->clients[i];
	return NULL;
}

void bus_subscribe(struct bus *b, sd_bus *connection)
{
	struct client *client = bus_client(b, connection);

	if (client)
		client->is_subscribed = true;
}

void bus_turn_out(struct client *client)
{
	struct ucred peer = { 0 };
	socklen_t n = sizeof(peer);

	(void)getsockopt(sd_bus_get_fd(client->bus), SOL_SOCKET, SO_PEERCRED, &peer, &n);
	log_warning("Process %d does not read what the control socket sends: its connection is closed", (int)peer.pid);
	sd_bus_close_unref(client->bus);
	*client = (struct client){ 0 };
}

bool bus_is_behind(sd_bus *connection, uint64_t at_most)
{
	uint64_t n = 0;

	return sd_bus_get_n_queued_write(connection, &n) >= 0 && n > at_most;
}

/* Whether it does not read what is sent to it, as far as that is known. */
static bool is_stuck(sd_bus *connection, uint64_t *since_usec)
{
	const uint64_t now_usec = clock_monotonic_usec();

	if (!bus_is_behind(connection, WAITING_MAX))
		*since_usec = 0;
	else if (*since_usec == 0)
		*since_usec = now_usec;
	return *since_usec != 0 && (now_usec - *since_usec > PATIENCE_USEC || bus_is_behind(connection, BURST_MAX));
}

/* What is sent on each connection. */
struct signal {
	const char *member;
	int (*append)(sd_bus_message *m, const void *userdata);
	const void *userdata;
};

static int send_signal(sd_bus *bus, const struct signal *s)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	int r = sd_bus_message_new_signal(bus, &m, HALLMARK_BUS_PATH, HALLMARK_BUS_INTERFACE, s->member);

	if (r >= 0)
		r = s->append(m, s->userdata);
	return r < 0 ? r : sd_bus_send(bus, m, NULL);
}

void bus_signal(struct bus *b, const char *member, int (*append)(sd_bus_message *m, const void *userdata),
		const void *userdata)
{
	const struct signal s = { .member = member, .append = append, .userdata = userdata };

	for (size_t i = 0; b && i < CLIENTS_MAX; i++) {
		struct client *client = &b->clients[i];

		if (!client->bus || !client->is_subscribed || sd_bus_is_ready(client->bus) <= 0)
			continue;
		if (is_stuck(client->bus, &client->behind_since_usec))
			bus_turn_out(client);
		else
			(void)send_signal(client->bus, &s); /* a closed connection reports that itself */
	}
	if (!b || !b->bus_daemon)
		return;
	if (is_stuck(b->bus_daemon, &b->daemon_behind_since_usec))
		sd_bus_close(TAKE_PTR(b->bus_daemon)); /* systembus.c notices that it is closed, and connects again */
	else
		(void)send_signal(b->bus_daemon, &s);
}
