/* SPDX-License-Identifier: Apache-2.0 */
/* A search tree (tsearch(3)) of orders by device, and the one function that knows what each kind means. */
#include "run/orders.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "run/reconsider.h"

struct orders {
	void *by_device;
	size_t n;
};

static int compare(const void *a, const void *b)
{
	const struct order *x = a, *y = b;

	return memcmp(x->device, y->device, SHA256_LEN);
}

struct order *orders_find(const struct orders *o, const uint8_t device[static SHA256_LEN])
{
	struct order key, **node;

	if (!o)
		return NULL;
	memcpy(key.device, device, SHA256_LEN);
	node = tfind(&key, &o->by_device, compare);
	return node ? *node : NULL;
}

int orders_put(struct orders *o, const struct order *order)
{
	struct order *held = orders_find(o, order->device);

	if (held) {
		*held = *order;
		return 0;
	}
	held = malloc(sizeof(*held));
	if (!held)
		return -ENOMEM;
	*held = *order;
	if (!tsearch(held, &o->by_device, compare)) {
		free(held);
		return -ENOMEM;
	}
	o->n++;
	return 0;
}

void orders_remove(struct orders *o, const uint8_t device[static SHA256_LEN])
{
	struct order *held = orders_find(o, device);

	if (!held)
		return;
	(void)tdelete(held, &o->by_device, compare);
	free(held);
	o->n--;
}

void orders_free(struct orders *o)
{
	if (!o)
		return;
	tdestroy(o->by_device, free);
	free(o);
}

size_t orders_count(const struct orders *o)
{
	return o ? o->n : 0;
}

struct visit {
	void (*visit)(struct order *order, void *userdata);
	void *userdata;
};

static void visit_node(const void *node, VISIT which, void *closure)
{
	const struct visit *v = closure;

	if (which == postorder || which == leaf)
		v->visit(*(struct order *const *)node, v->userdata);
}

void orders_each(const struct orders *o, void (*visit)(struct order *order, void *userdata), void *userdata)
{
	struct visit v = { .visit = visit, .userdata = userdata };

	if (o)
		twalk_r(o->by_device, visit_node, &v);
}

struct loading {
	struct orders *orders;
	int r;
};

static void load_one(const struct order *order, void *userdata)
{
	struct loading *l = userdata;

	if (l->r == 0)
		l->r = orders_put(l->orders, order);
}

int orders_load(struct store *s, struct orders **ret)
{
	struct loading l = { .orders = calloc(1, sizeof(*l.orders)) };
	int r;

	if (!l.orders)
		return -ENOMEM;
	r = store_orders_each(s, load_one, &l);
	if (r >= 0)
		r = l.r;
	if (r < 0) {
		orders_free(l.orders);
		return r;
	}
	*ret = l.orders;
	return 0;
}

bool order_is_running(const struct order *o, int64_t now_sec)
{
	return o->until_sec == 0 || now_sec < o->until_sec;
}

/* --- what it makes of a verdict --- */

enum hallmark_reason order_refusal(const struct order *o, const struct policy *policy, const struct facts *facts)
{
	const struct check_result *checks = facts->checks;

	if (zone_by_name(policy, o->zone) <= ZONE_QUARANTINE)
		return REASON_NO_RULE;
	for (int i = CHECK_NONE + 1; i < _CHECK_MAX; i++)
		if ((ORDER_NEEDS & CHECK_BIT(i)) && checks[i].state != CHECK_PASSED)
			return checks[i].reason == REASON_ADMITTED ? REASON_INTERNAL : checks[i].reason;
	if (checks[CHECK_DEVICE_REVOCATION].state == CHECK_FAILED &&
	    checks[CHECK_DEVICE_REVOCATION].reason == REASON_DEVICE_REVOKED)
		return REASON_DEVICE_REVOKED;
	if (checks[CHECK_SAME_DEVICE].state == CHECK_FAILED && checks[CHECK_SAME_DEVICE].reason == REASON_UEID_TAKEN)
		return REASON_UEID_TAKEN;
	return REASON_ADMITTED;
}

static void set_zone(const struct policy *policy, uint8_t zone, struct verdict *v)
{
	v->decision.zone = zone;
	memcpy(v->zone, policy->zones[zone].name, sizeof(v->zone));
}

/* No rule decided, and no label counts: nobody may read a certification out of it. What it lacked stays to be seen. */
static void take_credit(struct decision *d, enum hallmark_reason reason)
{
	d->reason = reason;
	d->rule = -1;
	d->label = -1;
	d->home_level = 0;
	memset(d->arrangement, 0, sizeof(d->arrangement));
}

static void quarantine(const struct policy *policy, int64_t now_sec, struct verdict *v)
{
	set_zone(policy, ZONE_QUARANTINE, v);
	take_credit(&v->decision, REASON_OPERATOR_QUARANTINE);
	v->decision.expiry = (struct expiry){ .at_sec = now_sec };
	v->decision.decided_sec = now_sec;
}

static void allow(const struct order *o, const struct policy *policy, int64_t now_sec, struct verdict *v)
{
	int zone = zone_by_name(policy, o->zone);

	if (order_refusal(o, policy, &v->facts) != REASON_ADMITTED || v->interface[0] == '\0' ||
	    v->decision.reason == REASON_DISPLACED) /* it must attest from where it is now */
		return;
	set_zone(policy, (uint8_t)zone, v);
	take_credit(&v->decision, REASON_OPERATOR_ALLOWED);
	v->decision.expiry = (struct expiry){ .at_sec = o->until_sec, .cause = EXPIRY_ORDER };
	v->decision.decided_sec = now_sec;
}

void order_lay_over(const struct order *o, const struct policy *policy, int64_t now_sec, struct verdict *v)
{
	v->monitored_until_sec = 0;
	if (!o || !order_is_running(o, now_sec))
		return;
	switch (o->kind) {
	case ORDER_QUARANTINE:
		quarantine(policy, now_sec, v);
		break;
	case ORDER_ALLOW:
		allow(o, policy, now_sec, v);
		break;
	case ORDER_MONITOR:
		if (v->interface[0] != '\0' && v->decision.reason != REASON_DISPLACED)
			v->monitored_until_sec = o->until_sec;
		break;
	case ORDER_NONE:
	case _ORDER_MAX:
		break;
	}
}
