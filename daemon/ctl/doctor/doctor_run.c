/* SPDX-License-Identifier: Apache-2.0 */
/* Runs other programs and reads small files, with limits, so that the doctor cannot hang. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "ctl/doctor/doctor.h"

#define RUN_USEC (5 * USEC_PER_SEC)

extern char **environ;

/* Returns the pid, or a negative errno. */
static pid_t start(const char *const argv[], int out_fd)
{
	posix_spawn_file_actions_t actions;
	pid_t pid = 0;
	int r;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return -ENOMEM;
	r = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, out_fd, STDOUT_FILENO);
	if (r == 0)
		r = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (r == 0)
		r = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	return r == 0 ? pid : -r;
}

/* Reads to the end; bytes beyond the size are dropped. Returns 0, or -ETIMEDOUT. */
static int read_all(int fd, char *ret, size_t size)
{
	const uint64_t end_usec = clock_monotonic_usec() + RUN_USEC;
	char rest[512];
	size_t n = 0;

	for (;;) {
		const uint64_t now_usec = clock_monotonic_usec();
		struct pollfd p = { .fd = fd, .events = POLLIN };
		const bool is_full = n + 1 >= size;

		if (now_usec >= end_usec || poll(&p, 1, (int)((end_usec - now_usec) / 1000) + 1) == 0)
			return -ETIMEDOUT;

		ssize_t got = read(fd, is_full ? rest : ret + n, is_full ? sizeof(rest) : size - 1 - n);

		if (got <= 0)
			break;
		n += is_full ? 0 : (size_t)got;
		ret[n] = '\0';
	}
	return 0;
}

static void cut_newline(char *text)
{
	size_t n = strlen(text);

	while (n > 0 && text[n - 1] == '\n')
		text[--n] = '\0';
}

int doctor_run(const char *const argv[], char *ret, size_t size)
{
	_cleanup_close_ int out = -1, in = -1;
	int fds[2], status = 0, r;
	pid_t pid;

	ret[0] = '\0';
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	in = fds[0];
	out = fds[1];
	pid = start(argv, out);
	if (pid < 0)
		return pid;
	closep(&out);
	out = -1;
	r = read_all(in, ret, size);
	if (r < 0)
		(void)kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	cut_newline(ret);
	if (r < 0)
		return r;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127 && ret[0] == '\0')
		return -ENOENT; /* some posix_spawn() detect this only in the child */
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EIO;
}

bool doctor_read_line(const char *path, char *ret, size_t size)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");

	ret[0] = '\0';
	if (!f || !fgets(ret, (int)size, f))
		return false;
	cut_newline(ret);
	return true;
}
