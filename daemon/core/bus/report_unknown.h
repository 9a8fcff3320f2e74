/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <systemd/sd-bus.h>

struct core;
struct seen;

/* Appends the unknown devices behind this one, in its order, at most HALLMARK_BUS_PAGE; NULL: from the first on. Returns 0 or a negative errno. */
int report_unknown(struct core *c, sd_bus_message *m, const struct seen *after);
