/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdicts and signed inputs in one SQLite file. A verdict is kept as the record that it is in
 * memory, with the record's layout and digest beside it: a row of another build or a damaged one is
 * passed over, and its device attests again. What a verdict means, and whether it still holds, is
 * not judged here.
 */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/log.h"

#define SCHEMA_VERSION 1
#define APPLICATION_ID 0x48414c4d /* "HALM" */
#define RECORD_VERSION 3          /* raise it when a field of struct verdict means something else than before */
#define LAYOUT_SIZE    64
#define HELD_MAX       (HALLMARK_CHAIN_MAX + 1 + HALLMARK_LABELS_MAX)
#define NUMBER(x)      NUMBER_(x)
#define NUMBER_(x)     #x

enum statement {
	BEGIN,
	COMMIT,
	ROLLBACK,
	SAVE,
	RELEASE,
	UNDO,
	PUT,
	REMOVE,
	REMOVE_INPUTS,
	PUT_INPUT,
	LOAD,
	INPUTS,
	UEID_OWNER,
	TIME_FLOOR,
	RAISE_TIME_FLOOR,
	SET_TIME_FLOOR,
	_STATEMENT_MAX,
};

static const char *const statement_text[_STATEMENT_MAX] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[SAVE] = "SAVEPOINT one",
	[RELEASE] = "RELEASE one",
	[UNDO] = "ROLLBACK TO one",
	[PUT] = "INSERT OR REPLACE INTO verdict (device, ueid, zone, admitted, until, layout, "
		"digest, record) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[REMOVE] = "DELETE FROM verdict WHERE device = ?1",
	[REMOVE_INPUTS] = "DELETE FROM input WHERE device = ?1",
	[PUT_INPUT] = "INSERT INTO input (device, kind, position, bytes) VALUES (?1, ?2, ?3, ?4)",
	[LOAD] = "SELECT device, layout, digest, record FROM verdict",
	[INPUTS] = "SELECT kind, position, bytes FROM input WHERE device = ?1 ORDER BY kind, position",
	[UEID_OWNER] = "SELECT device FROM verdict WHERE ueid = ?1 AND admitted = 1 ORDER BY until "
		       "DESC LIMIT 1",
	[TIME_FLOOR] = "SELECT seconds FROM time_floor",
	[RAISE_TIME_FLOOR] = "INSERT INTO time_floor (id, seconds) VALUES (1, ?1) "
			     "ON CONFLICT (id) DO UPDATE SET seconds = max(seconds, excluded.seconds)",
	[SET_TIME_FLOOR] = "INSERT OR REPLACE INTO time_floor (id, seconds) VALUES (1, ?1)",
};

static const char schema[] =
	"BEGIN IMMEDIATE;"
	"CREATE TABLE verdict (device BLOB PRIMARY KEY, ueid BLOB NOT NULL, zone TEXT NOT NULL,"
	" admitted INTEGER NOT NULL, until INTEGER NOT NULL, layout TEXT NOT NULL, digest BLOB NOT "
	"NULL,"
	" record BLOB NOT NULL) STRICT;"
	"CREATE INDEX verdict_ueid ON verdict (ueid);"
	"CREATE TABLE input (device BLOB NOT NULL, kind INTEGER NOT NULL, position INTEGER NOT "
	"NULL,"
	" bytes BLOB NOT NULL, PRIMARY KEY (device, kind, position)) STRICT;"
	"CREATE TABLE time_floor (id INTEGER PRIMARY KEY CHECK (id = 1), seconds INTEGER NOT NULL) "
	"STRICT;"
	"PRAGMA application_id = " NUMBER(APPLICATION_ID) "; PRAGMA user_version = " NUMBER(SCHEMA_VERSION) "; COMMIT";

/* A commit is in the log before it returns, but not always on the disk: a power cut may cost the last ones. */
static const char settings[] = "PRAGMA journal_mode = WAL;"
			       "PRAGMA synchronous = NORMAL;"
			       "PRAGMA trusted_schema = OFF";

