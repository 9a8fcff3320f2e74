/* SPDX-License-Identifier: Apache-2.0 */
#include "config/named.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/language.h"
#include "config/config.h"
#include "config/files.h"
#include "config/inventory.h"
#include "config/reader.h"

void named_files_done(struct named_files *l)
{
	free(l->items);
	free(l->included);
	*l = (struct named_files){ 0 };
}

static void add(struct named_files *l, struct named_file file)
{
	if (file.path[0])
		l->items[l->n++] = file;
}

/* Registers, lists, CRLs and references may be fetched later. */
static void add_files(struct named_files *l, const struct config_file *files, size_t n, bool may_lack)
{
	for (size_t i = 0; i < n; i++)
		add(l, (struct named_file){ .path = files[i].path,
					    .source = files[i].source,
					    .line = files[i].line,
					    .may_lack = may_lack });
}

/* The configuration has been read; which files it includes is only in its tree. */
static int read_included(struct named_files *l, const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	struct reader r = { .path = path, .directory = copy ? dirname(copy) : NULL };
	_cleanup_(config_destroy) config_t tree;

	config_init(&tree);
	if (!copy)
		return -ENOMEM;
	if (!reader_parse(&r, path, &tree)) /* logged */
		return -EINVAL;
	l->n_included = reader_count_files(&tree);
	l->included = calloc(l->n_included + 1, sizeof(*l->included));
	for (size_t i = 0; l->included && i < l->n_included; i++) {
		const char *name = reader_file(&r, tree.filenames[i], l->included[i], sizeof(*l->included));

		if (name != l->included[i]) /* the main file: not listed twice */
			l->included[i][0] = '\0';
	}
	return l->included ? 0 : -ENOMEM;
}

/* Two, which add() leaves out where there is no folder. */
static void add_law(struct named_files *l, const struct config *c)
{
	const bool is_program = strcmp(c->law, HALLMARK_DATADIR) == 0;

	for (size_t i = 0; i < LAW_FILES; i++)
		add(l, (struct named_file){ .path = c->law_files[i], .place = "law", .is_program = is_program });
}

static void add_all(struct named_files *l, const struct config *c)
{
	add_law(l, c);
	for (size_t i = 0; i < l->n_included; i++)
		add(l, (struct named_file){ .path = l->included[i],
					    .place = TO_TRANSLATE("a file that the configuration includes") });
	add(l, (struct named_file){ .path = c->path, .place = TO_TRANSLATE("the configuration") });
	add(l, (struct named_file){ .path = c->managed, .place = "trust.managed", .may_lack = true });
	add(l, (struct named_file){ .path = c->certificate, .place = "gateway.certificate" });
	add(l, (struct named_file){ .path = c->key, .place = "gateway.key", .is_key = true });
	add(l, (struct named_file){ .path = c->result_key, .place = "gateway.result-key", .is_key = true });
	add(l, (struct named_file){ .path = c->state, .place = "gateway.state", .is_state = true });
	add(l, (struct named_file){ .path = c->fetch_ca, .place = "trust.fetch-ca" });
	add_files(l, c->anchors, c->n_anchors, false);
	add_files(l, c->issuers, c->n_issuers, false);
	add_files(l, c->registers, c->n_registers, true);
	add_files(l, c->crls, c->n_crls, true);
	add_files(l, c->status_lists, c->n_status_lists, true);
	add_files(l, c->references, c->n_references, true);
	for (size_t i = 0; c->inventory && i < c->inventory->n_files; i++)
		add(l, (struct named_file){ .path = c->inventory->files[i].path, .place = "inventory.files" });
}

int named_files_list(const struct config *c, struct named_files *ret)
{
	const size_t n = c->n_anchors + c->n_issuers + c->n_registers + c->n_crls + c->n_status_lists + c->n_references;
	const size_t n_inventory = c->inventory ? c->inventory->n_files : 0;
	struct named_files l = { 0 };
	int r = read_included(&l, c->path);

	if (r == 0)
		l.items = calloc(n + n_inventory + l.n_included + LAW_FILES + 7, sizeof(*l.items));
	if (r == 0 && !l.items)
		r = -ENOMEM;
	if (r < 0) {
		named_files_done(&l);
		return r;
	}
	add_all(&l, c);
	*ret = l;
	return 0;
}

/* --- notify.conf, of which the daemon reads nothing --- */

static const struct {
	const char *key, *place;
	bool is_secret;
} of_targets[] = {
	{ "key", "targets.key", true },
	{ "password", "targets.password", true },
	{ "ca", "targets.ca", false },
};

static void add_target(struct named_files *l, const struct reader *r, const config_setting_t *target)
{
	for (size_t i = 0; i < ARRAY_SIZE(of_targets); i++) {
		const char *text = reader_text(target, of_targets[i].key);

		if (!text[0] || !reader_path(r, text, l->included[l->n_included], sizeof(*l->included)))
			continue;
		add(l, (struct named_file){ .path = l->included[l->n_included++],
					    .place = of_targets[i].place,
					    .is_secret = of_targets[i].is_secret });
	}
}

int named_files_of_notify(const char *path, struct named_files *ret)
{
	_cleanup_free_ char *copy = strdup(path);
	struct reader r = { .path = path, .directory = copy ? dirname(copy) : NULL };
	_cleanup_(config_destroy) config_t tree;
	const config_setting_t *targets;
	struct named_files l = { 0 };
	size_t n;

	config_init(&tree);
	if (!copy)
		return -ENOMEM;
	if (!reader_parse(&r, path, &tree)) /* logged */
		return -EINVAL;
	targets = reader_member(config_root_setting(&tree), "targets");
	n = reader_length(targets);
	l.items = calloc(n * ARRAY_SIZE(of_targets) + 1, sizeof(*l.items));
	l.included = calloc(n * ARRAY_SIZE(of_targets) + 1, sizeof(*l.included));
	if (!l.items || !l.included) {
		named_files_done(&l);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++)
		add_target(&l, &r, reader_group(targets, i));
	*ret = l;
	return 0;
}
