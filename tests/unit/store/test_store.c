/* SPDX-License-Identifier: Apache-2.0 */
/* links: store decide base */
/*
 * What was put must come back bit for bit, whatever happened in between; what is not ours, or is
 * damaged, must not. Rows of another build: test_store_upgrade.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/signed_inputs.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "hallmark/protocol.h"
#include "store/store.h"
#include "store_kit.h"

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

static unsigned seed;

static void fill(void *p, size_t n)
{
	uint8_t *bytes = p;

	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)rand_r(&seed);
}

/* Every byte of the record is random, padding too, but for what the columns are made of. */
static void make_verdict(uint32_t number, struct verdict *v)
{
	fill(v, sizeof(*v));
	memset(v->facts.device, 0, sizeof(v->facts.device));
	memcpy(v->facts.device, &number, sizeof(number));
	memset(v->facts.ueid, 7, sizeof(v->facts.ueid));
	memcpy(v->facts.ueid, &number, sizeof(number));
	v->facts.n_ueid = 17;
	(void)strcpy(v->zone, "trusted");
	v->decision.zone = 1;
	v->decision.expiry.at_sec = 1000 + number;
}

struct seen {
	size_t n;
	const struct verdict *expected;
	bool found;
};

static void on_verdict(const struct verdict *v, void *userdata)
{
	struct seen *seen = userdata;

	seen->n++;
	if (seen->expected && memcmp(v, seen->expected, sizeof(*v)) == 0)
		seen->found = true;
}

static size_t count(struct store *s)
{
	struct seen seen = { 0 };

	int given = store_load(s, on_verdict, &seen);

	assert_int_equal(given, seen.n);
	return seen.n;
}

static bool holds(struct store *s, const struct verdict *expected)
{
	struct seen seen = { .expected = expected };

	assert_true(store_load(s, on_verdict, &seen) >= 0);
	return seen.found;
}

static void test_round_trip(void **state)
{
	static struct verdict v[50];
	struct store *s = open_store();

	(void)state;
	assert_int_equal(count(s), 0);
	for (uint32_t i = 0; i < ARRAY_SIZE(v); i++) {
		make_verdict(i, &v[i]);
		assert_int_equal(store_put(s, &v[i], NULL), 0);
	}
	store_free(s);

	s = open_store();
	assert_int_equal(count(s), ARRAY_SIZE(v));
	for (uint32_t i = 0; i < ARRAY_SIZE(v); i++)
		assert_true(holds(s, &v[i]));

	make_verdict(3, &v[3]);
	assert_false(holds(s, &v[3]));
	assert_int_equal(store_put(s, &v[3], NULL), 0);
	assert_true(holds(s, &v[3]));
	assert_int_equal(count(s), ARRAY_SIZE(v));
	assert_int_equal(store_remove(s, v[3].facts.device), 0);
	assert_false(holds(s, &v[3]));
	assert_int_equal(count(s), ARRAY_SIZE(v) - 1);
	store_free(s);
}

static bool bytes_lists_equal(const struct bytes *a, const struct bytes *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!bytes_equal(a[i], b[i]))
			return false;
	return true;
}

static bool inputs_equal(const struct signed_inputs *a, const struct signed_inputs *b)
{
	return a->n_chain == b->n_chain && a->n_labels == b->n_labels && bytes_equal(a->evidence, b->evidence) &&
	       bytes_lists_equal(a->chain, b->chain, a->n_chain) &&
	       bytes_lists_equal(a->labels, b->labels, a->n_labels);
}

