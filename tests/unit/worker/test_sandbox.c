/* SPDX-License-Identifier: Apache-2.0 */
/* links: worker */
/* wraps: geteuid setgroups setresgid setresuid prctl syscall seccomp_load */
/*
 * What a process cannot do any more once it is in the sandbox, and that it does not go on where one part of the sandbox was refused. For
 * the latter, the calls that make the sandbox only write down that they were made.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "worker/sandbox.h"

#define NOBODY 65534

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
	return sandbox_enter();
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

/* Each is a number of its own in the exit status, 0 for all well. */
static int be_inside(int to_parent, int from_parent)
{
	char byte = 'x';

	log_set_level(-1);
	is_real = true;
	if (sandbox_enter() < 0)
		return 1;
	if (open("/dev/null", O_RDONLY) >= 0 || errno != EPERM)
		return 2;
	if (socket(AF_INET, SOCK_DGRAM, 0) >= 0 || errno != EPERM)
		return 3;
	if (fork() >= 0 || errno != EPERM)
		return 4;
	if (kill(getppid(), 0) == 0 || errno != EPERM)
		return 5;
	if (execl("/proc/self/exe", "x", NULL) == 0 || errno != EPERM)
		return 6;
	if (fcntl(to_parent, F_SETOWN, getpid()) == 0 || errno != EPERM)
		return 7;
	if (clock_monotonic_usec() == 0 || fcntl(to_parent, F_GETFD) < 0) /* what it needs it has */
		return 8;
	if (write(to_parent, &byte, 1) != 1)
		return 9;
	return read(from_parent, &byte, 1) == 1 ? 0 : 10;
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

static void test_inside(void **state)
{
	const char none[] = "0000000000000000";
	int up[2], down[2], status;
	char byte, value[128];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(up), 0);
	assert_int_equal(pipe(down), 0);
	pid = fork();
	if (pid == 0)
		_exit(be_inside(up[1], down[0]));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_each_is_needed),
		cmocka_unit_test(test_capabilities_that_cannot_be_dropped),
		cmocka_unit_test(test_inside),
	};

	log_set_level(-1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
