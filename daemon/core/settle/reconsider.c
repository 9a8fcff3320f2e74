/* SPDX-License-Identifier: Apache-2.0 */
/* The second half of the pipeline once more, and what a second look may not give. */
#include "core/settle/reconsider.h"

#include <stdlib.h>
#include <string.h>

#include "base/timekeeper.h"
#include "core/devices/occupancy.h"
#include "decide/decide.h"

static void set_zone(const struct reconsideration *r, struct verdict *v, uint8_t zone)
{
	v->decision.zone = zone;
	memcpy(v->zone, r->config->policy.zones[zone].name, sizeof(v->zone));
}

/*
 * Ended for what it is, and not because its time was over or another device came: only that can change by a second look. An
 * order's end is no end of what was before it.
 */
static bool was_judged(const struct verdict *v, int64_t now_sec)
{
	if (!v->was_admitted || v->ended || v->attested_sec > now_sec + TIME_SLACK_SEC)
		return false;
	if (decision_is_ordered(&v->decision))
		return true;
	if (v->decision.zone != ZONE_QUARANTINE)
		return v->decision.expiry.at_sec > now_sec;
	return v->decision.reason != REASON_DISPLACED && v->decision.reason != REASON_PLACE_TAKEN &&
	       v->decision.reason != REASON_EXPIRED && v->decision.reason != REASON_KERNEL;
}

/* As it was, but for what is over; rules have other numbers in another configuration. */
static void renumber(const struct reconsideration *r, struct verdict *v)
{
	int zone = zone_by_name(&r->config->policy, v->zone);

	v->decision.zone = zone < 0 ? ZONE_QUARANTINE : (uint8_t)zone;
	v->decision.rule = -1;
	v->decision.n_refusals = 0;
	if (v->decision.zone != ZONE_QUARANTINE)
		verdict_end(v, &r->config->policy, r->now_sec);
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
	v->is_restored &= !r->is_unevaluated && !r->facts;
	memcpy(v->facts.handles, before.handles, sizeof(before.handles));
	v->facts.n_handles = before.n_handles;
	registry_check_ueid(r->registry, r->now_sec, &v->facts);
}

/* The lifetime of a rule counts from the evidence, not from when somebody looked at it again; nor is that new evidence. */
static void bound_by_evidence(const struct reconsideration *r, struct verdict *v)
{
	struct decision *d = &v->decision;

	if (d->zone == ZONE_QUARANTINE)
		return;
	expiry_bound(&d->expiry, v->attested_sec + r->config->policy.rules[d->rule].lifetime_sec, EXPIRY_POLICY);
	if (v->reattest.by_sec)
		expiry_bound(&d->expiry, v->reattest.by_sec, EXPIRY_REATTEST);
	if (d->expiry.at_sec <= r->now_sec)
		verdict_end(v, &r->config->policy, r->now_sec);
}

/* --- who is where --- */

