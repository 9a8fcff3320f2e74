/* SPDX-License-Identifier: Apache-2.0 */
/* Issuers of labels and references: their keys, and what they may speak for. appraise/ applies these rules. */
#include "config/reader.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/suggestion.h"
#include "config/config.h"
#include "config/files.h"
#include "decide/scheme.h"
#include "hallmark/protocol.h"
#include "token/product.h"

static const struct key issuer_keys[] = {
	REQUIRED("name", KEY_TEXT, KEY_INTO(struct config_file, name)),
	OPTIONAL("key", KEY_PATH, KEY_INTO(struct config_file, path)),
	OPTIONAL("keys", KEY_PATHS),
	OPTIONAL("schemes", KEY_TEXTS),
	OPTIONAL("countries", KEY_TEXTS),
	OPTIONAL("makers", KEY_TEXTS),
	OPTIONAL("role", KEY_WORD),
};

/* --- What an issuer may speak for --- */

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
		     "\"%s\" is not a maker; write it as \"pen:32473\", \"ieee:acde48\" or \"random:\" and 32 digits",
		     maker);
	return false;
}

/* One list of words of an issuer: its name in the file, its destination, and what makes a word valid. */
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
		reader_error(r, list, "\"%s\" is empty: name those that this issuer may speak for", l->name);
	for (size_t i = 0; i < reader_length(list); i++) {
		const char *word = reader_element(list, i);

		if (!l->is_good(r, list, word) || list_add(ret, l->size, word))
			continue;
		reader_error(r, list, "issuer \"%s\" has too many %s; split it in two", reader_text(issuer, "name"),
			     l->name);
		return;
	}
}

static void read_scopes(struct reader *r, const config_setting_t *group, struct config_file *issuer)
{
	if (!reader_member(group, "schemes") && !reader_member(group, "countries") && !reader_member(group, "makers"))
		reader_error(r, group,
			     "issuer \"%s\" may speak for nothing; give it schemes or countries, makers or both",
			     issuer->name);
	for (size_t i = 0; i < ARRAY_SIZE(issuer_lists); i++)
		read_issuer_list(r, group, &issuer_lists[i], (char *)issuer + issuer_lists[i].offset);
}

/* --- Countries --- */

static bool list_has(const config_setting_t *list, const char *word)
{
	for (size_t i = 0; i < reader_length(list); i++)
		if (strcmp(reader_element(list, i), word) == 0)
			return true;
	return false;
}

static void check_country(struct reader *r, const config_setting_t *countries, const char *country)
{
	const struct recognition_rules *rules = &r->config->recognition;
	struct suggestion s = { .word = country };
	char hint[128];

	for (size_t i = 0; i < rules->n_schemes; i++) {
		if (strcmp(rules->schemes[i].country, country) == 0)
			return;
		suggestion_offer(&s, rules->schemes[i].country);
	}
	reader_error(r, countries, "no scheme has the country \"%s\"; use one that is under schemes%s", country,
		     suggestion_text(&s, hint));
}

/* Named schemes must be of the named countries. An unknown scheme was already reported. */
static void check_schemes(struct reader *r, const config_setting_t *group)
{
	const config_setting_t *schemes = reader_member(group, "schemes"),
			       *countries = reader_member(group, "countries");

	for (size_t i = 0; i < reader_length(schemes); i++) {
		const struct scheme *scheme = scheme_find(&r->config->recognition, reader_element(schemes, i));

		if (scheme && !list_has(countries, scheme->country))
			reader_error(
				r, schemes,
				"scheme %s is of %s, and the countries of issuer \"%s\" do not name it; remove the "
				"scheme or add its country",
				scheme->id, scheme->country, reader_text(group, "name"));
	}
}

/* Countries without schemes mean all schemes of these countries. */
static void read_countries(struct reader *r, const config_setting_t *group, struct config_file *issuer)
{
	const struct recognition_rules *rules = &r->config->recognition;
	const config_setting_t *countries = reader_member(group, "countries");

	if (!countries)
		return;
	if (reader_length(countries) == 0)
		reader_error(r, countries, "\"countries\" is empty: name those that this issuer may speak for");
	for (size_t i = 0; i < reader_length(countries); i++)
		check_country(r, countries, reader_element(countries, i));
	if (reader_member(group, "schemes")) {
		check_schemes(r, group);
		return;
	}
	for (size_t i = 0; i < rules->n_schemes; i++)
		if (list_has(countries, rules->schemes[i].country) &&
		    !list_add(issuer->scope, sizeof(issuer->scope), rules->schemes[i].id))
			reader_error(r, countries, "issuer \"%s\" has too many schemes; split it in two", issuer->name);
}

