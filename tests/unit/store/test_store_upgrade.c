/* SPDX-License-Identifier: Apache-2.0 */
/* links: store decide base */
/*
 * What another build has put: it comes back as what its columns say and no more, if all of it is sound and there is something
 * signed to derive the rest from. Beside each row that comes back stands one that does not.
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
#include <unistd.h>

#include <cmocka.h>

#include "appraise/expiry.h"
#include "base/check_result.h"
#include "base/cleanup.h"
#include "base/dependency.h"
#include "base/digest.h"
#include "base/signed_inputs.h"
#include "decide/decision.h"
#include "decide/verdict.h"
#include "hallmark/check.h"
#include "hallmark/reason.h"
#include "hallmark/record.h"
#include "store/record.h"
#include "store/store.h"
#include "store_kit.h"

#define OTHER_BUILD "UPDATE verdict SET layout = '7:1:2:3', record = substr(record, 1, length(record) - 4)"

static int setup(void **state)
{
	(void)state;
	return store_folder_make();
}

static int teardown(void **state)
{
	(void)state;
	return store_folder_done();
}

/* All of it is set, so that none is right by being zero. */
static struct verdict verdict_of(uint8_t device)
{
	struct verdict v = { .facts = { .device = { device, 7 },
					.ueid = { 1, device, 9 },
					.n_ueid = 17,
					.product = { .maker = "pen:32473", .model = "WP-100" },
					.n_handles = 2,
					.handles = { { 4 }, { 5 } },
					.n_labels = 1 },
			     .zone = "trusted",
			     .interface = "port1",
			     .port = "tap1",
			     .mac = { 2, 0, 0, 0, 1, device },
			     .address = "192.0.2.17",
			     .address4 = { .s_addr = 0x11020200 },
			     .address6 = { .s6_addr = { 0xfd, [15] = device } },
			     .was_admitted = true,
			     .is_provisional = true,
			     .boot = { 8, 8 },
			     .attested_sec = 990,
			     .monitored_until_sec = 1500,
			     .reattest = { .by_sec = 1400, .boot = { 9 } },
			     .ended = REASON_LABEL_REVOKED,
			     .ear = { 0xd2, 0x84 },
			     .n_ear = 300 };

	for (int i = CHECK_NONE + 1; i < _CHECK_MAX; i++)
		v.facts.checks[i] = check_passed();
	v.facts.checks[CHECK_SAME_DEVICE] = check_failed(REASON_UEID_TAKEN);
	v.decision = (struct decision){ .device = { device, 7 },
					.zone = 2,
					.rule = 1,
					.reason = REASON_OPERATOR_ALLOWED,
					.missing = 77,
					.home_level = 2,
					.arrangement = "R8",
					.decided_sec = 1000,
					.expiry = { .at_sec = 2000 + device, .cause = EXPIRY_STATUS_LIST },
					.n_refusals = 1 };
	return v;
}

static const struct signed_inputs inputs = { .chain = { { .p = (const uint8_t *)"certificate", .n = 11 } },
					     .n_chain = 1,
					     .evidence = { .p = (const uint8_t *)"evidence", .n = 8 } };

static void put(const struct verdict *v, const struct signed_inputs *signed_by)
{
	struct store *s = open_store();

	assert_int_equal(store_put(s, v, signed_by), 0);
	store_free(s);
}

static struct verdict got;
static int n_got;

static void on_verdict(const struct verdict *v, void *userdata)
{
	(void)userdata;
	got = *v;
	n_got++;
}

/* How many there are; `got` is the last of them. */
static int load(void)
{
	struct store *s = open_store();
	int given;

	n_got = 0;
	given = store_load(s, on_verdict, NULL);
	assert_int_equal(given, n_got);
	store_free(s);
	return given;
}

/* What is to come back of it, and nothing else. */
static struct verdict restored(const struct verdict *v)
{
	struct verdict r = *v;

