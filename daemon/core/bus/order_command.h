/* SPDX-License-Identifier: Apache-2.0 */
/* The methods of the bus for an operator's order for one device (include/hallmark/bus.h). */
#pragma once

#include <systemd/sd-bus.h>

int command_quarantine(sd_bus_message *call, void *userdata, sd_bus_error *error);
int command_allow(sd_bus_message *call, void *userdata, sd_bus_error *error);
int command_allow_unproved(sd_bus_message *call, void *userdata, sd_bus_error *error);
int command_monitor(sd_bus_message *call, void *userdata, sd_bus_error *error);
int command_monitor_unproved(sd_bus_message *call, void *userdata, sd_bus_error *error);
int command_release(sd_bus_message *call, void *userdata, sd_bus_error *error);
