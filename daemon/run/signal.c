/* SPDX-License-Identifier: Apache-2.0 */
/* Signals to everybody, and what becomes of those who do not read them. */
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "hallmark/bus.h"
#include "run/bus_inside.h"

#define WAITING_MAX 2048 /* messages, some 2 MB: many times a burst of changes */

void bus_turn_out(sd_bus **client)
{
	struct ucred peer = { 0 };
	socklen_t n = sizeof(peer);

	(void)getsockopt(sd_bus_get_fd(*client), SOL_SOCKET, SO_PEERCRED, &peer, &n);
	log_warning("Process %d does not read what the control socket sends: its connection is ended", (int)peer.pid);
	*client = sd_bus_close_unref(*client);
}

bool bus_is_behind(sd_bus *client, uint64_t at_most)
{
	uint64_t n = 0;

	return sd_bus_get_n_queued_write(client, &n) >= 0 && n > at_most;
}

/* What is sent to each connection. */
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
		sd_bus *client = b->clients[i];

		if (!client || sd_bus_is_ready(client) <= 0)
			continue;
		if (bus_is_behind(client, WAITING_MAX))
			bus_turn_out(&b->clients[i]);
		else
			(void)send_signal(client, &s); /* a connection that is gone says so by itself */
	}
	if (!b || !b->bus_daemon)
		return;
	if (bus_is_behind(b->bus_daemon, WAITING_MAX))
		sd_bus_close(TAKE_PTR(b->bus_daemon)); /* systembus.c finds it closed, and comes back */
	else
		(void)send_signal(b->bus_daemon, &s);
}
