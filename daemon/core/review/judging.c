/* SPDX-License-Identifier: Apache-2.0 */
#include "core/review/judging.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/cleanup.h"
#include "base/dependency.h"
#include "base/journal.h"
#include "base/log.h"
#include "base/timekeeper.h"
#include "hallmark/journal.h"
#include "ipc/inquiry.h"
#include "ipc/judges.h"

#define ASKED_MAX   256                      /* at once: keeps all judges busy */
#define CHANGES_MAX (1024 * IPC_CHANGES_MAX) /* with more than these, everything counts as changed */

struct asked {
	struct inquiry inquiry; /* first member */
	uint64_t id;            /* of the caller */
};

struct judging {
	const struct judging_callbacks *callbacks;
	void *userdata;
	struct inquiries *inquiries;
	unsigned n_asked;
	uint64_t *changes; /* owned */
	size_t n_changes;
	bool is_all;
};

static struct asked *asked_of(struct inquiry *x)
{
	return (struct asked *)x;
}

static void forget(struct judging *j, struct asked *x)
{
	inquiries_drop(j->inquiries, &x->inquiry);
	j->n_asked--;
	free(x);
}

void judging_free(struct judging *j)
{
	struct inquiry *x;

	if (!j)
		return;
	while (j->inquiries && (x = inquiries_first(j->inquiries)))
		forget(j, asked_of(x));
	inquiries_free(j->inquiries);
	free(j->changes);
	free(j);
}

struct inquiries *judging_inquiries(struct judging *j)
{
	return j->inquiries;
}

/* --- changes --- */

/* Returns 0 or -ENOMEM. */
static int keep_changes(struct judging *j, const struct ipc_changes *c)
{
	uint64_t *changes;

	for (size_t i = 0; i < c->n; i++)
		j->is_all |= c->ids[i] == DEPENDENCY_ALL;
	if (j->is_all || j->n_changes + c->n > CHANGES_MAX) {
		j->is_all = true;
		return 0;
	}
	changes = reallocarray(j->changes, j->n_changes + c->n + 1, sizeof(*changes));
	if (!changes)
		return -ENOMEM;
	memcpy(changes + j->n_changes, c->ids, c->n * sizeof(*changes));
	j->changes = changes;
	j->n_changes += c->n;
	return 0;
}

static void on_changes(const struct ipc_changes *part, void *userdata)
{
	struct judging *j = userdata;

	j->is_all |= keep_changes(j, part) < 0; /* without memory anything may have changed */
	if (part->is_last)
		j->callbacks->on_changes(j->changes, j->n_changes, j->is_all, j->userdata);
}

static void on_set(const struct accepted_set *set, void *userdata)
{
	struct judging *j = userdata;

	j->callbacks->on_set(set, j->userdata);
}

/* --- cases --- */

static bool on_judged(struct inquiry *inquiry, const struct ipc_message *m, bool is_final, void *userdata)
{
	struct judging *j = userdata;
	struct asked *x = asked_of(inquiry);
	const struct ipc_judged *judged = &m->record.judged;
	const uint64_t id = x->id;

	if (!is_final && (judged->result < 0 || !j->callbacks->is_same(id, &judged->facts, j->userdata)))
		return false;
	forget(j, x);
	j->callbacks->on_judged(id, judged->result, &judged->facts, j->userdata);
	return true;
}

static void on_unjudged(struct inquiry *inquiry, void *userdata)
{
	static const struct facts nothing;
	struct judging *j = userdata;
	const uint64_t id = asked_of(inquiry)->id;

	journal_event(
		LOG_ERR, HALLMARK_MESSAGE_PROCESS,
		"The signed inputs of one device end every judge: that device is in quarantine until it attests again");
	forget(j, asked_of(inquiry));
	j->callbacks->on_judged(id, -EIO, &nothing, j->userdata);
}

static void on_pause(void *userdata)
{
	struct judging *j = userdata;

	j->callbacks->on_pause(j->userdata);
}

static void on_end(const char *how, pid_t zygote, void *userdata)
{
	struct judging *j = userdata;

	journal_event(LOG_ERR, HALLMARK_MESSAGE_PROCESS,
		      "Judging the stored devices has failed: process %d, of which the judges are forks, %s",
		      (int)zygote, how);
	j->callbacks->on_failure(j->userdata);
}

int judging_ask(struct judging *j, uint64_t id, const struct ipc_case *c, const struct signed_inputs *inputs)
{
	struct asked *x = j->n_asked < ASKED_MAX ? calloc(1, sizeof(*x)) : NULL;

	if (!x)
		return j->n_asked < ASKED_MAX ? -ENOMEM : -EAGAIN;
	x->id = id;
	x->inquiry.case_ = *c;
	if (inquiries_add(j->inquiries, &x->inquiry, &(struct ipc_inputs){ .signed_inputs = *inputs }) < 0) {
		free(x);
		return -ENOMEM;
	}
	j->n_asked++;
	return 0;
}

int judging_new(sd_event *event, const struct judges_material *material, struct timekeeper_record clock,
		const struct judging_callbacks *callbacks, void *userdata, struct judging **ret)
{
	static const struct inquiries_callbacks of_inquiries = { .on_set = on_set,
								 .on_changes = on_changes,
								 .on_judged = on_judged,
								 .on_unjudged = on_unjudged,
								 .on_pause = on_pause,
								 .on_end = on_end };
	struct judging *j = calloc(1, sizeof(*j));
	int r;

	if (!j)
		return -ENOMEM;
	j->callbacks = callbacks;
	j->userdata = userdata;
	r = inquiries_new(event, true, &of_inquiries, j, &j->inquiries);
	if (r >= 0)
		r = inquiries_start(j->inquiries, material, clock);
	if (r < 0) {
		judging_free(j);
		return log_errno(r, "Cannot start judges for stored devices");
	}
	*ret = j;
	return 0;
}
