/* SPDX-License-Identifier: Apache-2.0 */
/* links: base */
/* Identities of sets: no two sets have one; and which of two is newer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/set.h"

static const char *identity(enum set_kind kind, const char *a, const char *b)
{
	static struct set_mark marks[2];
	static unsigned turn;
	struct set_mark *mark = &marks[turn++ % 2];
	const char *const parts[] = { a, b };

	*mark = (struct set_mark){ 0 };
	assert_int_equal(set_mark_identify(mark, kind, parts, b ? 2 : 1), 0);
	assert_int_equal(mark->kind, kind);
	assert_true(bytes_are_text(bytes_of_string(mark->identity)));
	return mark->identity;
}

static void test_identities(void **state)
{
	char longest[SET_IDENTITY_SIZE], longer[SET_IDENTITY_SIZE + 1];

	(void)state;
	assert_string_equal(identity(SET_REGISTER, "KISA", NULL), "register KISA");
	assert_string_equal(identity(SET_STATUS_LIST, "a b", "c"), "status-list a%20b c");
	assert_string_not_equal(identity(SET_STATUS_LIST, "a b", "c"), identity(SET_STATUS_LIST, "a", "b c"));
	assert_string_not_equal(identity(SET_STATUS_LIST, "a", ""), identity(SET_STATUS_LIST, "a", NULL));
	assert_string_not_equal(identity(SET_REGISTER, "a%20b", NULL), identity(SET_REGISTER, "a b", NULL));
	assert_string_not_equal(identity(SET_REGISTER, "a", NULL), identity(SET_CRL, "a", NULL));

	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - sizeof("register ")] = '\0';
	assert_null(strstr(identity(SET_REGISTER, longest, NULL), "sha256:"));
	(void)snprintf(longer, sizeof(longer), "%sx", longest);
	assert_non_null(strstr(identity(SET_REGISTER, longer, NULL), "register sha256:"));
	longer[0] = 'y';

	char other[SET_IDENTITY_SIZE];

	(void)snprintf(other, sizeof(other), "%s", identity(SET_REGISTER, longer, NULL));
	longer[0] = 'x';
	assert_string_not_equal(other, identity(SET_REGISTER, longer, NULL));
	assert_non_null(strstr(identity(SET_REGISTER, "a\nb", NULL), "register sha256:"));
}

static void test_order(void **state)
{
	static const struct {
		enum set_kind kind;
		uint64_t sequence;
		int64_t issued_sec;
		enum set_order order; /* after one of sequence 5, issued at 100 */
	} rows[] = {
		{ SET_REGISTER, 6, 101, SET_ADVANCE },   { SET_REGISTER, 5, 101, SET_STEP_BACK },
		{ SET_REGISTER, 6, 100, SET_STEP_BACK }, { SET_REGISTER, 4, 101, SET_STEP_BACK },
		{ SET_REGISTER, 6, 99, SET_STEP_BACK },  { SET_CRL, 5, 101, SET_ADVANCE },
		{ SET_CRL, 4, 101, SET_STEP_BACK },      { SET_CRL, 6, 100, SET_STEP_BACK },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct set_mark held = { .kind = rows[i].kind, .sequence = 5, .issued_sec = 100 };
		struct set_mark next = { .kind = rows[i].kind,
					 .sequence = rows[i].sequence,
					 .issued_sec = rows[i].issued_sec };

		next.hash[31] = 1;
		assert_int_equal(set_order(&held, &next), rows[i].order);
		held.hash[31] = 1; /* of the same bytes it is the same, whatever it says */
		assert_int_equal(set_order(&held, &next), SET_SAME);
	}

	const struct set_mark held = { .kind = SET_STATUS_LIST, .issued_sec = 100 };
	struct set_mark next = { .kind = SET_STATUS_LIST, .issued_sec = 101, .hash = { 1 } };

	assert_int_equal(set_order(&held, &next), SET_ADVANCE);
	next.issued_sec = 100;
	assert_int_equal(set_order(&held, &next), SET_STEP_BACK);
}

static void test_kinds(void **state)
{
	(void)state;
	assert_string_equal(set_kind_name(SET_CRL), "crl");
	assert_string_equal(set_kind_name(SET_NONE), "unknown");
	assert_string_equal(set_kind_name(_SET_KIND_MAX), "unknown");
	for (enum set_kind i = SET_REGISTER; i < _SET_KIND_MAX; i++)
		assert_string_not_equal(set_kind_name(i), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identities),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
