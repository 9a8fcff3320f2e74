/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Derives the verdict of one device again from its stored signed inputs, and compares it with the one in force. Changes
 * nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reviewer;
struct verdict;

#define REPLAY_DIFFERENCES_MAX 48
#define REPLAY_TEXT_SIZE       128

struct replay_difference {
	char what[32]; /* "zone", or the name of a check */
	char stored[REPLAY_TEXT_SIZE], derived[REPLAY_TEXT_SIZE];
};

struct replay_report {
	bool has_failed; /* it could not be derived; logged */
	int64_t at_sec;  /* the time of the judgement */
	struct replay_difference differences[REPLAY_DIFFERENCES_MAX];
	size_t n_differences;
};

typedef void (*replay_function)(const struct replay_report *report, void *userdata);

/*
 * `at_sec` is the time of the judgement; 0: when the verdict was decided. on_end is called once, unless the core ends
 * first. Returns 0, -ENOENT when no signed inputs of the device are stored, -EBUSY while another replay runs or the
 * device's facts are not known yet, or another negative errno (logged).
 */
int replay_begin(struct reviewer *reviewer, const struct verdict *v, int64_t at_sec, replay_function on_end,
		 void *userdata);

/* Ends a running replay, if any, as failed. */
void replay_cancel(struct reviewer *reviewer);
