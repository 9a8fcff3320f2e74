/* SPDX-License-Identifier: Apache-2.0 */
/* What the core knows, as the a{sv} of include/hallmark/bus.h. Each returns 0 or a negative errno of sd-bus. */
#pragma once

#include <stdint.h>
#include <systemd/sd-bus.h>

#include "hallmark/reason.h"

struct core;
struct dictionary;
struct edge_counters;
struct verdict;

int report_status(struct core *c, sd_bus_message *m);
int report_explanation(const struct core *c, sd_bus_message *m, const struct verdict *v);

/* Returns how many bytes of the message it takes, about; or a negative errno. */
int report_device(const struct core *c, sd_bus_message *m, const struct verdict *v);

/* What people call it, and where it is for them: name, segment, place, reference. */
void report_names(struct dictionary *d, const struct core *c, const struct verdict *v);

/* A monotonic time as real time, which may have been set since. */
int64_t report_time(const struct core *c, uint64_t usec);

/* The reason that is shown of a verdict at this time. */
enum hallmark_reason report_reason(const struct verdict *v, int64_t now_sec);

/* What all edges have and had to do, without what the metrics alone have. */
void report_traffic(struct dictionary *d, const struct edge_counters *all);

/* Edge and judges: whether they take requests, and how often they were replaced. */
void report_processes(struct dictionary *d, const struct core *c);

/* Admissions by zone name, as a{su}; and whether the clock is "synchronised" or "provisional". */
int report_zones(const struct core *c, sd_bus_message *m);
const char *report_clock(const struct core *c);
