/* SPDX-License-Identifier: Apache-2.0 */
/* links: config enforce decide base */
/* Shipped schemes and arrangements, and what a configuration overrides of them. */
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
	"gateway = { name = \"gw\"; home = \"KR-CIC\"; certificate = \"c\"; key = \"k\"; result-key = \"r\"; };\n"
	"network = { guarded = [ \"lan0\" ]; };\n"
	"zones = ( { name = \"in\"; reach = [ ]; } );\n"
	"rules = ( { name = \"r\"; zone = \"in\"; require = [ \"identity\" ]; } );\n";

/* As it is shipped in tests/unit/law. */
#define R1                                                                                                             \
	"{ id = \"R1\"; from = \"SG-CLS\"; from-level = \"High\"; to = \"KR-CIC\"; to-level = \"Basic\"; mode = "      \
	"\"recognised\";\n effective = \"2025-01-01\"; categories = [ \"tv\" ]; source = \"treaty\"; }"

static char folder[] = "/tmp/hallmark-law-XXXXXX";
static char path[64], log_text[TEXT_MAX], notes[TEXT_MAX];

static const char *in_folder(const char *name, char ret[static 64])
{
	(void)snprintf(ret, 64, "%s/%s", folder, name);
	return ret;
}

static void put(const char *name, const char *text)
{
	char file[64];
	_cleanup_fclose_ FILE *f = fopen(in_folder(name, file), "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
}

/* Copies a file of tests/unit/law, with one text in it replaced. */
static void put_law(const char *name, const char *find, const char *with)
{
	char from[64], text[TEXT_MAX], changed[TEXT_MAX];
	const char *at;

	(void)snprintf(from, sizeof(from), "tests/unit/law/%s", name);

	_cleanup_fclose_ FILE *f = fopen(from, "r");

	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	at = strstr(text, find);
	assert_non_null(at);
	(void)snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - text), text, with, at + strlen(find));
	put(name, changed);
}

static void take_note(const char *text, void *userdata)
{
	const size_t used = strlen(notes);

	(void)userdata;
	(void)snprintf(notes + used, sizeof(notes) - used, "%s\n", text);
}

/* Loads these texts in one file; what is logged comes into log_text, and the notes into notes. */
static struct config *load(const char *head)
{
	_cleanup_close_ int to = memfd_create("log", MFD_CLOEXEC), saved = dup(STDERR_FILENO);
	struct config *c = NULL;
	char text[TEXT_MAX];
	int r;

	(void)snprintf(text, sizeof(text), "%s\n%s", head, rest);
	put("gateway.conf", text);
	assert_true(to >= 0 && saved >= 0 && dup2(to, STDERR_FILENO) >= 0);
	r = config_load(path, &c);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);

	ssize_t n = pread(to, log_text, sizeof(log_text) - 1, 0);

	assert_true(n >= 0);
	log_text[n] = '\0';
	notes[0] = '\0';
	if (c)
		law_each_note(c, take_note, NULL);
	assert_int_equal(r, c ? 0 : -EINVAL);
	return c;
}

static struct config *good(const char *head)
{
	struct config *c = load(head);

	if (!c)
		fail_msg("refused: %s\n%s", head, log_text);
	assert_string_equal(log_text, "");
	return c;
}

/* `where` is FILE:LINE, of a file in the folder. */
static void expect_bad(const char *head, const char *where, const char *word)
{
	struct config *c = load(head);
	char file[64];

	if (c)
		fail_msg("not refused: %s", head);

	const char *said = strstr(log_text, in_folder(where, file));

	if (!said || !strstr(said, word))
		fail_msg("not said at %s: %s\n%s", where, word, log_text);
}

static void expect_note(const char *note)
{
	if (!strstr(notes, note))
		fail_msg("\"%s\" is not in \"%s\"", note, notes);
}

static const struct arrangement *find(const struct config *c, const char *id)
{
	for (size_t i = 0; i < c->recognition.n_arrangements; i++)
		if (strcmp(c->recognition.arrangements[i].id, id) == 0)
			return &c->recognition.arrangements[i];
	fail_msg("there is no %s", id);
	return NULL;
}

/* --- As shipped --- */

static void test_shipped(void **state)
{
	_cleanup_(config_freep) struct config *c = good("law = \".\";");

	(void)state;
	assert_int_equal(c->recognition.n_schemes, 2);
	assert_int_equal(c->recognition.n_arrangements, 2);
	assert_int_equal(c->recognition.categories.n, 2);
	assert_int_equal(c->recognition.fields.n, 1);
	assert_memory_equal(c->law, folder, strlen(folder));
	assert_string_equal(notes, "");
}

