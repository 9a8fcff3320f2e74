/* SPDX-License-Identifier: Apache-2.0 */
/* The operator's side: include/hallmark/bus.h, peer to peer over a group-readable socket. */
#pragma once

#include "run/core.h"

/* Listens on the configuration's control socket. Returns 0 or a negative errno (logged). */
int bus_new(struct core *core, struct bus **ret);
void bus_free(struct bus *b);
