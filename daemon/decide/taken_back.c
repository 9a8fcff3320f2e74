/* SPDX-License-Identifier: Apache-2.0 */
#include "decide/taken_back.h"

#include <stddef.h>

#include "appraise/facts.h"
#include "base/check.h"
#include "decide/decision.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "hallmark/check.h"

static unsigned count_taken_back(const struct facts *f)
{
	unsigned n = reason_takes_back(f->checks[CHECK_DEVICE_REVOCATION].reason);

	for (size_t i = 0; i < f->n_labels; i++)
		n += reason_takes_back(f->labels[i].checks[CHECK_LABEL_STATUS].reason);
	return n;
}

/* For a restored verdict that was not reviewed yet, only the deciding reason is known. */
static unsigned count_lost_by(const struct verdict *v)
{
	unsigned n = count_taken_back(&v->facts);

	return n > 0 ? n : v->was_taken_back || reason_takes_back(v->decision.reason);
}

/* An order changes zones for its own reasons. */
void taken_back_note(const struct policy *p, const struct verdict *before, struct verdict *after)
{
	static const struct verdict unknown;

	if (!before)
		before = &unknown;

	bool is_out = after->decision.zone == ZONE_QUARANTINE || zone_is_better(p, before->zone, after->zone);

	after->was_taken_back = before->was_taken_back;
	if (decision_is_ordered(&after->decision))
		return;
	if (zone_is_better(p, after->zone, before->zone))
		after->was_taken_back = false;
	else
		after->was_taken_back |= is_out && (count_lost_by(before) > 0 || count_lost_by(after) > 0);
}

bool taken_back_is_undone(const struct policy *p, const struct verdict *before, const struct verdict *after)
{
	return zone_is_better(p, after->zone, before->zone) && count_taken_back(&after->facts) < count_lost_by(before);
}
