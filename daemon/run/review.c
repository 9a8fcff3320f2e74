/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three steps: find whom the change touches, have them judged, decide on all. What devices do meanwhile counts: a verdict
 * that is newer than the look at it is judged once more before anything is put into force.
 */
#include "run/review.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "hallmark/journal.h"
#include "run/admissions.h"
#include "run/journal.h"
#include "run/judging.h"
#include "run/ledger.h"
#include "run/material.h"
#include "run/reconsider.h"
#include "run/result.h"
#include "run/turn.h"

#define ROUNDS_MAX      4  /* devices that attest while they are judged anew cannot put off the end */
#define JUDGES_MAX      8  /* one review: inputs that a judge dies of are few, or something else is wrong */
#define RETRY_SEC       10 /* after the first failure */
#define RETRY_DOUBLINGS 6

/* One device on its way through the judge. */
struct item {
	uint8_t device[SHA256_LEN];
	uint64_t edition; /* of the verdict that was looked at */
	bool is_asked, is_judged;
	bool is_evaluated;   /* false: the judge could not */
	struct facts *facts; /* owned; only when they are not the ones it had */
};

struct review {
	struct core *core;
	struct review_order order;
	struct review_report report;
	review_function on_end;
	void *userdata;
	struct judging *judging;
	uint64_t *changes; /* owned; sorted */
	size_t n_changes;
	bool is_all;        /* the changes may be anything */
	struct item *items; /* owned */
	size_t n, room, n_sorted;
	size_t next;      /* to be handed to the judge */
	size_t n_waiting; /* not judged yet */
	unsigned rounds;
	bool is_complete;          /* after those that wait, nobody is left */
	int64_t now_sec;           /* of all decisions */
	struct accepted_set *sets; /* owned */
	size_t n_sets;
	struct occupants *occupants; /* owned */
	unsigned n_judges;           /* that were started */
	bool has_late;               /* devices whose latest evidence was not judged with what is new */
	struct device_list {
		uint8_t (*devices)[SHA256_LEN]; /* owned; whose verdicts are written anew */
		size_t n;
	} written;
	int error;
};

/* --- life --- */

void proposal_done(struct proposal *c)
{
	if (c->config)
		config_free(c->config);
	EVP_PKEY_free(c->result_key);
	closep(&c->material_fd);
	*c = (struct proposal){ .material_fd = -1 };
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
		free(r->items[i].facts);
	free(r->items);
	free(r->written.devices);
	free(r->changes);
	free(r->sets);
	free(r->report.moves);
	proposal_done(&r->order.proposal);
	free(r);
}

const char *review_outcome_name(enum review_outcome outcome)
{
	static const char *const names[_REVIEW_OUTCOME_MAX] = {
		[REVIEW_FAILED] = "failed",
		[REVIEW_HELD] = "held",
		[REVIEW_TRIED] = "tried",
		[REVIEW_APPLIED] = "applied",
	};

	return names[outcome];
}

/* A review of all devices stays due until one is in force, after pauses that grow to ten minutes. */
static void note_outcome(struct core *c, const struct review_order *order, enum review_outcome outcome)
{
	if (order->is_trial || outcome == REVIEW_HELD)
		return;
	if (outcome == REVIEW_APPLIED) {
		c->review_failures = 0;
		return;
	}
	c->review_retry_usec = clock_monotonic_usec() + (RETRY_SEC << c->review_failures) * USEC_PER_SEC;
	if (c->review_failures < RETRY_DOUBLINGS)
		c->review_failures++;
}

static void hold_order(struct review *r, size_t n_demoted);

/* Ends the review: tells, and frees it. What was confirmed and did not come about can be confirmed again. */
static void end(struct review *r, enum review_outcome outcome)
{
	struct core *c = r->core;

	r->report.outcome = outcome;
	c->review = NULL;
	note_outcome(c, &r->order, outcome);
	if (outcome == REVIEW_FAILED && r->order.is_confirmed && !c->held)
		hold_order(r, r->order.n_confirmed);
	if (r->on_end)
		r->on_end(&r->report, r->userdata);
	review_free(r);
}

static const struct config *config_of(const struct review *r)
{
	return r->order.proposal.config ? r->order.proposal.config : r->core->config;
}

/* --- whom it touches --- */

