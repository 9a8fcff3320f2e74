/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the devices that a change affects, and has them judged. A verdict that changed since its device was selected is
 * judged again. Then review_force.c decides on all.
 */
#include <errno.h>
#include <malloc.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "appraise/appraise.h"
#include "appraise/facts.h"
#include "appraise/news.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/dependency.h"
#include "base/journal.h"
#include "base/signed_inputs.h"
#include "base/timekeeper.h"
#include "config/config.h"
#include "core/act/brake.h"
#include "core/devices/in_force.h"
#include "core/devices/orders.h"
#include "core/devices/registry.h"
#include "core/review/judging.h"
#include "core/review/review_inside.h"
#include "core/settle/admissions.h"
#include "core/settle/reconsider.h"
#include "core/settle/settler.h"
#include "decide/decide.h"
#include "decide/ground.h"
#include "decide/restate.h"
#include "decide/verdict.h"
#include "hallmark/check.h"
#include "hallmark/journal.h"
#include "ipc/ipc.h"
#include "ipc/judges.h"
#include "store/store.h"

#define ROUNDS_MAX      4  /* bounds the number of rounds: devices that attest meanwhile cannot postpone the end */
#define RETRY_SEC       10 /* after the first failure */
#define RETRY_DOUBLINGS 6

/* --- Life cycle --- */

void proposal_done(struct proposal *c)
{
	if (c->config)
		config_free(c->config);
	EVP_PKEY_free(c->result_key);
	closep(&c->material_fd);
	closep(&c->edge_fd);
	*c = (struct proposal)PROPOSAL_NONE;
}

void held_free(struct held *h)
{
	if (!h)
		return;
	proposal_done(&h->order.proposal);
	free(h);
}

static void review_free(struct review *r)
{
	if (!r)
		return;
	judging_free(r->judging);
	occupants_free(r->occupants);
	for (size_t i = 0; i < r->n; i++)
		free(r->subjects[i].facts);
	free(r->subjects);
	for (size_t i = 0; r->written && i < r->n_written; i++)
		free(r->written[i].before);
	free(r->written);
	free(r->restated);
	free(r->sets);
	free(r->report.moves);
	proposal_done(&r->order.proposal);
	free(r);
}

const char *review_outcome_name(enum review_outcome outcome)
{
	static const char *const names[_REVIEW_OUTCOME_MAX] = {
		[REVIEW_FAILED] = "failed",   [REVIEW_HELD] = "held",       [REVIEW_TRIED] = "tried",
		[REVIEW_APPLIED] = "applied", [REVIEW_REFUSED] = "refused",
	};

	return names[outcome];
}

/* A review of all devices stays due until one is in force, with pauses that grow to ten minutes. */
static void note_outcome(struct reviewer *reviewer, const struct review_order *order, enum review_outcome outcome)
{
	if (order->is_trial || outcome == REVIEW_HELD)
		return;
	if (outcome == REVIEW_APPLIED) {
		reviewer->failures = 0;
		return;
	}
	reviewer->retry_usec = clock_monotonic_usec() + (RETRY_SEC << reviewer->failures) * USEC_PER_SEC;
	if (reviewer->failures < RETRY_DOUBLINGS)
		reviewer->failures++;
}

void review_end(struct review *r, enum review_outcome outcome)
{
	struct reviewer *reviewer = r->reviewer;

	r->report.outcome = outcome;
	reviewer->review = NULL;
	note_outcome(reviewer, &r->order, outcome);
	if (outcome == REVIEW_FAILED && r->order.is_confirmed && !reviewer->due->held)
		review_hold(r, r->order.confirmed);
	if (r->on_end)
		r->on_end(&r->report, r->userdata);
	review_free(r);
	/* What it needed of each device lies between the verdicts, and would stay with the process. */
	(void)malloc_trim(0);
}

const struct config *review_config(const struct review *r)
{
	return r->order.proposal.config ? r->order.proposal.config : r->reviewer->in_force->config;
}

/* --- Affected devices --- */

bool review_touches(const struct review *r, const struct verdict *v)
{
	if (!v->was_admitted) /* nothing signed is stored of strangers */
		return false;
	return r->order.is_everyone || r->changes->is_all ||
	       dependencies_meet(&v->facts.rests_on, r->changes->ids, r->changes->n);
}

static int compare_subjects(const void *a, const void *b)
{
	return memcmp(((const struct subject *)a)->device, ((const struct subject *)b)->device, SHA256_LEN);
}

