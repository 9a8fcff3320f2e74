/* SPDX-License-Identifier: Apache-2.0 */
/* Decides on what the worker's records say, has all of it settled at once, and answers. */
#include "core/act/turn.h"

#include <errno.h>
#include <stdio.h>
#include <systemd/sd-id128.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "core/act/place.h"
#include "core/devices/occupancy.h"
#include "core/devices/orders.h"
#include "core/settle/admissions.h"
#include "core/settle/reconsider.h"
#include "core/settle/result.h"
#include "core/settle/settle.h"
#include "core/tell/wave.h"
#include "decide/decide.h"

#define TURN_MAX 64 /* records of one turn: bounds how long the first waits for its answer */

/* One record on its way through the turn. */
struct pending {
	uint64_t id;
	enum ipc_kind kind;           /* of the record */
	enum hallmark_reason problem; /* REASON_ADMITTED: answer with the verdict's EAR */
	bool was_there;               /* `before` is set */
	struct verdict before;        /* what the registry held */
	struct verdict verdict;
	struct settlement settlement;
};

struct turn {
	struct core *core;
	sd_id128_t boot;
	struct ipc_message message;
	struct pending pending[TURN_MAX];
	size_t n_pending;
	struct pending displaced[TURN_MAX]; /* by those */
	size_t n_displaced;
	struct settling settling;
	int ipc_fd;
	int answered; /* 0, or why the worker did not take an answer */
};

/* --- judging --- */

static bool is_admitted(const struct verdict *v, int64_t now_sec)
{
	return verdict_zone(v, now_sec) != ZONE_QUARANTINE;
}

static void set_zone(const struct turn *t, struct verdict *v, uint8_t zone)
{
	v->decision.zone = zone;
	(void)snprintf(v->zone, sizeof(v->zone), "%s", t->core->config->policy.zones[zone].name);
}

/*
 * The place is this device's now (core/devices/occupancy.h): who was there has run out, and what the kernel still holds of it goes, or
 * was only monitored there.
 */
static void displace(struct turn *t, const struct verdict *by, int64_t now_sec)
{
	const struct verdict *there = registry_at_place(t->core->registry, by->interface, by->mac);
	struct pending *p = &t->displaced[t->n_displaced];

	if (!there || memcmp(there->facts.device, by->facts.device, SHA256_LEN) == 0)
		return;
	t->n_displaced++;
	p->before = p->verdict = *there;
	p->settlement = (struct settlement){
		.before = &p->before, .after = &p->verdict, .cause = CAUSE_DISPLACED, .is_told = true
	};
	memcpy(p->settlement.zone_before, there->zone, sizeof(p->settlement.zone_before));
	set_zone(t, &p->verdict, ZONE_QUARANTINE);
	p->verdict.decision.reason = REASON_DISPLACED;
	p->verdict.decision.expiry.at_sec = now_sec;
	p->verdict.monitored_until_sec = 0;
	settle_put(&t->settling, &p->settlement, &p->verdict);
}

/* Whoever is at its place has run out, if anybody is. */
static void make_room(struct turn *t, const struct verdict *after, int64_t now_sec)
{
	if (is_admitted(after, now_sec) || after->monitored_until_sec > now_sec)
		displace(t, after, now_sec);
}

static struct pending *next_pending(struct turn *t, const struct ipc_record *record, const struct ipc_origin *origin)
{
	struct pending *p = &t->pending[t->n_pending++];

	*p = (struct pending){ .id = record->id, .kind = record->kind, .problem = REASON_INTERNAL };
	p->settlement.received_usec = origin->received_usec;
	p->settlement.after = &p->verdict;
	(void)snprintf(p->settlement.zone_before, sizeof(p->settlement.zone_before), "%s",
		       t->core->config->policy.zones[ZONE_QUARANTINE].name);
	return p;
}

static void note_before(const struct turn *t, const struct verdict *before, int64_t now_sec, struct pending *p)
{
	if (!before)
		return;
	p->before = *before;
	p->was_there = true;
	p->settlement.before = &p->before;
	(void)snprintf(p->settlement.zone_before, sizeof(p->settlement.zone_before), "%s",
		       t->core->config->policy.zones[verdict_zone(before, now_sec)].name);
}

