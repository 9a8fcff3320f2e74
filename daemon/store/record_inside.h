/* SPDX-License-Identifier: Apache-2.0 */
/* Private to record.c and retention.c. */
#pragma once

#include "store/record.h"

bool record_marks_agree(const struct record_mark *whole, const struct record_mark *known);

void record_note_flaw(struct record_finding *f, enum record_flaw flaw, uint64_t sequence, uint64_t last);

void record_note_later(struct record_finding *f, uint64_t sequence);

/* One step along the chain: whether the present row of ENTRY_EACH follows from `before`. Sets the entry. */
int record_check_link(struct store *s, const struct record_mark *before, bool is_first, struct record *ret,
		      enum record_flaw *ret_flaw);

/*
 * The entries that retention kept: whether each is as it was written, and all are there. Sets f->flaw, and whether the mark
 * names one of them. Needs f->foot.
 */
int record_verify_kept(struct store *s, const struct record_mark *mark, struct record_finding *f);
