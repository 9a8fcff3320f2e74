/* SPDX-License-Identifier: Apache-2.0 */
/* Tells whether the clock can be relied on to a daemon that may not ask the kernel for it: hallmark-clock.service. */
#pragma once

/* Keeps CLOCK_MARK (base/clock.h) until it is ended; the service manager then removes the folder. Returns an exit status. */
int clock_mark_run(void);
