/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `hallmarkctl ruleset`: the tables that a configuration stands for, as nft text with empty sets. With --base it is what
 * the gateway boots with, and there is always an answer: a configuration that somebody broke must not boot an open net.
 */
#include "enforce/ruleset.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "config/config.h"
#include "ctl/ctl.h"
#include "ctl/file.h"
#include "ctl/value.h"

DEFINE_CLEANUP(struct config *, config_free);
DEFINE_CLEANUP(struct value *, value_free);

static int render_json(const struct ruleset *ruleset, FILE *out)
{
	_cleanup_(value_freep) struct value *report = value_new(VALUE_MAP);
	_cleanup_free_ char *text = NULL;
	uint8_t digest[SHA256_LEN];
	char hex[SHA256_HEX_SIZE];
	size_t n;
	FILE *f = open_memstream(&text, &n);
	int r = f ? ruleset_render(ruleset, NULL, 0, NULL, f) : -1;

	if (f && fclose(f) != 0)
		r = -1;
	if (r < 0 || ruleset_digest(ruleset, digest) < 0)
		return -1;

	bytes_to_hex(BYTES(digest), hex);
	value_add_text(report, "sha256", hex);
	value_add_text(report, "ruleset", text);
	value_to_json(report, out);
	return 0;
}

/* --- The base --- */

#define SAVED_MAX (64 << 20) /* bytes; a ruleset of 4096 households has half a megabyte */

static int put_text(struct bytes text, FILE *out)
{
	return fwrite(text.p, 1, text.n, out) == text.n ? 0 : -1;
}

/* The text of the configuration, allocated. Returns 0, or a negative value (logged). */
static int render_base(const char *path, struct bytes *ret)
{
	_cleanup_(config_freep) struct config *config = NULL;
	char *text = NULL;
	int r;

	if (config_load(path, &config) < 0)
		return -1;

	FILE *f = open_memstream(&text, &ret->n);

	r = f ? ruleset_render(&config->ruleset, NULL, 0, NULL, f) : -1;
	if (f && fclose(f) != 0)
		r = -1;
	ret->p = (const uint8_t *)text;
	if (r < 0)
		log_error("the ruleset could not be rendered");
	return r;
}

/* A copy that is as it was is left alone: flash wears. */
static void keep_copy(const char *path, struct bytes text)
{
	_cleanup_(free_bytes) struct bytes kept = { 0 };
	int r;

	if (access(path, F_OK) == 0 && file_load(path, SAVED_MAX, &kept) == 0 && bytes_equal(kept, text))
		return;
	r = file_replace(path, text);
	if (r < 0)
		(void)log_errno(r, "%s: no copy was kept; at the next boot there is none of this configuration", path);
}

static bool put_saved(const char *path, FILE *out)
{
	_cleanup_(free_bytes) struct bytes kept = { 0 };

	if (!path || file_load(path, SAVED_MAX, &kept) < 0)
		return false;
	if (!ruleset_text_is_ours(kept)) {
		log_error("%s: not a ruleset that hallmarkctl kept, and not used", path);
		return false;
	}
	log_error("the configuration is not good: this is the copy of the last good one, %s", path);
	(void)put_text(kept, out); /* main() asks whether that went well */
	return true;
}

static enum ctl_exit print_base(const struct ctl *ctl, const char *path)
{
	_cleanup_(free_bytes) struct bytes text = { 0 };

	if (render_base(path, &text) == 0) {
		if (ctl->saved)
			keep_copy(ctl->saved, text);
		return put_text(text, ctl->out) == 0 ? CTL_YES : CTL_FAULT;
	}
	if (put_saved(ctl->saved, ctl->out))
		return CTL_YES;
	log_error("NOTHING IS FORWARDED: the configuration is not good and no copy of a good one was kept; mend %s, "
		  "then load it with `hallmarkctl ruleset --base | nft -f -`",
		  path);
	return ruleset_render_shut(ctl->out) == 0 ? CTL_YES : CTL_FAULT;
}

enum ctl_exit ctl_ruleset(const struct ctl *ctl)
{
	const char *path = ctl->config ? ctl->config : HALLMARK_SYSCONFDIR "/hallmarkd.conf";
	_cleanup_(config_freep) struct config *config = NULL;
	int r;

	if (ctl->base && !ctl->json)
		return print_base(ctl, path);
	if (ctl->base || ctl->saved) {
		log_error("usage: hallmarkctl ruleset --base [--saved FILE], without --json");
		return CTL_FAULT;
	}
	if (config_load(path, &config) < 0)
		return CTL_FAULT;

	if (ctl->json)
		r = render_json(&config->ruleset, ctl->out);
	else
		r = ruleset_render(&config->ruleset, NULL, 0, NULL, ctl->out);
	if (r < 0)
		log_error("the ruleset could not be rendered");
	return r < 0 ? CTL_FAULT : CTL_YES;
}
