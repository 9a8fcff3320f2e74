/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of an earlier version is converted to this one. A file of a later version is refused: it may hold what is not
 * known here.
 */
#include "store/schema.h"

#include <errno.h>
#include <stdbool.h>

#include "base/bytes.h"
#include "store/statement.h"

#define SCHEMA_VERSION 10
#define APPLICATION_ID 0x48414c4d /* "HALM" */
#define NUMBER(x)      NUMBER_(x)
#define NUMBER_(x)     #x

/*
 * The step from each version to the next; no data is lost. A new file takes all the steps, so it equals a converted
 * one.
 */
static const char *const steps[SCHEMA_VERSION] = {
	"CREATE TABLE verdict (device BLOB PRIMARY KEY, ueid BLOB NOT NULL, zone TEXT NOT NULL,"
	" admitted INTEGER NOT NULL, until INTEGER NOT NULL, layout TEXT NOT NULL, digest BLOB NOT NULL,"
	" record BLOB NOT NULL) STRICT;"
	"CREATE INDEX verdict_ueid ON verdict (ueid);"
	"CREATE TABLE input (device BLOB NOT NULL, kind INTEGER NOT NULL, position INTEGER NOT NULL,"
	" bytes BLOB NOT NULL, PRIMARY KEY (device, kind, position)) STRICT;"
	"CREATE TABLE time_floor (id INTEGER PRIMARY KEY CHECK (id = 1), seconds INTEGER NOT NULL) STRICT;"
	"PRAGMA application_id = " NUMBER(APPLICATION_ID) "; PRAGMA user_version = 1",

	"CREATE TABLE record (sequence INTEGER PRIMARY KEY, time INTEGER NOT NULL, device BLOB NOT NULL,"
	" cause INTEGER NOT NULL, zone_before TEXT NOT NULL, zone_after TEXT NOT NULL, rule TEXT NOT NULL,"
	" reason INTEGER NOT NULL, missing INTEGER NOT NULL, scheme TEXT NOT NULL, level INTEGER NOT NULL,"
	" home_level INTEGER NOT NULL, arrangement TEXT NOT NULL, label TEXT NOT NULL, until INTEGER NOT NULL,"
	" expiry_cause INTEGER NOT NULL, inputs BLOB NOT NULL, trust BLOB NOT NULL, previous BLOB NOT NULL,"
	" hash BLOB NOT NULL) STRICT;"
	"CREATE INDEX record_device ON record (device);"
	"CREATE TABLE record_foot (id INTEGER PRIMARY KEY CHECK (id = 1), sequence INTEGER NOT NULL,"
	" hash BLOB NOT NULL) STRICT;"
	"CREATE TABLE trust_set (kind INTEGER NOT NULL, identity TEXT NOT NULL, path TEXT NOT NULL,"
	" sequence INTEGER NOT NULL, issued INTEGER NOT NULL, until INTEGER NOT NULL, bytes BLOB NOT NULL,"
	" PRIMARY KEY (kind, identity)) STRICT;"
	"PRAGMA user_version = 2",

	"CREATE TABLE operator_order (device BLOB PRIMARY KEY, kind INTEGER NOT NULL, zone TEXT NOT NULL,"
	" since INTEGER NOT NULL, until INTEGER NOT NULL, reason TEXT NOT NULL, uid INTEGER NOT NULL,"
	" boot BLOB NOT NULL) STRICT;"
	"PRAGMA user_version = 3",

	/* NULL in existing rows */
	"ALTER TABLE verdict ADD COLUMN sum BLOB;"
	"ALTER TABLE verdict ADD COLUMN expires_first TEXT;"
	"ALTER TABLE verdict ADD COLUMN decided INTEGER;"
	"ALTER TABLE verdict ADD COLUMN reason TEXT;"
	"ALTER TABLE verdict ADD COLUMN interface TEXT;"
	"ALTER TABLE verdict ADD COLUMN port TEXT;"
	"ALTER TABLE verdict ADD COLUMN mac BLOB;"
	"ALTER TABLE verdict ADD COLUMN address TEXT;"
	"ALTER TABLE verdict ADD COLUMN address4 BLOB;"
	"ALTER TABLE verdict ADD COLUMN address6 BLOB;"
	"ALTER TABLE verdict ADD COLUMN attested INTEGER;"
	"ALTER TABLE verdict ADD COLUMN provisional INTEGER;"
	"ALTER TABLE verdict ADD COLUMN boot BLOB;"
	"ALTER TABLE verdict ADD COLUMN monitored_until INTEGER;"
	"ALTER TABLE verdict ADD COLUMN reattest_by INTEGER;"
	"ALTER TABLE verdict ADD COLUMN reattest_boot BLOB;"
	"ALTER TABLE verdict ADD COLUMN ended TEXT;"
	"ALTER TABLE verdict ADD COLUMN unstored INTEGER;"
	"ALTER TABLE verdict ADD COLUMN possession TEXT;"
	"ALTER TABLE verdict ADD COLUMN freshness TEXT;"
	"ALTER TABLE verdict ADD COLUMN same_device TEXT;"
	"ALTER TABLE verdict ADD COLUMN handles BLOB;"
	"ALTER TABLE verdict ADD COLUMN result BLOB;"
	"PRAGMA user_version = 4",

	("CREATE TABLE held (id INTEGER PRIMARY KEY CHECK (id = 1), since INTEGER NOT NULL) STRICT;"
	 "PRAGMA user_version = 5"),

	("ALTER TABLE verdict ADD COLUMN place TEXT;" /* NULL in the rows that are there */
	 "PRAGMA user_version = 6"),

	("ALTER TABLE record_foot ADD COLUMN kept BLOB NOT NULL DEFAULT "
	 "x'0000000000000000000000000000000000000000000000000000000000000000';" /* no entry is kept */
	 "PRAGMA user_version = 7"),

	("ALTER TABLE verdict ADD COLUMN renewals INTEGER;" /* NULL in the rows that are there */
	 "ALTER TABLE record ADD COLUMN renewals INTEGER NOT NULL DEFAULT 0;"
	 "ALTER TABLE record ADD COLUMN renewed INTEGER NOT NULL DEFAULT 0;"
	 "PRAGMA user_version = 8"),

	("ALTER TABLE record ADD COLUMN encoding INTEGER NOT NULL DEFAULT 1;" /* of the entries that are there */
	 "ALTER TABLE record ADD COLUMN ordered_by TEXT NOT NULL DEFAULT '';"
	 "ALTER TABLE record ADD COLUMN ordered_login TEXT NOT NULL DEFAULT '';"
	 "ALTER TABLE record ADD COLUMN ordered_role TEXT NOT NULL DEFAULT '';"
	 "PRAGMA user_version = 9"),

	("ALTER TABLE record ADD COLUMN name TEXT NOT NULL DEFAULT '';"
	 "ALTER TABLE record ADD COLUMN segment TEXT NOT NULL DEFAULT '';"
	 "ALTER TABLE record ADD COLUMN place TEXT NOT NULL DEFAULT '';"
	 "ALTER TABLE record ADD COLUMN interface TEXT NOT NULL DEFAULT '';"
	 "ALTER TABLE record ADD COLUMN port TEXT NOT NULL DEFAULT '';"
	 "ALTER TABLE record ADD COLUMN mac BLOB NOT NULL DEFAULT x'000000000000';"
	 "PRAGMA user_version = 10"),
};

