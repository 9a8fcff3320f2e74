/* SPDX-License-Identifier: Apache-2.0 */
/* One hearing for each submission, from the edge's record to the turn's decision. */
#include "core/act/hearing.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "appraise/facts.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/handshake.h"
#include "base/journal.h"
#include "base/sender_mark.h"
#include "base/sessions.h"
#include "base/signed_inputs.h"
#include "base/timekeeper.h"
#include "core/act/backlog.h"
#include "core/act/failing.h"
#include "core/act/turn.h"
#include "core/devices/in_force.h"
#include "core/devices/registry.h"
#include "core/settle/settler.h"
#include "core/tell/teller.h"
#include "core/tell/traffic.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "hallmark/journal.h"
#include "ipc/inquiry.h"
#include "ipc/judges.h"
#include "ipc/supervisor.h"
#include "store/store.h"

#define RECORDS_MAX   64                  /* of an edge, for each wake-up: bounds how long the first one waits */
#define WAIT_USEC     (10 * USEC_PER_SEC) /* for a judge */
#define UNJUDGED_MAX  8                   /* cases that ended two judges each, until another zygote takes their place */
#define REFRESH_USEC  (3600 * USEC_PER_SEC) /* a zygote is replaced by one with another layout of memory */
#define OF_SENDER_MAX 8                     /* of one sender at once */
#define BARRED_USEC   (60 * USEC_PER_SEC)   /* who sent a case that ended two judges */
#define DIFFERING_MAX 3                     /* ports from which the edge named another device than the judge */
#define RESTART_USEC  USEC_PER_SEC          /* a zygote that lived for less is replaced only after this pause */

/* One submission that is not answered yet. */
struct hearing {
	struct inquiry inquiry; /* first member */
	unsigned edge;          /* that asked, and is answered */
	uint64_t request;       /* of that edge */
	uint64_t received_usec;
	struct ipc_origin origin;
	uint8_t device[SHA256_LEN]; /* whose session it is, as the edge says */
};

struct hearings {
	sd_event *event;
	sd_event_source *restart, *hourly;
	struct settler *settler;
	const struct in_force *in_force;
	struct turn *turn;
	struct traffic *traffic;
	const struct hearings_callbacks *callbacks;
	void *userdata;
	struct inquiries *inquiries;
	unsigned n, n_of[EDGES_MAX]; /* that wait; of these by the edge that asked */
	struct backlog backlog;
	unsigned n_unjudged;   /* by judges of this zygote, */
	pid_t unjudged_zygote; /* however often the next one ends before it takes its place */
	struct {
		unsigned edge;
		struct ipc_origin origin;
		uint64_t until_usec;
	} barred[UNJUDGED_MAX]; /* the latest ones */
	unsigned n_barred;
	struct {
		uint64_t ports[DIFFERING_MAX]; /* each once */
		unsigned n;
	} differing[EDGES_MAX];
	uint64_t started_usec, deaf_since_usec;
	unsigned restarts;
	struct ipc_message message;
};

static struct hearing *hearing_of(struct inquiry *x)
{
	return (struct hearing *)x;
}

static void forget(struct hearings *h, struct hearing *x)
{
	inquiries_drop(h->inquiries, &x->inquiry);
	h->n_of[x->edge]--;
	if (--h->n == 0)
		backlog_rest(&h->backlog);
	free(x);
}

/* --- from the edge --- */

static uint64_t port_of(const struct ipc_origin *o)
{
	return sender_port(o->ifindex, o->mark);
}

static bool is_same_sender(const struct ipc_origin *a, const struct ipc_origin *b)
{
	return port_of(a) == port_of(b) && sender_mac(a->mark) == sender_mac(b->mark) &&
	       (sender_is_marked(a->mark) || memcmp(&a->address, &b->address, sizeof(a->address)) == 0);
}

/* A sender has one edge: what another one says of it is not held against it. */
static bool has_its_share(const struct hearings *h, unsigned edge, const struct ipc_origin *origin)
{
	struct inquiry *x = inquiries_first(h->inquiries);
	unsigned n = 0;

	for (; x; x = TAILQ_NEXT(x, entries))
		n += hearing_of(x)->edge == edge && is_same_sender(&hearing_of(x)->origin, origin);
	return n == OF_SENDER_MAX;
}

/* Until when; 0: it is not. */
static uint64_t barred_until(const struct hearings *h, unsigned edge, const struct ipc_origin *origin)
{
	uint64_t until = 0;

	for (size_t i = 0; i < ARRAY_SIZE(h->barred); i++)
		if (until < h->barred[i].until_usec && h->barred[i].edge == edge &&
		    is_same_sender(&h->barred[i].origin, origin))
			until = h->barred[i].until_usec;
	return until;
}

