/* SPDX-License-Identifier: Apache-2.0 */
/* Writes changes to the kernel, and handles its answers. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <syslog.h>

#include "base/cleanup.h"
#include "base/journal.h"
#include "base/stage.h"
#include "config/config.h"
#include "core/devices/in_force.h"
#include "core/devices/registry.h"
#include "core/settle/settle_inside.h"
#include "core/settle/settler.h"
#include "core/settle/tables.h"
#include "core/tell/teller.h"
#include "core/tell/wave.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "enforce/kernel.h"
#include "enforce/membership.h"
#include "enforce/share.h"
#include "hallmark/journal.h"

/* --- Several devices at one place --- */

/* A change of one of them may give the others another zone. */
struct gathering {
	struct settling *s;
	bool is_failed;
};

static void gather(const struct verdict *v, void *userdata)
{
	struct gathering *g = userdata;
	const struct element e = tables_element(v, g->s->now_sec);

	g->is_failed |= settle_add_element(g->s, &e) == 0;
}

/* Whether other devices remain where this one is, or was. */
static bool is_shared(const struct settling *s, const struct element *e)
{
	const bool is_out = e->zone == ZONE_QUARANTINE && e->monitored_sec == 0;

	return registry_count_at_place(s->settler->registry, e->interface, e->mac) > (is_out ? 0 : 1);
}

/* Copies of the elements at such places, one of each place. Returns how many, or a negative errno. */
static ssize_t find_shared(const struct settling *s, struct element **ret)
{
	struct element *places = calloc(s->n + 1, sizeof(*places));
	size_t n = 0, kept = 0;

	if (!places)
		return -ENOMEM;
	for (size_t i = 0; i < s->n; i++)
		if (is_shared(s, &s->elements[i]))
			places[n++] = s->elements[i];
	elements_sort(places, n);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || element_compare_places(&places[kept - 1], &places[i]) != 0)
			places[kept++] = places[i];
	*ret = places;
	return (ssize_t)kept;
}

/* Adds what the kernel must hold there of all devices: these are the last elements of the place, so they count. */
static void share_places(struct settling *s)
{
	_cleanup_free_ struct element *places = NULL;
	const ssize_t n = find_shared(s, &places);
	struct gathering g = { .s = s, .is_failed = n < 0 };

	for (ssize_t i = 0; i < n; i++) {
		const size_t before = s->n;

		registry_each_at_place(s->settler->registry, places[i].interface, places[i].mac, gather, &g);
		elements_share(&s->settler->in_force->config->ruleset, s->elements + before, s->n - before);
	}
	s->settler->tables.is_drifting |= g.is_failed;
}

/* --- Errors --- */

/* By place; for one place, the last element first. */
static int compare(const void *a, const void *b)
{
	const struct element *x = *(struct element *const *)a, *y = *(struct element *const *)b;
	int order = element_compare_places(x, y);

	return order != 0 ? order : (x < y) - (x > y);
}

/* When a place has two elements, the kernel gets only the last one, with those that share the place: its result is for all. */
static void spread_errors(struct settling *s)
{
	_cleanup_free_ struct element **sorted = calloc(s->n + 1, sizeof(struct element *));

	if (!sorted)
		return;
	for (size_t i = 0; i < s->n; i++)
		sorted[i] = &s->elements[i];
	qsort(sorted, s->n, sizeof(struct element *), compare);
	for (size_t i = 1; i < s->n; i++)
		if (element_compare_places(sorted[i], sorted[i - 1]) == 0 &&
		    (sorted[i]->place_sec == 0 || sorted[i]->error == 0))
			sorted[i]->error = sorted[i - 1]->error;
}

/*
 * The former tables stay, and do not know new zones: devices that are worth less now are at least removed, and those whose exception is
 * gone.
 */
static void cut_off(struct settling *s)
{
	_cleanup_free_ struct element *out = calloc(2 * s->n + 1, sizeof(*out));
	_cleanup_free_ struct element **of = calloc(2 * s->n + 1, sizeof(struct element *));
	struct settlement *x;
	size_t n = 0;

	if (!out || !of)
		return;
	TAILQ_FOREACH(x, &s->settlements, entries)
	{
		struct element *e = x->in > 0 ? &s->elements[x->in - 1] : x->out > 0 ? &s->elements[x->out - 1] : NULL;

		if (!e || !x->is_denial)
			continue;
		out[n] = *e;
		out[n].zone = ZONE_QUARANTINE;
		out[n].monitored_sec = 0;
		of[n++] = e;
	}
	for (size_t i = 0; i < s->n; i++)
		if (s->elements[i].zone == ZONE_QUARANTINE && s->elements[i].monitored_sec == 0) {
			out[n] = s->elements[i];
			of[n++] = &s->elements[i];
		}
	if (n > 0)
		(void)kernel_apply(s->settler->kernel, &s->former->ruleset, out, n);
	for (size_t i = 0; i < n; i++)
		if (of[i]->zone == ZONE_QUARANTINE)
			of[i]->error = out[i].error;
}

