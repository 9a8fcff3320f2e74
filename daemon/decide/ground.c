/* SPDX-License-Identifier: Apache-2.0 */
#include "decide/ground.h"

#include <string.h>

#include "appraise/facts.h"
#include "decide/verdict.h"

bool facts_are_same(const struct facts *a, const struct facts *b)
{
	struct facts one = *a;

	memcpy(one.handles, b->handles, sizeof(one.handles));
	one.n_handles = b->n_handles;
	one.place = b->place;
	return memcmp(&one, b, sizeof(one)) == 0;
}

bool verdict_is_renewal(const struct verdict *before, const struct verdict *v)
{
	return !before->is_restored && !before->is_unstored && strcmp(before->zone, v->zone) == 0 &&
	       before->decision.reason == v->decision.reason && before->reattest.by_sec == v->reattest.by_sec &&
	       before->monitored_until_sec == v->monitored_until_sec && place_is_same(before, v) &&
	       facts_are_same(&before->facts, &v->facts);
}
