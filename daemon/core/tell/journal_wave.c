/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A wave as one line, as "9900 changes in 5 s: 9900 into quarantine; 9900 lost a zone; most: label-revoked (9900);
 * ...".
 */
#include "core/tell/journal_wave.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

#include "base/check.h"
#include "base/journal.h"
#include "config/inventory.h"
#include "core/tell/journal_entry.h"
#include "core/tell/wave.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "hallmark/journal.h"
#include "store/record.h"

#define COMMONEST_MAX 3 /* reasons in the text */

/* A text that is being written; what does not fit is cut. */
struct line {
	char text[ENTRY_TEXT_SIZE];
	size_t n;
};

static void put(struct line *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct line *l, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(l->text + l->n, sizeof(l->text) - l->n, format, ap);
	va_end(ap);
	if (n > 0)
		l->n = l->n + (size_t)n < sizeof(l->text) ? l->n + (size_t)n : sizeof(l->text) - 1;
}

/* As " 9900 into quarantine, 3 into trusted", or with '=' for a field. */
static void put_zones(struct line *l, const struct policy *policy, const struct wave_summary *s, bool is_field)
{
	const char *between = "";

	for (size_t i = 0; i < policy->n_zones; i++) {
		if (s->zones[i] == 0)
			continue;
		if (is_field)
			put(l, "%s%s=%" PRIu32, between, policy->zones[i].name, s->zones[i]);
		else
			put(l, "%s%" PRIu32 " into %s", between, s->zones[i], policy->zones[i].name);
		between = is_field ? " " : ", ";
	}
}

static const struct wave_reason *commonest(const struct wave_reason *reasons, uint32_t done)
{
	const struct wave_reason *most = NULL;

	for (size_t i = 0; i < WAVE_REASONS; i++)
		if (reasons[i].n > 0 && !(done & 1U << i) && (!most || reasons[i].n > most->n))
			most = &reasons[i];
	return most;
}

/* The most frequent first, as " label-revoked (9900), crl-stale (3)". */
static void put_reasons(struct line *l, const struct wave_reason *reasons, bool is_field)
{
	uint32_t done = 0;

	for (unsigned k = 0; k < (is_field ? WAVE_REASONS : COMMONEST_MAX); k++) {
		const struct wave_reason *most = commonest(reasons, done);
		const char *name;

		if (!most)
			return;
		done |= 1U << (most - reasons);
		name = most == &reasons[WAVE_OTHERS] ? "others" : reason_name(most->reason);
		if (is_field)
			put(l, "%s%s=%" PRIu32, k > 0 ? " " : "", name, most->n);
		else
			put(l, "%s %s (%" PRIu32 ")", k > 0 ? "," : "", name, most->n);
	}
}

/* How many of the latest entries hold the changes: the number for the operator's command. */
static void put_record(struct line *l, struct store *store, const struct wave_summary *s)
{
	struct record_mark head = { .sequence = s->last_record };

	if (s->unrecorded > 0)
		put(l, "; %" PRIu32 " of unknown devices, which are not in the record", s->unrecorded);
	if (s->first_record == 0)
		return;
	if (store && record_head(store, &head) < 0)
		head.sequence = s->last_record;
	put(l, "; entries %" PRIu64 " to %" PRIu64 " of the record: `hallmarkctl log show --last %" PRIu64 "`",
	    s->first_record, s->last_record, head.sequence - s->first_record + 1);
}

static void describe(const struct policy *policy, struct store *store, const struct wave_summary *s, struct line *l)
{
	put(l, "%s%" PRIu32 " changes not listed one by one in %" PRIu32 " s", s->is_end ? "The wave is over: " : "",
	    s->changes, s->seconds);
	if (s->changes > 0) {
		put(l, ": ");
		put_zones(l, policy, s, false);
		put(l, "; %" PRIu32 " lost a zone; mostly", s->lost);
		put_reasons(l, s->reasons, false);
	}
	if (s->moved > 0)
		put(l, "; %" PRIu32 " moved, %" PRIu32 " of them back and forth", s->moved, s->flapping);
	if (s->not_judged > 0) {
		put(l, "; %" PRIu32 " not judged, mostly", s->not_judged);
		put_reasons(l, s->refusals, false);
	}
	if (s->faults > 0)
		put(l, "; %" PRIu32 " faults of store or kernel", s->faults);
	put_record(l, store, s);
}

