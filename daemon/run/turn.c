/* SPDX-License-Identifier: Apache-2.0 */
/* Judges, enforces, answers and keeps, in this order; a device gets its answer only after the kernel took it. */
#include "run/turn.h"

#include <errno.h>
#include <stdio.h>
#include <syslog.h>
#include <systemd/sd-id128.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/journal.h"
#include "base/log.h"
#include "hallmark/journal.h"
#include "policy/decide.h"
#include "run/admissions.h"
#include "run/drift.h"
#include "run/journal.h"
#include "run/ledger.h"
#include "run/occupancy.h"
#include "run/orders.h"
#include "run/place.h"
#include "run/result.h"
#include "run/wave.h"
#include "token/submission.h"

#define TURN_MAX         64             /* records of one turn: bounds how long the first waits for its answer */
#define ELEMENTS_MAX     (3 * TURN_MAX) /* out of the old place, in at the new one, and who was there */
#define BUSY_SEC         5              /* a device that was told to come back does so after 5 to 35 s */
#define BUSY_SPREAD_SEC  30
#define STORE_DELAY_USEC 50000 /* grants reach the store this much later at most */

/* One record on its way through the turn. */
struct pending {
	uint64_t id;
	uint64_t received_usec;
	uint8_t code;                 /* of a good answer */
	enum hallmark_reason problem; /* REASON_ADMITTED: answer with the verdict's EAR */
	bool is_news;                 /* a decision, or an admission that moved: goes to the journal */
	bool was_there;               /* `before` is set */
	struct verdict before;        /* what the registry held: comes back when the kernel does not take a grant */
	char zone_before[ZONE_NAME_SIZE];
	struct verdict verdict;
	struct record_mark record; /* its entry in the decision record; sequence 0: none */
};

struct turn {
	struct core *core;
	sd_event_source *store_timer;
	sd_id128_t boot;
	bool store_open;        /* a transaction that the timer will commit */
	uint64_t first_edition; /* of the verdicts in it */
	bool has_denial;        /* this turn ends an admission: that must be on disk before the kernel acts */
	struct ipc_message message;
	struct pending pending[TURN_MAX];
	size_t n_pending;
	struct pending displaced[TURN_MAX]; /* by those: told once the kernel has it */
	size_t n_displaced;
	struct element elements[ELEMENTS_MAX];
	size_t n_elements;
	uint64_t began_usec; /* no timeout was reckoned before */
};

/* --- the store's side --- */

static void mark_unstored(struct verdict *v, void *userdata)
{
	const struct turn *t = userdata;

	if (v->edition >= t->first_edition)
		v->is_unstored = true;
}

void turn_commit(struct turn *t)
{
	if (!t->store_open)
		return;
	t->store_open = false;
	(void)sd_event_source_set_enabled(t->store_timer, SD_EVENT_OFF);
	(void)store_raise_time_floor(t->core->store, admissions_now(t->core));
	if (store_commit(t->core->store) == 0)
		return;
	journal_event(
		LOG_ERR, HALLMARK_MESSAGE_STORE,
		"The store did not take the latest verdicts, nor the record their entries: they hold, but would be "
		"lost in a power cut");
	registry_each(t->core->registry, mark_unstored, t);
}

static int on_store_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	turn_commit(userdata);
	return 0;
}

/* `edition` is of the verdict that comes first. */
static void open_store(struct turn *t, uint64_t edition)
{
	if (t->store_open || store_begin(t->core->store) < 0)
		return;
	t->store_open = true;
	t->first_edition = edition;
	(void)sd_event_source_set_time_relative(t->store_timer, STORE_DELAY_USEC);
	(void)sd_event_source_set_enabled(t->store_timer, SD_EVENT_ONESHOT);
}

/*
 * From here on the registry says so; the kernel follows at the end of the turn. A device that was never admitted is not
 * stored: strangers must not be able to fill a flash.
 */
static void keep(struct turn *t, const struct verdict *v, const struct signed_inputs *inputs)
{
	struct verdict *held;

	if (registry_put(t->core->registry, v) < 0)
		log_error("Out of memory: a verdict is not remembered; its device must attest again");
	if (!v->was_admitted && inputs)
		registry_keep_inputs(t->core->registry, v->facts.device, inputs);
	if (!v->was_admitted)
		return;
	held = registry_find(t->core->registry, v->facts.device);
	open_store(t, held ? held->edition : 0);
	if (store_put(t->core->store, v, inputs) == 0)
		return;
	wave_fault(t->core, HALLMARK_MESSAGE_STORE,
		   "The store did not take a verdict: it holds, but would be lost in a power cut");
	if (held && inputs)
		held->is_unstored = true;
}

