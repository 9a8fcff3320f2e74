/* SPDX-License-Identifier: Apache-2.0 */
/* A judge has a slot: a socket pair, of which the zygote's fork has the other end. Cases are answered in their order. */
#include "ipc/judges.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/timekeeper.h"
#include "ipc/ipc.h"
#include "ipc/process.h"

#define ALONE_MAX     4                  /* judges that wait for one case each */
#define SHARED_MAX    4                  /* and of those that take many: one for each processor, at most */
#define IN_FLIGHT_MAX 32                 /* enough to keep a judge busy, and no more than its socket holds */
#define SERVED_MAX    256                /* cases of a shared judge: what one did to it ends with it */
#define LATE_USEC     (5 * USEC_PER_SEC) /* of a case: it takes a millisecond, on a busy machine a hundred times as long */
#define OLD_USEC      (20 * USEC_PER_SEC) /* of a case and those before it: one that crawls is as bad as one that stands */
#define LOAD_USEC     (120 * USEC_PER_SEC) /* large registers take seconds to read */
#define WATCH_USEC    USEC_PER_SEC
#define DEATHS_MAX    16 /* of judges without a case, one after the other: no fork can live */

_Static_assert(ALONE_MAX + SHARED_MAX <= IPC_SLOTS_MAX, "the zygote has a slot for each");

struct slot {
	struct judges *judges;
	sd_event_source *io;
	int fd; /* -1: none */
	bool is_alone;
	uint64_t asked[IN_FLIGHT_MAX];      /* ids of the cases that it has, in their order from `first` on */
	uint64_t asked_usec[IN_FLIGHT_MAX]; /* when */
	unsigned first, in_flight, served;
	bool is_alive;       /* the fork has begun */
	uint64_t since_usec; /* it has had the oldest of them to itself */
};

struct judges {
	sd_event *event;
	sd_event_source *io, *child, *timer;
	const struct judges_callbacks *callbacks;
	void *userdata;
	pid_t zygote, pid; /* the latter: to be ended */
	int ipc_fd;
	bool is_ready, is_background;
	uint64_t started_usec;
	struct slot slots[ALONE_MAX + SHARED_MAX];
	size_t n_slots;
	unsigned replaced, deaths;
	char how[64]; /* it ended; "": it did not */
	struct ipc_message message;
};

/* --- the end of it all --- */

static void slot_close(struct slot *s)
{
	s->io = sd_event_source_disable_unref(s->io);
	closep(&s->fd);
	s->fd = -1;
	s->first = s->in_flight = s->served = 0;
	s->is_alive = false;
}

/* Its judges end with the zygote. */
static void stop(struct judges *j)
{
	for (size_t i = 0; i < j->n_slots; i++)
		slot_close(&j->slots[i]);
	j->io = sd_event_source_disable_unref(j->io);
	j->child = sd_event_source_disable_unref(j->child);
	closep(&j->ipc_fd);
	j->ipc_fd = -1;
	process_end(j->pid);
	j->pid = 0;
	j->is_ready = false;
}

void judges_free(struct judges *j)
{
	if (!j)
		return;
	stop(j);
	sd_event_source_disable_unref(j->timer);
	sd_event_unref(j->event);
	free(j);
}

/* The owner is told by the timer, and not in the middle of what it does. */
static void fail(struct judges *j, const char *how)
{
	stop(j);
	(void)snprintf(j->how, sizeof(j->how), "%s", how);
	(void)sd_event_source_set_time_relative(j->timer, 0);
	(void)sd_event_source_set_enabled(j->timer, SD_EVENT_ONESHOT);
}

static int on_exit_of_zygote(sd_event_source *source, const siginfo_t *info, void *userdata)
{
	struct judges *j = userdata;
	char how[48];

	(void)source;
	j->pid = 0; /* the event loop waits for it */
	if (info->si_code == CLD_EXITED)
		(void)snprintf(how, sizeof(how), "exited with status %d", info->si_status);
	else
		(void)snprintf(how, sizeof(how), "was killed by SIG%s", sigabbrev_np(info->si_status));
	fail(j, how);
	return 0;
}

