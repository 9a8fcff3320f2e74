/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ctl/commands.h"

/* `list --unknown`: who is on the wires and was never judged. */
enum ctl_exit list_unknown(const struct ctl *ctl);
