/* SPDX-License-Identifier: Apache-2.0 */
#include "core/settle/settle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/journal.h"
#include "base/log.h"
#include "base/stage.h"
#include "base/timekeeper.h"
#include "config/config.h"
#include "core/devices/in_force.h"
#include "core/devices/registry.h"
#include "core/settle/ending.h"
#include "core/settle/excepted.h"
#include "core/settle/ledger.h"
#include "core/settle/renewal.h"
#include "core/settle/settle_inside.h"
#include "core/settle/settler.h"
#include "core/tell/journal.h"
#include "core/tell/refusals.h"
#include "core/tell/teller.h"
#include "core/tell/wave.h"
#include "decide/occupancy.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "enforce/membership.h"
#include "enforce/ruleset.h"
#include "hallmark/journal.h"
#include "ipc/supervisor.h"
#include "store/orders.h"
#include "store/store.h"

#define STORE_DELAY_USEC 50000 /* maximum delay of grants to the store */

/* What the kernel gets, or has, of it the next comparison removes. */
static void forget(struct settler *settler, const struct verdict *v)
{
	log_error("Out of memory: a verdict is not remembered; its device must attest again");
	registry_remove(settler->registry, v->facts.device);
	settler->tables.is_drifting = true;
}

/* --- The transaction for grants --- */

struct writing {
	sd_event_source *timer;
	bool is_open;
	uint64_t number; /* of the latest transaction; 0: there was none */
};

/* The stored signed inputs may be of an earlier verdict. */
static void note_unstored(struct settler *settler, const struct verdict *v)
{
	struct verdict now = *v;

	now.is_unstored = true;
	if (registry_change(settler->registry, &now) < 0)
		forget(settler, v);
}

/* A renewal is written without signed inputs: those that the store holds are good. */
static void mark_unstored(const struct verdict *v, void *userdata)
{
	struct settler *settler = userdata;
	struct stored_row *row = registry_row(settler->registry, v->facts.device);

	if (row->row_in == settler->writing->number)
		renewal_stored(row, v, -EIO, 0);
	if (row->inputs_in == settler->writing->number)
		note_unstored(settler, v);
}

void settle_flush(struct settler *settler)
{
	AT_STAGE(STAGE_STORE);
	struct writing *w = settler->writing;

	if (!w || !w->is_open)
		return;
	w->is_open = false;
	(void)sd_event_source_set_enabled(w->timer, SD_EVENT_OFF);
	(void)store_raise_time_floor(settler->store, timekeeper_now(&settler->time));
	if (store_commit(settler->store) == 0)
		return;
	journal_event(LOG_ERR, HALLMARK_MESSAGE_STORE,
		      "Cannot store the latest verdicts and their entries in the record: they are in force, but a "
		      "power cut would lose them");
	registry_each(settler->registry, mark_unstored, settler);
}

/* Also flushes to the disk: a commit alone may stay in the WAL (store.h). */
static void sync_store(struct settler *settler)
{
	AT_STAGE(STAGE_STORE);

	settle_flush(settler);
	if (store_sync(settler->store) < 0)
		journal_event(LOG_ERR, HALLMARK_MESSAGE_STORE,
			      "Cannot flush the store to the disk; hallmarkd tries again");
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	settle_flush(userdata);
	return 0;
}

void settle_open(struct settler *settler)
{
	struct writing *w = settler->writing;

	if (!w || w->is_open || store_begin(settler->store) < 0)
		return;
	w->is_open = true;
	w->number++;
	(void)sd_event_source_set_time_relative(w->timer, STORE_DELAY_USEC);
	(void)sd_event_source_set_enabled(w->timer, SD_EVENT_ONESHOT);
}

int settle_start(struct settler *settler, sd_event *event)
{
	struct writing *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	settler->writing = w;
	r = sd_event_add_time(event, &w->timer, CLOCK_MONOTONIC, 0, 1000, on_timer, settler);
	return r < 0 ? r : sd_event_source_set_enabled(w->timer, SD_EVENT_OFF);
}

void settle_stop(struct settler *settler)
{
	if (!settler->writing)
		return;
	settle_renewals(settler);
	settle_flush(settler);
	sd_event_source_disable_unref(settler->writing->timer);
	free(TAKE_PTR(settler->writing));
}

/* --- Store and registry --- */

