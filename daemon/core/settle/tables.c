/* SPDX-License-Identifier: Apache-2.0 */
/* The registry knows the admissions; this writes all of them to the kernel at once. */
#include "core/settle/tables.h"

#include <errno.h>
#include <stdlib.h>
#include <syslog.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/journal.h"
#include "config/config.h"
#include "core/devices/in_force.h"
#include "core/devices/registry.h"
#include "core/settle/settler.h"
#include "decide/policy.h"
#include "enforce/kernel.h"
#include "enforce/membership.h"
#include "enforce/ruleset.h"
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

static void collect(struct verdict *v, void *userdata)
{
	struct collection *c = userdata;
	const struct element e = verdict_element(v, c->now_sec);

	if ((e.zone != ZONE_QUARANTINE || e.monitored_sec > 0) && c->n < c->room)
		c->elements[c->n++] = e;
}

int tables_collect(const struct registry *registry, int64_t now_sec, struct element **ret, size_t *ret_n)
{
	struct collection a = { .room = registry_count(registry), .now_sec = now_sec };

	a.elements = calloc(a.room + 1, sizeof(*a.elements));
	if (!a.elements)
		return -ENOMEM;
	registry_each(registry, collect, &a);
	*ret = a.elements;
	*ret_n = a.n;
	return 0;
}

/* Returns 1 when they had to be loaded. */
static int load_missing(struct settler *settler, int64_t now_sec)
{
	_cleanup_free_ struct element *elements = NULL;
	uint64_t reckoned_usec = clock_monotonic_usec();
	bool loaded = false;
	size_t n = 0;
	int r = tables_collect(settler->registry, now_sec, &elements, &n);

	if (r == 0)
		r = kernel_ensure_table(settler->kernel, &settler->in_force->config->ruleset, elements, n, &loaded);
	if (r < 0 || !loaded)
		return r;
	tables_note_write(&settler->tables, reckoned_usec);
	(void)kernel_know(settler->kernel, &settler->in_force->config->ruleset, elements, n);
	settler->tables.is_drifting = true; /* a long load must not extend admissions */
	journal_event(LOG_NOTICE, HALLMARK_MESSAGE_RULESET,
		      "The table inet " TABLE_NAME " was missing or of another version: loaded, with %zu admissions",
		      n);
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

void tables_know(struct settler *settler, int64_t now_sec)
{
	_cleanup_free_ struct element *elements = NULL;
	size_t n = 0;

	if (tables_collect(settler->registry, now_sec, &elements, &n) == 0)
		(void)kernel_know(settler->kernel, &settler->in_force->config->ruleset, elements, n);
}