static void bar(struct hearings *h, const struct hearing *x)
{
	h->barred[h->n_barred].edge = x->edge;
	h->barred[h->n_barred].origin = x->origin;
	h->barred[h->n_barred].until_usec = clock_monotonic_usec() + BARRED_USEC;
	h->n_barred = (h->n_barred + 1) % ARRAY_SIZE(h->barred);
}

/* Labels that the device showed before: public statements of which it need not lack one that was left out on the way. */
static void add_known_labels(const struct hearings *h, const uint8_t device[static SHA256_LEN],
			     struct signed_inputs *ret)
{
	struct verdict room;
	const struct verdict *v = registry_find(h->settler->registry, device, &room);
	struct signed_inputs stored;

	if (!v || !v->was_admitted || store_inputs(h->settler->store, device, &stored) < 0)
		return;
	memcpy(ret->labels, stored.labels, sizeof(ret->labels));
	ret->n_labels = stored.n_labels;
}

/* What it had is at stake; a stranger has nothing to lose. */
static bool is_known_good(const struct hearings *h, const uint8_t device[static SHA256_LEN])
{
	struct verdict room;
	const struct verdict *v = registry_find(h->settler->registry, device, &room);

	return v && verdict_zone(v, timekeeper_peek(&h->settler->time)) != ZONE_QUARANTINE;
}

static void describe(const struct hearings *h, unsigned edge, const struct ipc_message *m, struct hearing *ret)
{
	const struct ipc_submission *s = &m->record.submission;
	const struct check_result none = check_failed(REASON_NOT_EVALUATED);

	memset(ret, 0, sizeof(*ret));
	ret->inquiry.case_.is_submission = true;
	ret->inquiry.case_.now_sec = timekeeper_peek(&h->settler->time);
	ret->inquiry.case_.session = s->session;
	ret->inquiry.case_.possession = ret->inquiry.case_.freshness = none;
	ret->inquiry.port = port_of(&s->origin);
	ret->inquiry.is_last = !is_known_good(h, s->device);
	ret->inquiry.group = ret->edge = edge;
	ret->request = m->record.id;
	ret->received_usec = m->received_usec;
	ret->origin = s->origin;
	memcpy(ret->device, s->device, sizeof(ret->device));
}

/* Sends one away that found the queue full, or that waited there for too long. */
static void send_away(struct hearings *h, unsigned edge, uint64_t request)
{
	turn_refuse(h->turn, edge, request, REASON_BUSY, backlog_give(&h->backlog, h->n, clock_monotonic_usec()));
}

/*
 * Each edge has an equal part of the queue, so that one that was taken over does not fill it for all. When that is full, whoever would
 * be before the last one takes its place: an admitted device before a stranger, a port with few before one with many.
 */
static bool has_room(struct hearings *h, const struct hearing *x)
{
	struct inquiry *last;

	if (backlog_has_room(&h->backlog, h->n_of[x->edge], supervisor_edges(h->settler->supervisor)))
		return true;
	last = inquiries_displaced_by(h->inquiries, &x->inquiry);
	if (!last)
		return false;
	send_away(h, x->edge, hearing_of(last)->request);
	forget(h, hearing_of(last));
	return true;
}

/* Returns false without memory. */
static bool enqueue(struct hearings *h, struct hearing *x, const struct ipc_message *m)
{
	struct ipc_inputs inputs = { .messages = m->parts.messages,
				     .certificate_verify = m->parts.certificate_verify,
				     .body = m->parts.body };

	add_known_labels(h, x->device, &inputs.signed_inputs);
	return inquiries_add(h->inquiries, &x->inquiry, &inputs) == 0;
}

/* Returns false when there is no room for it, or no memory. */
static bool keep(struct hearings *h, unsigned edge, const struct ipc_message *m)
{
	struct hearing *x = malloc(sizeof(*x));

	if (!x)
		return false;
	describe(h, edge, m, x);
	if (!has_room(h, x) || !enqueue(h, x, m)) {
		OPENSSL_cleanse(x, sizeof(*x)); /* the master secret */
		free(x);
		return false;
	}
	h->n++;
	h->n_of[edge]++;
	return true;
}

