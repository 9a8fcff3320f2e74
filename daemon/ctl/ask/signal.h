/* SPDX-License-Identifier: Apache-2.0 */
/* A signal of the daemon as an event: what `hallmarkctl watch --json` prints, and hallmark-notify tells. */
#pragma once

#include <stdint.h>
#include <systemd/sd-bus.h>

struct value;

/*
 * Returns 0 and a map: "event" ("admission", "unknown", "wave"), "time", and what the signal has. NULL for a signal that is not known here.
 * A negative errno when it cannot be read.
 */
int signal_read(sd_bus_message *m, int64_t now_sec, struct value **ret);