static bool is_full(const struct turn *t, const struct pending *p)
{
	return !p->was_there && registry_count_admitted(t->core->registry) >= t->core->config->ruleset.set_size;
}

/*
 * What was decided on does not hold at a place that another device has. Returns false where the device stands elsewhere: that
 * stays, for whoever is at this place may only have sent its evidence on.
 */
static bool holds_at_place(const struct turn *t, struct pending *p, int64_t now_sec)
{
	struct verdict *v = &p->verdict;

	if (!occupancy_is_taken(t->core->registry, v, now_sec))
		return true;
	if (p->was_there && occupancy_of(&p->before, now_sec) != OCCUPANCY_NONE &&
	    occupancy_of(v, now_sec) != OCCUPANCY_NONE) {
		p->problem = REASON_PLACE_TAKEN;
		return false;
	}
	occupancy_keep_out(v, &t->core->config->policy, now_sec);
	return true;
}

/*
 * While all devices are due to be judged by what the worker has already, as after a start, nobody comes back one by one from
 * what was taken back: the review counts them first, and the brake may hold it. What the device has stays as it is.
 */
static enum hallmark_reason problem_of_due(const struct core *c, const struct pending *p)
{
	if (!c->review_due || !p->was_there || decision_is_ordered(&p->verdict.decision) ||
	    !reconsider_is_reinstatement(c->config, &p->before, &p->verdict))
		return REASON_ADMITTED;
	return c->held || c->is_review_put_off ? REASON_HELD : REASON_BUSY;
}

static void judge_submission(struct turn *t, const struct ipc_message *m)
{
	const struct ipc_submission *s = &m->record.submission;
	struct pending *p = next_pending(t, &m->record, &s->origin);
	const struct order *order = orders_find(t->core->orders, s->facts.device);
	struct verdict *v = &p->verdict;
	int64_t now_sec = admissions_now(t->core);

	note_before(t, registry_find(t->core->registry, s->facts.device), now_sec, p);
	if (p->was_there)
		place_copy(v, &p->before);
	v->facts = s->facts;
	v->attested_sec = now_sec;
	v->is_provisional = !t->core->time.is_disciplined;
	memcpy(v->boot, t->boot.bytes, sizeof(v->boot));
	p->settlement.is_told = p->settlement.is_counted = true;
	p->settlement.cause = CAUSE_ATTESTED;
	p->settlement.inputs = &m->signed_inputs;
	p->problem = place_find(t->core, &s->origin, v);
	if (p->problem != REASON_ADMITTED)
		return;

	registry_check_ueid(t->core->registry, now_sec, &v->facts);
	decide(&t->core->config->recognition, &t->core->config->policy, &v->facts, now_sec, &v->decision);
	set_zone(t, v, v->decision.zone);
	order_lay_over(order, &t->core->config->policy, now_sec, v);
	reconsider_note_taken_back(&t->core->config->policy, &p->before, v);
	if (!holds_at_place(t, p, now_sec))
		return;
	p->problem = problem_of_due(t->core, p);
	if (p->problem != REASON_ADMITTED)
		return;
	if (is_full(t, p))
		p->problem = REASON_BUSY;
	else if (result_sign(t->core->config, t->core->result_key, v) < 0)
		p->problem = REASON_INTERNAL;
	if (p->problem != REASON_ADMITTED)
		return;

	v->was_admitted = p->before.was_admitted || order || v->decision.zone != ZONE_QUARANTINE;
	make_room(t, v, now_sec);
	settle_put(&t->settling, &p->settlement, v);
}

/*
 * The fast way back: possession was proved in this handshake, so an admission that still runs is put where it is now. It is not
 * there for one of which evidence is demanded.
 */
