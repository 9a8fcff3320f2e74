/* SPDX-License-Identifier: Apache-2.0 */
/* Lines go out until the window's budget is spent; from then on all is counted, and the sweep sums it up until it is calm. */
#include "core/tell/wave.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/journal.h"
#include "config/config.h"
#include "core/core.h"
#include "core/tell/journal.h"
#include "core/tell/journal_wave.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "hallmark/journal.h"

/* --- the budget --- */

static void begin(struct core *c, uint64_t now_usec)
{
	struct wave *w = &c->wave;

	c->metrics.waves++;
	w->is_on = true;
	w->began_usec = w->summed_usec = now_usec;
	w->now = w->all = (struct wave_summary){ 0 };
}

bool wave_has_line(struct core *c)
{
	struct wave *w = &c->wave;
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
	begin(c, now_usec);
	return false;
}

/* --- counting --- */

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

static void count_change(struct core *c, const struct journal_decision *d)
{
	struct wave_summary *s = &c->wave.now;
	const struct verdict *v = d->verdict;
	bool is_other = strcmp(d->zone_before, v->zone) != 0;

	c->metrics.wave_changes++;
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

/* What one summary told is part of the whole. */
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

/* --- telling --- */

static bool is_empty(const struct wave_summary *s)
{
	return s->changes == 0 && s->moved == 0 && s->not_judged == 0 && s->faults == 0;
}

static void sum_up(struct core *c, uint64_t now_usec)
{
	struct wave *w = &c->wave;

	w->now.seconds = (uint32_t)((now_usec - w->summed_usec + USEC_PER_SEC - 1) / USEC_PER_SEC);
	w->summed_usec = now_usec;
	if (is_empty(&w->now))
		return;
	add_up(&w->all, &w->now);
	journal_wave(c, &w->now);
	if (w->on_summary)
		w->on_summary(c, &w->now);
	w->now = (struct wave_summary){ 0 };
}

static void end(struct core *c, uint64_t now_usec)
{
	struct wave *w = &c->wave;

	w->all.is_end = true;
	w->all.seconds = (uint32_t)((now_usec - w->began_usec + USEC_PER_SEC - 1) / USEC_PER_SEC);
	journal_wave(c, &w->all);
	w->is_on = false;
	w->window_usec = 0;
}

/*
 * Renewals have no line, and so no mark in the journal. Where the record went on all the same, its head is told now and then:
 * whoever writes the record anew cannot go back behind that.
 */
static void pin(struct core *c, uint64_t now_usec)
{
	struct wave *w = &c->wave;

	if (w->pinned_usec == 0)
		w->pinned_usec = now_usec;
	if (w->renewals == 0 || now_usec - w->pinned_usec < WAVE_PIN_USEC)
		return;
	journal_renewals(w->renewals, &w->head);
	w->pinned_usec = now_usec;
	w->renewals = 0;
}

void wave_sweep(struct core *c)
{
	struct wave *w = &c->wave;
	uint64_t now_usec = clock_monotonic_usec();
	bool is_calm = w->now.changes + w->now.not_judged < WAVE_CALM;

	pin(c, now_usec);
	if (!w->is_on || now_usec - w->summed_usec < WAVE_SUM_USEC)
		return;
	sum_up(c, now_usec);
	if (is_calm)
		end(c, now_usec);
}

void wave_flush(struct core *c)
{
	struct wave *w = &c->wave;
	uint64_t now_usec = clock_monotonic_usec();

	if (w->is_on) {
		sum_up(c, now_usec);
		end(c, now_usec);
	}
}

void wave_stop(struct core *c)
{
	wave_flush(c);
	if (c->wave.renewals > 0)
		journal_renewals(c->wave.renewals, &c->wave.head);
	c->wave.renewals = 0;
}

/* A long turn keeps the sweep waiting. */
static void sum_up_if_due(struct core *c)
{
	uint64_t now_usec = clock_monotonic_usec();

	if (c->wave.is_on && now_usec - c->wave.summed_usec >= WAVE_SUM_USEC)
		sum_up(c, now_usec);
}

static void count(struct metrics *m, const struct journal_decision *d)
{
	metrics_count(m, d->verdict->zone, d->verdict->decision.reason);
	m->renewals += journal_is_renewal(d);
	m->expiries += d->verdict->decision.reason == REASON_EXPIRED;
	if (d->took_usec > 0)
		metrics_took(m, d->took_usec);
}

void wave_tell(struct core *c, const struct journal_decision *d)
{
	count(&c->metrics, d);
	refusals_forget(c, d->verdict->facts.device);
	if (d->record.sequence > 0)
		c->wave.head = d->record;
	if (journal_is_renewal(d)) {
		c->wave.renewals++;
		journal_decision(d); /* at debug level */
		return;
	}
	if (wave_has_line(c)) {
		journal_decision(d);
	} else {
		count_change(c, d);
		sum_up_if_due(c);
	}
	if (c->wave.on_change)
		c->wave.on_change(c, d->verdict, d->zone_before);
}

void wave_move(struct core *c, const struct verdict *before, const struct verdict *after)
{
	if (wave_has_line(c)) {
		journal_move(before, after);
		return;
	}
	c->wave.now.moved++;
	c->wave.now.flapping += journal_is_flapping(before, after);
}

void wave_not_judged(struct core *c, const struct verdict *v, enum hallmark_reason reason)
{
	metrics_count(&c->metrics, "", reason);
	if (wave_has_line(c)) {
		journal_not_judged(v, reason);
		return;
	}
	c->wave.now.not_judged++;
	count_reason(c->wave.now.refusals, reason, 1);
	sum_up_if_due(c);
}

void wave_fault(struct core *c, const char *message_id, const char *text)
{
	if (wave_has_line(c))
		journal_event(LOG_ERR, message_id, "%s", text);
	else
		c->wave.now.faults++;
}

void wave_refused(struct core *c, const uint8_t device[static SHA256_LEN], const char *text)
{
	if (wave_has_line(c))
		journal_device_event(LOG_ERR, HALLMARK_MESSAGE_KERNEL, device, "%s", text);
	else
		c->wave.now.faults++;
}