static void test_inputs(void **state)
{
	static uint8_t pool[HALLMARK_CHAIN_MAX + 1 + HALLMARK_LABELS_MAX][HALLMARK_TOKEN_MAX];
	struct signed_inputs full = { .n_chain = HALLMARK_CHAIN_MAX, .n_labels = HALLMARK_LABELS_MAX };
	struct signed_inputs small = { .n_chain = 1 }, got = { 0 }, over = full;
	struct store *s = open_store();
	struct verdict v, other;

	(void)state;
	fill(pool, sizeof(pool));
	for (size_t i = 0; i < HALLMARK_CHAIN_MAX; i++)
		full.chain[i] = bytes_of(pool[i], 100 + i);
	full.evidence = bytes_of(pool[4], HALLMARK_TOKEN_MAX);
	for (size_t i = 0; i < HALLMARK_LABELS_MAX; i++)
		full.labels[i] = bytes_of(pool[5 + i], 1000 + i);
	small.chain[0] = bytes_of(pool[8], 1);

	make_verdict(1, &v);
	make_verdict(2, &other);
	assert_int_equal(store_inputs(s, v.facts.device, &got), -ENOENT);
	assert_int_equal(store_put(s, &v, &full), 0);
	assert_int_equal(store_put(s, &other, &small), 0);
	store_free(s);

	s = open_store();
	assert_int_equal(store_inputs(s, v.facts.device, &got), 0);
	assert_true(inputs_equal(&got, &full));
	assert_int_equal(store_inputs(s, other.facts.device, &got), 0);
	assert_true(inputs_equal(&got, &small));

	/* A verdict without inputs keeps the old ones; fewer inputs leave none of the old ones over. */
	assert_int_equal(store_put(s, &v, NULL), 0);
	assert_int_equal(store_inputs(s, v.facts.device, &got), 0);
	assert_true(inputs_equal(&got, &full));
	assert_int_equal(store_put(s, &v, &small), 0);
	assert_int_equal(store_inputs(s, v.facts.device, &got), 0);
	assert_true(inputs_equal(&got, &small));

	/* One past a limit is refused and changes nothing. */
	over.n_chain = HALLMARK_CHAIN_MAX + 1;
	assert_int_equal(store_put(s, &v, &over), -E2BIG);
	over = full;
	over.n_labels = HALLMARK_LABELS_MAX + 1;
	assert_int_equal(store_put(s, &v, &over), -E2BIG);
	assert_int_equal(store_inputs(s, v.facts.device, &got), 0);
	assert_true(inputs_equal(&got, &small));

	assert_int_equal(store_remove(s, v.facts.device), 0);
	assert_int_equal(store_inputs(s, v.facts.device, &got), -ENOENT);
	assert_int_equal(store_inputs(s, other.facts.device, &got), 0);
	store_free(s);
}

static void test_transaction(void **state)
{
	struct store *s = open_store(), *reader = open_store();
	struct verdict v;

	(void)state;
	assert_int_equal(store_begin(s), 0);
	for (uint32_t i = 0; i < 100; i++) {
		make_verdict(i, &v);
		assert_int_equal(store_put(s, &v, NULL), 0);
	}
	v.facts.n_ueid = UEID_MAX + 1;
	assert_int_equal(store_put(s, &v, NULL), -EINVAL);
	assert_int_equal(count(reader), 0);
	assert_int_equal(store_commit(s), 0);
	assert_int_equal(count(reader), 100);
	assert_true(store_commit(s) < 0); /* without a beginning */
	assert_int_equal(store_put(s, &v, NULL), -EINVAL);
	store_free(reader);
	store_free(s);
}

static void test_ueid_owner(void **state)
{
	struct store *s = open_store();
	struct verdict a, b;
	uint8_t device[SHA256_LEN];

	(void)state;
	make_verdict(1, &a);
	make_verdict(2, &b);
	memcpy(b.facts.ueid, a.facts.ueid, sizeof(b.facts.ueid));
	b.decision.zone = ZONE_QUARANTINE;
	assert_int_equal(store_ueid_owner(s, a.facts.ueid, 17, device), -ENOENT);
	assert_int_equal(store_put(s, &b, NULL), 0);
	assert_int_equal(store_ueid_owner(s, a.facts.ueid, 17, device), -ENOENT);
	assert_int_equal(store_put(s, &a, NULL), 0);
	assert_int_equal(store_ueid_owner(s, a.facts.ueid, 17, device), 0);
	assert_memory_equal(device, a.facts.device, SHA256_LEN);
	assert_int_equal(store_ueid_owner(s, a.facts.ueid, 16, device), -ENOENT);
	assert_int_equal(store_ueid_owner(s, a.facts.ueid, 0, device), -ENOENT);
	a.decision.zone = ZONE_QUARANTINE;
	assert_int_equal(store_put(s, &a, NULL), 0);
	assert_int_equal(store_ueid_owner(s, a.facts.ueid, 17, device), -ENOENT);
	store_free(s);
}

