/* SPDX-License-Identifier: Apache-2.0 */
/* Collects what the core knows of a decided device, for decide_again(). */
#include "core/settle/reconsider.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "appraise/facts.h"
#include "base/bytes.h"
#include "base/sizes.h"
#include "config/config.h"
#include "core/devices/orders.h"
#include "core/devices/registry.h"
#include "decide/decide.h"
#include "decide/occupancy.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "enforce/ruleset.h"

struct occupants {
	size_t n;
	struct occupant {
		char interface[IFNAMSIZ];
		uint8_t mac[6];
		int64_t attested_sec;
		uint8_t device[SHA256_LEN];
	} list[]; /* sorted by place, the latest of each first */
};

static int compare_places(const void *a, const void *b)
{
	const struct occupant *x = a, *y = b;
	int order = strcmp(x->interface, y->interface);

	return order != 0 ? order : memcmp(x->mac, y->mac, sizeof(x->mac));
}

static int compare_occupants(const void *a, const void *b)
{
	const struct occupant *x = a, *y = b;
	int order = compare_places(x, y);

	return order != 0 ? order : (x->attested_sec < y->attested_sec) - (x->attested_sec > y->attested_sec);
}

/* A device that was denied there takes nothing from an admitted one. */
static bool was_admitted_there(const struct verdict *v)
{
	return v->decision.zone != ZONE_QUARANTINE || v->decision.reason == REASON_EXPIRED;
}

static void add_occupant(struct verdict *v, void *userdata)
{
	struct occupants *o = userdata;
	struct occupant *one;

	if (!was_admitted_there(v))
		return;
	one = &o->list[o->n++];
	memcpy(one->interface, v->interface, sizeof(one->interface));
	memcpy(one->mac, v->mac, sizeof(one->mac));
	memcpy(one->device, v->facts.device, sizeof(one->device));
	one->attested_sec = v->attested_sec;
}

struct occupants *occupants_new(const struct registry *r)
{
	struct occupants *o = calloc(1, sizeof(*o) + registry_count(r) * sizeof(o->list[0]));

	if (!o)
		return NULL;
	registry_each(r, add_occupant, o);
	if (o->n > 1)
		qsort(o->list, o->n, sizeof(o->list[0]), compare_occupants);
	return o;
}

void occupants_free(struct occupants *o)
{
	free(o);
}

/* A device that only asked for its admission there attested elsewhere, perhaps earlier. */
static bool was_taken_since(const struct occupants *o, const struct verdict *v)
{
	struct occupant key;
	const struct occupant *one;

	memcpy(key.interface, v->interface, sizeof(key.interface));
	memcpy(key.mac, v->mac, sizeof(key.mac));
	one = o->n > 0 ? bsearch(&key, o->list, o->n, sizeof(key), compare_places) : NULL;
	while (one && one > o->list && compare_places(one - 1, &key) == 0)
		one--;
	for (; one && one < o->list + o->n && compare_places(one, &key) == 0; one++)
		if (one->attested_sec >= v->attested_sec && memcmp(one->device, v->facts.device, SHA256_LEN) != 0)
			return true;
	return false;
}

struct latest {
	int64_t now_sec;
	const struct verdict *verdict;
};

static bool has_priority(const struct latest *latest, const struct verdict *v)
{
	const struct verdict *than = latest->verdict;
	const int occupancy =
		than ? (int)occupancy_of(v, latest->now_sec) - (int)occupancy_of(than, latest->now_sec) : 1;

	if (occupancy != 0)
		return occupancy > 0;
	if (v->attested_sec != than->attested_sec)
		return v->attested_sec > than->attested_sec;
	return memcmp(v->facts.device, than->facts.device, sizeof(v->facts.device)) < 0;
}

static void find_latest(const struct verdict *v, void *userdata)
{
	struct latest *latest = userdata;

	if (occupancy_of(v, latest->now_sec) != OCCUPANCY_NONE && has_priority(latest, v))
		latest->verdict = v;
}

/*
 * Several are at a place which is not shared when its name was removed: of those that are admitted there, the one that attested last has
 * it.
 */
static const struct verdict *owner_of_place(const struct reconsideration *r, const struct verdict *v)
{
	struct latest latest = { .now_sec = r->now_sec };

	(void)registry_each_at_place(r->registry, v->interface, v->mac, find_latest, &latest);
	return latest.verdict;
}

bool reconsider(const struct reconsideration *r, const struct verdict *before, struct verdict *ret)
{
	const struct facts *facts = r->facts && !r->is_unevaluated ? r->facts : &before->facts;
	const bool is_shared = ruleset_shares(&r->config->ruleset, before->interface, before->mac);
	const struct circumstances c = {
		.recognition = &r->config->recognition,
		.policy = &r->config->policy,
		.order = orders_find(r->orders, before->facts.device),
		.ueid_owner = registry_ueid_owner(r->registry, bytes_of(facts->ueid, facts->n_ueid)),
		.at_place = is_shared ? NULL : owner_of_place(r, before),
		.is_shared = is_shared,
		.now_sec = r->now_sec,
		.facts = r->facts,
		.is_unevaluated = r->is_unevaluated,
		.was_taken_since = !is_shared && was_taken_since(r->occupants, before),
	};

	return decide_again(&c, before, ret);
}

bool reconsider_is_demotion(const struct config *in_force, const struct verdict *before, const struct verdict *after)
{
	return zone_is_better(&in_force->policy, before->zone, after->zone);
}
