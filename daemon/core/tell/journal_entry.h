/* SPDX-License-Identifier: Apache-2.0 */
/* Common to entries of the journal (base/journal.h). */
#pragma once

struct entry;
struct record_mark;
struct verdict;

/* The fields that identify a device. */
void entry_add_device(struct entry *e, const struct verdict *v);

/* The entry in the decision record, also at the end of the text; nothing for sequence 0. */
void entry_add_record(struct entry *e, const struct record_mark *mark);
