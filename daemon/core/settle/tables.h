/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's tables with all admissions of the registry. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct core;
struct element;

/* What the kernel must hold at this time; *ret must be freed with free(). Returns 0 or -ENOMEM. */
int tables_collect(const struct core *c, int64_t now_sec, struct element **ret, size_t *ret_n);

/* Makes sure that the kernel has our tables; loads them with all current admissions when not. Returns 0 or a negative errno. */
int tables_ensure(struct core *c, int64_t now_sec);

/* The same where it is no drift: at start, and with a new configuration. */
int tables_load(struct core *c, int64_t now_sec);

/*
 * A timeout counts from when the kernel takes the element, which is some time after it was reckoned: seconds, where tables
 * with thousands are loaded. To be called after each write, with when (monotonic) its timeouts were reckoned.
 */
void tables_note_write(struct core *c, uint64_t reckoned_usec);
