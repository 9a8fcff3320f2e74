/* SPDX-License-Identifier: Apache-2.0 */
/* links: notify */
/* What waits: in order, bounded, still there after a restart, and none of it taken for a message when it is not whole. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/log.h"
#include "notify/queue.h"

#define AT_USEC UINT64_C(1780056000000000)

static char folder[64], path[128];

static int set_up(void **state)
{
	(void)state;
	log_set_level(-1);
	(void)strcpy(folder, "/tmp/test_notify_queue.XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

/* Fails when anything is left but what a test has said is. */
static int tear_down(void **state)
{
	(void)state;
	return rmdir(folder);
}

static struct queue *open_queue(size_t max)
{
	struct queue *q = NULL;

	assert_int_equal(queue_open(folder, max, &q), 0);
	return q;
}

static int put(struct queue *q, const char *text, uint64_t usec)
{
	return queue_put(q, bytes_of_string(text), usec);
}

/* The oldest is this one; it is removed. Returns its number. */
static uint64_t expect_first(struct queue *q, const char *wanted)
{
	_cleanup_free_ uint8_t *message = NULL;
	uint64_t number = 0;
	size_t n = 0, waiting;

	assert_int_equal(queue_first(q, &message, &n, &number), 0);
	assert_true(bytes_equal_string(bytes_of(message, n), wanted));
	waiting = queue_length(q);
	queue_drop(q, number + 1); /* another */
	assert_int_equal(queue_length(q), waiting);
	queue_drop(q, number);
	return number;
}

static void expect_empty(struct queue *q)
{
	uint8_t *message;
	uint64_t number;
	size_t n;

	assert_int_equal(queue_first(q, &message, &n, &number), -ENODATA);
	assert_int_equal(queue_length(q), 0);
}

static void test_in_order_and_after_a_restart(void **state)
{
	struct queue *q = open_queue(10);
	uint64_t first;

	(void)state;
	expect_empty(q);
	assert_int_equal(put(q, "one", AT_USEC), 0);
	assert_int_equal(put(q, "two", AT_USEC - 1), 0); /* a clock that was set back */
	assert_int_equal(put(q, "", AT_USEC + 5), 0);
	queue_free(q);
	q = open_queue(10);
	assert_int_equal(queue_length(q), 3);
	first = expect_first(q, "one");
	assert_int_equal(expect_first(q, "two"), first + 1);
	queue_free(q);
	q = open_queue(10);
	assert_int_equal(put(q, "four", AT_USEC), 0);
	(void)expect_first(q, "");
	(void)expect_first(q, "four");
	expect_empty(q);
	queue_free(q);
}

static void test_bounded(void **state)
{
	struct queue *q = open_queue(3);
	char text[8];

	(void)state;
	for (int i = 0; i < 10; i++) {
		(void)snprintf(text, sizeof(text), "%d", i);
		assert_int_equal(put(q, text, AT_USEC), i < 3 ? 0 : 1);
	}
	assert_int_equal(queue_length(q), 3);
	queue_free(q);
	q = open_queue(2); /* fewer are wanted now */
	(void)expect_first(q, "8");
	(void)expect_first(q, "9");
	expect_empty(q);
	queue_free(q);
}

static void write_file(const char *name, const char *text)
{
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);

	_cleanup_fclose_ FILE *out = fopen(path, "we");

	assert_non_null(out);
	(void)fputs(text, out);
}

static void expect_file(const char *name, bool wanted)
{
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(access(path, F_OK) == 0, wanted);
	(void)unlink(path);
}

