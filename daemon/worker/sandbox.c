/* SPDX-License-Identifier: Apache-2.0 */
/* Each system call on the list is needed for what the worker already holds. All others fail with EPERM. */
#include "worker/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <stddef.h>
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

static int filter_calls(void)
{
	static const int allowed[] = {
		/* for the sockets, the event loop and the log that it was given */
		SCMP_SYS(read),
		SCMP_SYS(write),
		SCMP_SYS(readv),
		SCMP_SYS(writev),
		SCMP_SYS(recvmsg),
		SCMP_SYS(sendmsg),
		SCMP_SYS(recvmmsg),
		SCMP_SYS(sendmmsg),
		SCMP_SYS(recvfrom),
		SCMP_SYS(sendto),
		SCMP_SYS(getsockopt),
		SCMP_SYS(getsockname),
		SCMP_SYS(close),
		SCMP_SYS(fstat),
		SCMP_SYS(newfstatat),
		SCMP_SYS(lseek),
		SCMP_SYS(epoll_create1),
		SCMP_SYS(epoll_ctl),
		SCMP_SYS(epoll_wait),
		SCMP_SYS(epoll_pwait),
		SCMP_SYS(epoll_pwait2),
		SCMP_SYS(poll),
		SCMP_SYS(ppoll),
		SCMP_SYS(timerfd_create),
		SCMP_SYS(timerfd_settime),
		SCMP_SYS(eventfd2),
		/* memory and time */
		SCMP_SYS(mmap),
		SCMP_SYS(munmap),
		SCMP_SYS(mremap),
		SCMP_SYS(mprotect),
		SCMP_SYS(brk),
		SCMP_SYS(madvise),
		SCMP_SYS(futex),
		SCMP_SYS(getrandom),
		SCMP_SYS(clock_gettime),
		SCMP_SYS(gettimeofday),
		SCMP_SYS(time),
		SCMP_SYS(clock_nanosleep),
		SCMP_SYS(sysinfo),
		/* information about itself, and exit */
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
	static const int descriptor_commands[] = { F_GETFL, F_SETFL, F_GETFD, F_SETFD, F_DUPFD, F_DUPFD_CLOEXEC };
	_cleanup_(seccomp_releasep) scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r;

	if (!filter)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++) {
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
		if (r < 0 && r != -EDOM) /* -EDOM: this architecture does not have the call */
			return r;
	}
	/* the event loop duplicates its descriptor; owner and signal of a descriptor may not be set */
	for (size_t i = 0; i < ARRAY_SIZE(descriptor_commands); i++) {
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
				     SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)descriptor_commands[i], 0));
		if (r < 0)
			return r;
	}
	/* abort(3) signals itself; no other process may be signalled */
	r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
			     SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
	if (r < 0)
		return r;
	return seccomp_load(filter); /* sets no_new_privs */
}

int sandbox_enter(void)
{
	int r;

	drop_bounding_set(); /* while it is still root */
	r = drop_root();
	if (r < 0)
		return log_errno(r, "Worker cannot drop root");
	r = drop_capabilities();
	if (r < 0)
		return log_errno(r, "Worker cannot drop its capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return log_errno(-errno, "Worker cannot set no_new_privs");
	r = filter_calls();
	if (r < 0)
		return log_errno(r,
				 "Worker cannot load its system call filter; the kernel needs CONFIG_SECCOMP_FILTER");
	return 0;
}
