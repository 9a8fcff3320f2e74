/* SPDX-License-Identifier: Apache-2.0 */
/* notify.conf by tables of keys: the general part, and rules. Targets are in settings_target.c. */
#include "notify/settings.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "config/reader.h"
#include "hallmark/bus.h"
#include "notify/settings_inside.h"

static const char *const kinds[] = { "admission", "order", "unknown", "wave", "gateway" };

const char *event_kind_name(enum event_kind kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kind == 1U << i)
			return kinds[i];
	return "";
}

/* --- Texts --- */

void settings_read_texts(struct reader *r, const config_setting_t *group, const char *key, struct texts *ret)
{
	const config_setting_t *list = reader_member(group, key);
	const size_t n = reader_length(list);

	ret->list = reader_alloc(r, n + 1, sizeof(*ret->list));
	if (!ret->list)
		return;
	for (size_t i = 0; i < n; i++)
		ret->list[ret->n++] = reader_element(list, i);
}

/* --- Quiet hours --- */

struct quiet_texts {
	char from[8], until[8];
};

static const struct key quiet_keys[] = {
	REQUIRED("from", KEY_TEXT, KEY_INTO(struct quiet_texts, from)),
	REQUIRED("until", KEY_TEXT, KEY_INTO(struct quiet_texts, until)),
};

static unsigned read_minutes(struct reader *r, const config_setting_t *group, const char *key, const char *text)
{
	unsigned hours, minutes;
	char rest;

	if (strlen(text) == strlen("22:00") && sscanf(text, "%2u:%2u%c", &hours, &minutes, &rest) == 2 && hours < 24 &&
	    minutes < 60)
		return hours * 60 + minutes;
	reader_error(r, reader_member(group, key), "\"%s\" must be a time of day as \"22:00\" or \"07:30\"", key);
	return 0;
}

static void read_quiet(struct reader *r, struct quiet *ret)
{
	const config_setting_t *group = reader_member(r->root, "quiet");
	struct quiet_texts texts;

	if (!group || !reader_keys(r, group, quiet_keys, ARRAY_SIZE(quiet_keys), &texts))
		return;
	ret->from_min = read_minutes(r, group, "from", texts.from);
	ret->until_min = read_minutes(r, group, "until", texts.until);
}

/* --- Rules --- */

static const struct key rule_keys[] = {
	REQUIRED("name", KEY_TEXT, KEY_INTO(struct rule_settings, name)),
	OPTIONAL("kinds", KEY_TEXTS),
	OPTIONAL("zones", KEY_TEXTS),
	OPTIONAL("segments", KEY_TEXTS),
	OPTIONAL("reasons", KEY_TEXTS),
	REQUIRED("targets", KEY_TEXTS),
	OPTIONAL("urgent", KEY_FLAG, KEY_INTO(struct rule_settings, is_urgent)),
	OPTIONAL("most", KEY_NUMBER, KEY_INTO(struct rule_settings, most), KEY_RANGE(0, 1000, 10)),
	OPTIONAL("within", KEY_SPAN, KEY_INTO(struct rule_settings, within_sec), KEY_RANGE(1, 86400, 600)),
};

static void read_kinds(struct reader *r, const config_setting_t *group, unsigned *ret)
{
	const config_setting_t *list = reader_member(group, "kinds");

	for (size_t i = 0; i < reader_length(list); i++) {
		unsigned bit = 0;

		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
			bit |= strcmp(kinds[k], reader_element(list, i)) == 0 ? 1U << k : 0;
		if (bit == 0)
			reader_error(r, list,
				     "there is no kind of event \"%s\"; the kinds are admission, order, unknown, wave "
				     "and gateway",
				     reader_element(list, i));
		*ret |= bit;
	}
	if (reader_length(list) == 0)
		*ret = ~0U;
}

static void read_rule_targets(struct reader *r, const config_setting_t *group, const struct settings *s,
			      struct rule_settings *rule)
{
	const config_setting_t *list = reader_member(group, "targets");

