/* SPDX-License-Identifier: Apache-2.0 */
/* links: core */
/* wraps: adjtimex sleep */
/*
 * The file of hallmark-clock.service: how the service keeps it, and that it counts where the kernel may not be asked for the state
 * of its clock. In a mount namespace with a /run of our own, the reader behind a filter as the unit has it. Without the right to
 * make one, nothing is tested.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "core/clock_mark.h"
#include "log_kit.h"
#include "manager_kit.h"

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

static bool has_own_run(void)
{
	return unshare(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("tmpfs", "/run", "tmpfs", 0, NULL) == 0 && mkdir("/run/hallmark-clock", 0755) == 0;
}

static bool has_mark(void)
{
	return access(CLOCK_MARK, F_OK) == 0;
}

static bool put_mark(void)
{
	int fd = open(CLOCK_MARK, O_WRONLY | O_CREAT | O_CLOEXEC, 0444);

	return fd >= 0 && close(fd) == 0;
}

/* Runs it in a process of its own; returns the exit status. */
static int run_apart(int (*run)(void))
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		exit(has_own_run() ? run() : CANNOT);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == CANNOT)
		skip();
	return WEXITSTATUS(status);
}

/* --- The reader --- */

static int look(void)
{
	return forbid_adjtimex() < 0 ? CANNOT : clock_is_synchronised();
}

static int look_with_mark(void)
{
	return put_mark() ? look() : CANNOT;
}

static void test_mark_counts(void **state)
{
	(void)state;
	assert_int_equal(run_apart(look_with_mark), true);
}

static void test_no_mark_is_no_clock(void **state)
{
	(void)state;
	assert_int_equal(run_apart(look), false);
}

/* --- The service --- */

/* What the kernel says of its clock, one answer for each time that the service looks. */
static const bool *answers;
static unsigned n_looks;
static bool marks[8]; /* after each look */

int __real_adjtimex(struct timex *t);
int __wrap_adjtimex(struct timex *t);
unsigned __wrap_sleep(unsigned seconds);

int __wrap_adjtimex(struct timex *t)
{
	if (!answers)
		return __real_adjtimex(t);
	*t = (struct timex){ .status = answers[n_looks] ? 0 : STA_UNSYNC };
	return TIME_OK;
}

/* After the fourth look its directory goes, which ends the service. */
unsigned __wrap_sleep(unsigned seconds)
{
	(void)seconds;
	marks[n_looks++] = has_mark();
	if (n_looks == 4 && (umount2("/run", MNT_DETACH) < 0 || mount("tmpfs", "/run", "tmpfs", 0, NULL) < 0))
		exit(CANNOT);
	return 0;
}

/* Returns 0 when the mark followed the clock, and was there once. */
static int serve(void)
{
	static const bool synchronised[] = { false, true, true, false, true };

	answers = synchronised;
	if (!put_mark()) /* from a run before, which does not count */
		return CANNOT;
	if (clock_mark_run() != EXIT_FAILURE || n_looks != 4)
		return 3;
	return memcmp(marks, synchronised, n_looks) == 0 ? 0 : 4;
}

static void test_mark_follows_the_clock(void **state)
{
	(void)state;
	manager_start();
	listen_in();
	assert_int_equal(run_apart(serve), 0);
	assert_int_equal(count_said("Cannot update " CLOCK_MARK "; does its directory exist?", true), 1);
	assert_string_equal(told(), "READY=1\n"); /* once */
	(void)close(manager);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mark_counts),
		cmocka_unit_test(test_no_mark_is_no_clock),
		cmocka_unit_test(test_mark_follows_the_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