static bool is_touched(const struct review *r, const struct verdict *v)
{
	if (!v->was_admitted) /* nothing signed is kept of strangers */
		return false;
	return r->order.is_everyone || r->is_all || dependencies_meet(&v->facts.rests_on, r->changes, r->n_changes);
}

static int compare_items(const void *a, const void *b)
{
	return memcmp(((const struct item *)a)->device, ((const struct item *)b)->device, SHA256_LEN);
}

/* Among those that were judged in rounds before this one. */
static struct item *find_item(const struct review *r, const struct verdict *v)
{
	struct item key;

	memcpy(key.device, v->facts.device, SHA256_LEN);
	return r->n_sorted > 0 ? bsearch(&key, r->items, r->n_sorted, sizeof(key), compare_items) : NULL;
}

static struct item *add_item(struct review *r)
{
	if (r->n == r->room) {
		size_t room = r->room ? 2 * r->room : 64;
		struct item *items = reallocarray(r->items, room, sizeof(*items));

		if (!items)
			return NULL;
		r->items = items;
		r->room = room;
	}
	r->items[r->n] = (struct item){ 0 };
	return &r->items[r->n++];
}

/* Those that were not judged yet, and those whose verdict is another by now. */
static void select_one(struct verdict *v, void *userdata)
{
	struct review *r = userdata;
	struct item *item = find_item(r, v);

	if (r->error < 0 || !is_touched(r, v) || (item && item->edition == v->edition))
		return;
	if (!item)
		item = add_item(r);
	if (!item) {
		r->error = -ENOMEM;
		return;
	}
	free(item->facts);
	*item = (struct item){ .edition = v->edition };
	memcpy(item->device, v->facts.device, SHA256_LEN);
	r->n_waiting++;
}

static void sort_items(struct review *r)
{
	if (r->n > 1)
		qsort(r->items, r->n, sizeof(*r->items), compare_items);
	r->n_sorted = r->n;
}

/* Sorts what was judged, and looks for what is left to judge. */
static void begin_round(struct review *r)
{
	sort_items(r);
	r->next = 0;
	registry_each(r->core->registry, select_one, r);
	r->is_complete = r->n_waiting == 0 || ++r->rounds == ROUNDS_MAX;
}

/* --- judging --- */

static void keep_facts(struct item *item, const struct verdict *v, const struct facts *facts)
{
	if (!item->is_evaluated || memcmp(facts, &v->facts, sizeof(*facts)) == 0)
		return;
	item->facts = malloc(sizeof(*facts));
	if (item->facts)
		*item->facts = *facts;
	else
		item->is_evaluated = false; /* no memory is no reason to trust */
}

/* Hands one out. What was signed cannot be read, or is of an earlier time: then nothing is known to be good. */
static int ask(struct review *r, struct item *item)
{
	const struct verdict *v = registry_find(r->core->registry, item->device);
	struct signed_inputs inputs;

	if (!v || v->is_unstored || store_inputs(r->core->store, item->device, &inputs) < 0) {
		item->is_judged = true;
		r->n_waiting--;
		return 0;
	}

	const struct ipc_case c = {
		.now_sec = admissions_now(r->core),
		.possession = v->facts.checks[CHECK_POSSESSION],
		.freshness = v->facts.checks[CHECK_FRESHNESS],
	};
	int e = judging_ask(r->judging, (uint64_t)(item - r->items), c, &inputs);

	item->is_asked = e == 0;
	return e;
}

/* Hands out what the judge can take. */
static int feed(struct review *r)
{
	for (; r->next < r->n; r->next++) {
		struct item *item = &r->items[r->next];
		int e = item->is_judged || item->is_asked ? 0 : ask(r, item);

		if (e < 0)
			return e == -EAGAIN ? 0 : e;
	}
	return 0;
}

static void decide_all(struct review *r);

/* Goes on until there is something to wait for, or the end. */
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
		log_errno(r->error, "Judging all devices again (%s) was given up; nothing has changed", r->order.cause);
		end(r, REVIEW_FAILED);
	} else if (r->n_waiting == 0) {
		decide_all(r);
	}
}

static void on_set(const struct accepted_set *set, void *userdata)
{
	struct review *r = userdata;

	if (r->changes)
		return;

	struct accepted_set *sets = reallocarray(r->sets, r->n_sets + 1, sizeof(*sets));

	if (!sets) { /* on_changes() gives up */
		r->error = -ENOMEM;
		return;
	}
	r->sets = sets;
	sets[r->n_sets++] = *set;
}

