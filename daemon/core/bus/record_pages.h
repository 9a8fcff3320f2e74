/* SPDX-License-Identifier: Apache-2.0 */
/* The methods by which the decision record is read: Record, RecordHead. For root, and for roles with the verb "record". */
#pragma once

#include <systemd/sd-bus.h>

int record_pages_read(sd_bus_message *call, void *userdata, sd_bus_error *error);
int record_pages_head(sd_bus_message *call, void *userdata, sd_bus_error *error);
