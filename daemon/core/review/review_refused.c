/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel refused in a review: reported by device, and counted in the answer. */
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "core/devices/in_force.h"
#include "core/review/review_inside.h"
#include "core/settle/settler.h"
#include "core/tell/refusals.h"
#include "decide/verdict.h"

static void note(struct review *r, const struct written *w, const struct verdict *v)
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
				   .held_back = verdict_held_back(v, &r->reviewer->in_force->config->policy),
				   .is_demotion = w->is_lesser,
				   .is_refused = true };
	memcpy(m->device, w->device, SHA256_LEN);
	memcpy(m->before, w->settlement.zone_before, sizeof(m->before));
	memcpy(m->after, v->zone, sizeof(m->after));
}

void review_note_refused(struct settlement *x, const struct verdict *after, void *userdata)
{
	const struct written *w = (const struct written *)((const char *)x - offsetof(struct written, settlement));
	struct review *r = userdata;

	if (!x->is_told)
		return;
	note(r, w, after);
	r->has_undone |= x->is_undone;
	if (x->is_undone) /* else it is reported with all others */
		refusals_tell(r->settler->teller, after, x->zone_before, x->error);
}
