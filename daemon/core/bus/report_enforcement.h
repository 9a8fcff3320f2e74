/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's part of the reports, as the fields of include/hallmark/bus.h. */
#pragma once

#include <systemd/sd-bus.h>

struct core;
struct dictionary;

/* The fields of Status() about enforcement. */
void report_enforcement(struct dictionary *d, const struct core *c);

/* The answer of Diff(): aa{sv}. Returns 0 or a negative errno. */
int report_difference(struct core *c, sd_bus_message *m);
