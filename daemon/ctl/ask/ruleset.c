/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `hallmarkctl ruleset`: the tables of a configuration, as nft text with empty sets. With --base, the tables that the
 * gateway boots with.
 */
#include "enforce/ruleset.h"

#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "config/config.h"
#include "ctl/ask/base.h"
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

enum ctl_exit ctl_ruleset(const struct ctl *ctl)
{
	const char *path = ctl->config ? ctl->config : HALLMARK_SYSCONFDIR "/hallmarkd.conf";
	_cleanup_(config_freep) struct config *config = NULL;
	int r;

	if (ctl->base && !ctl->json)
		return base_give(ctl, path);
	if (ctl->base || ctl->saved || ctl->load) {
		log_error("usage: hallmarkctl ruleset --base [--saved FILE] [--load], without --json");
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
