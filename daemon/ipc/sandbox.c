/* SPDX-License-Identifier: Apache-2.0 */
/* Each system call on a list is needed for what the process already holds. All others fail with EPERM. */
#include "ipc/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"

#define NOBODY 65534 /* Debian Policy 9.2.2: user and group that own nothing */

DEFINE_CLEANUP(scmp_filter_ctx, seccomp_release);

static int drop_root(void)
{
	if (geteuid() != 0)
		return 0;
	if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return -errno;
	return 0;
}

/* Without CAP_SETPCAP it cannot be dropped, and then no_new_privs already prevents its use. */
static void drop_bounding_set(void)
{
	for (int capability = 0; capability <= CAP_LAST_CAP; capability++)
		(void)prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
}

/* When the service may not call capset(2), process_start() already made sure that there are none to drop. */
static bool has_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct now[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &head, now) < 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(now); i++)
		if (now[i].effective != 0 || now[i].permitted != 0)
			return true;
	return false;
}

/* Calls capset(2) directly: libcap would be a dependency for one call. */
static int drop_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -errno;
	return syscall(SYS_capset, &head, none) < 0 && has_capabilities() ? -EPERM : 0;
}

/* For the records, the log, memory and time; information about itself, and exit. */
static const int common[] = {
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(readv),
	SCMP_SYS(writev),
	SCMP_SYS(recvmsg),
	SCMP_SYS(sendmsg),
	SCMP_SYS(close),
	SCMP_SYS(fstat),
	SCMP_SYS(lseek),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(brk),
	SCMP_SYS(madvise),
	SCMP_SYS(futex),
	SCMP_SYS(getrandom),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(sysinfo),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getppid),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/* For the UDP socket and the event loop. */
static const int of_edge[] = {
	SCMP_SYS(recvmmsg),   SCMP_SYS(sendmmsg),        SCMP_SYS(recvfrom),     SCMP_SYS(sendto),
	SCMP_SYS(getsockopt), SCMP_SYS(getsockname),     SCMP_SYS(epoll_ctl),    SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),     SCMP_SYS(epoll_pwait2), SCMP_SYS(timerfd_create),
	SCMP_SYS(eventfd2),   SCMP_SYS(timerfd_settime),
};

/* For judges: their limits, descriptors and filter, and their end. */
static const int of_zygote[] = {
	SCMP_SYS(wait4),           SCMP_SYS(waitid),      SCMP_SYS(dup2),        SCMP_SYS(dup3), SCMP_SYS(prctl),
	SCMP_SYS(set_robust_list), SCMP_SYS(setpriority), SCMP_SYS(close_range), SCMP_SYS(kill),
};

/*
 * What a judge gives up of that. With tgkill(2) it could only signal the zygote, whose number is in the filter; abort(3) ends a
 * process without it.
 */
static const int not_of_judge[] = {
	SCMP_SYS(wait4),       SCMP_SYS(waitid), SCMP_SYS(dup2),   SCMP_SYS(dup3),  SCMP_SYS(prctl),
	SCMP_SYS(setpriority), SCMP_SYS(kill),   SCMP_SYS(tgkill), SCMP_SYS(clone), SCMP_SYS(prlimit64),
};

static int add(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int r = seccomp_rule_add(filter, action, calls[i], 0);

		if (r < 0 && r != -EDOM) /* -EDOM: this architecture does not have the call */
			return r;
	}
	return 0;
}

#define ONLY(call, argument)                                                                                           \
	{                                                                                                              \
		SCMP_SYS(call), argument                                                                               \
	}

struct restricted {
	int call;
	struct scmp_arg_cmp argument;
};

static int add_restricted(scmp_filter_ctx filter, const struct restricted *rules, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rules[i].call, 1, &rules[i].argument);

		if (r < 0 && r != -EDOM)
			return r;
	}
	return 0;
}

