/* SPDX-License-Identifier: Apache-2.0 */
/*
 * adjtimex(2) reads and sets, and a system call filter cannot distinguish these. So it is forbidden for the daemon, and
 * allowed for this process, which has no capability and no network.
 */
#include "core/clock_mark.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"

#define LOOK_SEC 2

/* A missing file means: not synchronised. */
static int set_mark(bool is_synchronised)
{
	_cleanup_close_ int fd = -1;

	if (!is_synchronised)
		return unlink(CLOCK_MARK) < 0 && errno != ENOENT ? -errno : 0;
	fd = open(CLOCK_MARK, O_WRONLY | O_CREAT | O_CLOEXEC, 0444);
	return fd < 0 ? -errno : 0;
}

int clock_mark_run(void)
{
	int r = unlink(CLOCK_MARK) < 0 && errno != ENOENT ? -errno : 0; /* a file from a former run must not count */

	while (r == 0) {
		r = set_mark(clock_is_synchronised());
		if (r < 0)
			break;
		(void)sd_notify(1, "READY=1"); /* only the first one has an effect */
		(void)sleep(LOOK_SEC);
	}
	(void)log_errno(r, "Cannot update " CLOCK_MARK "; does its directory exist?");
	return EXIT_FAILURE;
}
