/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmarkctl ruleset --base`: the tables that a gateway boots with. */
#pragma once

#include "ctl/commands.h"

/* Prints them, or loads them with --load. `path` is the configuration. */
enum ctl_exit base_give(const struct ctl *ctl, const char *path);