/* --- one judge --- */

static int on_slot(sd_event_source *source, int fd, uint32_t revents, void *userdata);

/* Returns 0 or a negative errno. */
static int slot_fork(struct judges *j, struct slot *s)
{
	struct ipc_record record = {
		.kind = IPC_FORK,
		.fork = { .slot = (uint32_t)(s - j->slots), .is_alone = s->is_alone, .is_background = j->is_background }
	};
	int fds[2];
	int r;

	slot_close(s);
	r = ipc_pair(fds);
	if (r < 0)
		return r;
	s->fd = fds[0];
	r = ipc_send_with(j->ipc_fd, &record, fds[1]);
	(void)close(fds[1]);
	return r < 0 ? r : sd_event_add_io(j->event, &s->io, s->fd, EPOLLIN, on_slot, s);
}

/* The zygote closed its end: it has ended, or ends now. on_exit_of_zygote() follows, and says how. */
static void await_end(struct judges *j)
{
	(void)sd_event_source_set_enabled(j->io, SD_EVENT_OFF);
	if (j->pid > 0)
		(void)kill(j->pid, SIGKILL); /* does not change the status of one that ends by itself */
}

/* A judge takes the place of the one before. */
static void slot_renew(struct judges *j, struct slot *s)
{
	int r = slot_fork(j, s);

	if (r >= 0)
		return;
	if (r == -EPIPE || r == -ECONNRESET) { /* judges end with their zygote, and may be noticed first */
		slot_close(s);
		await_end(j);
		return;
	}
	log_errno(r, "Cannot have a judge forked");
	fail(j, "takes no orders");
}

/* It ended, hangs or lied: what it was asked is lost. */
static void slot_replace(struct judges *j, struct slot *s, bool has_culprit)
{
	const struct slot former = *s;

	if (former.in_flight == 0 && ++j->deaths > DEATHS_MAX) {
		fail(j, "forks judges that cannot live");
		return;
	}
	j->replaced += former.in_flight > 0;
	slot_renew(j, s);
	for (unsigned i = 0; i < former.in_flight; i++)
		j->callbacks->on_lost(former.asked[(former.first + i) % IN_FLIGHT_MAX], has_culprit && i == 0,
				      j->userdata);
}

static bool is_awaited(const struct slot *s, const struct ipc_message *m)
{
	if (m->record.kind == IPC_ALIVE)
		return !s->is_alive;
	return s->is_alive && s->in_flight > 0 && s->asked[s->first] == m->record.id;
}

static void take_answer(struct judges *j, struct slot *s)
{
	s->first = (s->first + 1) % IN_FLIGHT_MAX;
	s->in_flight--;
	s->since_usec = clock_monotonic_usec();
	j->deaths = 0;
	if (s->is_alone || (++s->served >= SERVED_MAX && s->in_flight == 0))
		slot_renew(j, s);
	j->callbacks->on_judged(&j->message, j->userdata);
}

/* One that ended without having read all is told as an error first, and what it said before follows: unix(7) does not say so. */
static int receive_answer(struct judges *j, const struct slot *s)
{
	int r = ipc_receive(s->fd, IPC_FROM_JUDGE, &j->message);

	if (r == -ECONNRESET)
		r = ipc_receive(s->fd, IPC_FROM_JUDGE, &j->message);
	return r > 0 && !is_awaited(s, &j->message) ? -EBADMSG : r;
}

static void take(struct judges *j, struct slot *s)
{
	if (j->message.record.kind == IPC_ALIVE)
		s->is_alive = true;
	else
		take_answer(j, s);
}

static int on_slot(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct slot *s = userdata;
	struct judges *j = s->judges;
	int r = 1;

	(void)source;
	(void)revents;
	while (r > 0 && s->fd == fd) {
		r = receive_answer(j, s);
		if (r > 0)
			take(j, s);
	}
	if (r <= 0 && r != -EAGAIN)
		slot_replace(j, s, true);
	j->callbacks->on_pause(j->userdata);
	return 0;
}

