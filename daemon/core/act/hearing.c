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
#include "base/log.h"
#include "base/signed_inputs.h"
#include "base/timekeeper.h"
#include "core/act/turn.h"
#include "core/devices/in_force.h"
#include "core/devices/registry.h"
#include "core/settle/settler.h"
#include "decide/verdict.h"
#include "hallmark/journal.h"
#include "ipc/inquiry.h"
#include "ipc/judges.h"
#include "ipc/supervisor.h"
#include "store/store.h"

#define RECORDS_MAX   64                  /* of the edge, for each wake-up: bounds how long the first one waits */
#define HEARINGS_MAX  512                 /* half a second of work for one processor: others are told to come back */
#define WAIT_USEC     (10 * USEC_PER_SEC) /* for a judge */
#define UNJUDGED_MAX  8                   /* cases that ended two judges each, until another zygote takes their place */
#define REFRESH_USEC  (3600 * USEC_PER_SEC) /* a zygote is replaced by one with another layout of memory */
#define OF_DEVICE_MAX 8                     /* of one device at once */
#define RESTART_USEC  USEC_PER_SEC          /* a zygote that lived for less is replaced only after this pause */

/* One submission that is not answered yet. */
struct hearing {
	struct inquiry inquiry; /* first member */
	uint64_t request;       /* of the edge */
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
	struct edge_counters *counters;
	const struct hearings_callbacks *callbacks;
	void *userdata;
	struct inquiries *inquiries;
	struct inquiries
		*next; /* has only judges, which take the place of the present ones once they are ready; NULL: none */
	unsigned n, n_unjudged; /* the latter since the zygote began */
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
	h->n--;
	free(x);
}

static int edge_fd(const struct hearings *h)
{
	return h->settler->supervisor ? supervisor_ipc_fd(h->settler->supervisor) : -1;
}

/* --- from the edge --- */

static bool is_crowded(const struct hearings *h, const uint8_t device[static SHA256_LEN])
{
	struct inquiry *x = inquiries_first(h->inquiries);
	unsigned n = 0;

	for (; x; x = TAILQ_NEXT(x, entries))
		n += memcmp(hearing_of(x)->device, device, SHA256_LEN) == 0;
	return h->n == HEARINGS_MAX || n == OF_DEVICE_MAX;
}

/* Labels that the device showed before: public statements of which it need not lack one that was left out on the way. */
static void add_known_labels(const struct hearings *h, const uint8_t device[static SHA256_LEN],
			     struct signed_inputs *ret)
{
	const struct verdict *v = registry_find(h->settler->registry, device);
	struct signed_inputs stored;

	if (!v || !v->was_admitted || store_inputs(h->settler->store, device, &stored) < 0)
		return;
	memcpy(ret->labels, stored.labels, sizeof(ret->labels));
	ret->n_labels = stored.n_labels;
}

static void describe(const struct hearings *h, const struct ipc_message *m, struct hearing *ret)
{
	const struct ipc_submission *s = &m->record.submission;
	const struct check_result none = check_failed(REASON_NOT_EVALUATED);

	memset(ret, 0, sizeof(*ret));
	ret->inquiry.case_.is_submission = true;
	ret->inquiry.case_.now_sec = timekeeper_peek(&h->settler->time);
	ret->inquiry.case_.session = s->session;
	ret->inquiry.case_.possession = ret->inquiry.case_.freshness = none;
	ret->request = m->record.id;
	ret->received_usec = m->received_usec;
	ret->origin = s->origin;
	memcpy(ret->device, s->device, sizeof(ret->device));
}

/* What the edge says that a device signed is the judge's to read; signed inputs are the core's to add. */
static void take_submission(struct hearings *h, const struct ipc_message *m)
{
	struct hearing *x = is_crowded(h, m->record.submission.device) ? NULL : malloc(sizeof(*x));
	struct ipc_inputs inputs = { .messages = m->parts.messages,
				     .certificate_verify = m->parts.certificate_verify,
				     .body = m->parts.body };

	if (x) {
		describe(h, m, x);
		add_known_labels(h, x->device, &inputs.signed_inputs);
	}
	if (!x || inquiries_add(h->inquiries, &x->inquiry, &inputs) < 0) {
		if (x)
			OPENSSL_cleanse(x, sizeof(*x)); /* the master secret */
		free(x);
		turn_refuse(h->turn, m->record.id, REASON_BUSY);
		return;
	}
	h->n++;
}

/* No device sends more, and what is added to it must find room in a case. */
static bool is_of_device(const struct ipc_inputs *in)
{
	return in->messages.n + in->certificate_verify.n <= HANDSHAKE_BYTES_MAX && in->body.n <= HALLMARK_BODY_MAX;
}

