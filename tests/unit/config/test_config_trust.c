/* SPDX-License-Identifier: Apache-2.0 */
/* links: config enforce decide base */
/* Trust that stands in two files: the main one, and the one that hallmarkctl writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "config/config.h"
#include "config/files.h"

DEFINE_CLEANUP(struct config *, config_free);

/* libconfig 1.5 itself forgets a text that a syntax error follows; ours is not suppressed. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:strbuf_append\nleak:libconfig_yy";
}

static char directory[] = "/tmp/hallmark-config-XXXXXX";
static char main_file[64], managed_file[64], log_file[64], logged[4096];

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	(void)snprintf(main_file, sizeof(main_file), "%s/main.conf", directory);
	(void)snprintf(managed_file, sizeof(managed_file), "%s/trust.conf", directory);
	(void)snprintf(log_file, sizeof(log_file), "%s/log", directory);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlink(main_file);
	(void)unlink(managed_file);
	(void)unlink(log_file);
	return rmdir(directory);
}

static void write_text(const char *to, const char *text)
{
	_cleanup_fclose_ FILE *f = fopen(to, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
}

static void write_main(const char *trust)
{
	char text[2048];

	(void)snprintf(text, sizeof(text),
		       "gateway = { name = \"gw\"; home = \"KR-CIC\"; certificate = \"c\"; key = \"k\"; result-key = "
		       "\"r\"; };\n"
		       "network = { guarded = [ \"lan0\" ]; };\n"
		       "law = \"none\"; schemes = ( { id = \"KR-CIC\"; country = \"KR\"; name = \"K\"; levels = [ "
		       "\"Basic\" ]; } );\n"
		       "zones = ( { name = \"quarantine\"; reach = [ ]; }, { name = \"in\"; reach = [ ]; } );\n"
		       "rules = ( { name = \"one\"; zone = \"in\"; require = [ \"identity\" ]; } );\n"
		       "trust = {\n%s\n};\n",
		       trust);
	write_text(main_file, text);
}

/* Loads with stderr going to logged[]. */
static int load(struct config **ret)
{
	_cleanup_close_ int log_fd = open(log_file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600),
			    saved = dup(STDERR_FILENO);

	assert_true(log_fd >= 0 && saved >= 0);
	(void)dup2(log_fd, STDERR_FILENO);

	int r = config_load(main_file, ret);

	(void)dup2(saved, STDERR_FILENO);

	ssize_t n = pread(log_fd, logged, sizeof(logged) - 1, 0);

	logged[n > 0 ? n : 0] = '\0';
	return r;
}

#define MAIN                                                                                                           \
	"managed = \"trust.conf\"; fetch-ca = \"ca.pem\";\n"                                                           \
	"anchors = ( { name = \"a\"; file = \"a.crt\"; } );\n"                                                         \
	"registers = ( { file = \"r.cwt\"; url = \"https://a.example/r\"; } );"

static void test_merged(void **state)
{
	_cleanup_(config_freep) struct config *c = NULL;
	char expected[128];

	(void)state;
	write_main(MAIN);
	write_text(managed_file, "anchors = ( { name = \"b\"; file = \"/b.crt\"; } );\n\n"
				 "registers = (\n  { file = \"s.cwt\"; } );\n"
				 "issuers = ( { name = \"i\"; key = \"i.pub\"; schemes = [ \"KR-CIC\" ]; } );\n");
	assert_int_equal(load(&c), 0);
	assert_string_equal(logged, "");
	assert_int_equal(c->n_anchors, 2);
	assert_string_equal(c->anchors[0].name, "a");
	assert_string_equal(c->anchors[1].path, "/b.crt");
	assert_int_equal(c->n_issuers, 1);
	assert_string_equal(c->issuers[0].scope, "KR-CIC");
	assert_int_equal(c->n_registers, 2);
	assert_string_equal(c->registers[0].url, "https://a.example/r");
	assert_string_equal(c->registers[0].source, main_file);
	assert_int_equal(c->registers[0].line, 9);
	assert_false(c->registers[0].is_managed);
	assert_string_equal(c->registers[1].url, "");
	assert_string_equal(c->registers[1].source, managed_file);
	assert_int_equal(c->registers[1].line, 4);
	assert_true(c->registers[1].is_managed);
	(void)snprintf(expected, sizeof(expected), "%s/s.cwt", directory);
	assert_string_equal(c->registers[1].path, expected);
	(void)snprintf(expected, sizeof(expected), "%s/ca.pem", directory);
	assert_string_equal(c->fetch_ca, expected);
	assert_string_equal(c->managed, managed_file);
}

static void test_not_there(void **state)
{
	_cleanup_(config_freep) struct config *c = NULL, *without = NULL;

	(void)state;
	(void)unlink(managed_file);
	write_main(MAIN);
	assert_int_equal(load(&c), 0);
	assert_int_equal(c->n_anchors, 1);
	write_text(managed_file, "no configuration at all");
	write_main("registers = ( );"); /* and nobody looks at a file that is not named */
	assert_int_equal(load(&without), 0);
	assert_string_equal(without->managed, "");
	assert_string_equal(without->fetch_ca, "");
}

/* The same rules hold there, and errors have its name and line. */
static void test_errors(void **state)
{
	static const struct {
		const char *managed, *at, *text;
	} errors[] = {
		{ "anchors = (\n{ name = \"b\"; } );", "trust.conf:2: ", "\"file\" is missing" },
		{ "anchors = (\n{ name = \"a\"; file = \"b.crt\"; } );", "trust.conf:2: ", "\"a\" occurs twice" },
		{ "registers = ( { file = \"r.cwt\"; } );", "trust.conf:1: ", "\"r.cwt\" occurs twice" },
		{ "registers = ( { file = \"x\"; url = \"http://x/\"; } );", "trust.conf:1: ", "https://host/path" },
		{ "\nmanaged = \"other.conf\";", "trust.conf:2: ", "unknown key \"managed\"" },
		{ "zones = ( );", "trust.conf:1: ", "unknown key \"zones\"" },
		{ "crls = ( { file = \"c\"; stale = \"maybe\"; } );", "trust.conf:1: ", "\"refuse\" or \"accept\"" },
		{ "issuers = ( { name = \"i\"; key = \"k\"; schemes = [ \"KR-CID\" ]; } );",
		  "trust.conf:1: ", "KR-CIC" },
		{ "\n\nanchors = = ( );", "trust.conf:3: ", "syntax error" },
	};

	(void)state;
	write_main(MAIN);
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		struct config *c = NULL;

		write_text(managed_file, errors[i].managed);
		assert_int_equal(load(&c), -EINVAL);
		if (!strstr(logged, errors[i].at) || !strstr(logged, errors[i].text))
			fail_msg("\"%s\" gave: %s", errors[i].managed, logged);
	}
}

/* Another file in its place, to try it. */
static void test_tried(void **state)
{
	_cleanup_(config_freep) struct config *c = NULL;
	char tried[80];

	(void)state;
	(void)snprintf(tried, sizeof(tried), "%s.try", managed_file);
	write_main(MAIN);
	write_text(managed_file, "no configuration at all");
	write_text(tried, "anchors = ( { name = \"t\"; file = \"t.crt\"; } );");

	int r = config_load_with(main_file, tried, &c);

	(void)unlink(tried);
	assert_int_equal(r, 0);
	assert_int_equal(c->n_anchors, 2);
	assert_string_equal(c->anchors[1].name, "t");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merged),
		cmocka_unit_test(test_not_there),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_tried),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