	r.facts = (struct facts){ .n_ueid = v->facts.n_ueid,
				  .n_handles = v->facts.n_handles,
				  .rests_on = { .ids = { DEPENDENCY_ALL }, .n = 1 } };
	memcpy(r.facts.device, v->facts.device, sizeof(r.facts.device));
	memcpy(r.facts.ueid, v->facts.ueid, sizeof(r.facts.ueid));
	memcpy(r.facts.handles, v->facts.handles, sizeof(r.facts.handles));
	for (int i = CHECK_NONE + 1; i < _CHECK_MAX; i++)
		r.facts.checks[i] = check_absent(REASON_RESTORED);
	r.facts.checks[CHECK_POSSESSION] = v->facts.checks[CHECK_POSSESSION];
	r.facts.checks[CHECK_FRESHNESS] = v->facts.checks[CHECK_FRESHNESS];
	r.facts.checks[CHECK_SAME_DEVICE] = v->facts.checks[CHECK_SAME_DEVICE];
	r.facts.checks[CHECK_PLACE] = v->facts.checks[CHECK_PLACE];
	if (r.facts.checks[CHECK_PLACE].reason == REASON_INTERNAL) /* as in a row of before there was this check */
		r.facts.checks[CHECK_PLACE] = check_absent(REASON_PLACE_UNSAID);
	r.decision = (struct decision){ .rule = -1,
					.label = -1,
					.reason = v->decision.reason,
					.decided_sec = v->decision.decided_sec,
					.expiry = v->decision.expiry };
	memcpy(r.decision.device, v->facts.device, sizeof(r.decision.device));
	r.is_restored = true;
	return r;
}

static void expect_same(const struct verdict *a, const struct verdict *b)
{
	assert_memory_equal(&a->facts, &b->facts, sizeof(a->facts));
	assert_memory_equal(&a->decision, &b->decision, sizeof(a->decision));
	assert_string_equal(a->zone, b->zone);
	assert_string_equal(a->interface, b->interface);
	assert_string_equal(a->port, b->port);
	assert_memory_equal(a->mac, b->mac, sizeof(a->mac));
	assert_string_equal(a->address, b->address);
	assert_int_equal(a->address4.s_addr, b->address4.s_addr);
	assert_memory_equal(&a->address6, &b->address6, sizeof(a->address6));
	assert_int_equal(a->was_admitted, b->was_admitted);
	assert_int_equal(a->is_provisional, b->is_provisional);
	assert_memory_equal(a->boot, b->boot, sizeof(a->boot));
	assert_int_equal(a->attested_sec, b->attested_sec);
	assert_int_equal(a->monitored_until_sec, b->monitored_until_sec);
	assert_int_equal(a->reattest.by_sec, b->reattest.by_sec);
	assert_memory_equal(a->reattest.boot, b->reattest.boot, sizeof(a->reattest.boot));
	assert_int_equal(a->ended, b->ended);
	assert_int_equal(a->is_unstored, b->is_unstored);
	assert_int_equal(a->is_restored, b->is_restored);
	assert_int_equal(a->n_ear, b->n_ear);
	assert_memory_equal(a->ear, b->ear, sizeof(a->ear));
}

static void test_another_build(void **state)
{
	const struct verdict v = verdict_of(1), expected = restored(&v);

	(void)state;
	put(&v, &inputs);
	assert_int_equal(load(), 1);
	expect_same(&got, &v);
	meddle(OTHER_BUILD);
	assert_int_equal(load(), 1);
	expect_same(&got, &expected);
}

