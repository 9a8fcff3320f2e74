/* SPDX-License-Identifier: Apache-2.0 */
/* The properties of include/hallmark/bus.h: the gateway's state without a method call. */
#pragma once

#include <systemd/sd-bus.h>

struct core;

/* Adds them to a connection, besides the methods of the interface. Returns a negative errno on failure. */
int properties_add(sd_bus *bus, struct core *core);
