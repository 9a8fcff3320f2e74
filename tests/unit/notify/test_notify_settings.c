/* SPDX-License-Identifier: Apache-2.0 */
/* links: notify */
/* notify.conf: each bad change to a good file is refused at its line with a word of the remedy, and has a good twin at the same place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "notify/settings.h"

#define LOG_MAX 16384

DEFINE_CLEANUP(struct settings *, settings_free);

static const char good[] =
	"quiet = { from = \"22:00\"; until = \"07:00\"; };\n"
	"targets = (\n"
	"    { name = \"bell\"; type = \"program\"; command = [ \"/bin/true\", \"x\" ]; },\n"
	"    { name = \"office\"; type = \"mail\"; to = [ \"a@example.com\" ]; from = \"g@example.com\"; },\n"
	"    { name = \"ticket\"; type = \"webhook\"; url = \"https://example.com/x\"; queue = 5; },\n"
	"    { name = \"home\"; type = \"mqtt\"; host = \"broker\"; topic = \"gw/one\"; },\n"
	"    { name = \"siem\"; type = \"syslog\"; host = \"siem\"; transport = \"tcp\"; facility = \"local7\"; }\n"
	");\n"
	"rules = (\n"
	"    { name = \"out\"; kinds = [ \"admission\", \"wave\" ]; zones = [ \"quarantine\" ]; targets = [ "
	"\"office\", \"siem\" ];\n"
	"      most = 5; within = \"15m\"; urgent = true; },\n"
	"    { name = \"all\"; targets = [ \"home\" ]; }\n"
	");\n";

static char log_text[LOG_MAX];
static char path[64];
static int text_fd;

static int load(const char *text, struct settings **ret)
{
	_cleanup_close_ int to = memfd_create("log", MFD_CLOEXEC), saved = dup(STDERR_FILENO);
	ssize_t n;
	int r;

	assert_int_equal(ftruncate(text_fd, 0), 0);
	assert_int_equal(pwrite(text_fd, text, strlen(text), 0), strlen(text));
	assert_true(to >= 0 && saved >= 0);
	assert_true(dup2(to, STDERR_FILENO) >= 0);
	r = settings_load(path, ret);
	(void)fflush(stderr);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	n = pread(to, log_text, LOG_MAX - 1, 0);
	assert_true(n >= 0);
	log_text[n] = '\0';
	return r;
}

static void expect_good(const char *text)
{
	_cleanup_(settings_freep) struct settings *s = NULL;

	if (load(text, &s) != 0)
		fail_msg("refused: %s", log_text);
	assert_string_equal(log_text, "");
}

static void expect_bad(const char *text, unsigned line, const char *word)
{
	_cleanup_(settings_freep) struct settings *s = NULL;
	char place[128];

	assert_int_equal(load(text, &s), -EINVAL);
	(void)snprintf(place, sizeof(place), "%s:%u: ", path, line);
	if (!strstr(log_text, place) || !strstr(log_text, word))
		fail_msg("wanted %s…%s, got: %s", place, word, log_text);
}

#include "config_kit.h"

static void test_what_it_means(void **state)
{
	_cleanup_(settings_freep) struct settings *s = NULL;

	(void)state;
	assert_int_equal(load(good, &s), 0);
	assert_int_equal(s->n_targets, 5);
	assert_int_equal(s->n_rules, 2);
	assert_int_equal(s->quiet.from_min, 1320);
	assert_int_equal(s->quiet.until_min, 420);
	assert_int_equal(s->targets[0].command.n, 2);
	assert_null(s->targets[0].command.list[2]);
	assert_int_equal(s->targets[2].queue, 5);
	assert_true(s->targets[3].tls);
	assert_int_equal(s->targets[3].port, 8883);
	assert_true(s->targets[4].is_stream);
	assert_int_equal(s->targets[4].facility, 23);
	assert_int_equal(s->rules[0].kinds, EVENT_ADMISSION | EVENT_WAVE);
	assert_int_equal(s->rules[0].n_targets, 2);
	assert_int_equal(s->rules[0].targets[1], 4);
	assert_int_equal(s->rules[0].within_sec, 900);
	assert_true(s->rules[0].is_urgent);
	assert_true(s->rules[1].kinds & EVENT_GATEWAY);
	assert_int_equal(s->rules[1].most, 10);
}

static void test_bad_values(void **state)
{
	static const struct change changes[] = {
		{ "\"22:00\"", "\"24:00\"", "\"23:59\"", "a time of day", 0 },
		{ "\"07:00\"", "\"7:00\"", "\"00:00\"", "a time of day", 0 },
		{ "type = \"program\"", "type = \"programme\"", "type = \"program\"; timeout = \"1m\"",
		  "\"type\" must say", 0 },
		{ "\"/bin/true\"", "\"true\"", "\"/bin/sh\"", "absolute path", 0 },
		{ "\"/bin/true\", \"x\"", "\"/bin/no-such-program\"", "\"/bin/true\"", "cannot be run", 0 },
		{ "\"a@example.com\"", "\"a@example.com\\nBcc: b@c\"", "\"a@example.com\", \"b@example.com\"",
		  "must be an array of texts", 0 },
		{ "\"a@example.com\"", "\"a@example.com, b@c\"", "\"b@c\"", "not a mail address", 0 },
		{ "\"a@example.com\"", "", "\"a.b@example.com\"", "name an address", 0 },
		{ "\"g@example.com\"", "\"gateway\"", "\"gateway@example.com\"", "not a mail address", 0 },
		{ "https://example.com/x", "http://example.com/x", "http://localhost/x", "insecure = true", 0 },
		{ "\"https://example.com/x\"", "\"http://localhost.example.com/\"",
		  "\"http://example.com/\"; insecure = true", "insecure = true", 0 },
		{ "https://example.com/x", "ftp://example.com/x", "http://[::1]:80/x", "must begin with https://", 0 },
		{ "https://example.com/x", "http://localhost:x@example.com/", "http://x:y@localhost:80/",
		  "insecure = true", 0 },
		{ "queue = 5", "ca = \"/etc/hostname\"", "queue = 6", "no certificate", 0 },
		{ "topic = \"gw/one\"", "ca = \"/no/such/file\"", "topic = \"gw\"", "no certificate", 0 },
		{ "topic = ", "tls = false; user = \"u\"; password = \"/etc/hostname\"; topic = ",
		  "tls = false; insecure = true; user = \"u\"; password = \"/etc/hostname\"; topic = ",
		  "without TLS the password", 0 },
		{ "host = \"broker\"", "host = \"broker\"; tls = false; user = \"u\"; password = \"/etc/hostname\"",
		  "host = \"localhost\"; tls = false; user = \"u\"; password = \"/etc/hostname\"",
		  "without TLS the password", 0 },
		{ "queue = 5", "key = \"/no/such/file\"", "key = \"/etc/hostname\"", "LoadCredential=", 0 },
		{ "gw/one", "gw/+", "gw/one/two", "'+'", 0 },
		{ "topic = ", "password = \"/etc/hostname\"; topic = ",
		  "user = \"u\"; password = \"/etc/hostname\"; topic = ", "needs a \"user\"", 0 },
		{ "\"tcp\"", "\"tls\"", "\"udp\"", "use \"udp\" or \"tcp\"", 0 },
		{ "\"local7\"", "\"local8\"", "\"auth\"", "not known", 0 },
		{ "facility = \"local7\"", "id = \"hallmark\"", "id = \"gate@32473.1\"", "private enterprise number",
		  0 },
		{ "\"wave\"", "\"tide\"", "\"gateway\"", "no kind of event \"tide\"", 0 },
		{ "\"siem\" ]", "\"seim\" ]", "\"bell\" ]", "no target \"seim\"", 0 },
		{ "[ \"home\" ]", "[ ]", "[ \"home\", \"bell\" ]", "tells nobody", 0 },
		{ "name = \"all\"", "name = \"out\"", "name = \"rest\"", "occurs twice", 0 },
		{ "most = 5", "most = 5000", "most = 0", "a whole number from 0 to 1000", 0 },
		{ "urgent = true", "urgently = true", "urgent = false", "did you mean \"urgent\"", 0 },
	};

	(void)state;
	expect_changes(changes, ARRAY_SIZE(changes));
}

/* What the package installs, with everything off. */
static void test_installed_file(void **state)
{
	_cleanup_(settings_freep) struct settings *s = NULL;

	(void)state;
	assert_int_equal(settings_load("conf/notify.conf", &s), 0);
	assert_int_equal(s->n_targets + s->n_rules, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_it_means),
		cmocka_unit_test(test_bad_values),
		cmocka_unit_test(test_installed_file),
	};

	text_fd = memfd_create("notify.conf", 0);
	if (text_fd < 0)
		return 1;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", text_fd);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
