/* SPDX-License-Identifier: Apache-2.0 */
/* The exceptions of the inventory, as D-Bus dictionaries. */
#pragma once

#include <stdint.h>
#include <systemd/sd-bus.h>

struct core;

/* Appends those from this number on, at most HALLMARK_BUS_PAGE. Returns 0 or a negative errno of sd-bus. */
int report_exceptions(const struct core *c, sd_bus_message *m, uint32_t from);
