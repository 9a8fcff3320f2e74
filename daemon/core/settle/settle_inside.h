/* SPDX-License-Identifier: Apache-2.0 */
/* Private to settle.c and settle_kernel.c. */
#pragma once

#include "core/settle/settle.h"

/*
 * Step 3: loads the tables again when the configuration was replaced, then writes all elements; each has its result
 * afterwards. Returns 0 or a negative errno: then the sweep tries again.
 */
int settle_enforce(struct settling *s);
