/* SPDX-License-Identifier: Apache-2.0 */
/* links: ctl */
/* A command line: which command it runs with what, what is refused with which words, and what help says. */
#include <getopt.h>
#include <sys/types.h>
#include <unistd.h>

#include "ctl/program.h"
#include "ctl/usage.h"
#include "ctl_kit.h"
#include "language_kit.h"
#include "log_kit.h"

/* --- A program of four commands; each notes that it ran, and with what --- */

static struct {
	const char *name, *zone, *output;
	char words[64];
	bool is_json;
} ran;

static enum ctl_exit note(const char *name, const struct ctl *ctl)
{
	ran.name = name;
	ran.zone = ctl->zone;
	ran.output = ctl->output;
	ran.is_json = ctl->json;
	assert_ptr_equal(ctl->operand, ctl->n_words > 0 ? ctl->words[0] : NULL);
	for (unsigned i = 0; i < ctl->n_words; i++)
		(void)snprintf(ran.words + strlen(ran.words), sizeof(ran.words) - strlen(ran.words), "%s;",
			       ctl->words[i]);
	return CTL_YES;
}

#define COMMANDS(X)                                                                                                    \
	X("Look", "list", "", "every device", run_list)                                                                \
	X("Order", "allow", "DEVICE --zone Z [--unproved]", "let it into a zone", run_allow)                           \
	X("Order", "trust add", "KIND FILE...", "trust one more", run_trust_add)                                       \
	X("Order", "trust remove", "KIND [-o OUT]", "no longer trust one", run_trust_remove)

#define X(group, name, arguments, help, run)                                                                           \
	static enum ctl_exit run(const struct ctl *ctl)                                                                \
	{                                                                                                              \
		return note(name, ctl);                                                                                \
	}
COMMANDS(X)
#undef X

static const struct command commands[] = { COMMANDS(COMMAND_ROW) };

static const struct program program = {
	.name = "testctl",
	.summary = "is asked by a test",
	.always = "[--json] [--socket PATH]",
	.elsewhere = ",verify,log show,list,status build,",
	.other = "testlabel",
	.package = "hallmark-label",
	.commands = commands,
	.n = ARRAY_SIZE(commands),
};

/* One that does one thing, and so has no words for it. */
static enum ctl_exit run_sole(const struct ctl *ctl)
{
	return note("sole", ctl);
}

static const struct command sole_commands[] = { { "", "", "[NAME...] [--zone Z]", "does one thing", run_sole } };

static const struct program sole = {
	.name = "testsole",
	.summary = "is asked by a test",
	.always = "[--json] [--socket PATH]",
	.commands = sole_commands,
	.n = ARRAY_SIZE(sole_commands),
};

/* --- Running it --- */

static const struct program *runs = &program;

/* What stands on standard output meanwhile comes into output[], or into a file of the test's. Returns the exit status. */
static int run_into(FILE *f, char *line)
{
	char *argv[16] = { (char[]){ "testctl" } };
	int argc = 1, kept = dup(STDOUT_FILENO), status;

	for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	memset(&ran, 0, sizeof(ran));
	optind = 0; /* glibc's way to begin anew */
	must(fflush(stdout) == 0 && kept >= 0 && dup2(fileno(f), STDOUT_FILENO) >= 0);
	status = program_run(runs, argc, argv);
	must(dup2(kept, STDOUT_FILENO) >= 0);
	(void)close(kept);
	clearerr(stdout);
	rewind(f);
	output[fread(output, 1, sizeof(output) - 1, f)] = '\0';
	return status;
}

static int run_line(const char *arguments)
{
	static char line[256]; /* what ran points to is in it */
	_cleanup_fclose_ FILE *f = tmpfile();

	must(f && strlen(arguments) < sizeof(line));
	return run_into(f, strcpy(line, arguments));
}

/* Ran nothing, and said this. */
static void expect_refusal(const char *arguments, const char *why)
{
	int status;

	listen_in();
	status = run_line(arguments);
	if (count_said(why, true) == 0)
		fail_msg("`%s`: it was not said: %s", arguments, why);
	assert_int_equal(status, CTL_FAULT);
	assert_null(ran.name);
	assert_string_equal(output, "");
}

static void expect_run(const char *arguments, const char *name, const char *words)
{
	assert_int_equal(run_line(arguments), CTL_YES);
	assert_non_null(ran.name);
	assert_string_equal(ran.name, name);
	assert_string_equal(ran.words, words);
}

static void expect_printed(const char *text)
{
	if (!printed(text))
		fail_msg("\"%s\" was not printed, but:\n%s", text, output);
}

/* --- */

