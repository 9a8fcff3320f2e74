/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of a program, and their help. */
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

/* For program.elsewhere, from the other program's table; "," ends the list. */
#define COMMAND_NAME(group, name, arguments, help, run) "," name

struct program {
	const char *name, *summary;
	const char *always;          /* arguments that every command accepts */
	const char *elsewhere;       /* ",WORD,TWO WORDS,": commands of the other program, now or formerly, */
	const char *other, *package; /* its name, and its package */
	const struct command *commands;
	size_t n;
};

/* Its one row, when the program does one thing and has no commands; else NULL. */
const struct command *usage_sole(const struct program *p);

void usage_print_all(const struct program *p);

/* Prints the help of all commands that begin with the words: `trust` has four. Returns whether there is one. */
bool usage_print(const struct program *p, int n, char **words);

/* For completion: the arguments that every command accepts, or all of a sole one; then a line for each: name, tab, arguments. */
void usage_print_synopsis(const struct program *p);

/* Whether the words are a command of the other program, or its first word, and not the same of this one. */
bool usage_is_elsewhere(const struct program *p, int n, char **words);

/* For words that are not a command: a mistyped one, or only the first word of several commands. */
void usage_log_unknown(const struct program *p, int n, char **words);
