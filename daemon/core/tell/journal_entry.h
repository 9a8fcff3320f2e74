/* SPDX-License-Identifier: Apache-2.0 */
/* Common to entries of the journal (base/journal.h). */
#pragma once

#include "config/inventory.h"
#include "token/names.h"

struct config;
struct entry;
struct record_mark;
struct verdict;

#define DEVICE_TEXT_SIZE (2 * (INVENTORY_TEXT_MAX + 1) + PRODUCT_TEXT_SIZE + 8)

/* "Kim's wall-pad, 101동 1203호 (pen:32473 WP-100)" when the inventory has a name for it, else the product. Returns ret. */
const char *device_to_text(const struct config *c, const struct verdict *v, char ret[static DEVICE_TEXT_SIZE]);

/* The fields that identify a device, and its names. */
void entry_add_device(struct entry *e, const struct config *c, const struct verdict *v);

/* Only what the inventory calls it, its household and its room, as far as there are any; c may be NULL. */
void entry_add_names(struct entry *e, const struct config *c, const struct verdict *v);

/* The same of a row (NULL: none) and a household ("": none). */
void entry_add_row(struct entry *e, const struct inventory_row *row, const char *segment);

/* The entry in the decision record, also at the end of the text; nothing for sequence 0. */
void entry_add_record(struct entry *e, const struct record_mark *mark);
