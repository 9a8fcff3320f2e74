/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes that were decided on and that the kernel did not take. Each is told as that, by device. One that stands all the
 * same, as a denial does, is tried again by the comparison with the kernel, and told as done once the kernel holds it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/sizes.h"
#include "store/record.h"

struct registry;
struct teller;
struct verdict;

struct refusal {
	uint8_t device[SHA256_LEN];
	char zone_before[ZONE_NAME_SIZE]; /* that the kernel may still hold it in */
	struct record_mark record;
};

struct refusals {
	struct refusal *list; /* owned */
	size_t n, room;
};

void refusals_done(struct refusals *r);

/* Tells that the device is not in the verdict's zone; `error` is the kernel's. */
void refusals_tell(struct teller *t, const struct verdict *v, const char *zone_before, int error);

/* The same of a change that stands: it is told as done when refusals_settle() finds it so. */
void refusals_add(struct teller *t, const struct verdict *v, const char *zone_before, const struct record_mark *record,
		  int error);

/* The device's change was told, or another one that came after it. */
void refusals_forget(struct refusals *r, const uint8_t device[static SHA256_LEN]);

/* The kernel holds what the registry says: what it had refused is told as done. */
void refusals_settle(struct teller *t, const struct registry *registry);
