/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several devices at one place (network.shared). A packet shows only the place, so the kernel has one zone for all of them: the least.
 * Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct element;
struct ruleset;

/*
 * Whether a zone is less than another. The first of these that differs counts: what is monitored passes everything, so it is more; the
 * segment; the internet; the number of addresses and ports of hosts; the services of the gateway; the order of rules, of which the
 * earlier leads to the better zone; the order of zones. No zone is less than itself, and of two others one is.
 */
bool zone_is_less(const struct ruleset *r, uint8_t zone, uint8_t than);

/* The least of a set of zones, which has bit N for zone N; ZONE_QUARANTINE when no other zone of the policy is in it. */
uint8_t zones_least(const struct ruleset *r, uint64_t zones);

/*
 * Sorts elements by place. Those of one place get the least of their zones, quarantine excepted, until the last of them ends (place_sec); each
 * keeps its own time for its addresses. They are monitored only while all of them are. An element in a zone without time
 * has ended, and nobody told it: it counts where others are, so that the zone changes when its end is told, and is in quarantine where it is
 * alone.
 */
void elements_share(const struct ruleset *r, struct element *elements, size_t n);
