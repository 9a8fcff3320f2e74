/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An edge or zygote that is the test's own program, started again as the core does it. The test's main() begins with be_child().
 */
#pragma once

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "edge/serve/serve.h"
#include "ipc/ipc.h"
#include "ipc/process.h"
#include "ipc/sandbox.h"
#include "judge/zygote.h"

#define PATIENCE_MSEC 60000 /* for another process: what has not come by then does not come */

/* At the end of a process, coverage writes files and LeakSanitizer traces: a sandbox lets nobody do either. */
extern void __gcov_exit(void) __attribute__((weak));
extern void __lsan_do_leak_check(void) __attribute__((weak));
int __real_sandbox_enter(enum sandbox_role role);
int __wrap_sandbox_enter(enum sandbox_role role);

int __wrap_sandbox_enter(enum sandbox_role role)
{
	return __gcov_exit || __lsan_do_leak_check ? 0 : __real_sandbox_enter(role);
}

/* Returns an exit status, or -1: this is the test. */
static inline int be_child(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--edge") == 0)
		return edge_run();
	if (argc > 1 && strcmp(argv[1], "--zygote") == 0)
		return zygote_run();
	return -1;
}

/* --- the core's side --- */

static struct {
	pid_t pid;
	int ipc;                      /* -1: closed */
	enum ipc_direction direction; /* of what it says */
	int send_buffer;              /* bytes that it may send unread; 0: as many as always */
} child;

static struct ipc_message message; /* what await() took last */

/* fds[0] is the child's end of the records. */
static inline void child_start(const char *role, int *fds, size_t n_fds)
{
	int pair[2];

	assert_int_equal(ipc_pair(pair), 0);
	if (child.send_buffer > 0)
		assert_int_equal(
			setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &child.send_buffer, sizeof(child.send_buffer)), 0);
	child.ipc = pair[0];
	child.direction = strcmp(role, "--zygote") == 0 ? IPC_FROM_ZYGOTE : IPC_FROM_EDGE;
	fds[0] = pair[1];
	child.pid = process_start(role, fds, n_fds);
	assert_true(child.pid > 0);
	(void)close(pair[1]);
}

static inline void send_clock(int64_t at_sec)
{
	struct ipc_record record = {
		.kind = IPC_CLOCK,
		.clock = { .at_sec = at_sec, .at_usec = clock_monotonic_usec(), .log_level = LOG_EMERG }
	};

	assert_int_equal(ipc_send(child.ipc, &record, NULL), 0);
}

static inline void send_beacon(uint8_t byte)
{
	struct ipc_record record = { .kind = IPC_BEACON };

	memset(record.beacon.bytes, byte, sizeof(record.beacon.bytes));
	assert_int_equal(ipc_send(child.ipc, &record, NULL), 0);
}

/* Returns the kind of the next record, IPC_NONE when the other side closed its end. */
static inline enum ipc_kind await_from(int fd, enum ipc_direction direction)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int r = ipc_receive(fd, direction, &message);

	while (r == -EAGAIN || (r > 0 && message.record.kind == IPC_ALIVE)) { /* that a judge has begun says no more */
		if (r == -EAGAIN)
			assert_int_equal(poll(&p, 1, PATIENCE_MSEC), 1);
		r = ipc_receive(fd, direction, &message);
	}
	assert_true(r >= 0 || r == -ECONNRESET);
	return r > 0 ? message.record.kind : IPC_NONE;
}

static inline enum ipc_kind await_any(void)
{
	return await_from(child.ipc, child.direction);
}

/* The same but for counters, which come at any time. */
static inline enum ipc_kind await(void)
{
	enum ipc_kind kind = await_any();

	while (kind == IPC_COUNTERS)
		kind = await_any();
	return kind;
}

/* Has a zygote fork a judge for the slot. Returns our end of its socket, which the caller closes: then the judge ends. */
static inline int judge_open(struct ipc_fork order)
{
	struct ipc_record record = { .kind = IPC_FORK, .fork = order };
	int pair[2];

	assert_int_equal(ipc_pair(pair), 0);
	assert_int_equal(ipc_send_with(child.ipc, &record, pair[1]), 0);
	(void)close(pair[1]);
	return pair[0];
}

/* The exit status of a child that ends by itself. */
static inline int child_status(void)
{
	int status = -1;

	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	assert_true(WIFEXITED(status));
	if (child.ipc >= 0)
		(void)close(child.ipc);
	child.ipc = -1;
	child.pid = 0;
	return WEXITSTATUS(status);
}

/* The core goes: so does the child, without a complaint. */
static inline void child_stop(void)
{
	assert_int_equal(shutdown(child.ipc, SHUT_WR), 0);
	while (await_any() != IPC_NONE)
		;
	assert_int_equal(child_status(), 0);
}

/* What a test that failed left behind. */
static inline void child_done(void)
{
	process_end(child.pid);
	if (child.pid > 0)
		(void)close(child.ipc);
	child.pid = 0;
}
