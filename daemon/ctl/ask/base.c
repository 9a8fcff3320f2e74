/* SPDX-License-Identifier: Apache-2.0 */
/*
 * There is always an answer, because with a broken configuration the gateway must not boot without filtering: the
 * tables of the configuration; else the copy of the last valid ones; else a table that forwards nothing.
 */
#include "ctl/ask/base.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "config/config.h"
#include "ctl/file.h"
#include "enforce/kernel.h"
#include "enforce/load.h"

#define SAVED_MAX (64 << 20) /* bytes; a ruleset of 4096 households has half a megabyte */

DEFINE_CLEANUP(struct kernel *, kernel_free);

struct base {
	const struct ctl *ctl;
	const char *path;
	struct config *config; /* owned; NULL: it is not valid */
	bool is_there;         /* with --load: our table is already in the kernel */
};

static void base_done(struct base *b)
{
	config_free(b->config);
}

/* --- Output --- */

static int print(const struct base *b, struct bytes text)
{
	(void)fwrite(text.p, 1, text.n, b->ctl->out); /* main() checks for errors */
	return 0;
}

/* With the program that the configuration names; without a configuration, the usual one. */
static int run_nft(const struct base *b, int fd)
{
	int (*run)(const char *nft, int fd) = b->is_there ? check_ruleset : load_ruleset;
	int r = b->config ? run(b->config->nft, fd) : -ENOENT;

	if (r < 0 && (!b->config || strcmp(b->config->nft, CTL_NFT) != 0))
		r = run(CTL_NFT, fd);
	return r;
}

static int load(const struct base *b, struct bytes text)
{
	_cleanup_fclose_ FILE *f = NULL;
	_cleanup_close_ int fd = memfd_create("hallmark-base", MFD_CLOEXEC);

	f = fd < 0 ? NULL : fdopen(fd, "w+");
	if (!f)
		return log_errno(-errno, "cannot pass the ruleset to nft");
	(void)TAKE_FD(fd); /* the stream closes it */
	if (fwrite(text.p, 1, text.n, f) != text.n || fflush(f) != 0)
		return log_errno(-errno, "cannot pass the ruleset to nft");
	return run_nft(b, fileno(f));
}

static int give(const struct base *b, struct bytes text)
{
	return b->ctl->load ? load(b, text) : print(b, text);
}

/* --- Choosing the tables --- */

static int render(const struct base *b, struct bytes *ret)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, &ret->n);
	int r = !f        ? -ENOMEM :
		b->config ? ruleset_render(&b->config->ruleset, NULL, 0, NULL, f) :
			    ruleset_render_shut(f);

	if (f && fclose(f) != 0)
		r = -ENOMEM;
	ret->p = (const uint8_t *)text;
	return r < 0 ? log_errno(r, "the ruleset could not be rendered") : 0;
}

/* An unchanged copy is not written again: flash memory wears out. */
static void keep_copy(const char *path, struct bytes text)
{
	_cleanup_(free_bytes) struct bytes kept = { 0 };
	int r;

	if (access(path, F_OK) == 0 && file_load(path, SAVED_MAX, &kept) == 0 && bytes_equal(kept, text))
		return;
	r = file_replace(path, text);
	if (r < 0)
		(void)log_errno(r, "%s: cannot save a copy; the next boot will have none of this configuration", path);
}

static int give_configured(const struct base *b)
{
	_cleanup_(free_bytes) struct bytes text = { 0 };
	int r = b->config ? render(b, &text) : -EINVAL;

	if (r == 0)
		r = give(b, text);
	if (r == 0 && b->ctl->saved)
		keep_copy(b->ctl->saved, text);
	return r;
}

static int give_saved(const struct base *b)
{
	const char *path = b->ctl->saved;
	_cleanup_(free_bytes) struct bytes kept = { 0 };

	if (!path || file_load(path, SAVED_MAX, &kept) < 0)
		return -ENOENT;
	if (!ruleset_text_is_ours(kept)) {
		log_error("%s: not a ruleset that hallmarkctl saved; it is not used", path);
		return -EINVAL;
	}
	log_error("the configuration is not valid: this is the copy of the last valid one, %s", path);
	return give(b, kept);
}

static int give_shut(struct base *b)
{
	_cleanup_(free_bytes) struct bytes text = { 0 };
	int r;

	log_error("NOTHING IS FORWARDED: the configuration is not valid and no copy of a valid one was saved; correct "
		  "%s, then start hallmarkd, or load it with `hallmarkctl ruleset --base | nft -f -`",
		  b->path);
	config_free(b->config);
	b->config = NULL;
	r = render(b, &text);
	return r < 0 ? r : give(b, text);
}

/* --- Tables in the kernel --- */

/* Returns 0, or a negative errno (logged). Other failures are left to nft, which reports them. */
static int look_at_kernel(struct base *b)
{
	_cleanup_(kernel_freep) struct kernel *k = NULL;
	int r = kernel_new(CTL_NFT, &k);

	if (r == 0)
		r = kernel_has_table(k);
	b->is_there = r > 0;
	if (r == -EPERM || r == -EACCES)
		return log_errno(r, "only root may load tables; use sudo");
	return 0;
}

/*
 * The kernel's table holds the admissions; a new one would cut off admitted devices. The copy for the next boot is
 * still kept.
 */
static enum ctl_exit leave_alone(const struct base *b)
{
	(void)give_configured(b);
	log_notice("The table inet %s is in the kernel and is not changed: devices that are admitted stay admitted. "
		   "hallmarkd replaces it with that of its configuration",
		   TABLE_NAME);
	return CTL_YES;
}

enum ctl_exit base_give(const struct ctl *ctl, const char *path)
{
	_cleanup_(base_done) struct base b = { .ctl = ctl, .path = path };

	if (ctl->load && look_at_kernel(&b) < 0)
		return CTL_FAULT;
	(void)config_load(path, &b.config); /* logged */
	if (b.is_there)
		return leave_alone(&b);
	if (give_configured(&b) == 0 || give_saved(&b) == 0 || give_shut(&b) == 0)
		return CTL_YES;
	if (ctl->load)
		log_error("THE GATEWAY HAS NO TABLE: routed packets are not filtered. Does the kernel have nf_tables, "
			  "and is %s installed?",
			  CTL_NFT);
	return CTL_FAULT;
}
