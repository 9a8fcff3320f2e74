/* SPDX-License-Identifier: Apache-2.0 */
/* Journal fields of a device and of the decision record. */
#include "core/tell/journal_entry.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/journal.h"
#include "base/sizes.h"
#include "config/config.h"
#include "config/inventory.h"
#include "decide/verdict.h"
#include "hallmark/journal.h"
#include "store/record.h"
#include "token/names.h"

const char *device_to_text(const struct config *c, const struct verdict *v, char ret[static DEVICE_TEXT_SIZE])
{
	const struct inventory_row *row = inventory_row_of(c, v);
	const char *segment = inventory_segment_of(c, row, v);
	char product[PRODUCT_TEXT_SIZE];

	(void)product_to_text(&v->facts.product, product);
	if (row && row->name[0])
		(void)snprintf(ret, DEVICE_TEXT_SIZE, "%s%s%s (%s)", row->name, segment[0] ? ", " : "", segment,
			       product);
	else
		(void)snprintf(ret, DEVICE_TEXT_SIZE, "%s", product);
	return ret;
}

void entry_add_row(struct entry *e, const struct inventory_row *row, const char *segment)
{
	if (row && row->name[0])
		entry_add(e, HALLMARK_FIELD_NAME, "%s", row->name);
	if (segment[0])
		entry_add(e, HALLMARK_FIELD_SEGMENT, "%s", segment);
	if (row && row->place[0])
		entry_add(e, HALLMARK_FIELD_PLACE, "%s", row->place);
}

void entry_add_names(struct entry *e, const struct config *c, const struct verdict *v)
{
	const struct inventory_row *row = c ? inventory_row_of(c, v) : NULL;

	entry_add_row(e, row, c ? inventory_segment_of(c, row, v) : "");
}

void entry_add_device(struct entry *e, const struct config *c, const struct verdict *v)
{
	char device[SHA256_HEX_SIZE], ueid[2 * UEID_MAX + 1], product[PRODUCT_TEXT_SIZE], mac[MAC_TEXT_SIZE];

	bytes_to_hex(BYTES(v->facts.device), device);
	bytes_to_hex(bytes_of(v->facts.ueid, v->facts.n_ueid), ueid);
	entry_add(e, HALLMARK_FIELD_DEVICE, "%s", device);
	entry_add(e, HALLMARK_FIELD_UEID, "%s", ueid);
	entry_add(e, HALLMARK_FIELD_PRODUCT, "%s", product_to_text(&v->facts.product, product));
	entry_add(e, HALLMARK_FIELD_INTERFACE, "%s", v->interface);
	entry_add(e, HALLMARK_FIELD_MAC, "%s", mac_to_text(v->mac, mac));
	entry_add(e, HALLMARK_FIELD_ADDRESS, "%s", v->address);
	entry_add_names(e, c, v);
}

void entry_add_record(struct entry *e, const struct record_mark *mark)
{
	char text[RECORD_MARK_SIZE];
	size_t n = strlen(e->text);

	if (mark->sequence == 0)
		return;
	entry_add(e, HALLMARK_FIELD_RECORD, "%s", record_mark_to_text(mark, text));
	(void)snprintf(e->text + n, sizeof(e->text) - n, "; record %s", text);
}
