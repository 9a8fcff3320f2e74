/* SPDX-License-Identifier: Apache-2.0 */
/* Columns of a verdict, by one table. Zones and reasons are written by name: their numbers differ between builds. */
#include "store/admission.h"

#include <assert.h>
#include <errno.h>

#include "appraise/expiry.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/check_result.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "decide/verdict.h"
#include "hallmark/reason.h"
#include "store/statement.h"

#define PASSED "passed" /* of a check; else the name of the reason */

enum column_kind {
	COLUMN_TEXT,
	COLUMN_BYTES,
	COLUMN_MANY, /* as many bytes as there are things */
	COLUMN_WIDE, /* int64_t */
	COLUMN_FLAG,
	COLUMN_REASON,
	COLUMN_CAUSE,
	COLUMN_CHECK,
};

struct column {
	const char *name;
	enum column_kind kind;
	size_t offset, size;
	size_t count, count_size, unit; /* of COLUMN_MANY */
};

#define SIZE_OF(member) sizeof(((struct verdict *)0)->member)
#define ONE(column, kind_, member)                                                                                     \
	{ .name = #column,                                                                                             \
	  .kind = COLUMN_##kind_,                                                                                      \
	  .offset = offsetof(struct verdict, member),                                                                  \
	  .size = SIZE_OF(member) },
#define MANY(column, member, count_)                                                                                   \
	{ .name = #column,                                                                                             \
	  .kind = COLUMN_MANY,                                                                                         \
	  .offset = offsetof(struct verdict, member),                                                                  \
	  .size = SIZE_OF(member),                                                                                     \
	  .count = offsetof(struct verdict, count_),                                                                   \
	  .count_size = SIZE_OF(count_),                                                                               \
	  .unit = SIZE_OF(member[0]) },

static const struct column columns[] = { ADMISSION_COLUMNS(ONE, MANY) };

DEFINE_CLEANUP(struct digest *, digest_free);

/* --- Members of a verdict as values --- */

/* The bytes belong to the verdict, or are static. */
struct value {
	bool is_number, is_text;
	int64_t number;
	struct bytes bytes;
};

static const char *name_of(const uint8_t *at, enum column_kind kind)
{
	uint64_t cause; /* as struct expiry has it */
	enum hallmark_reason reason;
	struct check_result check;

	switch (kind) {
	case COLUMN_CAUSE:
		memcpy(&cause, at, sizeof(cause));
		return expiry_cause_name((enum expiry_cause)cause);
	case COLUMN_CHECK:
		memcpy(&check, at, sizeof(check));
		return check.state == CHECK_PASSED ? PASSED : reason_name(check.reason);
	default:
		memcpy(&reason, at, sizeof(reason));
		return reason_name(reason);
	}
}

/* 0 when the member has more entries than there is room for. */
static size_t count_bytes(const struct verdict *v, const struct column *c)
{
	const uint8_t *at = (const uint8_t *)v + c->count;
	uint16_t wide = *at;

	if (c->count_size == sizeof(wide))
		memcpy(&wide, at, sizeof(wide));
	return wide * c->unit <= c->size ? wide * c->unit : 0;
}

static struct value value_of(const struct verdict *v, const struct column *c)
{
	const uint8_t *at = (const uint8_t *)v + c->offset;
	struct value ret = { .is_number = c->kind == COLUMN_WIDE || c->kind == COLUMN_FLAG };

	switch (c->kind) {
	case COLUMN_WIDE:
		memcpy(&ret.number, at, sizeof(ret.number));
		return ret;
	case COLUMN_FLAG:
		ret.number = *at != 0;
		return ret;
	case COLUMN_BYTES:
		ret.bytes = bytes_of(at, c->size);
		return ret;
	case COLUMN_MANY:
		ret.bytes = bytes_of(at, count_bytes(v, c));
		return ret;
	case COLUMN_TEXT:
		ret.bytes = bytes_of(at, strnlen((const char *)at, c->size));
		break;
	default:
		ret.bytes = bytes_of_string(name_of(at, c->kind));
		break;
	}
	ret.is_text = true;
	return ret;
}

/* Over the columns that the row has, each with its name: rows of earlier versions lack later columns. */
static int sum_up(const struct verdict *v, uint64_t present, uint8_t ret[static SHA256_LEN])
{
	_cleanup_(digest_freep) struct digest *d = digest_new();

	if (!d)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		const struct value value = value_of(v, &columns[i]);

		if (!(present & UINT64_C(1) << i))
			continue;
		digest_put(d, bytes_of_string(columns[i].name));
		if (value.is_number)
			digest_put_number(d, value.number);
		else
			digest_put(d, value.bytes);
	}
	return digest_end(d, ret);
}

