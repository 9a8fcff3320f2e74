/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shipped entries are copied into the configuration's tree, beside its own and behind them; each setting keeps the
 * file and line that it came from. The sections then read one list.
 */
#include "config/law.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/language.h"
#include "base/suggestion.h"
#include "config/config.h"
#include "config/reader.h"

#define NO_LAW    "none"
#define NOTE_SIZE 4096

static const char *const files[LAW_FILES] = { "schemes.conf", "arrangements.conf" };

static const struct key law_keys[] = {
	OPTIONAL("schemes", KEY_GROUPS),
	OPTIONAL("arrangements", KEY_GROUPS),
	OPTIONAL("categories", KEY_TEXTS),
	OPTIONAL("fields", KEY_TEXTS),
};

/* An entry that has none of these keys can only change a shipped one. */
static const struct kind {
	const char *list, *needs[2];
} kinds[] = {
	{ "schemes", { "levels", "levels" } },
	{ "arrangements", { "from", "to" } },
};

/* The tree belongs to load(). */
static config_setting_t *writable(const config_setting_t *setting)
{
	return (config_setting_t *)(uintptr_t)setting;
}

static bool is_shipped(const struct reader *r, const config_setting_t *setting)
{
	/* the pointer itself: read_file() gives each setting this one */
	return setting->file == r->config->law_files[0] || setting->file == r->config->law_files[1];
}

/* --- Copies --- */

static void copy_value(config_setting_t *to, const config_setting_t *from)
{
	switch (config_setting_type(from)) {
	case CONFIG_TYPE_INT:
		(void)config_setting_set_int(to, config_setting_get_int(from));
		return;
	case CONFIG_TYPE_INT64:
		(void)config_setting_set_int64(to, config_setting_get_int64(from));
		return;
	case CONFIG_TYPE_FLOAT:
		(void)config_setting_set_float(to, config_setting_get_float(from));
		return;
	case CONFIG_TYPE_BOOL:
		(void)config_setting_set_bool(to, config_setting_get_bool(from));
		return;
	default:
		(void)config_setting_set_string(to, config_setting_get_string(from));
	}
}

static void copy(struct reader *r, config_setting_t *parent, const config_setting_t *from)
{
	config_setting_t *to = config_setting_add(parent, config_setting_name(from), config_setting_type(from));

	if (!to) {
		r->out_of_memory = true;
		return;
	}
	to->file = from->file;
	to->line = from->line;
	if (!config_setting_is_aggregate(from))
		copy_value(to, from);
	for (size_t i = 0; i < reader_length(from); i++)
		copy(r, to, reader_group(from, i));
}

/* --- Comparison --- */

static bool are_equal(const config_setting_t *a, const config_setting_t *b);

static bool have_equal_members(const config_setting_t *a, const config_setting_t *b)
{
	if (!config_setting_is_aggregate(b) || config_setting_is_group(a) != config_setting_is_group(b) ||
	    reader_length(a) != reader_length(b))
		return false;
	for (size_t i = 0; i < reader_length(a); i++) {
		const config_setting_t *one = reader_group(a, i);
		const config_setting_t *other =
			config_setting_name(one) ? reader_member(b, config_setting_name(one)) : reader_group(b, i);

		if (!other || !are_equal(one, other))
			return false;
	}
	return true;
}

static bool are_equal(const config_setting_t *a, const config_setting_t *b)
{
	const char *text = config_setting_get_string(a), *other = config_setting_get_string(b);

	if (config_setting_is_aggregate(a))
		return have_equal_members(a, b);
	if (text || other)
		return text && other && strcmp(text, other) == 0;
	if (config_setting_type(a) != config_setting_type(b))
		return false;
	if (config_setting_type(a) == CONFIG_TYPE_BOOL)
		return config_setting_get_bool(a) == config_setting_get_bool(b);
	return config_setting_get_int64(a) == config_setting_get_int64(b);
}

/* --- An entry of the configuration, and the shipped one with its id --- */

static bool can_only_change(const struct kind *kind, const config_setting_t *entry)
{
	return !reader_member(entry, kind->needs[0]) && !reader_member(entry, kind->needs[1]);
}

static void add_key(char *keys, size_t size, const config_setting_t *setting)
{
	const size_t used = strlen(keys);

	(void)snprintf(keys + used, size - used, "%s%s", used > 0 ? ", " : "", config_setting_name(setting));
}

/* The keys that only one of them has, or with another value. `is_change`: what the entry leaves out is no difference. */
static void compare(const config_setting_t *entry, const config_setting_t *shipped, bool is_change, char *keys,
		    size_t size)
{
	for (size_t i = 0; i < reader_length(entry); i++) {
		const config_setting_t *member = reader_group(entry, i),
				       *other = reader_member(shipped, config_setting_name(member));

		if (!other || !are_equal(member, other))
			add_key(keys, size, member);
	}
	for (size_t i = 0; !is_change && i < reader_length(shipped); i++)
		if (!reader_member(entry, config_setting_name(reader_group(shipped, i))))
			add_key(keys, size, reader_group(shipped, i));
}

