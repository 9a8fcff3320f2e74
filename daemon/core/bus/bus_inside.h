/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the files of the bus: bus.c, signal.c. A user that only sends signals links signal.c, without all the
 * methods.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "core/bus/bus.h"
#include "core/bus/report_unknown.h"

#define CLIENTS_MAX 16 /* concurrent operators; another one is refused */

/* A connection, and whether signals are sent on it. */
struct client {
	sd_bus *bus; /* owned; NULL: a free place */
	bool is_subscribed;
	uint64_t behind_since_usec; /* monotonic: since when more than a few signals wait for it; 0: none do */
};

struct bus {
	struct core *core;
	sd_event_source *listener;
	int fd;
	struct client clients[CLIENTS_MAX];
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct system_bus *system;
	sd_bus *bus_daemon; /* the connection to it while we own our name; else NULL */
	uint64_t daemon_behind_since_usec;
	struct wires wires; /* of UnknownDevices */
};

/* Whether more messages than that wait for this connection. */
bool bus_is_behind(sd_bus *connection, uint64_t at_most);

/* Ends the connection, and logs whose it was. */
void bus_turn_out(struct client *client);

/* The client with this connection; NULL: not one of the socket's. */
struct client *bus_client(struct bus *b, sd_bus *connection);
