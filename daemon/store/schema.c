/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of an earlier version is converted to this one. A file of a later version is refused: it may hold what is not
 * known here (but see store/earlier.h).
 */
#include "store/schema.h"

#include <errno.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/journal.h"
#include "base/log.h"
#include "hallmark/journal.h"
#include "store/beside.h"
#include "store/copy.h"
#include "store/statement.h"
#include "store/steps.h"
#include "store/store.h"

/* A single number, as a pragma returns it. */
static int ask_number(sqlite3 *db, const char *question, int64_t *ret)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(db, question, -1, &statement, NULL);

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
int schema_check_soundness(sqlite3 *db)
{
	sqlite3_stmt *statement = NULL;
	bool is_sound = false;
	int code = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		is_sound = bytes_equal_string(statement_column(statement, 0), "ok");
	(void)sqlite3_finalize(statement);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return statement_errno(code);
	return is_sound ? 0 : -EBADMSG;
}

int schema_size(sqlite3 *db, uint64_t *ret)
{
	int64_t pages = 0, size = 0;
	int r = ask_number(db, "PRAGMA page_count", &pages);

	if (r == 0)
		r = ask_number(db, "PRAGMA page_size", &size);
	*ret = (uint64_t)pages * (uint64_t)size;
	return r;
}

/* One transaction: after a power cut the file has the old version or the new one. */
int schema_convert(sqlite3 *db, int64_t version)
{
	int code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	for (unsigned i = (unsigned)version; i < store_version() && code == SQLITE_OK; i++)
		code = sqlite3_exec(db, store_step(i), NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	if (code != SQLITE_OK && !sqlite3_get_autocommit(db))
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return statement_errno(code);
}

/* Killed at any moment, what is left is the file as it was; or a converted one, and its copy. */
static int keep_copy(sqlite3 *db, unsigned version)
{
	const char *path = sqlite3_db_filename(db, "main");
	char unfinished[PATH_MAX], copy[PATH_MAX];
	struct beside_room room;
	uint64_t size = 0;
	int r = schema_size(db, &size);

	if (r == 0)
		r = beside_room(path, version, size, &room);
	if (r < 0)
		return r;
	(void)snprintf(unfinished, sizeof(unfinished), "%s" BESIDE_UNFINISHED, path);
	copy_remove(unfinished);
	r = copy_database(db, unfinished);
	if (r == 0 && rename(unfinished, beside_name(path, version, copy)) < 0)
		r = -errno;
	return r < 0 ? r : beside_sync(path);
}

static int convert_keeping(sqlite3 *db, unsigned version)
{
	const char *path = sqlite3_db_filename(db, "main");
	char copy[PATH_MAX];
	int r = keep_copy(db, version);

	if (r == 0)
		r = schema_convert(db, version);
	if (r < 0)
		return r;
	beside_keep_only(path, version);
	journal_event(LOG_NOTICE, HALLMARK_MESSAGE_CONVERTED,
		      "The store %s was converted from schema %u to %u; a copy as it was is kept in %s, for an earlier "
		      "hallmarkd",
		      path, version, store_version(), beside_name(path, version, copy));
	return 0;
}

int schema_version(sqlite3 *db, int64_t *ret)
{
	int64_t objects = 0, application = 0;
	int r = ask_number(db, "SELECT count(*) FROM sqlite_schema", &objects);

	*ret = 0;
	if (r == 0)
		r = ask_number(db, "PRAGMA application_id", &application);
	if (r == 0)
		r = ask_number(db, "PRAGMA user_version", ret);
	if (r < 0)
		return r;
	if (objects == 0 && application == 0 && *ret == 0)
		return 1;
	return application == STORE_APPLICATION_ID ? 0 : -EBADMSG;
}

int schema_check(sqlite3 *db, bool keeps_copy)
{
	const bool is_read_only = sqlite3_db_readonly(db, "main") == 1;
	int64_t version;
	int r = schema_version(db, &version);

	if (r > 0)
		return is_read_only ? -EBADMSG : schema_convert(db, 0);
	if (r < 0)
		return r;
	if (version < (is_read_only ? store_version() : 1) || version > store_version())
		return -EPROTO;

	if (version == store_version())
		return 0;
	r = schema_check_soundness(db);
	if (r < 0)
		return r;
	return keeps_copy ? convert_keeping(db, (unsigned)version) : schema_convert(db, version);
}
