/* SPDX-License-Identifier: Apache-2.0 */
/* When the daemon was heard last, and how far it had come then: what is compared when it is heard again. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "notify/gateway.h"

struct value;

struct seen_daemon {
	int64_t at_sec, started_sec; /* 0: never */
	int64_t decisions;           /* since it started */
	int64_t unknown;
	int64_t waiting_since_sec;    /* what was heard from then on waits for a sum; 0: nothing does */
	struct gateway_state gateway; /* that is told */
};

struct seen_daemon seen_now(const struct value *status, int64_t now_sec);

/* Whether something may have been missed between the two. */
bool seen_differs(const struct seen_daemon *before, const struct seen_daemon *now);

/* A file of the folder. A file that is not as it should be says that nothing was seen. */
struct seen_daemon seen_load(const char *folder);
void seen_store(const char *folder, const struct seen_daemon *s);

/* The event that something may have been missed. Release with value_free(). */
struct value *seen_missed(const struct seen_daemon *before, const struct seen_daemon *now, const char *gateway);
