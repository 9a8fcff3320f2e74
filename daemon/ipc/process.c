/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fork and exec of the same program, so that a child has none of the core's memory (which holds the signing key) and an
 * address space of its own.
 */
#include "ipc/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs in the child, between fork and exec: only async-signal-safe calls. Does not return. */
static void become(const char *role, const int *fds, unsigned n_fds)
{
	const unsigned end = PROCESS_FIRST_FD + n_fds;
	int high[PROCESS_FDS_MAX];
	char argument[16] = "";
	char *argv[] = { (char[]){ "hallmarkd" }, argument, NULL };
	const char *journal = getenv("JOURNAL_STREAM");
	char stream[64] = "JOURNAL_STREAM=";
	/* else each judge would look up each function that it calls, and copy the pages where that is noted */
	char *envp[] = { (char[]){ "LD_BIND_NOW=1" }, journal ? stream : NULL, NULL };
	sigset_t none;

	(void)strncat(argument, role, sizeof(argument) - 1);
	if (journal)
		(void)strncat(stream, journal, sizeof(stream) - strlen(stream) - 1);
	for (unsigned i = 0; i < n_fds; i++) /* to high numbers first, so that none overwrites another */
		high[i] = fcntl(fds[i], F_DUPFD, end);
	for (unsigned i = 0; i < n_fds; i++)
		if (high[i] < 0 || dup2(high[i], (int)(PROCESS_FIRST_FD + i)) < 0)
			_exit(EXIT_FAILURE);
	if (close_range(end, ~0U, 0) < 0)
		_exit(EXIT_FAILURE);
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) <
	    0) /* a child of a service starts without ambient capabilities */
		_exit(EXIT_FAILURE);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)execve("/proc/self/exe", argv, envp);
	_exit(EXIT_FAILURE);
}

pid_t process_start(const char *role, const int *fds, size_t n_fds)
{
	pid_t pid;

	if (n_fds > PROCESS_FDS_MAX)
		return -EINVAL;
	pid = fork();
	if (pid == 0)
		become(role, fds, (unsigned)n_fds);
	return pid < 0 ? -errno : pid;
}

void process_end(pid_t pid)
{
	if (pid <= 0)
		return;
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}
