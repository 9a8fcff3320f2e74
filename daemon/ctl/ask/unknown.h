/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmarkctl list --unknown`: who is on the wires and was never judged. */
#pragma once

#include <systemd/sd-bus.h>

#include "ctl/commands.h"

struct value;

enum ctl_exit list_unknown(const struct ctl *ctl);

/* Appends all of them to a list, page by page, as UnknownDevices has them. Returns as ask_over(). */
enum ctl_exit unknown_ask(sd_bus *bus, struct value *all);

/* The same, of the daemon that the command line names, and with the vendors of their MACs. Returns as ask_daemon() does. */
enum ctl_exit unknown_ask_daemon(const struct ctl *ctl, struct value *all);
