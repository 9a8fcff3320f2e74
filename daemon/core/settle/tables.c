/* SPDX-License-Identifier: Apache-2.0 */
/* The registry knows the admissions; this writes all of them to the kernel at once. */
#include "core/settle/tables.h"

#include <errno.h>
#include <stdlib.h>
#include <syslog.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/journal.h"
#include "base/log.h"
#include "config/config.h"
#include "core/devices/in_force.h"
#include "core/devices/registry.h"
#include "core/settle/excepted.h"
#include "core/settle/settler.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "enforce/kernel.h"
#include "enforce/membership.h"
#include "enforce/ruleset.h"
#include "enforce/share.h"
#include "hallmark/journal.h"

void tables_note_write(struct tables *t, uint64_t reckoned_usec)
{
	uint64_t late_sec = (clock_monotonic_usec() - reckoned_usec) / USEC_PER_SEC;

	if (late_sec > t->late_sec)
		t->late_sec = late_sec < UINT32_MAX ? (uint32_t)late_sec : UINT32_MAX;
}

/* All admissions in force. */
struct collection {
	struct element *elements;
	size_t n, room;
	int64_t now_sec;
};

static bool is_wanted(const struct element *e)
{
	return e->zone != ZONE_QUARANTINE || e->monitored_sec > 0;
}

static void collect(const struct verdict *v, void *userdata)
{
	struct collection *c = userdata;
	const struct element e = tables_element(v, c->now_sec);

	if (is_wanted(&e) && c->n < c->room)
		c->elements[c->n++] = e;
}

struct element tables_element(const struct verdict *v, int64_t now_sec)
{
	struct element e = verdict_element(v, now_sec);

	if (e.zone == ZONE_QUARANTINE && v->decision.zone != ZONE_QUARANTINE) {
		e.zone = v->decision.zone;
		e.timeout_sec = 0;
	}
	return e;
}

struct zones_here {
	uint64_t zones;
	size_t n;
};

static void note_zone(const struct verdict *v, void *userdata)
{
	struct zones_here *here = userdata;

	if (v->decision.zone == ZONE_QUARANTINE) /* only monitored */
		return;
	here->zones |= UINT64_C(1) << v->decision.zone % 64;
	here->n++;
}

uint8_t tables_zone_at(const struct settler *settler, const struct verdict *v, size_t *ret_n)
{
	struct zones_here here = { 0 };

	registry_each_at_place(settler->registry, v->interface, v->mac, note_zone, &here);
	*ret_n = here.n;
	return zones_least(&settler->in_force->config->ruleset, here.zones);
}

int tables_collect(const struct settler *settler, int64_t now_sec, struct element **ret, size_t *ret_n)
{
	struct collection a = { .room = registry_count(settler->registry), .now_sec = now_sec };

	a.elements = calloc(a.room + settler->excepted.n + 1, sizeof(*a.elements));
	if (!a.elements)
		return -ENOMEM;
	registry_each(settler->registry, collect, &a);
	a.n += excepted_collect(settler, now_sec, a.elements + a.n); /* where nobody was judged: they share no place */
	elements_share(&settler->in_force->config->ruleset, a.elements, a.n);
	*ret = a.elements;
	*ret_n = 0;
	for (size_t i = 0; i < a.n; i++) /* without those that ended, and are alone */
		if (is_wanted(&a.elements[i]))
			a.elements[(*ret_n)++] = a.elements[i];
	return 0;
}

void tables_name_gateway(struct settler *settler)
{
	int r = kernel_name_gateway(settler->kernel, &settler->in_force->config->ruleset);

	if (r < 0)
		log_errno(r, "Cannot tell the table bridge the gateway's own addresses; hallmarkd tries again");
}

/* Returns 1 when they had to be loaded. */
static int load_missing(struct settler *settler, int64_t now_sec)
{
	_cleanup_free_ struct element *elements = NULL;
	uint64_t reckoned_usec = clock_monotonic_usec();
	bool loaded = false;
	size_t n = 0;
	int r = kernel_has_tables(settler->kernel, &settler->in_force->config->ruleset);

	if (r != 0) /* as in almost every sweep: what all devices have need not be collected */
		return r < 0 ? r : 0;
	r = tables_collect(settler, now_sec, &elements, &n);
	if (r == 0)
		r = kernel_ensure_table(settler->kernel, &settler->in_force->config->ruleset, elements, n, &loaded);
	if (r < 0 || !loaded)
		return r;
	tables_note_write(&settler->tables, reckoned_usec);
	settler->tables.is_drifting = true; /* a long load must not extend admissions */
	journal_event(LOG_NOTICE, HALLMARK_MESSAGE_RULESET,
		      "The table inet " TABLE_NAME
		      " was missing or of another version: loaded, with %zu admissions and exceptions",
		      n);
	tables_name_gateway(settler);
	(void)kernel_know(settler->kernel, &settler->in_force->config->ruleset, elements, n);
	return 1;
}

int tables_load(struct settler *settler, int64_t now_sec)
{
	int r = load_missing(settler, now_sec);

	return r < 0 ? r : 0;
}

int tables_ensure(struct settler *settler, int64_t now_sec)
{
	int r = load_missing(settler, now_sec);

	settler->tables.drifts += r > 0;
	return r < 0 ? r : 0;
}
