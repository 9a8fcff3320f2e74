/* SPDX-License-Identifier: Apache-2.0 */
/* The place of a device: from the kernel's tables, not from what the device says. */
#pragma once

#include <stdint.h>

#include "hallmark/reason.h"

#define PLACE_WHY_SIZE 256

struct ipc_origin;
struct settler;
struct verdict;

/*
 * Sets interface, port, MAC and addresses of a verdict that has the device's former place or none. An address belongs
 * to the device once it attested from it, as long as it stays at that place. received_usec is when the request was
 * received (monotonic). Returns REASON_ADMITTED, or why there is no place: then only the address as text is set, and where the reason
 * alone does not say enough, ret_why, for the journal.
 */
enum hallmark_reason place_find(struct settler *settler, const struct ipc_origin *origin, uint64_t received_usec,
				int64_t now_sec, struct verdict *v, char ret_why[static PLACE_WHY_SIZE]);

/* Makes check 17 of a verdict whose place was found, and whose facts are of the evidence that came from there. */
void place_prove(struct settler *settler, const struct ipc_origin *origin, struct verdict *v);

/* For the journal: evidence by which the device does not move, for this reason of check 17, with both places. */
void place_say_refused(const struct verdict *before, const struct verdict *v, enum hallmark_reason reason,
		       char ret_why[static PLACE_WHY_SIZE]);
