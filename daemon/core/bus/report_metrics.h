/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of Metrics(), as defined in include/hallmark/bus.h: counters of the core, and states that are read now. */
#pragma once

#include <systemd/sd-bus.h>

struct core;

/* Returns 0 or a negative errno of sd-bus. */
int report_metrics(struct core *c, sd_bus_message *m);
