/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines are written until the window's budget is used up. After that all changes are counted, and the sweep sums them
 * up until there are few again.
 */
#include "core/tell/wave.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/journal.h"
#include "config/config.h"
#include "core/devices/in_force.h"
#include "core/tell/expectation.h"
#include "core/tell/journal.h"
#include "core/tell/journal_wave.h"
#include "core/tell/teller.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "hallmark/journal.h"

/* --- The budget --- */

static void begin(struct teller *t, uint64_t now_usec)
{
	struct wave *w = &t->wave;

	t->metrics.waves++;
	w->is_on = true;
	w->began_usec = w->summed_usec = now_usec;
	w->now = w->all = (struct wave_summary){ 0 };
}

bool wave_has_line(struct teller *t)
{
	struct wave *w = &t->wave;
	uint64_t now_usec = clock_monotonic_usec();

	if (w->is_on)
		return false;
	if (w->window_usec == 0 || now_usec - w->window_usec >= WAVE_WINDOW_USEC) {
		w->window_usec = now_usec;
		w->lines = 0;
	}
	if (w->lines < WAVE_LINES) {
		w->lines++;
		return true;
	}
	begin(t, now_usec);
	return false;
}

/* --- Counting --- */

static void count_reason(struct wave_reason *reasons, enum hallmark_reason reason, uint32_t n)
{
	size_t i = 0;

	while (i < WAVE_OTHERS && reasons[i].n > 0 && reasons[i].reason != reason)
		i++;
	reasons[i].reason = reason;
	reasons[i].n += n;
}

static void count_record(struct wave_summary *s, uint64_t first, uint64_t last)
{
	if (first == 0)
		return;
	if (s->first_record == 0 || first < s->first_record)
		s->first_record = first;
	if (last > s->last_record)
		s->last_record = last;
}

static void count_change(struct teller *t, const struct journal_decision *d)
{
	struct wave_summary *s = &t->wave.now;
	const struct verdict *v = d->verdict;
	bool is_other = strcmp(d->zone_before, v->zone) != 0;

	t->metrics.wave_changes++;
	s->changes++;
	s->zones[v->decision.zone]++;
	s->lost += is_other && !zone_is_better(&d->config->policy, v->zone, d->zone_before);
	s->unrecorded += d->record.sequence == 0;
	count_reason(s->reasons, v->decision.reason, 1);
	count_record(s, d->record.sequence, d->record.sequence);
}

static void add_reasons(struct wave_reason *all, const struct wave_reason *some)
{
	for (size_t i = 0; i < WAVE_OTHERS; i++)
		if (some[i].n > 0)
			count_reason(all, some[i].reason, some[i].n);
	all[WAVE_OTHERS].n += some[WAVE_OTHERS].n;
}

/* Adds one summary to the total of the wave. */
static void add_up(struct wave_summary *all, const struct wave_summary *s)
{
	all->changes += s->changes;
	all->lost += s->lost;
	all->moved += s->moved;
	all->flapping += s->flapping;
	all->not_judged += s->not_judged;
	all->faults += s->faults;
	all->unrecorded += s->unrecorded;
	count_record(all, s->first_record, s->last_record);
	for (size_t i = 0; i < ZONES_MAX; i++)
		all->zones[i] += s->zones[i];
	add_reasons(all->reasons, s->reasons);
	add_reasons(all->refusals, s->refusals);
}

/* --- Reporting --- */

static bool is_empty(const struct wave_summary *s)
{
	return s->changes == 0 && s->moved == 0 && s->not_judged == 0 && s->faults == 0;
}

static void tell_summary(struct teller *t, const struct wave_summary *s)
{
	journal_wave(&t->in_force->config->policy, t->store, s, &t->wave.head);
}

static void sum_up(struct teller *t, uint64_t now_usec)
{
	struct wave *w = &t->wave;

	w->now.seconds = (uint32_t)((now_usec - w->summed_usec + USEC_PER_SEC - 1) / USEC_PER_SEC);
	w->summed_usec = now_usec;
	if (is_empty(&w->now))
		return;
	add_up(&w->all, &w->now);
	tell_summary(t, &w->now);
	if (t->on_summary)
		t->on_summary(&w->now, t->userdata);
	w->now = (struct wave_summary){ 0 };
}

static void end(struct teller *t, uint64_t now_usec)
{
	struct wave *w = &t->wave;

	w->all.is_end = true;
	w->all.seconds = (uint32_t)((now_usec - w->began_usec + USEC_PER_SEC - 1) / USEC_PER_SEC);
	tell_summary(t, &w->all);
	w->is_on = false;
	w->window_usec = 0;
}