/* What the edge says that a device signed is the judge's to read; signed inputs are the core's to add. */
static void take_submission(struct hearings *h, unsigned edge, const struct ipc_message *m)
{
	const struct ipc_origin *origin = &m->record.submission.origin;
	const uint64_t now_usec = clock_monotonic_usec(), barred_usec = barred_until(h, edge, origin);

	if (now_usec < barred_usec)
		turn_refuse(h->turn, edge, m->record.id, REASON_BUSY,
			    (uint32_t)((barred_usec - now_usec) / USEC_PER_SEC) + 1);
	else if (has_its_share(h, edge, origin))
		turn_refuse(h->turn, edge, m->record.id, REASON_BUSY, 0);
	else if (!keep(h, edge, m))
		send_away(h, edge, m->record.id);
}

/* No device sends more, and what is added to it must find room in a case. */
static bool is_of_device(const struct ipc_inputs *in)
{
	return in->messages.n + in->certificate_verify.n <= HANDSHAKE_BYTES_MAX && in->body.n <= HALLMARK_BODY_MAX;
}

static int take(struct hearings *h, unsigned edge, const struct ipc_message *m)
{
	switch (m->record.kind) {
	case IPC_SUBMISSION:
		if (!is_of_device(&m->parts))
			return -EBADMSG;
		take_submission(h, edge, m);
		return 1;
	case IPC_ADMISSION:
		turn_admission(h->turn, edge, m);
		return 1;
	case IPC_FAILED:
		failing_take(h->settler, &m->record.failed, m->received_usec);
		return 1;
	case IPC_COUNTERS:
		traffic_note(h->traffic, edge, &m->record.counters);
		return 1;
	case IPC_READY:
		supervisor_note_ready(h->settler->supervisor, edge);
		return 1;
	default:
		return -EBADMSG;
	}
}

int hearings_run(struct hearings *h, unsigned edge)
{
	const int fd = supervisor_ipc_fd(h->settler->supervisor, edge);
	int r = 1;

	turn_begin(h->turn);
	for (unsigned i = 0; r > 0 && i < RECORDS_MAX; i++) {
		r = ipc_receive(fd, IPC_FROM_EDGE, &h->message);
		if (r > 0)
			r = take(h, edge, &h->message);
	}
	OPENSSL_cleanse(&h->message.record.submission.session, sizeof(h->message.record.submission.session));
	turn_end(h->turn);
	if (r == 0)
		return -EPIPE;
	return r < 0 && r != -EAGAIN ? r : 0;
}

void hearings_drop(struct hearings *h, unsigned edge)
{
	struct inquiry *next;

	for (struct inquiry *x = inquiries_first(h->inquiries); x; x = next) {
		next = TAILQ_NEXT(x, entries);
		if (hearing_of(x)->edge == edge)
			forget(h, hearing_of(x));
	}
	h->differing[edge].n = 0;
}

/* --- from judges --- */

static void answered(struct hearings *h, struct hearing *x)
{
	backlog_note(&h->backlog, h->n - 1, clock_monotonic_usec());
	forget(h, x);
}

/* No judge found anything that could be decided on. */
static void refuse(struct hearings *h, struct hearing *x, enum hallmark_reason reason)
{
	turn_begin(h->turn);
	turn_refuse(h->turn, x->edge, x->request, reason, 0);
	answered(h, x);
}

/* One device can take over its judge, and so look as if the edge lied; devices at several ports are less likely to. */
static void doubt_edge(struct hearings *h, const struct hearing *x)
{
	const uint64_t port = port_of(&x->origin);
	uint64_t *ports = h->differing[x->edge].ports;
	unsigned *n = &h->differing[x->edge].n;

	for (unsigned i = 0; i < *n; i++)
		if (ports[i] == port)
			return;
	if (*n < DIFFERING_MAX)
		ports[(*n)++] = port;
}

static void replace_doubted(struct hearings *h)
{
	for (unsigned i = 0; i < supervisor_edges(h->settler->supervisor); i++) {
		if (h->differing[i].n < DIFFERING_MAX)
			continue;
		h->differing[i].n = 0;
		journal_event(LOG_ERR, HALLMARK_MESSAGE_PROCESS,
			      "Edge and judges named different devices for sessions at %d ports: the edge is replaced",
			      DIFFERING_MAX);
		supervisor_replace(h->settler->supervisor, i);
	}
}

/*
 * The judge speaks of the device whose session it is, and of no other: edge and judge each read its certificate themselves. Of a judge
 * that is shared it is told when the one that is alone finds something else.
 */
