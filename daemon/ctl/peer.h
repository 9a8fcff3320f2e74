/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon at the other end of its control socket (include/hallmark/bus.h). */
#pragma once

#include <systemd/sd-bus.h>

#include "ctl/value.h"

/* Returns 0, or a negative errno; why and the remedy were logged. */
int peer_connect(const char *path, sd_bus **ret);

/* Speaks D-Bus over a connected socket, which it takes. */
int peer_attach(int fd, sd_bus **ret);

/*
 * Calls a method; `device` is its argument, or NULL for a method without one. Returns 0 and the
 * answer, -ENODEV when the daemon holds no such device, or another negative errno (all logged).
 */
int peer_call(sd_bus *bus, const char *method, const char *device, struct value **ret);