/*
 * Renewals have no line, and so no mark in the journal. When the record grows only by renewals, its head is logged from
 * time to time: who rewrites the record cannot go back behind that mark.
 */
static void pin(struct wave *w, uint64_t now_usec)
{
	if (w->pinned_usec == 0)
		w->pinned_usec = now_usec;
	if (w->renewals == 0 || now_usec - w->pinned_usec < WAVE_PIN_USEC)
		return;
	journal_renewals(w->renewals, &w->head);
	w->pinned_usec = now_usec;
	w->renewals = 0;
}

void wave_sweep(struct teller *t)
{
	struct wave *w = &t->wave;
	uint64_t now_usec = clock_monotonic_usec();
	bool is_calm = w->now.changes + w->now.not_judged < WAVE_CALM;

	pin(w, now_usec);
	if (!w->is_on || now_usec - w->summed_usec < WAVE_SUM_USEC)
		return;
	sum_up(t, now_usec);
	if (is_calm)
		end(t, now_usec);
}

void wave_flush(struct teller *t)
{
	struct wave *w = &t->wave;
	uint64_t now_usec = clock_monotonic_usec();

	if (w->is_on) {
		sum_up(t, now_usec);
		end(t, now_usec);
	}
}

void wave_stop(struct teller *t)
{
	wave_flush(t);
	if (t->wave.renewals > 0)
		journal_renewals(t->wave.renewals, &t->wave.head);
	t->wave.renewals = 0;
}

/* In a long turn the sweep comes late. */
static void sum_up_if_due(struct teller *t)
{
	uint64_t now_usec = clock_monotonic_usec();

	if (t->wave.is_on && now_usec - t->wave.summed_usec >= WAVE_SUM_USEC)
		sum_up(t, now_usec);
}

static void count(struct metrics *m, const struct journal_decision *d)
{
	metrics_count(m, d->verdict->zone, d->verdict->decision.reason);
	m->renewals += journal_is_renewal(d);
	m->expiries += d->verdict->decision.reason == REASON_EXPIRED;
	if (d->took_usec > 0)
		metrics_took(m, d->took_usec);
}

/* Without a line it is told at one of the next decisions. */
static void check_expectation(struct teller *t, const struct verdict *v)
{
	const struct config *c = t->in_force->config;

	if (expectation_is_due(&t->expectations, c, v) && wave_has_line(t))
		expectation_tell(&t->expectations, c, v);
}

void wave_tell(struct teller *t, const struct journal_decision *d)
{
	count(&t->metrics, d);
	refusals_forget(&t->refusals, d->verdict->facts.device);
	if (d->record.sequence > 0)
		t->wave.head = d->record;
	if (journal_is_renewal(d)) {
		t->wave.renewals++;
		journal_decision(d);              /* at debug level */
		check_expectation(t, d->verdict); /* the inventory may be another one than before */
		return;
	}
	if (wave_has_line(t)) {
		journal_decision(d);
	} else {
		count_change(t, d);
		sum_up_if_due(t);
	}
	check_expectation(t, d->verdict);
	if (t->on_change)
		t->on_change(d->verdict, d->zone_before, t->userdata);
}

void wave_move(struct teller *t, const struct verdict *before, const struct verdict *after)
{
	if (wave_has_line(t)) {
		journal_move(t->in_force->config, before, after);
		return;
	}
	t->wave.now.moved++;
	t->wave.now.flapping += journal_is_flapping(before, after);
}

void wave_not_judged(struct teller *t, const struct verdict *v, enum hallmark_reason reason, const char *warning)
{
	metrics_count(&t->metrics, "", reason);
	if (wave_has_line(t)) {
		journal_not_judged(t->in_force->config, v, reason, warning);
		return;
	}
	t->wave.now.not_judged++;
	count_reason(t->wave.now.refusals, reason, 1);
	sum_up_if_due(t);
}

void wave_fault(struct teller *t, const char *message_id, const char *text)
{
	if (wave_has_line(t))
		journal_event(LOG_ERR, message_id, "%s", text);
	else
		t->wave.now.faults++;
}

void wave_refused(struct teller *t, const struct verdict *v, const char *text)
{
	if (wave_has_line(t))
		journal_refused(t->in_force->config, v, text);
	else
		t->wave.now.faults++;
}
