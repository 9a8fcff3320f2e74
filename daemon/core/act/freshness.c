/* SPDX-License-Identifier: Apache-2.0 */
#include "core/act/freshness.h"

#include <string.h>

#include "appraise/facts.h"
#include "base/beacon.h"
#include "base/check_result.h"
#include "core/devices/used.h"
#include "ipc/ipc.h"

/* The end of a handle: in a channel value and in a nonce it is random. */
static uint64_t mark_of(const struct ipc_fresh *fresh)
{
	uint64_t mark;

	memcpy(&mark, fresh->handle + sizeof(fresh->handle) - sizeof(mark), sizeof(mark));
	return mark;
}

static enum hallmark_reason why_not_fresh(const struct beacons *beacons, const struct used_beacon *before,
					  const struct ipc_fresh *fresh)
{
	uint32_t number = beacons_find(beacons, fresh->beacon);
	bool is_nonce = memcmp(fresh->handle, fresh->beacon, BEACON_LEN) == 0;

	if (number == 0)
		return is_nonce ? REASON_NONCE_EXPIRED : REASON_CHANNEL_SPENT;
	return before && used_has(before, number, mark_of(fresh)) ? REASON_REPLAYED : REASON_ADMITTED;
}

void freshness_check(const struct beacons *beacons, const struct used_beacon *before, const struct ipc_fresh *fresh,
		     struct facts *facts)
{
	struct check_result *check = &facts->checks[CHECK_FRESHNESS];
	enum hallmark_reason reason;

	if (check->state != CHECK_PASSED)
		return;
	reason = why_not_fresh(beacons, before, fresh);
	if (reason != REASON_ADMITTED)
		*check = check_failed(reason);
}

void freshness_note(const struct beacons *beacons, const struct ipc_fresh *fresh, struct used_beacon *ret)
{
	used_add(ret, beacons_find(beacons, fresh->beacon), mark_of(fresh));
}
