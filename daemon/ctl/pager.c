/* SPDX-License-Identifier: Apache-2.0 */
/* As systemctl has it: a child that reads a pipe. less ends by itself when the text fits the screen. */
#include "ctl/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

#define LESS_OPTIONS "FRSXMK" /* end if it fits; colours; cut lines; keep the screen; where one is; Ctrl-C ends it */

struct pager {
	FILE *out; /* owned */
	pid_t child;
	void (*on_interrupt)(int), (*on_pipe)(int); /* what they were */
};

/* With the rights of another user no program is started that the environment names. */
static bool is_elevated(void)
{
	return getenv("SUDO_UID") || getenv("DOAS_USER") || getenv("PKEXEC_UID") || geteuid() != getuid() ||
	       getegid() != getgid();
}

const char *pager_command(void)
{
	const char *command = getenv("HALLMARK_PAGER"), *terminal = getenv("TERM");

	if (!command)
		command = getenv("PAGER");
	if (terminal && strcmp(terminal, "dumb") == 0)
		return "";
	if (command && strcmp(command, "cat") == 0)
		return "";
	if (command && command[0] != '\0' && is_elevated())
		return NULL;
	return command;
}

static void copy_all(void)
{
	char buffer[4096];
	ssize_t n;

	while ((n = read(STDIN_FILENO, buffer, sizeof(buffer))) > 0)
		if (write(STDOUT_FILENO, buffer, (size_t)n) < 0)
			return;
}

static _Noreturn void run_pager(const char *command)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	(void)setenv("LESS", LESS_OPTIONS, 1);
	(void)setenv("LESSCHARSET", "utf-8", 0);
	(void)setenv("LESSSECURE", "1", 1);
	if (command)
		(void)execlp("sh", "sh", "-c", command, (char *)NULL);
	(void)execlp("less", "less", (char *)NULL);
	if (!is_elevated()) /* it cannot be kept from starting a shell */
		(void)execlp("more", "more", (char *)NULL);
	copy_all();
	_exit(EXIT_SUCCESS);
}

/* Returns the writing end of a pipe to a child, or -1. */
static int begin_child(const char *command, pid_t *ret)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	*ret = fork();
	if (*ret == 0) {
		(void)dup2(ends[0], STDIN_FILENO);
		(void)close(ends[1]);
		run_pager(command);
	}
	(void)close(ends[0]);
	if (*ret < 0)
		(void)close(ends[1]);
	return *ret < 0 ? -1 : ends[1];
}

struct pager *pager_begin(FILE *out)
{
	const char *command = pager_command();
	_cleanup_free_ struct pager *p = NULL;
	_cleanup_close_ int fd = -1;

	if (!isatty(fileno(out)) || (command && command[0] == '\0') || fflush(out) != 0)
		return NULL;
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	fd = begin_child(command, &p->child);
	if (fd < 0)
		return NULL;
	p->on_interrupt = signal(SIGINT, SIG_IGN);
	p->on_pipe = signal(SIGPIPE, SIG_IGN);
	p->out = fdopen(fd, "we");
	if (!p->out) {
		closep(&fd), fd = -1; /* the child ends with the pipe */
		pager_end(TAKE_PTR(p));
		return NULL;
	}
	(void)TAKE_FD(fd);
	return TAKE_PTR(p);
}

FILE *pager_out(const struct pager *p, FILE *out)
{
	return p ? p->out : out;
}

void pager_end(struct pager *p)
{
	if (!p)
		return;
	if (p->out)
		(void)fclose(p->out);
	while (waitpid(p->child, NULL, 0) < 0 && errno == EINTR)
		;
	(void)signal(SIGINT, p->on_interrupt);
	(void)signal(SIGPIPE, p->on_pipe);
	free(p);
}
