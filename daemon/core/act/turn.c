/* SPDX-License-Identifier: Apache-2.0 */
/* Decides on what came, settles all of it at once, and answers. */
#include "core/act/turn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-id128.h>

#include "appraise/facts.h"
#include "base/bytes.h"
#include "base/stage.h"
#include "config/config.h"
#include "core/act/brake.h"
#include "core/act/freshness.h"
#include "core/act/place.h"
#include "core/devices/in_force.h"
#include "core/devices/orders.h"
#include "core/devices/registry.h"
#include "core/devices/used.h"
#include "core/settle/admissions.h"
#include "core/settle/result.h"
#include "core/settle/settle.h"
#include "core/settle/settler.h"
#include "core/tell/teller.h"
#include "core/tell/wave.h"
#include "decide/decide.h"
#include "decide/ground.h"
#include "decide/occupancy.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "enforce/ruleset.h"
#include "ipc/ipc.h"
#include "ipc/supervisor.h"

#define TURN_MAX 64 /* decisions in one turn: bounds how long the first one waits for its answer */

/* One record in a turn. */
struct pending {
	unsigned edge;
	uint64_t id;
	enum ipc_kind kind;           /* of the record */
	enum hallmark_reason problem; /* REASON_ADMITTED: answer with the verdict's EAR */
	uint16_t wait_sec;            /* of a problem: when it may ask again; 0: as the problem has it */
	char why[PLACE_WHY_SIZE];     /* it changed nothing, in full for the journal; "": the reason says it */
	enum hallmark_reason unheard; /* only the EAR is sent, for this reason; REASON_ADMITTED: the verdict changes */
	struct verdict before;        /* the registry's verdict; settlement.before points to it, or is NULL */
	struct verdict verdict;
	struct settlement settlement;
};

struct turn {
	struct settler *settler;
	const struct orders *orders;
	const struct due *due;
	const struct beacons *beacons;
	sd_id128_t boot;
	bool has_begun;
	struct pending pending[TURN_MAX];
	size_t n_pending;
	struct pending displaced[TURN_MAX]; /* devices that lose their place to those in `pending` */
	size_t n_displaced;
	struct settling settling; /* and the time of the turn: no decision is later than what is written */
};

/* --- Judging --- */

static bool is_admitted(const struct verdict *v, int64_t now_sec)
{
	return verdict_zone(v, now_sec) != ZONE_QUARANTINE;
}

/*
 * The place is now this device's (decide/occupancy.h). The device that was there is no longer admitted, or was only
 * monitored there; what the kernel still holds of it is removed.
 */
static void displace(struct turn *t, const struct verdict *by, int64_t now_sec)
{
	struct pending *p = &t->displaced[t->n_displaced];
	const struct verdict *there = registry_at_place(t->settler->registry, by->interface, by->mac, &p->before);

	if (!there || memcmp(there->facts.device, by->facts.device, SHA256_LEN) == 0)
		return;
	t->n_displaced++;
	p->verdict = p->before;
	p->settlement = (struct settlement){
		.before = &p->before, .after = &p->verdict, .cause = CAUSE_DISPLACED, .is_told = true
	};
	memcpy(p->settlement.zone_before, there->zone, sizeof(p->settlement.zone_before));
	verdict_end(&p->verdict, &t->settler->in_force->config->policy, now_sec);
	p->verdict.decision.reason = REASON_DISPLACED;
	p->verdict.monitored_until_sec = 0;
	settle_put(&t->settling, &p->settlement, &p->verdict);
}

/* A device that is still entered at this place is no longer admitted. */
static void make_room(struct turn *t, const struct verdict *after, int64_t now_sec)
{
	const struct ruleset *r = &t->settler->in_force->config->ruleset;

	if (occupancy_of(after, now_sec) != OCCUPANCY_NONE && !ruleset_shares(r, after->interface, after->mac))
		displace(t, after, now_sec);
}

static struct pending *next_pending(struct turn *t, unsigned edge, enum ipc_kind kind, uint64_t request)
{
	if (t->n_pending == TURN_MAX) {
		turn_end(t);
		turn_begin(t);
	}

