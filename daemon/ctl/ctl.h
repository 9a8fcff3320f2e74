/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands of hallmarkctl share: the options, the exit status and the commands themselves. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

enum ctl_exit {
	CTL_YES = 0,   /* done, or valid */
	CTL_NO = 1,    /* not valid, or no such device */
	CTL_FAULT = 2, /* wrong usage, or it could not be evaluated; why and the remedy were logged */
};

/* The command line. Texts are NULL when not given. */
struct ctl {
	FILE *out;
	const char *operand; /* FILE or DEVICE; NULL where there need not be one */
	const char *socket, *config;
	const char *key, *output, *at, *sequence, *expires, *issuer;
	const char *state, *head, *last;
	bool json, signature_only, confirm, discard, diff;
};

/* Over the bus. */
enum ctl_exit ctl_status(const struct ctl *ctl);
enum ctl_exit ctl_list(const struct ctl *ctl);
enum ctl_exit ctl_explain(const struct ctl *ctl);
enum ctl_exit ctl_replay(const struct ctl *ctl);
enum ctl_exit ctl_reload(const struct ctl *ctl);
enum ctl_exit ctl_check(const struct ctl *ctl); /* without one, unless --diff */

/* Without a daemon. */
enum ctl_exit ctl_label_sign(const struct ctl *ctl);
enum ctl_exit ctl_register_build(const struct ctl *ctl);
enum ctl_exit ctl_verify(const struct ctl *ctl);
enum ctl_exit ctl_inspect(const struct ctl *ctl);
enum ctl_exit ctl_ruleset(const struct ctl *ctl);
enum ctl_exit ctl_log_show(const struct ctl *ctl);
enum ctl_exit ctl_log_verify(const struct ctl *ctl);