/* What another build finds of a check by the name of its reason alone: whether it failed, or there was nothing to compare. */
static void test_another_build_tells_absent_from_failed(void **state)
{
	static const struct check_result places[] = {
		{ CHECK_ABSENT, REASON_PLACE_UNSAID },  { CHECK_ABSENT, REASON_PLACE_AMBIGUOUS },
		{ CHECK_ABSENT, REASON_PLACE_SHARED },  { CHECK_FAILED, REASON_PLACE_LINK },
		{ CHECK_FAILED, REASON_PLACE_ADDRESS }, { CHECK_PASSED, REASON_ADMITTED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct verdict v = verdict_of(1);

		v.facts.checks[CHECK_PLACE] = places[i];
		put(&v, &inputs);
		meddle(OTHER_BUILD);
		assert_int_equal(load(), 1);
		assert_int_equal(got.facts.checks[CHECK_PLACE].state, places[i].state);
		assert_int_equal(got.facts.checks[CHECK_PLACE].reason, places[i].reason);
	}
}

/* Nothing that is zero or empty is taken for something that is not there. */
static void test_another_build_with_little(void **state)
{
	struct verdict v = { .facts.device = { 1 }, .is_unstored = true, .was_admitted = true }, expected;

	(void)state;
	v.facts.checks[CHECK_FRESHNESS] = check_failed(REASON_NONCE_MISSING);
	expected = restored(&v);
	put(&v, &inputs);
	meddle(OTHER_BUILD);
	assert_int_equal(load(), 1);
	expect_same(&got, &expected);
}

/* It is put anew as it is known, and that is no other than before. */
static void test_restored_twice(void **state)
{
	const struct verdict v = verdict_of(1), expected = restored(&v);

	(void)state;
	put(&v, &inputs);
	meddle(OTHER_BUILD);
	assert_int_equal(load(), 1);
	put(&got, NULL);
	assert_int_equal(load(), 1);
	expect_same(&got, &expected);
	meddle(OTHER_BUILD);
	assert_int_equal(load(), 1);
	expect_same(&got, &expected);
}

/* A row of each kind that does not come back; a later build's names may mean anything. */
static void test_what_is_not_restored(void **state)
{
	static const char *const damages[] = {
		"UPDATE verdict SET zone = 'more' WHERE until = 2002",
		"UPDATE verdict SET until = 9000 WHERE until = 2002",
		"UPDATE verdict SET mac = x'020000000101' WHERE until = 2002",
		"UPDATE verdict SET mac = x'02' WHERE until = 2002",
		"UPDATE verdict SET monitored_until = NULL WHERE until = 2002",
		"UPDATE verdict SET reason = 'of-tomorrow' WHERE until = 2002",
		"UPDATE verdict SET expires_first = 'of-tomorrow' WHERE until = 2002",
		"UPDATE verdict SET possession = 'admitted' WHERE until = 2002",
		"UPDATE verdict SET result = zeroblob(1025) WHERE until = 2002",
		"UPDATE verdict SET sum = x'' WHERE until = 2002",
		"UPDATE verdict SET sum = NULL WHERE until = 2002",
		"DELETE FROM input WHERE device IN (SELECT device FROM verdict WHERE until = 2002)",
	};
	const struct verdict good = verdict_of(1), bad = verdict_of(2);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		put(&good, &inputs);
		put(&bad, &inputs);
		meddle(OTHER_BUILD);
		assert_int_equal(load(), 2);
		meddle(damages[i]);
		if (load() != 1 || got.facts.device[0] != 1)
			fail_msg("restored in spite of: %s", damages[i]);
	}
}

/* A row of this build that is damaged is not made up for by its columns: nobody knows what else is. */
static void test_damaged_row_of_this_build(void **state)
{
	const struct verdict v = verdict_of(1);

	(void)state;
	put(&v, &inputs);
	meddle("UPDATE verdict SET record = substr(record, 1, length(record) - 4)");
	assert_int_equal(load(), 0);
}

