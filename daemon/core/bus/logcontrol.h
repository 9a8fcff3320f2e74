/* SPDX-License-Identifier: Apache-2.0 */
/* org.freedesktop.LogControl1(5): `systemctl service-log-level hallmarkd debug` while it runs. */
#pragma once

#include <systemd/sd-bus.h>

struct core;

/* Returns 0 or a negative errno. */
int logcontrol_add(sd_bus *bus, struct core *core);
