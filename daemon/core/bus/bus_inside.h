/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the bus share: bus.c, signal.c. Who only tells of something links signal.c, and not all that can be
 * asked.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "core/bus/bus.h"

#define CLIENTS_MAX 16 /* operators at once; the next one is turned away */

/* A connection, and whether signals are for it. */
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
	sd_bus *bus_daemon; /* the connection to it, while our name is ours; else NULL */
	uint64_t daemon_behind_since_usec;
};

/* Whether so many messages wait that it has not taken. */
bool bus_is_behind(sd_bus *connection, uint64_t at_most);

/* Ends the connection, and says whose it was. */
void bus_turn_out(struct client *client);

/* The client whose connection it is; NULL: it is none of the socket's. */
struct client *bus_client(struct bus *b, sd_bus *connection);