/* The event loop duplicates its descriptor; owner and signal of a descriptor may not be set. No memory becomes code, no path is looked at. */
static int add_common(scmp_filter_ctx filter)
{
	const struct restricted rules[] = {
		ONLY(fcntl, SCMP_A1(SCMP_CMP_EQ, F_GETFL, 0)),
		ONLY(fcntl, SCMP_A1(SCMP_CMP_EQ, F_SETFL, 0)),
		ONLY(fcntl, SCMP_A1(SCMP_CMP_EQ, F_GETFD, 0)),
		ONLY(fcntl, SCMP_A1(SCMP_CMP_EQ, F_SETFD, 0)),
		ONLY(fcntl, SCMP_A1(SCMP_CMP_EQ, F_DUPFD, 0)),
		ONLY(fcntl, SCMP_A1(SCMP_CMP_EQ, F_DUPFD_CLOEXEC, 0)),
		ONLY(mmap, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)),
		ONLY(mprotect, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)),
		ONLY(tgkill, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0)), /* abort(3) signals itself */
	};
	int r = add(filter, SCMP_ACT_ALLOW, common, ARRAY_SIZE(common));

	return r < 0 ? r : add_restricted(filter, rules, ARRAY_SIZE(rules));
}

/* fork(3) of glibc, and nothing that shares memory with the child or puts it elsewhere. */
static int add_zygote(scmp_filter_ctx filter)
{
	const struct restricted rules[] = {
		ONLY(clone, SCMP_A0(SCMP_CMP_EQ, CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, 0)),
		ONLY(prlimit64, SCMP_A0(SCMP_CMP_EQ, 0, 0)),
	};
	int r = add(filter, SCMP_ACT_ALLOW, of_zygote, ARRAY_SIZE(of_zygote));

	return r < 0 ? r : add_restricted(filter, rules, ARRAY_SIZE(rules));
}

static int filter_calls(enum sandbox_role role)
{
	_cleanup_(seccomp_releasep) scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r = filter ? add_common(filter) : -ENOMEM;

	if (r == 0)
		r = role == SANDBOX_EDGE ? add(filter, SCMP_ACT_ALLOW, of_edge, ARRAY_SIZE(of_edge)) :
					   add_zygote(filter);
	return r < 0 ? r : seccomp_load(filter); /* sets no_new_privs */
}

/* Compiled: libseccomp's own call would do that in each fork, on pages that it would have to copy. */
static struct sock_fprog judges_filter;

/* Returns 0 or a negative errno. */
static int compile(scmp_filter_ctx filter, struct sock_fprog *ret)
{
	_cleanup_close_ int fd = memfd_create("filter", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : seccomp_export_bpf(filter, fd);
	off_t n = r < 0 ? 0 : lseek(fd, 0, SEEK_END);
	_cleanup_free_ struct sock_filter *code = NULL;

	if (r < 0 || n <= 0)
		return r < 0 ? r : -EIO;
	code = malloc((size_t)n);
	if (!code)
		return -ENOMEM;
	if (pread(fd, code, (size_t)n, 0) != n)
		return -EIO;
	ret->len = (unsigned short)((size_t)n / sizeof(*code));
	ret->filter = TAKE_PTR(code);
	return 0;
}

int sandbox_prepare_judge(void)
{
	_cleanup_(seccomp_releasep) scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int r = filter ? add(filter, SCMP_ACT_ERRNO(EPERM), not_of_judge, ARRAY_SIZE(not_of_judge)) : -ENOMEM;

	if (r == 0)
		r = compile(filter, &judges_filter);
	return r < 0 ? log_errno(r, "Cannot make the system call filter of the judges") : 0;
}

int sandbox_enter_judge(void)
{
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &judges_filter, 0, 0) < 0 ? -errno : 0;
}

int sandbox_enter(enum sandbox_role role)
{
	int r;

	(void)log_is_journal(); /* the filter refuses the look */
	drop_bounding_set();    /* while it is still root */
	r = drop_root();
	if (r < 0)
		return log_errno(r, "A process cannot drop root");
	r = drop_capabilities();
	if (r < 0)
		return log_errno(r, "A process cannot drop its capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return log_errno(-errno, "A process cannot set no_new_privs");
	r = filter_calls(role);
	if (r < 0)
		return log_errno(
			r, "A process cannot load its system call filter; the kernel needs CONFIG_SECCOMP_FILTER");
	return 0;
}
