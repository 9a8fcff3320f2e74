/* SPDX-License-Identifier: Apache-2.0 */
/* One device at a time, from its stored facts: reconsider() with the order, then store, kernel, edge. */
#include "core/act/ordering.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-id128.h>

#include "base/cleanup.h"
#include "base/journal.h"
#include "base/log.h"
#include "base/timekeeper.h"
#include "config/config.h"
#include "core/devices/in_force.h"
#include "core/devices/orders.h"
#include "core/devices/registry.h"
#include "core/settle/admissions.h"
#include "core/settle/reconsider.h"
#include "core/settle/result.h"
#include "core/settle/settle.h"
#include "core/settle/settler.h"
#include "core/tell/journal.h"
#include "core/tell/orderer.h"
#include "decide/policy.h"
#include "hallmark/journal.h"
#include "store/orders.h"

#define ENDED_MAX 64 /* in one sweep */

/* A change of one device's order in progress. */
struct change {
	struct settler *settler;
	struct orders *orders;
	const struct order *order; /* NULL: there is no order from now on */
	const char *what;          /* in the record, as "order: allow" */
	struct verdict before;
	const struct orderer *by;          /* NULL: nobody, its time ended */
	const struct occupants *occupants; /* NULL: out of memory */
	struct ordered *result;
};

DEFINE_CLEANUP(struct occupants *, occupants_free);

static void decide(const struct change *x)
{
	const struct in_force *in_force = x->settler->in_force;
	const struct config *config = in_force->config;
	struct ordered *o = x->result;
	const struct reconsideration r = { .config = config,
					   .registry = x->settler->registry,
					   .occupants = x->occupants,
					   .orders = x->orders,
					   .now_sec = admissions_now(x->settler) };
	uint8_t zone = verdict_zone(&x->before, r.now_sec);

	(void)snprintf(o->zone_before, sizeof(o->zone_before), "%s", config->policy.zones[zone].name);
	o->after = x->before;
	if (!x->occupants) { /* the owner of its place is unknown: the next attestation decides */
		verdict_end(&o->after, &config->policy, r.now_sec);
		log_error("Out of memory: a device under an operator's order must attest again");
	} else {
		(void)reconsider(&r, &x->before, &o->after);
	}
	o->after.was_admitted = true; /* it is kept as long as its order */
	if (result_sign(config, in_force->result_key, &o->after) < 0)
		log_error("A result could not be signed; its device must attest again to get one");
}

/*
 * `is_due`: the order's time ended, so it also ends when the store fails. Nothing is undone: a change that the kernel
 * refuses is tried again. Returns 0, or a negative errno: nothing has changed.
 */
static int settle_change(const struct change *x, bool is_due)
{
	struct ordered *o = x->result;
	struct settlement one = { .before = &x->before,
				  .after = &o->after,
				  .is_final = true,
				  .is_counted = true,
				  .by = x->by,
				  .is_told = strcmp(o->zone_before, o->after.zone) != 0 };
	struct settling s = { 0 };
	int r;

	memcpy(one.zone_before, o->zone_before, sizeof(one.zone_before));
	settle_begin(&s, x->settler, admissions_now(x->settler));
	r = settle_put_ordered(&s, &one, &o->after, x->order, x->what);
	if (r < 0 && is_due) {
		settle_put(&s, &one, &o->after);
		r = 0;
	}
	if (r == 0)
		o->is_in_kernel = settle_end(&s) == 0;
	settle_done(&s);
	o->record = one.record;
	return r;
}

static void tell(const struct change *x, const char *event, const struct order *order, const struct orderer *by)
{
	journal_order(&(struct journal_order){ .config = x->settler->in_force->config,
					       .order = order,
					       .event = event,
					       .by = by,
					       .verdict = &x->result->after,
					       .zone_before = x->result->zone_before,
					       .is_in_kernel = x->result->is_in_kernel,
					       .record = x->result->record });
}

static int begin(struct settler *settler, struct orders *orders, const uint8_t device[static SHA256_LEN],
		 struct change *ret)
{
	if (!registry_find(settler->registry, device, &ret->before))
		return -ENODEV;
	ret->settler = settler;
	ret->orders = orders;
	*ret->result = (struct ordered){ 0 };
	return 0;
}