struct occupants {
	size_t n;
	struct occupant {
		char interface[IFNAMSIZ];
		uint8_t mac[6];
		int64_t attested_sec;
		uint8_t device[SHA256_LEN];
	} list[]; /* by place, the latest of each first */
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

/* One that was refused there, for what it is or for the place, takes nothing from who was admitted. */
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

/*
 * Whether another device has this place (core/devices/occupancy.h), or was admitted there since; of two in one second, nobody can tell.
 * One that asked for its admission there has attested elsewhere, and maybe before.
 */
static bool place_is_taken(const struct reconsideration *r, const struct verdict *v)
{
	const struct occupants *o = r->occupants;
	struct occupant key;
	const struct occupant *one;

	if (occupancy_is_taken(r->registry, v, r->now_sec))
		return true;
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

static bool rests_on_the_same(const struct verdict *a, const struct verdict *b)
{
	const struct decision *x = &a->decision, *y = &b->decision;

	return x->missing == y->missing && x->label == y->label && x->home_level == y->home_level &&
	       strcmp(x->arrangement, y->arrangement) == 0 && memcmp(&a->facts, &b->facts, sizeof(a->facts)) == 0;
}

/* What a restored one rests on was not known: that it is now is no news. */
static bool says_the_same(const struct verdict *before, const struct verdict *after)
{
	const struct decision *x = &before->decision, *y = &after->decision;

	return strcmp(before->zone, after->zone) == 0 && before->monitored_until_sec == after->monitored_until_sec &&
	       before->ended == after->ended && x->reason == y->reason &&
	       (x->zone == ZONE_QUARANTINE ||
		(x->expiry.at_sec == y->expiry.at_sec && x->expiry.cause == y->expiry.cause)) &&
	       (before->is_restored || rests_on_the_same(before, after));
}

/* From its facts alone, as if there were no order. */
static void judge(const struct reconsideration *r, struct verdict *v)
{
	take_facts(r, v);
	decide(&r->config->recognition, &r->config->policy, &v->facts, r->now_sec, &v->decision);
	set_zone(r, v, v->decision.zone);
	bound_by_evidence(r, v);
}

/* Whether it is this order, and no other, that let it in. */
static bool is_let_in_by(const struct order *order, const struct verdict *v)
{
	return order && order->kind == ORDER_ALLOW && v->decision.reason == REASON_OPERATOR_ALLOWED &&
	       strcmp(order->zone, v->zone) == 0 && order->until_sec == v->decision.expiry.at_sec;
}

/* What it rests on is not known yet, so nothing speaks for another zone: it stays in the one that it has, or loses it. */
static void keep_restored(const struct reconsideration *r, const struct order *order, struct verdict *v)
{
	struct decision *d = &v->decision;
	int zone = zone_by_name(&r->config->policy, v->zone);
	bool was_ordered = decision_is_ordered(d);

	if (zone > ZONE_QUARANTINE && (!was_ordered || is_let_in_by(order, v))) {
		d->zone = (uint8_t)zone;
		return;
	}
	if (zone == ZONE_QUARANTINE && !was_ordered)
		return;
	set_zone(r, v, ZONE_QUARANTINE);
	d->reason = REASON_RESTORED;
	d->expiry = (struct expiry){ .at_sec = r->now_sec };
}

/* One that is not judged from its facts until it attests: as it ended, whatever was ordered since. An order asks for them. */
static void keep_ended(const struct reconsideration *r, const struct order *order, struct verdict *v)
{
	bool was_ordered = decision_is_ordered(&v->decision);
	enum hallmark_reason ended = v->ended ? v->ended : REASON_EXPIRED;

	if (order || v->is_restored)
		take_facts(r, v);
	renumber(r, v);
	if (was_ordered) {
		set_zone(r, v, ZONE_QUARANTINE);
		v->decision.reason = ended;
	}
	v->ended = v->decision.reason;
}

/* It may not come back to a place that is another's by now: it must attest from where it is. */
static void leave_place(const struct reconsideration *r, const struct verdict *before, struct verdict *v)
{
	*v = *before;
	if (before->is_restored)
		take_facts(r, v);
	renumber(r, v);
	if (!decision_is_ordered(&before->decision) && !before->monitored_until_sec)
		return;
	set_zone(r, v, ZONE_QUARANTINE);
	v->decision.reason = REASON_DISPLACED;
	v->ended = REASON_INTERNAL;
	v->monitored_until_sec = 0;
}

bool reconsider(const struct reconsideration *r, const struct verdict *before, struct verdict *ret)
{
	const struct order *order = orders_find(r->orders, before->facts.device);
	bool was_admitted = verdict_zone(before, r->now_sec) != ZONE_QUARANTINE;
	bool is_judged = was_judged(before, r->now_sec);

	*ret = *before;
	if (!is_judged && !order && !before->ended && !before->monitored_until_sec) {
		if (before->is_restored)
			take_facts(r, ret);
		renumber(r, ret);
		return false;
	}
	if (!is_judged)
		keep_ended(r, order, ret);
	else if (before->is_restored && !r->is_unevaluated && !r->facts)
		keep_restored(r, order, ret);
	else
		judge(r, ret);
	order_lay_over(order, &r->config->policy, r->now_sec, ret);
	if (!was_admitted && (ret->decision.zone != ZONE_QUARANTINE || ret->monitored_until_sec) &&
	    place_is_taken(r, ret))
		leave_place(r, before, ret);
	reconsider_note_taken_back(&r->config->policy, before, ret);
	if (!says_the_same(before, ret))
		return true;
	ret->decision.decided_sec = before->decision.decided_sec;
	ret->decision.expiry = before->decision.expiry;
	return false;
}

bool reconsider_is_demotion(const struct config *in_force, const struct verdict *before, const struct verdict *after)
{
	return zone_is_better(&in_force->policy, before->zone, after->zone);
}

static unsigned count_taken_back(const struct facts *f)
{
	unsigned n = reason_takes_back(f->checks[CHECK_DEVICE_REVOCATION].reason);

	for (size_t i = 0; i < f->n_labels; i++)
		n += reason_takes_back(f->labels[i].checks[CHECK_LABEL_STATUS].reason);
	return n;
}

/* Of one that a restart has not seen through yet, only what decided is known. */
static unsigned count_lost_by(const struct verdict *v)
{
	unsigned n = count_taken_back(&v->facts);

	return n > 0 ? n : v->was_taken_back || reason_takes_back(v->decision.reason);
}

/* An order gives and takes zones for its own reasons. */
void reconsider_note_taken_back(const struct policy *p, const struct verdict *before, struct verdict *after)
{
	bool is_out = after->decision.zone == ZONE_QUARANTINE || zone_is_better(p, before->zone, after->zone);

	after->was_taken_back = before->was_taken_back;
	if (decision_is_ordered(&after->decision))
		return;
	if (zone_is_better(p, after->zone, before->zone))
		after->was_taken_back = false;
	else
		after->was_taken_back |= is_out && (count_lost_by(before) > 0 || count_lost_by(after) > 0);
}

bool reconsider_is_reinstatement(const struct config *in_force, const struct verdict *before,
				 const struct verdict *after)
{
	return zone_is_better(&in_force->policy, after->zone, before->zone) &&
	       count_taken_back(&after->facts) < count_lost_by(before);
}
