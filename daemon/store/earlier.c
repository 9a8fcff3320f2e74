/* SPDX-License-Identifier: Apache-2.0 */
#include "store/earlier.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/journal.h"
#include "base/log.h"
#include "hallmark/journal.h"
#include "store/beside.h"
#include "store/copy.h"
#include "store/schema.h"
#include "store/statement.h"
#include "store/store.h"

#define PATIENCE_MSEC 3000 /* for who reads the store */
#define TABLES_MAX    2    /* that belong together */

/*
 * Tables of which each makes no sense without the other are carried together. Where a required one stays as it was, a
 * quarantine would be lifted, or a former list be the newest one.
 */
static const struct group {
	const char *tables[TABLES_MAX];
	bool is_required;
} groups[] = {
	{ { "verdict", "input" }, false }, { { "record", "record_foot" }, false },
	{ { "trust_set" }, true },         { { "operator_order" }, true },
	{ { "time_floor" }, true },        { { "held" }, false },
};

DEFINE_CLEANUP(sqlite3 *, sqlite3_close);

static int open_at(const char *path, int flags, sqlite3 **ret)
{
	int code = sqlite3_open_v2(path, ret, flags | SQLITE_OPEN_NOMUTEX, NULL);

	if (code != SQLITE_OK)
		return statement_errno(code);
	(void)sqlite3_busy_timeout(*ret, PATIENCE_MSEC);
	(void)sqlite3_db_config(*ret, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	return statement_errno(sqlite3_exec(*ret, "PRAGMA trusted_schema = OFF", NULL, NULL, NULL));
}

/* --- Carrying rows over --- */

/* The columns of a table of ours, as "a", "b"; -ENOENT when the later file lacks one of them. */
static int list_columns(sqlite3 *db, const char *table, char ret[static 2048])
{
	static const char question[] =
		"SELECT group_concat('\"' || name || '\"'), "
		"min(name IN (SELECT name FROM pragma_table_info(?1, 'later'))) FROM pragma_table_info(?1, 'main')";
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(db, question, -1, &statement, NULL), r = -ENOENT;

	if (code == SQLITE_OK)
		code = sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code != SQLITE_ROW)
		r = code == SQLITE_OK || code == SQLITE_DONE ? -EIO : statement_errno(code);
	else if (sqlite3_column_int(statement, 1) == 1)
		r = snprintf(ret, 2048, "%s", (const char *)sqlite3_column_text(statement, 0)) < 2048 ? 0 : -E2BIG;
	(void)sqlite3_finalize(statement);
	return r;
}

static int carry_table(sqlite3 *db, const char *table)
{
	char columns[2048], sql[2 * sizeof(columns) + 128];
	int r = list_columns(db, table, columns), code;

	if (r < 0)
		return r;
	(void)snprintf(sql, sizeof(sql), "DELETE FROM main.%s; INSERT INTO main.%s (%s) SELECT %s FROM later.%s", table,
		       table, columns, columns, table);
	code = sqlite3_exec(db, sql, NULL, NULL, NULL);
	/* A row that the table does not take: what the column holds has become something else. */
	return (code & 0xff) == SQLITE_CONSTRAINT ? -ENOENT : statement_errno(code);
}

/* Returns 0, -ENOENT when they stay as they are in the copy, or another negative errno. */
static int carry_group(sqlite3 *db, const char *const tables[static TABLES_MAX])
{
	int r = statement_errno(sqlite3_exec(db, "SAVEPOINT one", NULL, NULL, NULL)), e = 0;

	for (int i = 0; i < TABLES_MAX && tables[i] && r == 0; i++)
		r = carry_table(db, tables[i]);
	if (r == -ENOENT)
		e = statement_errno(sqlite3_exec(db, "ROLLBACK TO one", NULL, NULL, NULL));
	if (e == 0 && (r == 0 || r == -ENOENT))
		e = statement_errno(sqlite3_exec(db, "RELEASE one", NULL, NULL, NULL));
	return e < 0 ? e : r;
}

/* `ret_left`: the tables that stay as they are in the copy. Returns -ENOTSUP when a required one would. */
static int carry_rows(sqlite3 *db, char ret_left[static 128])
{
	int r = statement_errno(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL));
	size_t n = 0;

	ret_left[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(groups) && r == 0; i++) {
		r = carry_group(db, groups[i].tables);
		if (r != -ENOENT)
			continue;
		r = groups[i].is_required ? -ENOTSUP : 0;
		for (int k = 0; k < TABLES_MAX && groups[i].tables[k] && n < 128; k++)
			n += (size_t)snprintf(ret_left + n, 128 - n, "%s%s", n > 0 ? ", " : "", groups[i].tables[k]);
	}
	return r < 0 ? r : statement_errno(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL));
}

static int attach(sqlite3 *db, const char *path)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(db, "ATTACH ?1 AS later", -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	(void)sqlite3_finalize(statement);
	return statement_errno(code);
}

/* The unfinished copy of the copy: converted to this program's version, with the later file's rows. */
static int carry(const char *unfinished, unsigned version, const char *later, char ret_left[static 128])
{
	_cleanup_(sqlite3_closep) sqlite3 *db = NULL;
	int r = open_at(unfinished, SQLITE_OPEN_READWRITE, &db);

	if (r == 0)
		r = schema_convert(db, version);
	if (r == 0)
		r = attach(db, later);
	return r < 0 ? r : carry_rows(db, ret_left);
}

