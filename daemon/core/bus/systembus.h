/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gateway on the system bus, where there is one: the daemon starts before it, and runs without it. Nothing here waits
 * but for a question to the bus itself, and that not longer than SYSTEM_BUS_TIMEOUT_USEC.
 */
#pragma once

#include <stdint.h>
#include <systemd/sd-bus.h>

struct core;

#define SYSTEM_BUS_TIMEOUT_USEC UINT64_C(2000000) /* the core does nothing else meanwhile */

struct system_bus;

/*
 * Connects now, and from then on whenever the bus is there again. *connection is it from when our name is ours, and else NULL:
 * without the name, the bus keeps from nobody what is sent. A connection that somebody closed is opened again. Returns 0 or a
 * negative errno; no bus is no error.
 */
int system_bus_new(struct core *core, struct system_bus **ret, sd_bus **connection);
void system_bus_free(struct system_bus *s);
