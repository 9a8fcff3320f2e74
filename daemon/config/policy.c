/* SPDX-License-Identifier: Apache-2.0 */
/* Zones, what each may reach, and the rules that lead to them. */
#include "config/reader.h"

#include <string.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "base/language.h"
#include "base/sizes.h"
#include "base/suggestion.h"
#include "config/config.h"
#include "decide/policy.h"
#include "decide/scheme.h"
#include "enforce/ruleset.h"
#include "hallmark/check.h"

#define LIFETIME_MAX_SEC                                                                                               \
	(31 * 86400) /* a month: a gateway that nobody looks after still forgets                   \
		      */
#define LIFETIME_SEC 86400

/* What every rule must require: else a device could be admitted with another device's evidence. */
#define CHECKS_MINIMUM                                                                                                 \
	(CHECK_BIT(CHECK_POSSESSION) | CHECK_BIT(CHECK_CERTIFICATE) | CHECK_BIT(CHECK_EVIDENCE_SIGNATURE) |            \
	 CHECK_BIT(CHECK_FRESHNESS))

#define CHECKS_IDENTITY                                                                                                \
	(CHECKS_MINIMUM | CHECK_BIT(CHECK_CHAIN) | CHECK_BIT(CHECK_SAME_DEVICE) | CHECK_BIT(CHECK_DEBUG))

/* Only all of these together show that the label is genuine, valid and for this device. */
#define CHECKS_GOOD_LABEL                                                                                              \
	(CHECK_BIT(CHECK_LABEL_SIGNATURE) | CHECK_BIT(CHECK_LABEL_CLASS) | CHECK_BIT(CHECK_LABEL_ANCHOR) |             \
	 CHECK_BIT(CHECK_LABEL_VALIDITY))

/* A zone as in the file: one part belongs to the policy, which decides, and one to the ruleset. */
struct zone_entry {
	struct zone zone;
	struct zone_traffic traffic;
};

static const struct key zone_keys[] = {
	REQUIRED("name", KEY_WORD, KEY_INTO(struct zone_entry, zone.name)),
	REQUIRED("reach", KEY_TEXTS),
	OPTIONAL("packets-per-second", KEY_NUMBER, KEY_INTO(struct zone_entry, traffic.packets_per_sec),
		 KEY_RANGE(0, 1000000, 0)),
	OPTIONAL("monitor", KEY_FLAG, KEY_INTO(struct zone_entry, traffic.is_monitored)),
	OPTIONAL("border-router", KEY_FLAG, KEY_INTO(struct zone_entry, traffic.has_border_routers)),
};

static const struct key rule_keys[] = {
	REQUIRED("name", KEY_TEXT, KEY_INTO(struct rule, name)),
	REQUIRED("zone", KEY_WORD),
	OPTIONAL("lifetime", KEY_SPAN, KEY_INTO(struct rule, lifetime_sec),
		 KEY_RANGE(1, LIFETIME_MAX_SEC, LIFETIME_SEC)),
	REQUIRED("require", KEY_TEXTS),
	OPTIONAL("status-unknown", KEY_WORD, .text = "refuse"),
	OPTIONAL("level", KEY_TEXT),
	OPTIONAL("scheme", KEY_WORD, KEY_INTO(struct rule, scheme)),
	OPTIONAL("category", KEY_WORD, KEY_INTO(struct rule, category)),
	OPTIONAL("field", KEY_WORD, KEY_INTO(struct rule, field)),
};

static const char *const unknown_statuses[] = { "refuse", "accept", NULL };

static const struct {
	const char *name;
	uint32_t checks;
} require_groups[] = {
	{ "identity", CHECKS_IDENTITY },
	{ "label", CHECKS_GOOD_LABEL },
};

/* --- Zones --- */

static void read_reach(struct reader *r, const config_setting_t *list, uint8_t zone)
{
	struct zone_traffic *traffic = &r->config->ruleset.zones[zone];

	if (reader_length(list) > REACH_MAX) {
		reader_error(r, list, "a zone reaches at most %d places; use prefixes", REACH_MAX);
		return;
	}
	for (size_t i = 0; i < reader_length(list); i++) {
		const char *text = reader_element(list, i);
		struct reach *reach = &traffic->reach[traffic->n_reach];

		if (!config_parse_reach(text, reach))
			reader_error(r, list,
				     "\"%s\" is not a place to reach; use \"internet\", \"segment\", "
				     "\"gateway:udp/53\", \"10.0.0.5\", \"10.0.0.0/8\" or \"fd00::/8 tcp/443\"",
				     text);
		else if (zone == ZONE_QUARANTINE && reach->kind != REACH_GATEWAY && reach->kind != REACH_HOST)
			reader_error(r, list,
				     "quarantine cannot reach \"%s\"; name gateway services or "
				     "hosts one by one",
				     text);
		else
			traffic->n_reach++;
	}
}