/* --- asking --- */

static bool takes_another(const struct slot *s)
{
	return s->fd >= 0 && (s->is_alone ? s->in_flight == 0 :
					    s->in_flight < IN_FLIGHT_MAX && s->served + s->in_flight < SERVED_MAX);
}

static struct slot *find_slot(struct judges *j, bool is_alone)
{
	struct slot *best = NULL;

	for (size_t i = 0; i < j->n_slots; i++) {
		struct slot *s = &j->slots[i];

		if (s->is_alone == is_alone && takes_another(s) && (!best || s->in_flight < best->in_flight))
			best = s;
	}
	return best;
}

int judges_ask(struct judges *j, bool is_alone, uint64_t id, const struct ipc_case *c, const struct ipc_inputs *inputs)
{
	struct ipc_record record = { .kind = IPC_CASE, .id = id, .case_ = *c };
	struct slot *s = j->is_ready ? find_slot(j, is_alone) : NULL;

	int r = s ? ipc_send(s->fd, &record, inputs) : -EAGAIN;

	OPENSSL_cleanse(&record.case_.session, sizeof(record.case_.session)); /* the master secret */
	if (r < 0) /* one that ended is noticed when its end is read */
		return -EAGAIN;
	s->asked[(s->first + s->in_flight) % IN_FLIGHT_MAX] = id;
	s->asked_usec[(s->first + s->in_flight) % IN_FLIGHT_MAX] = clock_monotonic_usec();
	if (s->in_flight++ == 0)
		s->since_usec = clock_monotonic_usec();
	return 0;
}

void judges_replace_shared(struct judges *j)
{
	for (size_t i = 0; i < j->n_slots; i++) {
		if (j->slots[i].is_alone)
			continue;
		j->replaced += j->slots[i].in_flight == 0;
		slot_replace(j, &j->slots[i], false);
	}
}

/* --- time --- */

/* Its answer may be waiting unread: then the core was busy, not the judge. */
static bool is_late(const struct slot *s)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	uint64_t now = clock_monotonic_usec();

	return s->in_flight > 0 && (now - s->since_usec > LATE_USEC || now - s->asked_usec[s->first] > OLD_USEC) &&
	       poll(&p, 1, 0) == 0;
}

/* A judge that has begun hangs of its case; one that has not, of a zygote that forks none. */
static void replace_late(struct judges *j, struct slot *s)
{
	if (s->is_alive)
		slot_replace(j, s, true);
	else
		fail(j, "forks no judges");
}

/* What one device did to a judge ends with it, also where few ask. */
static bool is_used(const struct slot *s)
{
	return !s->is_alone && s->served > 0 && s->in_flight == 0;
}

