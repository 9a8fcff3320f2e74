/* SPDX-License-Identifier: Apache-2.0 */
/* Private to settle.c and settle_kernel.c. */
#pragma once

#include "core/settle/settle.h"

/*
 * Step 3: the tables anew where the configuration is another one, then all elements, each of which says afterwards whether it
 * is in force. Returns 0 or a negative errno: then the sweep tries again.
 */
int settle_enforce(struct settling *s);
