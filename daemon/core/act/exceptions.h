/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exceptions of the inventory as they come into force, end and are replaced: brings the kernel in line, and tells the journal. Which
 * count is in core/settle/excepted.h.
 */
#pragma once

#include <stdint.h>

#include "base/clock.h"

struct config;
struct settler;
struct settling;

#define EXCEPTIONS_MARK_USEC (60 * USEC_PER_SEC) /* how often it is looked whether devices came or went */
#define EXCEPTIONS_LINES     20                  /* entries at once, */
#define EXCEPTIONS_LINE_USEC (6 * USEC_PER_SEC)  /* and one more in this time; the others are summed up */

/* The configuration in force has replaced the former one: its exceptions, and those that are gone, are added to the change. */
void exceptions_replace(struct settling *s, const struct config *former);

/* How many are in force, until when, and how many of the files are over: once at the start, and after each reload. */
void exceptions_tell_all(struct settler *settler);

/* Called every few seconds: those that ended, that devices replaced, or that came into force again. */
void exceptions_sweep(struct settler *settler);
