/* SPDX-License-Identifier: Apache-2.0 */
#include "core/act/backlog.h"

#include "base/clock.h"

#define EACH_USEC     1000 /* until it is known */
#define EACH_USEC_MAX USEC_PER_SEC
#define SMOOTHING     32                 /* answers come in groups: one interval says little */
#define IN_TIME_USEC  (8 * USEC_PER_SEC) /* a device repeats its request for longer (RFC 7252 section 4.8.2) */

static uint64_t each_usec(const struct backlog *b)
{
	return b->each_usec > 0 ? b->each_usec : EACH_USEC;
}

void backlog_note(struct backlog *b, unsigned n_waiting, uint64_t now_usec)
{
	if (b->answered_usec > 0) {
		const uint64_t took = now_usec - b->answered_usec;

		b->each_usec =
			(each_usec(b) * (SMOOTHING - 1) + (took < EACH_USEC_MAX ? took : EACH_USEC_MAX)) / SMOOTHING;
	}
	b->answered_usec = n_waiting > 0 ? now_usec : 0;
}

void backlog_rest(struct backlog *b)
{
	b->answered_usec = 0;
}

bool backlog_has_room(const struct backlog *b, unsigned n_waiting, unsigned n_edges)
{
	const uint64_t all = (uint64_t)n_waiting * n_edges;

	return n_waiting < BACKLOG_MIN || (all < BACKLOG_MAX && all * each_usec(b) < IN_TIME_USEC);
}

/* Those whose time has come are away no longer. */
static void come_back(struct backlog *b, uint64_t now_usec)
{
	const uint64_t each = each_usec(b), n = (now_usec - b->away_usec) / each;

	if (n >= b->n_away) {
		b->n_away = 0;
		b->away_usec = now_usec;
	} else {
		b->n_away -= n;
		b->away_usec += n * each;
	}
}

uint32_t backlog_give(struct backlog *b, unsigned n_waiting, uint64_t now_usec)
{
	uint64_t wait;

	come_back(b, now_usec);
	wait = (n_waiting / 2 + b->n_away) * each_usec(b);
	if (wait >= BACKLOG_SEC_MAX * USEC_PER_SEC)
		return BACKLOG_SEC_MAX;
	b->n_away++;
	return (uint32_t)(wait / USEC_PER_SEC) + 1;
}
