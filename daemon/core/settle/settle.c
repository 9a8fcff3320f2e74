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
#include "base/timekeeper.h"
#include "config/config.h"
#include "core/devices/in_force.h"
#include "core/devices/registry.h"
#include "core/settle/ending.h"
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

/* --- The transaction for grants --- */

struct writing {
	sd_event_source *timer;
	bool is_open;
	uint64_t number; /* of the latest transaction; 0: there was none */
};

/* A renewal is written without signed inputs: those that the store holds are good. */
static void mark_unstored(struct verdict *v, void *userdata)
{
	const struct writing *w = userdata;

	if (v->stored.row_in == w->number)
		renewal_stored(v, -EIO, 0);
	if (v->stored.inputs_in == w->number)
		v->is_unstored = true;
}

void settle_flush(struct settler *settler)
{
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
	registry_each(settler->registry, mark_unstored, w);
}

/* Also flushes to the disk: a commit alone may stay in the WAL (store.h). */
static void sync_store(struct settler *settler)
{
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

/* On failure (logged) the verdict holds until its device attests again. */
static struct verdict *remember(struct registry *registry, const struct verdict *v)
{
	struct verdict *held = registry_find(registry, v->facts.device);
	const struct stored_row stored = held ? held->stored : (struct stored_row){ 0 };

	if (registry_put(registry, v) < 0)
		log_error("Out of memory: a verdict is not remembered; its device must attest again");
	held = registry_find(registry, v->facts.device);
	if (held)
		held->stored = stored; /* a new verdict does not change the store */
	return held;
}

/* Writes the verdict that the registry holds, or `v` when it holds none. */
static int put_row(struct settler *settler, struct verdict *held, const struct verdict *v,
		   const struct signed_inputs *inputs)
{
	const uint64_t number = settler->writing ? settler->writing->number : 0;
	int r = store_put(settler->store, held ? held : v, inputs);

	if (!held)
		return r;
	renewal_stored(held, r, timekeeper_now(&settler->time));
	held->stored.row_in = number;
	if (inputs)
		held->stored.inputs_in = number;
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
	const struct verdict *v = registry_find(settler->registry, device);

	if (v && v->was_admitted && v->stored.is_behind)
		(void)record_renewals(settler, v);
}

/*
 * A device that was never admitted is not stored: strangers must not be able to fill the flash memory. `has_entry`: the
 * record gets an entry of it.
 */
static void keep(struct settler *settler, const struct verdict *v, const struct signed_inputs *inputs, bool has_entry)
{
	struct verdict *held;

	if (v->was_admitted) {
		settle_open(settler);
		note_renewals(settler, v->facts.device);
	}
	held = remember(settler->registry, v);
	if (!v->was_admitted) {
		if (inputs)
			registry_keep_inputs(settler->registry, v->facts.device, inputs);
		return;
	}
	if (held && has_entry)
		held->renewals = 0;
	if (put_row(settler, held, v, inputs) == 0)
		return;
	wave_fault(settler->teller, HALLMARK_MESSAGE_STORE,
		   "Cannot store a verdict: it is in force, but a power cut would lose it");
	if (held && inputs)
		held->is_unstored = true;
}

/* Verdict and record in one transaction. The signed inputs stay: those of the renewals say the same. */
static int store_renewals(struct settler *settler, struct verdict *held)
{
	int r;

	settle_open(settler);
	r = put_row(settler, held, held, NULL);
	if (r == 0)
		r = record_renewals(settler, held);
	if (r < 0)
		renewal_stored(held, r, 0);
	return r;
}

static void keep_renewal(struct settler *settler, const struct verdict *v, int64_t renewals, int64_t now_sec)
{
	struct verdict *held = remember(settler->registry, v);

	if (!held)
		return;
	held->renewals = renewals;
	held->stored.is_behind = true;
	if (renewal_is_due(held, now_sec) && store_renewals(settler, held) < 0)
		wave_fault(settler->teller, HALLMARK_MESSAGE_STORE,
			   "Cannot store a renewal: it is in force, but a restart would load the admission's former "
			   "end and address");
}

/* At stop all devices may have some. */
#define RENEWALS_MAX 500 /* in one transaction */

struct pending_renewals {
	struct settler *settler;
	size_t n;
};

static void store_pending(struct verdict *v, void *userdata)
{
	struct pending_renewals *p = userdata;

	if (!v->was_admitted || !v->stored.is_behind)
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
	struct verdict *held = registry_find(settler->registry, v->facts.device);

	if (!v->was_admitted)
		return;
	settle_open(settler);
	note_renewals(settler, v->facts.device);
	if (put_row(settler, held, v, NULL) < 0)
		wave_fault(settler->teller, HALLMARK_MESSAGE_STORE,
			   "Cannot store what the clock or a new version changed in a verdict: it is in force, but a "
			   "restart would load the former one");
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
static int write_ordered(struct settling *s, struct settlement *x, const struct verdict *after,
			 const struct order *order, const char *what)
{
	struct settler *settler = s->settler;
	struct verdict begun = *after;
	int r;

	begun.renewals = 0; /* the record gets an entry */
	settle_flush(settler);
	r = store_begin(settler->store);
	if (r < 0)
		return r;
	note_renewals(settler, after->facts.device);
	if (order)
		r = store_order_put(settler->store, order);
	else if (!x->is_demand)
		r = store_order_remove(settler->store, after->facts.device);
	if (r == 0)
		r = store_put(settler->store, &begun, registry_inputs(settler->registry, after->facts.device));
	if (r == 0)
		r = ledger_append_order(settler, after, x->zone_before, what, &x->record);
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

/*
 * What the kernel must change so that the device is at the new verdict's place, and nowhere else. Removing is
 * idempotent, so an admission that ended by the clock is removed, too.
 */
void settle_place(struct settling *s, struct settlement *x, const struct verdict *after)
{
	const bool is_in = is_at_place(after, s->now_sec);

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
	x->is_renewal = true;
	keep_renewal(s->settler, after, after->renewals, s->now_sec);
	settle_place(s, x, after);
}

int settle_put_ordered(struct settling *s, struct settlement *x, const struct verdict *after, const struct order *order,
		       const char *what)
{
	int r = write_ordered(s, x, after, order, what);
	struct verdict *held;

	if (r < 0)
		return r;
	held = remember(s->settler->registry, after);
	if (held) {
		held->renewals = 0;
		renewal_stored(held, 0, s->now_sec);
	}
	add(s, x, after);
	return 0;
}

/* --- All devices --- */

void settle_begin(struct settling *s, struct settler *settler, int64_t now_sec)
{
	*s = (struct settling){ .settler = settler,
				.now_sec = now_sec,
				.reckoned_usec = clock_monotonic_usec(),
				.ipc_fd = settler->supervisor ? supervisor_ipc_fd(settler->supervisor) : -1,
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
	const struct verdict *now = registry_find(settler->registry, x->device);
	const struct verdict *there =
		x->before ? registry_at_place(settler->registry, x->before->interface, x->before->mac) : NULL;

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
	struct verdict v;

	if (may_come_back(settler, x)) {
		v = former_of(s, x);
	} else {
		v = *after;
		verdict_end(&v, &settler->in_force->config->policy, s->now_sec);
		v.decision.reason = REASON_KERNEL;
	}
	v.was_admitted = true; /* the store holds the grant: this must replace it there too */
	keep(settler, &v, NULL, x->cause != CAUSE_NONE && !x->is_renewal);
	if (x->cause != CAUSE_NONE && !x->is_renewal)
		(void)ledger_append(settler, CAUSE_UNDONE, &v, after->zone);
	x->is_undone = true;
}

static const struct verdict *verdict_of(const struct settling *s, const struct settlement *x)
{
	return x->after ? x->after : registry_find(s->settler->registry, x->device);
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
		const struct verdict *v = verdict_of(s, x);

		x->error = error_of(s, x);
		if (x->error == 0 || !v)
			continue;

		const struct verdict after = *v;

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
	struct settlement *x;

	TAILQ_FOREACH(x, &s->settlements, entries)
	{
		const struct verdict *v = verdict_of(s, x);

		if (!v || !x->is_told || x->is_undone)
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
	ending_send(&settler->ending, s->ipc_fd);
	tell_all(s);
	return r;
}
