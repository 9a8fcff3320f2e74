/* SPDX-License-Identifier: Apache-2.0 */
/* links: config */
/* Which file a key is read from: systemd's copy when there is one, and the configured one in every other case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/credential.h"

#define CONFIGURED "/etc/hallmark/gateway.key"

static char folder[] = "/tmp/hallmark-credential-XXXXXX";
static char copy[sizeof(folder) + sizeof("/gateway.key")];

static int setup(void **state)
{
	FILE *f;

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	(void)snprintf(copy, sizeof(copy), "%s/gateway.key", folder);
	f = fopen(copy, "we");
	return f && fclose(f) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	return unlink(copy) < 0 || rmdir(folder) < 0 ? -1 : 0;
}

static void copy_is_read(void **state)
{
	char path[PATH_MAX];

	(void)state;
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
	assert_string_equal(credential_path(CONFIGURED, path), copy);
	assert_string_equal(credential_path("gateway.key", path), copy);
}

static void other_name_is_not(void **state)
{
	char path[PATH_MAX];

	(void)state;
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
	assert_string_equal(credential_path("/etc/hallmark/result.key", path), "/etc/hallmark/result.key");
}

static void nothing_was_handed_over(void **state)
{
	char path[PATH_MAX];

	(void)state;
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	assert_string_equal(credential_path(CONFIGURED, path), CONFIGURED);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "", 1), 0);
	assert_string_equal(credential_path(CONFIGURED, path), CONFIGURED);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "/nowhere", 1), 0);
	assert_string_equal(credential_path(CONFIGURED, path), CONFIGURED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copy_is_read),
		cmocka_unit_test(other_name_is_not),
		cmocka_unit_test(nothing_was_handed_over),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
