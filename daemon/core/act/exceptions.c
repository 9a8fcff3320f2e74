/* SPDX-License-Identifier: Apache-2.0 */
#include "core/act/exceptions.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/budget.h"
#include "base/bytes.h"
#include "base/journal.h"
#include "config/config.h"
#include "config/exceptions.h"
#include "config/inventory.h"
#include "core/devices/in_force.h"
#include "core/settle/admissions.h"
#include "core/settle/settle.h"
#include "core/settle/settler.h"
#include "core/tell/journal_entry.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "hallmark/journal.h"

/* --- The kernel --- */

static const char *zone_of(const struct config *c, const struct exception *e)
{
	return c->policy.zones[e->zone].name;
}

/* Whether its place has the same zone by one in another configuration too. */
static bool is_kept(const struct config *former, const struct exception *e, const struct config *c, int64_t now_sec)
{
	const struct exception *next = exception_at(c->inventory, e->interface, e->mac);

	return next && strcmp(next->port, e->port) == 0 && exception_counts(next, &c->ruleset, now_sec) &&
	       strcmp(zone_of(c, next), zone_of(former, e)) == 0;
}

void exceptions_replace(struct settling *s, const struct config *former)
{
	struct settler *settler = s->settler;
	const struct config *config = settler->in_force->config;

	for (size_t i = 0; i < settler->excepted.n; i++) {
		const struct exception *e = &former->inventory->exceptions[i];

		if (settler->excepted.of[i].now == EXCEPTION_IN_FORCE && !is_kept(former, e, config, s->now_sec))
			settle_except(s, e, false);
	}
	excepted_begin(settler, former, s->now_sec);
	for (size_t i = 0; i < settler->excepted.n; i++) {
		const struct exception *e = &config->inventory->exceptions[i];

		if (settler->excepted.of[i].now == EXCEPTION_IN_FORCE &&
		    exception_counts(e, &config->ruleset, s->now_sec))
			settle_except(s, e, true);
	}
}

static void on_change(const struct exception *e, bool is_in_force, void *userdata)
{
	settle_except(userdata, e, is_in_force);
}

/* Whether the time of one has ended that counted until now. */
static bool has_ended(const struct settler *settler, int64_t now_sec)
{
	const struct exception *list = settler->in_force->config->inventory->exceptions;

	for (size_t i = 0; i < settler->excepted.n; i++)
		if (settler->excepted.of[i].now != EXCEPTION_OVER && list[i].until_sec <= now_sec)
			return true;
	return false;
}

/* The kernel has ended those whose time is over; the addresses that get answers are removed here. */
static void mark(struct settler *settler)
{
	struct settling s = { 0 };

	settle_begin(&s, settler, admissions_now(settler));
	excepted_mark(settler, s.now_sec, on_change, &s);
	if (s.n > 0)
		(void)settle_end(&s); /* what the kernel refuses, the comparison corrects */
	settle_done(&s);
}

/* --- The journal --- */

static const char *const events[] = {
	[EXCEPTION_OVER] = "ended",
	[EXCEPTION_REPLACED] = "replaced",
	[EXCEPTION_IN_FORCE] = "in force",
};

static const char *describe(enum exception_state state)
{
	switch (state) {
	case EXCEPTION_OVER:
		return "has ended: the device is in quarantine until it attests, or has a new exception";
	case EXCEPTION_REPLACED:
		return "is replaced: a device has attested there, and what was decided about it counts";
	default:
		return "is in force again: the clock was set back";
	}
}

static void tell(const struct config *c, const struct exception *e, enum exception_state state)
{
	const struct inventory_row *row = &c->inventory->rows[e->row];
	const char *at = e->port[0] ? e->port : e->interface, *zone = zone_of(c, e), *segment;
	char mac[MAC_TEXT_SIZE], text[ENTRY_TEXT_SIZE];
	struct verdict v = { 0 };
	struct entry entry;

	memcpy(v.interface, e->interface, sizeof(v.interface));
	memcpy(v.port, e->port, sizeof(v.port));
	segment = inventory_segment_of(c, row, &v);
	(void)snprintf(text, sizeof(text), "The exception of %s%s%s (MAC %s) on %s, for zone %s, %s",
		       row->name[0] ? row->name : "a device", segment[0] ? ", " : "", segment, mac_to_text(e->mac, mac),
		       at, zone, describe(state));
	entry_begin(&entry, state == EXCEPTION_OVER ? LOG_WARNING : LOG_NOTICE, HALLMARK_MESSAGE_EXCEPTION, text);
	entry_add(&entry, HALLMARK_FIELD_EXCEPTION, "%s", events[state]);
	entry_add(&entry, HALLMARK_FIELD_ZONE, "%s", zone);
	entry_add(&entry, HALLMARK_FIELD_INTERFACE, "%s", e->interface);
	entry_add(&entry, HALLMARK_FIELD_BRIDGE_PORT, "%s", e->port);
	entry_add(&entry, HALLMARK_FIELD_MAC, "%s", mac);
	entry_add_row(&entry, row, segment);
	entry_send(&entry);
}

