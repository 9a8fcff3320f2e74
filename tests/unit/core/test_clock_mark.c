/* SPDX-License-Identifier: Apache-2.0 */
/* links: core */
/*
 * Where the kernel may not be asked for the state of its clock, the file of hallmark-clock.service counts: in a mount namespace with
 * a /run of our own, behind a filter as the unit has it. Without the right to make one, nothing is tested.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

#define CANNOT 2

static int forbid_adjtimex(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(adjtimex), 0);

	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clock_adjtime), 0);
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r;
}

/* In a process of its own; returns its exit status. */
static int look(bool has_mark)
{
	if (unshare(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || mount("tmpfs", "/run", "tmpfs", 0, NULL) < 0 ||
	    mkdir("/run/hallmark-clock", 0755) < 0)
		return CANNOT;
	if (has_mark && open(CLOCK_MARK, O_WRONLY | O_CREAT | O_CLOEXEC, 0444) < 0)
		return CANNOT;
	return forbid_adjtimex() < 0 ? CANNOT : clock_is_synchronised();
}

static int look_apart(bool has_mark)
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(look(has_mark));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == CANNOT)
		skip();
	return WEXITSTATUS(status);
}

static void test_mark_counts(void **state)
{
	(void)state;
	assert_int_equal(look_apart(true), true);
}

static void test_no_mark_is_no_clock(void **state)
{
	(void)state;
	assert_int_equal(look_apart(false), false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mark_counts),
		cmocka_unit_test(test_no_mark_is_no_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
