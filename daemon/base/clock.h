/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two clocks. Only timekeeper.c, the processes and the programs read them; every stage takes time as a parameter.
 * Real time is in seconds since 1970 (`_sec`), monotonic time in microseconds (`_usec`).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_MARK   "/run/hallmark-clock/synchronised" /* this file exists while the clock is synchronised */
#define USEC_PER_SEC UINT64_C(1000000)
#define TIME_MAX     INT64_C(253402300799) /* seconds: the last one of the year 9999, the latest that tokens can say */
#define TIME_FOREVER INT64_MAX             /* seconds: no end */

int64_t clock_realtime_sec(void);
uint64_t clock_monotonic_usec(void);

/*
 * True when the kernel says that a reference disciplines real time (adjtimex(2)). That call can also set the time, so a
 * service may not be allowed to make it; hallmark-clock.service then provides the answer as a file.
 */
bool clock_is_synchronised(void);

/*
 * For people: writes RFC 3339 in the process' time zone (TZ, else /etc/localtime) with its offset, as
 * "2026-05-31T21:00:00+09:00", or with "Z" where that is UTC; "never" for TIME_FOREVER. Machines get numbers. Returns ret.
 */
char *time_to_text(int64_t time_sec, char ret[static 32]);

/* Writes the two largest units, as "5 h 59 min", "3 d 2 h" or "12 s". Returns ret. */
char *span_to_text(int64_t span_sec, char ret[static 32]);