/* Any one flipped bit of the file: it opens and gives what was put, or less; never anything else. */
static void test_flipped_bits(void **state)
{
	const struct verdict v = verdict_of(1), expected = restored(&v);
	unsigned seed = 1;
	struct stat st;
	int fd;

	(void)state;
	put(&v, &inputs);
	meddle(OTHER_BUILD);
	meddle("VACUUM");
	fd = open(store_path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	for (int i = 0; i < 300; i++) {
		off_t at = (off_t)(rand_r(&seed) % (unsigned)st.st_size);
		struct store *s = NULL;
		uint8_t byte, flipped;

		assert_int_equal(pread(fd, &byte, 1, at), 1);
		flipped = byte ^ (uint8_t)(1 << i % 8);
		assert_int_equal(pwrite(fd, &flipped, 1, at), 1);
		n_got = 0;
		if (store_open(store_path, &s) == 0) {
			(void)store_load(s, on_verdict, NULL);
			store_free(s);
		}
		if (n_got > 0)
			expect_same(&got, &expected);
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	assert_int_equal(close(fd), 0);
	assert_int_equal(load(), 1);
}

#define WITHOUT_ORDERERS                                                                                               \
	WITHOUT_NAMES                                                                                                  \
	"ALTER TABLE record DROP COLUMN encoding; ALTER TABLE record DROP COLUMN ordered_by; "                         \
	"ALTER TABLE record DROP COLUMN ordered_login; ALTER TABLE record DROP COLUMN ordered_role; "
#define WITHOUT_RENEWALS                                                                                               \
	WITHOUT_ORDERERS "ALTER TABLE record DROP COLUMN renewals; ALTER TABLE record DROP COLUMN renewed;"

/* --- Entries of the record as earlier versions wrote them --- */

/* One column of a row, into the hash. */
static void put_column(struct digest *d, sqlite3_stmt *row, int column)
{
	if (sqlite3_column_type(row, column) == SQLITE_INTEGER)
		digest_put_number(d, sqlite3_column_int64(row, column));
	else
		digest_put(d, bytes_of(sqlite3_column_blob(row, column), (size_t)sqlite3_column_bytes(row, column)));
}

#define N_FIRST 18 /* columns before `previous` */

static void hash_as_before(sqlite3_stmt *row, const char *encoding, const uint8_t previous[static SHA256_LEN],
			   uint8_t ret[static SHA256_LEN])
{
	struct digest *d = digest_new();

	assert_non_null(d);
	digest_put(d, bytes_of_string(encoding));
	for (int i = 0; i < N_FIRST; i++)
		put_column(d, row, i);
	digest_put(d, bytes_of(previous, SHA256_LEN));
	for (int i = N_FIRST; i < sqlite3_column_count(row); i++)
		put_column(d, row, i);
	assert_int_equal(digest_end(d, ret), 0);
	digest_free(d);
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *s = NULL;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
	return s;
}

#define COLUMNS_1                                                                                                      \
	"sequence, time, device, cause, zone_before, zone_after, rule, reason, missing, scheme, level, home_level, "   \
	"arrangement, label, until, expiry_cause, inputs, trust"
#define COLUMNS_2 COLUMNS_1 ", ordered_by, ordered_login, ordered_role"

/* The chain from this entry on, hashed anew as an earlier version did it. */
static void age_record(int64_t from, int encoding)
{
	uint8_t hashes[2][SHA256_LEN] = { 0 };
	sqlite3_stmt *before, *rows, *update;
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(store_path, &db), SQLITE_OK);
	before = prepare(db, "SELECT hash FROM record WHERE sequence = ?1 - 1 "
			     "UNION SELECT hash FROM record_foot WHERE sequence = ?1 - 1");
	(void)sqlite3_bind_int64(before, 1, from);
	if (sqlite3_step(before) == SQLITE_ROW)
		memcpy(hashes[0], sqlite3_column_blob(before, 0), SHA256_LEN);
	rows = prepare(db, encoding == 1 ? "SELECT " COLUMNS_1 " FROM record WHERE sequence >= ?1 ORDER BY sequence" :
					   "SELECT " COLUMNS_2 " FROM record WHERE sequence >= ?1 ORDER BY sequence");
	(void)sqlite3_bind_int64(rows, 1, from);
	update = prepare(db, "UPDATE record SET previous = ?2, hash = ?3, encoding = ?4 WHERE sequence = ?1");
	while (sqlite3_step(rows) == SQLITE_ROW) {
		hash_as_before(rows, encoding == 1 ? "hallmark-record-1" : "hallmark-record-2", hashes[0], hashes[1]);
		(void)sqlite3_bind_int64(update, 1, sqlite3_column_int64(rows, 0));
		(void)sqlite3_bind_blob(update, 2, hashes[0], SHA256_LEN, SQLITE_TRANSIENT);
		(void)sqlite3_bind_blob(update, 3, hashes[1], SHA256_LEN, SQLITE_TRANSIENT);
		(void)sqlite3_bind_int(update, 4, encoding);
		assert_int_equal(sqlite3_step(update), SQLITE_DONE);
		(void)sqlite3_reset(update);
		memcpy(hashes[0], hashes[1], SHA256_LEN);
	}
	(void)sqlite3_finalize(before);
	(void)sqlite3_finalize(rows);
	(void)sqlite3_finalize(update);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void expect_flaw(enum record_flaw flaw, uint64_t sequence, bool is_sound)
{
	struct store *s = open_store();
	struct record_finding found;
	char command[160];

	assert_int_equal(record_verify(s, NULL, &found), 0);
	store_free(s);
	assert_string_equal(record_flaw_name(found.flaw), record_flaw_name(flaw));
	assert_int_equal(is_sound ? found.n_good : found.sequence, sequence);
	(void)snprintf(command, sizeof(command), "/usr/bin/python3 -B tests/lib/record_chain.py '%s' >/dev/null 2>&1",
		       store_path);
	assert_int_equal(system(command) == 0, is_sound);
}

static void on_entry(const struct record *r, void *userdata)
{
	*(struct record *)userdata = *r;
}

/* Its entries stay what they are, and say of nobody that he ordered something; new ones follow from them. */
static void test_version_8(void **state)
{
	struct record r = { .time_sec = 1, .cause = CAUSE_ATTESTED },
		      ordered = { .time_sec = 2, .cause = CAUSE_OPERATOR };
	struct store *s = open_store();

	(void)state;
	assert_int_equal(record_append(s, &r), 0);
	assert_int_equal(record_append(s, &r), 0);
	store_free(s);
	age_record(1, 1);
	meddle(WITHOUT_ORDERERS "PRAGMA user_version = 8");
	expect_flaw(RECORD_SOUND, 2, true);

	(void)strcpy(ordered.ordered_by, "1001 (kim)");
	(void)strcpy(ordered.ordered_login, "1002 (lee)");
	(void)strcpy(ordered.ordered_role, "reception");
	s = open_store();
	assert_int_equal(record_append(s, &ordered), 0);
	assert_int_equal(ordered.encoding, 3);
	store_free(s);
	expect_flaw(RECORD_SOUND, 3, true);
}

/* An entry of each encoding, one behind the other; and what was added to one whose hash does not cover it is found. */
static void test_version_9(void **state)
{
	struct record first = { .time_sec = 1, .cause = CAUSE_ATTESTED },
		      second = { .time_sec = 2, .cause = CAUSE_OPERATOR, .ordered_by = "1001 (kim)" },
		      third = { .time_sec = 3, .cause = CAUSE_ATTESTED, .name = "Kim's wall-pad", .mac = { 2 } }, found;
	struct store *s = open_store();

	(void)state;
	assert_int_equal(record_append(s, &first), 0);
	store_free(s);
	age_record(1, 1);
	meddle(WITHOUT_ORDERERS "PRAGMA user_version = 8");
	s = open_store();
	assert_int_equal(record_append(s, &second), 0);
	store_free(s);
	age_record(2, 2);
	meddle(WITHOUT_NAMES "PRAGMA user_version = 9");
	expect_flaw(RECORD_SOUND, 2, true);

	s = open_store();
	assert_int_equal(record_append(s, &third), 0);
	assert_int_equal(record_each(s, &(struct record_filter){ .name = "Kim's wall-pad" }, on_entry, &found), 1);
	assert_int_equal(found.sequence, 3);
	store_free(s);
	expect_flaw(RECORD_SOUND, 3, true);
}

/* What an earlier hash does not cover must be empty. */
static void test_forged_names(void **state)
{
	static const struct {
		const char *bad, *good;
	} rows[] = {
		{ "UPDATE record SET name = 'x'", "UPDATE record SET name = ''" },
		{ "UPDATE record SET segment = 'x'", "UPDATE record SET segment = ''" },
		{ "UPDATE record SET place = 'x'", "UPDATE record SET place = ''" },
		{ "UPDATE record SET interface = 'x'", "UPDATE record SET interface = ''" },
		{ "UPDATE record SET port = 'x'", "UPDATE record SET port = ''" },
		{ "UPDATE record SET mac = x'020000000000'", "UPDATE record SET mac = x'000000000000'" },
		{ "UPDATE record SET encoding = 3", "UPDATE record SET encoding = 2" },
	};
	struct record r = { .time_sec = 1, .cause = CAUSE_OPERATOR, .ordered_by = "0" };
	struct store *s = open_store();

	(void)state;
	assert_int_equal(record_append(s, &r), 0);
	store_free(s);
	age_record(1, 2);
	meddle(WITHOUT_NAMES "PRAGMA user_version = 9");
	expect_flaw(RECORD_SOUND, 1, true);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		meddle(rows[i].bad);
		expect_flaw(RECORD_ALTERED, 1, false);
		meddle(rows[i].good);
		expect_flaw(RECORD_SOUND, 1, true);
	}
}

static void test_forged_orderers(void **state)
{
	static const struct {
		const char *bad, *good;
		uint64_t sequence;
	} rows[] = {
		{ "UPDATE record SET ordered_by = '0' WHERE sequence = 1", "UPDATE record SET ordered_by = ''", 1 },
		{ "UPDATE record SET ordered_role = 'x' WHERE sequence = 1", "UPDATE record SET ordered_role = ''", 1 },
		{ "UPDATE record SET encoding = 2 WHERE sequence = 1",
		  "UPDATE record SET encoding = 1 WHERE sequence = 1", 1 },
		{ "UPDATE record SET encoding = 1 WHERE sequence = 2",
		  "UPDATE record SET encoding = 3 WHERE sequence = 2", 2 },
		{ "UPDATE record SET ordered_login = '7' WHERE sequence = 2", "UPDATE record SET ordered_login = ''",
		  2 },
	};
	struct record r = { .time_sec = 1, .cause = CAUSE_ATTESTED };
	struct store *s = open_store();

	(void)state;
	assert_int_equal(record_append(s, &r), 0);
	store_free(s);
	age_record(1, 1);
	meddle(WITHOUT_ORDERERS "PRAGMA user_version = 8");
	s = open_store();
	assert_int_equal(record_append(s, &r), 0);
	store_free(s);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		meddle(rows[i].bad);
		expect_flaw(RECORD_ALTERED, rows[i].sequence, false);
		meddle(rows[i].good);
		expect_flaw(RECORD_SOUND, 2, true);
	}
}

