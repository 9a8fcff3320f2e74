/* SPDX-License-Identifier: Apache-2.0 */
/* links: appraise identity token base */
/* The order of versions, from lists in rising order: each element against each other, both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "appraise/appraise.h"
#include "appraise/version.h"
#include "base/cleanup.h"

static void assert_rising(enum version_scheme scheme, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++) {
			int order = 7;

			if (version_compare(scheme, list[i], list[j], &order) != 0 || order != (i > j) - (i < j))
				fail_msg("%s and %s: %d", list[i], list[j], order);
		}
}

static void assert_equal(enum version_scheme scheme, const char *a, const char *b)
{
	int order = 7;

	assert_int_equal(version_compare(scheme, a, b, &order), 0);
	assert_int_equal(order, 0);
}

static void assert_no_order(enum version_scheme scheme, const char *a, const char *b, int error)
{
	int order = 7;

	assert_int_equal(version_compare(scheme, a, b, &order), error);
	assert_int_equal(version_compare(scheme, b, a, &order), error);
	assert_int_equal(order, 7);
}

static void test_multipart(void **state)
{
	static const char *const rising[] = {
		"0",
		"0.1",
		"0.9",
		"0.10",
		"1",
		"1.0",
		"1.0.0",
		"1.2",
		"1.2.3",
		"1.2.10",
		"1.10.0",
		"2",
		"10.0",
		"18446744073709551615",
		"18446744073709551616.1",
		"99999999999999999999999999999999",
	};
	static const char *const malformed[] = { "", ".", "1.", ".1", "1..2", "v1", "1.2a", "1.2-3", "-1", " 1", "1 " };

	(void)state;
	assert_rising(VERSION_MULTIPARTNUMERIC, rising, ARRAY_SIZE(rising));
	assert_equal(VERSION_MULTIPARTNUMERIC, "01.002", "1.2");
	for (size_t i = 0; i < ARRAY_SIZE(malformed); i++)
		assert_no_order(VERSION_MULTIPARTNUMERIC, malformed[i], "1.2", -EBADMSG);
}

static void test_decimal(void **state)
{
	static const char *const rising[] = {
		"0", "0.05", "0.1", "1", "1.05", "1.25", "1.3", "1.31", "2", "10", "10.01"
	};
	static const char *const malformed[] = { "", ".5", "1.", "1.2.3", "1e3", "-1", "1,5" };

	(void)state;
	assert_rising(VERSION_DECIMAL, rising, ARRAY_SIZE(rising));
	assert_equal(VERSION_DECIMAL, "1.30", "1.3");
	assert_equal(VERSION_DECIMAL, "1.0", "1");
	assert_equal(VERSION_DECIMAL, "007.5", "7.5");
	for (size_t i = 0; i < ARRAY_SIZE(malformed); i++)
		assert_no_order(VERSION_DECIMAL, malformed[i], "1.2", -EBADMSG);
}

/* The examples of items 11.2 to 11.4 are part of the list. */
static void test_semver(void **state)
{
	static const char *const rising[] = {
		"0.0.0",      "0.9.10",       "1.0.0-0",       "1.0.0-2",          "1.0.0-11",
		"1.0.0--",    "1.0.0-alpha",  "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-alpha-1",
		"1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",       "1.0.0",
		"2.0.0",      "2.1.0",        "2.1.1",         "10.0.0",
	};
	static const char *const malformed[] = {
		"",         "1",          "1.2",      "1.2.3.4", "01.2.3",    "1.02.3",         "1.2.03", "1.2.3-",
		"1.2.3-01", "1.2.3-a..b", "1.2.3-a.", "1.2.3+",  "1.2.3+a_b", "1.2.3-\303\244", "v1.2.3", "1.2.x",
	};

	(void)state;
	assert_rising(VERSION_SEMVER, rising, ARRAY_SIZE(rising));
	assert_equal(VERSION_SEMVER, "1.0.0+build.1", "1.0.0+001");
	assert_equal(VERSION_SEMVER, "1.0.0-a+x", "1.0.0-a");
	for (size_t i = 0; i < ARRAY_SIZE(malformed); i++)
		assert_no_order(VERSION_SEMVER, malformed[i], "1.2.3", -EBADMSG);
}

static void test_without_order(void **state)
{
	static const enum version_scheme schemes[] = { VERSION_NONE, VERSION_ALPHANUMERIC,
						       VERSION_MULTIPARTNUMERIC_SUFFIX, 77 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		assert_equal(schemes[i], "V02.19.0043", "V02.19.0043");
		assert_no_order(schemes[i], "1.2", "1.3", -ENOTSUP);
		assert_no_order(schemes[i], "1.2", "1.2.0", -ENOTSUP);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_multipart),
		cmocka_unit_test(test_decimal),
		cmocka_unit_test(test_semver),
		cmocka_unit_test(test_without_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