int admission_bind(sqlite3_stmt *put, int first, const struct verdict *v, uint8_t sum[static SHA256_LEN])
{
	static_assert(ARRAY_SIZE(columns) < 64, "one bit each");
	int r = sum_up(v, (UINT64_C(1) << ARRAY_SIZE(columns)) - 1, sum);

	if (r < 0)
		return r;
	statement_bind(put, first, bytes_of(sum, SHA256_LEN));
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		const struct value value = value_of(v, &columns[i]);
		int position = first + 1 + (int)i;

		if (value.is_number)
			(void)sqlite3_bind_int64(put, position, value.number);
		else if (value.is_text)
			statement_bind_text(put, position, value.bytes);
		else
			statement_bind(put, position, value.bytes);
	}
	return 0;
}

/* --- Values as members; each returns false for an impossible value --- */

static bool take_text(struct bytes b, char *ret, size_t size)
{
	if (b.n >= size || (b.n > 0 && memchr(b.p, '\0', b.n)))
		return false;
	if (b.n > 0)
		memcpy(ret, b.p, b.n);
	ret[b.n] = '\0';
	return true;
}

static bool take_reason(const char *name, uint8_t *ret)
{
	enum hallmark_reason reason;

	if (!reason_from_name(name, &reason))
		return false;
	memcpy(ret, &reason, sizeof(reason));
	return true;
}

/* Those by which a check of the columns was absent, and did not fail. */
static bool is_absence(enum hallmark_reason reason)
{
	return reason == REASON_PLACE_UNSAID || reason == REASON_PLACE_AMBIGUOUS || reason == REASON_PLACE_SHARED;
}

static bool take_check(const char *name, uint8_t *ret)
{
	struct check_result check = check_passed();
	enum hallmark_reason reason;

	if (strcmp(name, PASSED) != 0) {
		if (!reason_from_name(name, &reason) || reason == REASON_ADMITTED)
			return false;
		check = is_absence(reason) ? check_absent(reason) : check_failed(reason);
	}
	memcpy(ret, &check, sizeof(check));
	return true;
}

static bool take_cause(const char *name, uint8_t *ret)
{
	for (uint64_t cause = EXPIRY_NONE; cause < _EXPIRY_MAX; cause++)
		if (strcmp(expiry_cause_name((enum expiry_cause)cause), name) == 0) {
			memcpy(ret, &cause, sizeof(cause));
			return true;
		}
	return false;
}

static bool take_name(struct bytes b, enum column_kind kind, uint8_t *ret)
{
	char name[64];

	if (!take_text(b, name, sizeof(name)))
		return false;
	if (kind == COLUMN_CAUSE)
		return take_cause(name, ret);
	return kind == COLUMN_CHECK ? take_check(name, ret) : take_reason(name, ret);
}

static bool take_bytes(struct bytes b, const struct column *c, struct verdict *ret)
{
	uint8_t *at = (uint8_t *)ret + c->offset, *count = (uint8_t *)ret + c->count;
	uint16_t n;

	if (c->kind == COLUMN_BYTES ? b.n != c->size : b.n > c->size || b.n % c->unit != 0)
		return false;
	if (b.n > 0)
		memcpy(at, b.p, b.n);
	if (c->kind == COLUMN_BYTES)
		return true;
	n = (uint16_t)(b.n / c->unit);
	if (c->count_size == sizeof(n))
		memcpy(count, &n, sizeof(n));
	else
		*count = (uint8_t)n;
	return true;
}

static bool take_number(int64_t number, const struct column *c, struct verdict *ret)
{
	uint8_t *at = (uint8_t *)ret + c->offset;

	if (c->kind == COLUMN_FLAG)
		*at = number != 0;
	else
		memcpy(at, &number, sizeof(number));
	return c->kind != COLUMN_FLAG || number == 0 || number == 1;
}

static bool take(sqlite3_stmt *row, int position, const struct column *c, struct verdict *ret)
{
	uint8_t *at = (uint8_t *)ret + c->offset;
	int type = sqlite3_column_type(row, position);

	switch (c->kind) {
	case COLUMN_WIDE:
	case COLUMN_FLAG:
		return type == SQLITE_INTEGER && take_number(sqlite3_column_int64(row, position), c, ret);
	case COLUMN_BYTES:
	case COLUMN_MANY:
		return type == SQLITE_BLOB && take_bytes(statement_column(row, position), c, ret);
	case COLUMN_TEXT:
		return type == SQLITE_TEXT && take_text(statement_column(row, position), (char *)at, c->size);
	default:
		return type == SQLITE_TEXT && take_name(statement_column(row, position), c->kind, at);
	}
}

bool admission_read(sqlite3_stmt *row, int first, struct verdict *ret)
{
	uint8_t expected[SHA256_LEN];
	uint64_t present = 0;

	*ret = (struct verdict){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		int position = first + 1 + (int)i;

		if (sqlite3_column_type(row, position) == SQLITE_NULL)
			continue;
		if (!take(row, position, &columns[i], ret))
			return false;
		present |= UINT64_C(1) << i;
	}
	return sum_up(ret, present, expected) == 0 && bytes_equal(statement_column(row, first), BYTES(expected));
}
