/* SPDX-License-Identifier: Apache-2.0 */
/* Entries as rows and rows as entries, by one table of fields. */
#include "store/entry.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/record.h"
#include "hallmark/record.h"
#include "store/fields.h"
#include "store/record.h"
#include "store/statement.h"

#define FIELD(column, kind_, member, since_)                                                                           \
	{ .name = #column,                                                                                             \
	  .kind = RECORD_##kind_,                                                                                      \
	  .since = since_,                                                                                             \
	  .offset = offsetof(struct record, member),                                                                   \
	  .size = sizeof(((struct record *)0)->member) },

const struct record_field record_fields[RECORD_FIELDS_N] = { RECORD_FIELDS(FIELD, FIELD) };

#define ENTRY_ENCODING 3

DEFINE_CLEANUP(struct digest *, digest_free);

uint32_t entry_encoding(void)
{
	return ENTRY_ENCODING;
}

static bool is_number(const struct record_field *f)
{
	return f->kind == RECORD_WIDE || f->kind == RECORD_NUMBER;
}

static int64_t number_of(const struct record *r, const struct record_field *f)
{
	const uint8_t *at = (const uint8_t *)r + f->offset;
	int64_t wide = 0;
	uint32_t number = 0;

	if (f->kind == RECORD_WIDE) {
		memcpy(&wide, at, sizeof(wide));
		return wide;
	}
	memcpy(&number, at, sizeof(number));
	return number;
}

static struct bytes bytes_of_field(const struct record *r, const struct record_field *f)
{
	const char *at = (const char *)r + f->offset;

	return bytes_of(at, f->kind == RECORD_TEXT ? strnlen(at, f->size) : f->size);
}

bool entry_is_whole(const struct record *r)
{
	for (size_t i = 0; i < RECORD_FIELDS_N; i++)
		if (record_fields[i].kind == RECORD_TEXT &&
		    bytes_of_field(r, &record_fields[i]).n == record_fields[i].size)
			return false;
	return true;
}

int entry_hash(const struct record *r, uint8_t ret[static SHA256_LEN])
{
	static const char *const encodings[] = {
		[1] = HALLMARK_RECORD_ENCODING_1,
		[2] = HALLMARK_RECORD_ENCODING_2,
		[3] = HALLMARK_RECORD_ENCODING_3,
	};
	_cleanup_(digest_freep) struct digest *d = digest_new();
	const uint32_t encoding = r->encoding > 0 && r->encoding < ARRAY_SIZE(encodings) ? r->encoding : ENTRY_ENCODING;

	if (!d)
		return -ENOMEM;
	digest_put(d, bytes_of_string(encodings[encoding]));
	for (size_t i = 0; i < RECORD_FIELDS_N; i++) {
		const struct record_field *f = &record_fields[i];

		if (f->since == 0 || f->since > encoding)
			continue;
		if (is_number(f))
			digest_put_number(d, number_of(r, f));
		else
			digest_put(d, bytes_of_field(r, f));
	}
	return digest_end(d, ret);
}

void entry_bind(sqlite3_stmt *row, const struct record *r)
{
	for (size_t i = 0; i < RECORD_FIELDS_N; i++)
		if (is_number(&record_fields[i]))
			(void)sqlite3_bind_int64(row, (int)i + 1, number_of(r, &record_fields[i]));
		else if (record_fields[i].kind == RECORD_TEXT)
			statement_bind_text(row, (int)i + 1, bytes_of_field(r, &record_fields[i]));
		else
			statement_bind(row, (int)i + 1, bytes_of_field(r, &record_fields[i]));
}

static bool read_number(sqlite3_stmt *row, int column, const struct record_field *f, uint8_t *ret)
{
	int64_t wide = sqlite3_column_int64(row, column);
	uint32_t number = (uint32_t)wide;

	if (sqlite3_column_type(row, column) != SQLITE_INTEGER)
		return false;
	if (f->kind == RECORD_WIDE)
		memcpy(ret, &wide, sizeof(wide));
	else
		memcpy(ret, &number, sizeof(number));
	return f->kind == RECORD_WIDE || wide == number;
}

static bool read_bytes(sqlite3_stmt *row, int column, const struct record_field *f, uint8_t *ret)
{
	int type = sqlite3_column_type(row, column);
	struct bytes b = statement_column(row, column);

	if (f->kind == RECORD_BYTES ? type != SQLITE_BLOB || b.n != f->size : type != SQLITE_TEXT || b.n >= f->size)
		return false;
	if (f->kind == RECORD_TEXT && b.n > 0 && memchr(b.p, '\0', b.n))
		return false;
	if (b.n > 0)
		memcpy(ret, b.p, b.n);
	return true;
}

/* What a hash does not cover must not be there: it could have been added to an old entry. A later one's covers all that is known. */
static bool is_encoded(const struct record *r)
{
	if (r->encoding == 0)
		return false;
	for (size_t i = 0; i < RECORD_FIELDS_N; i++)
		if (record_fields[i].since > r->encoding &&
		    !record_is_zero((const uint8_t *)r + record_fields[i].offset, record_fields[i].size))
			return false;
	return true;
}

bool entry_read(sqlite3_stmt *row, struct record *ret)
{
	bool is_good = true;

	*ret = (struct record){ 0 };
	for (size_t i = 0; i < RECORD_FIELDS_N; i++) {
		uint8_t *at = (uint8_t *)ret + record_fields[i].offset;

		is_good &= is_number(&record_fields[i]) ? read_number(row, (int)i, &record_fields[i], at) :
							  read_bytes(row, (int)i, &record_fields[i], at);
	}
	return is_good && is_encoded(ret);
}
