/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may change something: root. The daemon's own user may have read again what root wrote, no more: it fetches from afar, too
 * (hallmark-refresh.service). Who may read is said by the mode of the private socket, and by the system bus's policy.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

/* Whether the caller may; *ret_uid (may be NULL) is who it is. They set the error when not. */
bool command_may_change(sd_bus_message *call, uint32_t *ret_uid, sd_bus_error *error);
bool command_may_reload(sd_bus_message *call, sd_bus_error *error);