static void on_changes(const uint64_t *changes, size_t n, bool is_all, void *userdata)
{
	struct review *r = userdata;

	if (r->changes) { /* of a judge that takes the place of one that died */
		advance(r);
		return;
	}
	r->is_all = is_all;
	r->changes = calloc(n + 1, sizeof(*changes));
	r->n_changes = n;
	if (r->changes)
		memcpy(r->changes, changes, n * sizeof(*changes));
	else
		r->error = -ENOMEM;
	advance(r);
}

static void on_judged(uint64_t id, int result, const struct facts *facts, void *userdata)
{
	struct review *r = userdata;
	struct item *item = id < r->n ? &r->items[id] : NULL;
	const struct verdict *v = item ? registry_find(r->core->registry, item->device) : NULL;

	if (!item || item->is_judged || !item->is_asked) {
		r->error = -EBADMSG;
		advance(r);
		return;
	}
	item->is_judged = true;
	item->is_evaluated = result == 0 && memcmp(facts->device, item->device, SHA256_LEN) == 0;
	if (v)
		keep_facts(item, v, facts);
	r->report.n_judged++;
	r->n_waiting--;
	advance(r);
}

static int start(struct review *r);

/* It is the oldest case that it died of: cases come and go in one order. */
static bool blame(struct review *r)
{
	struct item *culprit = NULL;

	for (size_t i = 0; i < r->n; i++) {
		struct item *item = &r->items[i];

		if (!item->is_asked || item->is_judged)
			continue;
		if (!culprit) {
			culprit = item;
			item->is_judged = true; /* and not evaluated */
			r->n_waiting--;
		}
		item->is_asked = false;
	}
	return culprit;
}

static void on_failure(void *userdata)
{
	struct review *r = userdata;

	judging_free(r->judging);
	r->judging = NULL;
	if (!blame(r) || r->n_judges == JUDGES_MAX || start(r) < 0) {
		end(r, REVIEW_FAILED);
		return;
	}
	log_error("What one device has signed ends the judge: that device is in quarantine until it attests anew");
	r->next = 0;
}

/* --- putting it into force --- */

/* A device that has attested since it was judged is decided on by what it has said since. */
static bool is_late(const struct review *r, const struct verdict *v)
{
	const struct item *item = find_item(r, v);

	return is_touched(r, v) && (!item || item->edition != v->edition);
}

static struct reconsideration case_of(const struct review *r, const struct verdict *v)
{
	const struct item *item = is_late(r, v) ? NULL : find_item(r, v);

	return (struct reconsideration){
		.config = config_of(r),
		.registry = r->core->registry,
		.occupants = r->occupants,
		.now_sec = r->now_sec,
		.is_unevaluated = item && !item->is_evaluated,
		.facts = item ? item->facts : NULL,
	};
}

/* What is in force from here on; what was is the caller's to release. */
static struct proposal swap(struct review *r)
{
	struct proposal *next = &r->order.proposal, former = { .material_fd = -1 };
	struct core *c = r->core;

	if (next->config) {
		former.config = c->config;
		c->config = TAKE_PTR(next->config);
	}
	if (next->result_key) {
		former.result_key = c->result_key;
		c->result_key = TAKE_PTR(next->result_key);
	}
	if (next->material_fd >= 0) {
		former.material_fd = c->material_fd;
		c->material_fd = TAKE_FD(next->material_fd);
	}
	return former;
}

/* A verdict that says something else: to the device, the store, the record and the journal. */
static void publish(struct review *r, const struct verdict *before, struct verdict *after)
{
	struct journal_decision entry = { .config = r->core->config, .verdict = after, .zone_before = before->zone };
	struct core *c = r->core;

	if (result_sign(c->config, c->result_key, after) < 0)
		log_error("A result could not be signed; its device must attest again to get one");
	if (store_put(c->store, after, NULL) < 0)
		log_error("The store did not take a verdict: it holds, but would be lost in a power cut");
	entry.record = ledger_append(c, ledger_cause(r->order.cause), after, before->zone);
	if (strcmp(before->zone, after->zone) != 0)
		journal_decision(&entry);
}

