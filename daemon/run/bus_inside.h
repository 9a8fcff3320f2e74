/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the bus share: bus.c, signal.c. Who only tells of something links signal.c, and not all that can be
 * asked.
 */
#pragma once

#include <sys/un.h>

#include "run/bus.h"
#include "run/systembus.h"

#define CLIENTS_MAX 16 /* operators at once; the next one is turned away */

struct bus {
	struct core *core;
	sd_event_source *listener;
	int fd;
	sd_bus *clients[CLIENTS_MAX];
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct system_bus *system;
	sd_bus *bus_daemon; /* the connection to it, while our name is ours; else NULL */
};

/* Whether so many messages wait that it has not taken. */
bool bus_is_behind(sd_bus *client, uint64_t at_most);

/* Ends the connection, and says whose it was. */
void bus_turn_out(sd_bus **client);
