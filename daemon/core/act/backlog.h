/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many may wait, and when those may come again that find the queue full: each gets a time of its own, one behind the other, as
 * fast as others are answered now. So a building that comes back after a power cut is served without a pause.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define BACKLOG_MIN     192 /* that wait of each edge, however slow the gateway is: more than 16 senders may have there */
#define BACKLOG_MAX     1024 /* of all edges; some 5 KB each */
#define BACKLOG_SEC_MAX 60   /* no device waits for longer than this, however many there are */

/* All zero at the start. Times are monotonic. */
struct backlog {
	uint64_t each_usec;     /* what one answer takes at present; 0: not known yet */
	uint64_t answered_usec; /* the latest one, since which there was always something to do; 0: there was not */
	uint64_t n_away;        /* that were sent away, and may not come yet, */
	uint64_t away_usec;     /* at this time */
};

/* One was answered, and so many still wait. */
void backlog_note(struct backlog *b, unsigned n_waiting, uint64_t now_usec);

/* Nobody waits. */
void backlog_rest(struct backlog *b);

/* Whether one more may wait of an edge of which so many do, and which has one of n_edges equal parts: if it is answered in time. */
bool backlog_has_room(const struct backlog *b, unsigned n_waiting, unsigned n_edges);

/*
 * In how many seconds one that is sent away may come again, when half of those that wait are answered: the queue must not run empty;
 * the next one later. From 1 to BACKLOG_SEC_MAX.
 */
uint32_t backlog_give(struct backlog *b, unsigned n_waiting, uint64_t now_usec);