/* The numbers stand in the file. */
enum input_kind {
	INPUT_CHAIN = 1,
	INPUT_EVIDENCE = 2,
	INPUT_LABEL = 3,
};

struct store {
	sqlite3 *db;
	sqlite3_stmt *statements[_STATEMENT_MAX];
	char layout[LAYOUT_SIZE];
	uint8_t *held[HELD_MAX]; /* bytes that the last store_inputs() gave out */
	size_t n_held;
};

DEFINE_CLEANUP(struct store *, store_free);

static int to_errno(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EBADMSG;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_AUTH:
		return -EACCES;
	default:
		return -EIO;
	}
}

static int fault(const struct store *s, const char *what)
{
	int r = to_errno(sqlite3_extended_errcode(s->db));

	log_error("store: cannot %s: %s", what, sqlite3_errmsg(s->db));
	return r < 0 ? r : -EIO;
}

/* Sizes and offsets of what the record is made of: two builds that agree in all of them agree in the record. */
static void describe_layout(char ret[static LAYOUT_SIZE])
{
	(void)snprintf(ret, LAYOUT_SIZE, "%d:%zu:%zu:%zu:%zu:%zu:%zu:%zu", RECORD_VERSION, sizeof(struct verdict),
		       sizeof(struct facts), sizeof(struct label_facts), sizeof(struct product),
		       sizeof(struct decision), offsetof(struct facts, labels), offsetof(struct decision, refusals));
}

/* --- Statements --- */

static void bind_bytes(sqlite3_stmt *statement, int position, struct bytes b)
{
	(void)sqlite3_bind_blob64(statement, position, b.n > 0 ? b.p : (const uint8_t *)"", b.n, SQLITE_STATIC);
}

static struct bytes column_bytes(sqlite3_stmt *statement, int column)
{
	const void *p = sqlite3_column_blob(statement, column);

	return bytes_of(p, p ? (size_t)sqlite3_column_bytes(statement, column) : 0);
}

/* Runs a statement that gives no rows, and makes it ready for the next time. */
static int run(struct store *s, enum statement which)
{
	sqlite3_stmt *statement = s->statements[which];
	int code = sqlite3_step(statement);
	int r = code == SQLITE_DONE || code == SQLITE_ROW ? 0 : fault(s, statement_text[which]);

	(void)sqlite3_reset(statement);
	(void)sqlite3_clear_bindings(statement);
	return r;
}

static int run_for_device(struct store *s, enum statement which, const uint8_t device[static SHA256_LEN])
{
	bind_bytes(s->statements[which], 1, bytes_of(device, SHA256_LEN));
	return run(s, which);
}

/* For a statement that gives one row at most: 1 when there is one. The caller resets it. */
static int fetch(struct store *s, enum statement which)
{
	int code = sqlite3_step(s->statements[which]);

	if (code == SQLITE_ROW)
		return 1;
	return code == SQLITE_DONE ? 0 : fault(s, statement_text[which]);
}

static void finish(struct store *s, enum statement which)
{
	(void)sqlite3_reset(s->statements[which]);
	(void)sqlite3_clear_bindings(s->statements[which]);
}

/* --- Opening --- */

/* The file is made before SQLite sees it, because its log takes the file's mode. */
static int make_private(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 || fchmod(fd, 0600) < 0)
		return log_errno(-errno, "%s", path);
	return 0;
}

/* A single number, as a pragma gives it. */
static int ask_number(const struct store *s, const char *question, int64_t *ret)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(s->db, question, -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		*ret = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	return code == SQLITE_ROW ? 0 : code == SQLITE_DONE ? -EIO : to_errno(code);
}

static int check_soundness(const struct store *s)
{
	int64_t sound = 0;
	int r = ask_number(s, "SELECT count(*) FROM pragma_quick_check(1) WHERE quick_check = 'ok'", &sound);

	if (r < 0)
		return r;
	return sound == 1 ? 0 : -EBADMSG;
}

