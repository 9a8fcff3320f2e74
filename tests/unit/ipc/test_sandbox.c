/* SPDX-License-Identifier: Apache-2.0 */
/* links: ipc */
/* wraps: geteuid setgroups setresgid setresuid prctl syscall seccomp_load */
/*
 * What a process cannot do any more once it is in the sandbox, and that it does not go on where one part of the sandbox was refused. For
 * the latter, the calls that make the sandbox only write down that they were made.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "ipc/sandbox.h"

#define NOBODY 65534
#define PAGE   4096

/* --- the calls that make the sandbox --- */

static bool is_real;          /* in a child: let them through */
static bool is_root;          /* as they say */
static uint32_t capabilities; /* that the process has and cannot drop */
static const char *refused;   /* the call that fails */
static char calls[128];       /* in their order */

static int note(const char *call)
{
	if (refused && strcmp(refused, call) == 0) {
		errno = EPERM;
		return -1;
	}
	(void)strncat(calls, " ", sizeof(calls) - strlen(calls) - 1);
	(void)strncat(calls, call, sizeof(calls) - strlen(calls) - 1);
	return 0;
}

uid_t __real_geteuid(void);
uid_t __wrap_geteuid(void);
int __real_setgroups(size_t n, const gid_t *list);
int __wrap_setgroups(size_t n, const gid_t *list);
int __real_setresgid(gid_t real, gid_t effective, gid_t saved);
int __wrap_setresgid(gid_t real, gid_t effective, gid_t saved);
int __real_setresuid(uid_t real, uid_t effective, uid_t saved);
int __wrap_setresuid(uid_t real, uid_t effective, uid_t saved);
int __real_prctl(int option, ...);
int __wrap_prctl(int option, ...);
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
int __real_seccomp_load(scmp_filter_ctx filter);
int __wrap_seccomp_load(scmp_filter_ctx filter);

uid_t __wrap_geteuid(void)
{
	return is_real ? __real_geteuid() : is_root ? 0 : 1000;
}

int __wrap_setgroups(size_t n, const gid_t *list)
{
	if (is_real)
		return __real_setgroups(n, list);
	assert_int_equal(n, 0);
	return note("groups");
}

int __wrap_setresgid(gid_t real, gid_t effective, gid_t saved)
{
	if (is_real)
		return __real_setresgid(real, effective, saved);
	assert_true(real == NOBODY && effective == NOBODY && saved == NOBODY);
	return note("gid");
}

int __wrap_setresuid(uid_t real, uid_t effective, uid_t saved)
{
	if (is_real)
		return __real_setresuid(real, effective, saved);
	assert_true(real == NOBODY && effective == NOBODY && saved == NOBODY);
	return note("uid");
}

int __wrap_prctl(int option, ...)
{
	unsigned long values[4];
	va_list list;

	va_start(list, option);
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		values[i] = va_arg(list, unsigned long);
	va_end(list);
	if (is_real)
		return __real_prctl(option, values[0], values[1], values[2], values[3]);
	switch (option) {
	case PR_CAPBSET_DROP:
		return values[0] == 0 ? note("bounding") : 0; /* once for all of them */
	case PR_CAP_AMBIENT:
		return note("ambient");
	case PR_SET_NO_NEW_PRIVS:
		return note("no-new-privileges");
	default:
		assert_int_equal(option, PR_SET_DUMPABLE);
		return note("not-dumpable");
	}
}

long __wrap_syscall(long number, ...)
{
	struct __user_cap_data_struct *data;
	void *head;
	va_list list;

	va_start(list, number);
	head = va_arg(list, void *);
	data = va_arg(list, struct __user_cap_data_struct *);
	va_end(list);
	if (is_real)
		return __real_syscall(number, head, data);
	if (number == SYS_capget) {
		data[0].permitted = capabilities;
		return note("capget");
	}
	assert_int_equal(number, SYS_capset);
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		assert_true(data[i].effective == 0 && data[i].permitted == 0 && data[i].inheritable == 0);
	return note("capabilities");
}

int __wrap_seccomp_load(scmp_filter_ctx filter)
{
	if (is_real)
		return __real_seccomp_load(filter);
	return note("filter") < 0 ? -EPERM : 0;
}

/* --- the order, and what is refused --- */

static int enter(const char *refused_call)
{
	refused = refused_call;
	calls[0] = '\0';
	return sandbox_enter(SANDBOX_EDGE);
}

static void test_order(void **state)
{
	(void)state;
	is_root = true;
	assert_int_equal(enter(NULL), 0);
	assert_string_equal(calls,
			    " bounding groups gid uid ambient capabilities no-new-privileges not-dumpable filter");
	is_root = false; /* a service's user is one that owns nothing already */
	assert_int_equal(enter(NULL), 0);
	assert_string_equal(calls, " bounding ambient capabilities no-new-privileges not-dumpable filter");
}

