/* SPDX-License-Identifier: Apache-2.0 */
/* Where a device is: by the tables of the kernel, and not by what it says. */
#pragma once

#include "hallmark/reason.h"

struct ipc_origin;
struct settler;
struct verdict;

/*
 * Fills in interface, port, MAC and addresses of a verdict that holds the device's former place or none. An address is the
 * device's own once it has attested from it, for as long as it stays at that place. Returns REASON_ADMITTED, or why there
 * is no place: then only the address as text is filled in.
 */
enum hallmark_reason place_find(struct settler *settler, const struct ipc_origin *origin, struct verdict *v);