/* Makes the tables in a new file; an old one must be ours and of this version. */
static int check_schema(struct store *s)
{
	int64_t objects = 0, application = 0, version = 0;
	int r = ask_number(s, "SELECT count(*) FROM sqlite_schema", &objects);

	if (r == 0)
		r = ask_number(s, "PRAGMA application_id", &application);
	if (r == 0)
		r = ask_number(s, "PRAGMA user_version", &version);
	if (r < 0)
		return r;

	if (objects == 0 && application == 0 && version == 0)
		return to_errno(sqlite3_exec(s->db, schema, NULL, NULL, NULL));
	if (application != APPLICATION_ID)
		return -EBADMSG;
	if (version != SCHEMA_VERSION)
		return -EPROTO;
	return check_soundness(s);
}

static int prepare_all(struct store *s)
{
	for (int i = 0; i < _STATEMENT_MAX; i++) {
		int code = sqlite3_prepare_v3(s->db, statement_text[i], -1, SQLITE_PREPARE_PERSISTENT,
					      &s->statements[i], NULL);

		if (code != SQLITE_OK) /* SQLITE_ERROR: a table is not as it should be */
			return code == SQLITE_ERROR ? -EBADMSG : to_errno(code);
	}
	return 0;
}

static int open_database(const char *path, struct store *s)
{
	int code = sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	int r;

	if (code != SQLITE_OK)
		return to_errno(code);
	(void)sqlite3_extended_result_codes(s->db, 1);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	r = check_schema(s);
	if (r < 0)
		return r;
	r = to_errno(sqlite3_exec(s->db, settings, NULL, NULL, NULL));
	return r < 0 ? r : prepare_all(s);
}

static int explain(int r, const char *path)
{
	if (r == -EPROTO)
		log_error("%s: written by another version of hallmarkd; move it away and devices "
			  "attest again",
			  path);
	else if (r == -EBADMSG)
		log_error("%s: not a sound store of hallmarkd; move it away with its -wal and "
			  "-shm, and devices attest again",
			  path);
	else
		(void)log_errno(r, "%s", path);
	return r;
}

int store_open(const char *path, struct store **ret)
{
	_cleanup_(store_freep) struct store *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	describe_layout(s->layout);
	r = make_private(path);
	if (r < 0)
		return r;
	r = open_database(path, s);
	if (r < 0)
		return explain(r, path);

	*ret = TAKE_PTR(s);
	return 0;
}

static void release_held(struct store *s)
{
	for (size_t i = 0; i < s->n_held; i++)
		free(s->held[i]);
	s->n_held = 0;
}

void store_free(struct store *s)
{
	if (!s)
		return;
	release_held(s);
	for (int i = 0; i < _STATEMENT_MAX; i++)
		(void)sqlite3_finalize(s->statements[i]);
	(void)sqlite3_close(s->db);
	free(s);
}

/* --- Writing --- */

int store_begin(struct store *s)
{
	return run(s, BEGIN);
}

int store_commit(struct store *s)
{
	int r = run(s, COMMIT);

	/* SQLite may have rolled back by itself; then there is nothing to undo. */
	if (r < 0 && !sqlite3_get_autocommit(s->db))
		(void)run(s, ROLLBACK);
	return r;
}

/* A passive checkpoint writes the log through to the disk first. */
int store_sync(struct store *s)
{
	int r = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);

	return r == SQLITE_OK || r == SQLITE_BUSY ? 0 : -EIO;
}

