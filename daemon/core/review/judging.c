/* SPDX-License-Identifier: Apache-2.0 */
/* One record for each wake-up, so that a callback may end it all. */
#include "core/review/judging.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/dependency.h"
#include "base/journal.h"
#include "base/log.h"
#include "base/timekeeper.h"
#include "hallmark/journal.h"
#include "ipc/ipc.h"
#include "ipc/process.h"

#define IN_FLIGHT_MAX 32                       /* enough to keep the judge busy, and no more than its socket holds */
#define SILENCE_USEC  (30 * USEC_PER_SEC)      /* large registers take seconds to read; a case takes a millisecond */
#define CHANGES_MAX   (1024 * IPC_CHANGES_MAX) /* with more than these, everything counts as changed */

struct judging {
	sd_event_source *io, *timer;
	const struct judging_callbacks *callbacks;
	void *userdata;
	pid_t pid;
	int ipc_fd;
	uint64_t asked[IN_FLIGHT_MAX]; /* ids of the cases that it has, in their order from `first` on */
	unsigned first, in_flight;
	uint64_t *changes; /* owned */
	size_t n_changes;
	bool is_all, has_changes;
	struct ipc_message message;
};

void judging_free(struct judging *j)
{
	if (!j)
		return;
	sd_event_source_disable_unref(j->io);
	sd_event_source_disable_unref(j->timer);
	closep(&j->ipc_fd);
	process_end(j->pid);
	free(j->changes);
	free(j);
}

static void fail(struct judging *j, const char *why)
{
	journal_event(LOG_ERR, HALLMARK_MESSAGE_WORKER, "Judging the stored devices has failed: the judge %s", why);
	(void)sd_event_source_set_enabled(j->io, SD_EVENT_OFF);
	(void)sd_event_source_set_enabled(j->timer, SD_EVENT_OFF);
	j->callbacks->on_failure(j->userdata);
}

static void expect_soon(struct judging *j)
{
	(void)sd_event_source_set_time_relative(j->timer, SILENCE_USEC);
	(void)sd_event_source_set_enabled(j->timer, SD_EVENT_ONESHOT);
}

/* Its record may be waiting unread: then the core was busy, not the judge. */
static int on_silence(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct judging *j = userdata;
	struct pollfd p = { .fd = j->ipc_fd, .events = POLLIN };

	(void)source;
	(void)usec;
	if (poll(&p, 1, 0) > 0)
		expect_soon(j);
	else
		fail(j, "stopped answering");
	return 0;
}

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

static void on_changes(struct judging *j, const struct ipc_changes *c)
{
	if (keep_changes(j, c) < 0) {
		fail(j, "sent more than there is memory for");
		return;
	}
	if (!c->is_last)
		return;
	j->has_changes = true;
	(void)sd_event_source_set_enabled(j->timer, SD_EVENT_OFF); /* nothing to do yet */
	j->callbacks->on_changes(j->changes, j->n_changes, j->is_all, j->userdata);
}

/* Cases are answered in their order, each once. */
static bool is_awaited(const struct judging *j, uint64_t id)
{
	return j->in_flight > 0 && j->asked[j->first] == id;
}

static void on_judged(struct judging *j, uint64_t id, const struct ipc_judged *judged)
{
	j->first = (j->first + 1) % IN_FLIGHT_MAX;
	if (--j->in_flight == 0)
		(void)sd_event_source_set_enabled(j->timer, SD_EVENT_OFF);
	j->callbacks->on_judged(id, judged->result, &judged->facts, j->userdata);
}

static int on_ipc(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct judging *j = userdata;
	const struct ipc_record *record = &j->message.record;
	int r = ipc_receive(fd, IPC_FROM_JUDGE, &j->message);

	(void)source;
	(void)revents;
	if (r == -EAGAIN)
		return 0;
	expect_soon(j);
	if (r == 0 || r == -ECONNRESET)
		fail(j, "has ended");
	else if (r > 0 && record->kind == IPC_SET && !j->has_changes)
		j->callbacks->on_set(&record->set, j->userdata);
	else if (r > 0 && record->kind == IPC_CHANGES && !j->has_changes)
		on_changes(j, &record->changes);
	else if (r > 0 && record->kind == IPC_JUDGED && is_awaited(j, record->id))
		on_judged(j, record->id, &record->judged);
	else
		fail(j, "sent a malformed record");
	return 0;
}

static int watch(struct judging *j, sd_event *event)
{
	int r = sd_event_add_io(event, &j->io, j->ipc_fd, EPOLLIN, on_ipc, j);

	if (r >= 0)
		r = sd_event_add_time_relative(event, &j->timer, CLOCK_MONOTONIC, SILENCE_USEC, 0, on_silence, j);
	return r;
}

static int start(struct judging *j, const struct judging_material *material, struct timekeeper_record clock)
{
	struct ipc_record first = { .kind = IPC_CLOCK, .clock = clock };
	_cleanup_close_ int theirs = -1;
	int fds[2];
	int r = ipc_pair(fds);

	if (r < 0)
		return r;
	j->ipc_fd = fds[0];
	theirs = fds[1];

	const int given[] = {
		[JUDGE_IPC - PROCESS_FIRST_FD] = theirs,
		[JUDGE_MATERIAL - PROCESS_FIRST_FD] = material->fd,
		[JUDGE_FORMER - PROCESS_FIRST_FD] = material->former_fd,
	};

	j->pid = process_start("--judge", given, ARRAY_SIZE(given));
	if (j->pid < 0)
		return (int)j->pid;
	return ipc_send(j->ipc_fd, &first, NULL);
}

int judging_new(sd_event *event, const struct judging_material *material, struct timekeeper_record clock,
		const struct judging_callbacks *callbacks, void *userdata, struct judging **ret)
{
	struct judging *j = calloc(1, sizeof(*j));
	int r;

	if (!j)
		return -ENOMEM;
	j->callbacks = callbacks;
	j->userdata = userdata;
	j->ipc_fd = -1;
	r = start(j, material, clock);
	if (r >= 0)
		r = watch(j, event);
	if (r < 0) {
		judging_free(j);
		return log_errno(r, "Cannot start a judge for stored devices");
	}
	*ret = j;
	return 0;
}

int judging_ask(struct judging *j, uint64_t id, struct ipc_case c, const struct signed_inputs *inputs)
{
	struct ipc_record record = { .kind = IPC_CASE, .id = id, .case_ = c };
	int r = j->in_flight < IN_FLIGHT_MAX ? ipc_send(j->ipc_fd, &record, inputs) : -EAGAIN;

	if (r < 0)
		return r;
	j->asked[(j->first + j->in_flight) % IN_FLIGHT_MAX] = id;
	if (j->in_flight++ == 0)
		expect_soon(j);
	return 0;
}
