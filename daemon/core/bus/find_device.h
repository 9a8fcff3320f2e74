/* SPDX-License-Identifier: Apache-2.0 */
/* The device that the caller of a method means. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#include "base/sizes.h"

struct core;
struct verdict;

/*
 * The only device that matches the text, in the room; or NULL with the error set. The text is the beginning of its id, its UEID, its MAC,
 * an address that it attested from or that the kernel has as a neighbour's, its name in the inventory ("NAME" or "NAME, SEGMENT"), the
 * segment that it is alone in, or the number of its label.
 */
const struct verdict *find_device(const struct core *c, const char *text, struct verdict *room, sd_bus_error *error);

/* The least and the greatest id that begin with these digits. Returns false when no id does. */
bool ids_of_digits(const char *digits, uint8_t ret_least[static SHA256_LEN], uint8_t ret_most[static SHA256_LEN]);
