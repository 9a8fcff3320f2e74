/* SPDX-License-Identifier: Apache-2.0 */
/* The work of --check; no process that serves devices runs it. */
#pragma once

#include <stdio.h>

struct config;

/* Reads and decodes everything that a start would, as root and as the daemon's user, and reports errors. Returns an exit status. */
int core_check(const struct config *config);

/* The store as it is now: says what a start would do with it, or logs why that would fail, and changes nothing. Returns an exit status. */
int core_check_store(const struct config *config, FILE *out);
