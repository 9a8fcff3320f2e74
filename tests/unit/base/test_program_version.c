/* SPDX-License-Identifier: Apache-2.0 */
/* links: store base */
/* What --version says: of the libraries only those that the program runs with, as they are at run time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/crypto.h>
#include <sqlite3.h>

#include "base/cleanup.h"
#include "base/version.h"

static void test_version(void **state)
{
	_cleanup_free_ char *text = NULL, *expected = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	version_print("hallmark-x", f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(strncmp(text, "hallmark-x " HALLMARK_VERSION " (commit ",
				 strlen("hallmark-x " HALLMARK_VERSION " (commit ")),
			 0);
	assert_true(asprintf(&expected, ")\nOpenSSL %s, SQLite %s", OpenSSL_version(OPENSSL_VERSION_STRING),
			     sqlite3_libversion()) > 0);
	assert_memory_equal(strchr(text, ')'), expected, strlen(expected)); /* on Debian 13 libcrypto brings zlib */
	assert_null(strstr(text, "curl"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
