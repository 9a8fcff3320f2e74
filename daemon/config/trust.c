/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Section "trust": the trust material. It is in the main file and in the file that hallmarkctl writes (trust.managed).
 * The lists of that file are appended to those of the main file, under the same rules.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "config/config.h"
#include "config/files.h"
#include "config/reader.h"

static const struct key trust_keys[] = {
	OPTIONAL("anchors", KEY_GROUPS),
	OPTIONAL("issuers", KEY_GROUPS),
	OPTIONAL("registers", KEY_GROUPS),
	OPTIONAL("crls", KEY_GROUPS),
	OPTIONAL("status-lists", KEY_GROUPS),
	OPTIONAL("references", KEY_GROUPS),
	OPTIONAL("fetch-ca", KEY_PATH, KEY_INTO(struct config, fetch_ca)),
	OPTIONAL("managed", KEY_PATH, KEY_INTO(struct config, managed)),
};

#define N_OF_MAIN 2 /* the last keys are only for the main file */

static const struct key anchor_keys[] = {
	REQUIRED("name", KEY_TEXT, KEY_INTO(struct config_file, name)),
	REQUIRED("file", KEY_PATH, KEY_INTO(struct config_file, path)),
};

/* Registers, status lists and reference statements: their content names the signer. */
static const struct key signed_keys[] = {
	REQUIRED("file", KEY_PATH, KEY_INTO(struct config_file, path)),
	OPTIONAL("url", KEY_TEXT, KEY_INTO(struct config_file, url)),
};

static const struct key crl_keys[] = {
	REQUIRED("file", KEY_PATH, KEY_INTO(struct config_file, path)),
	OPTIONAL("stale", KEY_WORD, KEY_INTO(struct config_file, scope), .text = "refuse"),
	OPTIONAL("url", KEY_TEXT, KEY_INTO(struct config_file, url)),
};

/* Sets are signed. https prevents that somebody in between reads them, withholds them or sends older ones. */
static void check_url(struct reader *r, const config_setting_t *group, struct config_file *file)
{
	static const char scheme[] = "https://";
	const char *host = file->url + strlen(scheme);

	if (!file->url[0])
		return;
	if (strncmp(file->url, scheme, strlen(scheme)) != 0 || strcspn(host, "/?#") == 0 || strchr(file->url, ' '))
		reader_error(r, reader_member(group, "url"),
			     "\"%s\" is not an address to fetch from; write it as \"https://host/path\"", file->url);
}

static void check_crl(struct reader *r, const config_setting_t *group, struct config_file *crl)
{
	static const char *const choices[] = { "refuse", "accept", NULL };

	(void)reader_choice(r, reader_member(group, "stale"), choices);
	check_url(r, group, crl);
}

/* One list of files: its name, and the key that must be unique in it. */
struct trust_section {
	const char *name, *unique;
	const struct key *keys;
	size_t n_keys;
	void (*finish)(struct reader *r, const config_setting_t *group, struct config_file *file); /* or NULL */
	size_t files, n_files; /* offsets in struct config */
};

#define SECTION(name_, unique_, keys_, finish_, files_)                                                                \
	{                                                                                                              \
		.name = (name_), .unique = (unique_), .keys = (keys_), .n_keys = ARRAY_SIZE(keys_),                    \
		.finish = (finish_), .files = offsetof(struct config, files_),                                         \
		.n_files = offsetof(struct config, n_##files_)                                                         \
	}

static const struct trust_section sections[] = {
	SECTION("anchors", "name", anchor_keys, NULL, anchors),
	SECTION("registers", "file", signed_keys, check_url, registers),
	SECTION("crls", "file", crl_keys, check_crl, crls),
	SECTION("status-lists", "file", signed_keys, check_url, status_lists),
	SECTION("references", "file", signed_keys, check_url, references),
};

static void read_file(struct reader *r, const struct trust_section *section, const config_setting_t *group,
		      struct config_file *ret)
{
	if (reader_keys(r, group, section->keys, section->n_keys, ret) && section->finish)
		section->finish(r, group, ret);
	reader_note_source(r, group, ret);
}

/* Reads one list of files, first of the main file, then of the managed one. */
static void read_files(struct reader *r, const struct trust_section *section, const config_setting_t *const groups[2])
{
	const config_setting_t *const lists[] = { reader_member(groups[0], section->name),
						  reader_member(groups[1], section->name) };
	const size_t n_main = reader_length(lists[0]), n = n_main + reader_length(lists[1]);

	if (n > TRUST_MAX) {
		reader_error(r, lists[n_main <= TRUST_MAX], "too many %s; at most %d", section->name, TRUST_MAX);
		return;
	}

	struct config_file *files = reader_alloc(r, n, sizeof(*files));

	if (!files)
		return;
	*(struct config_file **)((char *)r->config + section->files) = files;
	*(size_t *)((char *)r->config + section->n_files) = n;
	for (size_t i = 0; i < n; i++) {
		files[i].is_managed = i >= n_main;
		read_file(r, section, i < n_main ? reader_group(lists[0], i) : reader_group(lists[1], i - n_main),
			  &files[i]);
	}
	reader_check_unique_in(r, lists, ARRAY_SIZE(lists), section->unique);
}

/* The file that hallmarkctl writes does not exist before its first entry. */
static bool has_managed(const struct reader *r)
{
	return r->config->managed[0] && access(r->config->managed, F_OK) == 0;
}

void config_read_trust(struct reader *r)
{
	_cleanup_(config_destroy) config_t managed;
	const config_setting_t *groups[2] = { reader_member(r->root, "trust"), NULL };
	struct config *c = r->config;

	config_init(&managed);
	if (!reader_keys(r, groups[0], trust_keys, ARRAY_SIZE(trust_keys), c))
		return;
	if (r->managed)
		(void)snprintf(c->managed, sizeof(c->managed), "%s", r->managed);
	if (has_managed(r)) {
		if (!reader_parse(r, c->managed, &managed))
			return;
		groups[1] = config_root_setting(&managed);
		if (!reader_keys(r, groups[1], trust_keys, ARRAY_SIZE(trust_keys) - N_OF_MAIN, c))
			return;
	}
	config_read_issuers(r, groups);
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		read_files(r, &sections[i], groups);
}
