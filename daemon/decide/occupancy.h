/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is at a place (an interface and a MAC), and the one rule for taking it: a device that is not admitted ends no
 * admission, and a device that is admitted does not get the place of another admitted device. The kernel knows a packet
 * only by its place, so a second admission there would apply to the first device too.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "hallmark/reason.h"

struct policy;
struct verdict;

/* What the kernel lets a device do at its place at this time. The order matters: a higher value has priority. */
enum occupancy {
	OCCUPANCY_NONE = 0,  /* it is in quarantine */
	OCCUPANCY_MONITORED, /* it is in quarantine, and an operator lets its packets pass */
	OCCUPANCY_ADMITTED,
};

enum occupancy occupancy_of(const struct verdict *v, int64_t now_sec);

/*
 * Whether the device at the verdict's place (NULL: none) is another one, with the same or higher occupancy than this
 * one would have.
 */
bool occupancy_is_taken(const struct verdict *there, const struct verdict *v, int64_t now_sec);

/* The decision has no effect at its place: the device goes into quarantine for this reason. */
void occupancy_keep_out(struct verdict *v, const struct policy *policy, enum hallmark_reason reason, int64_t now_sec);
