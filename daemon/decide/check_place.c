/* SPDX-License-Identifier: Apache-2.0 */
#include "decide/check_place.h"

#include <string.h>

#include "appraise/facts.h"
#include "hallmark/check.h"
#include "hallmark/reason.h"

struct check_result place_check(const struct facts *facts, const struct place_seen *seen)
{
	const struct place_claim *said = &facts->place;
	const bool is_link = said->n_link == sizeof(seen->mac) && memcmp(said->link, seen->mac, sizeof(seen->mac)) == 0;

	if (facts->checks[CHECK_EVIDENCE_SIGNATURE].state != CHECK_PASSED)
		return check_failed(REASON_NOT_EVALUATED);
	if (!said->is_said || said->n_link == 0)
		return check_absent(REASON_PLACE_UNSAID);
	if ((!is_link || !IN6_ARE_ADDR_EQUAL(&said->own, &seen->address)) && seen->is_shared)
		return check_absent(REASON_PLACE_SHARED);
	if (!is_link)
		return check_failed(REASON_PLACE_LINK);
	if (!IN6_ARE_ADDR_EQUAL(&said->own, &seen->address))
		return check_failed(REASON_PLACE_ADDRESS);
	return seen->is_gateway_pinned ? check_passed() : check_absent(REASON_PLACE_AMBIGUOUS);
}

bool place_is_elsewhere(const struct check_result *place)
{
	return place->state == CHECK_FAILED && place->reason != REASON_NOT_EVALUATED;
}
