/* SPDX-License-Identifier: Apache-2.0 */
/* The states are kept, so that what is compared with the kernel changes only when the kernel is told. */
#include "core/settle/excepted.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "config/exceptions.h"
#include "config/inventory.h"
#include "core/devices/in_force.h"
#include "core/devices/registry.h"
#include "core/settle/settler.h"
#include "decide/verdict.h"
#include "enforce/membership.h"
#include "enforce/ruleset.h"

#define DAY_SEC INT64_C(86400)

void excepted_done(struct excepted *e)
{
	free(e->of);
	*e = (struct excepted){ .lines = e->lines };
}

static const struct inventory *inventory_of(const struct settler *settler)
{
	return settler->in_force->config->inventory;
}

/* --- How each is --- */

/* Where the admission of a device without a port would end, too (core/act/linkwatch.h). */
static bool is_unported(const struct exception *e, const struct ruleset *r)
{
	return !e->port[0] && ruleset_bridge(r, e->interface);
}

bool exception_counts(const struct exception *e, const struct ruleset *r, int64_t now_sec)
{
	return now_sec < e->until_sec && !is_unported(e, r);
}

/* A reload refuses such an end, a start does not: a clock that is behind would cut off everybody. */
static bool is_too_late(const struct settler *settler, const struct exception *e, int64_t now_sec)
{
	return settler->time.is_disciplined && e->until_sec > now_sec + EXCEPTION_DAYS_MAX * DAY_SEC;
}

static bool is_in_force(const struct settler *settler, size_t i, int64_t now_sec)
{
	return settler->excepted.of[i].now == EXCEPTION_IN_FORCE &&
	       exception_counts(&inventory_of(settler)->exceptions[i], &settler->in_force->config->ruleset, now_sec);
}

struct marking {
	const struct inventory *inventory;
	bool *are_judged; /* by the exceptions' numbers */
};

static void mark_denied(const char *interface, const uint8_t mac[static 6], void *userdata)
{
	const struct marking *m = userdata;
	const struct exception *e = exception_at(m->inventory, interface, mac);

	if (e)
		m->are_judged[e - m->inventory->exceptions] = true;
}

void excepted_mark(struct settler *settler, int64_t now_sec,
		   void (*on_change)(const struct exception *e, bool is_in_force, void *userdata), void *userdata)
{
	struct excepted *x = &settler->excepted;
	_cleanup_free_ bool *are_judged = calloc(x->n + 1, sizeof(*are_judged));
	struct marking m = { inventory_of(settler), are_judged };

	x->marked_usec = clock_monotonic_usec();
	if (x->n == 0 || !are_judged) /* without memory they stay as they are until the next time */
		return;
	registry_each_denied(settler->registry, mark_denied, &m);
	for (size_t i = 0; i < x->n; i++) {
		const struct exception *e = &m.inventory->exceptions[i];
		const uint8_t before = x->of[i].now;

		x->of[i].is_replaced |=
			are_judged[i] || registry_count_at_place(settler->registry, e->interface, e->mac) > 0;
		x->of[i].now = now_sec >= e->until_sec || is_too_late(settler, e, now_sec) ? EXCEPTION_OVER :
			       x->of[i].is_replaced                                        ? EXCEPTION_REPLACED :
											     EXCEPTION_IN_FORCE;
		if (on_change && before != x->of[i].now &&
		    (before == EXCEPTION_IN_FORCE || x->of[i].now == EXCEPTION_IN_FORCE))
			on_change(e, x->of[i].now == EXCEPTION_IN_FORCE, userdata);
	}
}

/* One with another end is a new one. */
static bool was_replaced(const struct excepted *before, const struct inventory *former, const struct exception *e)
{
	const struct exception *old = before->n > 0 ? exception_at(former, e->interface, e->mac) : NULL;

	return old && old->until_sec == e->until_sec && before->of[old - former->exceptions].is_replaced;
}

