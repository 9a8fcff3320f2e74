/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A review's way into the kernel. What that took is told; what it refused is told as refused: a better zone is none then, and
 * all is judged once more; a lesser one stands, and the comparison with the kernel brings it about.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/journal.h"
#include "base/log.h"
#include "hallmark/journal.h"
#include "run/admissions.h"
#include "run/drift.h"
#include "run/enforcement.h"
#include "run/journal.h"
#include "run/ledger.h"
#include "run/review_inside.h"
#include "run/wave.h"

/* --- the kernel's word --- */

static struct element *element_of(const struct written *w, struct element *elements)
{
	return w->element > 0 ? &elements[w->element - 1] : NULL;
}

/* The former tables stand, and know nothing of new zones: whoever is worth less now has left them at least. */
static void cut_off(struct review *r, const struct config *former, struct element *elements)
{
	_cleanup_free_ struct element *out = calloc(r->n_written + 1, sizeof(*out));
	size_t n = 0, k = 0;

	for (size_t i = 0; out && i < r->n_written; i++)
		if (r->written[i].is_lesser && r->written[i].element > 0) {
			out[n] = *element_of(&r->written[i], elements);
			out[n].zone = ZONE_QUARANTINE;
			out[n++].monitored_sec = 0;
		}
	if (n > 0)
		(void)kernel_apply(r->core->kernel, &former->ruleset, out, n);
	for (size_t i = 0; n > 0 && i < r->n_written; i++) {
		struct element *e = element_of(&r->written[i], elements);

		if (!e || !r->written[i].is_lesser)
			continue;
		if (e->zone == ZONE_QUARANTINE)
			e->error = out[k].error;
		k++;
	}
}

static int load_tables(struct review *r, const struct config *former, struct element *elements, size_t n)
{
	struct core *c = r->core;
	int q = admissions_load_table(c);

	if (q == 0)
		return 0;
	journal_errno(q, HALLMARK_MESSAGE_KERNEL,
		      "The kernel did not take the new configuration's tables. The former ones stay until it does, "
		      "which is tried every few seconds");
	for (size_t i = 0; i < n; i++)
		elements[i].error = q;
	cut_off(r, former, elements);
	if (c->enforcement)
		c->enforcement->has_tables = false;
	return q;
}

int review_enforce(struct review *r, const struct config *former, struct element *elements, size_t n)
{
	struct core *c = r->core;
	const struct ruleset *ruleset = &c->config->ruleset;
	int q = former ? load_tables(r, former, elements, n) : 0;

	if (q == 0 && n > 0)
		q = kernel_apply(c->kernel, ruleset, elements, n);
	if (q == -ENOENT && n > 0 && admissions_ensure_table(c) == 0) /* somebody removed it, and now it is back */
		q = kernel_apply(c->kernel, ruleset, elements, n);
	drift_note_write(c, r->decided_usec);
	if (q < 0) {
		c->is_drifting = true; /* the sweep mends */
		c->metrics.kernel_refusals++;
	}
	return q;
}

/* --- telling --- */

static void note_refused(struct review *r, const struct written *w, const struct verdict *v)
{
	struct review_report *report = &r->report;
	struct review_move *m;

	report->n_refused++;
	report->n_refused_lesser += w->is_lesser;
	if (!report->moves)
		report->moves = calloc(REVIEW_MOVES_MAX, sizeof(*report->moves));
	if (!report->moves || report->n_moves == REVIEW_MOVES_MAX)
		return;
	m = &report->moves[report->n_moves++];
	*m = (struct review_move){ .reason = v->decision.reason,
				   .held_back = verdict_held_back(v, &r->core->config->policy),
				   .is_demotion = w->is_lesser,
				   .is_refused = true };
	memcpy(m->device, w->device, SHA256_LEN);
	memcpy(m->before, w->zone_before, sizeof(m->before));
	memcpy(m->after, v->zone, sizeof(m->after));
}

/* The better zone was none: the verdict before it holds again, in the store as well. Rules may have other numbers by now. */
static bool undo(struct review *r, const struct written *w, const struct verdict *after)
{
	struct core *c = r->core;
	struct verdict *v = w->before;
	int zone = v ? zone_by_name(&c->config->policy, v->zone) : -1;

	if (zone < 0)
		return false;
	v->decision.zone = (uint8_t)zone;
	v->decision.rule = -1;
	v->decision.n_refusals = 0;
	(void)ledger_append(c, CAUSE_UNDONE, v, after->zone);
	if (store_put(c->store, v, NULL) < 0)
		wave_fault(
			c, HALLMARK_MESSAGE_STORE,
			"The store did not take a verdict back that the kernel refused: a restart would try it again");
	if (registry_put(c->registry, v) < 0)
		log_error("Out of memory: a verdict is not remembered; its device must attest again");
	r->has_undone = true;
	return true;
}

static void refuse(struct review *r, const struct written *w, int error)
{
	const struct verdict after = *registry_find(r->core->registry, w->device);

	note_refused(r, w, &after);
	if (undo(r, w, &after))
		refusals_tell(r->core, &after, w->zone_before, error);
	else
		refusals_add(r->core, &after, w->zone_before, &w->record, error);
}

static void tell_one(struct review *r, const struct written *w, int error)
{
	const struct verdict *v = registry_find(r->core->registry, w->device);

	if (!v || !w->is_moved)
		return;
	if (error < 0)
		refuse(r, w, error);
	else
		wave_tell(r->core, &(struct journal_decision){ .config = r->core->config,
							       .verdict = v,
							       .zone_before = w->zone_before,
							       .record = w->record });
}

void review_tell(struct review *r, struct element *elements)
{
	struct store *store = r->core->store;
	bool has_begun = r->core->is_drifting && store_begin(store) == 0;

	for (size_t i = 0; i < r->n_written; i++) {
		const struct element *e = element_of(&r->written[i], elements);

		tell_one(r, &r->written[i], e ? e->error : 0);
	}
	if (has_begun && store_commit(store) < 0)
		journal_event(LOG_ERR, HALLMARK_MESSAGE_STORE,
			      "The store did not take back what the kernel refused: a restart would try it again");
}