/* --- Earlier tables --- */

/* The table as version 3 had it, word for word, with the rows that are there. */
static const char version_3[] =
	"ALTER TABLE verdict RENAME TO newer; DROP INDEX verdict_ueid;"
	"CREATE TABLE verdict (device BLOB PRIMARY KEY, ueid BLOB NOT NULL, zone TEXT NOT NULL,"
	" admitted INTEGER NOT NULL, until INTEGER NOT NULL, layout TEXT NOT NULL, digest BLOB NOT NULL,"
	" record BLOB NOT NULL) STRICT;"
	"CREATE INDEX verdict_ueid ON verdict (ueid);"
	"INSERT INTO verdict SELECT device, ueid, zone, admitted, until, layout, digest, record FROM newer;"
	"DROP TABLE newer; DROP TABLE held; ALTER TABLE record_foot DROP COLUMN kept; " WITHOUT_RENEWALS
	"PRAGMA user_version = 3";

/* The rows stay; they have columns once they are put anew. */
static void test_version_3(void **state)
{
	const struct verdict v = verdict_of(1), other = verdict_of(2), expected = restored(&v);
	struct store *s = NULL;

	(void)state;
	put(&v, &inputs);
	put(&other, &inputs);
	meddle(version_3);
	assert_int_equal(store_open_to_read(store_path, &s), -EPROTO);
	assert_int_equal(load(), 2);
	put(&v, NULL);
	meddle(OTHER_BUILD);
	assert_int_equal(load(), 1);
	expect_same(&got, &expected);
}

