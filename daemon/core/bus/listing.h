/* SPDX-License-Identifier: Apache-2.0 */
/* The methods that list devices: List, ListAfter, ListDevices. */
#pragma once

#include <systemd/sd-bus.h>

int listing_of_all(sd_bus_message *call, void *userdata, sd_bus_error *error);
int listing_after(sd_bus_message *call, void *userdata, sd_bus_error *error);
int listing_of_devices(sd_bus_message *call, void *userdata, sd_bus_error *error);
