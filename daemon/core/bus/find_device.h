/* SPDX-License-Identifier: Apache-2.0 */
/* Which device it is that who calls a method means. */
#pragma once

#include <systemd/sd-bus.h>

struct registry;
struct verdict;

/* The one device that goes by a text, or NULL with the error set. */
const struct verdict *find_device(const struct registry *registry, const char *text, sd_bus_error *error);
