/* SPDX-License-Identifier: Apache-2.0 */
/* The second half of the pipeline once more, and what a second look may not give. */
#include "run/reconsider.h"

#include <stdio.h>
#include <string.h>

#include "run/pipeline.h"

int zone_by_name(const struct policy *p, const char *name)
{
	for (int i = 0; i < p->n_zones; i++)
		if (strcmp(p->zones[i].name, name) == 0)
			return i;
	return -1;
}

static void set_zone(const struct reconsideration *r, struct verdict *v, uint8_t zone)
{
	v->decision.zone = zone;
	memcpy(v->zone, r->config->policy.zones[zone].name, sizeof(v->zone));
}

/* Ended for what it is, and not because its time was over or another device came: only that can change by a second look. */
static bool was_judged(const struct verdict *v, int64_t now_sec)
{
	if (!v->was_admitted)
		return false;
	if (v->decision.zone != ZONE_QUARANTINE)
		return v->decision.expiry.at_sec > now_sec;
	return v->decision.reason != REASON_DISPLACED && v->decision.reason != REASON_EXPIRED &&
	       v->decision.reason != REASON_KERNEL;
}

/* As it was; rules have other numbers in another configuration. */
static void renumber(const struct reconsideration *r, struct verdict *v)
{
	int zone = zone_by_name(&r->config->policy, v->zone);

	v->decision.zone = zone < 0 ? ZONE_QUARANTINE : (uint8_t)zone;
	v->decision.rule = -1;
	v->decision.n_refusals = 0;
}

/* What only the session or the core could know stays. */
static void take_facts(const struct reconsideration *r, struct verdict *v)
{
	const struct facts before = v->facts;

	if (r->is_unevaluated) {
		v->facts =
			(struct facts){ .product = before.product, .rests_on = { .ids = { DEPENDENCY_ALL }, .n = 1 } };
		memcpy(v->facts.device, before.device, sizeof(before.device));
		memcpy(v->facts.ueid, before.ueid, sizeof(before.ueid));
		v->facts.n_ueid = before.n_ueid;
		v->facts.checks[CHECK_POSSESSION] = before.checks[CHECK_POSSESSION];
		v->facts.checks[CHECK_FRESHNESS] = before.checks[CHECK_FRESHNESS];
	} else if (r->facts) {
		v->facts = *r->facts;
	}
	memcpy(v->facts.handles, before.handles, sizeof(before.handles));
	v->facts.n_handles = before.n_handles;
	if (before.checks[CHECK_SAME_DEVICE].reason == REASON_UEID_TAKEN)
		v->facts.checks[CHECK_SAME_DEVICE] = before.checks[CHECK_SAME_DEVICE];
}

static void deny(const struct reconsideration *r, struct verdict *v, enum hallmark_reason reason)
{
	set_zone(r, v, ZONE_QUARANTINE);
	v->decision.reason = reason;
	v->decision.expiry.at_sec = r->now_sec;
}

/* The lifetime of a rule counts from the evidence, not from when somebody looked at it again. */
static void bound_by_evidence(const struct reconsideration *r, struct verdict *v)
{
	struct decision *d = &v->decision;

	if (d->zone == ZONE_QUARANTINE)
		return;
	expiry_bound(&d->expiry, v->attested_sec + r->config->policy.rules[d->rule].lifetime_sec, EXPIRY_POLICY);
	if (d->expiry.at_sec <= r->now_sec)
		deny(r, v, REASON_EXPIRED);
}

static bool is_others(const struct verdict *there, const struct verdict *v, int64_t now_sec)
{
	return there && verdict_zone(there, now_sec) != ZONE_QUARANTINE &&
	       memcmp(there->facts.device, v->facts.device, SHA256_LEN) != 0;
}

static bool place_is_taken(const struct reconsideration *r, const struct verdict *v)
{
	return is_others(registry_at_place(r->registry, v->interface, v->mac), v, r->now_sec) ||
	       is_others(registry_ueid_owner(r->registry, bytes_of(v->facts.ueid, v->facts.n_ueid)), v, r->now_sec);
}

static bool says_the_same(const struct verdict *a, const struct verdict *b)
{
	const struct decision *x = &a->decision, *y = &b->decision;

	return strcmp(a->zone, b->zone) == 0 && x->reason == y->reason && x->missing == y->missing &&
	       x->label == y->label && x->home_level == y->home_level && strcmp(x->arrangement, y->arrangement) == 0 &&
	       (x->zone == ZONE_QUARANTINE ||
		(x->expiry.at_sec == y->expiry.at_sec && x->expiry.cause == y->expiry.cause)) &&
	       memcmp(&a->facts, &b->facts, sizeof(a->facts)) == 0;
}

bool reconsider(const struct reconsideration *r, const struct verdict *before, struct verdict *ret)
{
	bool was_admitted = verdict_zone(before, r->now_sec) != ZONE_QUARANTINE;

	*ret = *before;
	if (!was_judged(before, r->now_sec)) {
		renumber(r, ret);
		return false;
	}
	take_facts(r, ret);
	pipeline_decide(r->config, &ret->facts, r->now_sec, &ret->decision);
	set_zone(r, ret, ret->decision.zone);
	bound_by_evidence(r, ret);
	if (!was_admitted && ret->decision.zone != ZONE_QUARANTINE && place_is_taken(r, ret)) {
		*ret = *before;
		renumber(r, ret);
		return false;
	}
	if (!says_the_same(before, ret))
		return true;
	ret->decision.decided_sec = before->decision.decided_sec;
	ret->decision.expiry = before->decision.expiry;
	return false;
}

/* As verdict_held_back() has it, the earlier rule leads to the better zone; where none leads is no better than quarantine. */
static int rank(const struct config *c, const char *zone)
{
	const struct policy *p = &c->policy;
	int z = zone_by_name(p, zone);

	for (int i = 0; z > ZONE_QUARANTINE && i < p->n_rules; i++)
		if (p->rules[i].zone == z)
			return p->n_rules - i;
	return 0;
}

bool reconsider_is_demotion(const struct config *in_force, const struct verdict *before, const struct verdict *after)
{
	return rank(in_force, after->zone) < rank(in_force, before->zone);
}
