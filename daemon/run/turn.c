/* SPDX-License-Identifier: Apache-2.0 */
/* Judges, enforces, answers and keeps, in this order; a device gets its answer only after the kernel took it. */
#include "run/turn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "run/journal.h"
#include "run/pipeline.h"
#include "run/result.h"
#include "token/submission.h"

#define TURN_MAX         64    /* records of one turn: bounds how long the first waits for its answer */
#define STORE_DELAY_USEC 50000 /* grants reach the store this much later at most */

/* One record on its way through the turn. */
struct pending {
	uint64_t id;
	uint64_t received_usec;
	uint8_t code;                 /* of a good answer */
	enum hallmark_reason problem; /* REASON_ADMITTED: answer with the verdict's EAR */
	bool is_decision;             /* false: only a question for the present result */
	bool was_admitted;            /* at some time: then a refusal is kept too */
	char zone_before[ZONE_NAME_SIZE];
	struct verdict verdict;
};

struct turn {
	struct core *core;
	sd_event_source *store_timer;
	bool store_open; /* a transaction that the timer will commit */
	struct ipc_message message;
	struct pending pending[TURN_MAX];
	size_t n_pending;
	struct element elements[2 * TURN_MAX];
	size_t n_elements;
};

/* --- the store's side --- */

static void commit_store(struct turn *t)
{
	if (!t->store_open)
		return;
	t->store_open = false;
	(void)sd_event_source_set_enabled(t->store_timer, SD_EVENT_OFF);
	(void)store_raise_time_floor(t->core->store, clock_realtime_sec());
	if (store_commit(t->core->store) < 0)
		log_error("The store did not take the latest verdicts: they hold, but would be lost in a power cut");
}

static int on_store_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	commit_store(userdata);
	return 0;
}

static void open_store(struct turn *t)
{
	if (t->store_open || store_begin(t->core->store) < 0)
		return;
	t->store_open = true;
	(void)sd_event_source_set_time_relative(t->store_timer, STORE_DELAY_USEC);
	(void)sd_event_source_set_enabled(t->store_timer, SD_EVENT_ONESHOT);
}

/* A device that was never admitted is not kept: strangers must not be able to fill a flash. */
static void keep(struct turn *t, const struct pending *p, const struct signed_inputs *inputs)
{
	if (p->verdict.decision.zone == ZONE_QUARANTINE && !p->was_admitted)
		return;
	open_store(t);
	if (store_put(t->core->store, &p->verdict, inputs) < 0)
		log_error("The store did not take a verdict: it holds, but would be lost in a power cut");
}

/* --- judging --- */

static bool interface_is_guarded(const struct ruleset *r, const char *name)
{
	for (size_t i = 0; i < r->n_guarded; i++)
		if (strcmp(r->guarded[i], name) == 0)
			return true;
	return false;
}

/* Where the device is, by the kernel's own tables; fills interface, mac and address of the verdict. */
static enum hallmark_reason locate(const struct turn *t, const struct ipc_origin *origin, struct verdict *v)
{
	char name[IF_NAMESIZE] = "";

	(void)inet_ntop(AF_INET6, &origin->address, v->address, sizeof(v->address));
	if (IN6_IS_ADDR_V4MAPPED(&origin->address))
		(void)inet_ntop(AF_INET, &origin->address.s6_addr[12], v->address, sizeof(v->address));

	if (!if_indextoname(origin->ifindex, name) || !interface_is_guarded(&t->core->config->ruleset, name))
		return REASON_NOT_GUARDED;
	memcpy(v->interface, name, sizeof(v->interface));
	if (kernel_neighbour(t->core->kernel, origin->ifindex, &origin->address, v->mac) < 0)
		return REASON_NO_NEIGHBOUR;
	return REASON_ADMITTED;
}

static bool is_admitted(const struct verdict *v, int64_t now_sec)
{
	return verdict_zone(v, now_sec) != ZONE_QUARANTINE;
}

static bool names_ueid(const struct verdict *v, const struct facts *f)
{
	return v->facts.n_ueid == f->n_ueid && memcmp(v->facts.ueid, f->ueid, f->n_ueid) == 0 &&
	       memcmp(v->facts.device, f->device, SHA256_LEN) != 0;
}

/* The part of check 7 that only the core can make: an admitted UEID stays with its key (RFC 9711 section 4.2.1). */
static void check_ueid(const struct turn *t, int64_t now_sec, struct facts *facts)
{
	const struct verdict *owner = registry_ueid_owner(t->core->registry, bytes_of(facts->ueid, facts->n_ueid));
	bool taken = owner && is_admitted(owner, now_sec) && names_ueid(owner, facts);

	for (size_t i = 0; i < t->n_pending && !taken; i++)
		taken = is_admitted(&t->pending[i].verdict, now_sec) && names_ueid(&t->pending[i].verdict, facts);
	if (taken && facts->checks[CHECK_SAME_DEVICE].state == CHECK_PASSED)
		facts->checks[CHECK_SAME_DEVICE] = check_failed(REASON_UEID_TAKEN);
}