static struct law_override *add_override(struct reader *r)
{
	struct config *c = r->config;
	struct law_override *more = reallocarray(c->overrides, c->n_overrides + 1, sizeof(*more));

	if (!more) {
		r->out_of_memory = true;
		return NULL;
	}
	c->overrides = more;
	more[c->n_overrides] = (struct law_override){ 0 };
	return &more[c->n_overrides++];
}

static void join(struct reader *r, const struct kind *kind, config_setting_t *entry, const config_setting_t *shipped)
{
	const bool is_change = can_only_change(kind, entry);
	struct law_override *o = add_override(r);

	if (!o)
		return;
	(void)snprintf(o->id, sizeof(o->id), "%s", reader_text(shipped, "id"));
	reader_place(r, entry, o->file, sizeof(o->file), &o->line);
	reader_place(r, shipped, o->shipped_file, sizeof(o->shipped_file), &o->shipped_line);
	compare(entry, shipped, is_change, o->keys, sizeof(o->keys));
	o->relation = !o->keys[0] ? LAW_REPEATS : is_change ? LAW_CHANGES : LAW_REPLACES;
	for (size_t i = 0; is_change && i < reader_length(shipped); i++)
		if (!reader_member(entry, config_setting_name(reader_group(shipped, i))))
			copy(r, entry, reader_group(shipped, i));
}

/* --- Lists --- */

static config_setting_t *list_of(struct reader *r, const config_setting_t *shipped)
{
	const char *name = config_setting_name(shipped);
	config_setting_t *list = writable(reader_member(r->root, name));

	if (!list)
		list = config_setting_add(r->root, name, config_setting_type(shipped));
	if (!list)
		r->out_of_memory = true;
	return list;
}

/* The configuration's own entry with this id. */
static config_setting_t *find_own(const struct reader *r, const config_setting_t *list, const char *id)
{
	for (size_t i = 0; i < reader_length(list); i++) {
		const config_setting_t *entry = reader_group(list, i);

		if (!is_shipped(r, entry) && strcmp(reader_text(entry, "id"), id) == 0)
			return writable(entry);
	}
	return NULL;
}

static void take_entries(struct reader *r, const struct kind *kind, const config_setting_t *shipped)
{
	config_setting_t *list = shipped ? list_of(r, shipped) : NULL;

	for (size_t i = 0; list && i < reader_length(shipped); i++) {
		const config_setting_t *entry = reader_group(shipped, i);
		config_setting_t *own = find_own(r, list, reader_text(entry, "id"));

		if (own)
			join(r, kind, own, entry);
		else
			copy(r, list, entry);
	}
}

static bool has_word(const config_setting_t *list, const char *word)
{
	for (size_t i = 0; i < reader_length(list); i++)
		if (strcmp(reader_element(list, i), word) == 0)
			return true;
	return false;
}

static void take_words(struct reader *r, const config_setting_t *shipped)
{
	config_setting_t *list = shipped ? list_of(r, shipped) : NULL;

	for (size_t i = 0; list && i < reader_length(shipped); i++)
		if (!has_word(list, reader_element(shipped, i)))
			copy(r, list, reader_group(shipped, i));
}

/* What can only change a shipped entry, and was not joined with one. It is taken out, so that its keys are not missed. */
static void refuse_unmatched(struct reader *r, const struct kind *kind)
{
	config_setting_t *list = writable(reader_member(r->root, kind->list));

	for (size_t i = reader_length(list); i-- > 0;) {
		const config_setting_t *entry = reader_group(list, i);
		struct suggestion s = { .word = reader_text(entry, "id") };
		char hint[128];

		if (is_shipped(r, entry) || !can_only_change(kind, entry))
			continue;
		for (size_t k = 0; k < reader_length(list); k++)
			if (k != i)
				suggestion_offer(&s, reader_text(reader_group(list, k), "id"));
		if (find_own(r, list, s.word) != entry)
			reader_error(r, entry, "a second entry changes \"%s\"; put its keys into the first one",
				     s.word);
		else
			reader_error(r, entry,
				     "\"%s\" has no \"%s\", so it can only change a shipped entry, and none has this "
				     "id; correct the id, or give all keys%s",
				     s.word, kind->needs[0], suggestion_text(&s, hint));
		(void)config_setting_remove_elem(list, (unsigned)i);
	}
}

/* --- Files --- */

/* Errors in it, and copies of it, say where they are. */
static void mark(config_setting_t *setting, const char *file)
{
	setting->file = file;
	for (size_t i = 0; i < reader_length(setting); i++)
		mark(writable(reader_group(setting, i)), file);
}

static void read_file(struct reader *r, const char *path)
{
	_cleanup_(config_destroy) config_t tree;
	config_setting_t *root;
	char nothing; /* these keys are read by the sections */

	config_init(&tree);
	if (!reader_parse(r, path, &tree))
		return;
	root = config_root_setting(&tree);
	mark(root, path);
	if (!reader_keys(r, root, law_keys, ARRAY_SIZE(law_keys), &nothing))
		return;
	take_words(r, reader_member(root, "categories"));
	take_words(r, reader_member(root, "fields"));
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		take_entries(r, &kinds[i], reader_member(root, kinds[i].list));
}

