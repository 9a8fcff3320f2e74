/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel ends admissions silently; this notices it. */
#pragma once

struct orders;
struct settler;

/*
 * Reports ended admissions to journal, record and store: a limited number at a time, so that many of them delay nothing
 * else.
 */
void expiry_sweep(struct settler *settler, const struct orders *orders);
