/* SPDX-License-Identifier: Apache-2.0 */
/* A queue, in rounds with one case of each port, and behind it those that are last; judges take from its front what they have room for. */
#include "ipc/inquiry.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/journal.h"
#include "base/log.h"
#include "base/timekeeper.h"
#include "hallmark/journal.h"
#include "ipc/judges.h"

#define TELL_USEC (60 * USEC_PER_SEC) /* from one line about disagreements to the next; each is counted */
#define SAMPLE    16                  /* one answer in so many is judged alone too */

TAILQ_HEAD(queue, inquiry);

struct inquiries {
	sd_event *event;
	const struct inquiries_callbacks *callbacks;
	void *userdata;
	struct judges *judges; /* owned; NULL: there are none */
	struct judges *next;   /* owned; take their place once they are ready; NULL: none */
	bool is_background;
	struct queue queue;
	uint64_t last_id;
	uint64_t round[2]; /* of the latest case that was asked; of those that are last */
	uint64_t told_usec;
	unsigned replaced, disagreements; /* the former: of judges that are gone */
};

/* --- the queue --- */

static struct inquiry *find(const struct inquiries *q, uint64_t id)
{
	struct inquiry *x;

	TAILQ_FOREACH(x, &q->queue, entries)
	if (x->id == id)
		return x;
	return NULL;
}

static void forget_first(struct inquiry *x)
{
	free(x->first);
	x->first = NULL;
}

void inquiries_drop(struct inquiries *q, struct inquiry *x)
{
	TAILQ_REMOVE(&q->queue, x, entries);
	OPENSSL_cleanse(&x->case_.session, sizeof(x->case_.session)); /* the master secret */
	forget_first(x);
	free(x->bytes);
	x->bytes = NULL;
}

struct inquiry *inquiries_first(const struct inquiries *q)
{
	return TAILQ_FIRST(&q->queue);
}

static struct bytes keep(uint8_t **at, struct bytes b)
{
	struct bytes kept = bytes_of(*at, b.n);

	if (b.n > 0)
		memcpy(*at, b.p, b.n);
	*at += b.n;
	return kept;
}

/* Gives judges what they have room for; what must be judged alone does not wait for the others, nor they for it. */
static void feed(struct inquiries *q)
{
	bool is_full[2] = { !q->judges, !q->judges };
	struct inquiry *x;

	TAILQ_FOREACH(x, &q->queue, entries)
	{
		if (is_full[0] && is_full[1])
			return;
		if (x->is_asked || is_full[x->is_alone])
			continue;
		x->is_asked = judges_ask(q->judges, x->is_alone, x->id, &x->case_, &x->inputs) == 0;
		is_full[x->is_alone] = !x->is_asked;
		if (x->is_asked && x->round > q->round[x->is_last])
			q->round[x->is_last] = x->round;
	}
}

static bool is_behind(const struct inquiry *x, bool is_last, uint64_t round)
{
	return x->is_last != is_last ? x->is_last : x->round > round;
}

/* Where many come from one port, those from others do not wait behind all of them. */
static uint64_t round_of(const struct inquiries *q, const struct inquiry *x)
{
	uint64_t round = q->round[x->is_last];
	const struct inquiry *at;

	TAILQ_FOREACH(at, &q->queue, entries)
	if (at->is_last == x->is_last && at->port == x->port && at->round >= round)
		round = at->round + 1;
	return round;
}

struct inquiry *inquiries_displaced_by(const struct inquiries *q, const struct inquiry *x)
{
	struct inquiry *last = TAILQ_LAST(&q->queue, queue);

	while (last && (last->is_asked || last->group != x->group))
		last = TAILQ_PREV(last, queue, entries);
	return last && is_behind(last, x->is_last, round_of(q, x)) ? last : NULL;
}

static void enqueue(struct inquiries *q, struct inquiry *x)
{
	struct inquiry *at = TAILQ_LAST(&q->queue, queue);

	x->round = round_of(q, x);
	while (at && is_behind(at, x->is_last, x->round))
		at = TAILQ_PREV(at, queue, entries);
	if (at)
		TAILQ_INSERT_AFTER(&q->queue, at, x, entries);
	else
		TAILQ_INSERT_HEAD(&q->queue, x, entries);
}

