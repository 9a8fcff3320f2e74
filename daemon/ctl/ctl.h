/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands share: the options, the exit status and the commands themselves. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "ctl/commands.h"

enum ctl_exit {
	CTL_YES = 0,   /* done, or valid */
	CTL_NO = 1,    /* not valid, no such device, or something was found */
	CTL_FAULT = 2, /* wrong usage, or it could not be evaluated; why and the remedy were logged */
};

#define CTL_NFT "/usr/sbin/nft" /* where no configuration can be read */

/* The command line: a member for each option of commands.h. Texts are NULL when not given. */
struct ctl {
	FILE *out;
	const char *operand; /* FILE or DEVICE: the first of words; NULL where there need not be one */
	char **words;        /* all that follows the command */
	unsigned n_words;
#define TEXT(member, name, value, help) const char *member;
#define FLAG(member, name, help)        bool member;
	CTL_OPTIONS(TEXT, FLAG)
#undef TEXT
#undef FLAG
};

#define X(group, name, arguments, help, run) enum ctl_exit run(const struct ctl *ctl);
HALLMARKCTL_COMMANDS(X)
HALLMARK_LABEL_COMMANDS(X)
#undef X
