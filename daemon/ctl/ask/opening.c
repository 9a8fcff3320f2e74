/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `hallmarkctl open` and `close`: for when nothing else works. They use neither daemon nor configuration nor store, and
 * write to the kernel directly; the kernel ends the opening by its own clock. A running daemon notices it, and reports
 * and records it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "ctl/commands.h"
#include "ctl/page.h"
#include "ctl/when.h"
#include "decide/policy.h"
#include "enforce/kernel.h"
#include "enforce/ruleset.h"
#include "hallmark/journal.h"

#define OPEN_MAX_SEC 86400 /* for a longer time, open again with a new reason */

DEFINE_CLEANUP(struct kernel *, kernel_free);

/* For both tables, or the one that exists. */
static int on_tables(struct kernel *k, int (*f)(struct kernel *k, const struct ruleset *r, const void *opening),
		     const struct opening *opening)
{
	static const struct policy policy = { .zones = { { "quarantine" } }, .n_zones = 1 };
	const struct ruleset both = { .policy = &policy, .n_bridges = 1 }, one = { .policy = &policy };
	int r = f(k, &both, opening);

	return r == -ENOENT ? f(k, &one, opening) : r;
}

static int open_tables(struct kernel *k, const struct ruleset *r, const void *opening)
{
	return kernel_open(k, r, opening);
}

static int close_tables(struct kernel *k, const struct ruleset *r, const void *opening)
{
	(void)opening;
	return kernel_close(k, r);
}

/* The user who did it, also behind sudo. */
static const char *operator_name(void)
{
	const char *name = getenv("SUDO_USER");

	if (!name)
		name = getlogin();
	return name ? name : "root";
}

static enum ctl_exit explain(int r)
{
	if (r == -ENOENT)
		log_error("there is no table inet " TABLE_NAME ": nothing is enforced, and there is nothing to open. "
			  "`hallmarkctl ruleset --base --load` loads it");
	else if (r == -EPERM || r == -EACCES)
		log_error("only root may do that; use sudo");
	else
		(void)log_errno(r, "the kernel refused it; run this as root, and see `hallmarkctl doctor`");
	return CTL_FAULT;
}

static void audit(const char *what, const struct opening *opening)
{
	(void)sd_journal_send("MESSAGE=%s %s the gateway%s%s", operator_name(), what, opening ? ". Reason: " : "",
			      opening ? opening->reason : "", "MESSAGE_ID=%s", HALLMARK_MESSAGE_OPENED, "PRIORITY=%i",
			      LOG_WARNING, "SYSLOG_IDENTIFIER=hallmarkctl", NULL);
}

static bool read_opening(const struct ctl *ctl, struct opening *ret)
{
	int64_t span_sec;

	if (!when_parse_span(ctl->for_, &span_sec) || span_sec > OPEN_MAX_SEC) {
		log_error("--for \"%s\": give how long the gateway is to be open, as 90s, 30m or 2h; at most 24h",
			  ctl->for_);
		return false;
	}
	if (ctl->reason[0] == '\0' || strlen(ctl->reason) >= sizeof(ret->reason)) {
		log_error("--reason \"%s\": say why, in 1 to %zu bytes; it goes into the journal and the record",
			  ctl->reason, sizeof(ret->reason) - 1);
		return false;
	}
	ret->left_sec = (uint32_t)span_sec;
	(void)page_clean(ctl->reason, ret->reason, sizeof(ret->reason));
	return true;
}

enum ctl_exit ctl_open(const struct ctl *ctl)
{
	_cleanup_(kernel_freep) struct kernel *k = NULL;
	struct opening opening = { 0 };
	int r;

	if (!read_opening(ctl, &opening))
		return CTL_FAULT;
	r = kernel_new(CTL_NFT, &k);
	if (r == 0)
		r = on_tables(k, open_tables, &opening);
	if (r < 0)
		return explain(r);
	audit("opened", &opening);
	if (ctl->json)
		(void)fprintf(ctl->out, "{\"open_for\":%u}\n", opening.left_sec);
	else
		(void)fprintf(
			ctl->out,
			"THE GATEWAY IS OPEN for %u s: every device reaches everything. `hallmarkctl close` ends it\n",
			opening.left_sec);
	return CTL_YES;
}

enum ctl_exit ctl_close(const struct ctl *ctl)
{
	_cleanup_(kernel_freep) struct kernel *k = NULL;
	int r = kernel_new(CTL_NFT, &k);

	if (r == 0)
		r = on_tables(k, close_tables, NULL);
	if (r < 0)
		return explain(r);
	audit("closed", NULL);
	(void)fputs(ctl->json ? "{\"open_for\":0}\n" : "The gateway is closed: every device is limited to its zone\n",
		    ctl->out);
	return CTL_YES;
}
