/* SPDX-License-Identifier: Apache-2.0 */
/* The service: what the daemon says, by the rules, to the targets. */
#pragma once

struct settings;

/* Runs until SIGTERM or SIGINT. Returns the exit status. */
int notify_run(const struct settings *s);
