/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Only root may change something. The daemon's own user may only have files read again that root wrote: it also fetches
 * from the network (hallmark-refresh.service). The mode of the private socket, and the system bus's policy, decide who
 * may read.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

/* Whether the caller may; *ret_uid (may be NULL) is the caller. Set the error when not. */
bool command_may_change(sd_bus_message *call, uint32_t *ret_uid, sd_bus_error *error);
bool command_may_reload(sd_bus_message *call, sd_bus_error *error);