/* Among those that were judged in earlier rounds. */
struct subject *review_subject(const struct review *r, const struct verdict *v)
{
	struct subject key;

	memcpy(key.device, v->facts.device, SHA256_LEN);
	return r->n_sorted > 0 ? bsearch(&key, r->subjects, r->n_sorted, sizeof(key), compare_subjects) : NULL;
}

static struct subject *add_subject(struct review *r)
{
	if (r->n == r->room) {
		size_t room = r->room ? 2 * r->room : 64;
		struct subject *subjects = reallocarray(r->subjects, room, sizeof(*subjects));

		if (!subjects)
			return NULL;
		r->subjects = subjects;
		r->room = room;
	}
	r->subjects[r->n] = (struct subject){ 0 };
	return &r->subjects[r->n++];
}

/*
 * Whether nothing but what status lists say of its labels concerns it: that needs no judge (docs/architecture.md). While a review of
 * all devices is due, facts may be of earlier material than that which the news are compared with. What an operator ordered, or what
 * ended, does not come from the facts.
 */
static bool is_restatable(const struct review *r, const struct verdict *v)
{
	return !r->order.is_everyone && !r->reviewer->due->cause && !v->is_unstored &&
	       decide_has_judged(v, r->now_sec) && !orders_find(r->reviewer->orders, v->facts.device) &&
	       facts_are_restatable(&v->facts, r->changes, r->now_sec);
}

/* Selects devices that were not judged yet, and those with a newer verdict. */
static void select_one(const struct verdict *v, void *userdata)
{
	struct review *r = userdata;
	struct subject *subject = review_subject(r, v);

	if (r->error < 0 || !review_touches(r, v) || (subject && subject->edition == v->edition))
		return;
	if (!subject)
		subject = add_subject(r);
	if (!subject) {
		r->error = -ENOMEM;
		return;
	}
	free(subject->facts);
	*subject = (struct subject){ .edition = v->edition, .is_restated = is_restatable(r, v) };
	memcpy(subject->device, v->facts.device, SHA256_LEN);
	subject->is_judged = subject->is_evaluated = subject->is_restated;
	r->report.n_judged += subject->is_restated;
	r->n_waiting += !subject->is_restated;
}

void review_sort(struct review *r)
{
	if (r->n > 1)
		qsort(r->subjects, r->n, sizeof(*r->subjects), compare_subjects);
	r->n_sorted = r->n;
}

/* Sorts the judged devices, and selects those that are left. */
static void begin_round(struct review *r)
{
	review_sort(r);
	r->next = 0;
	r->now_sec = admissions_now(r->settler);
	registry_each(r->settler->registry, select_one, r);
	r->is_complete = r->n_waiting == 0 || ++r->rounds == ROUNDS_MAX;
}

/* --- Judging --- */

/* Those that are as before need no memory: all devices of a large gateway are judged in one review. */
static void keep_facts(struct subject *subject, const struct verdict *v, const struct facts *facts)
{
	struct facts derived = *facts;

	facts_keep_session(&derived, &v->facts);
	if (!subject->is_evaluated || facts_are_same(&derived, &v->facts))
		return;
	subject->facts = malloc(sizeof(derived));
	if (subject->facts)
		*subject->facts = derived;
	else
		subject->is_evaluated = false; /* without memory the device is not trusted */
}

/* Sends one case. When the signed inputs cannot be read, or are of an earlier verdict, nothing is known to be good. */
static int ask(struct review *r, struct subject *subject)
{
	struct verdict room;
	const struct verdict *v = registry_find(r->settler->registry, subject->device, &room);
	struct signed_inputs inputs;

	if (!v || v->is_unstored || store_inputs(r->settler->store, subject->device, &inputs) < 0) {
		subject->is_judged = true;
		r->n_waiting--;
		return 0;
	}

	const struct ipc_case c = {
		.now_sec = admissions_now(r->settler),
		.possession = v->facts.checks[CHECK_POSSESSION],
		.freshness = v->facts.checks[CHECK_FRESHNESS],
	};
	int e = judging_ask(r->judging, (uint64_t)(subject - r->subjects), &c, &inputs);

	subject->is_asked = e == 0;
	return e;
}

/* Sends as many cases as the judge accepts. */
static int feed(struct review *r)
{
	for (; r->next < r->n; r->next++) {
		struct subject *subject = &r->subjects[r->next];
		int e = subject->is_judged || subject->is_asked ? 0 : ask(r, subject);

		if (e < 0)
			return e == -EAGAIN ? 0 : e;
	}
	return 0;
}