/* As a power cut leaves files: cut, empty, or with other bytes. Those around them are there. */
static void test_a_torn_file(void **state)
{
	struct queue *q = open_queue(10);

	(void)state;
	assert_int_equal(put(q, "whole", 500), 0);
	queue_free(q);
	write_file("00000000000000000001", "hallmark-queue 1 5 00\nwho");
	write_file("00000000000000000002", "");
	write_file("new", "hallmark-queue 1 5 ");
	q = open_queue(10);
	assert_int_equal(queue_length(q), 1);
	(void)expect_first(q, "whole");
	expect_empty(q);
	queue_free(q);
	expect_file("00000000000000000001.torn", true);
	expect_file("00000000000000000002.torn", true);
	expect_file("00000000000000000001", false);
	expect_file("new", true);
}

/* It is whole at the start, and is not when its turn comes. */
static void test_torn_later(void **state)
{
	struct queue *q = open_queue(10);

	(void)state;
	assert_int_equal(put(q, "one", 1), 0);
	assert_int_equal(put(q, "two", 2), 0);
	write_file("00000000000000000001", "x");
	(void)expect_first(q, "two");
	expect_empty(q);
	queue_free(q);
	expect_file("00000000000000000001.torn", true);
}

static void test_decode(void **state)
{
	uint8_t digest[SHA256_LEN];
	char hex[SHA256_HEX_SIZE], good[256], bad[sizeof(good) + 1];
	struct bytes message;

	(void)state;
	assert_int_equal(digest_sha256(bytes_of_string("hello"), digest), 0);
	bytes_to_hex(BYTES(digest), hex);
	(void)snprintf(good, sizeof(good), "hallmark-queue 1 5 %s\nhello", hex);
	assert_int_equal(queue_decode(bytes_of_string(good), &message), 0);
	assert_true(bytes_equal_string(message, "hello"));
	for (size_t n = 0; n < strlen(good); n++)
		assert_int_equal(queue_decode(bytes_of(good, n), &message), -EBADMSG);
	for (size_t i = 0; i < strlen(good); i++) {
		(void)strcpy(bad, good);
		bad[i] ^= 1;
		assert_int_equal(queue_decode(bytes_of_string(bad), &message), -EBADMSG);
	}
	(void)snprintf(bad, sizeof(bad), "%sx", good);
	assert_int_equal(queue_decode(bytes_of_string(bad), &message), -EBADMSG);
}

/* Without a folder, or one that cannot be used, it waits in memory. */
static void test_in_memory(void **state)
{
	static const char *const folders[] = { NULL, "/dev/null/queue" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		struct queue *q = NULL;

		assert_int_equal(queue_open(folders[i], 2, &q), 0);
		assert_int_equal(put(q, "one", 1), 0);
		assert_int_equal(put(q, "two", 1), 0);
		assert_int_equal(put(q, "three", 1), 1);
		(void)expect_first(q, "two");
		(void)expect_first(q, "three");
		expect_empty(q);
		queue_free(q);
	}
}

/* A folder that goes away, as with a disk: the message waits in memory. */
static void test_a_disk_that_goes(void **state)
{
	struct queue *q = open_queue(2);

	(void)state;
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(put(q, "one", 1), 0);
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(put(q, "two", 2), 0);
	(void)expect_first(q, "one");
	(void)expect_first(q, "two");
	queue_free(q);
}

static void test_too_large(void **state)
{
	static uint8_t large[QUEUE_MESSAGE_MAX + 1];
	struct queue *q = open_queue(2);
	uint8_t *message = NULL;
	uint64_t number = 0;
	size_t n = 0;

	(void)state;
	assert_int_equal(queue_put(q, BYTES(large), 1), -EMSGSIZE);
	assert_int_equal(queue_put(q, bytes_of(large, sizeof(large) - 1), 1), 0);
	(void)queue_first(q, &message, &n, &number);
	free(message);
	queue_drop(q, number);
	expect_empty(q);
	queue_free(q);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_in_order_and_after_a_restart),
		TEST(test_bounded),
		TEST(test_a_torn_file),
		TEST(test_torn_later),
		TEST(test_decode),
		TEST(test_in_memory),
		TEST(test_a_disk_that_goes),
		TEST(test_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
