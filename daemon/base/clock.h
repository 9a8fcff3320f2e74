/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two clocks. Only timekeeper.c, the processes and the programs read them; every stage takes time as a parameter. Real
 * time is in seconds since 1970 (`_sec`), monotonic time in microseconds (`_usec`).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_MARK   "/run/hallmark-clock/synchronised" /* there while the clock can be relied on */
#define USEC_PER_SEC UINT64_C(1000000)
#define TIME_FOREVER INT64_MAX /* seconds: no end */

int64_t clock_realtime_sec(void);
uint64_t clock_monotonic_usec(void);

/*
 * True when the kernel says that real time is disciplined by a reference (adjtimex(2)). To a service that may not ask, as that
 * call can set time as well, hallmark-clock.service tells it by a file.
 */
bool clock_is_synchronised(void);

/* Writes RFC 3339 in UTC, or "never" for TIME_FOREVER. Returns ret. */
char *time_to_text(int64_t time_sec, char ret[static 32]);

/* Writes the two greatest units, as "5 h 59 min", "3 d 2 h" or "12 s". Returns ret. */
char *span_to_text(int64_t span_sec, char ret[static 32]);