static bool is_of_session(struct hearings *h, const struct hearing *x, const struct ipc_judged *judged, bool is_final)
{
	if (memcmp(judged->facts.device, x->device, SHA256_LEN) == 0)
		return true;
	if (!is_final)
		return false;
	journal_event(
		LOG_CRIT, HALLMARK_MESSAGE_PROCESS,
		"A judge and the edge name different devices for one session, so nothing is decided. Was the gateway "
		"attacked?");
	doubt_edge(h, x);
	return false;
}

/* REASON_ADMITTED, or why there is nothing to decide on. */
static enum hallmark_reason why_not_heard(struct hearings *h, const struct hearing *x, const struct ipc_judged *judged,
					  bool is_final)
{
	if (judged->result < 0)
		return REASON_INTERNAL;
	if (judged->reason != REASON_ADMITTED)
		return (enum hallmark_reason)judged->reason;
	return is_of_session(h, x, judged, is_final) ? REASON_ADMITTED : REASON_INTERNAL;
}

/*
 * One that was admitted before is not refused by a judge that met other devices. Nor is anybody by one that fails or names another
 * device, which no honest judge does.
 */
static bool may_be_refused(const struct hearings *h, const struct hearing *x, enum hallmark_reason reason)
{
	struct verdict room;
	const struct verdict *v = registry_find(h->settler->registry, x->device, &room);

	return reason != REASON_INTERNAL && (!v || !v->was_admitted);
}

static bool on_judged(struct inquiry *inquiry, const struct ipc_message *m, bool is_final, void *userdata)
{
	struct hearings *h = userdata;
	struct hearing *x = hearing_of(inquiry);
	const enum hallmark_reason reason = why_not_heard(h, x, &m->record.judged, is_final);
	const struct heard heard = {
		.edge = x->edge,
		.request = x->request,
		.received_usec = x->received_usec,
		.origin = x->origin,
		.judged = &m->record.judged,
		.inputs = &m->parts.signed_inputs,
		.is_final = is_final,
	};

	metrics_judged(&h->settler->teller->metrics, m->record.judged.spent_nsec);
	turn_begin(h->turn);
	if (reason != REASON_ADMITTED) {
		if (!is_final && !may_be_refused(h, x, reason))
			return false;
		refuse(h, x, reason);
		return true;
	}
	if (!turn_hear(h->turn, &heard))
		return false;
	answered(h, x);
	return true;
}

static void refresh(struct hearings *h);

/* Judges of one zygote have one layout of memory, which is not to be found out by one try after the other. */
static bool are_known_too_well(struct hearings *h)
{
	const pid_t zygote = inquiries_zygote(h->inquiries);

	if (zygote != h->unjudged_zygote)
		h->n_unjudged = 0;
	h->unjudged_zygote = zygote;
	return ++h->n_unjudged >= UNJUDGED_MAX;
}

static void on_unjudged(struct inquiry *x, void *userdata)
{
	struct hearings *h = userdata;

	journal_event(
		LOG_ERR, HALLMARK_MESSAGE_PROCESS,
		"What a device submitted ended two judges, so nothing is decided about it, and its sender is not heard "
		"for a minute. Was the gateway attacked?");
	bar(h, hearing_of(x));
	refuse(h, hearing_of(x), REASON_INTERNAL);
	if (are_known_too_well(h))
		refresh(h);
}

/* Those for which there was no judge: their devices ask again, and by then others may be served. */
static void refuse_old(struct hearings *h)
{
	uint64_t now = clock_monotonic_usec();
	struct inquiry *next;

	for (struct inquiry *x = inquiries_first(h->inquiries); x; x = next) {
		next = TAILQ_NEXT(x, entries);
		if (x->is_asked || now - hearing_of(x)->received_usec <= WAIT_USEC)
			continue;
		turn_begin(h->turn);
		send_away(h, hearing_of(x)->edge, hearing_of(x)->request);
		forget(h, hearing_of(x));
	}
}

static void on_pause(void *userdata)
{
	struct hearings *h = userdata;

	refuse_old(h);
	turn_end(h->turn);
	replace_doubted(h);
}

/* --- the zygote --- */

static void on_set(const struct accepted_set *set, void *userdata)
{
	(void)set; /* a review stores them */
	(void)userdata;
}

static void on_changes(const struct ipc_changes *part, void *userdata)
{
	struct hearings *h = userdata;

	if (part->is_last)
		h->callbacks->on_ready(h->userdata);
}

static void start_soon(struct hearings *h, uint64_t usec)
{
	(void)sd_event_source_set_time_relative(h->restart, usec);
	(void)sd_event_source_set_enabled(h->restart, SD_EVENT_ONESHOT);
}

