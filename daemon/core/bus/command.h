/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The methods of the bus that change something (include/hallmark/bus.h): for root, or whose role includes it
 * (core/bus/access.h). Those that take time answer when they are done.
 */
#pragma once

#include <systemd/sd-bus.h>

/* The userdata of each handler is the core. */
int command_reload(sd_bus_message *call, void *userdata, sd_bus_error *error);
int command_confirm(sd_bus_message *call, void *userdata, sd_bus_error *error);
int command_discard(sd_bus_message *call, void *userdata, sd_bus_error *error);
int command_try(sd_bus_message *call, void *userdata, sd_bus_error *error);

/* For everyone on the socket: it changes nothing. */
int command_replay(sd_bus_message *call, void *userdata, sd_bus_error *error);
