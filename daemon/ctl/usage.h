/* SPDX-License-Identifier: Apache-2.0 */
/* What a program's commands are, and how that is told. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ctl/commands.h"

struct command {
	const char *group, *name, *arguments, *help; /* as in commands.h */
	enum ctl_exit (*run)(const struct ctl *ctl);
};

/* For the initialiser of an array of commands. */
#define COMMAND_ROW(group, name, arguments, help, run) { group, name, arguments, help, run },

struct program {
	const char *name, *summary;
	const char *always;          /* arguments that every command takes */
	const char *elsewhere;       /* ",WORD,TWO WORDS,": commands that are another program's, */
	const char *other, *package; /* its name, and where it is */
	const struct command *commands;
	size_t n;
};

void usage_print_all(const struct program *p);

/* Of all commands that the words begin: `trust` has four. Returns whether there is one. */
bool usage_print(const struct program *p, int n, char **words);

/* For completion: what every command takes; then a line for each: name, tab, arguments. */
void usage_print_synopsis(const struct program *p);

/* Whether the words are a command of the other program. */
bool usage_is_elsewhere(const struct program *p, int n, char **words);

/* For words that are no command: one that was mistyped, or the first of several. */
void usage_log_unknown(const struct program *p, int n, char **words);
