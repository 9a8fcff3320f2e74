/* SPDX-License-Identifier: Apache-2.0 */
/* Fetching is another program, hallmark-refresh: it needs libcurl, and nothing that a gateway boots with does. */
#pragma once

#include "ctl/commands.h"
#include "ctl/trust/trust.h"

struct config_file;

/*
 * Runs it for a set that no entry names yet, and waits for it. Returns its answer, or CTL_FAULT when it cannot run; why was
 * logged. The caller has opened the desk alone.
 */
enum ctl_exit refresher_fetch(const struct ctl *ctl, enum trust_kind kind, const struct config_file *file);