	for (size_t i = 0; i < reader_length(list) && rule->n_targets < TARGETS_MAX; i++) {
		size_t t = 0;

		while (t < s->n_targets && strcmp(s->targets[t].name, reader_element(list, i)) != 0)
			t++;
		if (t == s->n_targets)
			reader_error(r, list, "there is no target \"%s\"; correct the name, or add it to targets",
				     reader_element(list, i));
		else
			rule->targets[rule->n_targets++] = t;
	}
	if (reader_length(list) == 0)
		reader_error(r, list, "\"targets\" is empty, so this rule tells nobody; name a target");
}

static void read_rule(struct reader *r, const config_setting_t *group, const struct settings *s,
		      struct rule_settings *rule)
{
	if (!reader_keys(r, group, rule_keys, ARRAY_SIZE(rule_keys), rule))
		return;
	read_kinds(r, group, &rule->kinds);
	settings_read_texts(r, group, "zones", &rule->zones);
	settings_read_texts(r, group, "segments", &rule->segments);
	settings_read_texts(r, group, "reasons", &rule->reasons);
	read_rule_targets(r, group, s, rule);
}

static void read_rules(struct reader *r, struct settings *s)
{
	const config_setting_t *list = reader_member(r->root, "rules");
	const size_t n = reader_length(list);

	if (n > RULES_MAX) {
		reader_error(r, list, "%zu rules are more than %d; join some", n, RULES_MAX);
		return;
	}
	s->rules = reader_alloc(r, n, sizeof(*s->rules));
	for (size_t i = 0; i < n && s->rules; i++)
		read_rule(r, reader_group(list, i), s, &s->rules[s->n_rules++]);
	reader_check_unique(r, list, "name");
}

/* --- The file --- */

static const struct key root_keys[] = {
	OPTIONAL("control", KEY_PATH, KEY_INTO(struct settings, control), .text = HALLMARK_BUS_SOCKET),
	OPTIONAL("state", KEY_PATH, KEY_INTO(struct settings, state), .text = "/var/lib/hallmark-notify"),
	OPTIONAL("quiet", KEY_GROUP),
	OPTIONAL("targets", KEY_GROUPS),
	OPTIONAL("rules", KEY_GROUPS),
};

static void read_all(struct reader *r, config_t *tree, struct settings *s)
{
	if (!reader_parse(r, r->path, tree))
		return;
	r->root = config_root_setting(tree);
	if (!reader_keys(r, r->root, root_keys, ARRAY_SIZE(root_keys), s))
		return;
	read_quiet(r, &s->quiet);
	settings_read_targets(r, s);
	if (r->n_errors == 0) /* else each rule would complain of a target that could not be read */
		read_rules(r, s);
}

int settings_load(const char *path, struct settings **ret)
{
	struct settings *s = calloc(1, sizeof(*s));
	config_t *tree = calloc(1, sizeof(*tree));
	char absolute[PATH_MAX], *folder = realpath(path, absolute) ? dirname(absolute) : NULL;
	struct reader r = { .path = path, .directory = folder ? folder : "." };

	if (!s || !tree) {
		free(s);
		free(tree);
		return -ENOMEM;
	}
	config_init(tree);
	s->tree = tree;
	read_all(&r, tree, s);
	if (r.n_errors == 0 && !r.out_of_memory) {
		*ret = s;
		return 0;
	}
	if (r.n_errors > CONFIG_ERRORS_MAX)
		log_error("%s: %u more errors", path, r.n_errors - CONFIG_ERRORS_MAX);
	settings_free(s);
	return r.out_of_memory ? -ENOMEM : -EINVAL;
}

void settings_free(struct settings *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_targets; i++) {
		free(s->targets[i].command.list);
		free(s->targets[i].to.list);
	}
	for (size_t i = 0; i < s->n_rules; i++) {
		free(s->rules[i].zones.list);
		free(s->rules[i].segments.list);
		free(s->rules[i].reasons.list);
	}
	if (s->targets)
		explicit_bzero(s->targets, s->n_targets * sizeof(*s->targets));
	free(s->targets);
	free(s->rules);
	config_destroy(s->tree);
	free(s->tree);
	free(s);
}