void excepted_begin(struct settler *settler, const struct config *former, int64_t now_sec)
{
	struct excepted *x = &settler->excepted, before = *x;
	const size_t n = inventory_of(settler) ? inventory_of(settler)->n_exceptions : 0;

	*x = (struct excepted){ .of = n > 0 ? calloc(n, sizeof(*x->of)) : NULL, .lines = before.lines };
	if (x->of)
		x->n = n;
	else if (n > 0)
		log_error("Out of memory: no exception of the inventory is in force");
	for (size_t i = 0; i < x->n && former; i++)
		x->of[i].is_replaced = was_replaced(&before, former->inventory, &inventory_of(settler)->exceptions[i]);
	excepted_done(&before);
	excepted_mark(settler, now_sec, NULL, NULL);
	for (size_t i = 0; i < x->n; i++)
		x->of[i].told = x->of[i].now;
}

/* --- One place --- */

/* The number is below excepted.n, or it is none. */
static size_t number_at(const struct settler *settler, const char *interface, const uint8_t mac[static 6])
{
	const struct exception *e =
		settler->excepted.n > 0 ? exception_at(inventory_of(settler), interface, mac) : NULL;

	return e ? (size_t)(e - inventory_of(settler)->exceptions) : settler->excepted.n;
}

const struct exception *excepted_replace(struct settler *settler, const struct verdict *v)
{
	const size_t i = v->interface[0] ? number_at(settler, v->interface, v->mac) : settler->excepted.n;

	if (i == settler->excepted.n || settler->excepted.of[i].now != EXCEPTION_IN_FORCE)
		return NULL;
	settler->excepted.of[i].now = EXCEPTION_REPLACED;
	settler->excepted.of[i].is_replaced = true;
	return &inventory_of(settler)->exceptions[i];
}

const struct exception *excepted_at(const struct settler *settler, const char *interface, const char *port,
				    const uint8_t mac[static 6], int64_t now_sec)
{
	const size_t i = number_at(settler, interface, mac);
	const struct exception *e = i < settler->excepted.n ? &inventory_of(settler)->exceptions[i] : NULL;

	return e && is_in_force(settler, i, now_sec) && (!port[0] || strcmp(port, e->port) == 0) ? e : NULL;
}

/* --- All of them --- */

enum exception_state excepted_state(const struct settler *settler, size_t number, int64_t now_sec)
{
	if (settler->excepted.of[number].now == EXCEPTION_IN_FORCE && !is_in_force(settler, number, now_sec))
		return EXCEPTION_OVER;
	return settler->excepted.of[number].now;
}

size_t excepted_count(const struct settler *settler, int64_t now_sec, int64_t *ret_next_sec)
{
	size_t n = 0;

	*ret_next_sec = 0;
	for (size_t i = 0; i < settler->excepted.n; i++) {
		const int64_t until_sec = inventory_of(settler)->exceptions[i].until_sec;

		if (!is_in_force(settler, i, now_sec))
			continue;
		n++;
		if (*ret_next_sec == 0 || until_sec < *ret_next_sec)
			*ret_next_sec = until_sec;
	}
	return n;
}

struct element excepted_element(const struct exception *e, int64_t now_sec)
{
	const int64_t most_sec = EXCEPTION_DAYS_MAX * DAY_SEC, left_sec = e->until_sec - now_sec;
	struct element element = { .zone = e->zone,
				   .timeout_sec = (uint32_t)(left_sec < 1        ? 1 :
							     left_sec < most_sec ? left_sec :
										   most_sec) };

	memcpy(element.interface, e->interface, sizeof(element.interface));
	memcpy(element.port, e->port, sizeof(element.port));
	memcpy(element.mac, e->mac, sizeof(element.mac));
	return element;
}

size_t excepted_collect(const struct settler *settler, int64_t now_sec, struct element *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < settler->excepted.n; i++)
		if (is_in_force(settler, i, now_sec))
			ret[n++] = excepted_element(&inventory_of(settler)->exceptions[i], now_sec);
	return n;
}
