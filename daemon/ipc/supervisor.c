/* SPDX-License-Identifier: Apache-2.0 */
/* Of each number one edge at a time; its socket and the material outlive it. */
#include "ipc/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/journal.h"
#include "base/log.h"
#include "hallmark/journal.h"
#include "ipc/ipc.h"
#include "ipc/process.h"

#define SILENCE_USEC    (10 * USEC_PER_SEC) /* counters arrive every 2 s: an edge that sends nothing hangs */
#define RETIRE_USEC     USEC_PER_SEC        /* time for an edge to close its sessions before it is killed */
#define SHORT_LIFE_USEC USEC_PER_SEC        /* an edge that lived for less is replaced only after this pause */

/* One number, and its process. */
struct post {
	struct supervisor *supervisor;
	sd_event_source *child, *io, *start;
	sd_event_source *deadline; /* of a retiring edge */
	unsigned edge;
	int socket_fd, ipc_fd;
	pid_t pid;
	uint64_t started_usec;
	uint64_t heard_usec; /* when it last sent something */
	uint64_t deaf_usec;  /* since when no edge has listened; 0: one listens */
	bool is_retiring;    /* it was told to end: its end is not reported */
	bool is_outdated;    /* it has other material than the next one will have */
};

struct supervisor {
	sd_event *event;
	const struct supervisor_callbacks *callbacks;
	void *userdata;
	int material_fd;
	unsigned restarts;
	unsigned n;
	struct post posts[EDGES_MAX];
};

static int on_ipc(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct post *p = userdata;

	(void)fd;
	if (revents & EPOLLIN) {
		p->heard_usec = clock_monotonic_usec();
		p->supervisor->callbacks->on_readable(p->edge, p->supervisor->userdata);
	}
	if ((revents & (EPOLLHUP | EPOLLERR)) && !(revents & EPOLLIN))
		(void)sd_event_source_set_enabled(source, SD_EVENT_OFF); /* on_exit_of_edge() reports its death */
	return 0;
}

static void forget_edge(struct post *p)
{
	p->io = sd_event_source_disable_unref(p->io);
	p->child = sd_event_source_disable_unref(p->child);
	p->deadline = sd_event_source_disable_unref(p->deadline);
	closep(&p->ipc_fd);
	p->ipc_fd = -1;
	p->pid = 0;
	p->is_outdated = false;
	if (p->deaf_usec == 0)
		p->deaf_usec = clock_monotonic_usec();
}

static void end_edge(struct post *p)
{
	process_end(p->pid);
	forget_edge(p);
}

static int on_exit_of_edge(sd_event_source *source, const siginfo_t *info, void *userdata)
{
	struct post *p = userdata;
	struct supervisor *s = p->supervisor;
	pid_t pid = p->pid;
	uint64_t lived = clock_monotonic_usec() - p->started_usec;
	char how[48];

	(void)source;
	if (info->si_code == CLD_EXITED)
		(void)snprintf(how, sizeof(how), "exited with status %d", info->si_status);
	else
		(void)snprintf(how, sizeof(how), "was killed by SIG%s", sigabbrev_np(info->si_status));

	forget_edge(p);
	if (p->is_retiring) {
		p->is_retiring = false;
		lived = SHORT_LIFE_USEC;
	} else {
		s->restarts++;
		s->callbacks->on_death(p->edge, pid, how, s->userdata);
	}
	/* not from here: sd-event disables a handler that fails, and then no edge would ever start again */
	(void)sd_event_source_set_time_relative(p->start, lived >= SHORT_LIFE_USEC ? 0 : SHORT_LIFE_USEC);
	return sd_event_source_set_enabled(p->start, SD_EVENT_ONESHOT);
}

static int start(struct post *p)
{
	struct supervisor *s = p->supervisor;
	int fds[2];
	int r = ipc_pair(fds);

	if (r < 0)
		return log_errno(r, "Cannot make the socket pair of an edge");

	const int given[] = {
		[EDGE_IPC - PROCESS_FIRST_FD] = fds[1],
		[EDGE_SOCKET - PROCESS_FIRST_FD] = p->socket_fd,
		[EDGE_MATERIAL - PROCESS_FIRST_FD] = s->material_fd,
	};
	pid_t pid = process_start("--edge", given, ARRAY_SIZE(given));

	(void)close(fds[1]);
	if (pid < 0) {
		(void)close(fds[0]);
		return journal_errno(pid, HALLMARK_MESSAGE_PROCESS, "Cannot start an edge");
	}
	p->pid = pid;
	p->ipc_fd = fds[0];
	p->started_usec = p->heard_usec = clock_monotonic_usec();
	s->callbacks->on_start(p->edge, s->userdata);

	r = sd_event_add_child(s->event, &p->child, p->pid, WEXITED, on_exit_of_edge, p);
	if (r >= 0)
		r = sd_event_add_io(s->event, &p->io, p->ipc_fd, EPOLLIN, on_ipc, p);
	if (r < 0) {
		end_edge(p);
		return log_errno(r, "Cannot watch the edge");
	}
	return 0;
}

