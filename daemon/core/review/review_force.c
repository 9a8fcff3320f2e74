/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All decisions are made first; then all are put into force at once, or none, when too many devices would lose their
 * zone.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/journal.h"
#include "base/log.h"
#include "config/config.h"
#include "core/act/brake.h"
#include "core/act/exceptions.h"
#include "core/act/hearing.h"
#include "core/act/material.h"
#include "core/act/ordering.h"
#include "core/act/unknown.h"
#include "core/devices/in_force.h"
#include "core/devices/naming.h"
#include "core/devices/registry.h"
#include "core/review/judging.h"
#include "core/review/review_inside.h"
#include "core/settle/admissions.h"
#include "core/settle/ledger.h"
#include "core/settle/reconsider.h"
#include "core/settle/result.h"
#include "core/settle/settler.h"
#include "core/tell/wave.h"
#include "decide/policy.h"
#include "decide/restate.h"
#include "decide/taken_back.h"
#include "hallmark/journal.h"
#include "ipc/ipc.h"
#include "ipc/supervisor.h"

#define AGAIN "again" /* the cause of a review that follows another */

static bool is_caused_by(const struct review *r, const char *cause)
{
	return strcmp(r->order.cause, cause) == 0;
}

/* --- Putting it into force --- */

/* What was found of this verdict; NULL: nothing. A device that attested after it was judged is decided on by its newer evidence. */
static const struct subject *subject_of(const struct review *r, const struct verdict *v)
{
	const struct subject *subject = review_subject(r, v);

	return subject && subject->edition == v->edition ? subject : NULL;
}

static bool is_late(const struct review *r, const struct verdict *v)
{
	return review_touches(r, v) && !subject_of(r, v);
}

/* Its facts as they are after the change; NULL: as before. */
static const struct facts *facts_of(const struct review *r, const struct verdict *v, const struct subject *subject,
				    struct facts *space)
{
	if (!subject || !subject->is_restated)
		return subject ? subject->facts : NULL;
	*space = v->facts;
	facts_restate(space, r->changes);
	return space;
}

static struct reconsideration case_of_other(const struct verdict *v, const void *userdata);

static struct reconsideration case_in(const struct review *r, const struct verdict *v, struct facts *space)
{
	const struct subject *subject = subject_of(r, v);

	return (struct reconsideration){
		.config = review_config(r),
		.registry = r->settler->registry,
		.occupants = r->occupants,
		.orders = r->reviewer->orders,
		.now_sec = r->now_sec,
		.is_unevaluated = subject && !subject->is_evaluated,
		.facts = facts_of(r, v, subject, space),
		.of_other = case_of_other,
		.userdata = r,
	};
}

static struct reconsideration case_of_other(const struct verdict *v, const void *userdata)
{
	const struct review *r = userdata;

	return case_in(r, v, &r->restated->others);
}

static struct reconsideration case_of(const struct review *r, const struct verdict *v)
{
	return case_in(r, v, &r->restated->own);
}

/* Whether there is anything in it. */
static bool is_proposal(const struct proposal *p)
{
	return p->config || p->material_fd >= 0 || p->edge_fd >= 0;
}

/* Sets what is in force from now on; the caller releases the former. */
static struct proposal swap(struct review *r)
{
	struct proposal *next = &r->order.proposal, former = PROPOSAL_NONE;
	struct in_force *in_force = r->reviewer->in_force;

	if (next->config) {
		former.config = in_force->config;
		in_force->config = TAKE_PTR(next->config);
		naming_begin(r->reviewer->settler->registry, in_force);
	}
	if (next->result_key) {
		former.result_key = in_force->result_key;
		in_force->result_key = TAKE_PTR(next->result_key);
	}
	if (next->material_fd >= 0) {
		former.material_fd = in_force->material_fd;
		in_force->material_fd = TAKE_FD(next->material_fd);
	}
	if (next->edge_fd >= 0) {
		former.edge_fd = in_force->edge_fd;
		in_force->edge_fd = TAKE_FD(next->edge_fd);
	}
	return former;
}