	struct pending *p = &t->pending[t->n_pending++];

	*p = (struct pending){
		.edge = edge, .id = request, .kind = kind, .problem = REASON_INTERNAL, .unheard = REASON_ADMITTED
	};
	p->settlement.after = &p->verdict;
	(void)snprintf(p->settlement.zone_before, sizeof(p->settlement.zone_before), "%s",
		       t->settler->in_force->config->policy.zones[ZONE_QUARANTINE].name);
	return p;
}

static void note_before(const struct turn *t, const uint8_t device[static SHA256_LEN], int64_t now_sec,
			struct pending *p)
{
	const struct verdict *before = registry_find(t->settler->registry, device, &p->before);

	if (!before)
		return;
	p->settlement.before = &p->before;
	(void)snprintf(p->settlement.zone_before, sizeof(p->settlement.zone_before), "%s",
		       t->settler->in_force->config->policy.zones[verdict_zone(before, now_sec)].name);
}

/* The answer for a device that would be readmitted after a revocation, while a review of all devices is due. */
static enum hallmark_reason answer_of_due(const struct due *d)
{
	if (!d->cause)
		return REASON_ADMITTED;
	return d->held || d->is_put_off ? REASON_HELD : REASON_BUSY;
}

/*
 * Who has the place. What a MAC proved on one guarded bridge is its own on all of them (docs/enforcement.md), so another
 * device with this MAC has no place on any other.
 */
static const struct verdict *occupant_of(const struct turn *t, const struct verdict *v, struct verdict *room)
{
	const struct registry *registry = t->settler->registry;
	const struct ruleset *r = &t->settler->in_force->config->ruleset;
	const struct verdict *there = registry_at_place(registry, v->interface, v->mac, room);

	if (!ruleset_bridge(r, v->interface))
		return there;
	for (size_t i = 0; !there && i < r->n_bridges; i++)
		there = registry_at_place(registry, r->bridges[i].name, v->mac, room);
	return there;
}

/* Of other devices. */
struct others {
	struct verdict ueid_owner, at_place;
};

static struct circumstances circumstances_of(const struct turn *t, const struct verdict *v, int64_t now_sec,
					     struct others *others)
{
	const struct registry *registry = t->settler->registry;
	const struct config *config = t->settler->in_force->config;
	const struct facts *f = &v->facts;
	const bool is_shared = ruleset_shares(&config->ruleset, v->interface, v->mac);

	return (struct circumstances){
		.recognition = &config->recognition,
		.policy = &config->policy,
		.order = orders_find(t->orders, f->device),
		.ueid_owner = registry_ueid_owner(registry, bytes_of(f->ueid, f->n_ueid), &others->ueid_owner),
		.at_place = is_shared ? NULL : occupant_of(t, v, &others->at_place),
		.is_shared = is_shared,
		.is_full = registry_count_admitted(registry) >= config->ruleset.set_size,
		.due = answer_of_due(t->due),
		.now_sec = now_sec,
	};
}

/* The verdict as the submission would make it; p->problem and p->unheard say what stands against that. */
static void weigh(struct turn *t, const struct heard *h, struct pending *p)
{
	AT_STAGE(STAGE_DECIDE);
	struct verdict *v = &p->verdict;
	const int64_t now_sec = t->settling.now_sec;
	struct others others;

	note_before(t, h->judged->facts.device, now_sec, p);
	if (p->settlement.before)
		place_copy(v, &p->before);
	v->facts = h->judged->facts;
	freshness_check(t->beacons, registry_used(t->settler->registry, v->facts.device), &h->judged->fresh, &v->facts);
	v->attested_sec = now_sec;
	v->is_provisional = !t->settler->time.is_disciplined;
	memcpy(v->boot, t->boot.bytes, sizeof(v->boot));
	p->settlement.is_told = p->settlement.is_counted = true;
	p->settlement.cause = CAUSE_ATTESTED;
	p->settlement.inputs = h->inputs;
	p->settlement.keeps_stored = !h->is_final && is_admitted(&p->before, now_sec);
	p->problem = place_find(t->settler, &h->origin, h->received_usec, now_sec, v, p->why);
	if (p->problem != REASON_ADMITTED)
		return;
	place_prove(t->settler, &h->origin, v);

	const struct circumstances c = circumstances_of(t, v, now_sec, &others);

	p->problem = decide(&c, p->settlement.before, v);
	if (REASON_CHECK(p->problem) !=
	    CHECK_NONE) { /* the device gets it in its result, as every finding of a check */
		p->unheard = p->problem;
		if (REASON_CHECK(p->unheard) == CHECK_PLACE)
			place_say_refused(&p->before, v, p->unheard, p->why);
		p->problem = REASON_ADMITTED;
	}
	v->was_admitted = p->before.was_admitted || c.order || v->decision.zone != ZONE_QUARANTINE;
}