/* Each load reads it again, so a reload after an upgrade has the new one. */
static void test_read_again(void **state)
{
	_cleanup_(config_freep) struct config *before = good("law = \".\";"), *after = NULL;

	(void)state;
	put_law("arrangements.conf", "from-level = \"High\"", "from-level = \"Basic\"");
	after = good("law = \".\";");
	assert_int_equal(find(before, "R1")->from_level, 2);
	assert_int_equal(find(after, "R1")->from_level, 1);
}

static void test_bad_law(void **state)
{
	(void)state;
	put_law("arrangements.conf", "to-level = \"Basic\"", "to-level = \"Basics\"");
	expect_bad("law = \".\";", "./arrangements.conf:4: ", "no level \"Basics\"");
	put_law("arrangements.conf", "arrangements = (", "arangements = (");
	expect_bad("law = \".\";", "./arrangements.conf:3: ", "did you mean \"arrangements\"");
	put_law("arrangements.conf", "arrangements = (", "arrangements = ((");
	expect_bad("law = \".\";", "./arrangements.conf:", "syntax error");
	put_law("arrangements.conf", "arrangements", "arrangements");
	config_free(good("law = \".\";"));
}

static void test_no_law(void **state)
{
	char file[64];

	(void)state;
	expect_bad("\n law = \"elsewhere\";", "gateway.conf:2: ", "elsewhere/schemes.conf; install");
	assert_int_equal(unlink(in_folder("arrangements.conf", file)), 0); /* half of it is not enough */
	expect_bad("law = \".\";", "gateway.conf:1: ", "/arrangements.conf; install");
	put_law("arrangements.conf", "arrangements", "arrangements");
	config_free(good("law = \".\";"));

	expect_bad("law = \"none\";", "gateway.conf:1: ", "\"schemes\" is missing");
	config_free(
		good("law = \"none\"; schemes = ( { id = \"KR-CIC\"; country = \"KR\"; name = \"K\"; levels = [ \"1\" "
		     "]; } );"));
	assert_string_equal(notes, "");
}

/* A configuration that includes its own copies needs no others, where none are installed. */
static void test_not_installed(void **state)
{
	_cleanup_(config_freep) struct config *c = NULL;
	char file[64];

	(void)state;
	if (access(HALLMARK_DATADIR "/schemes.conf", F_OK) == 0)
		skip();
	c = good("@include \"schemes.conf\"");
	expect_note(HALLMARK_DATADIR " has no schemes.conf");
	assert_int_equal(c->recognition.n_schemes, 2);
	config_free(c);
	c = good(""); /* they are beside it */
	assert_string_equal(notes, "");
	assert_int_equal(c->recognition.n_schemes, 2);
	assert_int_equal(unlink(in_folder("arrangements.conf", file)), 0);
	expect_bad("", "gateway.conf:1: ", "there is no " HALLMARK_DATADIR "/schemes.conf; install");
	put_law("arrangements.conf", "arrangements", "arrangements");
}

/* --- Overrides --- */

static void test_change(void **state)
{
	_cleanup_(config_freep) struct config *c =
		good("law = \".\";\narrangements = ( { id = \"R1\"; enabled = false; source = \"letter\"; },\n"
		     "  { id = \"R2\"; accept-application = true; } );\n"
		     "schemes = ( { id = \"SG-CLS\"; max-years = 4; } );");

	(void)state;
	assert_int_equal(c->recognition.n_arrangements, 2);
	assert_false(find(c, "R1")->enabled);
	assert_string_equal(find(c, "R1")->source, "letter");
	assert_int_equal(find(c, "R1")->from_level, 2); /* as shipped */
	assert_int_equal(find(c, "R1")->n_categories, 1);
	assert_true(find(c, "R2")->accept_application);
	assert_int_equal(c->recognition.n_schemes, 2);
	assert_int_equal(scheme_find(&c->recognition, "SG-CLS")->max_years, 4);
	expect_note("gateway.conf:2: \"R1\" changes the shipped entry at ");
	expect_note("/arrangements.conf:4: enabled, source\n");
	expect_note("gateway.conf:3: \"R2\" changes");
	expect_note("gateway.conf:4: \"SG-CLS\" changes");
}

static void test_change_of_nothing(void **state)
{
	(void)state;
	expect_bad("law = \".\";\narrangements = ( { id = \"R11\"; enabled = false; } );",
		   "gateway.conf:2: ", "\"R11\" has no \"from\", so it can only change a shipped entry");
	assert_non_null(strstr(log_text, "did you mean \"R1\""));
	assert_null(strstr(log_text, "is missing"));
	expect_bad("law = \".\";\nschemes = ( { id = \"XX\"; max-years = 1; } );",
		   "gateway.conf:2: ", "\"XX\" has no \"levels\"");
	expect_bad("law = \".\";\narrangements = ( { id = \"R1\"; from = \"SG-CLS\"; } );",
		   "gateway.conf:2: ", "\"to\" is missing");
	expect_bad("law = \".\";\narrangements = ( { id = \"R1\"; to-level = \"Best\"; } );",
		   "gateway.conf:2: ", "no level \"Best\"");
	config_free(good("law = \".\";\narrangements = ( { id = \"R1\"; enabled = false; } );"));
}

