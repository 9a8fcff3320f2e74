/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decided changes that the kernel refused. Each is reported as refused, with its device. A change that stays in force,
 * such as a denial, is tried again when the kernel is compared with the registry, and is reported as done as soon as the
 * kernel has it.
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
	char zone_before[ZONE_NAME_SIZE]; /* where the kernel may still have the device */
	struct record_mark record;        /* the entry of the change */
};

struct refusals {
	struct refusal *list; /* owned */
	size_t n, room;
};

void refusals_done(struct refusals *r);

/* Reports that the device is not in the verdict's zone; `error` is the kernel's. */
void refusals_tell(struct teller *t, const struct verdict *v, const char *zone_before, int error);

/* The same for a change that stays in force: refusals_settle() reports it as done later. */
void refusals_add(struct teller *t, const struct verdict *v, const char *zone_before, const struct record_mark *record,
		  int error);

/* Removes the device's refusal, if any: its change was reported as done, or a later change replaces it. */
void refusals_forget(struct refusals *r, const uint8_t device[static SHA256_LEN]);

/* Call it when the kernel has what the registry says: reports the changes that it had refused as done. */
void refusals_settle(struct teller *t, const struct registry *registry);