/* Returns NULL when it is not remembered. */
static struct stored_row *remember(struct settler *settler, const struct verdict *v)
{
	if (registry_put(settler->registry, v) < 0)
		forget(settler, v);
	return registry_row(settler->registry, v->facts.device);
}

/* The same for one that is the former one but for times, addresses, result and numbers: its edition stays. */
static struct stored_row *remember_change(struct settler *settler, const struct verdict *v)
{
	if (registry_change(settler->registry, v) < 0)
		forget(settler, v);
	return registry_row(settler->registry, v->facts.device);
}

void settle_renumber(struct settler *settler, const struct verdict *v)
{
	(void)(v->was_admitted ? remember(settler, v) : remember_change(settler, v));
}

static int put_row(struct settler *settler, const struct verdict *v, const struct signed_inputs *inputs)
{
	const uint64_t number = settler->writing ? settler->writing->number : 0;
	struct stored_row *row = registry_row(settler->registry, v->facts.device);
	int r = store_put(settler->store, v, inputs);

	if (!row)
		return r;
	renewal_stored(row, v, r, timekeeper_now(&settler->time));
	row->row_in = number;
	if (inputs)
		row->inputs_in = number;
	return r;
}

/* The record's last entry of the device is about this verdict. */
static int record_renewals(struct settler *settler, const struct verdict *v)
{
	return v->renewals > 0 ? record_renew(settler->store, v->facts.device, v->renewals, v->attested_sec) : 0;
}

/* Before another verdict replaces this one: the record's last entry is about this one. */
static void note_renewals(struct settler *settler, const uint8_t device[static SHA256_LEN])
{
	const struct stored_row *row = registry_row(settler->registry, device);
	struct verdict room;
	const struct verdict *v = row && row->is_behind ? registry_find(settler->registry, device, &room) : NULL;

	if (v && v->was_admitted)
		(void)record_renewals(settler, v);
}

/* What it showed is kept until it shows something else: an operator may still allow it. */
static void keep_stranger(struct settler *settler, const struct verdict *v, const struct signed_inputs *inputs)
{
	if (!inputs) {
		(void)remember_change(settler, v);
		return;
	}
	(void)remember(settler, v);
	registry_keep_inputs(settler->registry, v->facts.device, inputs);
}

/*
 * A device that was never admitted is not stored: strangers must not be able to fill the flash memory. `has_entry`: the
 * record gets an entry of it.
 */
static void keep(struct settler *settler, const struct verdict *v, const struct signed_inputs *inputs, bool has_entry)
{
	struct verdict kept = *v;

	if (!v->was_admitted) {
		keep_stranger(settler, v, inputs);
		return;
	}
	settle_open(settler);
	note_renewals(settler, v->facts.device);
	if (has_entry)
		kept.renewals = 0;
	(void)remember(settler, &kept);
	if (put_row(settler, &kept, inputs) == 0)
		return;
	wave_fault(settler->teller, HALLMARK_MESSAGE_STORE,
		   "Cannot store a verdict: it is in force, but a power cut would lose it");
	if (inputs)
		note_unstored(settler, &kept);
}

/* Verdict and record in one transaction. The signed inputs stay: those of the renewals say the same. */
static int store_renewals(struct settler *settler, const struct verdict *held)
{
	int r;

	settle_open(settler);
	r = put_row(settler, held, NULL);
	if (r == 0)
		r = record_renewals(settler, held);
	if (r < 0)
		renewal_stored(registry_row(settler->registry, held->facts.device), held, r, 0);
	return r;
}

/* `row` is NULL when it is not remembered. */
static void store_if_due(struct settler *settler, const struct verdict *kept, struct stored_row *row, int64_t now_sec)
{
	if (!row)
		return;
	row->is_behind = true;
	if (renewal_is_due(kept, row, now_sec) && store_renewals(settler, kept) < 0)
		wave_fault(settler->teller, HALLMARK_MESSAGE_STORE,
			   "Cannot store a renewal: it is in force, but a restart would load the admission's former "
			   "end and address");
}

static void keep_renewal(struct settler *settler, const struct verdict *v, int64_t renewals, int64_t now_sec)
{
	struct verdict kept = *v;

	kept.renewals = renewals;
	store_if_due(settler, &kept, remember(settler, &kept), now_sec);
}

/* At stop all devices may have some. */
#define RENEWALS_MAX 500 /* in one transaction */

struct pending_renewals {
	struct settler *settler;
	size_t n;
};