void turn_keep(struct turn *t, const struct verdict *v)
{
	keep(t, v, NULL);
}

/* --- judging --- */

static bool is_admitted(const struct verdict *v, int64_t now_sec)
{
	return verdict_zone(v, now_sec) != ZONE_QUARANTINE;
}

static void journal(const struct turn *t, const struct pending *p)
{
	wave_tell(t->core, &(struct journal_decision){ .config = t->core->config,
						       .verdict = &p->verdict,
						       .before = p->was_there ? &p->before : NULL,
						       .zone_before = p->zone_before,
						       .record = p->record,
						       .took_usec = clock_monotonic_usec() - p->received_usec });
}

/* Whoever is not there any more must not be there after a restart either. */
static void take_out(struct turn *t, const struct verdict *v)
{
	struct element gone = verdict_element(v, 0);

	t->has_denial = true;

	gone.zone = ZONE_QUARANTINE;
	gone.monitored_sec = 0;
	t->elements[t->n_elements++] = gone;
}

static void set_zone(const struct turn *t, struct verdict *v, uint8_t zone)
{
	v->decision.zone = zone;
	(void)snprintf(v->zone, sizeof(v->zone), "%s", t->core->config->policy.zones[zone].name);
}

/*
 * The place is this device's now (run/occupancy.h): who was there has run out, and what the kernel still holds of it goes, or
 * was only monitored there.
 */
static void displace(struct turn *t, const struct verdict *by, int64_t now_sec)
{
	const struct verdict *there = registry_at_place(t->core->registry, by->interface, by->mac);
	struct pending p = { .received_usec = clock_monotonic_usec() };

	if (!there || memcmp(there->facts.device, by->facts.device, SHA256_LEN) == 0)
		return;
	p.verdict = *there;
	(void)snprintf(p.zone_before, sizeof(p.zone_before), "%s", there->zone);
	set_zone(t, &p.verdict, ZONE_QUARANTINE);
	p.verdict.decision.reason = REASON_DISPLACED;
	p.verdict.decision.expiry.at_sec = now_sec;
	p.verdict.monitored_until_sec = 0;
	take_out(t, &p.verdict);
	keep(t, &p.verdict, NULL);
	p.record = ledger_append(t->core, CAUSE_DISPLACED, &p.verdict, p.zone_before);
	ending_note(t->core, p.zone_before, &p.verdict);
	t->displaced[t->n_displaced++] = p;
}

/*
 * What the kernel must be told so that the device is where the new verdict says, and nowhere else. Removing is
 * idempotent, so an admission that has ended by the clock is taken out too: the kernel counts its own time.
 */
static void move(struct turn *t, const struct pending *p, int64_t now_sec)
{
	const struct verdict *after = &p->verdict;
	bool admitted = is_admitted(after, now_sec) || after->monitored_until_sec > now_sec;
	bool had_place = p->before.decision.zone != ZONE_QUARANTINE || p->before.monitored_until_sec;

	if (admitted)
		displace(t, after, now_sec);
	if (p->was_there && had_place &&
	    !(admitted && place_is_same(&p->before, after) && place_has_same_addresses(&p->before, after)))
		take_out(t, &p->before);
	if (admitted)
		t->elements[t->n_elements++] = verdict_element(after, now_sec);
}

static struct pending *next_pending(struct turn *t, uint64_t id, const struct ipc_origin *origin)
{
	struct pending *p = &t->pending[t->n_pending++];

	*p = (struct pending){ .id = id, .received_usec = origin->received_usec, .problem = REASON_INTERNAL };
	(void)snprintf(p->zone_before, sizeof(p->zone_before), "%s",
		       t->core->config->policy.zones[ZONE_QUARANTINE].name);
	return p;
}

static void note_before(const struct turn *t, const struct verdict *before, int64_t now_sec, struct pending *p)
{
	if (!before)
		return;
	p->before = *before;
	p->was_there = true;
	(void)snprintf(p->zone_before, sizeof(p->zone_before), "%s",
		       t->core->config->policy.zones[verdict_zone(before, now_sec)].name);
}