/* Registry and store; returns how many elements the kernel must be told. */
static size_t write_verdicts(struct review *r, struct element *elements)
{
	size_t n = 0;

	for (size_t i = 0; i < r->written.n; i++) {
		const struct verdict *v = registry_find(r->core->registry, r->written.devices[i]);
		struct verdict before, after;

		if (!v)
			continue;
		before = *v;

		const struct reconsideration c = case_of(r, &before);
		bool is_news = reconsider(&c, &before, &after);

		if (is_news)
			publish(r, &before, &after);
		if (is_news && (before.decision.zone != ZONE_QUARANTINE || after.decision.zone != ZONE_QUARANTINE))
			elements[n++] = verdict_element(&after, r->now_sec);
		if (registry_put(r->core->registry, &after) < 0)
			log_error("Out of memory: a verdict is not remembered; its device must attest again");
	}
	return n;
}

/* What is in force now is what the next of each set must be newer than. */
static void remember_sets(struct review *r)
{
	struct core *c = r->core;

	(void)ledger_note_trust(c);
	material_forget(c->config, c->store);
	for (size_t i = 0; i < r->n_sets; i++)
		(void)material_remember(c->material_fd, &r->sets[i], c->store);
}

/* Denials are on the disk before the kernel acts. */
static void write_all(struct review *r, struct element *elements, size_t *ret_n)
{
	struct store *store = r->core->store;
	bool has_begun;

	turn_commit(r->core->turn);
	has_begun = store_begin(store) == 0;
	remember_sets(r);
	*ret_n = write_verdicts(r, elements);
	if (!has_begun || store_commit(store) < 0 || store_sync(store) < 0)
		log_error("The store did not take the new verdicts: they hold, but would be lost in a power cut");
}

/* What is due is done, unless devices came meanwhile; what is held is void where another proposal has come into force. */
static void settle(struct review *r, bool has_proposal)
{
	struct core *c = r->core;
	bool holds_proposal = c->held && (c->held->order.proposal.config || c->held->order.proposal.material_fd >= 0);

	if (r->order.is_everyone)
		c->review_due = NULL;
	if (r->has_late)
		c->review_due = r->order.cause;
	if (has_proposal || r->order.is_confirmed || !holds_proposal) {
		held_free(c->held);
		c->held = NULL;
		c->is_review_put_off = false;
	}
}

static void apply(struct review *r)
{
	_cleanup_free_ struct element *elements = calloc(r->written.n + 1, sizeof(*elements));
	struct core *c = r->core;
	size_t n = 0;

	if (!elements) {
		end(r, REVIEW_FAILED);
		return;
	}

	_cleanup_(proposal_done) struct proposal former = swap(r);

	write_all(r, elements, &n);
	if (former.config && admissions_ensure_table(c) < 0)
		log_error("The new configuration's table could not be loaded; it is tried again in a few seconds");
	if (n > 0 && kernel_apply(c->kernel, &c->config->policy, elements, n) < 0)
		c->is_drifting = true; /* the sweep mends */
	if (former.material_fd >= 0)
		supervisor_give(c->supervisor, c->material_fd);
	settle(r, former.config || former.material_fd >= 0);
	journal_event(LOG_NOTICE, HALLMARK_MESSAGE_REVIEW,
		      "Judged again (%s): %zu devices; %zu have another zone now, %zu of them a lesser one",
		      r->order.cause, r->report.n_judged, r->report.n_moved, r->report.n_demoted);
	end(r, REVIEW_APPLIED);
}

/* --- deciding --- */

static void note_move(struct review *r, const struct verdict *before, const struct verdict *after, bool is_lesser)
{
	struct review_move *m;

	r->report.n_moved++;
	r->report.n_demoted += is_lesser;
	if (!r->report.moves || r->report.n_moves == REVIEW_MOVES_MAX)
		return;
	m = &r->report.moves[r->report.n_moves++];
	*m = (struct review_move){ .reason = after->decision.reason,
				   .held_back = verdict_held_back(after, &config_of(r)->policy),
				   .is_demotion = is_lesser };
	memcpy(m->device, before->facts.device, SHA256_LEN);
	memcpy(m->before, before->zone, sizeof(m->before));
	memcpy(m->after, after->zone, sizeof(m->after));
}

static void decide_one(struct verdict *v, void *userdata)
{
	struct review *r = userdata;
	const struct reconsideration c = case_of(r, v);
	struct verdict after;
	bool is_news = reconsider(&c, v, &after);

	r->has_late |= is_late(r, v);
	r->report.n_admitted += verdict_zone(v, r->now_sec) != ZONE_QUARANTINE;
	if (is_news && strcmp(v->zone, after.zone) != 0)
		note_move(r, v, &after, reconsider_is_demotion(r->core->config, v, &after));
	if (is_news || r->order.proposal.config) /* another configuration has other rules: each is numbered anew */
		memcpy(r->written.devices[r->written.n++], v->facts.device, SHA256_LEN);
}

