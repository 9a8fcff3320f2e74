/* SPDX-License-Identifier: Apache-2.0 */
/* The work of --check; no process that serves devices runs it. */
#pragma once

struct config;

/* Reads and decodes everything that a start would, as root and as the daemon's user, and reports errors. Returns an exit status. */
int core_check(const struct config *config);
