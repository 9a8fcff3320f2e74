/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Section "trust": whom to believe. It stands in the main file and in the one that hallmarkctl writes (trust.managed),
 * whose lists follow those of the main file under the same rules.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "config/reader.h"
#include "token/product.h"

#define TRUST_MAX 4096 /* files of one kind: more vendors than any gateway has met */

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

#define N_OF_MAIN 2 /* keys, the last, of the main file alone */

static const struct key anchor_keys[] = {
	REQUIRED("name", KEY_TEXT, KEY_INTO(struct config_file, name)),
	REQUIRED("file", KEY_PATH, KEY_INTO(struct config_file, path)),
};

static const struct key issuer_keys[] = {
	REQUIRED("name", KEY_TEXT, KEY_INTO(struct config_file, name)),
	REQUIRED("key", KEY_PATH, KEY_INTO(struct config_file, path)),
	OPTIONAL("schemes", KEY_TEXTS),
	OPTIONAL("makers", KEY_TEXTS),
};

/* Registers, status lists and reference statements: each says inside who signed it. */
static const struct key signed_keys[] = {
	REQUIRED("file", KEY_PATH, KEY_INTO(struct config_file, path)),
	OPTIONAL("url", KEY_TEXT, KEY_INTO(struct config_file, url)),
};

static const struct key crl_keys[] = {
	REQUIRED("file", KEY_PATH, KEY_INTO(struct config_file, path)),
	OPTIONAL("stale", KEY_WORD, KEY_INTO(struct config_file, scope), .text = "refuse"),
	OPTIONAL("url", KEY_TEXT, KEY_INTO(struct config_file, url)),
};

/* Appends one word to a comma-separated list. Returns false when it does not fit. */
static bool list_add(char *list, size_t size, const char *word)
{
	size_t used = strlen(list);

	return (size_t)snprintf(list + used, size - used, "%s%s", used > 0 ? "," : "", word) < size - used;
}

static bool scheme_is_good(struct reader *r, const config_setting_t *at, const char *id)
{
	return reader_scheme(r, at, id);
}

static bool maker_is_good(struct reader *r, const config_setting_t *at, const char *maker)
{
	uint8_t space[32];
	struct writer w = WRITER(space);

	if (product_encode_maker(maker, &w) == 0)
		return true;
	reader_error(r, at,
		     "\"%s\" is no maker; write it as \"pen:32473\", \"ieee:acde48\" or \"random:\" and 32 digits",
		     maker);
	return false;
}

/* One list of words of an issuer: its name in the file, where it goes, and what makes a word good. */
struct issuer_list {
	const char *name;
	size_t offset, size;
	bool (*is_good)(struct reader *r, const config_setting_t *at, const char *word);
};

static const struct issuer_list issuer_lists[] = {
	{ "schemes", offsetof(struct config_file, scope), sizeof(((struct config_file *)0)->scope), scheme_is_good },
	{ "makers", offsetof(struct config_file, makers), sizeof(((struct config_file *)0)->makers), maker_is_good },
};

static void read_issuer_list(struct reader *r, const config_setting_t *issuer, const struct issuer_list *l, char *ret)
{
	const config_setting_t *list = reader_member(issuer, l->name);

	if (list && reader_length(list) == 0)
		reader_error(r, list, "\"%s\" is empty: name one of those that this issuer may speak for", l->name);
	for (size_t i = 0; i < reader_length(list); i++) {
		const char *word = reader_element(list, i);

		if (!l->is_good(r, list, word) || list_add(ret, l->size, word))
			continue;
		reader_error(r, list, "issuer \"%s\" has too many %s; split it in two", reader_text(issuer, "name"),
			     l->name);
		return;
	}
}

static void read_issuer(struct reader *r, const config_setting_t *group, struct config_file *issuer)
{
	if (!reader_member(group, "schemes") && !reader_member(group, "makers"))
		reader_error(r, group, "issuer \"%s\" may speak for nothing; give it schemes, makers or both",
			     issuer->name);
	for (size_t i = 0; i < ARRAY_SIZE(issuer_lists); i++)
		read_issuer_list(r, group, &issuer_lists[i], (char *)issuer + issuer_lists[i].offset);
}

/* Sets are signed, but nothing that is fetched is to be seen, held back or exchanged for older by who is in between. */
static void check_url(struct reader *r, const config_setting_t *group, struct config_file *file)
{
	static const char scheme[] = "https://";
	const char *host = file->url + strlen(scheme);

	if (!file->url[0])
		return;
	if (strncmp(file->url, scheme, strlen(scheme)) != 0 || strcspn(host, "/?#") == 0 || strchr(file->url, ' '))
		reader_error(r, reader_member(group, "url"),
			     "\"%s\" is no address to fetch from; write it as \"https://host/path\"", file->url);
}

static void check_crl(struct reader *r, const config_setting_t *group, struct config_file *crl)
{
	static const char *const choices[] = { "refuse", "accept", NULL };

	(void)reader_choice(r, reader_member(group, "stale"), choices);
	check_url(r, group, crl);
}

/* One list of files: what it is called, and by which key no two of it are the same. */
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
	SECTION("issuers", "name", issuer_keys, read_issuer, issuers),
	SECTION("registers", "file", signed_keys, check_url, registers),
	SECTION("crls", "file", crl_keys, check_crl, crls),
	SECTION("status-lists", "file", signed_keys, check_url, status_lists),
	SECTION("references", "file", signed_keys, check_url, references),
};

static void read_file(struct reader *r, const struct trust_section *section, const config_setting_t *group,
		      struct config_file *ret)
{
	char name[PATH_MAX];

	if (reader_keys(r, group, section->keys, section->n_keys, ret) && section->finish)
		section->finish(r, group, ret);
	(void)snprintf(ret->source, sizeof(ret->source), "%.255s",
		       reader_file(r, config_setting_source_file(group), name, sizeof(name)));
	ret->line = config_setting_source_line(group);
}

/* Reads one list of files, of the main file and then of the managed one. */
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

/* The file that hallmarkctl writes is not there before it has something to write. */
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
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		read_files(r, &sections[i], groups);
}
