/* SPDX-License-Identifier: Apache-2.0 */
/* One edge at a time; its socket and material outlive it. */
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

struct supervisor {
	sd_event *event;
	sd_event_source *child, *io, *start;
	sd_event_source *deadline; /* of a retiring edge */
	const struct supervisor_callbacks *callbacks;
	void *userdata;
	int socket_fd, material_fd, ipc_fd;
	pid_t pid;
	uint64_t started_usec;
	uint64_t heard_usec; /* when it last sent something */
	uint64_t deaf_usec;  /* since when no edge has listened; 0: one listens */
	unsigned restarts;
	bool is_retiring; /* it was told to end: its end is not reported */
};

static int on_ipc(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct supervisor *s = userdata;

	if (revents & EPOLLIN) {
		s->heard_usec = clock_monotonic_usec();
		s->callbacks->on_readable(fd, s->userdata);
	}
	if ((revents & (EPOLLHUP | EPOLLERR)) && !(revents & EPOLLIN))
		(void)sd_event_source_set_enabled(source, SD_EVENT_OFF); /* on_exit() reports its death */
	return 0;
}

static void forget_edge(struct supervisor *s)
{
	s->io = sd_event_source_disable_unref(s->io);
	s->child = sd_event_source_disable_unref(s->child);
	s->deadline = sd_event_source_disable_unref(s->deadline);
	closep(&s->ipc_fd);
	s->ipc_fd = -1;
	s->pid = 0;
	if (s->deaf_usec == 0)
		s->deaf_usec = clock_monotonic_usec();
}

static void end_edge(struct supervisor *s)
{
	process_end(s->pid);
	forget_edge(s);
}

static int on_exit_of_edge(sd_event_source *source, const siginfo_t *info, void *userdata)
{
	struct supervisor *s = userdata;
	pid_t pid = s->pid;
	uint64_t lived = clock_monotonic_usec() - s->started_usec;
	char how[48];

	(void)source;
	if (info->si_code == CLD_EXITED)
		(void)snprintf(how, sizeof(how), "exited with status %d", info->si_status);
	else
		(void)snprintf(how, sizeof(how), "was killed by SIG%s", sigabbrev_np(info->si_status));

	forget_edge(s);
	if (s->is_retiring) {
		s->is_retiring = false;
		lived = SHORT_LIFE_USEC;
	} else {
		s->restarts++;
		s->callbacks->on_death(pid, how, s->userdata);
	}
	/* not from here: sd-event disables a handler that fails, and then no edge would ever start again */
	(void)sd_event_source_set_time_relative(s->start, lived >= SHORT_LIFE_USEC ? 0 : SHORT_LIFE_USEC);
	return sd_event_source_set_enabled(s->start, SD_EVENT_ONESHOT);
}

static int start(struct supervisor *s)
{
	int fds[2];
	int r = ipc_pair(fds);

	if (r < 0)
		return log_errno(r, "Cannot make the socket pair of an edge");

	const int given[] = {
		[EDGE_IPC - PROCESS_FIRST_FD] = fds[1],
		[EDGE_SOCKET - PROCESS_FIRST_FD] = s->socket_fd,
		[EDGE_MATERIAL - PROCESS_FIRST_FD] = s->material_fd,
	};
	pid_t pid = process_start("--edge", given, ARRAY_SIZE(given));

	(void)close(fds[1]);
	if (pid < 0) {
		(void)close(fds[0]);
		return journal_errno(pid, HALLMARK_MESSAGE_PROCESS, "Cannot start an edge");
	}
	s->pid = pid;
	s->ipc_fd = fds[0];
	s->started_usec = s->heard_usec = clock_monotonic_usec();
	s->callbacks->on_start(s->ipc_fd, s->userdata);

	r = sd_event_add_child(s->event, &s->child, s->pid, WEXITED, on_exit_of_edge, s);
	if (r >= 0)
		r = sd_event_add_io(s->event, &s->io, s->ipc_fd, EPOLLIN, on_ipc, s);
	if (r < 0) {
		end_edge(s);
		return log_errno(r, "Cannot watch the edge");
	}
	return 0;
}

static int on_start(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct supervisor *s = userdata;

	(void)usec;
	if (start(s) == 0)
		return 0;
	(void)sd_event_source_set_time_relative(source,
						SHORT_LIFE_USEC); /* out of memory or descriptors: try again soon */
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

int supervisor_new(sd_event *event, int socket_fd, int material_fd, const struct supervisor_callbacks *callbacks,
		   void *userdata, struct supervisor **ret)
{
	struct supervisor *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	*s = (struct supervisor){
		.event = sd_event_ref(event),
		.callbacks = callbacks,
		.userdata = userdata,
		.socket_fd = socket_fd,
		.material_fd = material_fd,
		.ipc_fd = -1,
		.deaf_usec = clock_monotonic_usec(),
	};

	int r = sd_event_add_time_relative(event, &s->start, CLOCK_MONOTONIC, 0, 1000, on_start, s);

	if (r >= 0)
		r = sd_event_source_set_enabled(s->start, SD_EVENT_OFF);
	if (r >= 0)
		r = start(s);
	if (r < 0) {
		supervisor_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

void supervisor_free(struct supervisor *s)
{
	if (!s)
		return;
	end_edge(s);
	sd_event_source_disable_unref(s->start);
	sd_event_unref(s->event);
	free(s);
}

static void end_now(struct supervisor *s)
{
	if (s->io)
		(void)sd_event_source_set_enabled(s->io, SD_EVENT_OFF); /* ignore further records from it */
	if (s->pid > 0)
		(void)kill(s->pid, SIGKILL);
}

/* One that was told to end is given its time, whatever it does with it. */
void supervisor_replace(struct supervisor *s)
{
	if (!s->deadline)
		end_now(s);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	end_now(userdata);
	return 0;
}

/* The edge still gets the records that were sent, then end of file, then time to close its sessions. */
void supervisor_give(struct supervisor *s, int material_fd)
{
	s->material_fd = material_fd;
	s->is_retiring = s->pid > 0;
	if (s->deaf_usec == 0)
		s->deaf_usec = clock_monotonic_usec(); /* until the next edge listens */
	if (!s->is_retiring || s->deadline)
		return;
	if (s->io)
		(void)sd_event_source_set_enabled(s->io, SD_EVENT_OFF); /* ignore further records from it */
	if (shutdown(s->ipc_fd, SHUT_WR) < 0 ||
	    sd_event_add_time_relative(s->event, &s->deadline, CLOCK_MONOTONIC, RETIRE_USEC, 0, on_deadline, s) < 0)
		end_now(s);
}

int supervisor_ipc_fd(const struct supervisor *s)
{
	return s->ipc_fd;
}

bool supervisor_is_silent(const struct supervisor *s)
{
	return s->pid > 0 && clock_monotonic_usec() - s->heard_usec > SILENCE_USEC;
}

void supervisor_note_ready(struct supervisor *s)
{
	s->deaf_usec = 0;
}

uint64_t supervisor_deaf_usec(const struct supervisor *s)
{
	return s->deaf_usec > 0 ? clock_monotonic_usec() - s->deaf_usec : 0;
}

pid_t supervisor_pid(const struct supervisor *s)
{
	return s->pid;
}

unsigned supervisor_restarts(const struct supervisor *s)
{
	return s->restarts;
}