static void test_time_floor(void **state)
{
	struct store *s = open_store();
	int64_t floor_sec = -1;

	(void)state;
	assert_int_equal(store_time_floor(s, &floor_sec), 0);
	assert_int_equal(floor_sec, 0);
	assert_int_equal(store_raise_time_floor(s, 2000), 0);
	assert_int_equal(store_raise_time_floor(s, 1999), 0);
	store_free(s);

	s = open_store();
	assert_int_equal(store_time_floor(s, &floor_sec), 0);
	assert_int_equal(floor_sec, 2000);
	assert_int_equal(store_raise_time_floor(s, 2001), 0);
	assert_int_equal(store_time_floor(s, &floor_sec), 0);
	assert_int_equal(floor_sec, 2001);
	store_free(s);
}

static unsigned log_syncs;

/* SQLite calls this one in the place of libc's. */
int fdatasync(int fd)
{
	char link[32], path[128] = "";

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (readlink(link, path, sizeof(path) - 1) > 0 && strstr(path, "-wal"))
		log_syncs++;
	return (int)syscall(SYS_fdatasync, fd);
}

/* A commit is on the disk after store_sync(), also while somebody reads the state before it, as `hallmarkctl log verify` does. */
static void test_sync_beside_a_reader(void **state)
{
	struct store *s = open_store();
	sqlite3 *reader = NULL;

	(void)state;
	assert_int_equal(store_raise_time_floor(s, 1), 0);
	assert_int_equal(sqlite3_open(store_path, &reader), SQLITE_OK);
	assert_int_equal(sqlite3_exec(reader, "BEGIN; SELECT * FROM time_floor", NULL, NULL, NULL), SQLITE_OK);
	log_syncs = 0;
	assert_int_equal(store_sync(s), 0);
	assert_true(log_syncs > 0);

	log_syncs = 0;
	assert_int_equal(store_raise_time_floor(s, 2), 0);
	assert_int_equal(log_syncs, 0); /* the commit alone does not */
	assert_int_equal(store_sync(s), 0);
	assert_true(log_syncs > 0);
	assert_int_equal(sqlite3_close(reader), SQLITE_OK);
	store_free(s);
}

