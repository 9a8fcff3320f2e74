/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the command, checks that its options fit, and runs it. */
#pragma once

#include "ctl/usage.h"

/* The whole program; returns its exit status. */
int program_run(const struct program *p, int argc, char **argv);