static int take(struct hearings *h, const struct ipc_message *m)
{
	switch (m->record.kind) {
	case IPC_SUBMISSION:
		if (!is_of_device(&m->parts))
			return -EBADMSG;
		take_submission(h, m);
		return 1;
	case IPC_ADMISSION:
		turn_admission(h->turn, m);
		return 1;
	case IPC_COUNTERS:
		*h->counters = m->record.counters;
		return 1;
	case IPC_READY:
		supervisor_note_ready(h->settler->supervisor);
		return 1;
	default:
		return -EBADMSG;
	}
}

int hearings_run(struct hearings *h, int fd)
{
	int r = 1, answered;

	turn_begin(h->turn, fd);
	for (unsigned i = 0; r > 0 && i < RECORDS_MAX; i++) {
		r = ipc_receive(fd, IPC_FROM_EDGE, &h->message);
		if (r > 0)
			r = take(h, &h->message);
	}
	OPENSSL_cleanse(&h->message.record.submission.session, sizeof(h->message.record.submission.session));
	answered = turn_end(h->turn);
	if (r == 0)
		return -EPIPE;
	return r < 0 && r != -EAGAIN ? r : answered;
}

void hearings_drop(struct hearings *h)
{
	struct inquiry *x;

	while ((x = inquiries_first(h->inquiries)))
		forget(h, hearing_of(x));
}

/* --- from judges --- */

/* No judge found anything that could be decided on. */
static void refuse(struct hearings *h, struct hearing *x, enum hallmark_reason reason)
{
	turn_begin(h->turn, edge_fd(h));
	turn_refuse(h->turn, x->request, reason);
	forget(h, x);
}

/*
 * The judge speaks of the device whose session it is, and of no other: edge and judge each read its certificate themselves. Of a judge
 * that is shared it is told when the one that is alone finds something else.
 */
static bool is_of_session(const struct hearing *x, const struct ipc_judged *judged, bool is_final)
{
	if (memcmp(judged->facts.device, x->device, SHA256_LEN) == 0)
		return true;
	if (!is_final)
		return false;
	journal_event(
		LOG_CRIT, HALLMARK_MESSAGE_PROCESS,
		"A judge and the edge name different devices for one session, so nothing is decided. Was the gateway "
		"attacked?");
	return false;
}

/* REASON_ADMITTED, or why there is nothing to decide on. */
static enum hallmark_reason why_not_heard(const struct hearing *x, const struct ipc_judged *judged, bool is_final)
{
	if (judged->result < 0)
		return REASON_INTERNAL;
	if (judged->reason != REASON_ADMITTED)
		return (enum hallmark_reason)judged->reason;
	return is_of_session(x, judged, is_final) ? REASON_ADMITTED : REASON_INTERNAL;
}

/*
 * One that was admitted before is not refused by a judge that met other devices. Nor is anybody by one that fails or names another
 * device, which no honest judge does.
 */
static bool may_be_refused(const struct hearings *h, const struct hearing *x, enum hallmark_reason reason)
{
	const struct verdict *v = registry_find(h->settler->registry, x->device);

	return reason != REASON_INTERNAL && (!v || !v->was_admitted);
}

static bool on_judged(struct inquiry *inquiry, const struct ipc_message *m, bool is_final, void *userdata)
{
	struct hearings *h = userdata;
	struct hearing *x = hearing_of(inquiry);
	const enum hallmark_reason reason = why_not_heard(x, &m->record.judged, is_final);
	const struct heard heard = {
		.request = x->request,
		.received_usec = x->received_usec,
		.origin = x->origin,
		.judged = &m->record.judged,
		.inputs = &m->parts.signed_inputs,
		.is_final = is_final,
	};

	turn_begin(h->turn, edge_fd(h));
	if (reason != REASON_ADMITTED) {
		if (!is_final && !may_be_refused(h, x, reason))
			return false;
		refuse(h, x, reason);
		return true;
	}
	if (!turn_hear(h->turn, &heard))
		return false;
	forget(h, x);
	return true;
}

static void refresh(struct hearings *h);

static void on_unjudged(struct inquiry *x, void *userdata)
{
	struct hearings *h = userdata;

	journal_event(
		LOG_ERR, HALLMARK_MESSAGE_PROCESS,
		"What a device submitted ended two judges, so nothing is decided about it. Was the gateway attacked?");
	refuse(h, hearing_of(x), REASON_INTERNAL);
	if (++h->n_unjudged >= UNJUDGED_MAX)
		refresh(h);
}

