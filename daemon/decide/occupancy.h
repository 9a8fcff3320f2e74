/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is at a place, an interface and a MAC, and the one rule by which another takes it: a device that is not admitted ends no
 * admission, and one that is admitted gets no place that another admitted device has. All that the kernel knows of a packet is
 * its place, so that a second admission there would be the first one's too.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct policy;
struct verdict;

/* What the kernel lets a device do at its place at this time. In this order: what stands higher goes first. */
enum occupancy {
	OCCUPANCY_NONE = 0,  /* it is in quarantine */
	OCCUPANCY_MONITORED, /* it is, and an operator has it let pass all the same */
	OCCUPANCY_ADMITTED,
};

enum occupancy occupancy_of(const struct verdict *v, int64_t now_sec);

/* Whether who is at the verdict's place (NULL: nobody) is another device, and stands there as high as this one would, or higher. */
bool occupancy_is_taken(const struct verdict *there, const struct verdict *v, int64_t now_sec);

/* What was decided on comes to nothing at a place that is taken: quarantine for that reason. */
void occupancy_keep_out(struct verdict *v, const struct policy *policy, int64_t now_sec);
