/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signals of the bus interface (include/hallmark/bus.h), for all subscribers. Does nothing without a bus, as while
 * the core starts and ends.
 */
#pragma once

struct core;
struct seen;
struct verdict;
struct wave_summary;

void announce_change(const struct core *c, const struct verdict *v, const char *zone_before);
/* An unknown device (core/act/unknown.h). */
void announce_unknown(const struct core *c, const struct seen *s);

void announce_wave(const struct core *c, const struct wave_summary *w);