/* Whatever is refused, the process ends: it does not go on with half a sandbox. */
static void test_each_is_needed(void **state)
{
	static const char *const needed[] = { "groups",       "gid",   "uid", "ambient", "no-new-privileges",
					      "not-dumpable", "filter" };

	(void)state;
	is_root = true;
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		assert_int_equal(enter(needed[i]), -EPERM);
		assert_null(strstr(calls, "filter"));
	}
	assert_int_equal(enter("bounding"), 0); /* there no_new_privs is what counts */
	assert_non_null(strstr(calls, "no-new-privileges"));
}

/* Under a unit that forbids capset(2), what counts is that there is none to drop. */
static void test_capabilities_that_cannot_be_dropped(void **state)
{
	(void)state;
	capabilities = 0;
	assert_int_equal(enter("capabilities"), 0);
	capabilities = 1u << CAP_NET_ADMIN;
	assert_int_equal(enter("capabilities"), -EPERM);
	assert_int_equal(enter(NULL), 0); /* they were dropped */
	capabilities = 0;
	assert_int_equal(enter("capabilities"), 0);
}

/* --- the real one --- */

enum { EDGE = 1, ZYGOTE = 2, JUDGE = 4, ALL = EDGE | ZYGOTE | JUDGE };
enum { OUTSIDE = 8 }; /* without a sandbox; beside the others: a container may refuse it to all */

#define FORK_FLAGS (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD) /* of fork(3) */
#define P(pointer) ((unsigned long)(uintptr_t)(pointer))

struct attempt {
	const char *what;
	unsigned refused; /* to whom */
	long number;
	unsigned long arguments[6];
};

/* Where nothing refuses it, each does no harm, and does not fail with EPERM. Returns how many did not go as they should. */
static int try_all(unsigned role, int fd)
{
	static _Alignas(PAGE) char page[PAGE];
	const unsigned long own = (unsigned long)getpid(), parent = (unsigned long)getppid(), file = (unsigned long)fd;
	const unsigned long anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
	uint32_t action = SECCOMP_RET_ERRNO;
	struct stat st;
	const struct attempt attempts[] = {
		{ "opening a file", ALL, SYS_openat, { (unsigned long)AT_FDCWD, P("/dev/null"), O_RDONLY } },
		{ "a look at a path", ALL, SYS_newfstatat, { (unsigned long)AT_FDCWD, P("/"), P(&st), 0 } },
		{ "the same in place of no path", ALL, SYS_newfstatat, { 0, P("/"), P(&st), AT_EMPTY_PATH } },
		{ "making a socket", ALL, SYS_socket, { AF_INET, SOCK_DGRAM } },
		{ "another program", ALL, SYS_execve, { 0 } },
		{ "a thread", ALL, SYS_clone, { CLONE_THREAD } },
		{ "another namespace", ALL | OUTSIDE, SYS_clone, { CLONE_NEWUSER | CLONE_FS } },
		{ "clone3", ALL, SYS_clone3, { 0 } },
		{ "a fork", EDGE | JUDGE, SYS_clone, { FORK_FLAGS } },
		{ "a signal", EDGE | JUDGE, SYS_kill, { own, 0 } },
		{ "a signal to its thread", JUDGE, SYS_tgkill, { own, own, 0 } },
		{ "a signal to another's thread", ALL, SYS_tgkill, { parent, parent, 0 } },
		{ "tracing", ALL, SYS_ptrace, { PTRACE_PEEKDATA, 0, 0, 0 } },
		{ "reading another's memory", ALL, SYS_process_vm_readv, { own } },
		{ "new code", ALL, SYS_mmap, { 0, PAGE, PROT_READ | PROT_EXEC, anonymous, -1UL, 0 } },
		{ "code in place of data", ALL, SYS_mprotect, { P(page), PAGE, PROT_READ | PROT_EXEC } },
		{ "prctl", EDGE | JUDGE, SYS_prctl, { PR_GET_DUMPABLE } },
		{ "a filter", ALL, SYS_seccomp, { SECCOMP_GET_ACTION_AVAIL, 0, P(&action) } },
		{ "limits", EDGE | JUDGE, SYS_prlimit64, { 0, RLIMIT_CORE } },
		{ "limits of another", ALL, SYS_prlimit64, { parent, RLIMIT_CORE } },
		{ "priority", EDGE | JUDGE, SYS_setpriority, { PRIO_PROCESS, 0, 19 } },
		{ "signals of a descriptor", ALL, SYS_fcntl, { file, F_SETOWN, own } },
		{ "a descriptor's number", EDGE | JUDGE, SYS_dup3, { file, file, 0 } },
		{ "waiting", EDGE | JUDGE, SYS_wait4, { -1UL, 0, WNOHANG } },
		{ "datagrams", ZYGOTE | JUDGE, SYS_sendto, { -1UL } },
		{ "an event loop", ZYGOTE | JUDGE, SYS_epoll_create1, { 0 } },
		/* what all need */
		{ "a look at a descriptor", 0, SYS_fstat, { file, P(&st) } },
		{ "flags of a descriptor", 0, SYS_fcntl, { file, F_GETFD } },
		{ "memory", 0, SYS_mmap, { 0, PAGE, PROT_READ | PROT_WRITE, anonymous, -1UL, 0 } },
		{ "records", 0, SYS_recvmsg, { -1UL } },
	};
	int n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
		const struct attempt *a = &attempts[i];
		const unsigned long *p = a->arguments;
		long r = __real_syscall(a->number, p[0], p[1], p[2], p[3], p[4], p[5]);
		bool is_refused = r < 0 && errno == EPERM;

		if (r == 0 && a->number == SYS_clone)
			_exit(0); /* the child */
		if (is_refused == ((a->refused & role) != 0) || a->refused & role & OUTSIDE)
			continue;
		(void)dprintf(STDERR_FILENO, "%s is %srefused\n", a->what, is_refused ? "" : "not ");
		n++;
	}
	return n;
}