/*
 * What holds again when the kernel refuses a better zone; without memory for it, the better zone is tried again and
 * again.
 */
static struct verdict *copy_of(const struct verdict *v)
{
	struct verdict *copy = malloc(sizeof(*copy));

	if (copy)
		*copy = *v;
	return copy;
}

/* The new verdict is in force everywhere but in the kernel. Only a better zone is undone when the kernel refuses it. */
static void put(struct review *r, struct settling *s, struct written *w, const struct verdict *before,
		struct verdict *after)
{
	const struct in_force *in_force = r->reviewer->in_force;
	struct settlement *x = &w->settlement;

	result_drop(after);
	*x = (struct settlement){ .before = before,
				  .cause = ledger_cause(r->order.cause),
				  .is_told = strcmp(before->zone, after->zone) != 0,
				  .is_denial = w->is_lesser };
	memcpy(x->zone_before, before->zone, sizeof(x->zone_before));
	if (!w->is_lesser && zone_is_better(&in_force->config->policy, after->zone, before->zone))
		w->before = copy_of(before);
	x->is_final = !w->before;
	settle_put(s, x, after);
	x->before = w->before;
}

static void write_verdicts(struct review *r, struct settling *s)
{
	for (size_t i = 0; i < r->n_written; i++) {
		struct written *w = &r->written[i];
		struct verdict before, after;

		if (!registry_find(r->settler->registry, w->device, &before))
			continue;

		const struct reconsideration c = case_of(r, &before);

		if (reconsider(&c, &before, &after)) {
			put(r, s, w, &before, &after);
			continue;
		}
		settle_renumber(r->settler, &after);
		if (before.is_restored)
			settle_amend(r->settler, &after);
	}
}

/* The next set of each identity must be newer than the one in force now. */
static void remember_sets(struct review *r, bool has_news)
{
	const struct in_force *in_force = r->reviewer->in_force;
	struct store *store = r->settler->store;

	(void)ledger_note_trust(in_force->material_fd, r->settler->trust_digest);
	if (has_news)
		r->n_new_sets = material_tell(in_force->material_fd, r->sets, r->n_sets, store);
	material_forget(in_force->config, store);
	for (size_t i = 0; i < r->n_sets; i++)
		(void)material_remember(in_force->material_fd, &r->sets[i], store);
}

/*
 * Whether another review must follow: for devices that attested meanwhile, and for those about which judges found
 * nothing, who may have ended for another reason. After a second review, only for the former.
 */
static bool is_once_more(const struct review *r)
{
	return r->has_late || (r->has_unjudged && !is_caused_by(r, AGAIN));
}

/* A review that was due is done; a held proposal is discarded when another one came into force. */
static void finish(struct review *r, bool has_proposal)
{
	struct due *due = r->reviewer->due;
	bool holds_proposal = due->held && is_proposal(&due->held->order.proposal);

	if (r->order.is_everyone)
		due->cause = NULL;
	if (is_once_more(r) || r->has_undone)
		due->cause = AGAIN;
	if (has_proposal || r->order.is_confirmed || !holds_proposal) {
		held_free(due->held);
		due->held = NULL;
		brake_end(due, r->settler->store);
		due->is_put_off = false;
	}
}

static void tell_end(const struct review *r, bool is_refused)
{
	const struct review_report *report = &r->report;

	journal_event(LOG_NOTICE, HALLMARK_MESSAGE_REVIEW,
		      "Judged again (%s): %zu devices; %zu have another zone now, %zu of them a lesser one",
		      report->cause, report->n_judged, report->n_moved - report->n_refused,
		      report->stakes.demoted - report->n_refused_lesser);
	if (is_refused)
		journal_event(
			LOG_ERR, HALLMARK_MESSAGE_KERNEL,
			"The kernel refused a part of the changes of judging again (%s): %zu devices are not in the "
			"zone that they should be in, %zu of them in a better one. hallmarkd tries again; "
			"`hallmarkctl diff` shows which devices, `hallmarkctl doctor` may show the cause",
			report->cause, report->n_refused, report->n_refused_lesser);
}

