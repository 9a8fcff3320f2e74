/* SPDX-License-Identifier: Apache-2.0 */
/* links: store decide base */
/* wraps: statvfs */
/*
 * The file of another version of hallmarkd: an earlier one is converted, and a copy is kept; of a later one the copy is taken, with what
 * was written since. Beside each file that is taken stands one that is not, and stays as it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/signed_inputs.h"
#include "decide/decision.h"
#include "decide/order.h"
#include "decide/verdict.h"
#include "hallmark/record.h"
#include "store/orders.h"
#include "store/record.h"
#include "store/store.h"
#include "store_kit.h"

#define THIS  10
#define LATER 11

/* What a later version may add; nothing that is known here is lost by it. */
#define TOMORROW                                                                                                       \
	"ALTER TABLE verdict ADD COLUMN mood TEXT; CREATE TABLE weather (day INTEGER PRIMARY KEY) STRICT; "            \
	"INSERT INTO weather VALUES (1); PRAGMA user_version = 11; "

static bool is_full;

int __real_statvfs(const char *path, struct statvfs *ret);
int __wrap_statvfs(const char *path, struct statvfs *ret);

int __wrap_statvfs(const char *path, struct statvfs *ret)
{
	int r = __real_statvfs(path, ret);

	if (is_full)
		ret->f_bavail = 3;
	return r;
}

static int setup(void **state)
{
	(void)state;
	log_set_level(-1);
	is_full = false;
	return store_folder_make();
}

static int teardown(void **state)
{
	(void)state;
	return store_folder_done();
}

static const struct signed_inputs inputs = { .evidence = { .p = (const uint8_t *)"evidence", .n = 8 } };

/* A device, an order and an entry of the record for it. */
static void put(uint8_t device)
{
	const struct verdict v = { .facts.device = { device }, .was_admitted = true, .zone = "trusted" };
	const struct order o = { .device = { device }, .kind = ORDER_QUARANTINE, .since_sec = 1 };
	struct record r = { .device = { device }, .time_sec = device, .cause = CAUSE_ATTESTED };
	struct store *s = open_store();

	assert_int_equal(store_put(s, &v, &inputs), 0);
	assert_int_equal(store_order_put(s, &o), 0);
	assert_int_equal(record_append(s, &r), 0);
	assert_int_equal(store_raise_time_floor(s, 100 * device), 0);
	store_free(s);
}

static int64_t number_in(const char *path, const char *question)
{
	sqlite3_stmt *row = NULL;
	sqlite3 *db = NULL;
	int64_t n;

	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, question, -1, &row, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(row), SQLITE_ROW);
	n = sqlite3_column_int64(row, 0);
	(void)sqlite3_finalize(row);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return n;
}

static int64_t number(const char *question)
{
	return number_in(store_path, question);
}

static bool is_there(unsigned version)
{
	return access(store_of_version(version), F_OK) == 0;
}

static void put_file(const char *path, const char *text)
{
	_cleanup_fclose_ FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
}

static int try_open(void)
{
	struct store *s = NULL;
	int r = store_open(store_path, &s);

	store_free(s);
	return r;
}

static void expect_rows(int64_t n, enum record_flaw flaw)
{
	struct record_finding found;
	struct store *s = open_store();

	assert_int_equal(record_verify(s, NULL, &found), 0);
	assert_string_equal(record_flaw_name(found.flaw), record_flaw_name(flaw));
	store_free(s);
	assert_int_equal(number("PRAGMA user_version"), THIS);
	assert_int_equal(number("SELECT count(*) FROM verdict"), n);
	assert_int_equal(number("SELECT count(*) FROM input"), n);
	assert_int_equal(number("SELECT count(*) FROM operator_order"), n);
	assert_int_equal(number("SELECT count(*) FROM record"), n);
	assert_int_equal(number("SELECT seconds FROM time_floor"), 100 * n);
}

/* --- An earlier one --- */

static void make_earlier(void)
{
	put(1);
	meddle("DELETE FROM record; " WITHOUT_NAMES "PRAGMA user_version = 9");
}

