/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The methods of the bus that do something (include/hallmark/bus.h): for root and the daemon's own user only. Those that
 * take time answer when they are done.
 */
#pragma once

#include <systemd/sd-bus.h>

#include "run/core.h"

/* The handlers take the core's address from their userdata, a pointer to a struct that begins with it. */
int command_reload(sd_bus_message *call, void *userdata, sd_bus_error *error);
int command_confirm(sd_bus_message *call, void *userdata, sd_bus_error *error);
int command_discard(sd_bus_message *call, void *userdata, sd_bus_error *error);
int command_try(sd_bus_message *call, void *userdata, sd_bus_error *error);

/* Whether the caller is one of them; *ret_uid (may be NULL) is who it is. Sets the error when not. */
bool command_may_change(sd_bus_message *call, uint32_t *ret_uid, sd_bus_error *error);

/* Anybody on the socket may ask for this: it changes nothing. */
int command_replay(sd_bus_message *call, void *userdata, sd_bus_error *error);

/* The one device that goes by a text, or NULL with the error set. */
const struct verdict *find_device(const struct core *core, const char *text, sd_bus_error *error);
