/* SPDX-License-Identifier: Apache-2.0 */
/* The operator's side: include/hallmark/bus.h, peer to peer over a group-readable socket. */
#pragma once

#include <systemd/sd-bus.h>

struct bus;
struct core;

/* Listens on the configuration's control socket. Returns 0 or a negative errno (logged). */
int bus_new(struct core *core, struct bus **ret);
void bus_free(struct bus *b);

/* Signals are for this connection, too, from here on; on the system bus they are for everybody anyway. */
void bus_subscribe(struct bus *b, sd_bus *connection);

/*
 * Sends a signal of the interface to everybody who has subscribed; `append` gives it its arguments. Never waits: who does not
 * read what it is sent is disconnected. `b` may be NULL.
 */
void bus_signal(struct bus *b, const char *member, int (*append)(sd_bus_message *m, const void *userdata),
		const void *userdata);