static void add_texts(struct entry *e, const struct policy *policy, const struct wave_summary *s)
{
	struct line zones = { 0 }, reasons = { 0 }, refusals = { 0 };

	put_zones(&zones, policy, s, true);
	put_reasons(&reasons, s->reasons, true);
	put_reasons(&refusals, s->refusals, true);
	entry_add(e, HALLMARK_FIELD_ZONES, "%s", zones.text);
	entry_add(e, HALLMARK_FIELD_REASONS, "%s", reasons.text);
	entry_add(e, HALLMARK_FIELD_REFUSALS, "%s", refusals.text);
}

void journal_wave(const struct policy *policy, struct store *store, const struct wave_summary *s,
		  const struct record_mark *head)
{
	struct line l = { 0 };
	struct entry e;

	describe(policy, store, s, &l);
	entry_begin(&e, s->lost > 0 || s->faults > 0 ? LOG_WARNING : LOG_NOTICE, HALLMARK_MESSAGE_WAVE, l.text);
	entry_add(&e, HALLMARK_FIELD_WAVE, "%s", s->is_end ? "over" : "on");
	entry_add(&e, HALLMARK_FIELD_CHANGES, "%" PRIu32, s->changes);
	entry_add(&e, HALLMARK_FIELD_LOST, "%" PRIu32, s->lost);
	entry_add(&e, HALLMARK_FIELD_SECONDS, "%" PRIu32, s->seconds);
	add_texts(&e, policy, s);
	entry_add(&e, HALLMARK_FIELD_RECORD_FIRST, "%" PRIu64, s->first_record);
	entry_add(&e, HALLMARK_FIELD_RECORD_LAST, "%" PRIu64, s->last_record);
	entry_add_record(&e, head);
	entry_send(&e);
}

void journal_renewals(uint32_t n, const struct record_mark *head)
{
	struct line l = { 0 };
	struct entry e;

	put(&l, "%" PRIu32 " renewals: these devices keep their zone for longer", n);
	entry_begin(&e, LOG_INFO, HALLMARK_MESSAGE_RECORD, l.text);
	entry_add_record(&e, head);
	entry_send(&e);
}

void journal_not_judged(const struct config *c, const struct verdict *v, enum hallmark_reason reason,
			const char *warning)
{
	const struct inventory_row *row = inventory_row_of(c, v);
	struct line l = { 0 };
	struct entry e;

	if (warning[0])
		put(&l, "%s", warning);
	else
		put(&l, "%s%s%s at %s was not judged: %s (%s)", row && row->name[0] ? row->name : "A device",
		    row && row->name[0] && row->segment[0] ? ", " : "", row && row->name[0] ? row->segment : "",
		    v->address, reason_name(reason), reason_sentence(reason));
	entry_begin(&e, warning[0] ? LOG_WARNING : LOG_NOTICE, HALLMARK_MESSAGE_NOT_JUDGED, l.text);
	entry_add_device(&e, c, v);
	entry_add(&e, HALLMARK_FIELD_REASON, "%s", reason_name(reason));
	entry_add(&e, HALLMARK_FIELD_REASON_NUMBER, "%d", (int)reason);
	entry_send(&e);
}

void journal_refused(const struct config *c, const struct verdict *v, const char *text)
{
	struct entry e;

	entry_begin(&e, LOG_ERR, HALLMARK_MESSAGE_KERNEL, text);
	entry_add_device(&e, c, v);
	entry_send(&e);
}