static void judge_admission(struct turn *t, const struct ipc_message *m)
{
	const struct ipc_admission *a = &m->record.admission;
	struct pending *p = next_pending(t, &m->record, &a->origin);
	int64_t now_sec = admissions_now(t->core);

	note_before(t, registry_find(t->core->registry, a->device), now_sec, p);
	p->problem = REASON_NOT_ADMITTED;
	if (!p->was_there || !is_admitted(&p->before, now_sec) || p->before.reattest.by_sec)
		return;

	p->verdict = p->before;
	p->problem = place_find(t->core, &a->origin, &p->verdict);
	if (p->problem == REASON_ADMITTED && occupancy_is_taken(t->core->registry, &p->verdict, now_sec))
		p->problem = REASON_PLACE_TAKEN;
	if (p->problem != REASON_ADMITTED)
		return;
	make_room(t, &p->verdict, now_sec);
	if (!place_is_same(&p->before, &p->verdict)) {
		p->settlement.is_told = p->settlement.is_counted = true;
		p->settlement.cause = CAUSE_MOVED;
	} else if (place_has_same_addresses(&p->before, &p->verdict)) {
		settle_place(&t->settling, &p->settlement, &p->verdict);
		return;
	}
	settle_put(&t->settling, &p->settlement, &p->verdict);
}

/* --- answering --- */

static int answer(const struct pending *p, int ipc_fd)
{
	struct ipc_record record = { .kind = IPC_ANSWER, .id = p->id };
	struct ipc_answer *a = &record.answer;

	a->to = p->kind;
	a->reason = p->problem;
	if (p->problem == REASON_ADMITTED) {
		a->n_ear = p->verdict.n_ear;
		memcpy(a->ear, p->verdict.ear, p->verdict.n_ear);
	}
	return ipc_send(ipc_fd, &record, NULL);
}

static struct pending *pending_of(struct settlement *x)
{
	return (struct pending *)((char *)x - offsetof(struct pending, settlement));
}

static void on_refused(struct settlement *x, const struct verdict *after, void *userdata)
{
	const struct turn *t = userdata;

	pending_of(x)->problem = REASON_KERNEL;
	if (x->is_undone && x->is_told)
		wave_not_judged(t->core, after, REASON_KERNEL);
}

/* What the kernel refused was told when it did. */
static bool was_not_judged(const struct pending *p)
{
	return p->settlement.is_told && p->problem != REASON_ADMITTED && p->problem != REASON_KERNEL;
}

static void on_told(void *userdata)
{
	struct turn *t = userdata;

	for (size_t i = 0; i < t->n_pending; i++) {
		const struct pending *p = &t->pending[i];

		if (was_not_judged(p))
			wave_not_judged(t->core, &p->verdict, p->problem);
		if (p->problem == REASON_ADMITTED && p->kind == IPC_ADMISSION)
			t->core->metrics.returns++;
		if (t->answered == 0)
			t->answered = answer(p, t->ipc_fd);
	}
}

static int take(struct turn *t, const struct ipc_message *m)
{
	switch (m->record.kind) {
	case IPC_SUBMISSION:
		judge_submission(t, m);
		return 1;
	case IPC_ADMISSION:
		judge_admission(t, m);
		return 1;
	case IPC_COUNTERS:
		t->core->counters = m->record.counters;
		return 1;
	case IPC_READY:
		supervisor_note_ready(t->core->supervisor);
		return 1;
	default:
		return -EBADMSG;
	}
}

int turn_run(struct turn *t, int ipc_fd)
{
	int r = 1;

	t->ipc_fd = ipc_fd;
	t->answered = 0;
	t->n_pending = t->n_displaced = 0;
	settle_begin(&t->settling, t->core, admissions_now(t->core));
	t->settling.on_refused = on_refused;
	t->settling.answer = on_told;
	t->settling.userdata = t;
	t->settling.ipc_fd = ipc_fd;
	while (r > 0 && t->n_pending < TURN_MAX) {
		r = ipc_receive(ipc_fd, &t->message);
		if (r > 0)
			r = take(t, &t->message);
	}
	(void)settle_end(&t->settling);
	if (r == 0)
		return -EPIPE;
	if (r < 0 && r != -EAGAIN)
		return r;
	return t->answered;
}

int turn_new(struct core *core, struct turn **ret)
{
	struct turn *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->core = core;
	(void)sd_id128_get_boot(&t->boot);
	*ret = t;
	return 0;
}

void turn_free(struct turn *t)
{
	if (!t)
		return;
	settle_done(&t->settling);
	free(t);
}
