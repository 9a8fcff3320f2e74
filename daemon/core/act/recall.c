/* SPDX-License-Identifier: Apache-2.0 */
#include "core/act/recall.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sizes.h"
#include "config/config.h"
#include "core/act/enforcement.h"
#include "core/devices/in_force.h"
#include "core/settle/admissions.h"
#include "core/settle/settler.h"
#include "enforce/kernel.h"
#include "store/record.h"

#define ENTRIES 256 /* that are read; each opening and closing is one */

/* An opening is noted, and its time counted, in whole seconds. */
#define SLACK_SEC 2

struct recall {
	struct enforcement *e;
	int64_t now_sec;
};

static void forget(struct enforcement *e, const char *name)
{
	for (size_t i = 0; i < e->n_alone; i++)
		if (strcmp(e->alone[i].alone, name) == 0)
			e->alone[i--] = e->alone[--e->n_alone];
}

static void add(struct enforcement *e, const struct opening *o)
{
	struct opening *more = reallocarray(e->alone, e->n_alone + 1, sizeof(*more));

	if (!more)
		return;
	e->alone = more;
	more[e->n_alone++] = *o;
}

static struct opening opening_of(const struct recall *c, const struct record *r)
{
	const int64_t left_sec = r->until_sec - c->now_sec + SLACK_SEC;
	struct opening o = { .left_sec = left_sec > 0 ? (uint32_t)left_sec : 0 };

	(void)snprintf(o.reason, sizeof(o.reason), "%s", r->rule);
	return o;
}

static void on_entry(const struct record *r, void *userdata)
{
	static const char opened[] = "open ", closed[] = "closed ";
	const struct recall *c = userdata;
	struct opening o = opening_of(c, r);

	if (strcmp(r->zone_after, "open") == 0) {
		c->e->is_open = true;
		c->e->opening = o;
	} else if (strcmp(r->zone_after, "closed") == 0) {
		c->e->is_open = false;
	} else if (strncmp(r->zone_after, opened, strlen(opened)) == 0) {
		(void)snprintf(o.alone, sizeof(o.alone), "%.*s", IFNAMSIZ - 1, r->zone_after + strlen(opened));
		forget(c->e, o.alone);
		add(c->e, &o);
	} else if (strncmp(r->zone_after, closed, strlen(closed)) == 0) {
		forget(c->e, r->zone_after + strlen(closed));
	}
}

/* --- Reasons --- */

static void complete(struct opening *recalled, const struct opening *now)
{
	if (strncmp(recalled->reason, now->reason, RULE_NAME_SIZE - 1) == 0)
		memcpy(recalled->reason, now->reason, sizeof(recalled->reason));
}

static void complete_alone(struct enforcement *e, const struct opening *now)
{
	for (size_t i = 0; i < e->n_alone; i++)
		if (strcmp(e->alone[i].alone, now->alone) == 0)
			complete(&e->alone[i], now);
}

static void complete_reasons(struct enforcement *e)
{
	const struct ruleset *r = &e->settler->in_force->config->ruleset;
	struct opening now = { 0 }, *list = NULL;
	size_t n = 0;

	if (kernel_opening(e->settler->kernel, r, &now) > 0)
		complete(&e->opening, &now);
	if (kernel_openings(e->settler->kernel, r, &list, &n) < 0)
		return;
	for (size_t i = 0; i < n; i++)
		complete_alone(e, &list[i]);
	free(list);
}

void recall_openings(struct enforcement *e)
{
	static const uint8_t gateway[SHA256_LEN]; /* entries of no device */
	struct recall c = { .e = e, .now_sec = admissions_now(e->settler) };
	struct record_filter f = { .device = gateway };

	if (record_last(e->settler->store, &f, ENTRIES, &f.from) < 0 ||
	    record_each(e->settler->store, &f, on_entry, &c) < 0)
		return; /* logged; all that is open is told as new */
	complete_reasons(e);
}
