/* SPDX-License-Identifier: Apache-2.0 */
/* links: ctl */
/* Long text on a terminal goes through a program that the user or, where that could harm, nobody chooses. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "ctl/pager.h"
#include "ctl_kit.h"

/* --- A terminal --- */

static int controller = -1;

static FILE *open_terminal(void)
{
	int fd;

	controller = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(controller >= 0);
	assert_int_equal(grantpt(controller), 0);
	assert_int_equal(unlockpt(controller), 0);
	fd = open(ptsname(controller), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fdopen(fd, "we");
}

static int set_up(void **state)
{
	static const char *const names[] = { "HALLMARK_PAGER", "PAGER", "SUDO_UID", "DOAS_USER", "PKEXEC_UID", "LESS" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		(void)unsetenv(names[i]);
	return setenv("TERM", "xterm", 1);
}

static int tear_down(void **state)
{
	(void)state;
	if (controller >= 0)
		(void)close(controller);
	controller = -1;
	return 0;
}

/* --- The tests --- */

static void test_which_pager(void **state)
{
	static const struct {
		const char *own, *common, *sudo, *terminal;
		const char *wanted; /* NULL: less */
	} rows[] = {
		{ NULL, NULL, NULL, "xterm", NULL },
		{ NULL, "most", NULL, "xterm", "most" },
		{ "pg -n", "most", NULL, "xterm", "pg -n" },
		{ "", "most", NULL, "xterm", "" },
		{ "cat", "most", NULL, "xterm", "" },
		{ NULL, "cat", NULL, "xterm", "" },
		{ NULL, "most", NULL, "dumb", "" },
		{ NULL, "most", "1000", "xterm", NULL }, /* what it starts would be root's */
		{ "pg", NULL, "1000", "xterm", NULL },
		{ "", NULL, "1000", "xterm", "" },
		{ "cat", NULL, "1000", "xterm", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *got;

		(void)set_up(state);
		(void)setenv("TERM", rows[i].terminal, 1);
		if (rows[i].own)
			(void)setenv("HALLMARK_PAGER", rows[i].own, 1);
		if (rows[i].common)
			(void)setenv("PAGER", rows[i].common, 1);
		if (rows[i].sudo)
			(void)setenv("SUDO_UID", rows[i].sudo, 1);
		got = pager_command();
		if (!got != !rows[i].wanted || (got && strcmp(got, rows[i].wanted) != 0))
			fail_msg("row %zu: %s", i, got ? got : "less");
	}
}

/* It gets all text, and has ended when the text is read; less is told how to behave. */
static void test_text_goes_through_it(void **state)
{
	_cleanup_place_ struct place place = place_new();
	const char *read = in(&place, "read");
	_cleanup_fclose_ FILE *terminal = open_terminal();
	struct pager *p;

	(void)state;
	(void)setenv("READ", read, 1);
	(void)setenv("HALLMARK_PAGER", "{ tr a-z A-Z; echo $LESS $LESSSECURE; } >$READ", 1);
	p = pager_begin(terminal);
	assert_non_null(p);
	assert_ptr_not_equal(pager_out(p, terminal), terminal);
	(void)fputs("a device\n", pager_out(p, terminal));
	pager_end(p);
	assert_true(bytes_equal_string(get_file(read), "A DEVICE\nFRSXMK 1\n"));
}

static void test_no_pager(void **state)
{
	_cleanup_place_ struct place place = place_new();
	_cleanup_fclose_ FILE *file = fopen(put_text(&place, "file", ""), "we"), *terminal = open_terminal();

	(void)state;
	(void)setenv("HALLMARK_PAGER", "false", 1);
	assert_null(pager_begin(file)); /* not a terminal */
	assert_ptr_equal(pager_out(NULL, file), file);
	(void)setenv("HALLMARK_PAGER", "", 1);
	assert_null(pager_begin(terminal));
	pager_end(NULL);
}

static void on_signal(int number)
{
	(void)number;
}

/* Who leaves the pager ends the text, and nothing else; what a signal did before, it does again. */
static void test_reader_who_leaves(void **state)
{
	_cleanup_fclose_ FILE *terminal = open_terminal();
	struct pager *p;

	(void)state;
	(void)setenv("HALLMARK_PAGER", "true", 1);
	(void)signal(SIGINT, on_signal);
	p = pager_begin(terminal);
	assert_non_null(p);
	assert_int_equal(raise(SIGINT), 0); /* is for the pager */
	for (unsigned i = 0; i < 100000 && !ferror(pager_out(p, terminal)); i++)
		(void)fputs("a line that nobody reads\n", pager_out(p, terminal));
	assert_true(ferror(pager_out(p, terminal)));
	pager_end(p);
	assert_ptr_equal(signal(SIGINT, SIG_DFL), on_signal);
	assert_ptr_equal(signal(SIGPIPE, SIG_DFL), SIG_DFL);
}

#define PAGER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PAGER_TEST(test_which_pager),
		PAGER_TEST(test_text_goes_through_it),
		PAGER_TEST(test_no_pager),
		PAGER_TEST(test_reader_who_leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
