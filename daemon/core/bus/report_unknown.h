/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <systemd/sd-bus.h>

struct core;
struct dictionary;
struct seen;

/* Its place and what people call it, as fields. */
void report_seen(struct dictionary *d, const struct core *c, const struct seen *s);

/* Appends the unknown devices behind this one, in its order, at most HALLMARK_BUS_PAGE; NULL: from the first on. Returns 0 or a negative errno. */
int report_unknown(struct core *c, sd_bus_message *m, const struct seen *after);
