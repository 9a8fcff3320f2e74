/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gateway on the system bus, where there is one: the daemon starts before it, and runs without it. Nothing here
 * waits, except for a query to the bus itself, and that for at most SYSTEM_BUS_TIMEOUT_USEC.
 */
#pragma once

#include <stdint.h>
#include <systemd/sd-bus.h>

struct core;

#define SYSTEM_BUS_TIMEOUT_USEC UINT64_C(2000000) /* the core does nothing else meanwhile */

struct system_bus;

/*
 * Connects now, and later whenever the bus appears again. *connection is set while we own our name, else NULL: without
 * the name, the bus would deliver signals to anyone. A closed connection is opened again. Returns 0 or a negative
 * errno; a missing bus is not an error.
 */
int system_bus_new(struct core *core, struct system_bus **ret, sd_bus **connection);
void system_bus_free(struct system_bus *s);
