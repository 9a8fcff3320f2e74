/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs nft as a process, because its library is GPL-2.0-only and calls exit(). Input and error messages go through
 * memfds, so that neither side can block the other.
 */
#include "enforce/load.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/log.h"

#define COMPLAINTS_MAX 2048 /* bytes of nft's messages that are logged: the first error names the line */

static void log_complaints(int fd)
{
	char text[COMPLAINTS_MAX + 1], *rest = NULL;
	ssize_t n = pread(fd, text, COMPLAINTS_MAX, 0);

	if (n <= 0)
		return;
	text[n] = '\0';
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		log_error("nft: %s", line);
}

/* The child must not inherit the core's blocked signals. */
static int prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, int text_fd, int complaints_fd)
{
	sigset_t none, all;
	int r;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	r = posix_spawnattr_setsigmask(attributes, &none);
	if (r == 0)
		r = posix_spawnattr_setsigdefault(attributes, &all);
	if (r == 0)
		r = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(actions, text_fd, STDIN_FILENO);
	if (r == 0)
		r = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(actions, complaints_fd, STDERR_FILENO);
	return -r;
}

static int spawn_nft(const char *nft, const char *options, int text_fd, int complaints_fd, pid_t *ret)
{
	char name[] = "nft", option[8] = "", from[] = "-", path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char *arguments[] = { name, option, from, NULL }, *environment[] = { path, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int r;

	(void)strncat(option, options, sizeof(option) - 1);
	if (posix_spawn_file_actions_init(&actions) != 0)
		return -ENOMEM;
	if (posix_spawnattr_init(&attributes) != 0) {
		(void)posix_spawn_file_actions_destroy(&actions);
		return -ENOMEM;
	}

	r = prepare(&actions, &attributes, text_fd, complaints_fd);
	if (r == 0)
		r = -posix_spawn(ret, nft, &actions, &attributes, arguments, environment);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	return r;
}

static int wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EPROTO;
}

static int run_nft(const char *nft, const char *options, int text_fd, void (*complain)(int fd))
{
	_cleanup_close_ int complaints_fd = memfd_create("nft-stderr", MFD_CLOEXEC);
	pid_t pid = 0;
	int r;

	if (complaints_fd < 0 || lseek(text_fd, 0, SEEK_SET) < 0)
		return -errno;
	r = spawn_nft(nft, options, text_fd, complaints_fd, &pid);
	if (r < 0)
		return log_errno(r, "cannot run %s", nft);

	r = wait_for(pid);
	if (r < 0 && complain)
		complain(complaints_fd);
	return r;
}

FILE *open_ruleset(void)
{
	_cleanup_close_ int fd = memfd_create("hallmark-ruleset", MFD_CLOEXEC);
	FILE *text = fd < 0 ? NULL : fdopen(fd, "w+");

	if (text)
		(void)TAKE_FD(fd); /* the stream closes it */
	return text;
}

int load_ruleset(const char *nft, int text_fd)
{
	return run_nft(nft, "-f", text_fd, log_complaints);
}

int check_ruleset(const char *nft, int text_fd)
{
	return run_nft(nft, "-cf", text_fd, log_complaints);
}

int try_ruleset(const char *nft, int text_fd)
{
	return run_nft(nft, "-cf", text_fd, NULL);
}