static void store_pending(const struct verdict *v, void *userdata)
{
	struct pending_renewals *p = userdata;

	if (!v->was_admitted || !registry_row(p->settler->registry, v->facts.device)->is_behind)
		return;
	(void)store_renewals(p->settler, v);
	if (++p->n % RENEWALS_MAX == 0)
		settle_flush(p->settler);
}

void settle_renewals(struct settler *settler)
{
	struct pending_renewals p = { .settler = settler };

	registry_each(settler->registry, store_pending, &p);
}

void settle_amend(struct settler *settler, const struct verdict *v)
{
	if (!v->was_admitted)
		return;
	settle_open(settler);
	note_renewals(settler, v->facts.device);
	if (put_row(settler, v, NULL) < 0)
		wave_fault(settler->teller, HALLMARK_MESSAGE_STORE,
			   "Cannot store what the clock or a new version changed in a verdict: it is in force, but a "
			   "restart would load the former one");
}

void settle_move_time(struct settler *settler, const struct verdict *v)
{
	const bool is_kept = registry_change(settler->registry, v) == 0;

	if (settler->store)
		settle_amend(settler, v);
	if (!is_kept)
		forget(settler, v);
}

void settle_amend_order(struct settler *settler, const struct order *order)
{
	settle_open(settler);
	if (store_order_put(settler->store, order) < 0)
		journal_event(LOG_ERR, HALLMARK_MESSAGE_STORE,
			      "Cannot store an order whose times moved with the clock");
}

void settle_forget(struct settler *settler, const uint8_t device[static SHA256_LEN])
{
	registry_remove(settler->registry, device);
	(void)store_remove(settler->store, device);
}

/*
 * One transaction, which settle_end() flushes to the disk: after a quarantine, the operator may switch the power off.
 */
static int write_ordered(struct settling *s, struct settlement *x, struct verdict *after, const struct order *order,
			 const char *what)
{
	struct settler *settler = s->settler;
	const struct verdict *held;
	struct verdict room;
	int r;

	settle_flush(settler);
	held = registry_find(settler->registry, after->facts.device, &room);
	after->is_unstored |= held && held->is_unstored; /* the flush may have failed */
	r = store_begin(settler->store);
	if (r < 0)
		return r;
	note_renewals(settler, after->facts.device);
	if (order)
		r = store_order_put(settler->store, order);
	else if (!x->is_demand)
		r = store_order_remove(settler->store, after->facts.device);
	if (r == 0)
		r = store_put(settler->store, after, registry_inputs(settler->registry, after->facts.device));
	if (r == 0)
		r = ledger_append_order(settler, after, x->zone_before, what, x->by, &x->record);
	if (r == 0)
		r = store_commit(settler->store);
	else
		store_rollback(settler->store);
	if (r < 0)
		x->record = (struct record_mark){ 0 }; /* there is no such entry */
	s->has_denial = true;                          /* every order goes to the disk at once */
	return r;
}

/* --- One device --- */

static bool is_at_place(const struct verdict *v, int64_t now_sec)
{
	return v->interface[0] && occupancy_of(v, now_sec) != OCCUPANCY_NONE;
}

/* Whether the kernel may still hold something of it: it counts time by its own clock. */
static bool had_place(const struct verdict *v)
{
	return v && v->interface[0] && (v->decision.zone != ZONE_QUARANTINE || v->monitored_until_sec);
}

size_t settle_add_element(struct settling *s, const struct element *e)
{
	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : 256;
		struct element *elements = reallocarray(s->elements, room, sizeof(*elements));

		if (!elements) { /* the comparison with the kernel corrects it */
			log_error("Out of memory: the kernel gets this change later");
			s->settler->tables.is_drifting = true;
			return 0;
		}
		s->elements = elements;
		s->room = room;
	}
	s->elements[s->n] = *e;
	return ++s->n;
}

static size_t add_element(struct settling *s, const struct verdict *v, bool is_out)
{
	struct element e = verdict_element(v, s->now_sec);

	if (is_out) {
		e.zone = ZONE_QUARANTINE;
		e.monitored_sec = 0;
	}
	return settle_add_element(s, &e);
}

void settle_except(struct settling *s, const struct exception *e, bool is_in)
{
	struct element element = excepted_element(e, s->now_sec);

	if (!is_in)
		element.zone = ZONE_QUARANTINE;
	(void)settle_add_element(s, &element);
}

