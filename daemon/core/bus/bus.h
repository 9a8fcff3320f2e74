/* SPDX-License-Identifier: Apache-2.0 */
/* The operator's interface: include/hallmark/bus.h, peer to peer over a group-readable socket. */
#pragma once

#include <systemd/sd-bus.h>

struct bus;
struct core;

/* Listens on the configured control socket. Returns 0 or a negative errno (logged). */
int bus_new(struct core *core, struct bus **ret);
void bus_free(struct bus *b);

/* From now on, signals are also sent on this connection; on the system bus they are sent to all anyway. */
void bus_subscribe(struct bus *b, sd_bus *connection);

/*
 * Sends a signal of the interface to all subscribers; `append` adds its arguments. Never waits: a client that does not
 * read is disconnected. `b` may be NULL.
 */
void bus_signal(struct bus *b, const char *member, int (*append)(sd_bus_message *m, const void *userdata),
		const void *userdata);