/* A set dated in the future of an unset clock is valid now, and the judges have left it out. */
static bool judges_lack_a_set(const struct review *r)
{
	return is_caused_by(r, "clock") && r->n_new_sets > 0;
}

/* One transaction with the sets that caused it, flushed to the disk before the kernel acts. */
static int settle_all(struct review *r, const struct config *former, bool has_news)
{
	struct settling s = { 0 };
	int q;

	settle_flush(r->settler);
	settle_open(r->settler);
	remember_sets(r, has_news);
	settle_begin(&s, r->settler, r->now_sec);
	s.reckoned_usec = r->decided_usec;
	s.former = former;
	s.has_denial = s.is_summed_up = true;
	s.on_refused = review_note_refused;
	s.userdata = r;
	if (former)
		exceptions_replace(&s, former);
	write_verdicts(r, &s);
	q = settle_end(&s);
	settle_done(&s);
	return q;
}

static void apply(struct review *r)
{
	struct reviewer *reviewer = r->reviewer;

	wave_flush(reviewer->settler->teller); /* zones may have other numbers from here on */

	_cleanup_(proposal_done) struct proposal former = swap(r);
	int q = settle_all(r, former.config,
			   former.material_fd >= 0 || is_caused_by(r, "start") || is_caused_by(r, "clock"));

	if (former.config)
		ordering_check_zones(reviewer->orders, &reviewer->in_force->config->policy);
	if (reviewer->hearings && (former.material_fd >= 0 || judges_lack_a_set(r)))
		hearings_adopt(reviewer->hearings, judging_inquiries(r->judging));
	if (former.edge_fd >= 0)
		supervisor_give(reviewer->settler->supervisor, reviewer->in_force->edge_fd);
	finish(r, is_proposal(&former));
	tell_end(r, q < 0);
	if (former.config)
		exceptions_tell_all(r->settler);
	review_end(r, q < 0 ? REVIEW_REFUSED : REVIEW_APPLIED);
}

/* --- Deciding --- */

static void note_move(struct review *r, const struct verdict *before, const struct verdict *after, bool is_lesser)
{
	struct review_move *m;

	r->report.n_moved++;
	r->report.stakes.demoted += is_lesser;
	r->report.stakes.reinstated += taken_back_is_undone(&r->reviewer->in_force->config->policy, before, after);
	if (!r->report.moves || r->report.n_moves == REVIEW_MOVES_MAX)
		return;
	m = &r->report.moves[r->report.n_moves++];
	*m = (struct review_move){ .reason = after->decision.reason,
				   .held_back = verdict_held_back(after, &review_config(r)->policy),
				   .is_demotion = is_lesser };
	memcpy(m->device, before->facts.device, SHA256_LEN);
	memcpy(m->before, before->zone, sizeof(m->before));
	memcpy(m->after, after->zone, sizeof(m->after));
}

static void decide_one(const struct verdict *v, void *userdata)
{
	struct review *r = userdata;
	const struct reconsideration c = case_of(r, v);
	struct verdict after;
	bool is_news = reconsider(&c, v, &after);

	r->has_late |= is_late(r, v);
	r->report.n_admitted += verdict_zone(v, r->now_sec) != ZONE_QUARANTINE;
	bool is_moved = is_news && strcmp(v->zone, after.zone) != 0;
	bool is_lesser = is_moved && reconsider_is_demotion(r->reviewer->in_force->config, v, &after);

	if (is_moved)
		note_move(r, v, &after, is_lesser);
	if (is_news || v->is_restored || r->has_other_rules) { /* by which all get new numbers */
		struct written *w = &r->written[r->n_written++];

		w->is_lesser = is_lesser;
		memcpy(w->device, v->facts.device, SHA256_LEN);
	}
}

