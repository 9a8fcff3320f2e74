/* SPDX-License-Identifier: Apache-2.0 */
#include "core/tell/expectation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/bytes.h"
#include "base/journal.h"
#include "base/plain_hash.h"
#include "config/config.h"
#include "config/inventory.h"
#include "core/tell/journal_entry.h"
#include "decide/verdict.h"
#include "hallmark/journal.h"

#define EXPECTED_SIZE (2 * (INVENTORY_TEXT_MAX + 1) + 64)

void expectations_done(struct expectations *e)
{
	free(e->told);
	*e = (struct expectations){ 0 };
}

/* --- Whether it is met --- */

/* A trusted label of this product; it may be about other versions. */
static bool is_of_device(const struct label_facts *l)
{
	return l->checks[CHECK_LABEL_SIGNATURE].state == CHECK_PASSED &&
	       (l->checks[CHECK_LABEL_CLASS].state == CHECK_PASSED || l->class_differs > CLASS_DIFFERS_MODEL);
}

static const char *category_of(const struct verdict *v)
{
	for (size_t i = 0; i < v->facts.n_labels; i++)
		if (is_of_device(&v->facts.labels[i]))
			return v->facts.labels[i].category;
	return "";
}

static bool has_category(const struct verdict *v, const char *category)
{
	for (size_t i = 0; i < v->facts.n_labels; i++)
		if (is_of_device(&v->facts.labels[i]) && strcmp(v->facts.labels[i].category, category) == 0)
			return true;
	return false;
}

static bool is_met(const struct inventory_row *row, const struct verdict *v)
{
	return (!row->maker[0] || strcmp(row->maker, v->facts.product.maker) == 0) &&
	       (!row->category[0] || has_category(v, row->category));
}

/* --- What was told --- */

/* Of the row and not of the device: a row is one line, however many devices take its MAC. */
static uint64_t mark_of(const struct inventory_row *row)
{
	uint64_t hash = plain_hash(PLAIN_HASH_BEGIN, BYTES(row->key));

	hash = plain_hash(hash, bytes_of(row->ueid, row->n_ueid));
	hash = plain_hash(hash, BYTES(row->mac));
	hash = plain_hash(hash, bytes_of_string(row->category));
	return plain_hash(hash, bytes_of_string(row->maker));
}

/* The first that is not below it; e->n when all are. */
static size_t find_place(const struct expectations *e, uint64_t mark)
{
	size_t low = 0, high = e->n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (e->told[middle] < mark)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool was_told(const struct expectations *e, uint64_t mark)
{
	const size_t i = find_place(e, mark);

	return i < e->n && e->told[i] == mark;
}

/* Without memory it is told again. */
static void remember(struct expectations *e, uint64_t mark)
{
	size_t i;

	if (e->n == EXPECTATIONS_MAX)
		e->n = 0;
	if (e->n == e->room) {
		const size_t room = e->room > 0 ? e->room * 2 : 16;
		uint64_t *more = reallocarray(e->told, room, sizeof(*more));

		if (!more)
			return;
		e->told = more;
		e->room = room;
	}
	i = find_place(e, mark);
	memmove(&e->told[i + 1], &e->told[i], (e->n - i) * sizeof(*e->told));
	e->told[i] = mark;
	e->n++;
}

static void forget(struct expectations *e, uint64_t mark)
{
	const size_t i = find_place(e, mark);

	if (!was_told(e, mark))
		return;
	e->n--;
	memmove(&e->told[i], &e->told[i + 1], (e->n - i) * sizeof(*e->told));
}

/* --- Telling --- */

/* "wall-pad by pen:32473", with the parts that there are; `none` stands for no category. */
static void describe(const char *category, const char *maker, const char *none, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%s%s%s", category[0] ? category : none, maker[0] ? " by " : "", maker);
}

void expectation_tell(struct expectations *e, const struct config *c, const struct verdict *v)
{
	const struct inventory_row *row = inventory_row_of(c, v);
	char device[DEVICE_TEXT_SIZE], expected[EXPECTED_SIZE], is[EXPECTED_SIZE], text[ENTRY_TEXT_SIZE];
	struct entry entry;

	describe(row->category, row->maker, "a device", expected, sizeof(expected));
	describe(category_of(v), v->facts.product.maker, "a device without a label that names its category", is,
		 sizeof(is));
	(void)snprintf(
		text, sizeof(text),
		"%s on %s is not what the inventory expects (line %u of %s): %s. It is %s. Correct the row, or find "
		"out which device this is",
		device_to_text(c, v, device), v->interface, row->at.line, c->inventory->files[row->file].path, expected,
		is);
	remember(e, mark_of(row));
	entry_begin(&entry, LOG_WARNING, HALLMARK_MESSAGE_UNEXPECTED, text);
	entry_add_device(&entry, c, v);
	entry_add(&entry, HALLMARK_FIELD_EXPECTED, "%s", expected);
	entry_send(&entry);
}

bool expectation_is_due(struct expectations *e, const struct config *c, const struct verdict *v)
{
	const struct inventory_row *row = inventory_row_of(c, v);
	bool is_as_expected;

	if (!row || (!row->category[0] && !row->maker[0]) || !v->facts.product.maker[0] || v->is_restored)
		return false; /* nothing is expected, or it is not known what the device is */
	is_as_expected = is_met(row, v);
	if (is_as_expected)
		forget(e, mark_of(row));
	return !is_as_expected && !was_told(e, mark_of(row));
}
