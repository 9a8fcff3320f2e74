/* SPDX-License-Identifier: Apache-2.0 */
/* One entry of trust: fetched, judged and installed. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ctl/trust/trust.h"

enum refresh_result {
	REFRESH_FAILED = 0,
	REFRESH_WAITING,   /* it failed before, and the next try is not due yet */
	REFRESH_UNCHANGED, /* the installed one is the newest */
	REFRESH_INSTALLED,
	_REFRESH_MAX,
};

#define REFRESH_WHY_SIZE 1536 /* of the text below, translated */

struct refresh_outcome {
	enum refresh_result result;
	char why[512];        /* FAILED and WAITING */
	struct set_mark mark; /* INSTALLED, and UNCHANGED when it was fetched again */
	int64_t next_sec;     /* FAILED and WAITING: when the next try is due */
};

/* Fetches, verifies and installs; `is_forced` tries even if it is not due. Every result is an outcome. */
void refresh_file(const struct desk *desk, enum trust_kind kind, const struct config_file *file, bool is_forced,
		  struct refresh_outcome *ret);
