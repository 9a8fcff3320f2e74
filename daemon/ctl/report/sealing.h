/* SPDX-License-Identifier: Apache-2.0 */
/* A report in a file, and its seal beside it (docs/report.md). */
#pragma once

#include "base/bytes.h"
#include "ctl/commands.h"

/* Writes the file whole or not at all; a seal of an older one of that name goes. Returns CTL_FAULT after a logged error. */
enum ctl_exit sealing_save(const char *path, struct bytes report);

/* Has the daemon sign it, and writes the seal. CTL_FAULT: the report is there without (logged). */
enum ctl_exit sealing_ask(const struct ctl *ctl, const char *path, struct bytes report);