/* --- The files --- */

static int open_copy(const char *path, unsigned version, sqlite3 **ret)
{
	char copy[PATH_MAX];
	int64_t found = 0;
	int r = open_at(beside_name(path, version, copy), SQLITE_OPEN_READONLY, ret);

	if (r == 0)
		r = schema_version(*ret, &found);
	if (r == 0)
		r = found == version ? schema_check_soundness(*ret) : -EPROTO;
	return r == 0 ? 0 : -EPROTO;
}

/* Whether `later` has all columns that a table has in the copy. */
static int has_columns(sqlite3 *copy, const char *table, sqlite3 *later)
{
	sqlite3_stmt *names = NULL, *rows = NULL;
	int code = sqlite3_prepare_v2(
		    copy,
		    "SELECT 'SELECT ' || group_concat('t.\"' || name || '\"') || ' FROM ' || ?1 || ' t' "
		    "FROM pragma_table_info(?1)",
		    -1, &names, NULL),
	    r;

	if (code == SQLITE_OK)
		code = sqlite3_bind_text(names, 1, table, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(names);
	r = code != SQLITE_ROW ? statement_errno(code == SQLITE_DONE ? SQLITE_ERROR : code) : 0;
	if (r == 0 && sqlite3_column_text(names, 0) && /* NULL: the copy has no such table yet */
	    sqlite3_prepare_v2(later, (const char *)sqlite3_column_text(names, 0), -1, &rows, NULL) != SQLITE_OK)
		r = -ENOTSUP;
	(void)sqlite3_finalize(rows);
	(void)sqlite3_finalize(names);
	return r;
}

int earlier_check(const char *path, unsigned version, sqlite3 *later)
{
	_cleanup_(sqlite3_closep) sqlite3 *db = NULL;
	int r = open_copy(path, version, &db);

	for (size_t i = 0; i < ARRAY_SIZE(groups) && r == 0; i++)
		if (groups[i].is_required)
			r = has_columns(db, groups[i].tables[0], later);
	return r;
}

static int copy_the_copy(const char *path, unsigned version, const char *unfinished)
{
	_cleanup_(sqlite3_closep) sqlite3 *db = NULL;
	int r = open_copy(path, version, &db);

	return r < 0 ? r : copy_database(db, unfinished);
}

/*
 * The later file becomes one that is complete by itself: a WAL that stayed beside it would change the file that takes its
 * place. This needs it alone. Returns its version.
 */
static int settle_later(const char *path, uint64_t *ret_size)
{
	_cleanup_(sqlite3_closep) sqlite3 *db = NULL;
	int64_t version = 0;
	int r = open_at(path, SQLITE_OPEN_READWRITE, &db);

	if (r == 0)
		r = schema_version(db, &version);
	if (r == 0)
		r = version > store_version() && version <= INT_MAX ? schema_check_soundness(db) : -EPROTO;
	if (r == 0)
		r = schema_size(db, ret_size);
	if (r == 0)
		r = statement_errno(sqlite3_exec(db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL));
	return r != 0 ? (r < 0 ? r : -EBADMSG) : (int)version;
}

/* The path names one of the two at any moment. */
static int exchange(const char *path, const char *unfinished, const char *kept)
{
	_cleanup_close_ int fd = open(unfinished, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		return -errno;
	(void)unlink(kept); /* left by a start that was killed */
	return link(path, kept) < 0 || rename(unfinished, path) < 0 ? -errno : beside_sync(path);
}

static int take(const char *path, unsigned version, unsigned later, char ret_left[static 128])
{
	char kept[PATH_MAX], unfinished[PATH_MAX];
	int r;

	(void)snprintf(unfinished, sizeof(unfinished), "%s" BESIDE_UNFINISHED, path);
	copy_remove(unfinished);
	r = copy_the_copy(path, version, unfinished);
	if (r == 0)
		r = carry(unfinished, version, path, ret_left);
	if (r == 0)
		r = exchange(path, unfinished, beside_name(path, later, kept));
	if (r < 0)
		copy_remove(unfinished);
	return r;
}

int earlier_take(const char *path)
{
	const unsigned version = beside_find(path);
	char left[128], kept[PATH_MAX];
	struct beside_room room;
	uint64_t size = 0;
	int later = version > 0 ? settle_later(path, &size) : -EPROTO;
	int r = later < 0 ? later : beside_room(path, (unsigned)later, beside_size(path, version) + size, &room);

	if (r == 0)
		r = take(path, version, (unsigned)later, left);
	if (r < 0)
		return r;
	beside_keep_only(path, (unsigned)later);
	journal_event(LOG_WARNING, HALLMARK_MESSAGE_EARLIER,
		      "A later hallmarkd wrote the store %s (schema %d); this one goes on with schema %u, and with the "
		      "devices, orders and record of that file, which is kept in %s%s%s",
		      path, later, store_version(), beside_name(path, (unsigned)later, kept),
		      left[0] ? "; not taken over, but as when it was converted: " : "", left);
	return 0;
}
