/* SPDX-License-Identifier: Apache-2.0 */
/* The exceptions of the inventory. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct config;
struct exception;
struct inventory;

/*
 * Reads the end of one: a day, to its end in UTC, or a time (base/when.h). A bare number is none of these: it may be seconds, or a
 * spreadsheet's count of days. Returns false for it, and for any other text.
 */
bool exception_parse_end(const char *text, int64_t *ret_sec);

/* The one at this place, ended or not; NULL: none. */
const struct exception *exception_at(const struct inventory *i, const char *interface, const uint8_t mac[static 6]);

/*
 * Refuses (logged, with file, line and column) exceptions that end later than EXCEPTION_DAYS_MAX from now. Returns 0 or -EINVAL. A start goes
 * on all the same, since a clock that is behind would keep the gateway from starting: once it is right, these are not in force.
 */
int exceptions_check_ends(const struct config *c, int64_t now_sec);