static int put_verdict(struct store *s, const struct verdict *v)
{
	sqlite3_stmt *put = s->statements[PUT];
	struct bytes record = bytes_of(v, sizeof(*v));
	uint8_t digest[SHA256_LEN];
	int r = digest_sha256(record, digest);

	if (r < 0)
		return r;
	bind_bytes(put, 1, BYTES(v->facts.device));
	bind_bytes(put, 2, bytes_of(v->facts.ueid, v->facts.n_ueid));
	(void)sqlite3_bind_text(put, 3, v->zone, (int)strnlen(v->zone, sizeof(v->zone)), SQLITE_STATIC);
	(void)sqlite3_bind_int(put, 4, v->decision.zone != ZONE_QUARANTINE);
	(void)sqlite3_bind_int64(put, 5, v->decision.expiry.at_sec);
	(void)sqlite3_bind_text(put, 6, s->layout, -1, SQLITE_STATIC);
	bind_bytes(put, 7, BYTES(digest));
	bind_bytes(put, 8, record);
	return run(s, PUT);
}

static int put_input(struct store *s, const uint8_t device[static SHA256_LEN], enum input_kind kind, size_t position,
		     struct bytes input)
{
	sqlite3_stmt *put = s->statements[PUT_INPUT];

	bind_bytes(put, 1, bytes_of(device, SHA256_LEN));
	(void)sqlite3_bind_int(put, 2, kind);
	(void)sqlite3_bind_int64(put, 3, (int64_t)position);
	bind_bytes(put, 4, input);
	return run(s, PUT_INPUT);
}

static int put_inputs(struct store *s, const uint8_t device[static SHA256_LEN], const struct signed_inputs *inputs)
{
	int r = run_for_device(s, REMOVE_INPUTS, device);

	for (size_t i = 0; i < inputs->n_chain && r == 0; i++)
		r = put_input(s, device, INPUT_CHAIN, i, inputs->chain[i]);
	if (r == 0)
		r = put_input(s, device, INPUT_EVIDENCE, 0, inputs->evidence);
	for (size_t i = 0; i < inputs->n_labels && r == 0; i++)
		r = put_input(s, device, INPUT_LABEL, i, inputs->labels[i]);
	return r;
}

/* Ends what SAVE began: keeps it, or undoes it when r says that it failed. */
static int end_saved(struct store *s, int r)
{
	if (r < 0)
		(void)run(s, UNDO);

	int released = run(s, RELEASE);

	return r < 0 ? r : released;
}

int store_put(struct store *s, const struct verdict *v, const struct signed_inputs *inputs)
{
	int r;

	if (v->facts.n_ueid > sizeof(v->facts.ueid))
		return -EINVAL;
	if (inputs && (inputs->n_chain > HALLMARK_CHAIN_MAX || inputs->n_labels > HALLMARK_LABELS_MAX))
		return -E2BIG;

	r = run(s, SAVE);
	if (r < 0)
		return r;
	r = put_verdict(s, v);
	if (r == 0 && inputs)
		r = put_inputs(s, v->facts.device, inputs);
	return end_saved(s, r);
}

int store_remove(struct store *s, const uint8_t device[static SHA256_LEN])
{
	int r = run(s, SAVE);

	if (r < 0)
		return r;
	r = run_for_device(s, REMOVE, device);
	if (r == 0)
		r = run_for_device(s, REMOVE_INPUTS, device);
	return end_saved(s, r);
}

/* --- Reading --- */

/* Reads the row that LOAD stands at. Returns false when it is of another layout or damaged. */
static bool read_verdict(const struct store *s, struct verdict *ret)
{
	sqlite3_stmt *row = s->statements[LOAD];
	struct bytes device = column_bytes(row, 0), layout = column_bytes(row, 1);
	struct bytes digest = column_bytes(row, 2), record = column_bytes(row, 3);
	uint8_t expected[SHA256_LEN];

	if (!bytes_equal_string(layout, s->layout) || record.n != sizeof(*ret))
		return false;
	if (digest_sha256(record, expected) < 0 || !bytes_equal(digest, BYTES(expected)))
		return false;
	memcpy(ret, record.p, sizeof(*ret));
	return bytes_equal(device, BYTES(ret->facts.device));
}

