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

static void add_occupant(const struct verdict *v, void *userdata)
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

/* Without what other devices at its place change. The owner of the UEID is in the room. */
static struct circumstances circumstances_of(const struct reconsideration *r, const struct verdict *v,
					     struct verdict *room)
{
	const struct facts *facts = r->facts && !r->is_unevaluated ? r->facts : &v->facts;

	return (struct circumstances){
		.recognition = &r->config->recognition,
		.policy = &r->config->policy,
		.order = orders_find(r->orders, v->facts.device),
		.ueid_owner = registry_ueid_owner(r->registry, bytes_of(facts->ueid, facts->n_ueid), room),
		.is_shared = ruleset_shares(&r->config->ruleset, v->interface, v->mac),
		.now_sec = r->now_sec,
		.facts = r->facts,
		.is_unevaluated = r->is_unevaluated,
	};
}

struct contest {
	const struct reconsideration *reconsideration;
	struct verdict *owner;    /* where to; */
	enum occupancy occupancy; /* of the owner; OCCUPANCY_NONE: there is none */
};

/* What the device had there and keeps: who is put out by the same change owns no place, and who rises by it has no priority. */
static enum occupancy lasting_occupancy(const struct reconsideration *r, const struct verdict *v)
{
	const enum occupancy before = occupancy_of(v, r->now_sec);
	enum occupancy after;

	if (before == OCCUPANCY_NONE || !r->of_other)
		return before;

	const struct reconsideration own = r->of_other(v, r->userdata);
	struct verdict alone, room;
	const struct circumstances c = circumstances_of(&own, v, &room);

	(void)decide_again(&c, v, &alone);
	after = occupancy_of(&alone, r->now_sec);
	return after < before ? after : before;
}

static bool has_priority(const struct contest *contest, const struct verdict *v, enum occupancy occupancy)
{
	const struct verdict *than = contest->owner;

	if (occupancy != contest->occupancy)
		return occupancy > contest->occupancy;
	if (v->attested_sec != than->attested_sec)
		return v->attested_sec > than->attested_sec;
	return memcmp(v->facts.device, than->facts.device, sizeof(v->facts.device)) < 0;
}

static void contend(const struct verdict *v, void *userdata)
{
	struct contest *contest = userdata;
	const enum occupancy occupancy = lasting_occupancy(contest->reconsideration, v);

	if (occupancy == OCCUPANCY_NONE ||
	    (contest->occupancy != OCCUPANCY_NONE && !has_priority(contest, v, occupancy)))
		return;
	*contest->owner = *v;
	contest->occupancy = occupancy;
}

struct company {
	const struct verdict *verdict;
	int64_t now_sec;
	bool has_other;
};

static void find_other(const struct verdict *v, void *userdata)
{
	struct company *company = userdata;

	company->has_other |= occupancy_of(v, company->now_sec) != OCCUPANCY_NONE &&
			      memcmp(v->facts.device, company->verdict->facts.device, SHA256_LEN) != 0;
}

/*
 * Several are at a place which is not shared when its name was removed: of those that stay admitted there, the one that attested last
 * has it. NULL: no other is there.
 */
static const struct verdict *owner_of_place(const struct reconsideration *r, const struct verdict *v,
					    struct verdict *room)
{
	struct company company = { .verdict = v, .now_sec = r->now_sec };
	struct contest contest = { .reconsideration = r, .owner = room };

	registry_each_at_place(r->registry, v->interface, v->mac, find_other, &company);
	if (company.has_other)
		registry_each_at_place(r->registry, v->interface, v->mac, contend, &contest);
	return contest.occupancy != OCCUPANCY_NONE ? room : NULL;
}

bool reconsider(const struct reconsideration *r, const struct verdict *before, struct verdict *ret)
{
	struct verdict rooms[2];
	struct circumstances c = circumstances_of(r, before, &rooms[0]);

	if (!c.is_shared) {
		c.at_place = owner_of_place(r, before, &rooms[1]);
		c.was_taken_since = was_taken_since(r->occupants, before);
	}
	return decide_again(&c, before, ret);
}

bool reconsider_is_demotion(const struct config *in_force, const struct verdict *before, const struct verdict *after)
{
	return zone_is_better(&in_force->policy, before->zone, after->zone);
}
