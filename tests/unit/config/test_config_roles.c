/* SPDX-License-Identifier: Apache-2.0 */
/* links: config enforce decide base */
/*
 * Who may change what: each bad change to a good file is refused at its line with a word of the remedy, and has a good
 * twin at the same place.
 */
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
#include "config/config.h"
#include "config/roles.h"

#define LOG_MAX 16384

DEFINE_CLEANUP(struct config *, config_free);

static const char good[] =
	"gateway = { name = \"gw\"; home = \"KR-CIC\"; certificate = \"c\"; key = \"k\"; result-key = \"r\"; };\n"
	"network = { guarded = [ \"vlan*\", \"lan0\" ];\n"
	"    segments = ( { name = \"tower-a\"; interfaces = [ \"vlan1*\" ]; },\n"
	"                 { name = \"tower-b\"; interfaces = [ \"lan0\" ]; } ); };\n"
	"law = \"none\"; schemes = ( { id = \"KR-CIC\"; country = \"KR\"; name = \"K\"; levels = [ \"Basic\" ]; } );\n"
	"zones = ( { name = \"trusted\"; reach = [ ]; }, { name = \"restricted\"; reach = [ ]; } );\n"
	"rules = ( { name = \"one\"; zone = \"trusted\"; require = [ \"identity\" ]; } );\n"
	"roles = (\n"
	"    { name = \"reception\"; group = \"no-such-group\"; verbs = [ \"allow\", \"release\" ];\n"
	"      zones = [ \"restricted\" ]; longest = \"4h\"; reason = true; segments = [ \"tower-b\" ]; },\n"
	"    { name = \"manager\"; user = \"root\"; verbs = [ \"reload\" ]; },\n"
	"    { name = \"installer\"; group = \"root\"; verbs = [ \"reattest\" ]; }\n"
	");\n";

static char log_text[LOG_MAX];
static char path[64];
static int text_fd;

/* What stderr gets while `say` runs is in log_text. */
static int catch_log(int (*say)(void *userdata), void *userdata)
{
	_cleanup_close_ int to = memfd_create("log", MFD_CLOEXEC), saved = dup(STDERR_FILENO);
	ssize_t n;
	int r;

	assert_true(to >= 0 && saved >= 0);
	assert_true(dup2(to, STDERR_FILENO) >= 0);
	r = say(userdata);
	(void)fflush(stderr);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	n = pread(to, log_text, LOG_MAX - 1, 0);
	assert_true(n >= 0);
	log_text[n] = '\0';
	return r;
}

static int load_to(void *userdata)
{
	return config_load(path, userdata);
}

static int load(const char *text, struct config **ret)
{
	assert_int_equal(ftruncate(text_fd, 0), 0);
	assert_int_equal(pwrite(text_fd, text, strlen(text), 0), strlen(text));
	return catch_log(load_to, ret);
}

static void expect_good(const char *text)
{
	_cleanup_(config_freep) struct config *c = NULL;

	if (load(text, &c) < 0)
		fail_msg("a good text was refused: %s", log_text);
}

static void expect_bad(const char *text, unsigned line, const char *word)
{
	_cleanup_(config_freep) struct config *c = NULL;
	char place[96];

	assert_int_equal(load(text, &c), -EINVAL);
	(void)snprintf(place, sizeof(place), "%s:%u: ", path, line);
	if (!strstr(log_text, place) || !strstr(log_text, word))
		fail_msg("not refused at line %u with \"%s\": %s", line, word, log_text);
}

#include "config_kit.h"

