/* SPDX-License-Identifier: Apache-2.0 */
/* What hallmarkctl and hallmark-label do alike: find the command, check that its options fit, and run it. */
#pragma once

struct program;

/* The whole program; returns its exit status. */
int program_run(const struct program *p, int argc, char **argv);
