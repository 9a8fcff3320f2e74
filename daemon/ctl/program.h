/* SPDX-License-Identifier: Apache-2.0 */
/* Common to hallmarkctl and hallmark-label: find the command, check its options, and run it. */
#pragma once

struct program;

/* The whole program; returns its exit status. */
int program_run(const struct program *p, int argc, char **argv);
