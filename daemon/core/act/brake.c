/* SPDX-License-Identifier: Apache-2.0 */
/* The beginning is what counts, and is kept: another reload, another list, a restart or a step of the clock does not renew it. */
#include "core/act/brake.h"

#include <syslog.h>

#include "base/clock.h"
#include "base/journal.h"
#include "config/config.h"
#include "core/core.h"
#include "core/settle/admissions.h"
#include "hallmark/journal.h"
#include "store/store.h"

static void set_since(struct core *c, int64_t since_sec)
{
	c->held_since_sec = since_sec;
	if (store_set_held_since(c->settler.store, since_sec) < 0)
		journal_event(LOG_ERR, HALLMARK_MESSAGE_STORE,
			      "Cannot store when the brake began to hold: a restart would begin its time anew");
}

int64_t brake_until(const struct core *c)
{
	return c->held ? c->held_since_sec + c->in_force.config->brake_hold_sec : 0;
}

void brake_begin(struct core *c)
{
	if (c->held_since_sec == 0)
		set_since(c, admissions_now(&c->settler));
	c->held_told_usec = clock_monotonic_usec();
}

void brake_end(struct core *c)
{
	if (c->held_since_sec != 0)
		set_since(c, 0);
}

/* A beginning that has not come yet was told by a clock that was wrong: it counts from now. */
int brake_load(struct core *c)
{
	int64_t since_sec = 0;
	int r = store_held_since(c->settler.store, &since_sec);

	if (r < 0)
		return r;
	c->held_since_sec = since_sec;
	if (since_sec > c->started_sec)
		set_since(c, c->started_sec);
	return 0;
}

void brake_move_time(struct core *c, int64_t step_sec)
{
	if (c->held && step_sec != 0)
		set_since(c, c->held_since_sec + step_sec);
}
