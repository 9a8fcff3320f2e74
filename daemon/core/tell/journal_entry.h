/* SPDX-License-Identifier: Apache-2.0 */
/* What entries of the journal (base/journal.h) have in common. */
#pragma once

struct entry;
struct record_mark;
struct verdict;

/* The fields that name a device. */
void entry_add_device(struct entry *e, const struct verdict *v);

/* Its entry in the decision record, also at the end of the text; of sequence 0: none. */
void entry_add_record(struct entry *e, const struct record_mark *mark);
