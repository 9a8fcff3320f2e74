/* SPDX-License-Identifier: Apache-2.0 */
/* Schemes, arrangements and their vocabularies. decide/ applies arrangements. */
#include "config/reader.h"

#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/suggestion.h"
#include "config/config.h"
#include "decide/scheme.h"

static const struct key scheme_keys[] = {
	REQUIRED("id", KEY_WORD, KEY_INTO(struct scheme, id)),
	REQUIRED("country", KEY_WORD, KEY_INTO(struct scheme, country)),
	REQUIRED("name", KEY_TEXT, KEY_INTO(struct scheme, name)),
	REQUIRED("levels", KEY_TEXTS),
	OPTIONAL("suspended", KEY_WORD, .text = "refuse"),
	OPTIONAL("max-years", KEY_NUMBER, KEY_INTO(struct scheme, max_years), KEY_RANGE(1, 100, 0)),
	OPTIONAL("extension-years", KEY_NUMBER, KEY_INTO(struct scheme, extension_years), KEY_RANGE(1, 100, 0)),
	OPTIONAL("max-validity", KEY_TEXT),
	OPTIONAL("source", KEY_TEXT),
};

static const struct key arrangement_keys[] = {
	REQUIRED("id", KEY_WORD, KEY_INTO(struct arrangement, id)),
	REQUIRED("from", KEY_WORD, KEY_INTO(struct arrangement, from)),
	OPTIONAL("from-level", KEY_TEXT),
	OPTIONAL("from-level-max", KEY_TEXT),
	REQUIRED("to", KEY_WORD, KEY_INTO(struct arrangement, to)),
	OPTIONAL("to-level", KEY_TEXT),
	REQUIRED("mode", KEY_WORD),
	OPTIONAL("enabled", KEY_FLAG, KEY_INTO(struct arrangement, enabled), .number = true),
	OPTIONAL("accept-application", KEY_FLAG, KEY_INTO(struct arrangement, accept_application)),
	OPTIONAL("effective", KEY_DATE, KEY_INTO(struct arrangement, effective_sec), .number = TIME_FOREVER),
	OPTIONAL("ends", KEY_DATE, KEY_INTO(struct arrangement, ends_sec), .number = TIME_FOREVER),
	OPTIONAL("categories", KEY_TEXTS),
	OPTIONAL("except", KEY_TEXTS),
	OPTIONAL("fields", KEY_TEXTS),
	OPTIONAL("scheme-versions", KEY_TEXTS),
	OPTIONAL("basis-unknown", KEY_WORD, .text = "accept"),
	OPTIONAL("condition", KEY_WORD, KEY_INTO(struct arrangement, condition)),
	REQUIRED("source", KEY_TEXT, KEY_INTO(struct arrangement, source)),
};

/* In the order of their enums; the first is the default where there is one. */
static const char *const modes[] = { "application", "recognised", "deemed", NULL };
static const char *const suspensions[] = { "refuse", "keep", NULL };
static const char *const unknown_bases[] = { "accept", "refuse", NULL };

/* --- Schemes --- */

static void read_levels(struct reader *r, const config_setting_t *levels, struct scheme *s)
{
	const size_t n = reader_length(levels);

	if (n == 0 || n > LEVELS_MAX) {
		reader_error(r, levels, "a scheme has 1 to %d levels, the lowest first", LEVELS_MAX);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const char *name = reader_element(levels, i);

		if (strlen(name) >= sizeof(s->levels[0]))
			reader_error(r, levels, "level \"%s\" is too long; use at most %zu bytes", name,
				     sizeof(s->levels[0]) - 1);
		else if (scheme_level(s, name) > 0)
			reader_error(r, levels, "level \"%s\" occurs twice; remove one", name);
		else
			memcpy(s->levels[s->n_levels++], name, strlen(name) + 1);
	}
}