static bool same_place(const struct verdict *a, const struct verdict *b)
{
	return strcmp(a->interface, b->interface) == 0 && memcmp(a->mac, b->mac, sizeof(a->mac)) == 0;
}

/* What the kernel must be told so that the device is where the new verdict says, and nowhere else. */
static void move(struct turn *t, const struct verdict *before, const struct verdict *after, int64_t now_sec)
{
	bool admitted = is_admitted(after, now_sec);

	if (before && is_admitted(before, now_sec) && !(admitted && same_place(before, after))) {
		struct element gone = verdict_element(before, now_sec);

		gone.zone = ZONE_QUARANTINE;
		t->elements[t->n_elements++] = gone;
	}
	if (admitted)
		t->elements[t->n_elements++] = verdict_element(after, now_sec);
}

static struct pending *next_pending(struct turn *t, uint64_t id, const struct ipc_origin *origin)
{
	struct pending *p = &t->pending[t->n_pending++];

	*p = (struct pending){ .id = id, .received_usec = origin->received_usec, .problem = REASON_INTERNAL };
	(void)snprintf(p->zone_before, sizeof(p->zone_before), "%s",
		       t->core->config->policy.zones[ZONE_QUARANTINE].name);
	return p;
}

static void note_before(const struct turn *t, const struct verdict *before, int64_t now_sec, struct pending *p)
{
	if (!before)
		return;
	p->was_admitted = registry_was_admitted(t->core->registry, before->facts.device);
	(void)snprintf(p->zone_before, sizeof(p->zone_before), "%s",
		       t->core->config->policy.zones[verdict_zone(before, now_sec)].name);
}

static void judge_submission(struct turn *t, const struct ipc_message *m)
{
	const struct ipc_submission *s = &m->record.submission;
	const struct verdict *before = registry_find(t->core->registry, s->facts.device);
	int64_t now_sec = clock_realtime_sec();
	struct facts facts = s->facts;

	check_ueid(t, now_sec, &facts);

	struct pending *p = next_pending(t, m->record.id, &s->origin);
	struct verdict *v = &p->verdict;

	v->facts = facts;
	p->is_decision = true;
	p->code = COAP_CODE(2, 4);
	p->problem = locate(t, &s->origin, v);
	if (p->problem != REASON_ADMITTED)
		return;

	note_before(t, before, now_sec, p);
	pipeline_decide(t->core->config, &v->facts, now_sec, &v->decision);
	(void)snprintf(v->zone, sizeof(v->zone), "%s", t->core->config->policy.zones[v->decision.zone].name);
	if (result_sign(t->core->config, t->core->result_key, v) < 0) {
		p->problem = REASON_INTERNAL;
		return;
	}
	move(t, before, v, now_sec);
	keep(t, p, &m->signed_inputs);
}

/* The fast way back: possession was proved in this handshake, so an admission that still runs is put where it is now. */
static void judge_admission(struct turn *t, const struct ipc_message *m)
{
	const struct ipc_admission *a = &m->record.admission;
	const struct verdict *before = registry_find(t->core->registry, a->device);
	struct pending *p = next_pending(t, m->record.id, &a->origin);
	int64_t now_sec = clock_realtime_sec();

	p->code = COAP_CODE(2, 5);
	p->problem = REASON_NOT_ADMITTED;
	if (!before || !is_admitted(before, now_sec))
		return;

	p->verdict = *before;
	p->problem = locate(t, &a->origin, &p->verdict);
	if (p->problem != REASON_ADMITTED)
		return;
	note_before(t, before, now_sec, p);
	move(t, before, &p->verdict, now_sec);
	if (!same_place(before, &p->verdict))
		keep(t, p, NULL);
}

/* --- enforcing and answering --- */

static int enforce(struct turn *t)
{
	int r;

	if (t->n_elements == 0)
		return 0;
	r = kernel_apply(t->core->kernel, &t->core->config->policy, t->elements, t->n_elements);
	if (r != -ENOENT)
		return r;

	/* somebody removed our table: mend it, then try once more */
	r = core_ensure_table(t->core);
	if (r < 0)
		return r;
	return kernel_apply(t->core->kernel, &t->core->config->policy, t->elements, t->n_elements);
}