static void test_replace(void **state)
{
	_cleanup_(config_freep) struct config *c = good(
		"law = \".\";\narrangements = ( { id = \"R1\"; from = \"SG-CLS\"; from-level = \"High\"; to = "
		"\"KR-CIC\";\n"
		"  to-level = \"Lite\"; mode = \"recognised\"; effective = \"2025-01-01\"; source = \"treaty\"; },\n"
		"  { id = \"own\"; from = \"SG-CLS\"; to = \"KR-CIC\"; mode = \"deemed\"; enabled = false; source = "
		"\"x\"; } );");

	(void)state;
	assert_int_equal(c->recognition.n_arrangements, 3);
	assert_int_equal(find(c, "R1")->to_level, 1);
	assert_int_equal(find(c, "R1")->n_categories, 0); /* nothing of the shipped one is left */
	assert_false(find(c, "own")->enabled);
	expect_note("gateway.conf:2: \"R1\" replaces the shipped entry at ");
	expect_note("/arrangements.conf:4; different: to-level, categories\n");
	assert_null(strstr(notes, "own"));
}

/* An old copy, included as before: what is as shipped is told in one line, what is not in one of its own. */
static void test_repeat(void **state)
{
	_cleanup_(config_freep) struct config *c = NULL, *one = NULL;
	char file[64];

	(void)state;
	put("old.conf",
	    "schemes = (\n { id = \"SG-CLS\"; name = \"S\"; country = \"SG\"; levels = [ \"Basic\", \"High\" ]; }\n"
	    ");\narrangements = (\n" R1 ",\n"
	    "{ id = \"R2\"; from = \"KR-CIC\"; to = \"SG-CLS\"; mode = \"application\"; enabled = false; source "
	    "= \"old\"; }\n);\n");
	c = good("law = \".\";\n@include \"old.conf\"");
	assert_false(find(c, "R2")->enabled);
	expect_note("/old.conf:2: 2 entries are as shipped in ");
	expect_note("remove them: SG-CLS, R1\n");
	expect_note("/old.conf:7: \"R2\" replaces");
	one = good("law = \".\";\narrangements = ( " R1 " );");
	expect_note("gateway.conf:2: 1 entry is as shipped in ");
	assert_int_equal(unlink(in_folder("old.conf", file)), 0);
}

static void test_twice(void **state)
{
	(void)state;
	expect_bad("law = \".\";\narrangements = ( { id = \"R1\"; enabled = false; },\n { id = \"R1\"; enabled = true; "
		   "} );",
		   "gateway.conf:3: ", "a second entry changes \"R1\"; put its keys into the first one");
}

static void test_words(void **state)
{
	_cleanup_(config_freep) struct config *c =
		good("law = \".\"; categories = [ \"aquarium\", \"tv\" ]; fields = [ ];\n"
		     "arrangements = ( { id = \"R1\"; categories = [ \"aquarium\", \"tv\" ]; } );");

	(void)state;
	assert_int_equal(c->recognition.categories.n, 3);
	assert_int_equal(c->recognition.fields.n, 1);
	assert_int_equal(find(c, "R1")->n_categories, 2);
	expect_bad("law = \".\";\narrangements = ( { id = \"R1\"; categories = [ \"aquarium\" ]; } );",
		   "gateway.conf:2: ", "not among the configured categories");
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int put_shipped(void **state)
{
	(void)state;
	(void)in_folder("gateway.conf", path);
	put_law("schemes.conf", "schemes", "schemes");
	put_law("arrangements.conf", "arrangements", "arrangements");
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "gateway.conf", "schemes.conf", "arrangements.conf" };
	char file[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		(void)unlink(in_folder(names[i], file));
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_shipped, put_shipped),
		cmocka_unit_test_setup(test_read_again, put_shipped),
		cmocka_unit_test_setup(test_bad_law, put_shipped),
		cmocka_unit_test_setup(test_no_law, put_shipped),
		cmocka_unit_test_setup(test_not_installed, put_shipped),
		cmocka_unit_test_setup(test_change, put_shipped),
		cmocka_unit_test_setup(test_change_of_nothing, put_shipped),
		cmocka_unit_test_setup(test_replace, put_shipped),
		cmocka_unit_test_setup(test_repeat, put_shipped),
		cmocka_unit_test_setup(test_twice, put_shipped),
		cmocka_unit_test_setup(test_words, put_shipped),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