/* The end of one that a verdict has replaced changes nothing. */
static bool is_news(const struct exception_states *states)
{
	return states->now != states->told && (states->told == EXCEPTION_IN_FORCE || states->now == EXCEPTION_IN_FORCE);
}

static void tell_changes(struct settler *settler)
{
	size_t n_untold[EXCEPTION_IN_FORCE + 1] = { 0 };

	for (size_t i = 0; i < settler->excepted.n; i++) {
		struct exception_states *states = &settler->excepted.of[i];
		const bool is_told = is_news(states);

		if (is_told && budget_take(&settler->excepted.lines, EXCEPTIONS_LINES, EXCEPTIONS_LINE_USEC,
					   clock_monotonic_usec()))
			tell(settler->in_force->config, &settler->in_force->config->inventory->exceptions[i],
			     (enum exception_state)states->now);
		else
			n_untold[states->now] += is_told;
		states->told = states->now;
	}
	if (n_untold[EXCEPTION_OVER] + n_untold[EXCEPTION_REPLACED] + n_untold[EXCEPTION_IN_FORCE] > 0)
		journal_event(
			LOG_WARNING, HALLMARK_MESSAGE_EXCEPTIONS,
			"More exceptions have changed, and have no entry: %zu have ended, %zu are replaced because "
			"their device has attested, %zu are in force again. `hallmarkctl list --unknown` shows those "
			"in force",
			n_untold[EXCEPTION_OVER], n_untold[EXCEPTION_REPLACED], n_untold[EXCEPTION_IN_FORCE]);
}

/* The first row whose exception is over; NULL: there is none. */
static const struct inventory_row *count_over(const struct settler *settler, size_t *ret_n)
{
	const struct inventory *inventory = settler->in_force->config->inventory;
	const struct inventory_row *first = NULL;

	*ret_n = 0;
	for (size_t i = 0; i < settler->excepted.n; i++) {
		const struct inventory_row *row = &inventory->rows[inventory->exceptions[i].row];

		if (settler->excepted.of[i].now != EXCEPTION_OVER)
			continue;
		(*ret_n)++;
		if (!first || row < first)
			first = row;
	}
	return first;
}

void exceptions_tell_all(struct settler *settler)
{
	const int64_t now_sec = admissions_now(settler);
	const struct inventory_row *over;
	size_t n_over, n;
	char until[32];
	int64_t next_sec;

	if (settler->excepted.n == 0)
		return;
	if (settler->time.is_disciplined)
		(void)exceptions_check_ends(settler->in_force->config, now_sec); /* those are not in force */
	n = excepted_count(settler, now_sec, &next_sec);
	over = count_over(settler, &n_over);
	if (n > 0)
		journal_event(LOG_WARNING, HALLMARK_MESSAGE_EXCEPTIONS,
			      "EXCEPTIONS IN FORCE: %zu devices are in a zone by the inventory, without a proof. The "
			      "next one "
			      "ends at %s. `hallmarkctl list --unknown` shows them",
			      n, time_to_text(next_sec, until));
	if (over)
		journal_event(LOG_NOTICE, HALLMARK_MESSAGE_EXCEPTIONS,
			      "%zu exceptions of the inventory are not in force, the first in line %u of %s: their "
			      "devices are in "
			      "quarantine until they attest",
			      n_over, over->at.line, settler->in_force->config->inventory->files[over->file].path);
}

void exceptions_sweep(struct settler *settler)
{
	if (settler->excepted.n == 0)
		return;
	if (clock_monotonic_usec() - settler->excepted.marked_usec >= EXCEPTIONS_MARK_USEC ||
	    has_ended(settler, admissions_now(settler)))
		mark(settler);
	tell_changes(settler);
}
