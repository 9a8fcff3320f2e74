/* SPDX-License-Identifier: Apache-2.0 */
/* A search tree (tsearch(3)) of orders by device. */
#include "core/devices/orders.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "decide/order.h"
#include "store/orders.h"

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
