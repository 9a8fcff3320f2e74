/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Combines three inputs into one time: the real clock, the monotonic clock, and whether the kernel says that real time
 * is disciplined.
 */
#include "base/timekeeper.h"

#include "base/clock.h"
#include "base/log.h"

#define STEP_MIN_SEC 2 /* whole seconds of two clocks that are read one after the other may differ by one */

static int64_t counted_on(int64_t at_sec, uint64_t at_usec, uint64_t now_usec)
{
	return at_sec + (int64_t)((now_usec - at_usec) / USEC_PER_SEC);
}

void timekeeper_init(struct timekeeper *t, int64_t floor_sec)
{
	int64_t real_sec = clock_realtime_sec();

	*t = (struct timekeeper){ .is_disciplined = clock_is_synchronised(), .at_usec = clock_monotonic_usec() };
	t->at_sec = t->is_disciplined || real_sec > floor_sec ? real_sec : floor_sec;
}

/* at_sec and at_usec change only at steps, so that fractions of a second that each call would drop do not add up. */
int64_t timekeeper_now(struct timekeeper *t)
{
	int64_t counted_sec = counted_on(t->at_sec, t->at_usec, clock_monotonic_usec());
	int64_t real_sec = clock_realtime_sec();
	int64_t step_sec = real_sec - counted_sec;
	bool is_disciplined = clock_is_synchronised();
	bool is_together = step_sec > -STEP_MIN_SEC && step_sec < STEP_MIN_SEC;
	bool is_followed = is_disciplined || step_sec > 0; /* real time counts, not our own */

	t->was_set |= (is_disciplined && !t->is_disciplined) || (is_followed && !is_together);
	t->is_disciplined = is_disciplined;
	if (is_together)
		return real_sec;
	if (!is_followed)
		return counted_sec;
	t->step_sec += step_sec;
	t->at_sec += step_sec;
	return real_sec;
}

int64_t timekeeper_peek(const struct timekeeper *t)
{
	return counted_on(t->at_sec, t->at_usec, clock_monotonic_usec());
}

bool timekeeper_take_step(struct timekeeper *t, int64_t *ret_step_sec)
{
	bool was_set;

	(void)timekeeper_now(t);
	was_set = t->was_set;
	*ret_step_sec = t->step_sec;
	t->step_sec = 0;
	t->was_set = false;
	return was_set;
}

struct timekeeper_record timekeeper_record(struct timekeeper *t)
{
	return (struct timekeeper_record){ .at_sec = timekeeper_now(t),
					   .at_usec = clock_monotonic_usec(),
					   .log_level = log_level() };
}

int64_t timekeeper_read(const struct timekeeper_record *clock)
{
	return counted_on(clock->at_sec, clock->at_usec, clock_monotonic_usec());
}
