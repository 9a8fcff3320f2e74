/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Revocations and suspensions that were lifted. A missing answer in between (a list that is stale, too short or absent)
 * does not lift them: what was revoked before is still revoked. Pure.
 */
#pragma once

#include <stdbool.h>

struct policy;
struct verdict;

/*
 * Remembers that a device lost its zone, or gets none, because of a revocation or suspension, until it gets a better
 * zone. `before` may be NULL: the device was unknown.
 */
void taken_back_note(const struct policy *p, const struct verdict *before, struct verdict *after);

/*
 * Whether it gets a better zone, in the order of these rules, because a revocation or a suspension of its certificates
 * or of its label was lifted.
 */
bool taken_back_is_undone(const struct policy *p, const struct verdict *before, const struct verdict *after);
