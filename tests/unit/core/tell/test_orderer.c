/* SPDX-License-Identifier: Apache-2.0 */
/* links: tell */
/* Who ordered, as a text and as fields of an entry; and how many refused attempts have an entry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/journal.h"
#include "core/tell/orderer.h"

static void test_texts(void **state)
{
	struct orderer o = { .uid = 0, .login_uid = 1001, .name = "root", .login_name = "kim" };
	char text[ORDERER_TEXT_SIZE];

	(void)state;
	assert_string_equal(orderer_to_text(&o, text), "user 0 (root), logged in as 1001 (kim)");
	o.login_uid = 0;
	assert_string_equal(orderer_to_text(&o, text), "user 0 (root)");
	o.login_uid = ORDERER_NOBODY;
	assert_string_equal(orderer_to_text(&o, text), "user 0 (root)");
	o = (struct orderer){ .uid = 1001, .login_uid = 1001, .role = "reception" };
	assert_string_equal(orderer_to_text(&o, text), "user 1001 in role reception");
	o.login_uid = 1002;
	assert_string_equal(orderer_to_text(&o, text), "user 1001 in role reception, logged in as 1002");
}

/* The longest names are whole. */
static void test_long_texts(void **state)
{
	struct orderer o = { .uid = UINT32_MAX - 1, .login_uid = UINT32_MAX - 2 };
	char text[ORDERER_TEXT_SIZE];

	(void)state;
	memset(o.name, 'a', sizeof(o.name) - 1);
	memset(o.login_name, 'b', sizeof(o.login_name) - 1);
	memset(o.role, 'c', sizeof(o.role) - 1);
	assert_string_equal(orderer_to_text(&o, text), "user 4294967294 (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) in role "
						       "ccccccccccccccccccccccccccccccc, logged in as 4294967293 "
						       "(bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb)");
}

static bool has_field(const struct entry *e, const char *field)
{
	for (int i = 0; i < e->n; i++)
		if (e->iov[i].iov_len == strlen(field) && memcmp(e->iov[i].iov_base, field, strlen(field)) == 0)
			return true;
	return false;
}

static void test_fields(void **state)
{
	const struct orderer clerk = {
		.uid = 1001, .login_uid = 1001, .name = "kim", .login_name = "kim", .role = "reception"
	};
	const struct orderer service = { .uid = 0, .login_uid = ORDERER_NOBODY, .name = "root" };
	struct entry e;
	int n;

	(void)state;
	entry_begin(&e, LOG_NOTICE, "id", "text");
	n = e.n;
	entry_add_orderer(&e, &clerk);
	assert_int_equal(e.n - n, 5);
	assert_true(has_field(&e, "HALLMARK_ORDER_BY=1001"));
	assert_true(has_field(&e, "HALLMARK_ORDER_NAME=kim"));
	assert_true(has_field(&e, "HALLMARK_ORDER_LOGIN=1001"));
	assert_true(has_field(&e, "HALLMARK_ORDER_LOGIN_NAME=kim"));
	assert_true(has_field(&e, "HALLMARK_ORDER_ROLE=reception"));

	entry_begin(&e, LOG_NOTICE, "id", "text");
	n = e.n;
	entry_add_orderer(&e, &service);
	assert_int_equal(e.n - n, 3);
	assert_true(has_field(&e, "HALLMARK_ORDER_BY=0"));
	assert_true(has_field(&e, "HALLMARK_ORDER_ROLE="));
}

/* Ten a minute, and the next one says how many there were without an entry. */
static void test_denials(void **state)
{
	const uint64_t start = 5 * USEC_PER_SEC, minute = 60 * USEC_PER_SEC;
	struct denials d = { 0 };
	unsigned n_untold = 99;

	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_true(denials_admit(&d, start + (uint64_t)i, &n_untold));
		assert_int_equal(n_untold, 0);
	}
	for (int i = 0; i < 3; i++)
		assert_false(denials_admit(&d, start + minute - 1, &n_untold));
	assert_true(denials_admit(&d, start + minute, &n_untold));
	assert_int_equal(n_untold, 3);
	assert_true(denials_admit(&d, start + minute, &n_untold));
	assert_int_equal(n_untold, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_denials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
