/* SPDX-License-Identifier: Apache-2.0 */
/* Who makes the network interfaces whose MACs begin with these bits: from the lists of the IEEE, which Debian's package ieee-data has. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct vendors;

#define VENDORS_FOLDER "/usr/share/ieee-data" /* of the package */

/* The lists in this folder; those that are missing are left out. NULL: there is none of them, or no memory. */
struct vendors *vendors_read(const char *folder);
void vendors_free(struct vendors *v);

/* The vendor, by the longest assignment; "" where nobody has it, and for a locally administered MAC. `v` may be NULL. */
const char *vendors_find(const struct vendors *v, const uint8_t mac[static 6]);