static uint8_t code_of_problem(enum hallmark_reason reason)
{
	switch (reason) {
	case REASON_NOT_ADMITTED:
		return COAP_CODE(4, 4);
	case REASON_NOT_GUARDED:
		return COAP_CODE(4, 3);
	case REASON_NO_NEIGHBOUR:
		return COAP_CODE(5, 3);
	default:
		return COAP_CODE(5, 0);
	}
}

static void answer(const struct pending *p, int ipc_fd)
{
	struct ipc_record record = { .kind = IPC_ANSWER, .id = p->id };
	struct ipc_answer *a = &record.answer;

	if (p->problem == REASON_ADMITTED) {
		a->code = p->code;
		a->content_format = HALLMARK_CF_EAT_CWT;
		a->n_body = p->verdict.n_ear;
		memcpy(a->body, p->verdict.ear, p->verdict.n_ear);
	} else {
		struct writer w = WRITER(a->body);

		a->code = code_of_problem(p->problem);
		a->content_format = HALLMARK_CF_PROBLEM;
		a->n_body = problem_encode(p->problem, &w) < 0 ? 0 : (uint16_t)w.n;
	}
	(void)ipc_send(ipc_fd, &record, NULL); /* a worker that is gone has no session to answer either */
}

/* The kernel did not take it: what the store was told is untold. */
static void undo(struct turn *t, const struct pending *p)
{
	const struct verdict *before = registry_find(t->core->registry, p->verdict.facts.device);

	open_store(t);
	if (before && before->decision.zone != ZONE_QUARANTINE)
		(void)store_put(t->core->store, before, NULL);
	else
		(void)store_remove(t->core->store, p->verdict.facts.device);
}

static void conclude(struct turn *t, struct pending *p, int enforced)
{
	if (p->problem == REASON_ADMITTED && enforced < 0) {
		p->problem = REASON_KERNEL;
		undo(t, p);
	}
	if (p->problem == REASON_ADMITTED && registry_put(t->core->registry, &p->verdict) < 0)
		log_error("Out of memory: a verdict holds in the kernel but `hallmarkctl list` does not show it");
	if (p->problem == REASON_ADMITTED && p->is_decision) {
		t->core->decisions++;
		journal_decision(&(struct journal_decision){ .config = t->core->config,
							     .verdict = &p->verdict,
							     .zone_before = p->zone_before,
							     .took_usec = clock_monotonic_usec() - p->received_usec });
	} else if (p->is_decision) {
		log_notice("A device at %s was not judged: %s (%s)", p->verdict.address, reason_name(p->problem),
			   reason_sentence(p->problem));
	}
}

static bool has_denial(const struct turn *t)
{
	for (size_t i = 0; i < t->n_pending; i++)
		if (t->pending[i].was_admitted && t->pending[i].verdict.decision.zone == ZONE_QUARANTINE)
			return true;
	return false;
}

static void finish(struct turn *t, int ipc_fd)
{
	int r;

	if (has_denial(t))
		commit_store(t);
	r = enforce(t);
	if (r < 0)
		log_errno(r,
			  "The kernel did not take %zu changes of admission; is `nft list table inet hallmark` there?",
			  t->n_elements);
	for (size_t i = 0; i < t->n_pending; i++) {
		conclude(t, &t->pending[i], r);
		answer(&t->pending[i], ipc_fd);
	}
	t->n_pending = t->n_elements = 0;
}

int turn_run(struct turn *t, int ipc_fd)
{
	int r = 1;

	while (t->n_pending < TURN_MAX) {
		r = ipc_receive(ipc_fd, &t->message);
		if (r <= 0)
			break;
		if (t->message.record.kind == IPC_SUBMISSION)
			judge_submission(t, &t->message);
		else if (t->message.record.kind == IPC_ADMISSION)
			judge_admission(t, &t->message);
		else if (t->message.record.kind == IPC_COUNTERS)
			t->core->counters = t->message.record.counters;
		else if (t->message.record.kind != IPC_READY)
			r = -EBADMSG;
		if (r < 0)
			break;
	}
	finish(t, ipc_fd);
	return r == -EBADMSG ? r : 0;
}

int turn_new(struct core *core, struct turn **ret)
{
	struct turn *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return -ENOMEM;
	t->core = core;
	r = sd_event_add_time(core->event, &t->store_timer, CLOCK_MONOTONIC, 0, 1000, on_store_timer, t);
	if (r >= 0)
		r = sd_event_source_set_enabled(t->store_timer, SD_EVENT_OFF);
	if (r < 0) {
		turn_free(t);
		return r;
	}
	*ret = t;
	return 0;
}

void turn_free(struct turn *t)
{
	if (!t)
		return;
	commit_store(t);
	sd_event_source_disable_unref(t->store_timer);
	free(t);
}