static void read_schemes(struct reader *r)
{
	const config_setting_t *list = reader_member(r->root, "schemes");
	struct recognition_rules *rules = &r->config->recognition;
	const size_t n = reader_length(list);

	rules->schemes = reader_alloc(r, n, sizeof(*rules->schemes));
	if (!rules->schemes)
		return;
	rules->n_schemes = n;
	for (size_t i = 0; i < n; i++) {
		const config_setting_t *group = reader_group(list, i);

		(void)reader_keys(r, group, scheme_keys, ARRAY_SIZE(scheme_keys), &rules->schemes[i]);
		if (reader_member(group, "levels"))
			read_levels(r, reader_member(group, "levels"), &rules->schemes[i]);
		rules->schemes[i].suspended =
			(enum suspension)reader_choice(r, reader_member(group, "suspended"), suspensions);
	}
	reader_check_unique(r, list, "id");
}

/* --- References to schemes, levels and words --- */

const struct scheme *reader_scheme(struct reader *r, const config_setting_t *at, const char *id)
{
	const struct recognition_rules *rules = &r->config->recognition;
	const struct scheme *scheme = scheme_find(rules, id);
	struct suggestion s = { .word = id };
	char hint[128];

	if (scheme)
		return scheme;
	for (size_t i = 0; i < rules->n_schemes; i++)
		suggestion_offer(&s, rules->schemes[i].id);
	reader_error(r, at, "there is no scheme \"%s\"; declare it under schemes%s", id, suggestion_text(&s, hint));
	return NULL;
}

uint8_t reader_level(struct reader *r, const config_setting_t *at, const struct scheme *scheme)
{
	const char *name = config_setting_get_string(at);
	uint8_t level = scheme_level(scheme, name);
	struct suggestion s = { .word = name };
	char hint[128];

	for (uint8_t i = 0; level == 0 && i < scheme->n_levels; i++)
		suggestion_offer(&s, scheme->levels[i]);
	if (level == 0)
		reader_error(r, at, "scheme %s has no level \"%s\", from \"%s\" to \"%s\"%s", scheme->id, name,
			     scheme_level_name(scheme, 1), scheme_level_name(scheme, scheme->n_levels),
			     suggestion_text(&s, hint));
	return level;
}

bool reader_is_known(struct reader *r, const config_setting_t *at, const char *word,
		     const struct vocabulary *vocabulary)
{
	struct suggestion s;
	char hint[128];

	if (vocabulary_has(vocabulary, word, &s))
		return true;
	reader_error(r, at, "\"%s\" is not among the configured %s%s", word, vocabulary->name,
		     suggestion_text(&s, hint));
	return false;
}

/* --- Arrangements --- */

/* A list of texts of an arrangement: the source and the destination. */
struct texts {
	const config_setting_t *list;
	const struct vocabulary *vocabulary;
	char *into;
	size_t size, max; /* of one text; how many texts */
};

static void refuse_empty(struct reader *r, const config_setting_t *list)
{
	reader_error(r, list, "\"%s\" is empty, which could be read as no limit; leave the key out if you want none",
		     config_setting_name(list));
}

/* Returns how many. */
static uint8_t read_texts(struct reader *r, const struct texts *t)
{
	uint8_t n = 0;

	if (reader_length(t->list) > t->max) {
		reader_error(r, t->list, "at most %zu words are allowed here", t->max);
		return 0;
	}
	if (t->list && reader_length(t->list) == 0)
		refuse_empty(r, t->list);
	for (size_t i = 0; i < reader_length(t->list); i++) {
		const char *word = reader_element(t->list, i);

		if (!reader_is_known(r, t->list, word, t->vocabulary))
			continue;
		if (strlen(word) >= t->size)
			reader_error(r, t->list, "\"%s\" is too long; use at most %zu bytes", word, t->size - 1);
		else
			memcpy(t->into + t->size * n++, word, strlen(word) + 1);
	}
	return n;
}

#define TEXTS(group, name, words, array)                                                                               \
	&(struct texts)                                                                                                \
	{                                                                                                              \
		reader_member((group), (name)), (words), (array)[0], sizeof((array)[0]), ARRAY_SIZE(array)             \
	}