static bool is_full(const struct turn *t, const struct pending *p)
{
	return !p->was_there && registry_count_admitted(t->core->registry) >= t->core->config->ruleset.set_size;
}

/* Whatever is worth less than what was there: that must not come back with a restart. */
static bool is_denial(const struct turn *t, const struct pending *p)
{
	const struct verdict *v = &p->verdict;

	return v->decision.zone == ZONE_QUARANTINE ||
	       (strcmp(p->zone_before, v->zone) != 0 &&
		!zone_is_better(&t->core->config->policy, v->zone, p->zone_before));
}

/*
 * What was decided on does not hold at a place that another device has. Returns false where the device stands elsewhere: that
 * stays, for whoever is at this place may only have sent its evidence on.
 */
static bool settle_place(const struct turn *t, struct pending *p, int64_t now_sec)
{
	struct verdict *v = &p->verdict;

	if (!occupancy_is_taken(t->core->registry, v, now_sec))
		return true;
	if (p->was_there && occupancy_of(&p->before, now_sec) != OCCUPANCY_NONE &&
	    occupancy_of(v, now_sec) != OCCUPANCY_NONE) {
		p->problem = REASON_PLACE_TAKEN;
		return false;
	}
	occupancy_keep_out(v, &t->core->config->policy, now_sec);
	return true;
}

static void judge_submission(struct turn *t, const struct ipc_message *m)
{
	const struct ipc_submission *s = &m->record.submission;
	struct pending *p = next_pending(t, m->record.id, &s->origin);
	const struct order *order = orders_find(t->core->orders, s->facts.device);
	struct verdict *v = &p->verdict;
	int64_t now_sec = admissions_now(t->core);

	note_before(t, registry_find(t->core->registry, s->facts.device), now_sec, p);
	if (p->was_there)
		place_copy(v, &p->before);
	v->facts = s->facts;
	v->attested_sec = now_sec;
	v->is_provisional = !t->core->time.is_disciplined;
	memcpy(v->boot, t->boot.bytes, sizeof(v->boot));
	p->is_news = true;
	p->code = COAP_CODE(2, 4);
	p->problem = place_find(t->core, &s->origin, v);
	if (p->problem != REASON_ADMITTED)
		return;

	registry_check_ueid(t->core->registry, now_sec, &v->facts);
	decide(&t->core->config->recognition, &t->core->config->policy, &v->facts, now_sec, &v->decision);
	set_zone(t, v, v->decision.zone);
	order_lay_over(order, &t->core->config->policy, now_sec, v);
	if (!settle_place(t, p, now_sec))
		return;
	if (is_full(t, p))
		p->problem = REASON_BUSY;
	else if (result_sign(t->core->config, t->core->result_key, v) < 0)
		p->problem = REASON_INTERNAL;
	if (p->problem != REASON_ADMITTED)
		return;

	v->was_admitted = p->before.was_admitted || order || v->decision.zone != ZONE_QUARANTINE;
	if (p->before.was_admitted && is_denial(t, p))
		t->has_denial = true;
	move(t, p, now_sec);
	keep(t, v, &m->signed_inputs);
	p->record = ledger_append(t->core, CAUSE_ATTESTED, v, p->zone_before);
	ending_note(t->core, p->zone_before, v);
}

/*
 * The fast way back: possession was proved in this handshake, so an admission that still runs is put where it is now. It is not
 * there for one of which evidence is demanded.
 */
static void judge_admission(struct turn *t, const struct ipc_message *m)
{
	const struct ipc_admission *a = &m->record.admission;
	struct pending *p = next_pending(t, m->record.id, &a->origin);
	int64_t now_sec = admissions_now(t->core);

	note_before(t, registry_find(t->core->registry, a->device), now_sec, p);
	p->code = COAP_CODE(2, 5);
	p->problem = REASON_NOT_ADMITTED;
	if (!p->was_there || !is_admitted(&p->before, now_sec) || p->before.reattest.by_sec)
		return;

	p->verdict = p->before;
	p->problem = place_find(t->core, &a->origin, &p->verdict);
	if (p->problem == REASON_ADMITTED && occupancy_is_taken(t->core->registry, &p->verdict, now_sec))
		p->problem = REASON_PLACE_TAKEN;
	if (p->problem != REASON_ADMITTED)
		return;
	p->is_news = !place_is_same(&p->before, &p->verdict);
	move(t, p, now_sec);
	if (!p->is_news && place_has_same_addresses(&p->before, &p->verdict))
		return;
	keep(t, &p->verdict, NULL);
	if (p->is_news)
		p->record = ledger_append(t->core, CAUSE_MOVED, &p->verdict, p->zone_before);
}

