/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel ends admissions silently; this notices it. And ends of admissions before their time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct orders;
struct settler;
struct verdict;

/*
 * Reports ended admissions to journal, record and store: a limited number at a time, so that many of them delay nothing
 * else.
 */
void expiry_sweep(struct settler *settler, const struct orders *orders);

/*
 * Ends all admissions of which that is true, now and for good: on the disk before the kernel acts. It reports each like one that ran
 * out, and counts them. Returns 0, or -ENOMEM: then some may be left.
 */
int expiry_end(struct settler *settler, bool (*is_ended)(const struct verdict *v, void *userdata), void *userdata,
	       size_t *ret_n);
