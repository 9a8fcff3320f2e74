/* SPDX-License-Identifier: Apache-2.0 */
/* What `--version` of each program says. */
#pragma once

#include <stdio.h>

/* The program with version and commit, and a line with the libraries that it runs with, as they are now on this system. */
void version_print(const char *program, FILE *out);
