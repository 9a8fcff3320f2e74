/* SPDX-License-Identifier: Apache-2.0 */
/* links: config enforce decide base */
/* Keys that have a new name: the former one means what it meant, and is told once with the new one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "config/config.h"

#define TEXT_MAX 4096

DEFINE_CLEANUP(struct config *, config_free);

static const char rest[] =
	"network = { guarded = [ \"lan0\" ]; };\n"
	"law = \"none\"; schemes = ( { id = \"KR-CIC\"; country = \"KR\"; name = \"K\"; levels = [ \"Basic\" ]; } );\n"
	"zones = ( { name = \"in\"; reach = [ ]; } );\n"
	"rules = ( { name = \"r\"; zone = \"in\"; require = [ \"identity\" ]; } );\n";

static char path[64], said[TEXT_MAX];
static int text_fd;

/* `listen` and `gateway` are what stands in these sections; what is logged comes into `said`. */
static struct config *load(const char *listen, const char *gateway)
{
	_cleanup_close_ int to = memfd_create("log", MFD_CLOEXEC), saved = dup(STDERR_FILENO);
	struct config *c = NULL;
	char text[TEXT_MAX];
	const int n = snprintf(text, sizeof(text),
			       "listen = {\n%s };\ngateway = { name = \"gw\"; home = \"KR-CIC\"; certificate = \"c\"; "
			       "key = \"k\"; result-key = \"r\"; %s };\n%s",
			       listen, gateway, rest);
	int r;

	assert_true(n > 0 && n < (int)sizeof(text) && ftruncate(text_fd, 0) == 0 &&
		    pwrite(text_fd, text, (size_t)n, 0) == n);
	assert_true(to >= 0 && saved >= 0 && dup2(to, STDERR_FILENO) >= 0);
	r = config_load(path, &c);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);

	ssize_t size = pread(to, said, sizeof(said) - 1, 0);

	assert_true(size >= 0);
	said[size] = '\0';
	assert_int_equal(r, c ? 0 : -EINVAL);
	return c;
}

static void expect_said(unsigned line, const char *text)
{
	char whole[512];

	(void)snprintf(whole, sizeof(whole), "%s:%u: %s", path, line, text);

	const char *at = strstr(said, whole);

	if (!at || strstr(at + 1, whole))
		fail_msg("\"%s\" is not once in \"%s\"", whole, said);
}

static void test_works(void **state)
{
	_cleanup_(config_freep) struct config *c =
		load("idle-seconds = 61;\n handshake-seconds = 16;", "record-days = 30;");

	(void)state;
	assert_non_null(c);
	assert_int_equal(c->limits.idle_sec, 61);
	assert_int_equal(c->limits.handshake_sec, 16);
	assert_int_equal(c->record_age_sec, 30 * 86400);
	expect_said(2, "\"idle-seconds\" is deprecated since 0.2.0, and a later version will refuse it; write "
		       "idle-time = \"61s\"\n");
	expect_said(3, "\"handshake-seconds\" is deprecated since 0.2.0, and a later version will refuse it; write "
		       "handshake-time = \"16s\"\n");
	expect_said(4, "\"record-days\" is deprecated since 0.2.0, and a later version will refuse it; write "
		       "record-age = \"30d\"\n");
}

static void test_new_names(void **state)
{
	_cleanup_(config_freep) struct config *c =
		load("idle-time = \"61s\"; handshake-time = 16;", "record-age = \"30d\";");

	(void)state;
	assert_non_null(c);
	assert_string_equal(said, "");
	assert_int_equal(c->limits.idle_sec, 61);
	assert_int_equal(c->record_age_sec, 30 * 86400);
}

static void test_refused(void **state)
{
	(void)state;
	assert_null(load("idle-seconds = 61;\n idle-time = \"61s\";", ""));
	expect_said(2, "\"idle-seconds\" is the former name of \"idle-time\", and both are given; remove "
		       "\"idle-seconds\"\n");
	assert_null(load("idle-seconds = \"61s\";", ""));
	expect_said(2, "\"idle-seconds\" must be a whole number; or write idle-time = \"60s\"");
	assert_null(load("\n idle-seconds = 4;", ""));
	expect_said(3, "\"idle-time\" must be 5 to 86400 seconds");
	assert_null(load("idle-seconds = -5;", ""));
	expect_said(2, "\"idle-time\" must be 5 to 86400 seconds");
	assert_null(load("", "record-days = 3651;"));
	expect_said(3, "\"record-age\" must be 86400 to");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_works),
		cmocka_unit_test(test_new_names),
		cmocka_unit_test(test_refused),
	};

	text_fd = memfd_create("text", MFD_CLOEXEC);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", text_fd);
	return text_fd < 0 || cmocka_run_group_tests(tests, NULL, NULL);
}
