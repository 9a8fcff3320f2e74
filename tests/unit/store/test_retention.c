/* SPDX-License-Identifier: Apache-2.0 */
/* links: store decide base */
/*
 * What retention leaves each device behind the foot: what many others do does not remove it, it is bounded, and whoever
 * meddles with it is found.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "decide/verdict.h"
#include "hallmark/record.h"
#include "store/record.h"
#include "store_kit.h"

#define SHARE   4
#define GATEWAY 0 /* entries without a device */
#define QUIET   1
#define LOUD    2
#define GONE    3 /* has entries and no verdict */
#define TIME    1000

static struct store *store;
static struct record written[32]; /* by sequence: the first ones */

static void know(uint8_t device)
{
	const struct verdict v = { .facts.device = { device } };

	assert_int_equal(store_put(store, &v, NULL), 0);
}

/* Returns its sequence, by which it also has its time. */
static uint64_t append(uint8_t device)
{
	struct record r = { .device = { device }, .cause = CAUSE_ATTESTED, .rule = "rule" };
	struct record_mark head;

	assert_int_equal(record_head(store, &head), 0);
	r.time_sec = TIME + (int64_t)head.sequence + 1;
	assert_int_equal(record_append(store, &r), 0);
	if (r.sequence < ARRAY_SIZE(written))
		written[r.sequence] = r;
	return r.sequence;
}

static void append_many(uint8_t device, unsigned n)
{
	assert_int_equal(store_begin(store), 0);
	for (unsigned i = 0; i < n; i++)
		(void)append(device);
	assert_int_equal(store_commit(store), 0);
}

/* The quiet device's six entries are the odd ones up to 11; the even ones are of the others. */
static int setup(void **state)
{
	static const uint8_t others[] = { GATEWAY, LOUD, GONE, LOUD, LOUD, LOUD };

	(void)state;
	log_set_level(-1);
	if (store_folder_make() < 0 || store_open(store_path, &store) < 0)
		return -1;
	know(QUIET);
	know(LOUD);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		(void)append(QUIET);
		(void)append(others[i]);
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	store_free(TAKE_PTR(store));
	return store_folder_done();
}

static int prune_before(uint64_t keep, int64_t before_sec)
{
	return record_prune(store, &(struct record_retention){ keep, before_sec, 100000, SHARE });
}

static int prune(uint64_t keep)
{
	return prune_before(keep, INT64_MIN);
}

struct seen {
	uint64_t sequences[32];
	size_t n;
};

static void on_record(const struct record *r, void *userdata)
{
	struct seen *seen = userdata;

	assert_true(seen->n < ARRAY_SIZE(seen->sequences));
	seen->sequences[seen->n++] = r->sequence;
	if (r->sequence < ARRAY_SIZE(written))
		assert_memory_equal(r, &written[r->sequence], sizeof(*r));
}