/*
 * What a judge says that met other devices' bytes may neither give nor take: a device that has or had something keeps it, and one
 * that has nothing gets nothing. Nor may an operator's order rest on it, which asks who a device is.
 */
static bool needs_judge_alone(const struct pending *p, int64_t now_sec)
{
	const struct verdict *v = &p->verdict;
	const bool is_heard = p->problem == REASON_ADMITTED && p->unheard == REASON_ADMITTED;

	if (is_admitted(&p->before, now_sec))
		return !is_heard || !verdict_is_renewal(&p->before, v);
	if (!is_heard)
		return p->before.was_admitted;
	return v->was_admitted || verdict_is_proved(v) || occupancy_of(v, now_sec) != OCCUPANCY_NONE;
}

static void conclude(struct turn *t, struct pending *p)
{
	struct verdict *v = &p->verdict;
	const int64_t now_sec = t->settling.now_sec;

	if (p->problem == REASON_ADMITTED &&
	    result_sign(t->settler->in_force->config, t->settler->in_force->result_key, v) < 0)
		p->problem = REASON_INTERNAL;
	if (p->problem != REASON_ADMITTED || p->unheard != REASON_ADMITTED)
		return;
	if (is_admitted(&p->before, now_sec) && !place_is_same(&p->before, v))
		p->settlement.cause = CAUSE_MOVED;
	make_room(t, v, now_sec);
	settle_put(&t->settling, &p->settlement, v);
}

/* Evidence of a device that is kept in memory counts once, whatever came of it. */
static void note_used(const struct turn *t, const struct ipc_fresh *fresh, const struct facts *judged)
{
	struct used_beacon *used = registry_used(t->settler->registry, judged->device);

	if (used && facts_are_its_word(judged))
		freshness_note(t->beacons, fresh, used);
}

bool turn_hear(struct turn *t, const struct heard *h)
{
	struct pending *p = next_pending(t, h->edge, IPC_SUBMISSION, h->request);

	p->settlement.received_usec = h->received_usec;
	weigh(t, h, p);
	if (!h->is_final && needs_judge_alone(p, t->settling.now_sec)) {
		t->n_pending--;
		return false;
	}
	conclude(t, p);
	note_used(t, &h->judged->fresh, &p->verdict.facts);
	return true;
}

void turn_refuse(struct turn *t, unsigned edge, uint64_t request, enum hallmark_reason reason, uint32_t wait_sec)
{
	struct pending *p = next_pending(t, edge, IPC_SUBMISSION, request);

	p->problem = reason;
	p->wait_sec = (uint16_t)wait_sec;
}

/* A device whose place another one has, or its own new key, is told so. It is not as one that was never there. */
static enum hallmark_reason why_not_admitted(const struct verdict *before)
{
	return before && before->decision.reason == REASON_DISPLACED ? REASON_DISPLACED : REASON_NOT_ADMITTED;
}

/*
 * A device that reconnects gets the result of its running admission without new evidence. A handshake proves less than
 * evidence, so only the device's own addresses at the same place may change. The result is signed with the key in force
 * now, which the device may know alone. A device that must attest again gets no such answer.
 */
