/* SPDX-License-Identifier: Apache-2.0 */
/* Names and texts of the checks and reasons in include/hallmark. Strings are static. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hallmark/check.h"
#include "hallmark/reason.h"

/* False for a number that is not a check, such as REASONS_OF_RULES. */
bool check_is_known(enum hallmark_check check);

/* Name, "passes when" and specification; "unknown" for a number that is not a check. */
const char *check_name(enum hallmark_check check);
const char *check_passes_when(enum hallmark_check check);
const char *check_specification(enum hallmark_check check);

/* Returns CHECK_NONE when no check has that name. */
enum hallmark_check check_from_name(const char *name);

/* Writes the names in the mask, in order and separated by spaces; truncates between names. Returns ret. */
char *checks_to_text(uint32_t mask, char *ret, size_t size);

/* False for a number that is not a reason. */
bool reason_is_known(enum hallmark_reason reason);

/* Name and sentence; "unknown" for a number that is not a reason. */
const char *reason_name(enum hallmark_reason reason);
const char *reason_sentence(enum hallmark_reason reason);

/* Returns false when no reason has that name. */
bool reason_from_name(const char *name, enum hallmark_reason *ret);

/* Whether the reason is that a device or a label was revoked or suspended. */
bool reason_takes_back(enum hallmark_reason reason);