/* An order that cannot admit now could take effect later, when nobody expects it. */
static enum hallmark_reason refusal_of(const struct change *x)
{
	const struct verdict *after = &x->result->after;
	enum hallmark_reason refusal;

	if (x->order->kind != ORDER_ALLOW || after->decision.reason == REASON_OPERATOR_ALLOWED)
		return REASON_ADMITTED;
	refusal = order_refusal(x->order, &x->settler->in_force->config->policy, &after->facts);
	return refusal != REASON_ADMITTED ? refusal : REASON_PLACE_TAKEN;
}

int ordering_give(struct settler *settler, struct orders *orders, const struct order *order, const struct orderer *by,
		  struct ordered *ret)
{
	const struct order *held = orders_find(orders, order->device);
	struct order former = held ? *held : (struct order){ 0 };
	_cleanup_(occupants_freep) struct occupants *occupants = occupants_new(settler->registry);
	struct change x = { .order = order, .by = by, .occupants = occupants, .result = ret };
	char what[RULE_NAME_SIZE];
	int r = order_is_sound(order) ? begin(settler, orders, order->device, &x) : -EINVAL;

	if (r == 0)
		r = orders_put(orders, order);
	if (r < 0)
		return r;
	(void)snprintf(what, sizeof(what), "order: %s", order_kind_name(order->kind));
	x.what = what;
	decide(&x);
	ret->former = former.kind;
	ret->refusal = refusal_of(&x);
	r = ret->refusal == REASON_ADMITTED ? settle_change(&x, false) : -EPERM;
	if (r < 0) {
		if (former.kind)
			(void)orders_put(orders, &former); /* cannot fail: its entry exists */
		else
			orders_remove(orders, order->device);
		if (r != -EPERM)
			journal_errno(r, HALLMARK_MESSAGE_STORE,
				      "Cannot store an operator's order; it is not in force");
		return r;
	}
	tell(&x, "given", order, by);
	return 0;
}

/* An ended order has no effect, whatever the store does: only one that is still in force is restored. */
static int take_away(struct settler *settler, struct orders *orders, const struct order *former, const char *event,
		     const struct orderer *by, const struct occupants *occupants, struct ordered *ret)
{
	const bool is_due = !order_is_running(former, admissions_now(settler));
	struct change x = { .by = is_due ? NULL : by, .occupants = occupants, .result = ret };
	char what[RULE_NAME_SIZE];
	int r = begin(settler, orders, former->device, &x);

	if (r < 0)
		return r;
	(void)snprintf(what, sizeof(what), "order: %s", event);
	x.what = what;
	orders_remove(orders, former->device);
	decide(&x);
	ret->former = former->kind;
	r = settle_change(&x, is_due);
	if (r < 0) {
		(void)orders_put(orders, former);
		return journal_errno(r, HALLMARK_MESSAGE_STORE,
				     "Cannot store the end of an operator's order; it stays in force");
	}
	tell(&x, event, former, by);
	return 0;
}

int ordering_release(struct settler *settler, struct orders *orders, const uint8_t device[static SHA256_LEN],
		     const struct orderer *by, struct ordered *ret)
{
	const struct order *held = orders_find(orders, device);
	_cleanup_(occupants_freep) struct occupants *occupants = NULL;
	struct order former;

	if (!held)
		return -ENOENT;
	former = *held;
	occupants = occupants_new(settler->registry);
	return take_away(settler, orders, &former, "released", by, occupants, ret);
}

/* --- Ends of orders --- */

struct ended {
	int64_t now_sec;
	bool is_disciplined;
	struct order list[ENDED_MAX];
	size_t n;
};

/* An exception whose start is in the future has no valid start, and ends; a quarantine stays. */
static bool is_over(const struct order *o, const struct ended *e)
{
	if (!order_is_running(o, e->now_sec))
		return true;
	return e->is_disciplined && o->kind != ORDER_QUARANTINE && !time_has_come(o->since_sec, e->now_sec);
}

static void find_ended(struct order *o, void *userdata)
{
	struct ended *e = userdata;

	if (e->n < ENDED_MAX && is_over(o, e))
		e->list[e->n++] = *o;
}