/* A foot from before entries were kept says that none is. */
static void test_version_6(void **state)
{
	const struct record_retention limits = { .keep = 1, .at_most = 9 };
	struct record r = { .time_sec = 1, .cause = CAUSE_ATTESTED }, second = r;
	struct record_finding found;
	struct store *s = open_store();

	(void)state;
	assert_int_equal(record_append(s, &r), 0);
	assert_int_equal(record_append(s, &second), 0);
	assert_int_equal(record_prune(s, &limits), 1);
	store_free(s);
	age_record(2, 1);
	meddle("ALTER TABLE record_foot DROP COLUMN kept; ALTER TABLE verdict DROP COLUMN renewals; " WITHOUT_RENEWALS
	       "PRAGMA user_version = 6");
	s = open_store();
	assert_int_equal(record_verify(s, NULL, &found), 0);
	assert_int_equal(found.flaw, RECORD_SOUND);
	assert_int_equal(found.foot.sequence, 1);
	assert_int_equal(found.n_good, 1);
	store_free(s);
}

/* Its entries and verdicts were never renewed, and can be. */
static void test_version_7(void **state)
{
	const struct verdict v = verdict_of(1);
	struct verdict renewed = v, expected = restored(&v);
	struct record r = { .time_sec = 1, .cause = CAUSE_ATTESTED }, found;
	struct store *s = open_store();

	(void)state;
	memcpy(r.device, v.facts.device, sizeof(r.device));
	assert_int_equal(record_append(s, &r), 0);
	store_free(s);
	put(&v, &inputs);
	meddle("ALTER TABLE verdict DROP COLUMN renewals; " WITHOUT_RENEWALS "PRAGMA user_version = 7");
	assert_int_equal(load(), 1);
	assert_int_equal(got.renewals, 0);
	renewed.renewals = expected.renewals = 7;
	put(&renewed, NULL);
	meddle(OTHER_BUILD);
	assert_int_equal(load(), 1);
	expect_same(&got, &expected);
	s = open_store();
	assert_int_equal(record_each(s, &(struct record_filter){ .device = r.device }, on_entry, &found), 1);
	assert_int_equal(found.renewals, 0);
	assert_int_equal(record_renew(s, r.device, 3, 99), 0);
	assert_int_equal(record_each(s, &(struct record_filter){ .device = r.device }, on_entry, &found), 1);
	assert_int_equal(found.renewals, 3);
	assert_int_equal(found.renewed_sec, 99);
	store_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_another_build, setup, teardown),
		cmocka_unit_test_setup_teardown(test_another_build_tells_absent_from_failed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_another_build_with_little, setup, teardown),
		cmocka_unit_test_setup_teardown(test_restored_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_not_restored, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged_row_of_this_build, setup, teardown),
		cmocka_unit_test_setup_teardown(test_flipped_bits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_version_3, setup, teardown),
		cmocka_unit_test_setup_teardown(test_version_6, setup, teardown),
		cmocka_unit_test_setup_teardown(test_version_7, setup, teardown),
		cmocka_unit_test_setup_teardown(test_version_8, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forged_orderers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_version_9, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forged_names, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
