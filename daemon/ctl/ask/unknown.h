/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ctl/commands.h"

struct value;

/* Appends all of them to a list, with the vendors of their MACs. Returns as ask_daemon() does. */
enum ctl_exit ask_unknown(const struct ctl *ctl, struct value *all);

/* `list --unknown`: who is on the wires and was never judged. */
enum ctl_exit list_unknown(const struct ctl *ctl);