static void test_commands(void **state)
{
	(void)state;
	expect_run("list", "list", "");
	assert_false(ran.is_json);
	expect_run("list --json --socket /s", "list", "");
	assert_true(ran.is_json);
	expect_run("--json allow --zone=attic 9f86", "allow", "9f86;");
	assert_true(ran.is_json);
	assert_string_equal(ran.zone, "attic");
	expect_run("trust add anchor a.pem b.pem", "trust add", "anchor;a.pem;b.pem;");
	expect_run("trust remove anchor -o there", "trust remove", "anchor;");
	assert_string_equal(ran.output, "there");
	expect_run("trust remove anchor --output there", "trust remove", "anchor;");
	assert_string_equal(ran.output, "there");
}

/* Each lacks one thing of a command above, or has one too many. */
static void test_what_does_not_fit(void **state)
{
	(void)state;
	expect_refusal("", "give a command; testctl --help lists them");
	expect_refusal("list 9f86", "usage: testctl list ");
	expect_refusal("list --zone attic", "`list` takes no --zone; testctl --help shows what it takes");
	expect_refusal("allow 9f86", "`allow` needs --zone: allow DEVICE --zone Z [--unproved]");
	expect_refusal("allow --zone attic", "usage: testctl allow DEVICE --zone Z [--unproved]");
	expect_refusal("allow 9f86 a405 --zone attic", "usage: testctl allow DEVICE");
	expect_refusal("trust add anchor", "usage: testctl trust add KIND FILE...");
	expect_refusal("allow 9f86 --zone attic --zone cellar", "--zone is given twice; give it once");
	expect_refusal("trust remove anchor -o here --output there", "--output is given twice; give it once");
	expect_refusal("list --json --json", "--json is given twice; give it once");
	expect_refusal("allow 9f86 --zone", "\"--zone\" needs a value after it; testctl --help says which");
	expect_refusal("trust remove anchor -o", "\"-o\" needs a value after it");
}

/* What is near is proposed, what is another program's is said, and what is neither has no proposal. */
static void test_words_that_are_mistyped(void **state)
{
	(void)state;
	expect_refusal("lsit", "\"lsit\": no such command; did you mean \"list\"? testctl --help lists them");
	expect_refusal("trust rmove a",
		       "\"trust rmove\": no such command; did you mean \"trust remove\"? testctl trust "
		       "--help lists them");
	expect_refusal("trust", "\"trust\": no such command; testctl trust --help lists them");
	expect_refusal("lsit all", "did you mean \"list\"? testctl --help");
	expect_refusal("umbrella", "\"umbrella\": no such command; testctl --help lists them");
	expect_refusal("list --jsno", "\"--jsno\": no such option; did you mean \"json\"? testctl --help lists them");
	expect_refusal("list --umbrella", "\"--umbrella\": no such option; testctl --help lists them");
	expect_refusal("verify f", "\"verify\": no such command; testlabel does that, of the package hallmark-label: "
				   "testlabel --help");
	expect_refusal("status build f", "\"status\": no such command; testlabel does that");
	expect_refusal("log show f", "\"log\": no such command; testlabel does that");
	expect_refusal("log", "\"log\": no such command; testlabel does that");
	expect_refusal("lo", "\"lo\": no such command; testctl --help lists them");
	expect_run("list", "list", ""); /* both programs have it */
}

static void test_help(void **state)
{
	(void)state;
	assert_int_equal(run_line("--help"), CTL_YES);
	expect_printed("testctl: is asked by a test\n\nUsage: testctl [OPTION...] COMMAND;");
	expect_printed("\nLook:\n  list\n      every device\n");
	expect_printed("\nOrder:\n  allow DEVICE --zone Z [--unproved]\n      let it into a zone\n  trust add KIND");
	expect_printed("\nOptions of every command:\n  --json ");
	expect_printed("  --socket PATH ");
	assert_false(printed("--zone Z  "));
	expect_printed("Exit status: 0 done, valid, or nothing found; 1 ");
	assert_null(ran.name);
}

/* Of one command: its own options and those of all; of a word that begins several: all of them. */
static void test_help_of_commands(void **state)
{
	(void)state;
	assert_int_equal(run_line("allow --help"), CTL_YES);
	expect_printed("Usage: testctl\n  allow DEVICE --zone Z [--unproved]\n      let it into a zone\n");
	expect_printed("  --zone Z ");
	expect_printed("  --unproved ");
	expect_printed("  --json ");
	assert_false(printed("--output"));
	assert_false(printed("trust add"));
	assert_int_equal(run_line("trust --help"), CTL_YES);
	expect_printed("  trust add KIND FILE...\n");
	expect_printed("  trust remove KIND [-o OUT]\n");
	expect_printed("  --output OUT ");
	assert_int_equal(run_line("trust add --help"), CTL_YES);
	expect_printed("  trust add KIND FILE...\n");
	assert_false(printed("trust remove"));
	assert_null(ran.name);
	expect_refusal("lsit --help", "\"lsit\": no such command; did you mean \"list\"?");
	expect_refusal("trust lsit --help", "no such command");
	expect_refusal("verify --help", "testlabel does that");
}

