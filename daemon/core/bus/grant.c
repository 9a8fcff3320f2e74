/* SPDX-License-Identifier: Apache-2.0 */
/* A role can end only what it could begin: else an allowance for some hours would undo a quarantine. */
#include "core/bus/grant.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "config/config.h"
#include "decide/order.h"
#include "decide/verdict.h"
#include "enforce/ruleset.h"

const char *limit_name(enum limit limit)
{
	static const char *const names[] = {
		[LIMIT_ROLE] = "role",  [LIMIT_VERB] = "verb", [LIMIT_SEGMENT] = "segment", [LIMIT_ZONE] = "zone",
		[LIMIT_HELD] = "order", [LIMIT_TIME] = "time", [LIMIT_REASON] = "reason",
	};

	return limit < LIMIT_NONE ? names[limit] : "none";
}

enum verb verb_of_order(enum order_kind kind)
{
	switch (kind) {
	case ORDER_QUARANTINE:
		return VERB_QUARANTINE;
	case ORDER_ALLOW:
		return VERB_ALLOW;
	case ORDER_MONITOR:
		return VERB_MONITOR;
	default:
		return VERB_NONE;
	}
}

/* --- The limits of a role --- */

static bool has_verb(const struct role *role, enum verb verb)
{
	return verb > VERB_NONE && verb < _VERB_MAX && (role->verbs & VERB_BIT(verb));
}

static const struct segment *segment_of(const struct config *config, const struct role *role, size_t i)
{
	return &config->ruleset.segments[role->segments[i]];
}

/* A device behind a bridge is where its port is. One that is nowhere is in no segment. */
static bool is_in_segments(const struct config *config, const struct role *role, const struct wish *wish)
{
	for (size_t i = 0; i < role->n_segments; i++)
		if (wish->device ? segment_has(segment_of(config, role, i), place_at(wish->device)) :
				   strcmp(segment_of(config, role, i)->name, wish->segment) == 0)
			return true;
	return role->n_segments == 0;
}

static bool has_zone(const struct role *role, int zone)
{
	return role->zones == 0 || (zone >= 0 && zone < ZONES_MAX && (role->zones & (UINT32_C(1) << zone)));
}

/* The zone that an order is about: the one into which it allows, or the one in which the device is. */
static bool is_in_zones(const struct config *config, const struct role *role, const struct wish *wish,
			const struct order *order)
{
	if (order && order->kind == ORDER_ALLOW)
		return has_zone(role, zone_by_name(&config->policy, order->zone));
	return !wish->device || has_zone(role, verdict_zone(wish->device, wish->now_sec));
}

static bool is_short(const struct role *role, const struct order *order, int64_t now_sec)
{
	if (role->longest_sec == 0)
		return true;
	return order->until_sec != 0 && order->until_sec - now_sec <= (int64_t)role->longest_sec;
}

/* The same of a device that nobody has proved. */
static enum verb unproved_verb_of(enum order_kind kind)
{
	return kind == ORDER_ALLOW ? VERB_ALLOW_UNPROVED : kind == ORDER_MONITOR ? VERB_MONITOR_UNPROVED : VERB_NONE;
}

/* Whether the role could give the order that is in force, as far as it still lasts. */
static bool could_give(const struct config *config, const struct role *role, const struct wish *wish)
{
	const struct order *held = wish->held;

	if (!held || !order_is_running(held, wish->now_sec))
		return true;
	return (has_verb(role, verb_of_order(held->kind)) || has_verb(role, unproved_verb_of(held->kind))) &&
	       is_in_zones(config, role, wish, held) && is_short(role, held, wish->now_sec);
}

static enum limit limit_of(const struct config *config, const struct role *role, const struct wish *wish)
{
	const struct order *order = wish->order;

	if (!has_verb(role, wish->verb))
		return LIMIT_VERB;
	if ((wish->device || wish->segment) && !is_in_segments(config, role, wish))
		return LIMIT_SEGMENT;
	if (wish->verb != VERB_RELEASE && !is_in_zones(config, role, wish, order))
		return LIMIT_ZONE;
	if (!could_give(config, role, wish))
		return LIMIT_HELD;
	if (order && !is_short(role, order, wish->now_sec))
		return LIMIT_TIME;
	if (order && role->needs_reason && order->reason[0] == '\0')
		return LIMIT_REASON;
	return LIMIT_NONE;
}

/* --- Roles of a caller --- */

static bool is_of(const struct role *role, const struct caller *caller)
{
	if (!role->is_known)
		return false;
	if (role->user[0])
		return role->id == caller->uid;
	for (size_t i = 0; i < caller->n_groups; i++)
		if (caller->groups[i] == role->id)
			return true;
	return false;
}

bool access_grants(const struct config *config, const struct caller *caller, const struct wish *wish, struct grant *ret)
{
	*ret = (struct grant){ .limit = caller->uid == 0 ? LIMIT_NONE : LIMIT_ROLE };
	for (size_t i = 0; i < config->n_roles && ret->limit != LIMIT_NONE; i++) {
		const struct role *role = &config->roles[i];
		const enum limit limit = limit_of(config, role, wish);

		if (is_of(role, caller) && limit > ret->limit) {
			ret->limit = limit;
			ret->role = role;
		} else if (limit == LIMIT_NONE && !ret->other) {
			ret->other = role;
		}
	}
	if (ret->limit == LIMIT_NONE)
		ret->other = NULL;
	return ret->limit == LIMIT_NONE;
}

static bool may(const struct role *role, const struct caller *caller, enum verb verb)
{
	return has_verb(role, verb) && is_of(role, caller);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorts them, and has each there once: several roles may have the same. Returns how many there are. */
static size_t sort_names(const char **names, size_t n)
{
	size_t kept = 0;

	qsort(names, n, sizeof(*names), compare_names);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || strcmp(names[kept - 1], names[i]) != 0)
			names[kept++] = names[i];
	return kept;
}

int access_segments(const struct config *config, const struct caller *caller, enum verb verb, const char ***ret,
		    size_t *ret_n)
{
	size_t room = 1; /* also for a caller who may have it nowhere */

	*ret = NULL;
	*ret_n = 0;
	if (caller->uid == 0)
		return 0;
	for (const struct role *role = config->roles; role < config->roles + config->n_roles; role++) {
		if (!may(role, caller, verb))
			continue;
		if (role->n_segments == 0)
			return 0;
		room += role->n_segments;
	}
	*ret = calloc(room, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	for (const struct role *role = config->roles; role < config->roles + config->n_roles; role++) {
		if (!may(role, caller, verb))
			continue;
		for (size_t i = 0; i < role->n_segments; i++)
			(*ret)[(*ret_n)++] = segment_of(config, role, i)->name;
	}
	*ret_n = sort_names(*ret, *ret_n);
	return 0;
}
