/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <systemd/sd-bus.h>

struct core;

/* The answer to FailedHandshakes() (include/hallmark/bus.h), the latest first. Returns 0 or a negative errno. */
int report_failed_handshakes(const struct core *c, sd_bus_message *m);
