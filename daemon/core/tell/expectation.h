/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the inventory expects a device to be, against what it proved: a difference is told once, and again only after the device was
 * as expected, the row changed or the daemon started. Nothing is decided by it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;
struct verdict;

#define EXPECTATIONS_MAX 65536 /* when more were told, all are told again */

/* Rows whose difference was told, hashed with their expectation. Zeroed, there are none. */
struct expectations {
	uint64_t *told; /* owned, sorted */
	size_t n, room;
};

void expectations_done(struct expectations *e);

/* Call for each decision: whether there is a difference to tell of now. */
bool expectation_is_due(struct expectations *e, const struct config *c, const struct verdict *v);

/* Tells it to the journal, and notes that; only when it is due. */
void expectation_tell(struct expectations *e, const struct config *c, const struct verdict *v);
