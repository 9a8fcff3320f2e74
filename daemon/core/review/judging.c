/* SPDX-License-Identifier: Apache-2.0 */
#include "core/review/judging.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "appraise/news.h"
#include "base/cleanup.h"
#include "base/dependency.h"
#include "base/journal.h"
#include "base/log.h"
#include "base/timekeeper.h"
#include "hallmark/journal.h"
#include "ipc/inquiry.h"
#include "ipc/judges.h"

#define ASKED_MAX   256 /* at once: keeps all judges busy */
#define OTHERS_MIN  16  /* then the next ones are likely to change, too: a shared judge would be asked in vain */
#define CHANGES_MAX (2048 * IPC_CHANGES_MAX) /* with more than these, everything counts as changed */

struct asked {
	struct inquiry inquiry; /* first member */
	uint64_t id;            /* of the caller */
};

struct judging {
	const struct judging_callbacks *callbacks;
	void *userdata;
	struct inquiries *inquiries;
	unsigned n_asked;
	unsigned n_others; /* answers in a row by which something changes */
	struct changes changes;
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
	changes_done(&j->changes);
	free(j);
}

struct inquiries *judging_inquiries(struct judging *j)
{
	return j->inquiries;
}

/* --- changes --- */

static bool names_all(const struct ipc_changes *part)
{
	for (size_t i = 0; i < part->n; i++)
		if (part->ids[i] == DEPENDENCY_ALL)
			return true;
	return false;
}

/* Returns the longer list, which replaces the former one, or NULL without memory. */
static void *join(void *list, size_t n, const void *part, size_t n_part, size_t size)
{
	uint8_t *joined = reallocarray(list, n + n_part + 1, size);

	if (joined && n_part > 0)
		memcpy(joined + n * size, part, n_part * size);
	return joined;
}

/* Returns false when there are too many, or no memory for them. */
static bool keep_part(struct changes *c, const struct ipc_changes *part)
{
	uint64_t *ids;
	struct status_news *news;

	if (c->n + part->n > CHANGES_MAX || c->n_news + part->n_news > CHANGES_MAX)
		return false;
	ids = join(c->ids, c->n, part->ids, part->n, sizeof(*ids));
	if (!ids)
		return false;
	c->ids = ids;
	c->n += part->n;
	news = join(c->news, c->n_news, part->news, part->n_news, sizeof(*news));
	if (!news)
		return false;
	c->news = news;
	c->n_news += part->n_news;
	return true;
}

static void on_changes(const struct ipc_changes *part, void *userdata)
{
	struct judging *j = userdata;
	struct changes *c = &j->changes;

	c->is_all = c->is_all || names_all(part) || !keep_part(c, part);
	if (part->is_last)
		j->callbacks->on_changes(c, j->userdata);
}

static void on_set(const struct accepted_set *set, void *userdata)
{
	struct judging *j = userdata;

	j->callbacks->on_set(set, j->userdata);
}

/* --- cases --- */

static bool is_same(const struct judging *j, uint64_t id, const struct ipc_judged *judged)
{
	return judged->result == 0 && j->callbacks->is_same(id, &judged->facts, j->userdata);
}

static bool on_judged(struct inquiry *inquiry, const struct ipc_message *m, bool is_final, void *userdata)
{
	struct judging *j = userdata;
	struct asked *x = asked_of(inquiry);
	const struct ipc_judged *judged = &m->record.judged;
	const uint64_t id = x->id;
	const bool is_other = !is_same(j, id, judged);

	j->n_others = is_other ? j->n_others + 1 : 0;
	if (is_other && !is_final)
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
	x->inquiry.is_alone = j->n_others >= OTHERS_MIN;
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