/* For this many devices. A configuration cannot loosen the brake for itself. */
static bool is_too_many(const struct review *r, size_t n, size_t n_confirmed, size_t n_all)
{
	const struct config *in_force = r->reviewer->in_force->config;

	if (r->order.is_confirmed) /* the number that the operator saw, and a few more */
		return n > n_confirmed + in_force->brake_devices;
	return n > in_force->brake_devices && n * 100 > n_all * in_force->brake_percent;
}

static bool brake_holds(const struct review *r)
{
	const struct stakes *stakes = &r->report.stakes, *confirmed = &r->order.confirmed;
	const size_t n_admitted = r->report.n_admitted;

	return !r->order.is_due &&
	       (is_too_many(r, stakes->demoted, confirmed->demoted, n_admitted) ||
		is_too_many(r, stakes->reinstated, confirmed->reinstated, n_admitted + stakes->reinstated) ||
		/* whoever invents MACs between the two could hold it for ever */
		(!r->order.is_confirmed && is_too_many(r, stakes->stopped, 0, n_admitted + stakes->stopped)));
}

/* Who would be cut off on the first day of enforcing, or without the exception that is in force. */
static size_t count_stopped(const struct review *r)
{
	return r->reviewer->unknowns ? unknowns_count_stopped(r->reviewer->unknowns, review_config(r)) : 0;
}

void review_hold(struct review *r, struct stakes stakes)
{
	struct held *h = calloc(1, sizeof(*h));

	if (!h) {
		log_error("Out of memory: what the brake holds is dropped");
		return;
	}
	*h = (struct held){
		.order = r->order,
		.n_admitted = r->report.n_admitted,
		.stakes = stakes,
	};
	h->order.is_confirmed = h->order.is_due = false;
	r->order.proposal = (struct proposal)PROPOSAL_NONE;
	held_free(r->reviewer->due->held);
	r->reviewer->due->held = h;
	brake_begin(r->reviewer->due, r->settler);
}

static void hold(struct review *r)
{
	bool has_proposal = is_proposal(&r->order.proposal);
	char until[32], text[STAKES_TEXT_SIZE];

	if (has_proposal ||
	    !r->reviewer->due->held) /* a repeated review does not replace what waits for the operator */
		review_hold(r, r->report.stakes);
	journal_event(LOG_WARNING, HALLMARK_MESSAGE_BRAKE,
		      "The brake holds the changes of the %s: %s. Nothing has changed yet. `hallmarkctl reload "
		      "--confirm` applies them, `hallmarkctl reload --discard` drops them; else they take effect at %s",
		      r->order.cause, stakes_to_text(&r->report.stakes, r->report.n_admitted, text),
		      time_to_text(brake_until(r->reviewer->due, r->reviewer->in_force->config), until));
	review_end(r, REVIEW_HELD);
}

void review_decide(struct review *r)
{
	size_t n = registry_count(r->settler->registry);

	review_sort(r);
	r->now_sec = admissions_now(r->settler);
	r->decided_usec = clock_monotonic_usec();
	r->occupants = occupants_new(r->settler->registry);
	r->restated = malloc(sizeof(*r->restated));
	r->written = calloc(n + 1, sizeof(*r->written));
	if (r->order.is_trial)
		r->report.moves = calloc(REVIEW_MOVES_MAX, sizeof(*r->report.moves));
	if (!r->occupants || !r->restated || !r->written || (r->order.is_trial && !r->report.moves)) {
		review_end(r, REVIEW_FAILED);
		return;
	}
	registry_each(r->settler->registry, decide_one, r);
	r->report.stakes.stopped = count_stopped(r);
	if (r->order.is_trial)
		review_end(r, REVIEW_TRIED);
	else if (brake_holds(r))
		hold(r);
	else
		apply(r);
}
