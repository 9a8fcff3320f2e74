/* SPDX-License-Identifier: Apache-2.0 */
/* An answer from the bus, as a tree of values. */
#pragma once

#include <systemd/sd-bus.h>

struct value;

/*
 * Reads the message's next item with everything in it. An unknown type becomes VALUE_NULL. Returns 0, or a negative
 * errno; -E2BIG for deeper nesting than any answer of the daemon has.
 */
int answer_read(sd_bus_message *m, struct value **ret);
