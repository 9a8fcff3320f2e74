/* SPDX-License-Identifier: Apache-2.0 */
#include "core/tell/flood.h"

#include <syslog.h>

#include "base/clock.h"
#include "base/journal.h"
#include "hallmark/journal.h"

#define PAUSE_USEC (60 * USEC_PER_SEC)
#define FEW        20 /* refusals in a minute: a device that is set up by hand causes as many */

static void count_from(struct flood *f, const struct edge_counters *now, uint64_t now_usec, bool is_on)
{
	*f = (struct flood){ .base = *now, .since_usec = now_usec, .is_on = is_on };
}

bool flood_sweep(struct flood *f, const struct edge_counters *now, uint64_t now_usec)
{
	const bool is_over = now_usec - f->since_usec >= PAUSE_USEC;
	uint64_t handshakes, requests;

	handshakes = now->refused_handshakes - f->base.refused_handshakes;
	requests = now->refused_requests - f->base.refused_requests;
	if (handshakes + requests < FEW) {
		if (is_over)
			count_from(f, now, now_usec, false);
		return false;
	}
	if (f->is_on && !is_over)
		return false;
	count_from(f, now, now_usec, true);
	journal_event(
		LOG_WARNING, HALLMARK_MESSAGE_FLOOD,
		"Within a minute %llu handshakes and %llu requests were refused: their senders ask for more than their "
		"share, or all places were taken by others that came at once. Other devices are served. `hallmarkctl "
		"metrics` has the counters of each port and cause",
		(unsigned long long)handshakes, (unsigned long long)requests);
	return true;
}
