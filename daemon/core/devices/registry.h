/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core's memory of devices: the current verdict of each. Devices that were never admitted are kept only for
 * operators to see, and only the latest of them, so that invented identities cannot fill the memory.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/sizes.h"

struct bytes;
struct signed_inputs;
struct verdict;

#define REGISTRY_REFUSED_MAX 512 /* devices kept that were never admitted: as many as an operator reads */

#define USED_MARKS_MAX 32 /* submissions of a device with one beacon, which lasts two seconds */

/* The latest beacon of which evidence of a device counted, and the handles of that evidence. */
struct used_beacon {
	uint32_t number; /* base/beacon.h */
	uint32_t n_marks;
	uint64_t marks[USED_MARKS_MAX];
};

struct registry;

struct registry *registry_new(void);
void registry_free(struct registry *r);

/* Keeps a copy, replaces the device's former verdict, and gives it a new edition. Returns 0 or -ENOMEM. */
int registry_put(struct registry *r, const struct verdict *v);

/* The find functions return NULL when there is none; the result is valid until the next put. */
struct verdict *registry_find(const struct registry *r, const uint8_t device[static SHA256_LEN]);

/* The device that was admitted last with this UEID. verdict_zone() tells whether it still is. */
const struct verdict *registry_ueid_owner(const struct registry *r, struct bytes ueid);

/* The device that is admitted at this place now, or monitored there; of several (network.shared) the latest. */
const struct verdict *registry_at_place(const struct registry *r, const char *interface, const uint8_t mac[static 6]);

/* All that are. Returns how many. `visit` must not put or remove one. */
size_t registry_each_at_place(const struct registry *r, const char *interface, const uint8_t mac[static 6],
			      void (*visit)(const struct verdict *v, void *userdata), void *userdata);

/*
 * Keeps a copy of the signed inputs of a device that was never admitted, so that an operator can still allow it. Only
 * in memory: nothing of strangers is stored. Does nothing for other devices, or beyond a limit.
 */
void registry_keep_inputs(struct registry *r, const uint8_t device[static SHA256_LEN],
			  const struct signed_inputs *inputs);

/* NULL when there are none; valid until the next put. */
const struct signed_inputs *registry_inputs(const struct registry *r, const uint8_t device[static SHA256_LEN]);

/* What the device has used, for the caller to change; NULL: it is unknown. Only in memory: after a restart no old beacon counts. */
struct used_beacon *registry_used(const struct registry *r, const uint8_t device[static SHA256_LEN]);

/* Forgets a device; does nothing when it is unknown. */
void registry_remove(struct registry *r, const uint8_t device[static SHA256_LEN]);

size_t registry_count(const struct registry *r);

/* Without devices that were never admitted: invented identities do not count. */
size_t registry_count_admitted(const struct registry *r);
void registry_each(const struct registry *r, void (*visit)(struct verdict *v, void *userdata), void *userdata);

/* How many devices are in each zone at this time. */
void registry_count_zones(const struct registry *r, int64_t now_sec, uint32_t ret[static ZONES_MAX]);