void ordering_sweep(struct settler *settler, struct orders *orders)
{
	struct ended e = { .now_sec = admissions_now(settler), .is_disciplined = settler->time.is_disciplined };
	_cleanup_(occupants_freep) struct occupants *occupants = NULL;
	struct ordered result;

	orders_each(orders, find_ended, &e);
	if (e.n > 0)
		occupants = occupants_new(settler->registry); /* orders do not change places */
	for (size_t i = 0; i < e.n; i++) {
		const struct orderer by = { .uid = e.list[i].uid, .login_uid = ORDERER_NOBODY };

		if (take_away(settler, orders, &e.list[i], "ended", &by, occupants, &result) == -ENODEV)
			orders_remove(orders, e.list[i].device);
	}
}

struct moving {
	struct settler *settler;
	int64_t step_sec;
	sd_id128_t boot;
};

static void move_one(struct order *o, void *userdata)
{
	const struct moving *m = userdata;
	struct verdict moved;

	if (memcmp(o->boot, m->boot.bytes, sizeof(o->boot)) != 0)
		return;
	o->since_sec += m->step_sec;
	if (o->until_sec != 0)
		o->until_sec += m->step_sec;
	settle_amend_order(m->settler, o);
	if (!registry_find(m->settler->registry, o->device, &moved))
		return;
	if (moved.decision.reason == REASON_OPERATOR_ALLOWED)
		moved.decision.expiry.at_sec = o->until_sec;
	if (moved.monitored_until_sec)
		moved.monitored_until_sec = o->until_sec;
	settle_move_time(m->settler, &moved);
}

void ordering_move_time(struct settler *settler, const struct orders *orders, int64_t step_sec)
{
	struct moving m = { .settler = settler, .step_sec = step_sec };

	(void)sd_id128_get_boot(&m.boot);
	if (step_sec != 0)
		orders_each(orders, move_one, &m);
}

/* --- Start, and another configuration --- */

struct completion {
	struct registry *registry;
	const struct policy *policy;
	int64_t started_sec;
};

/* Only the order is known of this device: it must be visible, so that it can be released. */
static void complete_one(struct order *o, void *userdata)
{
	const struct completion *c = userdata;
	struct verdict v;

	if (registry_find(c->registry, o->device, &v))
		return;
	v = (struct verdict){ .was_admitted = true, .ended = REASON_NO_EVIDENCE };
	memcpy(v.facts.device, o->device, SHA256_LEN);
	memcpy(v.decision.device, o->device, SHA256_LEN);
	(void)snprintf(v.zone, sizeof(v.zone), "%s", c->policy->zones[ZONE_QUARANTINE].name);
	v.decision.rule = v.decision.label = -1;
	v.decision.reason = REASON_NO_EVIDENCE;
	v.decision.decided_sec = v.decision.expiry.at_sec = c->started_sec;
	order_lay_over(o, c->policy, c->started_sec, &v);
	if (registry_put(c->registry, &v) < 0)
		log_error("Out of memory: a device under an operator's order is not known until it attests");
}

void ordering_complete(const struct orders *orders, struct registry *registry, const struct policy *policy,
		       int64_t started_sec)
{
	struct completion c = { .registry = registry, .policy = policy, .started_sec = started_sec };

	orders_each(orders, complete_one, &c);
	ordering_check_zones(orders, policy);
}

static void check_zone(struct order *o, void *userdata)
{
	const struct policy *policy = userdata;
	char device[SHA256_HEX_SIZE];

	if (o->kind != ORDER_ALLOW || zone_by_name(policy, o->zone) > ZONE_QUARANTINE)
		return;
	bytes_to_hex(BYTES(o->device), device);
	journal_device_event(LOG_WARNING, HALLMARK_MESSAGE_ORDER, o->device,
			     "The order that allows device %s zone \"%s\" has no effect: the configuration has no such "
			     "zone. The device is judged without the order; `hallmarkctl release %.16s` removes it",
			     device, o->zone, device);
}

void ordering_check_zones(const struct orders *orders, const struct policy *policy)
{
	orders_each(orders, check_zone, (void *)(uintptr_t)policy);
}
