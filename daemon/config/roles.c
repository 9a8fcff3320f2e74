/* SPDX-License-Identifier: Apache-2.0 */
/* A limit that is written and means nothing would be taken for one: it is an error. */
#include "config/roles.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/language.h"
#include "base/log.h"
#include "base/suggestion.h"
#include "config/config.h"
#include "config/reader.h"
#include "decide/order.h"

#define OVERFLOW_ID   65534     /* /proc/sys/kernel/overflowuid */
#define ACCOUNT_BYTES (1 << 16) /* of an entry of the system's groups: names of some thousand members */

static const char *const verbs[_VERB_MAX] = {
	[VERB_ALLOW] = "allow",           [VERB_ALLOW_UNPROVED] = "allow-unproved",
	[VERB_MONITOR] = "monitor",       [VERB_MONITOR_UNPROVED] = "monitor-unproved",
	[VERB_QUARANTINE] = "quarantine", [VERB_RELEASE] = "release",
	[VERB_REATTEST] = "reattest",     [VERB_RELOAD] = "reload",
	[VERB_RECORD] = "record",
};

/* What can be released. */
#define VERBS_OF_ORDERS                                                                                                \
	(VERB_BIT(VERB_ALLOW) | VERB_BIT(VERB_ALLOW_UNPROVED) | VERB_BIT(VERB_MONITOR) |                               \
	 VERB_BIT(VERB_MONITOR_UNPROVED) | VERB_BIT(VERB_QUARANTINE))

/* No orders, and about no zone. */
#define VERBS_WITHOUT_LIMITS (VERB_BIT(VERB_RELOAD) | VERB_BIT(VERB_RECORD))

static const struct key role_keys[] = {
	REQUIRED("name", KEY_WORD, KEY_INTO(struct role, name)),
	OPTIONAL("group", KEY_TEXT, KEY_INTO(struct role, group)),
	OPTIONAL("user", KEY_TEXT, KEY_INTO(struct role, user)),
	REQUIRED("verbs", KEY_TEXTS),
	OPTIONAL("zones", KEY_TEXTS),
	OPTIONAL("longest", KEY_SPAN, KEY_INTO(struct role, longest_sec), KEY_RANGE(1, ORDER_MAX_SEC, 0)),
	OPTIONAL("reason", KEY_FLAG, KEY_INTO(struct role, needs_reason)),
	OPTIONAL("segments", KEY_TEXTS),
};

const char *verb_name(enum verb verb)
{
	return verb > VERB_NONE && verb < _VERB_MAX ? verbs[verb] : "none";
}

/* --- Names of other sections --- */

static uint32_t find_verb(struct reader *r, const config_setting_t *list, const char *name)
{
	struct suggestion s = { .word = name };
	char hint[128];

	for (enum verb v = VERB_NONE + 1; v < _VERB_MAX; v++) {
		if (strcmp(verbs[v], name) == 0)
			return VERB_BIT(v);
		suggestion_offer(&s, verbs[v]);
	}
	reader_error(r, list,
		     "there is no verb \"%s\"; use allow, allow-unproved, monitor, monitor-unproved, quarantine, "
		     "release, reattest, reload or record%s",
		     name, suggestion_text(&s, hint));
	return 0;
}

static uint32_t find_zone(struct reader *r, const config_setting_t *list, const char *name)
{
	const struct policy *policy = &r->config->policy;
	const int zone = zone_by_name(policy, name);
	struct suggestion s = { .word = name };
	char hint[128];

	if (zone >= 0)
		return UINT32_C(1) << zone;
	for (uint8_t i = 0; i < policy->n_zones; i++)
		suggestion_offer(&s, policy->zones[i].name);
	reader_error(r, list, "there is no zone \"%s\"; declare it under zones%s", name, suggestion_text(&s, hint));
	return 0;
}

static void add_segment(struct reader *r, const config_setting_t *list, const char *name, struct role *role)
{
	const struct ruleset *ruleset = &r->config->ruleset;
	struct suggestion s = { .word = name };
	char hint[128];

	for (size_t i = 0; i < ruleset->n_segments; i++) {
		if (strcmp(ruleset->segments[i].name, name) == 0) {
			role->segments[role->n_segments++] = (uint16_t)i;
			return;
		}
		suggestion_offer(&s, ruleset->segments[i].name);
	}
	reader_error(r, list, "there is no segment \"%s\"; declare it under network.segments%s", name,
		     suggestion_text(&s, hint));
}

/* --- The system's accounts --- */

static bool find_group(const char *name, uint32_t *ret)
{
	_cleanup_free_ char *bytes = malloc(ACCOUNT_BYTES);
	struct group group, *found = NULL;

	if (!bytes || getgrnam_r(name, &group, bytes, ACCOUNT_BYTES, &found) != 0 || !found)
		return false;
	*ret = found->gr_gid;
	return true;
}

