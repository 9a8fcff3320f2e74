/* SPDX-License-Identifier: Apache-2.0 */
/* What a check found. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/record.h"
#include "hallmark/reason.h"

/* A zeroed result has failed. */
enum check_state {
	CHECK_FAILED = 0,
	CHECK_ABSENT, /* nothing to check, or nothing to compare with: neither passed nor failed */
	CHECK_PASSED,
};

#define CHECK_RESULT_FIELDS(ONE, MANY)                                                                                 \
	ONE(INT, uint16_t, state, 0, CHECK_PASSED) /* enum check_state */                                              \
	ONE(ANY, uint16_t, reason)                 /* enum hallmark_reason: why the state is not CHECK_PASSED */
RECORD(check_result, CHECK_RESULT_FIELDS)

/*
 * For records: passed with REASON_ADMITTED and with no other reason; else the reason is one of that check, or of none. And of
 * an array of results by check, that this is so of those in the set, and that the others are zero.
 */
bool check_result_is_of(const struct check_result *result, unsigned check);
bool check_results_are_of(const struct check_result *results, size_t n, uint32_t set);

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

/* Why it did not pass. If it says "admitted", it contradicts itself: our fault, not the device's. */
static inline enum hallmark_reason check_why_not(const struct check_result *result)
{
	return result->reason == REASON_ADMITTED ? REASON_INTERNAL : (enum hallmark_reason)result->reason;
}
