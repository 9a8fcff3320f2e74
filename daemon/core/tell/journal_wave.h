/* SPDX-License-Identifier: Apache-2.0 */
/* The journal's entries for many devices at once, and for requests that came to nothing. */
#pragma once

#include <stdint.h>

#include "hallmark/reason.h"

struct core;
struct record_mark;
struct verdict;
struct wave_summary;

void journal_wave(struct core *c, const struct wave_summary *s);

/* So many devices have what they had, for a longer time; the record went on to its head. */
void journal_renewals(uint32_t n, const struct record_mark *head);

void journal_not_judged(const struct verdict *v, enum hallmark_reason reason);