static int on_start(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)usec;
	if (start(userdata) == 0)
		return 0;
	(void)sd_event_source_set_time_relative(source,
						SHORT_LIFE_USEC); /* out of memory or descriptors: try again soon */
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int begin(struct supervisor *s, unsigned edge, int socket_fd)
{
	struct post *p = &s->posts[edge];
	int r;

	*p = (struct post){
		.supervisor = s, .edge = edge, .socket_fd = socket_fd, .ipc_fd = -1, .deaf_usec = clock_monotonic_usec()
	};
	s->n = edge + 1;
	r = sd_event_add_time_relative(s->event, &p->start, CLOCK_MONOTONIC, 0, 1000, on_start, p);
	if (r >= 0)
		r = sd_event_source_set_enabled(p->start, SD_EVENT_OFF);
	return r < 0 ? r : start(p);
}

int supervisor_new(sd_event *event, const struct supervisor_parts *parts, const struct supervisor_callbacks *callbacks,
		   void *userdata, struct supervisor **ret)
{
	struct supervisor *s = calloc(1, sizeof(*s));
	int r = 0;

	if (!s)
		return -ENOMEM;
	*s = (struct supervisor){
		.event = sd_event_ref(event),
		.callbacks = callbacks,
		.userdata = userdata,
		.material_fd = parts->material_fd,
	};
	*ret = s; /* on_start() of an edge looks at it */
	for (unsigned i = 0; i < parts->n && r >= 0; i++)
		r = begin(s, i, parts->socket_fds[i]);
	if (r < 0) {
		*ret = NULL;
		supervisor_free(s);
		return r;
	}
	return 0;
}

void supervisor_free(struct supervisor *s)
{
	if (!s)
		return;
	for (unsigned i = 0; i < s->n; i++) {
		end_edge(&s->posts[i]);
		sd_event_source_disable_unref(s->posts[i].start);
	}
	sd_event_unref(s->event);
	free(s);
}

static void end_now(struct post *p)
{
	if (p->io)
		(void)sd_event_source_set_enabled(p->io, SD_EVENT_OFF); /* ignore further records from it */
	if (p->pid > 0)
		(void)kill(p->pid, SIGKILL);
}

/* One that was told to end is given its time, whatever it does with it. */
void supervisor_replace(struct supervisor *s, unsigned edge)
{
	if (!s->posts[edge].deadline)
		end_now(&s->posts[edge]);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	end_now(userdata);
	return 0;
}

/* The edge still gets the records that were sent, then end of file, then time to close its sessions. */
static void retire(struct post *p)
{
	p->is_outdated = false;
	p->is_retiring = true;
	if (p->deaf_usec == 0)
		p->deaf_usec = clock_monotonic_usec(); /* until the next edge listens */
	if (p->io)
		(void)sd_event_source_set_enabled(p->io, SD_EVENT_OFF); /* ignore further records from it */
	if (shutdown(p->ipc_fd, SHUT_WR) < 0 ||
	    sd_event_add_time_relative(p->supervisor->event, &p->deadline, CLOCK_MONOTONIC, RETIRE_USEC, 0, on_deadline,
				       p) < 0)
		end_now(p);
}

/* The first one that has the former material, unless another one has to be waited for. */
static void retire_next(struct supervisor *s)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->posts[i].deaf_usec > 0 && !s->posts[i].is_outdated)
			return;
	for (unsigned i = 0; i < s->n; i++)
		if (s->posts[i].is_outdated) {
			retire(&s->posts[i]);
			return;
		}
}

void supervisor_give(struct supervisor *s, int material_fd)
{
	s->material_fd = material_fd;
	for (unsigned i = 0; i < s->n; i++) /* one that is retiring, or not there, is followed by one that has it */
		s->posts[i].is_outdated = s->posts[i].pid > 0 && !s->posts[i].is_retiring;
	retire_next(s);
}

void supervisor_note_ready(struct supervisor *s, unsigned edge)
{
	s->posts[edge].deaf_usec = 0;
	retire_next(s);
}

unsigned supervisor_edges(const struct supervisor *s)
{
	return s ? s->n : 0;
}

int supervisor_ipc_fd(const struct supervisor *s, unsigned edge)
{
	return s->posts[edge].ipc_fd;
}

pid_t supervisor_pid(const struct supervisor *s, unsigned edge)
{
	return s->posts[edge].pid;
}

bool supervisor_is_silent(const struct supervisor *s, unsigned edge)
{
	const struct post *p = &s->posts[edge];

	return p->pid > 0 && clock_monotonic_usec() - p->heard_usec > SILENCE_USEC;
}

uint64_t supervisor_deaf_usec(const struct supervisor *s)
{
	uint64_t first = UINT64_MAX;

	for (unsigned i = 0; i < s->n; i++)
		if (s->posts[i].deaf_usec > 0 && s->posts[i].deaf_usec < first)
			first = s->posts[i].deaf_usec;
	return first < UINT64_MAX ? clock_monotonic_usec() - first : 0;
}

unsigned supervisor_restarts(const struct supervisor *s)
{
	return s->restarts;
}
