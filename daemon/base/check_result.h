/* SPDX-License-Identifier: Apache-2.0 */
/* What a check found. */
#pragma once

#include "hallmark/reason.h"

/* A zeroed result has failed. */
enum check_state {
	CHECK_FAILED = 0,
	CHECK_ABSENT, /* nothing to check, or nothing to compare with: neither passed nor failed */
	CHECK_PASSED,
};

struct check_result {
	enum check_state state;
	enum hallmark_reason reason; /* why the state is not CHECK_PASSED */
};

static inline struct check_result check_passed(void)
{
	return (struct check_result){ .state = CHECK_PASSED, .reason = REASON_ADMITTED };
}

static inline struct check_result check_failed(enum hallmark_reason reason)
{
	return (struct check_result){ .state = CHECK_FAILED, .reason = reason };
}

static inline struct check_result check_absent(enum hallmark_reason reason)
{
	return (struct check_result){ .state = CHECK_ABSENT, .reason = reason };
}