/* An issuer is a transcriber unless the operator says that it is the scheme itself. */
static void read_role(struct reader *r, const config_setting_t *group, struct config_file *issuer)
{
	static const char *const roles[] = { "transcriber", "scheme", NULL };
	const config_setting_t *role = reader_member(group, "role");

	issuer->role = HALLMARK_ISSUER_TRANSCRIBER + reader_choice(r, role, roles);
	if (!role && issuer->scope[0])
		reader_complete(r, group, "role", roles[0]);
	if (role && !reader_member(group, "schemes") && !reader_member(group, "countries"))
		reader_error(r, role, "issuer \"%s\" signs no labels, and a role is for labels only; remove it",
			     issuer->name);
}

/* --- Keys --- */

/* How many keys a group may have, before it is checked. */
static size_t count_keys(const config_setting_t *group)
{
	const size_t n = reader_length(reader_member(group, "keys"));

	return n > 0 ? n : 1;
}

static void check_keys(struct reader *r, const config_setting_t *group, const struct config_file *issuer)
{
	const config_setting_t *keys = reader_member(group, "keys");
	_cleanup_(names_done) struct names paths = { 0 };

	if (keys && reader_member(group, "key"))
		reader_error(r, keys, "issuer \"%s\" has key and keys; put all into keys", issuer->name);
	if (!keys && !reader_member(group, "key"))
		reader_error(
			r, group,
			"\"key\" is missing here; add it: a path in quotes, or keys = [ \"old.pub\", \"new.pub\" ]");
	if (keys && reader_length(keys) == 0)
		reader_error(r, keys, "\"keys\" is empty: name a file with a public key");
	if (!names_reserve(r, &paths, reader_length(keys)))
		return;
	for (size_t i = 0; i < reader_length(keys); i++)
		names_add(&paths, reader_element(keys, i), keys);
	names_check_unique(r, &paths, "key");
}

/* One issuer entry for each key, equal except for the path. Returns how many. */
static size_t spread_keys(struct reader *r, const config_setting_t *group, struct config_file *issuer)
{
	const config_setting_t *keys = reader_member(group, "keys");
	const size_t n = reader_length(keys);

	for (size_t i = 0; i < n; i++) {
		issuer[i] = issuer[0];
		if (!reader_path(r, reader_element(keys, i), issuer[i].path, sizeof(issuer[i].path)))
			reader_error(r, keys, "\"%s\" is too long; use at most %zu bytes when absolute",
				     reader_element(keys, i), sizeof(issuer[i].path) - 1);
	}
	return n > 0 ? n : 1;
}

static size_t read_issuer(struct reader *r, const config_setting_t *group, struct config_file *issuer)
{
	if (!reader_keys(r, group, issuer_keys, ARRAY_SIZE(issuer_keys), issuer))
		return 0;
	check_keys(r, group, issuer);
	read_scopes(r, group, issuer);
	read_countries(r, group, issuer);
	read_role(r, group, issuer);
	return spread_keys(r, group, issuer);
}

static void read_list(struct reader *r, const config_setting_t *list, bool is_managed)
{
	struct config *c = r->config;

	for (size_t i = 0; i < reader_length(list); i++) {
		const config_setting_t *group = reader_group(list, i);
		struct config_file *issuer = &c->issuers[c->n_issuers];

		issuer->is_managed = is_managed;
		reader_note_source(r, group, issuer);
		c->n_issuers += read_issuer(r, group, issuer);
	}
}

void config_read_issuers(struct reader *r, const config_setting_t *const groups[2])
{
	const config_setting_t *const lists[] = { reader_member(groups[0], "issuers"),
						  reader_member(groups[1], "issuers") };
	struct config *c = r->config;
	size_t n = 0;

	for (size_t k = 0; k < ARRAY_SIZE(lists); k++)
		for (size_t i = 0; i < reader_length(lists[k]); i++)
			n += count_keys(reader_group(lists[k], i));
	if (n > TRUST_MAX) {
		reader_error(r, lists[lists[1] != NULL], "too many issuers; at most %d keys", TRUST_MAX);
		return;
	}
	c->issuers = reader_alloc(r, n, sizeof(*c->issuers));
	for (size_t k = 0; c->issuers && k < ARRAY_SIZE(lists); k++)
		read_list(r, lists[k], k > 0);
	reader_check_unique_in(r, lists, ARRAY_SIZE(lists), "name");
}
