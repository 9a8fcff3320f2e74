/* SPDX-License-Identifier: Apache-2.0 */
/* The properties of include/hallmark/bus.h: what a page about the gateway shows, without a method call. */
#pragma once

#include <systemd/sd-bus.h>

struct core;

/* Puts them on a connection, beside the methods of the interface. Returns a negative errno when that fails. */
int properties_add(sd_bus *bus, struct core *core);
