/* SPDX-License-Identifier: Apache-2.0 */
#include "decide/occupancy.h"

#include <string.h>

#include "base/sizes.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "hallmark/reason.h"

enum occupancy occupancy_of(const struct verdict *v, int64_t now_sec)
{
	if (verdict_zone(v, now_sec) != ZONE_QUARANTINE)
		return OCCUPANCY_ADMITTED;
	return v->monitored_until_sec > now_sec ? OCCUPANCY_MONITORED : OCCUPANCY_NONE;
}

bool occupancy_is_taken(const struct verdict *there, const struct verdict *v, int64_t now_sec)
{
	enum occupancy occupancy;

	if (!there || memcmp(there->facts.device, v->facts.device, SHA256_LEN) == 0)
		return false;
	occupancy = occupancy_of(there, now_sec);
	return occupancy != OCCUPANCY_NONE && occupancy >= occupancy_of(v, now_sec);
}

void occupancy_keep_out(struct verdict *v, const struct policy *policy, enum hallmark_reason reason, int64_t now_sec)
{
	v->monitored_until_sec = 0;
	if (verdict_zone(v, now_sec) == ZONE_QUARANTINE) /* keep its own reason, which says more */
		return;
	verdict_end(v, policy, now_sec);
	v->decision.reason = reason;
}
