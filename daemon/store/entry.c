/* SPDX-License-Identifier: Apache-2.0 */
/* Entries as rows and rows as entries, by one table of fields. */
#include "store/entry.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "hallmark/record.h"
#include "store/record.h"
#include "store/statement.h"

enum field_kind {
	FIELD_WIDE,   /* int64_t or uint64_t */
	FIELD_NUMBER, /* uint32_t */
	FIELD_TEXT,
	FIELD_DIGEST,
};

struct field {
	enum field_kind kind;
	size_t offset, size;
};

#define FIELD(kind_, member)                                                                                           \
	{                                                                                                              \
		.kind = FIELD_##kind_, .offset = offsetof(struct record, member),                                      \
		.size = sizeof(((struct record *)0)->member)                                                           \
	}

/*
 * In the order of the table's columns and of the encoding (hallmark/record.h). Some fields are not hashed: the hash itself,
 * what changes after the entry was written, and in the first encoding those that it did not have.
 */
static const struct field fields[] = {
	FIELD(WIDE, sequence),      FIELD(WIDE, time_sec),     FIELD(DIGEST, device),   FIELD(NUMBER, cause),
	FIELD(TEXT, zone_before),   FIELD(TEXT, zone_after),   FIELD(TEXT, rule),       FIELD(NUMBER, reason),
	FIELD(NUMBER, missing),     FIELD(TEXT, scheme),       FIELD(NUMBER, level),    FIELD(NUMBER, home_level),
	FIELD(TEXT, arrangement),   FIELD(TEXT, label),        FIELD(WIDE, until_sec),  FIELD(NUMBER, expiry_cause),
	FIELD(DIGEST, inputs),      FIELD(DIGEST, trust),      FIELD(DIGEST, previous), FIELD(DIGEST, hash),
	FIELD(WIDE, renewals),      FIELD(WIDE, renewed_sec),  FIELD(NUMBER, encoding), FIELD(TEXT, ordered_by),
	FIELD(TEXT, ordered_login), FIELD(TEXT, ordered_role),
};

#define N_NEW    3                                /* at the end: from the second encoding on */
#define N_HASHED (ARRAY_SIZE(fields) - N_NEW - 4) /* at the beginning, in each encoding */

DEFINE_CLEANUP(struct digest *, digest_free);

static bool is_number(const struct field *f)
{
	return f->kind == FIELD_WIDE || f->kind == FIELD_NUMBER;
}

static int64_t number_of(const struct record *r, const struct field *f)
{
	const uint8_t *at = (const uint8_t *)r + f->offset;
	int64_t wide = 0;
	uint32_t number = 0;

	if (f->kind == FIELD_WIDE) {
		memcpy(&wide, at, sizeof(wide));
		return wide;
	}
	memcpy(&number, at, sizeof(number));
	return number;
}

static struct bytes bytes_of_field(const struct record *r, const struct field *f)
{
	const char *at = (const char *)r + f->offset;

	return bytes_of(at, f->kind == FIELD_TEXT ? strnlen(at, f->size) : f->size);
}

bool entry_is_whole(const struct record *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (fields[i].kind == FIELD_TEXT && bytes_of_field(r, &fields[i]).n == fields[i].size)
			return false;
	return true;
}

static void put_fields(struct digest *d, const struct record *r, size_t from, size_t end)
{
	for (size_t i = from; i < end; i++)
		if (is_number(&fields[i]))
			digest_put_number(d, number_of(r, &fields[i]));
		else
			digest_put(d, bytes_of_field(r, &fields[i]));
}

int entry_hash(const struct record *r, uint8_t ret[static SHA256_LEN])
{
	_cleanup_(digest_freep) struct digest *d = digest_new();
	const bool is_first = r->encoding == ENTRY_ENCODING_1;

	if (!d)
		return -ENOMEM;
	digest_put(d, bytes_of_string(is_first ? HALLMARK_RECORD_ENCODING_1 : HALLMARK_RECORD_ENCODING_2));
	put_fields(d, r, 0, N_HASHED);
	if (!is_first)
		put_fields(d, r, ARRAY_SIZE(fields) - N_NEW, ARRAY_SIZE(fields));
	return digest_end(d, ret);
}

void entry_bind(sqlite3_stmt *row, const struct record *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (is_number(&fields[i]))
			(void)sqlite3_bind_int64(row, (int)i + 1, number_of(r, &fields[i]));
		else if (fields[i].kind == FIELD_TEXT)
			statement_bind_text(row, (int)i + 1, bytes_of_field(r, &fields[i]));
		else
			statement_bind(row, (int)i + 1, bytes_of_field(r, &fields[i]));
}

static bool read_number(sqlite3_stmt *row, int column, const struct field *f, uint8_t *ret)
{
	int64_t wide = sqlite3_column_int64(row, column);
	uint32_t number = (uint32_t)wide;

	if (sqlite3_column_type(row, column) != SQLITE_INTEGER)
		return false;
	if (f->kind == FIELD_WIDE)
		memcpy(ret, &wide, sizeof(wide));
	else
		memcpy(ret, &number, sizeof(number));
	return f->kind == FIELD_WIDE || wide == number;
}

static bool read_bytes(sqlite3_stmt *row, int column, const struct field *f, uint8_t *ret)
{
	int type = sqlite3_column_type(row, column);
	struct bytes b = statement_column(row, column);

	if (f->kind == FIELD_DIGEST ? type != SQLITE_BLOB || b.n != f->size : type != SQLITE_TEXT || b.n >= f->size)
		return false;
	if (f->kind == FIELD_TEXT && b.n > 0 && memchr(b.p, '\0', b.n))
		return false;
	if (b.n > 0)
		memcpy(ret, b.p, b.n);
	return true;
}

/* What a hash does not cover must not be there: it could have been added to an old entry. */
static bool is_encoded(const struct record *r)
{
	if (r->encoding == ENTRY_ENCODING_1)
		return r->ordered_by[0] == '\0' && r->ordered_login[0] == '\0' && r->ordered_role[0] == '\0';
	return r->encoding == ENTRY_ENCODING_2;
}

bool entry_read(sqlite3_stmt *row, struct record *ret)
{
	*ret = (struct record){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		uint8_t *at = (uint8_t *)ret + fields[i].offset;
		bool good = is_number(&fields[i]) ? read_number(row, (int)i, &fields[i], at) :
						    read_bytes(row, (int)i, &fields[i], at);

		if (!good)
			return false;
	}
	return is_encoded(ret);
}