/* Only neighbours hear a border router: else the flag would do nothing, and seem to. */
static void check_border_router(struct reader *r, const config_setting_t *group, uint8_t zone)
{
	const struct zone_traffic *traffic = &r->config->ruleset.zones[zone];
	bool reaches_segment = false;

	for (uint8_t i = 0; i < traffic->n_reach; i++)
		reaches_segment |= traffic->reach[i].kind == REACH_SEGMENT;
	if (!traffic->has_border_routers || reaches_segment)
		return;
	if (zone == ZONE_QUARANTINE)
		reader_error(
			r, reader_member(group, "border-router"),
			"quarantine cannot have border routers; make a zone for them, with a rule that leads to it");
	else
		reader_error(r, reader_member(group, "border-router"),
			     "zone \"%s\" has border routers and does not reach their neighbours; add \"segment\" to "
			     "reach",
			     r->config->policy.zones[zone].name);
}

/* A zone's name becomes part of a set's name. Its key already checked the length. */
static bool zone_name_is_valid(const char *name)
{
	return name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static void read_zone(struct reader *r, const config_setting_t *group)
{
	struct policy *policy = &r->config->policy;
	struct zone_entry entry = { .zone = { "" } };

	if (!reader_keys(r, group, zone_keys, ARRAY_SIZE(zone_keys), &entry))
		return;
	if (!zone_name_is_valid(entry.zone.name)) {
		reader_error(r, reader_member(group, "name"),
			     "zone \"%s\" must have a name of small letters, digits and '-'", entry.zone.name);
		return;
	}

	const bool is_quarantine = strcmp(entry.zone.name, policy->zones[ZONE_QUARANTINE].name) == 0;

	if (!is_quarantine && policy->n_zones == ZONES_MAX) {
		reader_error(r, group, "too many zones; at most %d beside quarantine", ZONES_MAX - 1);
		return;
	}

	const uint8_t index = is_quarantine ? ZONE_QUARANTINE : policy->n_zones++;

	policy->zones[index] = entry.zone;
	r->config->ruleset.zones[index] = entry.traffic;
	read_reach(r, reader_member(group, "reach"), index);
	check_border_router(r, group, index);
}

static void read_zones(struct reader *r)
{
	const config_setting_t *list = reader_member(r->root, "zones");
	struct policy *policy = &r->config->policy;
	const unsigned before = r->n_errors;

	policy->zones[ZONE_QUARANTINE] = (struct zone){ "quarantine" };
	policy->n_zones = 1;
	reader_check_unique(r, list, "name");
	if (r->n_errors > before)
		return;
	for (size_t i = 0; i < reader_length(list); i++)
		read_zone(r, reader_group(list, i));
}

/* When the whole gateway only monitors, this is set for each zone. */
static void read_monitor(struct reader *r)
{
	const config_setting_t *flag = reader_member(reader_member(r->root, "gateway"), "monitor");

	if (!flag || !config_setting_get_bool(flag))
		return;
	for (uint8_t z = 0; z < r->config->policy.n_zones; z++)
		r->config->ruleset.zones[z].is_monitored = true;
}

/* --- Rules --- */

static uint8_t find_zone(struct reader *r, const config_setting_t *at)
{
	const struct policy *policy = &r->config->policy;
	const char *name = config_setting_get_string(at);
	struct suggestion s = { .word = name };
	char hint[128];

	for (uint8_t i = ZONE_QUARANTINE + 1; i < policy->n_zones; i++) {
		if (strcmp(policy->zones[i].name, name) == 0)
			return i;
		suggestion_offer(&s, policy->zones[i].name);
	}
	if (strcmp(policy->zones[ZONE_QUARANTINE].name, name) == 0)
		reader_error(r, at,
			     "no rule may lead to quarantine, which is for devices that meet no rule; remove the rule");
	else
		reader_error(r, at, "there is no zone \"%s\"; declare it under zones%s", name,
			     suggestion_text(&s, hint));
	return ZONE_QUARANTINE;
}

static uint32_t find_checks(struct reader *r, const config_setting_t *list, const char *name)
{
	const enum hallmark_check check = check_from_name(name);
	struct suggestion s = { .word = name };
	char hint[128];

	if (check != CHECK_NONE)
		return CHECK_BIT(check);
	for (size_t i = 0; i < ARRAY_SIZE(require_groups); i++) {
		if (strcmp(require_groups[i].name, name) == 0)
			return require_groups[i].checks;
		suggestion_offer(&s, require_groups[i].name);
	}
	for (int i = CHECK_NONE + 1; i < _CHECK_MAX; i++)
		if (check_is_known((enum hallmark_check)i))
			suggestion_offer(&s, check_name((enum hallmark_check)i));
	reader_error(r, list, "there is no check \"%s\"; use \"identity\", \"label\" or the name of a check%s", name,
		     suggestion_text(&s, hint));
	return 0;
}

/* A rule that could admit by mistake is an error. It is not completed silently: the file must state what it means. */
static void check_required(struct reader *r, const config_setting_t *list, const struct rule *rule)
{
	const bool asks_of_label =
		(rule->required & CHECKS_LABEL) || rule->scheme[0] || rule->category[0] || rule->field[0];
	const bool asks_for_status = rule->required & CHECK_BIT(CHECK_LABEL_STATUS);
	char names[256];

	if (~rule->required & CHECKS_MINIMUM)
		reader_error(r, list, "rule \"%s\" would admit without proof (%s); add \"identity\" to require",
			     rule->name, checks_to_text(~rule->required & CHECKS_MINIMUM, names, sizeof(names)));
	if (asks_of_label && (~rule->required & CHECKS_GOOD_LABEL))
		reader_error(r, list,
			     "rule \"%s\" requires a label, but not that it is valid (%s); add \"label\" to require",
			     rule->name, checks_to_text(~rule->required & CHECKS_GOOD_LABEL, names, sizeof(names)));
	if (rule->accepts_unknown_status && asks_for_status)
		reader_error(r, list,
			     "rule \"%s\" accepts labels of unknown status and requires label-status; remove "
			     "status-unknown, or \"label-status\"",
			     rule->name);
	else if (rule->accepts_unknown_status && !asks_of_label)
		reader_error(r, list,
			     "rule \"%s\" accepts labels of unknown status and requires no label; remove "
			     "status-unknown",
			     rule->name);
}

static void read_rule_level(struct reader *r, const config_setting_t *at, struct rule *rule)
{
	const struct scheme *home = scheme_find(&r->config->recognition, r->config->recognition.home);

	rule->required |= CHECK_BIT(CHECK_RECOGNITION);
	if (home) /* else it was already reported at `home` */
		rule->level = reader_level(r, at, home);
}

static void read_rule(struct reader *r, const config_setting_t *group, struct rule *rule)
{
	const config_setting_t *require = reader_member(group, "require");
	const unsigned before = r->n_errors;

	if (!reader_keys(r, group, rule_keys, ARRAY_SIZE(rule_keys), rule))
		return;
	rule->zone = find_zone(r, reader_member(group, "zone"));
	for (size_t i = 0; i < reader_length(require); i++)
		rule->required |= find_checks(r, require, reader_element(require, i));
	rule->accepts_unknown_status = reader_choice(r, reader_member(group, "status-unknown"), unknown_statuses) > 0;
	if (reader_member(group, "level"))
		read_rule_level(r, reader_member(group, "level"), rule);
	if (rule->scheme[0])
		(void)reader_scheme(r, reader_member(group, "scheme"), rule->scheme);
	if (rule->category[0])
		(void)reader_is_known(r, reader_member(group, "category"), rule->category,
				      &r->config->recognition.categories);
	if (rule->field[0])
		(void)reader_is_known(r, reader_member(group, "field"), rule->field, &r->config->recognition.fields);
	if (r->n_errors == before)
		check_required(r, require, rule);
}

static void read_rules(struct reader *r)
{
	const config_setting_t *list = reader_member(r->root, "rules");
	struct policy *policy = &r->config->policy;

	if (reader_length(list) > RULES_MAX) {
		reader_error(r, list, "too many rules; at most %d", RULES_MAX);
		return;
	}
	for (size_t i = 0; i < reader_length(list); i++)
		read_rule(r, reader_group(list, i), &policy->rules[policy->n_rules++]);
	reader_check_unique(r, list, "name");
}

void config_read_policy(struct reader *r)
{
	read_zones(r);
	read_monitor(r);
	read_rules(r);
}