/* --- enforcing and answering --- */

/* Returns 0 when all is in force; else each element says whether it is. */
static int enforce(struct turn *t)
{
	struct kernel *k = t->core->kernel;
	const struct ruleset *ruleset = &t->core->config->ruleset;
	char text[192];
	int r;

	if (t->n_elements == 0)
		return 0;
	r = kernel_apply(k, ruleset, t->elements, t->n_elements);
	if (r == -ENOENT && admissions_ensure_table(t->core) == 0) /* somebody removed our table, and now it is back */
		r = kernel_apply(k, ruleset, t->elements, t->n_elements);
	drift_note_write(t->core, t->began_usec);
	if (r == 0)
		return 0;

	t->core->is_drifting = true; /* the sweep compares all of it */
	t->core->metrics.kernel_refusals++;
	(void)snprintf(text, sizeof(text),
		       "The kernel did not take all of %zu changes of admission (%s); `hallmarkctl diff` shows which",
		       t->n_elements, strerror(-r));
	wave_fault(t->core, HALLMARK_MESSAGE_KERNEL, text);
	return r;
}

/* Why the kernel did not take what concerns the place of this verdict; 0 when it did. */
static int refusal_at(const struct turn *t, const struct verdict *v)
{
	for (size_t i = 0; i < t->n_elements; i++) {
		const struct element *e = &t->elements[i];

		if (e->error < 0 && strcmp(e->interface, v->interface) == 0 &&
		    memcmp(e->mac, v->mac, sizeof(e->mac)) == 0)
			return e->error;
	}
	return 0;
}

/* The same of all that the record brings: a denial concerns the place that the device had, too. */
static int refusal_of(const struct turn *t, const struct pending *p)
{
	int r = refusal_at(t, &p->verdict);

	return r == 0 && p->was_there && is_denial(t, p) ? refusal_at(t, &p->before) : r;
}

static uint8_t code_of_problem(enum hallmark_reason reason)
{
	switch (reason) {
	case REASON_NOT_ADMITTED:
		return COAP_CODE(4, 4);
	case REASON_NOT_GUARDED:
	case REASON_NOT_ROUTED:
	case REASON_PLACE_TAKEN:
		return COAP_CODE(4, 3);
	case REASON_NO_NEIGHBOUR:
	case REASON_NEIGHBOUR_FORGED:
	case REASON_BUSY:
		return COAP_CODE(5, 3);
	default:
		return COAP_CODE(5, 0);
	}
}

static int answer(const struct pending *p, int ipc_fd)
{
	struct ipc_record record = { .kind = IPC_ANSWER, .id = p->id };
	struct ipc_answer *a = &record.answer;

	if (p->problem == REASON_ADMITTED) {
		a->code = p->code;
		a->content_format = HALLMARK_CF_EAT_CWT;
		a->n_body = p->verdict.n_ear;
		memcpy(a->body, p->verdict.ear, p->verdict.n_ear);
	} else {
		struct writer w = WRITER(a->body);

		a->code = code_of_problem(p->problem);
		if (a->code == COAP_CODE(5, 3)) /* spread, so that a building does not come back at once */
			a->max_age_sec = BUSY_SEC + p->verdict.facts.device[0] % BUSY_SPREAD_SEC;
		a->content_format = HALLMARK_CF_PROBLEM;
		a->n_body = problem_encode(p->problem, &w) < 0 ? 0 : (uint16_t)w.n;
	}
	return ipc_send(ipc_fd, &record, NULL);
}

/* Whether what was before can be again: nobody has put an end to it in this turn, and its place is nobody else's by now. */
static bool may_come_back(const struct turn *t, const struct pending *p)
{
	const struct verdict *now = registry_find(t->core->registry, p->verdict.facts.device);
	const struct verdict *there = registry_at_place(t->core->registry, p->before.interface, p->before.mac);

	return p->was_there && now && now->decision.reason != REASON_DISPLACED &&
	       (!there || memcmp(there->facts.device, p->verdict.facts.device, SHA256_LEN) == 0);
}