void turn_admission(struct turn *t, unsigned edge, const struct ipc_message *m)
{
	const struct ipc_admission *a = &m->record.admission;
	struct pending *p = next_pending(t, edge, m->record.kind, m->record.id);
	const int64_t now_sec = t->settling.now_sec;
	const struct in_force *in_force = t->settler->in_force;
	bool is_signed_anew = false;

	p->settlement.received_usec = m->received_usec;
	note_before(t, a->device, now_sec, p);
	p->problem = why_not_admitted(p->settlement.before);
	if (!p->settlement.before || !is_admitted(&p->before, now_sec) || p->before.reattest.by_sec)
		return;

	p->verdict = p->before;
	p->problem = place_find(t->settler, &a->origin, m->received_usec, now_sec, &p->verdict, p->why);
	if (p->problem == REASON_ADMITTED && !place_is_same(&p->before, &p->verdict))
		p->problem = REASON_NOT_ADMITTED;
	if (p->problem == REASON_ADMITTED &&
	    result_renew(in_force->config, in_force->result_key, &p->verdict, &is_signed_anew) < 0)
		p->problem = REASON_INTERNAL;
	if (p->problem != REASON_ADMITTED)
		return;
	if (is_signed_anew || !place_has_same_addresses(&p->before, &p->verdict)) {
		settle_readdress(&t->settling, &p->settlement, &p->verdict);
		return;
	}
	p->settlement.is_final = true; /* nothing changes that could be undone */
	settle_place(&t->settling, &p->settlement, &p->verdict);
}

/* --- Answering --- */

static void answer(const struct turn *t, const struct pending *p)
{
	struct supervisor *edges = t->settler->supervisor;
	struct ipc_record record = { .kind = IPC_ANSWER, .id = p->id };
	struct ipc_answer *a = &record.answer;

	a->to = p->kind;
	a->reason = p->problem;
	a->wait_sec = p->wait_sec;
	if (p->problem == REASON_ADMITTED) {
		a->n_ear = p->verdict.n_ear;
		memcpy(a->ear, p->verdict.ear, p->verdict.n_ear);
	}
	if (ipc_send(supervisor_ipc_fd(edges, p->edge), &record, NULL) < 0)
		supervisor_replace(edges, p->edge);
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
		wave_not_judged(t->settler->teller, after, REASON_KERNEL, "");
}

/* Why a request changed nothing. REASON_ADMITTED: it changed something, or on_refused() has reported why not. */
static enum hallmark_reason why_nothing_came_of_it(const struct pending *p)
{
	if (!p->settlement.is_told || p->problem == REASON_KERNEL)
		return REASON_ADMITTED;
	return p->problem == REASON_ADMITTED ? p->unheard : p->problem;
}

static void on_told(void *userdata)
{
	struct turn *t = userdata;

	for (size_t i = 0; i < t->n_pending; i++) {
		const struct pending *p = &t->pending[i];
		const enum hallmark_reason reason = why_nothing_came_of_it(p);

		if (reason != REASON_ADMITTED)
			wave_not_judged(t->settler->teller, &p->verdict, reason, p->why);
		if (p->problem == REASON_ADMITTED && p->kind == IPC_ADMISSION)
			t->settler->teller->metrics.returns++;
		answer(t, p);
	}
}

void turn_begin(struct turn *t)
{
	if (t->has_begun)
		return;
	t->has_begun = true;
	t->n_pending = t->n_displaced = 0;
	settle_begin(&t->settling, t->settler, admissions_now(t->settler));
	t->settling.on_refused = on_refused;
	t->settling.answer = on_told;
	t->settling.userdata = t;
}

void turn_end(struct turn *t)
{
	if (!t->has_begun)
		return;
	t->has_begun = false;
	(void)settle_end(&t->settling);
}

int turn_new(struct settler *settler, const struct orders *orders, const struct due *due, const struct beacons *beacons,
	     struct turn **ret)
{
	struct turn *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->settler = settler;
	t->orders = orders;
	t->due = due;
	t->beacons = beacons;
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