/* Levels may be omitted only while the arrangement is off. */
static void read_ends(struct reader *r, const config_setting_t *group, struct arrangement *a)
{
	const struct scheme *from = reader_scheme(r, reader_member(group, "from"), a->from);
	const struct scheme *to = reader_scheme(r, reader_member(group, "to"), a->to);
	const config_setting_t *least = reader_member(group, "from-level"),
			       *most = reader_member(group, "from-level-max");

	if (from && least) {
		a->from_level = reader_level(r, least, from);
		a->from_level_max = most ? reader_level(r, most, from) : from->n_levels;
		if (a->from_level_max > 0 && a->from_level_max < a->from_level)
			reader_error(r, most, "%s recognises no level; from-level-max is below from-level", a->id);
	}
	if (to && reader_member(group, "to-level"))
		a->to_level = reader_level(r, reader_member(group, "to-level"), to);
	if (from && from == to)
		reader_error(r, group, "a scheme's own labels need no arrangement; remove %s", a->id);
}

static void check_arrangement(struct reader *r, const config_setting_t *group, const struct arrangement *a)
{
	const config_setting_t *effective = reader_member(group, "effective");

	if (a->enabled && !effective)
		reader_error(r, group, "%s is enabled: give its first day, as effective = \"2025-01-01\"", a->id);
	if (a->enabled && !(reader_member(group, "from-level") && reader_member(group, "to-level")))
		reader_error(r, group, "%s is enabled: give its from-level and its to-level", a->id);
	if (effective && a->ends_sec <= a->effective_sec)
		reader_error(r, reader_member(group, "ends"), "%s ends before it begins; correct one of the dates",
			     a->id);
	if (a->accept_application && a->mode != MODE_APPLICATION)
		reader_error(r, reader_member(group, "accept-application"),
			     "this is for mode \"application\" only; remove it");
}

static void read_arrangement(struct reader *r, const config_setting_t *group, struct arrangement *a)
{
	static const struct vocabulary any_version;
	const struct recognition_rules *rules = &r->config->recognition;

	if (!reader_keys(r, group, arrangement_keys, ARRAY_SIZE(arrangement_keys), a))
		return;
	a->mode = MODE_APPLICATION + reader_choice(r, reader_member(group, "mode"), modes);
	a->refuse_unknown_basis = reader_choice(r, reader_member(group, "basis-unknown"), unknown_bases) > 0;
	read_ends(r, group, a);
	a->n_categories = read_texts(r, TEXTS(group, "categories", &rules->categories, a->categories));
	a->n_except = read_texts(r, TEXTS(group, "except", &rules->categories, a->except));
	a->n_fields = read_texts(r, TEXTS(group, "fields", &rules->fields, a->fields));
	a->n_versions = read_texts(r, TEXTS(group, "scheme-versions", &any_version, a->versions));
	check_arrangement(r, group, a);
}

static void read_arrangements(struct reader *r)
{
	const config_setting_t *list = reader_member(r->root, "arrangements");
	struct recognition_rules *rules = &r->config->recognition;
	const size_t n = reader_length(list);

	rules->arrangements = reader_alloc(r, n, sizeof(*rules->arrangements));
	if (!rules->arrangements)
		return;
	rules->n_arrangements = n;
	for (size_t i = 0; i < n; i++)
		read_arrangement(r, reader_group(list, i), &rules->arrangements[i]);
	reader_check_unique(r, list, "id");
}

/* Also for label desks, which check what they sign against the configuration. */
static void read_vocabulary(struct reader *r, const char *name, struct vocabulary *ret)
{
	const config_setting_t *list = reader_member(r->root, name);
	const size_t n = reader_length(list);

	ret->name = name;
	if (list && n == 0)
		refuse_empty(r, list);
	ret->words = reader_alloc(r, n, sizeof(*ret->words));
	for (size_t i = 0; ret->words && i < n; i++) {
		const char *word = reader_element(list, i);

		if (bytes_to_text(bytes_of_string(word), ret->words[ret->n], sizeof(*ret->words)) && word[0] != '\0')
			ret->n++;
		else
			reader_error(r, list, "\"%s\" cannot be in a label; use 1 to %zu bytes of printable text", word,
				     sizeof(*ret->words) - 1);
	}
}

void config_read_recognition(struct reader *r)
{
	read_vocabulary(r, "categories", &r->config->recognition.categories);
	read_vocabulary(r, "fields", &r->config->recognition.fields);
	read_schemes(r);
	read_arrangements(r);
}