/* The kernel did not take a grant: the verdict before it holds again. A denial is never undone, but nor is it told as done. */
static void undo_grant(struct turn *t, struct pending *p)
{
	bool comes_back = may_come_back(t, p);
	struct verdict v = comes_back ? p->before : p->verdict;

	if (p->problem != REASON_ADMITTED || refusal_of(t, p) == 0)
		return;
	p->problem = REASON_KERNEL;
	if (is_denial(t, p))
		return;
	if (!comes_back) {
		set_zone(t, &v, ZONE_QUARANTINE);
		v.decision.reason = REASON_KERNEL;
	}
	v.was_admitted = true; /* by what the store holds now: that must go from there too */
	keep(t, &v, NULL);
	(void)ledger_append(t->core, CAUSE_UNDONE, &v, p->verdict.zone);
}

/* A change that stands: told as done only where the kernel has it. */
static void tell(struct turn *t, const struct pending *p)
{
	int refusal = refusal_of(t, p);

	if (refusal == 0)
		journal(t, p);
	else if (strcmp(p->zone_before, p->verdict.zone) != 0)
		refusals_add(t->core, &p->verdict, p->zone_before, &p->record, refusal);
}

static void report(struct turn *t, const struct pending *p)
{
	if (p->problem == REASON_ADMITTED && p->code == COAP_CODE(2, 5))
		t->core->metrics.returns++;
	if (!p->is_news)
		return;
	if (p->problem == REASON_KERNEL && is_denial(t, p)) {
		tell(t, p); /* it was judged, and stands */
		return;
	}
	if (p->problem != REASON_ADMITTED) {
		wave_not_judged(t->core, &p->verdict, p->problem);
		return;
	}
	t->core->decisions++;
	if (p->was_there && !place_is_same(&p->before, &p->verdict))
		wave_move(t->core, &p->before, &p->verdict);
	journal(t, p);
}

/* Returns 0, or a negative errno when an answer could not be handed to the worker. */
static int finish(struct turn *t, int ipc_fd)
{
	int r = 0;

	if (t->has_denial) {
		turn_commit(t);
		(void)store_sync(t->core->store);
	}
	if (enforce(t) < 0)
		for (size_t i = t->n_pending; i-- > 0;) /* the latest first, so that the earliest `before` stays */
			undo_grant(t, &t->pending[i]);
	for (size_t i = 0; i < t->n_displaced; i++)
		tell(t, &t->displaced[i]);
	for (size_t i = 0; i < t->n_pending; i++) {
		report(t, &t->pending[i]);
		if (r == 0)
			r = answer(&t->pending[i], ipc_fd);
	}
	ending_send(t->core, ipc_fd);
	t->n_pending = t->n_displaced = t->n_elements = 0;
	t->has_denial = false;
	return r;
}

int turn_run(struct turn *t, int ipc_fd)
{
	int r = 1;

	t->began_usec = clock_monotonic_usec();
	while (r > 0 && t->n_pending < TURN_MAX) {
		r = ipc_receive(ipc_fd, &t->message);
		if (r <= 0)
			break;
		if (t->message.record.kind == IPC_SUBMISSION)
			judge_submission(t, &t->message);
		else if (t->message.record.kind == IPC_ADMISSION)
			judge_admission(t, &t->message);
		else if (t->message.record.kind == IPC_COUNTERS)
			t->core->counters = t->message.record.counters;
		else if (t->message.record.kind == IPC_READY)
			supervisor_note_ready(t->core->supervisor);
		else
			r = -EBADMSG;
	}

	int answered = finish(t, ipc_fd);

	if (r == 0)
		return -EPIPE;
	if (r < 0 && r != -EAGAIN)
		return r;
	return answered;
}

int turn_new(struct core *core, struct turn **ret)
{
	struct turn *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return -ENOMEM;
	t->core = core;
	(void)sd_id128_get_boot(&t->boot);
	r = sd_event_add_time(core->event, &t->store_timer, CLOCK_MONOTONIC, 0, 1000, on_store_timer, t);
	if (r >= 0)
		r = sd_event_source_set_enabled(t->store_timer, SD_EVENT_OFF);
	if (r < 0) {
		turn_free(t);
		return r;
	}
	*ret = t;
	return 0;
}

void turn_free(struct turn *t)
{
	if (!t)
		return;
	turn_commit(t);
	sd_event_source_disable_unref(t->store_timer);
	free(t);
}
