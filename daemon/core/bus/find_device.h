/* SPDX-License-Identifier: Apache-2.0 */
/* The device that the caller of a method means. */
#pragma once

#include <systemd/sd-bus.h>

struct registry;
struct verdict;

/* The only device that matches the text, in the room; or NULL with the error set. */
const struct verdict *find_device(const struct registry *registry, const char *text, struct verdict *room,
				  sd_bus_error *error);
