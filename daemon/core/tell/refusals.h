/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes that were decided and that the kernel refused. Each is reported as refused, by device. A change that stays in
 * force, such as a denial, is tried again by the comparison with the kernel, and reported as done once the kernel holds
 * it.
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
	char zone_before[ZONE_NAME_SIZE]; /* in which the kernel may still hold it */
	struct record_mark record;
};

struct refusals {
	struct refusal *list; /* owned */
	size_t n, room;
};

void refusals_done(struct refusals *r);

/* Reports that the device is not in the verdict's zone; `error` is the kernel's. */
void refusals_tell(struct teller *t, const struct verdict *v, const char *zone_before, int error);

/* The same for a change that stays in force: refusals_settle() reports it as done. */
void refusals_add(struct teller *t, const struct verdict *v, const char *zone_before, const struct record_mark *record,
		  int error);

/* The device's change was reported, or a later change replaces it. */
void refusals_forget(struct refusals *r, const uint8_t device[static SHA256_LEN]);

/* The kernel holds what the registry says: what it had refused is told as done. */
void refusals_settle(struct teller *t, const struct registry *registry);
