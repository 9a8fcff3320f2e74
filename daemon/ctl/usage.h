/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands of hallmarkctl are, and how that is told. The table itself is in hallmarkctl.c. */
#pragma once

#include <getopt.h>
#include <stdint.h>

#include "ctl/ctl.h"

#define ANY_OPERANDS 99

struct command {
	const char *name, *arguments, *help;
	enum ctl_exit (*run)(const struct ctl *ctl);
	unsigned operands;   /* how many it takes, or ANY_OPERANDS */
	uint64_t may, needs; /* masks of options beside those of every command */
};

struct usage {
	const struct command *commands;
	size_t n;
	const struct option *options; /* `val` is the bit of the masks */
	uint64_t always;              /* options of every command */
};

void usage_print_all(const struct usage *u);

/* Of all commands that the words begin: `trust` has four. Returns whether there is one. */
bool usage_print(const struct usage *u, int n, char **words);

/* For words that are no command: one that was mistyped, or the first of several. */
void usage_log_unknown(const struct usage *u, int n, char **words);