static void test_file_mode(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	mode_t before = umask(0);
	struct store *s = open_store();

	(void)state;
	assert_int_equal(store_raise_time_floor(s, 1), 0);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		struct stat st;
		char file[80];

		(void)snprintf(file, sizeof(file), "%s%s", store_path, ends[i]);
		assert_int_equal(stat(file, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
	}
	store_free(s);
	(void)umask(before);
}

static void test_other_schema(void **state)
{
	struct store *s = open_store();

	(void)state;
	store_free(s);
	meddle("PRAGMA user_version = 11");
	assert_int_equal(store_open(store_path, &s), -EPROTO);
	meddle("PRAGMA user_version = 0");
	assert_int_equal(store_open(store_path, &s), -EPROTO);
	meddle("PRAGMA user_version = 10");
	store_free(open_store());
	meddle("PRAGMA application_id = 1");
	assert_int_equal(store_open(store_path, &s), -EBADMSG);
}

/* The tables as hallmarkd 0.1.0 made them, word for word. */
static const char version_1[] =
	"CREATE TABLE verdict (device BLOB PRIMARY KEY, ueid BLOB NOT NULL, zone TEXT NOT NULL,"
	" admitted INTEGER NOT NULL, until INTEGER NOT NULL, layout TEXT NOT NULL, digest BLOB NOT NULL,"
	" record BLOB NOT NULL) STRICT;"
	"CREATE INDEX verdict_ueid ON verdict (ueid);"
	"CREATE TABLE input (device BLOB NOT NULL, kind INTEGER NOT NULL, position INTEGER NOT NULL,"
	" bytes BLOB NOT NULL, PRIMARY KEY (device, kind, position)) STRICT;"
	"CREATE TABLE time_floor (id INTEGER PRIMARY KEY CHECK (id = 1), seconds INTEGER NOT NULL) STRICT;"
	"PRAGMA application_id = 0x48414c4d; PRAGMA user_version = 1; PRAGMA journal_mode = WAL";

/* The file becomes one of version 1 with all that it held. */
static void make_version_1(void)
{
	char sql[512], newer[80];

	(void)snprintf(newer, sizeof(newer), "%s.newer", store_path);
	assert_int_equal(rename(store_path, newer), 0);
	meddle(version_1);
	(void)snprintf(
		sql, sizeof(sql),
		"ATTACH '%s' AS newer; INSERT INTO verdict SELECT device, ueid, zone, admitted, until, layout, digest,"
		" record FROM newer.verdict;"
		"INSERT INTO input SELECT * FROM newer.input;"
		"INSERT INTO time_floor SELECT * FROM newer.time_floor",
		newer);
	meddle(sql);
	assert_int_equal(unlink(newer), 0);
}

static void test_version_1_loses_nothing(void **state)
{
	static uint8_t evidence[HALLMARK_TOKEN_MAX];
	struct signed_inputs inputs = { .n_chain = 1, .evidence = BYTES(evidence) }, got = { 0 };
	struct store *s = open_store();
	struct verdict v[5];
	int64_t floor_sec = 0;

	(void)state;
	fill(evidence, sizeof(evidence));
	inputs.chain[0] = bytes_of_string("certificate");
	for (uint32_t i = 0; i < ARRAY_SIZE(v); i++) {
		make_verdict(i, &v[i]);
		assert_int_equal(store_put(s, &v[i], &inputs), 0);
	}
	assert_int_equal(store_raise_time_floor(s, 2000), 0);
	store_free(s);
	make_version_1();
	assert_int_equal(store_open_to_read(store_path, &s), -EPROTO); /* it would have to write */

	for (int times = 0; times < 2; times++) {
		s = open_store();
		assert_int_equal(count(s), ARRAY_SIZE(v));
		for (uint32_t i = 0; i < ARRAY_SIZE(v); i++) {
			assert_true(holds(s, &v[i]));
			assert_int_equal(store_inputs(s, v[i].facts.device, &got), 0);
			assert_true(inputs_equal(&got, &inputs));
		}
		assert_int_equal(store_time_floor(s, &floor_sec), 0);
		assert_int_equal(floor_sec, 2000);
		store_free(s);
	}
	meddle("INSERT INTO record_foot VALUES (1, 0, x'00', x'00'); SELECT * FROM record, trust_set"); /* the tables are there */
}

/* A step that cannot be taken leaves the file as it was. */
static void test_version_1_that_cannot_grow(void **state)
{
	struct store *s = open_store();
	struct verdict v;

	(void)state;
	make_verdict(1, &v);
	assert_int_equal(store_put(s, &v, NULL), 0);
	store_free(s);
	make_version_1();
	meddle("CREATE TABLE trust_set (x)");
	assert_true(store_open(store_path, &s) < 0);
	meddle("CREATE TABLE record (x); DROP TABLE record; DROP TABLE trust_set");
	s = open_store();
	assert_true(holds(s, &v));
	store_free(s);
}

static void test_reader(void **state)
{
	struct store *s = NULL, *reader = NULL;
	struct verdict v;

	(void)state;
	assert_int_equal(store_open_to_read(store_path, &reader), -ENOENT);
	assert_int_equal(access(store_path, F_OK), -1);
	s = open_store();
	make_verdict(1, &v);
	assert_int_equal(store_open_to_read(store_path, &reader), 0);
	assert_int_equal(store_put(s, &v, NULL), 0); /* beside the one who writes */
	assert_true(holds(reader, &v));
	assert_int_equal(store_put(reader, &v, NULL), -EACCES);
	store_free(reader);
	assert_int_equal(store_put(s, &v, NULL), 0);
	store_free(s);
	assert_int_equal(store_open_to_read(store_path, &reader), 0); /* and alone */
	assert_true(holds(reader, &v));
	store_free(reader);
}

static void test_damaged_rows(void **state)
{
	struct store *s = open_store();
	struct verdict v;

	(void)state;
	for (uint32_t i = 0; i < 5; i++) {
		make_verdict(i, &v);
		assert_int_equal(store_put(s, &v, NULL), 0);
	}
	store_free(s);
	meddle("UPDATE verdict SET layout = layout || 'x' WHERE until = 1000");
	meddle("UPDATE verdict SET record = substr(record, 1, 100) WHERE until = 1001");
	meddle("UPDATE verdict SET record = CAST(x'00' || substr(record, 2) AS BLOB), digest = "
	       "x'00' WHERE until = 1002");
	meddle("UPDATE verdict SET device = CAST(zeroblob(32) || x'01' AS BLOB) WHERE until = "
	       "1003");

	s = open_store();
	assert_int_equal(count(s), 1);
	assert_true(holds(s, &v));
	store_free(s);
}

/* A record that has its digest, and is not a packed verdict: more or less bytes, and none. */
static void test_records_that_cannot_be_unpacked(void **state)
{
	static const uint8_t records[][4] = { { 0xff }, { 1, 1, 1, 1 }, { 2, 0 }, { 0 } };
	struct store *s = open_store();
	struct verdict v;

	(void)state;
	make_verdict(1, &v);
	assert_int_equal(store_put(s, &v, NULL), 0);
	assert_true(holds(s, &v));
	store_free(s);
	for (size_t i = 0; i < ARRAY_SIZE(records); i++) {
		uint8_t digest[SHA256_LEN];
		char record_hex[2 * sizeof(records[i]) + 1], digest_hex[SHA256_HEX_SIZE], sql[256];

		assert_int_equal(digest_sha256(BYTES(records[i]), digest), 0);
		bytes_to_hex(BYTES(records[i]), record_hex);
		bytes_to_hex(BYTES(digest), digest_hex);
		(void)snprintf(sql, sizeof(sql), "UPDATE verdict SET record = x'%s', digest = x'%s'", record_hex,
			       digest_hex);
		meddle(sql);
		s = open_store();
		assert_int_equal(count(s), 0);
		store_free(s);
	}
}

/* The daemon loads what has its digest, and then looks at the whole file. */
static void test_file_that_is_not_intact(void **state)
{
	struct store *s = open_store();
	struct verdict v;

	(void)state;
	make_verdict(1, &v);
	assert_int_equal(store_put(s, &v, NULL), 0);
	assert_int_equal(store_check(s), 0);
	store_free(s);
	assert_int_equal(store_open_to_read(store_path, &s), 0);
	store_free(s);
	meddle("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema "
	       "WHERE name = 'input') WHERE name = 'trust_set'");
	s = open_store();
	assert_true(holds(s, &v));
	assert_int_equal(store_check(s), -EBADMSG);
	store_free(s);
	s = NULL;
	assert_int_equal(store_open_to_read(store_path, &s), -EBADMSG);
	assert_null(s);
}

/* Any one flipped bit of the file: it opens and gives only what was put, or it does not open. */
static void test_flipped_bits(void **state)
{
	struct store *s = open_store();
	struct signed_inputs inputs = { .n_chain = 1 };
	struct stat st;
	struct verdict v;
	int fd;

	(void)state;
	inputs.chain[0] = bytes_of_string("certificate");
	make_verdict(1, &v);
	assert_int_equal(store_put(s, &v, &inputs), 0);
	store_free(s);
	fd = open(store_path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);

	for (int i = 0; i < 400; i++) {
		off_t at = (off_t)(rand_r(&seed) % (unsigned)st.st_size);
		uint8_t byte, flipped;

		assert_int_equal(pread(fd, &byte, 1, at), 1);
		flipped = byte ^ (uint8_t)(1 << i % 8);
		assert_int_equal(pwrite(fd, &flipped, 1, at), 1);
		s = NULL;
		if (store_open(store_path, &s) == 0) {
			struct seen seen = { .expected = &v };
			int given = store_load(s, on_verdict, &seen);

			assert_true(given <= 0 || seen.found);
			(void)store_inputs(s, v.facts.device, &inputs);
			store_free(s);
		}
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	assert_int_equal(close(fd), 0);
	s = open_store();
	assert_true(holds(s, &v));
	store_free(s);
}

static void test_garbage(void **state)
{
	static const char text[] = "this is not a database, but it is long enough to have a header "
				   "of one hundred bytes, "
				   "which SQLite asks for";
	int fd = open(store_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct store *s = NULL;

	(void)state;
	assert_int_equal(write(fd, text, sizeof(text)), sizeof(text));
	assert_int_equal(store_open(store_path, &s), -EBADMSG);
	assert_int_equal(ftruncate(fd, 0), 0);
	store_free(open_store());
	assert_int_equal(ftruncate(fd, 4096), 0); /* the first page alone */
	assert_int_equal(store_open(store_path, &s), -EBADMSG);
	assert_int_equal(close(fd), 0);
	assert_int_equal(store_open("/nonexistent/store", &s), -ENOENT);
	assert_null(s);
}

/* Puts verdicts in pairs, each pair in a transaction, and says after each commit how far it is. */
static void write_until_killed(int progress)
{
	struct store *s = NULL;
	struct verdict v;

	if (store_open(store_path, &s) < 0)
		_exit(1);
	for (uint32_t i = 0;; i += 2) {
		bool failed = store_begin(s) < 0;

		for (uint32_t k = i; k < i + 2; k++) {
			make_verdict(k, &v);
			failed = failed || store_put(s, &v, NULL) < 0;
		}
		if (failed || store_commit(s) < 0 || write(progress, &i, sizeof(i)) != sizeof(i))
			_exit(1);
	}
}

static void test_killed(void **state)
{
	(void)state;
	for (int round = 0; round < 10; round++) {
		uint32_t last = 0, committed = 0;
		int progress[2], status;
		struct store *s;
		pid_t child;

		assert_int_equal(pipe2(progress, O_CLOEXEC), 0);
		child = fork();
		if (child == 0)
			write_until_killed(progress[1]);
		assert_true(child > 0);
		assert_int_equal(close(progress[1]), 0);
		assert_int_equal(read(progress[0], &last, sizeof(last)), sizeof(last));
		(void)usleep((useconds_t)(rand_r(&seed) % 50000));
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		while (read(progress[0], &last, sizeof(last)) == (ssize_t)sizeof(last))
			;
		assert_int_equal(close(progress[0]), 0);

		s = open_store();
		committed = (uint32_t)count(s);
		assert_true(committed >= last + 2);
		assert_int_equal(committed % 2, 0);
		store_free(s);
		assert_int_equal(teardown(NULL), 0);
		assert_int_equal(setup(NULL), 0);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_round_trip),
		TEST(test_inputs),
		TEST(test_transaction),
		TEST(test_ueid_owner),
		TEST(test_time_floor),
		TEST(test_sync_beside_a_reader),
		TEST(test_file_mode),
		TEST(test_other_schema),
		TEST(test_version_1_loses_nothing),
		TEST(test_version_1_that_cannot_grow),
		TEST(test_reader),
		TEST(test_damaged_rows),
		TEST(test_records_that_cannot_be_unpacked),
		TEST(test_file_that_is_not_intact),
		TEST(test_flipped_bits),
		TEST(test_garbage),
		TEST(test_killed),
	};
	const char *given = getenv("SEED");

	seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)clock_monotonic_usec();
	(void)fprintf(stderr, "SEED=%u\n", seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
