/* SPDX-License-Identifier: Apache-2.0 */
/* hallmark-clock.service: reports whether the clock is synchronised to a daemon that may not ask the kernel. */
#pragma once

/*
 * Maintains CLOCK_MARK (base/clock.h) until it is ended; the service manager then removes the directory. Returns an
 * exit status.
 */
int clock_mark_run(void);
