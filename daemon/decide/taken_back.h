/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Revocations and suspensions that are gone. Silence in between (a list that is stale, too short or not there) is no answer:
 * what was taken back before it still was. Pure.
 */
#pragma once

#include <stdbool.h>

struct policy;
struct verdict;

/*
 * Sets what is remembered of a device that lost its zone, or gets none, because something of it was revoked or suspended; it is
 * remembered until it gets a better zone. `before` may be NULL: nothing was known of the device.
 */
void taken_back_note(const struct policy *p, const struct verdict *before, struct verdict *after);

/*
 * Whether it gets a better zone, in the order of these rules, now that less of it is taken back than was: a revocation or a
 * suspension of its certificates or of a label of it is gone.
 */
bool taken_back_is_undone(const struct policy *p, const struct verdict *before, const struct verdict *after);
