/* SPDX-License-Identifier: Apache-2.0 */
/* SealReport: signs with the result key what a report is, and which entry of the record is the last one. */
#pragma once

#include <systemd/sd-bus.h>

int command_seal_report(sd_bus_message *call, void *userdata, sd_bus_error *error);
