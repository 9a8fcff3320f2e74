/* SPDX-License-Identifier: Apache-2.0 */
/* Two answers of Status(), one after the other → what is to be told of the gateway as a whole. */
#pragma once

#include <stdint.h>

struct value;

#define GATEWAY_WORD_MAX 32

/* What was told last. */
struct gateway_state {
	char enforcement[GATEWAY_WORD_MAX]; /* "": not known yet */
	int64_t held_since_sec;             /* 0: the brake holds nothing */
};

/*
 * Calls back for each change: whether it enforces, and whether the brake holds something. The first status is told where it is not as it
 * should be.
 */
void gateway_compare(struct gateway_state *g, const struct value *status, int64_t now_sec,
		     void (*tell)(const struct value *event, void *userdata), void *userdata);

/* An event of the kind "gateway". Release with value_free(). */
struct value *gateway_event(const char *gateway, int64_t now_sec, const char *state, const char *sentence);
