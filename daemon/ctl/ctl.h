/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands of hallmarkctl share: the options, the exit status and the commands themselves. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

enum ctl_exit {
	CTL_YES = 0,   /* done, or valid */
	CTL_NO = 1,    /* not valid, no such device, or something was found */
	CTL_FAULT = 2, /* wrong usage, or it could not be evaluated; why and the remedy were logged */
};

#define CTL_NFT "/usr/sbin/nft" /* where no configuration can be read */

/* The command line. Texts are NULL when not given. */
struct ctl {
	FILE *out;
	const char *operand; /* FILE or DEVICE: the first of words; NULL where there need not be one */
	char **words;        /* all that follows the command */
	unsigned n_words;
	const char *socket, *config;
	const char *key, *output, *at, *sequence, *expires, *issuer;
	const char *uri, *ttl, *size, *bits, *previous;
	const char *state, *head, *last;
	const char *name, *url, *schemes, *makers;
	const char *zone, *for_, *reason, *saved;
	bool json, signature_only, confirm, discard, diff, force, base, load, unproved, partial;
};

/* Beside the daemon, or without one. */
enum ctl_exit ctl_doctor(const struct ctl *ctl);

/* Over the bus. */
enum ctl_exit ctl_status(const struct ctl *ctl);
enum ctl_exit ctl_list(const struct ctl *ctl);
enum ctl_exit ctl_show(const struct ctl *ctl);
enum ctl_exit ctl_explain(const struct ctl *ctl);
enum ctl_exit ctl_replay(const struct ctl *ctl);
enum ctl_exit ctl_metrics(const struct ctl *ctl);
enum ctl_exit ctl_reload(const struct ctl *ctl);
enum ctl_exit ctl_diff(const struct ctl *ctl);
enum ctl_exit ctl_quarantine(const struct ctl *ctl);
enum ctl_exit ctl_allow(const struct ctl *ctl);
enum ctl_exit ctl_monitor(const struct ctl *ctl);
enum ctl_exit ctl_release(const struct ctl *ctl);
enum ctl_exit ctl_reattest(const struct ctl *ctl);
enum ctl_exit ctl_watch(const struct ctl *ctl);
enum ctl_exit ctl_check(const struct ctl *ctl); /* without one, unless --diff */

/* The configuration's trust; `refresh` tells a daemon. */
enum ctl_exit ctl_trust_list(const struct ctl *ctl);
enum ctl_exit ctl_trust_refresh(const struct ctl *ctl);
enum ctl_exit ctl_trust_add(const struct ctl *ctl);
enum ctl_exit ctl_trust_remove(const struct ctl *ctl);

/* Without a daemon. */
enum ctl_exit ctl_label_sign(const struct ctl *ctl);
enum ctl_exit ctl_register_build(const struct ctl *ctl);
enum ctl_exit ctl_status_build(const struct ctl *ctl);
enum ctl_exit ctl_reference_sign(const struct ctl *ctl);
enum ctl_exit ctl_verify(const struct ctl *ctl);
enum ctl_exit ctl_inspect(const struct ctl *ctl);
enum ctl_exit ctl_open(const struct ctl *ctl);
enum ctl_exit ctl_close(const struct ctl *ctl);
enum ctl_exit ctl_ruleset(const struct ctl *ctl);
enum ctl_exit ctl_log_show(const struct ctl *ctl);
enum ctl_exit ctl_log_verify(const struct ctl *ctl);
