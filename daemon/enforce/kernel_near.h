/* SPDX-License-Identifier: Apache-2.0 */
/* The addresses that the table bridge has learned for devices (ruleset_near.c). Private to enforce/. */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "enforce/kernel_inside.h"

struct element;
struct ruleset;

/*
 * Removes what was learned for the MACs of elements in quarantine: others may use these addresses now. A MAC that another
 * of these elements admits keeps its own. Returns 0 or a negative errno.
 */
int kernel_release_held(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n);

/*
 * Writes what the present tables have learned for the MACs that these elements admit, as commands after the text of the tables that
 * are loaded next. Returns 0 or a negative errno.
 */
int kernel_keep_held(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n, FILE *text);