int inquiries_add(struct inquiries *q, struct inquiry *x, const struct ipc_inputs *inputs)
{
	uint8_t *at;

	x->n_bytes = ipc_inputs_size(inputs);
	x->bytes = at = malloc(x->n_bytes + 1);
	if (!x->bytes)
		return -ENOMEM;
	x->inputs = *inputs;
	for (size_t i = 0; i < IPC_PARTS_MAX; i++) {
		struct bytes *part = ipc_part(&x->inputs, i);

		*part = keep(&at, *part);
	}
	x->id = ++q->last_id;
	enqueue(q, x);
	feed(q);
	return 0;
}

/* --- answers --- */

static void ask_alone(struct inquiry *x)
{
	x->is_alone = true;
	x->is_asked = false;
}

static bool is_sampled(void)
{
	uint8_t byte = 0;

	return RAND_bytes(&byte, 1) == 1 && byte % SAMPLE == 0;
}

static void keep_first(struct inquiry *x, const struct ipc_judged *judged)
{
	forget_first(x);
	x->first = malloc(sizeof(*x->first));
	if (x->first)
		*x->first = *judged;
}

static bool say_the_same(const struct ipc_judged *a, const struct ipc_judged *b)
{
	return a->result == b->result && a->reason == b->reason &&
	       memcmp(&a->facts, &b->facts, sizeof(a->facts)) == 0 &&
	       memcmp(&a->fresh, &b->fresh, sizeof(a->fresh)) == 0;
}

/* Both had the same trust material, time and bytes. The shared one met other devices before, and may be one of theirs. */
static void compare(struct inquiries *q, const struct inquiry *x, const struct ipc_judged *judged)
{
	if (!x->first || x->first->result < 0 || say_the_same(x->first, judged))
		return;
	q->disagreements++;
	judges_replace_shared(q->judges);
	if (q->told_usec > 0 && clock_monotonic_usec() - q->told_usec < TELL_USEC)
		return;
	q->told_usec = clock_monotonic_usec();
	journal_event(LOG_CRIT, HALLMARK_MESSAGE_PROCESS,
		      "Two judges found different things in one case: the one that had met other devices is replaced, "
		      "and what the other one found counts. Was the gateway attacked?");
}

static void on_judged(const struct ipc_message *m, void *userdata)
{
	struct inquiries *q = userdata;
	struct inquiry *x = find(q, m->record.id);

	if (!x)
		return;
	if (!x->is_alone) {
		keep_first(x, &m->record.judged);
		if (is_sampled() || !q->callbacks->on_judged(x, m, false, q->userdata))
			ask_alone(x);
		return;
	}
	compare(q, x, &m->record.judged);
	(void)q->callbacks->on_judged(x, m, true, q->userdata);
}

static void on_lost(uint64_t id, bool is_culprit, void *userdata)
{
	struct inquiries *q = userdata;
	struct inquiry *x = find(q, id);

	if (!x)
		return;
	x->is_asked = false;
	if (!is_culprit)
		return;
	if (x->was_lost) {
		q->callbacks->on_unjudged(x, q->userdata);
		return;
	}
	x->was_lost = true;
	x->is_alone = true;
}

static void on_pause(void *userdata)
{
	struct inquiries *q = userdata;

	feed(q);
	q->callbacks->on_pause(q->userdata);
}

/* --- judges --- */

static void on_set(const struct accepted_set *set, void *userdata)
{
	struct inquiries *q = userdata;

	q->callbacks->on_set(set, q->userdata);
}

static void on_changes(const struct ipc_changes *part, void *userdata)
{
	struct inquiries *q = userdata;

	if (part->is_last)
		feed(q);
	q->callbacks->on_changes(part, q->userdata);
}

