/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what was found of a device is what was found before. Pure. */
#pragma once

#include <stdbool.h>

struct facts;
struct verdict;

/*
 * Whether they differ in nothing but the session in which the device said it: its handles, and where it says that it is
 * (what came of that, check 17, counts).
 */
bool facts_are_same(const struct facts *a, const struct facts *b);

/* Whether a verdict gives and takes nothing: the same facts, zone, reason and place, no demand for evidence that it would fulfil, and what is stored shows it already. */
bool verdict_is_renewal(const struct verdict *before, const struct verdict *v);