/* Exit statuses. */
#define HAS_NO_SANDBOX  99
#define ENDED_BY_SIGNAL 98

static int be_judge(int fd)
{
	return sandbox_enter_judge() < 0 ? HAS_NO_SANDBOX : try_all(JUDGE, fd);
}

/* An allocator that finds its memory damaged must not go on. */
static int be_judge_that_aborts(int fd)
{
	(void)fd;
	(void)signal(SIGSEGV, SIG_DFL); /* not cmocka's handler */
	if (sandbox_enter_judge() == 0)
		abort();
	return 0;
}

/* As a zygote does it. Returns the exit status. */
static int fork_judge(int (*be)(int fd), int fd)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(be(fd));
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : ENDED_BY_SIGNAL;
}

static int try_all_as_judge(int fd)
{
	if (fork_judge(be_judge_that_aborts, fd) != ENDED_BY_SIGNAL)
		return HAS_NO_SANDBOX;
	return fork_judge(be_judge, fd);
}

static int be_in_role(unsigned role, int fd)
{
	log_set_level(-1);
	is_real = true;
	if (role == JUDGE && sandbox_prepare_judge() < 0)
		return HAS_NO_SANDBOX;
	if (role != OUTSIDE && sandbox_enter(role == EDGE ? SANDBOX_EDGE : SANDBOX_ZYGOTE) < 0)
		return HAS_NO_SANDBOX;
	return role == JUDGE ? try_all_as_judge(fd) : try_all(role, fd);
}

static void test_what_each_role_may(void **state)
{
	static const unsigned roles[] = { OUTSIDE, EDGE, ZYGOTE, JUDGE };
	int pipe_fds[2];

	(void)state;
	assert_int_equal(pipe(pipe_fds), 0);
	for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
		int status = -1;
		pid_t pid = fork();

		if (pid == 0)
			_exit(be_in_role(roles[i], pipe_fds[0]));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
	(void)close(pipe_fds[0]);
	(void)close(pipe_fds[1]);
}

/* Each is a number of its own in the exit status, 0 for all well. */
static int be_inside(enum sandbox_role role, int to_parent, int from_parent)
{
	char byte = 'x';

	log_set_level(-1);
	is_real = true;
	if (sandbox_enter(role) < 0)
		return 1;
	if (clock_monotonic_usec() == 0) /* what it needs it has */
		return 2;
	if (write(to_parent, &byte, 1) != 1)
		return 3;
	return read(from_parent, &byte, 1) == 1 ? 0 : 4;
}

/* The value of a line of /proc/PID/status. */
static void status_of(pid_t pid, const char *name, char *ret, size_t size)
{
	char path[64], line[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	assert_non_null(f);
	ret[0] = '\0';
	while (fgets(line, sizeof(line), f))
		if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
			(void)snprintf(ret, size, "%.*s", (int)strcspn(line + strlen(name) + 2, "\n"),
				       line + strlen(name) + 2);
	(void)fclose(f);
}

static void look_inside(enum sandbox_role role)
{
	const char none[] = "0000000000000000";
	int up[2], down[2], status;
	char byte, value[128];
	pid_t pid;

	assert_int_equal(pipe(up), 0);
	assert_int_equal(pipe(down), 0);
	pid = fork();
	if (pid == 0)
		_exit(be_inside(role, up[1], down[0]));
	assert_true(pid > 0);
	(void)close(up[1]);
	if (read(up[0], &byte, 1) == 1) {
		status_of(pid, "NoNewPrivs", value, sizeof(value));
		assert_string_equal(value, "1");
		status_of(pid, "Seccomp", value, sizeof(value));
		assert_string_equal(value, "2"); /* a filter */
		status_of(pid, "CapEff", value, sizeof(value));
		assert_string_equal(value, none);
		status_of(pid, "CapPrm", value, sizeof(value));
		assert_string_equal(value, none);
		status_of(pid, "Uid", value, sizeof(value));
		assert_null(strstr(value, "\t0"));
		assert_int_not_equal(value[0], '0');
		assert_int_equal(write(down[1], "x", 1), 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	(void)close(up[0]);
	(void)close(down[0]);
	(void)close(down[1]);
}

static void test_inside(void **state)
{
	(void)state;
	look_inside(SANDBOX_EDGE);
	look_inside(SANDBOX_ZYGOTE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_each_is_needed),
		cmocka_unit_test(test_capabilities_that_cannot_be_dropped),
		cmocka_unit_test(test_inside),
		cmocka_unit_test(test_what_each_role_may),
	};

	log_set_level(-1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
