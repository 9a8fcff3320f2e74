/* SPDX-License-Identifier: Apache-2.0 */
/* What the core knows, as the a{sv} of include/hallmark/bus.h. Each returns 0 or a negative errno of sd-bus. */
#pragma once

#include <systemd/sd-bus.h>

struct core;
struct dictionary;
struct edge_counters;
struct verdict;

int report_status(struct core *c, sd_bus_message *m);
int report_device(const struct core *c, sd_bus_message *m, const struct verdict *v);
int report_explanation(const struct core *c, sd_bus_message *m, const struct verdict *v);

/* What all edges have and had to do, without what the metrics alone have. */
void report_traffic(struct dictionary *d, const struct edge_counters *all);

/* Edge and judges: whether they take requests, and how often they were replaced. */
void report_processes(struct dictionary *d, const struct core *c);

/* Admissions by zone name, as a{su}; and whether the clock is "synchronised" or "provisional". */
int report_zones(const struct core *c, sd_bus_message *m);
const char *report_clock(const struct core *c);
