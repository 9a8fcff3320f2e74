/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core's memory of devices: the current verdict of each. Devices that were never admitted are kept for the
 * operator's eyes only, and only the latest of them, so that no number of invented identities makes it grow.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/sizes.h"

struct bytes;
struct signed_inputs;
struct verdict;

#define REGISTRY_REFUSED_MAX 512 /* never-admitted devices kept: what an operator looks through at once */

struct registry;

struct registry *registry_new(void);
void registry_free(struct registry *r);

/* Keeps a copy, in place of the device's former verdict, as a new edition. Returns 0 or -ENOMEM. */
int registry_put(struct registry *r, const struct verdict *v);

/* The finders return NULL when there is none; what they return is valid until the next put. */
struct verdict *registry_find(const struct registry *r, const uint8_t device[static SHA256_LEN]);

/* The device that was admitted last with this UEID. Whether it still is, the caller asks verdict_zone(). */
const struct verdict *registry_ueid_owner(const struct registry *r, struct bytes ueid);

/* The device whose admission is at this place now, or that is let pass there because it is monitored. */
const struct verdict *registry_at_place(const struct registry *r, const char *interface, const uint8_t mac[static 6]);

/*
 * Keeps a copy of what a device that was never admitted has signed, so that an operator may still let it in; in memory, as
 * nothing of strangers is stored. Does nothing for others, or beyond a limit.
 */
void registry_keep_inputs(struct registry *r, const uint8_t device[static SHA256_LEN],
			  const struct signed_inputs *inputs);

/* NULL when there are none; valid until the next put. */
const struct signed_inputs *registry_inputs(const struct registry *r, const uint8_t device[static SHA256_LEN]);

/* Forgets a device; does nothing when it is not known. */
void registry_remove(struct registry *r, const uint8_t device[static SHA256_LEN]);

size_t registry_count(const struct registry *r);

/* Without those that were never admitted: what invented identities do not fill. */
size_t registry_count_admitted(const struct registry *r);
void registry_each(const struct registry *r, void (*visit)(struct verdict *v, void *userdata), void *userdata);

/* How many devices are in each zone at this time. */
void registry_count_zones(const struct registry *r, int64_t now_sec, uint32_t ret[static ZONES_MAX]);