/*
 * What the kernel must change so that the device is at the new verdict's place, and nowhere else. Removing is
 * idempotent, so an admission that ended by the clock is removed, too.
 */
void settle_place(struct settling *s, struct settlement *x, const struct verdict *after)
{
	const bool is_in = is_at_place(after, s->now_sec);
	const struct exception *replaced = excepted_replace(s->settler, after);

	if (replaced)
		settle_except(s, replaced, false);
	memcpy(x->device, after->facts.device, sizeof(x->device));
	if (had_place(x->before) &&
	    !(is_in && place_is_same(x->before, after) && place_has_same_addresses(x->before, after)))
		x->out = add_element(s, x->before, true);
	if (is_in)
		x->in = add_element(s, after, false);
	s->has_denial |= x->out > 0 && !x->is_renewal; /* after a restart the device must not be at its former place */
	TAILQ_INSERT_TAIL(&s->settlements, x, entries);
}

/* Whether the verdict is worth no more than the one before: that must not return with a restart. */
static bool is_denial(const struct settling *s, const struct settlement *x, const struct verdict *after)
{
	return after->decision.zone == ZONE_QUARANTINE ||
	       (strcmp(x->zone_before, after->zone) != 0 &&
		!zone_is_better(&s->settler->in_force->config->policy, after->zone, x->zone_before));
}

static void add(struct settling *s, struct settlement *x, const struct verdict *after)
{
	x->is_denial |= is_denial(s, x, after);
	s->has_denial |= x->is_denial && x->before && x->before->was_admitted && !x->is_renewal;
	if (x->is_demand)
		ending_demand(&s->settler->ending, after->facts.device);
	else
		ending_note(&s->settler->ending, &s->settler->in_force->config->policy, x->zone_before, after);
	settle_place(s, x, after);
}

static bool is_renewal(const struct settlement *x, const struct verdict *after)
{
	return x->cause == CAUSE_ATTESTED && x->before && strcmp(x->zone_before, after->zone) == 0 &&
	       renewal_is_equal(x->before, after);
}

void settle_put(struct settling *s, struct settlement *x, const struct verdict *after)
{
	AT_STAGE(STAGE_STORE);

	x->has_evidence = x->inputs != NULL;
	x->is_renewal = is_renewal(x, after);
	if (x->is_renewal)
		keep_renewal(s->settler, after, x->before->renewals + 1, s->now_sec);
	else
		keep(s->settler, after, x->keeps_stored ? NULL : x->inputs, x->cause != CAUSE_NONE);
	if (x->cause != CAUSE_NONE && !x->is_renewal)
		x->record = ledger_append(s->settler, x->cause, after, x->zone_before);
	add(s, x, after);
}

void settle_readdress(struct settling *s, struct settlement *x, const struct verdict *after)
{
	AT_STAGE(STAGE_STORE);

	x->is_renewal = true;
	store_if_due(s->settler, after, remember_change(s->settler, after), s->now_sec);
	settle_place(s, x, after);
}

int settle_put_ordered(struct settling *s, struct settlement *x, const struct verdict *after, const struct order *order,
		       const char *what)
{
	AT_STAGE(STAGE_STORE);
	struct verdict v = *after;
	struct stored_row *row;
	int r;

	v.renewals = 0; /* the record gets an entry */
	r = write_ordered(s, x, &v, order, what);
	if (r < 0)
		return r;
	row = remember(s->settler, &v);
	if (row)
		renewal_stored(row, &v, 0, s->now_sec);
	add(s, x, after);
	return 0;
}

/* --- All devices --- */

void settle_begin(struct settling *s, struct settler *settler, int64_t now_sec)
{
	*s = (struct settling){ .settler = settler,
				.now_sec = now_sec,
				.reckoned_usec = clock_monotonic_usec(),
				.elements = s->elements,
				.room = s->room };
	TAILQ_INIT(&s->settlements);
}

void settle_done(struct settling *s)
{
	free(s->elements);
	*s = (struct settling){ 0 };
}

/* Whether the former verdict can hold again: it has not ended meanwhile, and no other device has its place. */
static bool may_come_back(const struct settler *settler, const struct settlement *x)
{
	struct verdict rooms[2];
	const struct verdict *now = registry_find(settler->registry, x->device, &rooms[0]);
	const struct verdict *there =
		x->before ? registry_at_place(settler->registry, x->before->interface, x->before->mac, &rooms[1]) :
			    NULL;

	return x->before && now && now->decision.reason != REASON_DISPLACED &&
	       zone_by_name(&settler->in_force->config->policy, x->before->zone) >= 0 &&
	       (!there || memcmp(there->facts.device, x->device, SHA256_LEN) == 0 ||
		ruleset_shares(&settler->in_force->config->ruleset, there->interface, there->mac));
}