/* Names, arguments, and what programs read are the same in every language; with --json nothing is translated. */
static void test_in_another_language(void **state)
{
	(void)state;
	speak("ko");
	expect_refusal("lsit", "\"lsit\": 그런 명령이 없습니다. 혹시 \"list\"입니까? 목록은 testctl --help에 있습니다");
	expect_refusal("allow 9f86", "`allow`에는 --zone이(가) 필요합니다: allow DEVICE --zone Z [--unproved]");
	assert_int_equal(run_line("--help"), CTL_YES);
	expect_printed("사용법: testctl [OPTION...] COMMAND; 자세한 내용은 `testctl COMMAND --help`\n");
	expect_printed(
		"\n조회:\n  list\n      every device\n\n명령:\n"); /* a text of this test, which no catalogue has */
	expect_printed("\n모든 명령의 옵션:\n");
	expect_printed("JSON으로 출력");
	expect_printed("\n종료 상태: 0 완료");
	assert_int_equal(run_line("allow --help"), CTL_YES);
	expect_printed("사용법: testctl\n  allow DEVICE --zone Z [--unproved]\n");
	expect_printed("설정에 있는 구역\n");
	assert_int_equal(run_line("--synopsis"), CTL_YES);
	expect_printed("allow\tDEVICE --zone Z [--unproved]\n");
	expect_refusal("lsit --json", "\"lsit\": no such command; did you mean \"list\"? testctl --help lists them");
	speak_english();
}

static void test_version_and_synopsis(void **state)
{
	(void)state;
	assert_int_equal(run_line("--version"), CTL_YES);
	assert_int_equal(strncmp(output, "testctl " HALLMARK_VERSION " (commit ",
				 strlen("testctl " HALLMARK_VERSION " (commit ")),
			 0);
	assert_int_equal(run_line("--synopsis"), CTL_YES); /* completion reads it */
	assert_string_equal(output, "\t[--json] [--socket PATH] --help --version --synopsis\n"
				    "list\t\n"
				    "allow\tDEVICE --zone Z [--unproved]\n"
				    "trust add\tKIND FILE...\n"
				    "trust remove\tKIND [-o OUT]\n");
}

static void test_a_program_without_commands(void **state)
{
	(void)state;
	runs = &sole;
	expect_run("", "sole", "");
	expect_run("--json a --zone attic b", "sole", "a;b;");
	assert_true(ran.is_json);
	assert_string_equal(ran.zone, "attic");
	expect_refusal("a --output there", "`testsole` takes no --output; testsole --help shows what it takes");
	expect_refusal("--zoen attic", "\"--zoen\": no such option; did you mean \"zone\"? testsole --help lists them");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(run_line(i == 0 ? "--help" : "a --help"), CTL_YES);
		expect_printed("testsole: is asked by a test\n\nUsage: testsole\n  [NAME...] [--zone Z]\n      does "
			       "one thing\n");
		expect_printed("\n  --json ");
		expect_printed("  --zone Z ");
		expect_printed("Exit status: 0 ");
	}
	assert_int_equal(run_line("--synopsis"), CTL_YES);
	assert_string_equal(output, "\t[NAME...] [--zone Z] [--json] [--socket PATH] --help --version --synopsis\n");
	runs = &program;
}

/* A report that is cut off on a full disk is no success. */
static void test_output_that_is_lost(void **state)
{
	_cleanup_fclose_ FILE *full = fopen("/dev/full", "w+e");
	char line[] = "--version";
	int status;

	(void)state;
	must(full);
	listen_in();
	status = run_into(full, line);
	assert_int_equal(count_said("the output could not be written", true), 1);
	assert_int_equal(status, CTL_FAULT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_what_does_not_fit),
		cmocka_unit_test(test_words_that_are_mistyped),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_help_of_commands),
		cmocka_unit_test(test_in_another_language),
		cmocka_unit_test(test_version_and_synopsis),
		cmocka_unit_test(test_a_program_without_commands),
		cmocka_unit_test(test_output_that_is_lost),
	};

	(void)setenv("COLUMNS", "80", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
