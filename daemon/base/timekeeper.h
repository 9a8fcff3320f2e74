/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time that everything is judged and counted by, for a gateway whose clock starts wrong. While nothing disciplines real
 * time, this time goes on from the latest that was ever seen and is never behind real time; once something does, it is
 * real time. Between two looks it advances as the monotonic clock does, and what it moves beyond that is a step.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TIME_SLACK_SEC                                                                                                 \
	60 /* clocks that are right differ by less; what is later than now by more was told by one that was wrong */

struct timekeeper {
	int64_t at_sec;      /* the time ... */
	uint64_t at_usec;    /* ... when the monotonic clock said this */
	bool is_disciplined; /* as of the last look */
	int64_t step_sec;    /* since the last timekeeper_take_step() */
	bool was_set;        /* stepped, or became disciplined, since then */
};

/* `floor_sec` is the latest time that the store has seen. */
void timekeeper_init(struct timekeeper *t, int64_t floor_sec);

int64_t timekeeper_now(struct timekeeper *t);

/* The same without looking at the other clocks. */
int64_t timekeeper_peek(const struct timekeeper *t);

/*
 * True once after time was set; *ret_step_sec is what it moved by, which is 0 when a clock that was right became
 * disciplined.
 */
bool timekeeper_take_step(struct timekeeper *t, int64_t *ret_step_sec);

/* For a process that has no keeper of its own: what it gets, to be counted on by the monotonic clock, which all share. */
struct timekeeper_record {
	int64_t at_sec;
	uint64_t at_usec;  /* monotonic */
	int32_t log_level; /* the core's: the others follow it */
};

/* The record as of now, and the time that one means now. */
struct timekeeper_record timekeeper_record(struct timekeeper *t);
int64_t timekeeper_read(const struct timekeeper_record *clock);