static bool brake_holds(const struct review *r)
{
	const struct review_report *report = &r->report;
	const struct config *in_force = r->core->config; /* what would loosen the brake does not loosen it by itself */

	if (r->order.is_confirmed) /* what the operator saw, and as many more as are no lock-out */
		return report->n_demoted > r->order.n_confirmed + in_force->brake_devices;
	return report->n_demoted > in_force->brake_devices &&
	       report->n_demoted * 100 > report->n_admitted * in_force->brake_percent;
}

static void hold_order(struct review *r, size_t n_demoted)
{
	struct held *h = calloc(1, sizeof(*h));

	if (!h) {
		log_error("Out of memory: what the brake holds is dropped");
		return;
	}
	*h = (struct held){
		.order = r->order,
		.n_admitted = r->report.n_admitted,
		.n_demoted = n_demoted,
		.since_sec = admissions_now(r->core),
	};
	h->order.is_confirmed = false;
	r->order.proposal = (struct proposal){ .material_fd = -1 };
	held_free(r->core->held);
	r->core->held = h;
}

static void hold(struct review *r)
{
	bool has_proposal = r->order.proposal.config || r->order.proposal.material_fd >= 0;

	journal_event(
		LOG_WARNING, HALLMARK_MESSAGE_BRAKE,
		"The brake holds back what the %s brings: %zu of %zu admitted devices would lose their zone. All goes "
		"on as before. `hallmarkctl reload --confirm` lets it pass, `hallmarkctl reload --discard` drops it",
		r->order.cause, r->report.n_demoted, r->report.n_admitted);
	if (has_proposal || !r->core->held) /* what waits for the operator is not pushed out by what comes again */
		hold_order(r, r->report.n_demoted);
	end(r, REVIEW_HELD);
}

static void decide_all(struct review *r)
{
	size_t n = registry_count(r->core->registry);

	sort_items(r);
	r->now_sec = admissions_now(r->core);
	r->occupants = occupants_new(r->core->registry);
	r->written.devices = calloc(n + 1, SHA256_LEN);
	if (r->order.is_trial)
		r->report.moves = calloc(REVIEW_MOVES_MAX, sizeof(*r->report.moves));
	if (!r->occupants || !r->written.devices || (r->order.is_trial && !r->report.moves)) {
		end(r, REVIEW_FAILED);
		return;
	}
	registry_each(r->core->registry, decide_one, r);
	if (r->order.is_trial)
		end(r, REVIEW_TRIED);
	else if (brake_holds(r))
		hold(r);
	else
		apply(r);
}

/* --- the beginning --- */

bool review_supersede(struct core *core)
{
	if (core->review->on_end)
		return false;
	review_free(core->review);
	core->review = NULL;
	return true;
}

void review_cancel(struct core *core)
{
	if (core->review)
		end(core->review, REVIEW_FAILED);
}

static int start(struct review *r)
{
	static const struct judging_callbacks callbacks = {
		.on_set = on_set, .on_changes = on_changes, .on_judged = on_judged, .on_failure = on_failure
	};
	struct core *c = r->core;
	int proposed_fd = r->order.proposal.material_fd;
	const struct judging_material material = {
		.fd = proposed_fd >= 0 ? proposed_fd : c->material_fd,
		.former_fd = c->material_fd,
	};

	r->n_judges++;
	return judging_new(c->event, &material, timekeeper_record(&c->time), &callbacks, r, &r->judging);
}

int review_start(struct core *core, struct review_order *order, review_function on_end, void *userdata)
{
	struct review *r = core->review ? NULL : calloc(1, sizeof(*r));
	int e;

	if (!r) {
		proposal_done(&order->proposal);
		return core->review ? -EBUSY : -ENOMEM;
	}
	*r = (struct review){ .core = core, .order = *order, .report.cause = order->cause };
	order->proposal = (struct proposal){ .material_fd = -1 };
	e = start(r);
	if (e < 0) {
		end(r, REVIEW_FAILED);
		return e;
	}
	r->on_end = on_end;
	r->userdata = userdata;
	core->review = r;
	return 0;
}
