/* SPDX-License-Identifier: Apache-2.0 */
/* links: store */
/* A copy of the store, made while another connection writes: what was committed, in one file. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/log.h"
#include "hallmark/record.h"
#include "store/record.h"
#include "store_kit.h"

static char copy_path[96];

static int set_up(void **state)
{
	(void)state;
	log_set_level(-1);
	if (store_folder_make() < 0)
		return -1;
	(void)snprintf(copy_path, sizeof(copy_path), "%s/copy", store_folder);
	return 0;
}

/* Fails when there is anything beside the two. */
static int tear_down(void **state)
{
	(void)state;
	(void)unlink(copy_path);
	return store_folder_done();
}

static void append(struct store *s)
{
	struct record r = { .time_sec = 1780228800, .cause = CAUSE_ATTESTED };

	assert_int_equal(record_append(s, &r), 0);
}

static void test_what_was_committed(void **state)
{
	struct store *writer = open_store(), *reader = NULL, *copy = NULL;
	struct record_mark head;
	struct stat st;

	(void)state;
	append(writer);
	assert_int_equal(store_begin(writer), 0);
	append(writer);
	assert_int_equal(store_open_to_read(store_path, &reader), 0);
	assert_int_equal(store_copy(reader, copy_path), 0);
	assert_int_equal(stat(copy_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(store_commit(writer), 0);

	assert_int_equal(store_open_to_read(copy_path, &copy), 0);
	assert_int_equal(record_head(copy, &head), 0);
	assert_int_equal(head.sequence, 1);
	store_free(copy);
	assert_int_equal(record_head(reader, &head), 0);
	assert_int_equal(head.sequence, 2);
	store_free(reader);
	store_free(writer);
}

/* No copy replaces a file, and one that fails leaves none. */
static void test_refused(void **state)
{
	struct store *s = open_store();

	(void)state;
	assert_int_equal(store_copy(s, store_path), -EEXIST);
	assert_int_equal(store_copy(s, "/nowhere/copy"), -ENOENT);
	assert_int_equal(store_copy(s, copy_path), 0);
	store_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_was_committed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
