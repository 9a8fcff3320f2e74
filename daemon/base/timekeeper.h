/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time that every decision uses, for a gateway whose clock may be wrong at start. While nothing disciplines real
 * time, this time continues from the latest time that was ever seen, and is never behind real time. Once real time is
 * disciplined, it is real time. Between two calls it advances with the monotonic clock; any other movement is a step.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/record.h"

#define TIME_SLACK_SEC 60 /* correct clocks differ by less; a time further in the future came from a wrong clock */

/* Whether what begins at `from_sec` has begun: by its issuer's clock, which may be ahead of ours by the slack. */
static inline bool time_has_come(int64_t from_sec, int64_t now_sec)
{
	return from_sec <= now_sec + TIME_SLACK_SEC;
}

struct timekeeper {
	int64_t at_sec;      /* the time ... */
	uint64_t at_usec;    /* ... when the monotonic clock had this value */
	bool is_disciplined; /* at the last call */
	int64_t step_sec;    /* since the last timekeeper_take_step() */
	bool was_set;        /* stepped, or became disciplined, since then */
};

/* `floor_sec` is the latest time in the store. */
void timekeeper_init(struct timekeeper *t, int64_t floor_sec);

int64_t timekeeper_now(struct timekeeper *t);

/* The same without reading the other clocks. */
int64_t timekeeper_peek(const struct timekeeper *t);

/*
 * Returns true once after time was set. *ret_step_sec is the size of the step; it is 0 when a correct clock became
 * disciplined.
 */
bool timekeeper_take_step(struct timekeeper *t, int64_t *ret_step_sec);

/* For a process without a timekeeper of its own. It adds the monotonic clock, which all processes share. */
#define TIMEKEEPER_RECORD_FIELDS(ONE, MANY)                                                                            \
	ONE(INT, int64_t, at_sec, 0, TIME_MAX)                                                                         \
	ONE(INT, uint64_t, at_usec, 0, INT64_MAX)          /* monotonic; not in the future (ipc_decode()) */           \
	ONE(INT, int32_t, log_level, LOG_EMERG, LOG_DEBUG) /* the core's; the other processes use the same */          \
	MANY(ZERO, uint8_t, reserved, [4])
RECORD(timekeeper_record, TIMEKEEPER_RECORD_FIELDS)

/* The record as of now, and the present time according to a record. */
struct timekeeper_record timekeeper_record(struct timekeeper *t);
int64_t timekeeper_read(const struct timekeeper_record *clock);
