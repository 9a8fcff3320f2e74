/* SPDX-License-Identifier: Apache-2.0 */
/* What --check looks at; no process that serves devices runs it. */
#pragma once

struct config;

/* Reads and decodes all that a start would, and says what is wrong. Returns an exit status. */
int core_check(const struct config *config);
