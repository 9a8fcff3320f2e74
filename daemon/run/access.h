/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may change something: root and the daemon's own user. Who may read is said by the mode of the private socket, and by the
 * system bus's policy.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

/* Whether the caller is one of them; *ret_uid (may be NULL) is who it is. Sets the error when not. */
bool command_may_change(sd_bus_message *call, uint32_t *ret_uid, sd_bus_error *error);
