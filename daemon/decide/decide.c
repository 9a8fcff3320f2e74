/* SPDX-License-Identifier: Apache-2.0 */
/* One stage after the other: what the core makes of facts. */
#include "decide/decide.h"

void decide(const struct recognition_rules *recognition, const struct policy *policy, const struct facts *facts,
	    int64_t now_sec, struct decision *ret)
{
	struct recognised recognised[HALLMARK_LABELS_MAX] = { 0 };

	*ret = (struct decision){ .zone = ZONE_QUARANTINE, .reason = REASON_INTERNAL };
	for (size_t i = 0; i < facts->n_labels; i++)
		recognise(recognition, &facts->labels[i], now_sec, &recognised[i]);

	policy_decide(policy, facts, recognised, now_sec, ret);
}
