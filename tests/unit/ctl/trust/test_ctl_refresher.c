/* SPDX-License-Identifier: Apache-2.0 */
/* links: trust */
/* wraps: readlink access */
/* What hallmarkctl asks of hallmark-refresh, where it looks for it, and what it makes of its answer: here a script answers. */
#include <sys/wait.h>
#include <time.h>

#include "ctl_config.h"
#include "log_kit.h"
#include "pki_crl.h"

static struct place place;

ssize_t __wrap_readlink(const char *path, char *ret, size_t size);
int __real_access(const char *path, int mode);
int __wrap_access(const char *path, int mode);

/* This program is one of that place, */
ssize_t __wrap_readlink(const char *path, char *ret, size_t size)
{
	assert_string_equal(path, "/proc/self/exe");
	return snprintf(ret, size, "%s/hallmarkctl", place.path);
}

/* and nothing is installed anywhere else. */
int __wrap_access(const char *path, int mode)
{
	return strncmp(path, "/usr/", 5) == 0 ? -1 : __real_access(path, mode);
}

/* It writes its arguments to "asked", puts "set" where its last one says, and ends so. */
static void put_program(const char *end)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
		       "#!/bin/sh\ncd %s\necho \"$*\" >asked\nfor last; do :; done\ncp set \"$last\" 2>/dev/null\n%s\n",
		       place.path, end);
	assert_int_equal(chmod(put_text(&place, "hallmark-refresh", text), 0755), 0);
}

static void expect_asked(const char *expected)
{
	struct bytes asked = get_file(in(&place, "asked"));

	assert_int_equal(asked.n, strlen(expected));
	assert_memory_equal(asked.p, expected, asked.n);
}

/* In a process of its own: the command becomes the program. */
static int refresh(struct ctl ctl)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0)
		_exit(ctl_trust_refresh(&ctl));
	assert_int_equal(waitpid(child, &status, 0), child);
	return WEXITSTATUS(status);
}

static void test_refresh(void **state)
{
	char *words[] = { (char[]){ "a b" }, (char[]){ "--c" } };

	(void)state;
	put_program("exit 1");
	assert_int_equal(refresh((struct ctl){ .out = stdout }), CTL_NO);
	expect_asked("--\n");
	put_program("exit 0");
	assert_int_equal(
		refresh((struct ctl){
			.config = "c.conf", .socket = "s", .json = true, .force = true, .words = words, .n_words = 2 }),
		CTL_YES);
	expect_asked("--json --force --socket s --config c.conf -- a b --c\n");
}

/* Not even root's own program of that name: it is one that may not be run. */
static void test_it_is_not_there(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		listen_in();
		assert_int_equal(refresh((struct ctl){ .out = stdout }), CTL_FAULT);
		assert_int_equal(
			count_said("/hallmark-refresh cannot be run; install the package hallmark-refresh", true), 1);
		put_program("exit 0");
		assert_int_equal(chmod(in(&place, "hallmark-refresh"), 0644), 0);
	}
	assert_int_equal(access(in(&place, "asked"), F_OK), -1);
}

/* A list of revoked certificates that is in force now. */
static void put_set(void)
{
	struct pki_node ca = pki_issue(NULL, &(struct pki_request){ .ca = true, .name = "Acme CA" });
	char this_update[32], next_update[32];
	time_t now = time(NULL);
	struct tm tm;
	const struct crl_request wanted = { .this_update = this_update, .next_update = next_update, .number = 7 };
	struct bytes crl;

	(void)strftime(this_update, sizeof(this_update), "%Y%m%d%H%M%SZ", gmtime_r(&(time_t){ now - 3600 }, &tm));
	(void)strftime(next_update, sizeof(next_update), "%Y%m%d%H%M%SZ", gmtime_r(&(time_t){ now + 86400 }, &tm));
	crl.p = pki_crl(&ca, &wanted, &crl.n);
	(void)put_file(&place, "set", crl);
	bytes_done(&crl);
	pki_done(&ca);
}

static void test_add(void **state)
{
	static const struct {
		const char *end;
		enum ctl_exit answer;
	} rows[] = {
		{ "exit 1", CTL_NO },        { "exit 2", CTL_FAULT }, { "exit 77", CTL_FAULT },
		{ "kill -9 $$", CTL_FAULT }, { "exit 0", CTL_FAULT }, /* and yet there is no file */
	};
	char asked[512], *words[] = { (char[]){ "crl" }, (char *)(uintptr_t)in(&place, "crl"), NULL };
	struct ctl ctl = { .config = put_config(&place, "managed = \"trust.conf\";"),
			   .url = "https://a.example/crl",
			   .words = words,
			   .n_words = 2,
			   .operand = words[0] };

	(void)state;
	put_installation(&place);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		put_program(rows[i].end);
		listen_in();
		assert_int_equal(run(ctl_trust_add, ctl), rows[i].answer);
		(void)count_said("", true);
		assert_int_equal(access(in(&place, "trust.conf"), F_OK), -1);
	}
	(void)snprintf(asked, sizeof(asked), "--config %.99s --url https://a.example/crl -- crl %.99s\n", ctl.config,
		       words[1]);
	expect_asked(asked);
	put_set();
	assert_int_equal(run(ctl_trust_add, ctl), CTL_YES);
	assert_true(printed("added          crl "));
	assert_int_equal(run(ctl_trust_list, ctl), CTL_YES);
	assert_true(printed("https://a.example/crl"));
}

static int set_up(void **state)
{
	(void)state;
	place = place_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	place_done(&place);
	return 0;
}

#define PLACE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(test_refresh),
		PLACE_TEST(test_it_is_not_there),
		PLACE_TEST(test_add),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
