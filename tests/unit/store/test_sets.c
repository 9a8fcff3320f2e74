/* SPDX-License-Identifier: Apache-2.0 */
/* links: store decide base */
/* What was accepted is remembered as it was, and nothing older takes its place; beside each refusal the twin that passes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/sets.h"
#include "store_kit.h"

static struct store *store;

static int setup(void **state)
{
	(void)state;
	log_set_level(-1);
	return store_folder_make() < 0 ? -1 : store_open(store_path, &store);
}

static int teardown(void **state)
{
	(void)state;
	store_free(TAKE_PTR(store));
	return store_folder_done();
}

/* All sets as one text: "kind identity path sequence issued until bytes;" each. */
static char seen[1024];

static void on_set(const struct stored_set *set, void *userdata)
{
	size_t n = strlen(seen);

	assert_ptr_equal(userdata, seen);
	(void)snprintf(seen + n, sizeof(seen) - n, "%d %s %s %lld %lld %lld %.*s;", (int)set->kind, set->identity,
		       set->path, (long long)set->sequence, (long long)set->issued_sec, (long long)set->until_sec,
		       (int)set->bytes.n, (const char *)set->bytes.p);
}

static const char *sets(int n)
{
	seen[0] = '\0';
	assert_int_equal(store_sets_each(store, on_set, seen), n);
	return seen;
}

static struct stored_set make(int64_t sequence, int64_t issued_sec, const char *content)
{
	return (struct stored_set){ .kind = SET_REGISTER,
				    .identity = "sg.labels.example",
				    .path = "/a",
				    .sequence = sequence,
				    .issued_sec = issued_sec,
				    .until_sec = 900,
				    .bytes = bytes_of_string(content) };
}

static int put(struct stored_set set)
{
	return store_set_put(store, &set);
}

static void test_remembered(void **state)
{
	struct stored_set other = make(1, 1, "other"), list = make(3, 4, "list");

	(void)state;
	assert_string_equal(sets(0), "");
	other.identity = "de.labels.example";
	other.path = "/c";
	other.until_sec = TIME_FOREVER;
	list.kind = SET_STATUS_LIST;
	list.path = "/b";
	assert_int_equal(put(list), 0);
	assert_int_equal(put(make(7, 100, "seven")), 0);
	assert_int_equal(put(other), 0);
	store_free(TAKE_PTR(store));
	assert_int_equal(store_open(store_path, &store), 0);
	assert_string_equal(sets(3), "1 de.labels.example /c 1 1 9223372036854775807 other;"
				     "1 sg.labels.example /a 7 100 900 seven;"
				     "2 sg.labels.example /b 3 4 900 list;");
}

static void test_old_never_replaces_new(void **state)
{
	static const struct {
		int64_t sequence, issued_sec;
		int answer;
	} cases[] = {
		{ 7, 100, 0 },      { 8, 100, 0 },       { 7, 101, 0 },      { 8, 101, 0 },       { 6, 100, -ESTALE },
		{ 7, 99, -ESTALE }, { 6, 101, -ESTALE }, { 8, 99, -ESTALE }, { -1, -1, -ESTALE }, { 0, 0, -ESTALE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char expected[128];

		assert_int_equal(put(make(7, 100, "before")), 0);
		store_free(TAKE_PTR(store)); /* nor after a restart */
		assert_int_equal(store_open(store_path, &store), 0);
		assert_int_equal(put(make(cases[i].sequence, cases[i].issued_sec, "after")), cases[i].answer);
		(void)snprintf(expected, sizeof(expected), "1 sg.labels.example /a %lld %lld 900 after;",
			       (long long)cases[i].sequence, (long long)cases[i].issued_sec);
		assert_string_equal(sets(1),
				    cases[i].answer == 0 ? expected : "1 sg.labels.example /a 7 100 900 before;");
		assert_int_equal(store_set_remove_path(store, SET_REGISTER, "/a"), 0);
	}
}

/* Another identity, and another kind, has a count of its own. */
static void test_each_has_its_own_sequence(void **state)
{
	struct stored_set set = make(1, 1, "x");

	(void)state;
	assert_int_equal(put(make(7, 100, "seven")), 0);
	assert_int_equal(put(set), -ESTALE);
	set.kind = SET_CRL;
	assert_int_equal(put(set), 0);
	set = make(1, 1, "x");
	set.identity = "sg.labels.example/2";
	set.path = "/b";
	assert_int_equal(put(set), 0);
	(void)sets(3);
}

/* What a file held under another identity goes when it holds a new set, and not when that was refused. */
static void test_one_set_a_file(void **state)
{
	struct stored_set other = make(1, 1, "other");
	int n = 0;

	(void)state;
	other.identity = "de.labels.example";
	assert_int_equal(put(make(7, 100, "seven")), 0);
	assert_int_equal(put(other), 0);
	assert_string_equal(sets(1), "1 de.labels.example /a 1 1 900 other;");
	other.path = "/b";
	assert_int_equal(put(other), 0);
	assert_int_equal(put(make(7, 100, "seven")), 0);
	other.path = "/a";
	other.sequence = 0;
	assert_int_equal(put(other), -ESTALE);
	(void)sets(2);

	seen[0] = '\0';
	n = store_sets_of(store, SET_REGISTER, "/b", on_set, seen);
	assert_int_equal(n, 1);
	assert_string_equal(seen, "1 de.labels.example /b 1 1 900 other;");
	assert_int_equal(store_sets_of(store, SET_CRL, "/b", on_set, seen), 0);
}

static void test_removed_by_path(void **state)
{
	struct stored_set list = make(1, 1, "list");

	(void)state;
	list.kind = SET_STATUS_LIST;
	assert_int_equal(put(make(7, 100, "seven")), 0);
	assert_int_equal(put(list), 0);
	assert_int_equal(store_set_remove_path(store, SET_REGISTER, "/b"), 0);
	(void)sets(2);
	assert_int_equal(store_set_remove_path(store, SET_REGISTER, "/a"), 0);
	assert_string_equal(sets(1), "2 sg.labels.example /a 1 1 900 list;");
	assert_int_equal(put(make(1, 1, "one")), 0); /* nothing is there that it would step back from */
}

static void test_must_be_named(void **state)
{
	struct stored_set set = make(1, 1, "");

	(void)state;
	set.kind = SET_NONE;
	assert_int_equal(put(set), -EINVAL);
	set = make(1, 1, "");
	set.identity = "";
	assert_int_equal(put(set), -EINVAL);
	set = make(1, 1, "");
	set.path = NULL;
	assert_int_equal(put(set), -EINVAL);
	assert_int_equal(put(make(1, 1, "")), 0);
	assert_string_equal(sets(1), "1 sg.labels.example /a 1 1 900 ;");
}

static void test_within_a_transaction(void **state)
{
	(void)state;
	assert_int_equal(store_begin(store), 0);
	assert_int_equal(put(make(7, 100, "seven")), 0);
	assert_int_equal(put(make(6, 100, "six")), -ESTALE); /* leaves the others of the transaction as they are */
	assert_int_equal(store_commit(store), 0);
	assert_string_equal(sets(1), "1 sg.labels.example /a 7 100 900 seven;");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_remembered),
		TEST(test_old_never_replaces_new),
		TEST(test_each_has_its_own_sequence),
		TEST(test_one_set_a_file),
		TEST(test_removed_by_path),
		TEST(test_must_be_named),
		TEST(test_within_a_transaction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