/* Continues until it must wait, or to the end. */
static void advance(struct review *r)
{
	for (;;) {
		if (r->error == 0 && r->n_waiting > 0)
			r->error = feed(r);
		if (r->error < 0 || r->n_waiting > 0 || r->is_complete)
			break;
		begin_round(r);
	}
	if (r->error < 0) {
		journal_errno(r->error, HALLMARK_MESSAGE_REVIEW,
			      "Judging all devices again (%s) has failed; nothing has changed", r->order.cause);
		review_end(r, REVIEW_FAILED);
	} else if (r->n_waiting == 0) {
		review_decide(r);
	}
}

static void on_set(const struct accepted_set *set, void *userdata)
{
	struct review *r = userdata;

	if (r->changes)
		return;

	struct accepted_set *sets = reallocarray(r->sets, r->n_sets + 1, sizeof(*sets));

	if (!sets) { /* on_changes() ends the review */
		r->error = -ENOMEM;
		return;
	}
	r->sets = sets;
	sets[r->n_sets++] = *set;
}

static void on_changes(const struct changes *changes, void *userdata)
{
	struct review *r = userdata;

	r->changes = changes;
	r->has_other_rules = changes->is_all || dependency_meets(choice_question(), changes->ids, changes->n);
	advance(r);
}

static bool is_same(uint64_t id, const struct facts *facts, void *userdata)
{
	const struct review *r = userdata;
	struct verdict room;
	const struct verdict *v = registry_find(r->settler->registry, r->subjects[id].device, &room);
	struct facts derived = *facts;

	if (!v || v->is_restored)
		return false;
	facts_keep_session(&derived, &v->facts);
	return facts_are_same(&derived, &v->facts);
}

static void on_judged(uint64_t id, int result, const struct facts *facts, void *userdata)
{
	struct review *r = userdata;
	struct subject *subject = &r->subjects[id];
	struct verdict room;
	const struct verdict *v = registry_find(r->settler->registry, subject->device, &room);

	subject->is_judged = true;
	r->has_unjudged |= result < 0;
	subject->is_evaluated = result == 0 && memcmp(facts->device, subject->device, SHA256_LEN) == 0;
	if (v)
		keep_facts(subject, v, facts);
	r->report.n_judged++;
	r->n_waiting--;
}

static void on_pause(void *userdata)
{
	struct review *r = userdata;

	if (r->changes)
		advance(r);
}

static void on_failure(void *userdata)
{
	review_end(userdata, REVIEW_FAILED);
}

/* --- Start --- */

bool review_supersede(struct reviewer *reviewer)
{
	if (reviewer->review->on_end)
		return false;
	review_free(reviewer->review);
	reviewer->review = NULL;
	return true;
}

void review_cancel(struct reviewer *reviewer)
{
	if (reviewer->review)
		review_end(reviewer->review, REVIEW_FAILED);
}

static int start(struct review *r)
{
	static const struct judging_callbacks callbacks = {
		.on_set = on_set,
		.on_changes = on_changes,
		.is_same = is_same,
		.on_judged = on_judged,
		.on_pause = on_pause,
		.on_failure = on_failure,
	};
	struct reviewer *reviewer = r->reviewer;
	int proposed_fd = r->order.proposal.material_fd;
	const struct judges_material material = {
		.fd = proposed_fd >= 0 ? proposed_fd : reviewer->in_force->material_fd,
		.former_fd = reviewer->in_force->material_fd,
	};

	return judging_new(reviewer->event, &material, timekeeper_record(&reviewer->settler->time), &callbacks, r,
			   &r->judging);
}

int review_start(struct reviewer *reviewer, struct review_order *order, review_function on_end, void *userdata)
{
	struct review *r = reviewer->review ? NULL : calloc(1, sizeof(*r));
	int e;

	if (!r) {
		proposal_done(&order->proposal);
		return reviewer->review ? -EBUSY : -ENOMEM;
	}
	*r = (struct review){
		.reviewer = reviewer, .settler = reviewer->settler, .order = *order, .report.cause = order->cause
	};
	order->proposal = (struct proposal)PROPOSAL_NONE;
	e = start(r);
	if (e < 0) {
		review_end(r, REVIEW_FAILED);
		return e;
	}
	r->on_end = on_end;
	r->userdata = userdata;
	reviewer->review = r;
	return 0;
}