/* Rules may have other numbers now. */
static struct verdict former_of(const struct settling *s, const struct settlement *x)
{
	struct verdict v = *x->before;

	if (!s->former)
		return v;
	v.decision.zone = (uint8_t)zone_by_name(&s->settler->in_force->config->policy, v.zone);
	v.decision.rule = -1;
	v.decision.n_refusals = 0;
	return v;
}

/* The kernel refused a grant: the former verdict holds again, or none. */
static void undo(struct settling *s, struct settlement *x, const struct verdict *after)
{
	struct settler *settler = s->settler;
	const bool returns = may_come_back(settler, x), is_recorded = x->cause != CAUSE_NONE;
	struct verdict v;

	x->is_undone = true;
	if (returns) {
		v = former_of(s, x);
	} else {
		v = *after;
		verdict_end(&v, &settler->in_force->config->policy, s->now_sec);
		v.decision.reason = REASON_KERNEL;
	}
	v.was_admitted = true; /* the store holds the grant: this must replace it there too */
	if (x->is_renewal && returns) {
		keep_renewal(settler, &v, v.renewals, s->now_sec);
		return;
	}
	keep(settler, &v, NULL, is_recorded);
	if (is_recorded)
		(void)ledger_append(settler, CAUSE_UNDONE, &v, after->zone);
}

static const struct verdict *verdict_of(const struct settling *s, const struct settlement *x, struct verdict *room)
{
	return x->after ? x->after : registry_find(s->settler->registry, x->device, room);
}

/* A grant fails when the kernel refuses its new place; a denial also when the kernel keeps its old place. */
static int error_of(const struct settling *s, const struct settlement *x)
{
	int error = x->in > 0 ? s->elements[x->in - 1].error : 0;

	return error == 0 && x->is_denial && x->out > 0 ? s->elements[x->out - 1].error : error;
}

/* The latest first: for a device that occurs twice, the earliest `before` remains. */
static void note_refusals(struct settling *s)
{
	struct settlement *x;

	TAILQ_FOREACH_REVERSE(x, &s->settlements, settlements, entries)
	{
		const struct verdict *v;
		struct verdict after;

		x->error = error_of(s, x);
		v = x->error != 0 ? verdict_of(s, x, &after) : NULL;
		if (!v)
			continue;
		after = *v;
		if (!x->is_denial && !x->is_final)
			undo(s, x, &after);
		if (s->on_refused)
			s->on_refused(x, &after, s->userdata);
	}
}

static void tell(struct settler *settler, const struct settlement *x, const struct verdict *v)
{
	const struct journal_decision d = {
		.config = settler->in_force->config,
		.verdict = v,
		.before = x->is_demand ? NULL : x->before, /* else it is taken for a renewal */
		.zone_before = x->zone_before,
		.record = x->record,
		.took_usec = x->received_usec ? clock_monotonic_usec() - x->received_usec : 0,
	};

	settler->teller->metrics.decisions += x->is_counted;
	if (x->before && !place_is_same(x->before, v))
		wave_move(settler->teller, x->before, v);
	wave_tell(settler->teller, &d);
}

static void tell_all(struct settling *s)
{
	AT_STAGE(STAGE_TELL);
	struct settlement *x;
	struct verdict room;

	TAILQ_FOREACH(x, &s->settlements, entries)
	{
		const struct verdict *v = x->is_told && !x->is_undone ? verdict_of(s, x, &room) : NULL;

		if (!v)
			continue;
		if (x->error == 0)
			tell(s->settler, x, v);
		else if (strcmp(x->zone_before, v->zone) != 0)
			refusals_add(s->settler->teller, v, x->zone_before, &x->record, x->error);
	}
	if (s->answer)
		s->answer(s->userdata);
}

int settle_end(struct settling *s)
{
	struct settler *settler = s->settler;
	int r;

	if (s->has_denial && !s->is_over)
		sync_store(settler);
	r = settle_enforce(s);
	if (r < 0)
		note_refusals(s);
	ending_send(&settler->ending, settler->supervisor);
	tell_all(s);
	return r;
}