/* A single number, as a pragma returns it. */
static int ask_number(const struct store *s, const char *question, int64_t *ret)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(s->db, question, -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		*ret = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	return code == SQLITE_ROW ? 0 : code == SQLITE_DONE ? -EIO : statement_errno(code);
}

/*
 * An intact file gives one row, "ok"; else each row is a finding. This uses the pragma itself, not a SELECT from its
 * table function: that passes its argument as a text, which SQLite 3.46 takes for a table name.
 */
int schema_check_soundness(const struct store *s)
{
	sqlite3_stmt *statement = NULL;
	bool is_sound = false;
	int code = sqlite3_prepare_v2(s->db, "PRAGMA quick_check(1)", -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		is_sound = bytes_equal_string(statement_column(statement, 0), "ok");
	(void)sqlite3_finalize(statement);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return statement_errno(code);
	return is_sound ? 0 : -EBADMSG;
}

/* One transaction: after a power cut the file has the old version or the new one. */
static int take_steps(struct store *s, int64_t version)
{
	int code = sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	for (int64_t i = version; i < SCHEMA_VERSION && code == SQLITE_OK; i++)
		code = sqlite3_exec(s->db, steps[i], NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
	if (code != SQLITE_OK && !sqlite3_get_autocommit(s->db))
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return statement_errno(code);
}

int schema_check(struct store *s)
{
	int64_t objects = 0, application = 0, version = 0;
	bool read_only = sqlite3_db_readonly(s->db, "main") == 1;
	int r = ask_number(s, "SELECT count(*) FROM sqlite_schema", &objects);

	if (r == 0)
		r = ask_number(s, "PRAGMA application_id", &application);
	if (r == 0)
		r = ask_number(s, "PRAGMA user_version", &version);
	if (r < 0)
		return r;

	if (objects == 0 && application == 0 && version == 0 && !read_only)
		return take_steps(s, 0);
	if (application != APPLICATION_ID)
		return -EBADMSG;
	if (version < (read_only ? SCHEMA_VERSION : 1) || version > SCHEMA_VERSION)
		return -EPROTO;

	if (version == SCHEMA_VERSION)
		return 0;
	r = schema_check_soundness(s);
	return r < 0 ? r : take_steps(s, version);
}
