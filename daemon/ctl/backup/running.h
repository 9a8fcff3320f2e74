/* SPDX-License-Identifier: Apache-2.0 */
/* Whether this machine's gateway runs, or could start at any moment. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Somebody accepts at the control socket; or has the UDP port (0: not asked): hallmarkd itself, or its socket unit. */
bool gateway_is_running(const char *control, uint16_t port);
