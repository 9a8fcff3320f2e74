/* SPDX-License-Identifier: Apache-2.0 */
/* The arguments that a command accepts, parsed from its row of commands.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ctl;

#define ANY_OPERANDS 99

/* An option of at least one command; its index in ctl_options is its bit in masks. */
struct ctl_option {
	const char *name, *value, *help; /* value: placeholder of its value, "" when it has none */
	size_t member;                   /* of struct ctl, by its offset */
};

extern const struct ctl_option ctl_options[];
extern const unsigned ctl_options_n;

#define OPTION_BIT(i) (UINT64_C(1) << (i))

struct syntax {
	uint64_t may, needs;  /* masks of options */
	unsigned least, most; /* operands; ANY_OPERANDS */
};

/* Returns false when the arguments name an option that does not exist. */
bool syntax_read(const char *arguments, struct syntax *ret);

/* Sets the option's member: to the text, or to true for one without a value. */
void ctl_set(struct ctl *ctl, const struct ctl_option *option, const char *text);
