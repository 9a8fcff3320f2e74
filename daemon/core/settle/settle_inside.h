/* SPDX-License-Identifier: Apache-2.0 */
/* Private to settle.c and settle_kernel.c. */
#pragma once

#include "core/settle/settle.h"

struct element;

/* Returns its index + 1; 0 when out of memory (logged): the comparison with the kernel corrects it. */
size_t settle_add_element(struct settling *s, const struct element *e);

/*
 * Step 3: loads the tables again when the configuration was replaced, then writes all elements; each has its result
 * afterwards. Returns 0 or a negative errno: then the sweep tries again.
 */
int settle_enforce(struct settling *s);