/* The entries that are there of a device, all as they were written. */
static void expect_entries(uint8_t device, const uint64_t *sequences, size_t n)
{
	const uint8_t id[SHA256_LEN] = { device };
	struct seen seen = { 0 };

	assert_int_equal(record_each(store, &(struct record_filter){ .device = id }, on_record, &seen), n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(seen.sequences[i], sequences[i]);
}

static struct record_finding found(const struct record_mark *mark)
{
	struct record_finding f = { 0 };

	assert_int_equal(record_verify(store, mark, &f), 0);
	return f;
}

static void expect_sound(uint64_t n_good, uint64_t n_kept)
{
	const struct record_finding f = found(NULL);
	char command[160];

	assert_string_equal(record_flaw_name(f.flaw), "sound");
	assert_int_equal(f.n_good, n_good);
	assert_int_equal(f.n_kept, n_kept);
	(void)snprintf(command, sizeof(command), "/usr/bin/python3 -B tests/lib/record_chain.py '%s' >/dev/null",
		       store_path);
	assert_int_equal(system(command), 0);
}

static void test_share_of_each_device(void **state)
{
	static const uint64_t quiet[] = { 5, 7, 9, 11 }, gateway[] = { 2 };

	(void)state;
	append_many(LOUD, 100);
	assert_int_equal(prune(20), 92);
	expect_entries(QUIET, quiet, SHARE);
	expect_entries(GATEWAY, gateway, 1);
	expect_entries(GONE, NULL, 0);
	expect_sound(20, SHARE + 1); /* the loud one has more than its share in the chain */
	assert_int_equal(prune(20), 0);
	store_free(TAKE_PTR(store));
	assert_int_equal(store_open(store_path, &store), 0);
	expect_sound(20, SHARE + 1);
}

/* As long as the foot has not passed them, all are there. */
static void test_share_of_who_has_more_in_the_chain(void **state)
{
	(void)state;
	assert_int_equal(prune(6), 6);
	expect_entries(QUIET, (const uint64_t[]){ 5, 7, 9, 11 }, SHARE);
	append_many(QUIET, 1);
	assert_int_equal(prune(1), 6);
	expect_entries(QUIET, (const uint64_t[]){ 7, 9, 11, 13 }, SHARE);
	append_many(QUIET, 3);
	assert_int_equal(prune(3), 1);
	expect_entries(QUIET, (const uint64_t[]){ 13, 14, 15, 16 }, SHARE);
}

static void test_hundred_thousand_of_others(void **state)
{
	static const uint64_t quiet[] = { 5, 7, 9, 11 };
	uint64_t head = 0;

	(void)state;
	for (int i = 0; i < 10; i++) {
		append_many(LOUD, 10000);
		assert_true(prune(50) > 0);
	}
	head = append(LOUD);
	expect_entries(QUIET, quiet, SHARE);
	expect_sound(51, SHARE + 1);
	assert_int_equal(head, 100013);
}

static void test_age_removes_them(void **state)
{
	(void)state;
	append_many(LOUD, 100);
	assert_int_equal(prune(20), 92);
	assert_int_equal(prune_before(20, TIME + 9), 0);
	expect_entries(QUIET, (const uint64_t[]){ 9, 11 }, 2);
	expect_entries(GATEWAY, NULL, 0);
	expect_sound(20, 2);
	assert_int_equal(prune_before(20, TIME + 9), 0);
	expect_sound(20, 2);
}

static void test_who_is_forgotten_has_none(void **state)
{
	const uint8_t quiet[SHA256_LEN] = { QUIET };

	(void)state;
	append_many(LOUD, 100);
	assert_int_equal(prune(20), 92);
	assert_int_equal(store_remove(store, quiet), 0);
	expect_entries(QUIET, (const uint64_t[]){ 5, 7, 9, 11 }, SHARE);
	assert_int_equal(prune(20), 0);
	expect_entries(QUIET, NULL, 0);
	expect_sound(20, 1);
}

/* Their marks in the journal still prove them. */
static void test_marks(void **state)
{
	struct record_mark kept = record_mark_of(&written[7]), gone = record_mark_of(&written[8]);
	struct record_finding f;

	(void)state;
	append_many(LOUD, 100);
	assert_int_equal(prune(20), 92);
	kept.n_hash = RECORD_MARK_BYTES;
	assert_int_equal(found(&kept).flaw, RECORD_SOUND);
	assert_int_equal(found(&gone).flaw, RECORD_UNCOMPARED);
	kept.hash[0] ^= 1;
	f = found(&kept);
	assert_int_equal(f.flaw, RECORD_REWRITTEN);
	assert_int_equal(f.sequence, 7);
}

static void test_meddling_is_found(void **state)
{
	static const struct {
		const char *sql;
		enum record_flaw flaw;
		uint64_t sequence;
	} edits[] = {
		{ "UPDATE record SET rule = 'rile' WHERE sequence = 7", RECORD_ALTERED, 7 },
		{ "UPDATE record SET sequence = 8 WHERE sequence = 7", RECORD_FOOT, 2 },
		{ "DELETE FROM record WHERE sequence = 7", RECORD_FOOT, 2 },
		{ "DELETE FROM record WHERE sequence < 12", RECORD_FOOT, 0 },
		{ "UPDATE record SET hash = randomblob(32) WHERE sequence = 7", RECORD_FOOT, 2 },
		{ "UPDATE record_foot SET kept = randomblob(32)", RECORD_FOOT, 2 },
		{ "UPDATE record_foot SET kept = x'00'", RECORD_FOOT, 2 },
		{ "UPDATE record_foot SET sequence = 11", RECORD_MISSING, 12 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(edits); i++) {
		struct record_finding f;

		append_many(LOUD, 100);
		assert_int_equal(prune(20), 92);
		meddle(edits[i].sql);
		f = found(NULL);
		assert_string_equal(record_flaw_name(f.flaw), record_flaw_name(edits[i].flaw));
		assert_int_equal(f.sequence, edits[i].sequence);
		if (edits[i].flaw == RECORD_FOOT) { /* which retention must not hide */
			assert_int_equal(prune(10), -EBADMSG);
			assert_int_equal(found(NULL).flaw, RECORD_FOOT);
		}
		assert_int_equal(teardown(NULL), 0);
		assert_int_equal(setup(NULL), 0);
	}
}

/* The head is that of the chain, also where only kept entries are left. */
static void test_head_of_nothing_else(void **state)
{
	struct record_mark head;

	(void)state;
	assert_int_equal(prune(0), 12);
	assert_int_equal(record_head(store, &head), 0);
	assert_int_equal(head.sequence, 12);
	assert_int_equal(append(LOUD), 13);
	expect_sound(1, 2 * SHARE + 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_share_of_each_device),       TEST(test_share_of_who_has_more_in_the_chain),
		TEST(test_hundred_thousand_of_others), TEST(test_age_removes_them),
		TEST(test_who_is_forgotten_has_none),  TEST(test_marks),
		TEST(test_meddling_is_found),          TEST(test_head_of_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