/* Those for which there was no judge: their devices ask again, and by then others may be served. */
static void refuse_old(struct hearings *h)
{
	uint64_t now = clock_monotonic_usec();
	struct inquiry *next;

	for (struct inquiry *x = inquiries_first(h->inquiries); x; x = next) {
		next = TAILQ_NEXT(x, entries);
		if (!x->is_asked && now - hearing_of(x)->received_usec > WAIT_USEC)
			refuse(h, hearing_of(x), REASON_BUSY);
	}
}

static void on_pause(void *userdata)
{
	struct hearings *h = userdata;

	refuse_old(h);
	if (turn_end(h->turn) < 0 && h->settler->supervisor)
		supervisor_replace(h->settler->supervisor);
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

static int start(const struct hearings *h, struct inquiries *q)
{
	const struct judges_material material = { .fd = h->in_force->material_fd,
						  .former_fd = h->in_force->material_fd };

	return inquiries_start(q, &material, timekeeper_record(&h->settler->time));
}

static int start_own(struct hearings *h)
{
	h->started_usec = clock_monotonic_usec();
	h->n_unjudged = 0;
	return start(h, h->inquiries);
}

static int on_restart(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct hearings *h = userdata;

	(void)source;
	(void)usec;
	if (inquiries_zygote(h->inquiries) == 0 && start_own(h) < 0) /* logged: out of memory or descriptors */
		start_soon(h, RESTART_USEC);
	return 0;
}

void hearings_adopt(struct hearings *h, struct inquiries *from)
{
	inquiries_adopt(h->inquiries, from);
	h->n_unjudged = 0;
	inquiries_free(h->next); /* what it began with is no longer in force */
	h->next = NULL;
}

/* --- another zygote, so that nobody can find out the layout of its memory, which all judges share, by one try after the other --- */

static bool on_nobody_judged(struct inquiry *x, const struct ipc_message *m, bool is_final, void *userdata)
{
	(void)x, (void)m, (void)is_final, (void)userdata; /* it is asked nothing */
	return true;
}

static void on_nobody_unjudged(struct inquiry *x, void *userdata)
{
	(void)x, (void)userdata;
}

static void on_nobody_pauses(void *userdata)
{
	(void)userdata;
}

static void drop_next(struct hearings *h)
{
	struct inquiries *next = h->next;

	h->next = NULL;
	inquiries_free(next);
}

static void on_next_changes(const struct ipc_changes *part, void *userdata)
{
	struct hearings *h = userdata;

	if (!part->is_last)
		return;
	inquiries_adopt(h->inquiries, h->next);
	h->n_unjudged = 0;
	drop_next(h);
}

static void on_next_end(const char *how, pid_t zygote, void *userdata)
{
	log_warning("Process %d, which was to take the place of the present judges, %s; these stay", (int)zygote, how);
	drop_next(userdata);
}

static void refresh(struct hearings *h)
{
	static const struct inquiries_callbacks callbacks = { .on_set = on_set,
							      .on_changes = on_next_changes,
							      .on_judged = on_nobody_judged,
							      .on_unjudged = on_nobody_unjudged,
							      .on_pause = on_nobody_pauses,
							      .on_end = on_next_end };

	if (h->next || inquiries_new(h->event, false, &callbacks, h, &h->next) < 0)
		return;
	if (start(h, h->next) < 0) /* logged */
		drop_next(h);
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
		 struct edge_counters *counters, const struct hearings_callbacks *callbacks, void *userdata,
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
				.counters = counters,
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
		r = start_own(h);
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
	if (h->inquiries)
		hearings_drop(h);
	inquiries_free(h->next);
	inquiries_free(h->inquiries);
	sd_event_source_disable_unref(h->restart);
	sd_event_source_disable_unref(h->hourly);
	sd_event_unref(h->event);
	free(h);
}

uint64_t hearings_deaf_usec(const struct hearings *h)
{
	uint64_t judges = inquiries_are_ready(h->inquiries) ? 0 : clock_monotonic_usec() - h->deaf_since_usec;
	uint64_t edge = h->settler->supervisor ? supervisor_deaf_usec(h->settler->supervisor) : judges;

	return edge > judges ? edge : judges;
}

void hearings_tell_time(struct hearings *h)
{
	inquiries_tell_time(h->inquiries, timekeeper_record(&h->settler->time));
}

void hearings_get_report(const struct hearings *h, struct hearings_report *ret)
{
	*ret = (struct hearings_report){ .zygote = inquiries_zygote(h->inquiries),
					 .replaced = inquiries_replaced(h->inquiries),
					 .disagreements = inquiries_disagreements(h->inquiries),
					 .restarts = h->restarts,
					 .waiting = h->n };
}