static bool find_user(const char *name, uint32_t *ret)
{
	_cleanup_free_ char *bytes = malloc(ACCOUNT_BYTES);
	struct passwd user, *found = NULL;

	if (!bytes || getpwnam_r(name, &user, bytes, ACCOUNT_BYTES, &found) != 0 || !found)
		return false;
	*ret = found->pw_uid;
	return true;
}

/* --- A role --- */

/* An empty list could be read as "all" or as "none". */
static void refuse_empty(struct reader *r, const config_setting_t *list, const char *key)
{
	if (list && reader_length(list) == 0)
		reader_error(r, list, "\"%s\" names none; remove it if all are meant", key);
}

static void read_lists(struct reader *r, const config_setting_t *group, struct role *role)
{
	const config_setting_t *may = reader_member(group, "verbs"), *zones = reader_member(group, "zones"),
			       *segments = reader_member(group, "segments");

	for (size_t i = 0; i < reader_length(may); i++)
		role->verbs |= find_verb(r, may, reader_element(may, i));
	for (size_t i = 0; i < reader_length(zones); i++)
		role->zones |= find_zone(r, zones, reader_element(zones, i));
	role->segments = reader_alloc(r, reader_length(segments), sizeof(*role->segments));
	for (size_t i = 0; role->segments && i < reader_length(segments); i++)
		add_segment(r, segments, reader_element(segments, i), role);
	refuse_empty(r, zones, "zones");
	refuse_empty(r, segments, "segments");
}

static void check_role(struct reader *r, const config_setting_t *group, const struct role *role)
{
	const config_setting_t *may = reader_member(group, "verbs");

	if (reader_length(may) == 0)
		reader_error(r, may,
			     "role \"%s\" may do nothing; add a verb, or remove the role. Members of the group "
			     "hallmark see everything without a role",
			     role->name);
	if ((role->group[0] == '\0') == (role->user[0] == '\0'))
		reader_error(r, group, "role \"%s\" needs one of group and user; for both, make a role of each",
			     role->name);
	if ((role->verbs & VERB_BIT(VERB_RELEASE)) && !(role->verbs & VERBS_OF_ORDERS))
		reader_error(
			r, may,
			"role \"%s\" may release no order, because it may give none; add \"allow\", \"monitor\" or "
			"\"quarantine\", or remove \"release\"",
			role->name);
	if (role->verbs == VERB_BIT(VERB_RELOAD) && role->n_segments)
		reader_error(r, group, "role \"%s\" may only reload, which is for no segment; remove segments",
			     role->name);
	if (!(role->verbs & ~VERBS_WITHOUT_LIMITS) && (role->zones || role->longest_sec || role->needs_reason))
		reader_error(
			r, group,
			"role \"%s\" may only reload or read the record, which these limits do not apply to; remove "
			"zones, longest and reason",
			role->name);
}

/* Behind this number the kernel shows every user and group of another user namespace. */
static void check_account(struct reader *r, const config_setting_t *group, const struct role *role)
{
	if (role->is_known && role->id == OVERFLOW_ID)
		reader_error(
			r, group,
			"role \"%s\" would be of everybody whom this system does not know (%s); use a group of its "
			"own",
			role->name, role->group[0] ? role->group : role->user);
}

static void read_role(struct reader *r, const config_setting_t *group, struct role *role)
{
	const unsigned before = r->n_errors;

	if (!reader_keys(r, group, role_keys, ARRAY_SIZE(role_keys), role))
		return;
	read_lists(r, group, role);
	if (r->n_errors == before)
		check_role(r, group, role);
	role->is_known = role->group[0] ? find_group(role->group, &role->id) : find_user(role->user, &role->id);
	check_account(r, group, role);
}

void config_read_roles(struct reader *r)
{
	const config_setting_t *list = reader_member(r->root, "roles");
	struct config *config = r->config;
	const size_t n = reader_length(list);

	if (n > ROLES_MAX) {
		reader_error(r, list, "too many roles; at most %d", ROLES_MAX);
		return;
	}
	config->roles = reader_alloc(r, n, sizeof(*config->roles));
	if (!config->roles)
		return;
	config->n_roles = n;
	for (size_t i = 0; i < n; i++)
		read_role(r, reader_group(list, i), &config->roles[i]);
	reader_check_unique(r, list, "name");
}

void roles_free(struct role *roles, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(roles[i].segments);
	free(roles);
}

void roles_warn_of_missing(const struct config *config)
{
	for (size_t i = 0; i < config->n_roles; i++) {
		const struct role *role = &config->roles[i];

		if (role->is_known)
			continue;
		if (role->group[0])
			log_warning(
				"role \"%s\": this system has no group \"%s\", so nobody has the role; make the group "
				"(groupadd), then `hallmarkctl reload`",
				role->name, role->group);
		else
			log_warning(
				"role \"%s\": this system has no user \"%s\", so nobody has the role; make the user "
				"(useradd), then `hallmarkctl reload`",
				role->name, role->user);
	}
}
