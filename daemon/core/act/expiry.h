/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel forgets without a word; here is noticed that it has. */
#pragma once

struct orders;
struct settler;

/* Tells journal, record and store of admissions whose time is over: at most so many at a time that a wave of them delays nobody. */
void expiry_sweep(struct settler *settler, const struct orders *orders);