static void watch_slot(struct judges *j, struct slot *s)
{
	if (is_late(s))
		replace_late(j, s);
	else if (is_used(s))
		slot_renew(j, s);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct judges *j = userdata;

	(void)usec;
	if (!j->how[0] && !j->is_ready && clock_monotonic_usec() - j->started_usec > LOAD_USEC)
		fail(j, "does not come to the end of its trust material");
	if (j->how[0]) {
		j->callbacks->on_end(j->how, j->userdata);
		return 0;
	}
	(void)sd_event_source_set_time_relative(source, WATCH_USEC);
	(void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	for (size_t i = 0; i < j->n_slots && !j->how[0]; i++)
		watch_slot(j, &j->slots[i]);
	j->callbacks->on_pause(j->userdata);
	return 0;
}

void judges_tell_time(struct judges *j, struct timekeeper_record clock)
{
	struct ipc_record record = { .kind = IPC_CLOCK, .clock = clock };

	if (j->ipc_fd >= 0)
		(void)ipc_send(j->ipc_fd, &record, NULL);
}

/* --- the zygote --- */

static size_t count_shared(void)
{
	cpu_set_t cpus;
	/* that this process may run on, as a unit's AllowedCPUs says; it fails where there are more than 1,024 */
	int n = sched_getaffinity(0, sizeof(cpus), &cpus) < 0 ? SHARED_MAX : CPU_COUNT(&cpus);

	return n < SHARED_MAX ? (size_t)n : SHARED_MAX;
}

static void fork_all(struct judges *j)
{
	for (size_t i = 0; i < j->n_slots && !j->how[0]; i++)
		slot_renew(j, &j->slots[i]);
}

static void on_changes(struct judges *j)
{
	if (j->message.record.changes.is_last) {
		fork_all(j);
		j->is_ready = !j->how[0];
	}
	if (!j->how[0])
		j->callbacks->on_changes(&j->message.record.changes, j->userdata);
}

/* One record for each wake-up, so that a callback may end it all. */
static int on_zygote(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct judges *j = userdata;
	int r = ipc_receive(fd, IPC_FROM_ZYGOTE, &j->message);

	(void)source;
	(void)revents;
	if (r == -EAGAIN)
		return 0;
	if (r == 0 || r == -ECONNRESET)
		await_end(j);
	else if (r < 0 || j->is_ready)
		fail(j, "sent a malformed record");
	else if (j->message.record.kind == IPC_SET)
		j->callbacks->on_set(&j->message.record.set, j->userdata);
	else
		on_changes(j);
	return 0;
}

static int watch(struct judges *j)
{
	int r = sd_event_add_time_relative(j->event, &j->timer, CLOCK_MONOTONIC, WATCH_USEC, 0, on_timer, j);

	if (r >= 0)
		r = sd_event_add_child(j->event, &j->child, j->pid, WEXITED, on_exit_of_zygote, j);
	if (r >= 0)
		r = sd_event_add_io(j->event, &j->io, j->ipc_fd, EPOLLIN, on_zygote, j);
	return r;
}

static int start(struct judges *j, const struct judges_material *material, struct timekeeper_record clock)
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
		[ZYGOTE_IPC - PROCESS_FIRST_FD] = theirs,
		[ZYGOTE_MATERIAL - PROCESS_FIRST_FD] = material->fd,
		[ZYGOTE_FORMER - PROCESS_FIRST_FD] = material->former_fd,
	};

	j->pid = process_start("--zygote", given, ARRAY_SIZE(given));
	if (j->pid < 0)
		return (int)j->pid;
	j->zygote = j->pid;
	r = ipc_send(j->ipc_fd, &first, NULL);
	return r < 0 ? r : watch(j);
}

int judges_new(sd_event *event, const struct judges_material *material, struct timekeeper_record clock,
	       bool is_background, const struct judges_callbacks *callbacks, void *userdata, struct judges **ret)
{
	struct judges *j = calloc(1, sizeof(*j));
	int r;

	if (!j)
		return -ENOMEM;
	j->event = sd_event_ref(event);
	j->callbacks = callbacks;
	j->userdata = userdata;
	j->is_background = is_background;
	j->ipc_fd = -1;
	j->started_usec = clock_monotonic_usec();
	j->n_slots = ALONE_MAX + count_shared();
	for (size_t i = 0; i < j->n_slots; i++)
		j->slots[i] = (struct slot){ .judges = j, .fd = -1, .is_alone = i < ALONE_MAX };
	r = start(j, material, clock);
	if (r < 0) {
		judges_free(j);
		return log_errno(r, "Cannot start a process for judges");
	}
	*ret = j;
	return 0;
}

void judges_adopt(struct judges *j, const struct judges_callbacks *callbacks, void *userdata)
{
	j->callbacks = callbacks;
	j->userdata = userdata;
	j->is_background = false;
	fork_all(j);
}

bool judges_are_ready(const struct judges *j)
{
	return j->is_ready;
}

pid_t judges_pid(const struct judges *j)
{
	return j->zygote;
}

unsigned judges_replaced(const struct judges *j)
{
	return j->replaced;
}