int store_load(struct store *s, void (*on_verdict)(const struct verdict *v, void *userdata), void *userdata)
{
	_cleanup_free_ struct verdict *v = malloc(sizeof(*v));
	int given = 0, skipped = 0, r;

	if (!v)
		return -ENOMEM;
	for (r = fetch(s, LOAD); r > 0; r = fetch(s, LOAD)) {
		if (!read_verdict(s, v)) {
			skipped++;
			continue;
		}
		on_verdict(v, userdata);
		given++;
	}
	finish(s, LOAD);
	if (skipped > 0)
		log_warning("store: %d verdicts of another build, or damaged, passed over: those "
			    "devices attest again",
			    skipped);
	return r < 0 ? r : given;
}

int store_ueid_owner(struct store *s, const uint8_t *ueid, size_t n, uint8_t ret_device[static SHA256_LEN])
{
	struct bytes device;
	int r;

	if (n == 0)
		return -ENOENT;
	bind_bytes(s->statements[UEID_OWNER], 1, bytes_of(ueid, n));
	r = fetch(s, UEID_OWNER);
	device = r > 0 ? column_bytes(s->statements[UEID_OWNER], 0) : bytes_of(NULL, 0);
	if (device.n == SHA256_LEN)
		memcpy(ret_device, device.p, SHA256_LEN);
	else if (r >= 0)
		r = -ENOENT;
	finish(s, UEID_OWNER);
	return r < 0 ? r : 0;
}

/* Copies the input that INPUTS stands at to its place. Returns 0, -EBADMSG for a place that it cannot have, -ENOMEM. */
static int take_input(struct store *s, struct signed_inputs *ret)
{
	sqlite3_stmt *row = s->statements[INPUTS];
	int64_t position = sqlite3_column_int64(row, 1);
	struct bytes input = column_bytes(row, 2);
	uint8_t *copy;

	if (s->n_held == HELD_MAX)
		return -EBADMSG;
	copy = bytes_dup(input);
	if (!copy)
		return -ENOMEM;
	s->held[s->n_held++] = copy;
	input.p = copy;

	switch (sqlite3_column_int(row, 0)) {
	case INPUT_CHAIN:
		if (position != (int64_t)ret->n_chain || position >= HALLMARK_CHAIN_MAX)
			return -EBADMSG;
		ret->chain[ret->n_chain++] = input;
		return 0;
	case INPUT_EVIDENCE:
		ret->evidence = input;
		return 0;
	case INPUT_LABEL:
		if (position != (int64_t)ret->n_labels || position >= HALLMARK_LABELS_MAX)
			return -EBADMSG;
		ret->labels[ret->n_labels++] = input;
		return 0;
	default:
		return -EBADMSG;
	}
}

int store_inputs(struct store *s, const uint8_t device[static SHA256_LEN], struct signed_inputs *ret)
{
	struct signed_inputs inputs = { 0 };
	int r;

	release_held(s);
	bind_bytes(s->statements[INPUTS], 1, bytes_of(device, SHA256_LEN));
	for (r = fetch(s, INPUTS); r > 0;) {
		r = take_input(s, &inputs);
		if (r == 0)
			r = fetch(s, INPUTS);
	}
	finish(s, INPUTS);
	if (r < 0)
		return r;
	if (s->n_held == 0)
		return -ENOENT;

	*ret = inputs;
	return 0;
}

int store_time_floor(struct store *s, int64_t *ret_sec)
{
	int r = fetch(s, TIME_FLOOR);

	if (r >= 0)
		*ret_sec = r > 0 ? sqlite3_column_int64(s->statements[TIME_FLOOR], 0) : 0;
	finish(s, TIME_FLOOR);
	return r < 0 ? r : 0;
}

int store_raise_time_floor(struct store *s, int64_t now_sec)
{
	(void)sqlite3_bind_int64(s->statements[RAISE_TIME_FLOOR], 1, now_sec);
	return run(s, RAISE_TIME_FLOOR);
}

int store_set_time_floor(struct store *s, int64_t now_sec)
{
	(void)sqlite3_bind_int64(s->statements[SET_TIME_FLOOR], 1, now_sec);
	return run(s, SET_TIME_FLOOR);
}
