/* SPDX-License-Identifier: Apache-2.0 */
/* The interface of include/hallmark/bus.h on a connection to either bus. */
#pragma once

#include <systemd/sd-bus.h>

struct core;

/* Returns 0 or a negative errno. */
int interface_add(sd_bus *bus, struct core *core);
