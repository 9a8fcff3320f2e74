/* SPDX-License-Identifier: Apache-2.0 */
/* What the registry calls devices: by the inventory and the segments of the configuration in force. */
#pragma once

struct in_force;
struct registry;

/* Call it at the start, and whenever another configuration is in force. Both are borrowed for as long as the registry is there. */
void naming_begin(struct registry *r, struct in_force *in_force);