/* Other judges may have other material: what was found by the former is not compared with what they find. */
static void take_judges(struct inquiries *q, struct judges *judges)
{
	struct inquiry *x;

	if (q->judges)
		q->replaced += judges_replaced(q->judges);
	judges_free(q->judges);
	q->judges = judges;
	TAILQ_FOREACH(x, &q->queue, entries)
	{
		x->is_asked = false;
		forget_first(x);
	}
}

static void on_end(const char *how, void *userdata)
{
	struct inquiries *q = userdata;
	pid_t zygote = judges_pid(q->judges);
	char kept[64];

	(void)snprintf(kept, sizeof(kept), "%s", how);
	take_judges(q, NULL);
	q->callbacks->on_end(kept, zygote, q->userdata);
}

static const struct judges_callbacks judges_callbacks = { .on_set = on_set,
							  .on_changes = on_changes,
							  .on_judged = on_judged,
							  .on_lost = on_lost,
							  .on_pause = on_pause,
							  .on_end = on_end };

int inquiries_start(struct inquiries *q, const struct judges_material *material, struct timekeeper_record clock)
{
	return judges_new(q->event, material, clock, q->is_background, &judges_callbacks, q, &q->judges);
}

static void adopt(struct inquiries *q, struct judges **from)
{
	take_judges(q, TAKE_PTR(*from));
	judges_adopt(q->judges, &judges_callbacks, q);
	feed(q);
}

static void drop_next(struct inquiries *q)
{
	judges_free(TAKE_PTR(q->next));
}

void inquiries_adopt(struct inquiries *q, struct inquiries *from)
{
	adopt(q, &from->judges);
	drop_next(q); /* what they began with is no longer in force */
}

/* --- judges that take the place of the present ones; nothing is asked of them until then --- */

static void on_next_set(const struct accepted_set *set, void *userdata)
{
	(void)set; /* the present ones said so */
	(void)userdata;
}

static void on_next_changes(const struct ipc_changes *part, void *userdata)
{
	struct inquiries *q = userdata;

	if (part->is_last)
		adopt(q, &q->next);
}

static void on_next_pause(void *userdata)
{
	(void)userdata;
}

static void on_next_end(const char *how, void *userdata)
{
	struct inquiries *q = userdata;

	log_warning("Process %d, which was to take the place of the present judges, %s; these stay",
		    (int)judges_pid(q->next), how);
	drop_next(q);
}

int inquiries_refresh(struct inquiries *q, const struct judges_material *material, struct timekeeper_record clock)
{
	static const struct judges_callbacks callbacks = {
		.on_set = on_next_set, .on_changes = on_next_changes, .on_pause = on_next_pause, .on_end = on_next_end
	};

	return q->next ? 0 : judges_new(q->event, material, clock, q->is_background, &callbacks, q, &q->next);
}

/* --- life cycle --- */

int inquiries_new(sd_event *event, bool is_background, const struct inquiries_callbacks *callbacks, void *userdata,
		  struct inquiries **ret)
{
	struct inquiries *q = calloc(1, sizeof(*q));

	if (!q)
		return -ENOMEM;
	q->event = sd_event_ref(event);
	q->is_background = is_background;
	q->callbacks = callbacks;
	q->userdata = userdata;
	TAILQ_INIT(&q->queue);
	*ret = q;
	return 0;
}

void inquiries_free(struct inquiries *q)
{
	if (!q)
		return;
	drop_next(q);
	judges_free(q->judges);
	sd_event_unref(q->event);
	free(q);
}

bool inquiries_are_ready(const struct inquiries *q)
{
	return q->judges && judges_are_ready(q->judges);
}

pid_t inquiries_zygote(const struct inquiries *q)
{
	return q->judges ? judges_pid(q->judges) : 0;
}

unsigned inquiries_replaced(const struct inquiries *q)
{
	return q->replaced + (q->judges ? judges_replaced(q->judges) : 0);
}

unsigned inquiries_disagreements(const struct inquiries *q)
{
	return q->disagreements;
}

void inquiries_tell_time(struct inquiries *q, struct timekeeper_record clock)
{
	if (q->judges)
		judges_tell_time(q->judges, clock);
}
