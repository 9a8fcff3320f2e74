/* SPDX-License-Identifier: Apache-2.0 */
/* The tables, once they are there, are those of one version; a file of another is refused. */
#include "store/schema.h"

#include <errno.h>

#include "store/statement.h"

#define SCHEMA_VERSION 1
#define APPLICATION_ID 0x48414c4d /* "HALM" */
#define NUMBER(x)      NUMBER_(x)
#define NUMBER_(x)     #x

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
	return code == SQLITE_ROW ? 0 : code == SQLITE_DONE ? -EIO : statement_errno(code);
}

static int check_soundness(const struct store *s)
{
	int64_t sound = 0;
	int r = ask_number(s, "SELECT count(*) FROM pragma_quick_check(1) WHERE quick_check = 'ok'", &sound);

	if (r < 0)
		return r;
	return sound == 1 ? 0 : -EBADMSG;
}

int schema_check(struct store *s)
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
		return statement_errno(sqlite3_exec(s->db, schema, NULL, NULL, NULL));
	if (application != APPLICATION_ID)
		return -EBADMSG;
	if (version != SCHEMA_VERSION)
		return -EPROTO;
	return check_soundness(s);
}
