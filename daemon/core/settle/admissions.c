/* SPDX-License-Identifier: Apache-2.0 */
/* Only here does set time take effect: verdicts and orders move with it. */
#include "core/settle/admissions.h"

#include <string.h>
#include <syslog.h>
#include <systemd/sd-id128.h>

#include "base/journal.h"
#include "base/timekeeper.h"
#include "core/devices/registry.h"
#include "core/settle/settle.h"
#include "core/settle/settler.h"
#include "decide/verdict.h"
#include "hallmark/journal.h"

/* What happened to the clock. */
struct setting {
	int64_t now_sec, step_sec;
	bool is_disciplined;
	sd_id128_t boot;
	struct settler *settler;
	unsigned n_moved, n_ended;
};

/*
 * A lifetime is a duration. Setting real time in this boot does not change it: both its ends move together. Dates of
 * certificates, labels and lists do not move. A verdict of an earlier boot stays, because only real time tells how long
 * the machine was off. If its start is still in the future, it has no valid start, and ends.
 */
static void set_one(const struct verdict *former, void *userdata)
{
	struct setting *s = userdata;
	struct verdict moved = *former, *v = &moved;
	bool is_of_boot = memcmp(v->boot, s->boot.bytes, sizeof(v->boot)) == 0;
	bool is_demand_of_boot =
		v->reattest.by_sec && memcmp(v->reattest.boot, s->boot.bytes, sizeof(v->reattest.boot)) == 0;
	bool is_end_of_boot = is_of_boot && (v->decision.expiry.cause == EXPIRY_POLICY || s->step_sec < 0);

	if (v->decision.expiry.cause == EXPIRY_REATTEST)
		is_end_of_boot = is_demand_of_boot;
	if (is_demand_of_boot)
		v->reattest.by_sec += s->step_sec;
	if (is_of_boot) {
		v->attested_sec += s->step_sec;
		v->decision.decided_sec += s->step_sec;
		s->n_moved++;
	}
	/*
	 * time went back: every end moves, so that remaining times do not grow; the review then applies the dates again
	 */
	if (is_end_of_boot)
		v->decision.expiry.at_sec += s->step_sec;
	v->is_provisional &= !s->is_disciplined;
	if (s->is_disciplined && !time_has_come(v->attested_sec, s->now_sec) &&
	    v->decision.expiry.at_sec > s->now_sec) {
		v->decision.expiry.at_sec = s->now_sec;
		s->n_ended++;
	}
	settle_move_time(s->settler, v);
}

static void on_time_set(struct settler *settler, int64_t step_sec)
{
	struct setting s = { .now_sec = timekeeper_now(&settler->time),
			     .step_sec = step_sec,
			     .is_disciplined = settler->time.is_disciplined,
			     .settler = settler };

	(void)sd_id128_get_boot(&s.boot);
	registry_each(settler->registry, set_one, &s);
	if (settler->on_step)
		settler->on_step(step_sec, settler->userdata);
	journal_event(LOG_NOTICE, HALLMARK_MESSAGE_CLOCK,
		      "Time was set%s, by %+lld s: the times of %u verdicts moved with it, %u verdicts from the future "
		      "ended; all devices are judged again",
		      s.is_disciplined ? " and is reliable now" : "", (long long)step_sec, s.n_moved, s.n_ended);
	settler->tables.is_drifting = true;
	settler->tables.is_crowded = false;
	if (step_sec > 0) /* elements of another boot did not move */
		settler->tables.late_sec += (uint32_t)(step_sec < INT32_MAX ? step_sec : INT32_MAX);
}

int64_t admissions_now(struct settler *settler)
{
	int64_t step_sec;

	if (timekeeper_take_step(&settler->time, &step_sec))
		on_time_set(settler, step_sec);
	return timekeeper_now(&settler->time);
}
