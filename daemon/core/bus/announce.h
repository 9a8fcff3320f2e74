/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signals of the bus interface (include/hallmark/bus.h), for all subscribers. Does nothing without a bus, as while
 * the core starts and ends.
 */
#pragma once

struct bus;
struct seen;
struct policy;
struct verdict;
struct wave_summary;

void announce_change(struct bus *b, const struct verdict *v, const char *zone_before);
/* An unknown device (core/act/unknown.h). */
void announce_unknown(struct bus *b, const struct seen *s);

void announce_wave(struct bus *b, const struct policy *policy, const struct wave_summary *w);
