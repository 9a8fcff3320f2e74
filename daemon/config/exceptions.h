/* SPDX-License-Identifier: Apache-2.0 */
/* The exceptions of the inventory. */
#pragma once

#include <stdint.h>

struct config;
struct exception;
struct inventory;

/* The one at this place, ended or not; NULL: none. */
const struct exception *exception_at(const struct inventory *i, const char *interface, const uint8_t mac[static 6]);

/*
 * Refuses (logged, with file, line and column) exceptions that end later than EXCEPTION_DAYS_MAX from now. Returns 0 or -EINVAL. A start goes
 * on all the same, since a clock that is behind would keep the gateway from starting: once it is right, these are not in force.
 */
int exceptions_check_ends(const struct config *c, int64_t now_sec);
