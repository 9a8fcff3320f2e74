/* SPDX-License-Identifier: Apache-2.0 */
/* The properties of include/hallmark/bus.h: what a page about the gateway shows, without a method call. */
#pragma once

#include <systemd/sd-bus.h>

/* The getter of all of them, for the vtable; the userdata is the core. */
int property_get(sd_bus *bus, const char *path, const char *interface, const char *name, sd_bus_message *m,
		 void *userdata, sd_bus_error *error);
