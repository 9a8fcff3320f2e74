/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time when the hold began is kept: another reload, another list, a restart or a step of the clock does not restart
 * it.
 */
#include "core/act/brake.h"

#include <syslog.h>

#include "base/clock.h"
#include "base/journal.h"
#include "config/config.h"
#include "core/settle/admissions.h"
#include "core/settle/settler.h"
#include "hallmark/journal.h"
#include "store/store.h"

static void set_since(struct due *d, struct store *store, int64_t since_sec)
{
	d->held_since_sec = since_sec;
	if (store_set_held_since(store, since_sec) < 0)
		journal_event(LOG_ERR, HALLMARK_MESSAGE_STORE,
			      "Cannot store when the brake began to hold: a restart would restart its time");
}

int64_t brake_until(const struct due *d, const struct config *config)
{
	return d->held ? d->held_since_sec + config->brake_hold_sec : 0;
}

void brake_begin(struct due *d, struct settler *settler)
{
	if (d->held_since_sec == 0)
		set_since(d, settler->store, admissions_now(settler));
	d->held_told_usec = clock_monotonic_usec();
}

void brake_end(struct due *d, struct store *store)
{
	if (d->held_since_sec != 0)
		set_since(d, store, 0);
}

/* A beginning in the future was written with a wrong clock: then the hold begins now. */
int brake_load(struct due *d, struct store *store, int64_t started_sec)
{
	int64_t since_sec = 0;
	int r = store_held_since(store, &since_sec);

	if (r < 0)
		return r;
	d->held_since_sec = since_sec;
	if (since_sec > started_sec)
		set_since(d, store, started_sec);
	return 0;
}

void brake_move_time(struct due *d, struct store *store, int64_t step_sec)
{
	if (d->held && step_sec != 0)
		set_since(d, store, d->held_since_sec + step_sec);
}