static bool is_missing(const char *path)
{
	return access(path, F_OK) < 0 && errno == ENOENT;
}

/* Names the two files in a folder, relative to the configuration's. Returns how many of them are missing. */
static size_t name_files(const struct reader *r, const char *folder)
{
	struct config *c = r->config;
	size_t missing = 0;

	(void)reader_path(r, folder, c->law, sizeof(c->law));
	for (size_t i = 0; i < LAW_FILES; i++) {
		(void)snprintf(c->law_files[i], sizeof(c->law_files[i]), "%s/%s", c->law, files[i]);
		missing += is_missing(c->law_files[i]);
	}
	return missing;
}

/*
 * Finds the two files. A configuration of before has all entries itself, and needs no installed ones. At a label desk
 * and in the source tree, which have no installed ones, they may be beside the configuration.
 */
static bool find_files(struct reader *r)
{
	const config_setting_t *law = reader_member(r->root, "law");
	struct config *c = r->config;
	char given[sizeof(c->law)];
	size_t missing;

	memcpy(given, c->law, sizeof(given));
	c->law[0] = '\0';
	if (strcmp(given, NO_LAW) == 0)
		return false;
	if (!reader_path(r, given, c->law, sizeof(c->law))) {
		reader_error(r, law, "\"law\" is too long; use at most %zu bytes when absolute", sizeof(c->law) - 1);
		return false;
	}
	missing = name_files(r, given);
	c->lacks_law = missing == LAW_FILES && !law && reader_member(r->root, "schemes");
	if (missing == LAW_FILES && !law && !c->lacks_law && name_files(r, ".") == 0)
		return true;
	if (missing > 0)
		(void)name_files(r, given);
	for (size_t i = 0; i < LAW_FILES; i++)
		if (c->lacks_law)
			c->law_files[i][0] = '\0';
		else if (is_missing(c->law_files[i]))
			reader_error(r, law,
				     "there is no %s; install the package hallmark again, or name the folder of that "
				     "file: law = "
				     "\"DIR\"",
				     c->law_files[i]);
	return missing == 0;
}

/* What is printed has all entries. */
static void note_taken(struct reader *r)
{
	(void)config_setting_remove(r->root, "law"); /* CONFIG_FALSE: it is not there */
	reader_complete(r, r->root, "law", NO_LAW);
}

void config_read_law(struct reader *r)
{
	const unsigned before = r->n_errors;

	if (find_files(r)) {
		for (size_t i = 0; i < LAW_FILES; i++)
			read_file(r, r->config->law_files[i]);
		for (size_t i = 0; r->n_errors == before && i < ARRAY_SIZE(kinds); i++)
			refuse_unmatched(r, &kinds[i]);
	}
	if (r->n_errors == before && !reader_member(r->root, "schemes"))
		reader_error(r, r->root,
			     "\"schemes\" is missing here; add it, or name a folder with schemes.conf as \"law\"");
	if (r->keeps_keys)
		note_taken(r);
}

/* --- Notes --- */

/* All of one file that say nothing new, in one line, at the first of them. */
static void note_repeats(const struct config *c, const struct law_override *first, char text[static NOTE_SIZE])
{
	char ids[1024] = "";
	size_t n = 0, used = 0;

	for (size_t i = 0; i < c->n_overrides; i++) {
		const struct law_override *o = &c->overrides[i];

		if (o->relation != LAW_REPEATS || strcmp(o->file, first->file) != 0)
			continue;
		if (o < first)
			return; /* told */
		if (used < sizeof(ids))
			used += (size_t)snprintf(ids + used, sizeof(ids) - used, "%s%s", n > 0 ? ", " : "", o->id);
		n++;
	}
	(void)snprintf(
		text, NOTE_SIZE,
		translated_n("%s:%u: %zu entry is as shipped in %s, and would hide a newer one; remove it: %s",
			     "%s:%u: %zu entries are as shipped in %s, and would hide newer ones; remove them: %s", n),
		first->file, first->line, n, c->law, ids);
}

void law_each_note(const struct config *c, void (*on_note)(const char *text, void *userdata), void *userdata)
{
	char text[NOTE_SIZE] = "";

	if (c->lacks_law) {
		(void)snprintf(
			text, sizeof(text),
			translated("%s has no schemes.conf and no arrangements.conf: only the configuration's own "
				   "entries are in force; install the package hallmark again"),
			c->law);
		on_note(text, userdata);
	}
	for (size_t i = 0; i < c->n_overrides; i++) {
		const struct law_override *o = &c->overrides[i];

		text[0] = '\0';
		if (o->relation == LAW_REPEATS)
			note_repeats(c, o, text);
		else
			(void)snprintf(
				text, sizeof(text),
				o->relation == LAW_CHANGES ?
					translated("%s:%u: \"%s\" changes the shipped entry at %s:%u: %s") :
					translated("%s:%u: \"%s\" replaces the shipped entry at %s:%u; different: %s"),
				o->file, o->line, o->id, o->shipped_file, o->shipped_line, o->keys);
		if (text[0])
			on_note(text, userdata);
	}
}
