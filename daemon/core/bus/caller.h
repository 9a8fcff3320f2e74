/* SPDX-License-Identifier: Apache-2.0 */
/* The caller of a method: the kernel identifies the peer of the private socket, the system bus its clients. */
#pragma once

#include <systemd/sd-bus.h>

#include "core/bus/grant.h"

/* Returns 0 or a negative errno: then it is not known who calls. */
int caller_of(sd_bus_message *call, struct caller *ret);