static const struct change changes[] = {
	{ "\"allow\", \"release\"", "\"allw\", \"release\"", "\"allow\", \"monitor-unproved\"",
	  "did you mean \"allow\"?", 0 },
	{ "\"allow\", \"release\"", "\"open\"", "\"quarantine\", \"release\"", "use allow, allow-unproved, monitor",
	  0 },
	{ "\"allow\", \"release\"", "", "\"monitor\"", "role \"reception\" may do nothing; add a verb", 0 },
	{ "\"allow\", \"release\"", "\"release\"", "\"release\", \"monitor\"", "may release no order", 0 },
	{ "verbs = [ \"allow\", \"release\" ];", "", "verbs = [ \"monitor\" ];", "\"verbs\" is missing here", 0 },
	{ "zones = [ \"restricted\"", "zones = [ \"restrictd\"", "zones = [ \"trusted\", \"restricted\"",
	  "there is no zone \"restrictd\"; declare it under zones; did you mean \"restricted\"?", 0 },
	{ "zones = [ \"restricted\"", "zones = [ ", "zones = [ \"quarantine\"", "\"zones\" names none; remove it", 0 },
	{ "segments = [ \"tower-b\"", "segments = [ \"tower-c\"", "segments = [ \"tower-a\"",
	  "there is no segment \"tower-c\"; declare it under network.segments, or in a file of the inventory; did you "
	  "mean \"tower-a\"?",
	  0 },
	{ "segments = [ \"tower-b\"", "segments = [ \"floor-*\"", "segments = [ \"tower-*\"",
	  "there is no segment \"floor-*\"", 0 },
	{ "segments = [ \"tower-b\"", "segments = [ \"tower\"", "segments = [ \"tower*\"",
	  "there is no segment \"tower\"", 0 },
	{ "segments = [ \"tower-b\"", "segments = [ ", "segments = [ \"tower-a\", \"tower-b\"",
	  "\"segments\" names none", 0 },
	{ "\"4h\"", "\"32d\"", "\"31d\"", "\"longest\" must be 1 to 2678400 seconds", 0 },
	{ "\"4h\"", "0", "1", "\"longest\" must be", 0 },
	{ "reason = true", "reason = \"yes\"", "reason = false", "\"reason\" must be true or false", 0 },
	{ "user = \"root\";", "", "group = \"root\";", "role \"manager\" needs one of group and user", 0 },
	{ "user = \"root\";", "user = \"root\"; group = \"root\";", "user = \"no-such-user\";",
	  "role \"manager\" needs one of group and user", 0 },
	{ "user = \"root\";", "user = \"nobody\";", "user = \"no-such-user\";",
	  "role \"manager\" would be of everybody whom this system does not know (nobody)", 0 },
	{ "user = \"root\";", "group = \"nogroup\";", "group = \"no-such-group-2\";",
	  "would be of everybody whom this system does not know (nogroup)", 0 },
	{ "verbs = [ \"reload\" ];", "verbs = [ \"reload\" ]; longest = 5;",
	  "verbs = [ \"reload\", \"monitor\" ]; longest = 5;",
	  "may only reload or read the record, which these limits do not apply to", 0 },
	{ "verbs = [ \"reload\" ];", "verbs = [ \"reload\" ]; segments = [ \"tower-a\" ];",
	  "verbs = [ \"record\" ]; segments = [ \"tower-a\" ];", "may only reload, which is for no segment", 0 },
	{ "verbs = [ \"reload\" ];", "verbs = [ \"record\" ]; zones = [ \"trusted\" ];",
	  "verbs = [ \"record\", \"monitor\" ]; zones = [ \"trusted\" ];", "do not apply to; remove zones", 0 },
	{ "verbs = [ \"reload\" ];", "verbs = [ \"records\" ];", "verbs = [ \"record\", \"reload\" ];",
	  "did you mean \"record\"?", 0 },
	{ "name = \"installer\"", "name = \"manager\"", "name = \"manager2\"", "name \"manager\" occurs twice", 0 },
	{ "name = \"installer\"; group", "name = \"installer\"; zone = \"restricted\"; group",
	  "name = \"installer\"; zones = [ \"restricted\" ]; group", "unknown key \"zone\"; did you mean \"zones\"?",
	  0 },
};

static void test_one_change(void **state)
{
	(void)state;
	expect_changes(changes, sizeof(changes) / sizeof(changes[0]));
}

static void test_values(void **state)
{
	_cleanup_(config_freep) struct config *c = NULL;
	const struct role *role;

	(void)state;
	assert_int_equal(load(good, &c), 0);
	assert_int_equal(c->n_roles, 3);
	role = &c->roles[0];
	assert_string_equal(role->name, "reception");
	assert_int_equal(role->verbs, VERB_BIT(VERB_ALLOW) | VERB_BIT(VERB_RELEASE));
	assert_int_equal(role->zones, 1u << zone_by_name(&c->policy, "restricted"));
	assert_int_equal(role->longest_sec, 4 * 3600);
	assert_true(role->needs_reason);
	assert_int_equal(role->n_segments, 1);
	assert_string_equal(c->ruleset.segments[role->segments[0]].name, "tower-b");
	assert_false(role->is_known);
	assert_true(c->roles[1].is_known && c->roles[2].is_known);
	assert_int_equal(c->roles[1].id, 0);
	assert_int_equal(c->roles[1].zones, 0);
	assert_int_equal(c->roles[1].longest_sec, 0);
}

static int warn(void *userdata)
{
	roles_warn_of_missing(userdata);
	return 0;
}

/* An account may come later: the file is good, and what is missing is said. */
static void test_missing_accounts(void **state)
{
	_cleanup_(config_freep) struct config *c = NULL, *all = NULL;
	unsigned line;
	_cleanup_free_ char *twin = changed("no-such-group", "root", &line);

	(void)state;
	assert_int_equal(load(good, &c), 0);
	assert_string_equal(log_text, "");
	assert_int_equal(catch_log(warn, c), 0);
	assert_non_null(strstr(log_text, "role \"reception\": this system has no group \"no-such-group\""));
	assert_null(strstr(log_text, "manager"));
	assert_int_equal(load(twin, &all), 0);
	assert_int_equal(catch_log(warn, all), 0);
	assert_string_equal(log_text, "");
}

/* A file with this many roles. */
static char *many(unsigned n)
{
	_cleanup_free_ char *list = NULL;
	size_t size;
	_cleanup_fclose_ FILE *out = open_memstream(&list, &size);
	unsigned line;

	assert_non_null(out);
	(void)fputs("roles = (\n", out);
	for (unsigned i = 3; i < n; i++)
		(void)fprintf(out, "{ name = \"r%u\"; user = \"root\"; verbs = [ \"reattest\" ]; },\n", i);
	assert_int_equal(fflush(out), 0);
	return changed("roles = (\n", list, &line);
}

static void test_limit(void **state)
{
	_cleanup_free_ char *most = many(ROLES_MAX), *more = many(ROLES_MAX + 1);

	(void)state;
	expect_good(most);
	expect_bad(more, 8, "too many roles; at most 64");
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(verb_name(VERB_ALLOW_UNPROVED), "allow-unproved");
	assert_string_equal(verb_name(VERB_NONE), "none");
	assert_string_equal(verb_name(_VERB_MAX), "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_change),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_missing_accounts),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_names),
	};

	text_fd = memfd_create("text", MFD_CLOEXEC);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", text_fd);
	return text_fd < 0 || cmocka_run_group_tests(tests, NULL, NULL);
}
