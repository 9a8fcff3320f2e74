/* SPDX-License-Identifier: Apache-2.0 */
/* Reattest() of the bus (include/hallmark/bus.h): for root, or whose role includes it. */
#pragma once

#include <systemd/sd-bus.h>

/* The userdata is the core. */
int command_reattest(sd_bus_message *call, void *userdata, sd_bus_error *error);
