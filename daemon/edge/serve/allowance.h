/* SPDX-License-Identifier: Apache-2.0 */
/* How often a device attests: what is over its share is refused before anything is judged or stored. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/sizes.h"

struct allowance;

/* So many a minute of each device, and four times as many at once. Returns 0, -EINVAL for 0 a minute, -ENOMEM or -EIO. */
int allowance_new(unsigned each_minute, struct allowance **ret);
void allowance_free(struct allowance *a);

/* Takes one of the device's; false when it has none left. */
bool allowance_take(struct allowance *a, const uint8_t device[static SHA256_LEN], uint64_t now_usec);