static void test_a_copy_is_kept(void **state)
{
	char unfinished[80];
	struct stat st;

	(void)state;
	make_earlier();
	(void)snprintf(unfinished, sizeof(unfinished), "%s.unfinished", store_path);
	put_file(unfinished, "of a start that was killed");
	put_file(store_of_version(8), "of an earlier step");
	assert_int_equal(try_open(), 0);
	assert_int_equal(number("PRAGMA user_version"), THIS);
	assert_int_equal(stat(store_of_version(9), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(number_in(store_of_version(9), "PRAGMA user_version"), 9);
	assert_int_equal(number_in(store_of_version(9), "SELECT count(*) FROM verdict"), 1);
	assert_false(is_there(8));
	assert_int_equal(access(unfinished, F_OK), -1);
}

static void test_no_copy_is_kept(void **state)
{
	struct store *s = NULL;

	(void)state;
	put(1);
	assert_int_equal(try_open(), 0); /* of this version */
	for (unsigned version = 1; version <= LATER; version++)
		assert_false(is_there(version));
	meddle("DELETE FROM record; " WITHOUT_NAMES "PRAGMA user_version = 9");
	assert_int_equal(store_open_staged(store_path, &s), 0); /* itself a copy */
	store_free(s);
	assert_int_equal(number("PRAGMA user_version"), THIS);
	assert_false(is_there(9));
}

static void test_no_room_for_the_copy(void **state)
{
	(void)state;
	make_earlier();
	is_full = true;
	assert_int_equal(try_open(), -ENOSPC);
	assert_int_equal(number("PRAGMA user_version"), 9);
	assert_false(is_there(9));
	is_full = false;
	assert_int_equal(try_open(), 0);
	assert_int_equal(number("PRAGMA user_version"), THIS);
}

/* --- A later one --- */

/* As after a conversion by a later version: with its copy. */
static void make_later(const char *sql)
{
	struct store *s = open_store();

	assert_int_equal(store_copy(s, store_of_version(THIS)), 0);
	store_free(s);
	put(2);
	meddle(sql);
}

static void test_later(void **state)
{
	(void)state;
	put(1);
	make_later(TOMORROW);
	expect_rows(2, RECORD_SOUND);
	assert_int_equal(number_in(store_of_version(LATER), "PRAGMA user_version"), LATER);
	assert_int_equal(number_in(store_of_version(LATER), "SELECT count(*) FROM weather"), 1);
	assert_false(is_there(THIS));
	put(3);
	expect_rows(3, RECORD_SOUND);

	make_later("PRAGMA user_version = 11"); /* forward and back again */
	assert_int_equal(number_in(store_of_version(LATER), "SELECT count(*) FROM weather"), 1);
	assert_int_equal(try_open(), 0);
	assert_int_equal(
		number_in(store_of_version(LATER), "SELECT count(*) FROM sqlite_schema WHERE name = 'weather'"), 0);
}

/* A WAL with the last moments of the later version, as after a kill. */
static void test_later_with_a_wal(void **state)
{
	char sql[512];
	sqlite3 *db = NULL;

	(void)state;
	put(1);
	make_later(TOMORROW);
	(void)snprintf(sql, sizeof(sql), "cp '%s' '%s-kept'; cp '%s-wal' '%s-kept-wal'", store_path, store_path,
		       store_path, store_path);
	assert_int_equal(sqlite3_open(store_path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "UPDATE time_floor SET seconds = 777", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(system(sql), 0);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	(void)snprintf(sql, sizeof(sql), "mv '%s-kept' '%s'; mv '%s-kept-wal' '%s-wal'", store_path, store_path,
		       store_path, store_path);
	assert_int_equal(system(sql), 0);
	assert_int_equal(try_open(), 0);
	assert_int_equal(number("SELECT seconds FROM time_floor"), 777);
	assert_int_equal(number("SELECT count(*) FROM verdict"), 2);
}

/* Its copy is of an earlier version than this one. */
static void test_later_with_an_earlier_copy(void **state)
{
	(void)state;
	put(1);
	make_later(TOMORROW);
	assert_int_equal(rename(store_of_version(THIS), "/tmp/hallmark-store-moved"), 0);
	assert_int_equal(rename("/tmp/hallmark-store-moved", store_of_version(9)), 0);
	meddle_with(store_of_version(9), "DELETE FROM record; " WITHOUT_NAMES "PRAGMA user_version = 9");
	expect_rows(2, RECORD_SOUND);
	assert_false(is_there(9));
}

/* What tables of a later version may have become, and what this one then has of them. */
static void test_not_taken_over(void **state)
{
	static const struct {
		const char *sql, *question;
		int64_t n;
	} rows[] = {
		{ "", "SELECT count(*) FROM operator_order", 2 },
		{ "ALTER TABLE record_foot RENAME COLUMN kept TO left;", "SELECT count(*) FROM record", 1 },
		{ "ALTER TABLE record RENAME COLUMN label TO paper;", "SELECT count(*) FROM record", 1 },
		{ "", "SELECT count(*) FROM record", 2 },
		{ "ALTER TABLE input RENAME COLUMN bytes TO content;", "SELECT count(*) FROM verdict", 1 },
		{ "", "SELECT count(*) FROM verdict", 2 },
		{ "", "SELECT seconds FROM time_floor", 200 },
	};
	char sql[512];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		put(1);
		(void)snprintf(sql, sizeof(sql), TOMORROW "%s", rows[i].sql);
		make_later(sql);
		assert_int_equal(try_open(), 0);
		if (number(rows[i].question) != rows[i].n)
			fail_msg("%s after: %s", rows[i].question, rows[i].sql);
		assert_int_equal(number("SELECT count(*) FROM trust_set"), 0);
		assert_int_equal(teardown(state) + setup(state), 0);
	}
}

static int64_t all_of_it(void)
{
	return number("SELECT count(*) + (SELECT count(*) FROM weather) FROM verdict WHERE mood IS NULL");
}

static void expect_not_taken(int error)
{
	assert_int_equal(try_open(), error);
	assert_int_equal(number("PRAGMA user_version"), LATER);
	assert_int_equal(all_of_it(), 3);
	assert_false(is_there(LATER));
}

static void test_refused(void **state)
{
	char copy[80];
	sqlite3 *db = NULL;

	(void)state;
	put(1);
	make_later(TOMORROW);
	(void)strcpy(copy, store_of_version(THIS));

	is_full = true;
	expect_not_taken(-ENOSPC);
	is_full = false;
	assert_int_equal(sqlite3_open(store_path, &db), SQLITE_OK); /* somebody reads */
	assert_int_equal(sqlite3_exec(db, "BEGIN; SELECT * FROM verdict", NULL, NULL, NULL), SQLITE_OK);
	expect_not_taken(-EBUSY);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	meddle_with(copy, "PRAGMA user_version = 9"); /* it is not what its name says */
	expect_not_taken(-EPROTO);
	meddle_with(copy, "PRAGMA user_version = 10; PRAGMA application_id = 1");
	expect_not_taken(-EPROTO);
	meddle_with(copy, "PRAGMA application_id = 0x48414c4d");
	expect_rows(2, RECORD_SOUND);
}

static void test_no_copy(void **state)
{
	(void)state;
	put(1);
	make_later(TOMORROW);
	assert_int_equal(unlink(store_of_version(THIS)), 0);
	expect_not_taken(-EPROTO);
	put_file(store_of_version(THIS), "not a database");
	expect_not_taken(-EPROTO);
}

/* A start that was killed between its last two steps: both names are of the later file. */
static void test_killed(void **state)
{
	char unfinished[80];

	(void)state;
	put(1);
	make_later(TOMORROW);
	(void)snprintf(unfinished, sizeof(unfinished), "%s.unfinished", store_path);
	put_file(unfinished, "not whole");
	assert_int_equal(link(store_path, store_of_version(LATER)), 0);
	expect_rows(2, RECORD_SOUND);
	assert_int_equal(number_in(store_of_version(LATER), "PRAGMA user_version"), LATER);
}

/* --- Entries of the record that a later one wrote --- */

static void expect_finding(enum record_flaw flaw, uint64_t first, uint64_t last)
{
	struct store *s = open_store();
	struct record_finding found;

	assert_int_equal(record_verify(s, NULL, &found), 0);
	store_free(s);
	assert_string_equal(record_flaw_name(found.flaw), record_flaw_name(flaw));
	assert_int_equal(found.sequence, first);
	assert_int_equal(found.last, last);
}

static void count_later(const struct record *r, void *userdata)
{
	*(unsigned *)userdata += record_is_later(r);
}

static void test_later_entries(void **state)
{
	const struct record_retention limits = { .keep = 2, .at_most = 9, .share = 1 };
	struct record_mark mark = { .sequence = 3, .n_hash = SHA256_LEN };
	struct record_finding found;
	unsigned n = 0;
	struct store *s;

	(void)state;
	for (uint8_t device = 1; device <= 5; device++)
		put(device);
	expect_finding(RECORD_SOUND, 5, 5);
	meddle("UPDATE record SET encoding = 4 WHERE sequence IN (2, 4)");
	expect_finding(RECORD_LATER, 2, 4);
	meddle("UPDATE record SET rule = printf('%300d', 1) WHERE sequence = 4"); /* more than is known here */
	expect_finding(RECORD_LATER, 2, 4);
	meddle("UPDATE record SET rule = '' WHERE sequence = 4");

	s = open_store();
	assert_int_equal(record_each(s, NULL, count_later, &n), 5);
	assert_int_equal(n, 2);
	assert_int_equal(record_verify(s, &mark, &found), 0); /* a mark is compared all the same */
	assert_string_equal(record_flaw_name(found.flaw), "rewritten");
	assert_int_equal(record_prune(s, &limits), 3);
	store_free(s);
	expect_finding(RECORD_LATER, 2, 4); /* the second is kept, behind the foot */
	put(6);
	expect_finding(RECORD_LATER, 2, 4);
}

/* What does not follow is found, whatever its encoding. */
static void test_forged_later_entries(void **state)
{
	static const struct {
		const char *bad;
		enum record_flaw flaw;
		uint64_t sequence;
	} rows[] = {
		{ "UPDATE record SET encoding = 4, hash = zeroblob(32) WHERE sequence = 2", RECORD_UNLINKED, 3 },
		{ "UPDATE record SET encoding = 4, previous = zeroblob(32) WHERE sequence = 2", RECORD_UNLINKED, 2 },
		{ "UPDATE record SET encoding = 4, hash = x'00' WHERE sequence = 2", RECORD_UNLINKED, 3 },
		{ "UPDATE record SET encoding = 0 WHERE sequence = 2", RECORD_ALTERED, 2 },
		{ "UPDATE record SET rule = 'x' WHERE sequence = 2", RECORD_ALTERED, 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (uint8_t device = 1; device <= 3; device++)
			put(device);
		expect_finding(RECORD_SOUND, 3, 3);
		meddle(rows[i].bad);
		expect_finding(rows[i].flaw, rows[i].sequence, rows[i].sequence);
		assert_int_equal(teardown(state) + setup(state), 0);
	}
}

/* --- What would be done --- */

static void expect_outlook(int r, unsigned version, unsigned earlier)
{
	struct store_outlook o;
	char end[80];

	assert_int_equal(store_examine(store_path, &o), r);
	(void)snprintf(end, sizeof(end), "%s-shm", store_path);
	assert_int_equal(access(end, F_OK), -1); /* nothing is changed */
	if (r < 0)
		return;
	assert_int_equal(o.version, version);
	assert_int_equal(o.earlier, earlier);
	assert_int_equal(o.needed > 0, version != THIS && version != 0);
	assert_true(o.free >= o.needed);
}

/* An operator's quarantine must not end, and no former list come back, because an earlier version is installed. */
static void test_required(void **state)
{
	static const struct {
		const char *sql;
		int outlook;
	} rows[] = {
		{ "DROP TABLE operator_order;", -ENOTSUP },
		{ "ALTER TABLE operator_order RENAME COLUMN zone TO area;", -ENOTSUP },
		{ "ALTER TABLE trust_set RENAME COLUMN sequence TO number;", -ENOTSUP },
		{ "DROP TABLE time_floor; CREATE TABLE time_floor (id INTEGER, seconds TEXT); "
		  "INSERT INTO time_floor VALUES (1, 'noon');",
		  0 }, /* its row is what this version cannot take; its columns are there */
	};
	char sql[512];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		put(1);
		(void)snprintf(sql, sizeof(sql), TOMORROW "%s", rows[i].sql);
		make_later(sql);
		expect_outlook(rows[i].outlook, rows[i].outlook < 0 ? 0 : LATER, rows[i].outlook < 0 ? 0 : THIS);
		expect_not_taken(-ENOTSUP);
		assert_int_equal(teardown(state) + setup(state), 0);
	}
}

static void test_outlook(void **state)
{
	struct store_outlook o;
	struct store *s;

	(void)state;
	expect_outlook(0, 0, 0);
	put_file(store_path, "");
	expect_outlook(0, 0, 0);
	put_file(store_path,
		 "not a database, and longer than an empty one may be, which is a hundred bytes or so; so this is one");
	expect_outlook(-EBADMSG, 0, 0);
	assert_int_equal(unlink(store_path), 0);
	put(1);
	expect_outlook(0, THIS, 0);
	s = open_store();
	assert_int_equal(store_examine(store_path, &o), 0); /* a daemon has it open */
	assert_int_equal(o.version, THIS);
	store_free(s);

	make_later(TOMORROW);
	expect_outlook(0, LATER, THIS);
	is_full = true;
	expect_outlook(-ENOSPC, 0, 0);
	is_full = false;
	put_file(store_of_version(THIS), "not a database");
	expect_outlook(-EPROTO, 0, 0);
	assert_int_equal(unlink(store_of_version(THIS)), 0);
	expect_outlook(-EPROTO, 0, 0);
}

static void test_outlook_of_an_earlier_one(void **state)
{
	(void)state;
	make_earlier();
	expect_outlook(0, 9, 0);
	is_full = true;
	expect_outlook(-ENOSPC, 0, 0);
	assert_int_equal(number("PRAGMA user_version"), 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_copy_is_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_copy_is_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_room_for_the_copy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_later, setup, teardown),
		cmocka_unit_test_setup_teardown(test_later_with_a_wal, setup, teardown),
		cmocka_unit_test_setup_teardown(test_later_with_an_earlier_copy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_taken_over, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_required, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_copy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_later_entries, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forged_later_entries, setup, teardown),
		cmocka_unit_test_setup_teardown(test_outlook, setup, teardown),
		cmocka_unit_test_setup_teardown(test_outlook_of_an_earlier_one, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