static void on_end(const char *how, pid_t zygote, void *userdata)
{
	struct hearings *h = userdata;

	h->restarts++;
	h->deaf_since_usec = clock_monotonic_usec();
	start_soon(h, clock_monotonic_usec() - h->started_usec < RESTART_USEC ? RESTART_USEC : 0);
	on_pause(h);
	h->callbacks->on_end(zygote, how, h->userdata);
}

static struct judges_material material_of(const struct hearings *h)
{
	return (struct judges_material){ .fd = h->in_force->material_fd, .former_fd = h->in_force->material_fd };
}

static int start(struct hearings *h)
{
	const struct judges_material material = material_of(h);

	h->started_usec = clock_monotonic_usec();
	return inquiries_start(h->inquiries, &material, timekeeper_record(&h->settler->time));
}

static void refresh(struct hearings *h)
{
	const struct judges_material material = material_of(h);

	(void)inquiries_refresh(h->inquiries, &material,
				timekeeper_record(&h->settler->time)); /* a failure is logged */
}

static int on_restart(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct hearings *h = userdata;

	(void)source;
	(void)usec;
	if (inquiries_zygote(h->inquiries) == 0 && start(h) < 0) /* logged: out of memory or descriptors */
		start_soon(h, RESTART_USEC);
	return 0;
}

void hearings_adopt(struct hearings *h, struct inquiries *from)
{
	inquiries_adopt(h->inquiries, from);
}

static int on_hour(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)usec;
	refresh(userdata);
	(void)sd_event_source_set_time_relative(source, REFRESH_USEC);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* --- life cycle --- */

int hearings_new(sd_event *event, struct settler *settler, const struct in_force *in_force, struct turn *turn,
		 struct traffic *traffic, const struct hearings_callbacks *callbacks, void *userdata,
		 struct hearings **ret)
{
	static const struct inquiries_callbacks of_inquiries = { .on_set = on_set,
								 .on_changes = on_changes,
								 .on_judged = on_judged,
								 .on_unjudged = on_unjudged,
								 .on_pause = on_pause,
								 .on_end = on_end };
	struct hearings *h = calloc(1, sizeof(*h));
	int r;

	if (!h)
		return -ENOMEM;
	*h = (struct hearings){ .event = sd_event_ref(event),
				.settler = settler,
				.in_force = in_force,
				.turn = turn,
				.traffic = traffic,
				.callbacks = callbacks,
				.userdata = userdata,
				.deaf_since_usec = clock_monotonic_usec() };
	r = inquiries_new(event, false, &of_inquiries, h, &h->inquiries);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &h->restart, CLOCK_MONOTONIC, 0, 1000, on_restart, h);
	if (r >= 0)
		r = sd_event_source_set_enabled(h->restart, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &h->hourly, CLOCK_MONOTONIC, REFRESH_USEC, 0, on_hour, h);
	if (r >= 0)
		r = start(h);
	if (r < 0) {
		hearings_free(h);
		return r;
	}
	*ret = h;
	return 0;
}

void hearings_free(struct hearings *h)
{
	if (!h)
		return;
	while (h->inquiries && inquiries_first(h->inquiries))
		forget(h, hearing_of(inquiries_first(h->inquiries)));
	inquiries_free(h->inquiries);
	sd_event_source_disable_unref(h->restart);
	sd_event_source_disable_unref(h->hourly);
	sd_event_unref(h->event);
	free(h);
}

uint64_t hearings_deaf_usec(const struct hearings *h)
{
	uint64_t judges = inquiries_are_ready(h->inquiries) ? 0 : clock_monotonic_usec() - h->deaf_since_usec;
	uint64_t edges = h->settler->supervisor ? supervisor_deaf_usec(h->settler->supervisor) : judges;

	return edges > judges ? edges : judges;
}

void hearings_tell_clock(struct hearings *h)
{
	struct ipc_record record = { .kind = IPC_CLOCK, .clock = timekeeper_record(&h->settler->time) };

	for (unsigned i = 0; i < supervisor_edges(h->settler->supervisor); i++)
		if (supervisor_ipc_fd(h->settler->supervisor, i) >= 0)
			(void)ipc_send(supervisor_ipc_fd(h->settler->supervisor, i), &record, NULL);
	inquiries_tell_time(h->inquiries, record.clock);
}

void hearings_get_report(const struct hearings *h, struct hearings_report *ret)
{
	*ret = (struct hearings_report){ .zygote = inquiries_zygote(h->inquiries),
					 .replaced = inquiries_replaced(h->inquiries),
					 .disagreements = inquiries_disagreements(h->inquiries),
					 .restarts = h->restarts,
					 .waiting = h->n };
}