static int load_tables(struct settling *s)
{
	struct settler *settler = s->settler;
	int r = tables_load(settler, s->now_sec);

	if (r == 0)
		return 0;
	journal_errno(r, HALLMARK_MESSAGE_KERNEL,
		      "The kernel refused the new configuration's tables. The former ones stay in force; hallmarkd "
		      "tries again every few seconds");
	for (size_t i = 0; i < s->n; i++)
		s->elements[i].error = r;
	cut_off(s);
	settler->tables.has_tables = false;
	return r;
}

/* Ended admissions get no answers. What the kernel refuses now, the comparison corrects. */
static void follow(struct settling *s)
{
	struct settler *settler = s->settler;
	int r = kernel_follow(settler->kernel, &settler->in_force->config->ruleset, s->elements, s->n);

	if (r < 0)
		journal_errno(r, HALLMARK_MESSAGE_KERNEL,
			      "Packets to devices whose admission has ended may still pass; hallmarkd tries again");
	settler->tables.is_drifting |= r < 0;
}

static int apply(struct settling *s)
{
	struct settler *settler = s->settler;
	const struct ruleset *ruleset = &settler->in_force->config->ruleset;
	int r = kernel_apply(settler->kernel, ruleset, s->elements, s->n);

	if (r == -ENOENT &&
	    tables_ensure(settler, s->now_sec) == 0) /* another program removed our table, and now it is loaded again */
		r = kernel_apply(settler->kernel, ruleset, s->elements, s->n);
	if (r < 0)
		spread_errors(s);
	return r;
}

static void note_refusal(struct settling *s, int error)
{
	char text[192];

	s->settler->tables.is_drifting = true; /* the sweep compares everything */
	s->settler->teller->metrics.kernel_refusals++;
	if (s->is_summed_up)
		return;
	(void)snprintf(text, sizeof(text),
		       "The kernel refused some of %zu changes of admission (%s); `hallmarkctl diff` shows which", s->n,
		       strerror(-error));
	wave_fault(s->settler->teller, HALLMARK_MESSAGE_KERNEL, text);
}

/*
 * From where new evidence with an accepted chain came, whatever its zone: these places are served when others flood the
 * daemon.
 */
static void note_known(struct settling *s)
{
	struct settler *settler = s->settler;
	_cleanup_free_ struct element *known = NULL;
	const struct settlement *x;
	struct verdict room;
	size_t n = 0;

	TAILQ_FOREACH(x, &s->settlements, entries)
	n += x->has_evidence;
	known = n > 0 ? calloc(n, sizeof(*known)) : NULL;
	if (!known)
		return;
	n = 0;
	TAILQ_FOREACH(x, &s->settlements, entries)
	{
		const struct verdict *v = x->has_evidence ? registry_find(settler->registry, x->device, &room) : NULL;

		if (v && v->interface[0])
			known[n++] = verdict_element(v, s->now_sec);
	}
	(void)kernel_know(settler->kernel, &settler->in_force->config->ruleset, known, n);
}

static bool has_left(const struct settling *s, const struct settlement *x)
{
	const struct verdict *before = x->has_evidence ? x->before : NULL;
	struct verdict room;
	const struct verdict *v = before ? registry_find(s->settler->registry, x->device, &room) : NULL;

	return v && before->interface[0] && !place_is_same(before, v) &&
	       registry_count_at_place(s->settler->registry, before->interface, before->mac) == 0;
}

/* One device that attests from many places must not be many known senders. */
static void forget_left(struct settling *s)
{
	struct settler *settler = s->settler;
	const struct settlement *x;

	TAILQ_FOREACH(x, &s->settlements, entries)
	{
		struct element left;

		if (!has_left(s, x))
			continue;
		left = verdict_element(x->before, s->now_sec);
		(void)kernel_forget(settler->kernel, &settler->in_force->config->ruleset, &left);
	}
}

int settle_enforce(struct settling *s)
{
	AT_STAGE(STAGE_KERNEL);
	int r = s->former ? load_tables(s) : 0;
	const size_t n_decided = s->n;

	share_places(s);
	if (s->is_over && s->n > 0) {
		if (s->n > n_decided) {
			s->settler->tables.is_drifting |= apply(s) < 0;
			tables_note_write(&s->settler->tables, s->reckoned_usec);
		}
		follow(s);
		return 0;
	}
	if (r == 0 && s->n > 0)
		r = apply(s);
	if (s->n > 0 || s->former)
		tables_note_write(&s->settler->tables, s->reckoned_usec);
	note_known(s);
	forget_left(s);
	if (r < 0)
		note_refusal(s, r);
	return r;
}
