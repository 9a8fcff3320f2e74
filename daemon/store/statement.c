/* SPDX-License-Identifier: Apache-2.0 */
/* All SQL that the store runs while it is open, and SQLite's results as errno. */
#include "store/statement.h"

#include <errno.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/admission.h"
#include "store/fields.h"

#define FAULT_USEC (10 * USEC_PER_SEC) /* minimum time between two log lines about one failing statement */

/* The columns of an entry that entry.c reads and binds, and a placeholder for each. */
#define NAME_FIRST(column, kind, member, since)  #column
#define NAME_NEXT(column, kind, member, since)   ", " #column
#define PLACE_FIRST(column, kind, member, since) "?"
#define PLACE_NEXT(column, kind, member, since)  ", ?"
#define ENTRY_COLUMNS                            RECORD_FIELDS(NAME_FIRST, NAME_NEXT)
#define ENTRY_PLACES                             RECORD_FIELDS(PLACE_FIRST, PLACE_NEXT)

/* Of the entries up to ?1: what is older than ?2, or of a device that is no longer known. */
#define OVERDUE                                                                                                        \
	"sequence <= ?1 AND (time < ?2 OR (device <> zeroblob(32) AND NOT EXISTS "                                     \
	"(SELECT 1 FROM verdict WHERE verdict.device = record.device)))"

/* The columns of a verdict that admission.c reads and binds, and a placeholder for each. */
#define NAME_ONE(column, kind, member)    ", " #column
#define NAME_MANY(column, member, count)  ", " #column
#define PLACE_ONE(column, kind, member)   ", ?"
#define PLACE_MANY(column, member, count) ", ?"
#define COLUMNS                           ADMISSION_COLUMNS(NAME_ONE, NAME_MANY)
#define PLACES                            ADMISSION_COLUMNS(PLACE_ONE, PLACE_MANY)

static const char *const statement_text[_STATEMENT_MAX] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[SAVE] = "SAVEPOINT one",
	[RELEASE] = "RELEASE one",
	[UNDO] = "ROLLBACK TO one",
	[PUT] = "INSERT OR REPLACE INTO verdict (admitted, layout, digest, record, sum" COLUMNS ") "
		"VALUES (?1, ?2, ?3, ?4, ?5" PLACES ")",
	[REMOVE] = "DELETE FROM verdict WHERE device = ?1",
	[REMOVE_INPUTS] = "DELETE FROM input WHERE device = ?1",
	[PUT_INPUT] = "INSERT INTO input (device, kind, position, bytes) VALUES (?1, ?2, ?3, ?4)",
	[LOAD] = "SELECT rowid, layout, digest, record, device FROM verdict",
	[LOAD_OTHER] = "SELECT EXISTS (SELECT 1 FROM input WHERE input.device = verdict.device), sum" COLUMNS
		       " FROM verdict WHERE rowid = ?1",
	[INPUTS] = "SELECT kind, position, bytes FROM input WHERE device = ?1 ORDER BY kind, position",
	[UEID_OWNER] = "SELECT device FROM verdict WHERE ueid = ?1 AND admitted = 1 ORDER BY until "
		       "DESC LIMIT 1",
	[TIME_FLOOR] = "SELECT seconds FROM time_floor",
	[HELD_SINCE] = "SELECT since FROM held",
	[ENTRY_APPEND] = "INSERT INTO record (" ENTRY_COLUMNS ") VALUES (" ENTRY_PLACES ")",
	[ENTRY_RENEW] = "UPDATE record SET renewals = ?2, renewed = ?3 "
			"WHERE sequence = (SELECT max(sequence) FROM record WHERE device = ?1)",
	[ENTRY_LAST] = "SELECT sequence, hash FROM record ORDER BY sequence DESC LIMIT 1",
	[ENTRY_EACH] = "SELECT " ENTRY_COLUMNS " FROM record WHERE sequence >= ?1 ORDER BY sequence",
	[ENTRY_EACH_OF] = "SELECT " ENTRY_COLUMNS " FROM record WHERE sequence >= ?1 AND device = ?2 ORDER BY sequence",
	[ENTRY_BACK] = "SELECT " ENTRY_COLUMNS " FROM record WHERE sequence <= ?1 ORDER BY sequence DESC",
	[ENTRY_BACK_OF] =
		"SELECT " ENTRY_COLUMNS " FROM record WHERE sequence <= ?1 AND device = ?2 ORDER BY sequence DESC",
	[ENTRY_DEVICES] = "SELECT DISTINCT device FROM record WHERE device BETWEEN ?1 AND ?2 LIMIT 2",
	[ENTRY_STORED] = "SELECT device FROM verdict WHERE mac = ?1 OR ueid = ?1 LIMIT 2",
	[ENTRY_FOOT] = "SELECT sequence, hash, kept FROM record_foot",
	[ENTRY_PUT_FOOT] = "INSERT OR REPLACE INTO record_foot (id, sequence, hash, kept) VALUES (1, ?1, ?2, ?3)",
	[ENTRY_KEPT] = "SELECT sequence, hash FROM record WHERE sequence <= ?1 ORDER BY sequence",
	[ENTRY_REMOVE] = "DELETE FROM record WHERE sequence <= ?2 "
			 "AND device IN (SELECT device FROM record WHERE sequence BETWEEN ?1 + 1 AND ?2) "
			 "AND (SELECT count(*) FROM (SELECT 1 FROM record AS later WHERE later.device = record.device "
			 "AND later.sequence > record.sequence LIMIT ?3)) = ?3",
	[ENTRY_IS_OVERDUE] = "SELECT 1 FROM record WHERE " OVERDUE " LIMIT 1",
	[ENTRY_REMOVE_OVERDUE] = "DELETE FROM record WHERE " OVERDUE,
	[SET_OF_PATH] = "SELECT kind, identity, path, sequence, issued, until, bytes FROM trust_set "
			"WHERE kind = ?1 AND path = ?2",
	[SET_REMOVE_OTHERS] = "DELETE FROM trust_set WHERE kind = ?1 AND path = ?2 AND identity <> ?3",
	[SET_HAS] = "SELECT 1 FROM trust_set WHERE kind = ?1 AND identity = ?2 AND path = ?3 AND bytes = ?4",
	[SET_PUT] = "INSERT INTO trust_set (kind, identity, path, sequence, issued, until, bytes) "
		    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (kind, identity) DO UPDATE SET "
		    "path = excluded.path, sequence = excluded.sequence, issued = excluded.issued, "
		    "until = excluded.until, bytes = excluded.bytes "
		    "WHERE excluded.sequence >= sequence AND excluded.issued >= issued",
	[SET_REMOVE_PATH] = "DELETE FROM trust_set WHERE kind = ?1 AND path = ?2",
	[SET_EACH] =
		"SELECT kind, identity, path, sequence, issued, until, bytes FROM trust_set ORDER BY kind, identity",
	[ORDER_PUT] = "INSERT OR REPLACE INTO operator_order (device, kind, zone, since, until, reason, uid, boot) "
		      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[ORDER_REMOVE] = "DELETE FROM operator_order WHERE device = ?1",
	[ORDER_EACH] = "SELECT device, kind, zone, since, until, reason, uid, boot FROM operator_order",
	[RAISE_TIME_FLOOR] = "INSERT INTO time_floor (id, seconds) VALUES (1, ?1) "
			     "ON CONFLICT (id) DO UPDATE SET seconds = max(seconds, excluded.seconds)",
	[SET_TIME_FLOOR] = "INSERT OR REPLACE INTO time_floor (id, seconds) VALUES (1, ?1)",
	[SET_HELD_SINCE] = "INSERT OR REPLACE INTO held (id, since) VALUES (1, ?1)",
};

int statement_errno(int code)
{
	if (code == SQLITE_IOERR_SHMSIZE) /* the disk is too full to open a file with a WAL */
		return -ENOSPC;
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

/* With a full disk, the statement fails for each device: it is logged only from time to time. */
static int fault(struct store *s, enum statement which)
{
	int r = statement_errno(sqlite3_extended_errcode(s->db));
	uint64_t now_usec = clock_monotonic_usec();

	if (s->told_usec[which] == 0 || now_usec - s->told_usec[which] >= FAULT_USEC) {
		log_error("store: cannot %s: %s", statement_text[which], sqlite3_errmsg(s->db));
		s->told_usec[which] = now_usec;
	}
	return r < 0 ? r : -EIO;
}

int statement_prepare_all(struct store *s)
{
	for (int i = 0; i < _STATEMENT_MAX; i++) {
		int code = sqlite3_prepare_v3(s->db, statement_text[i], -1, SQLITE_PREPARE_PERSISTENT,
					      &s->statements[i], NULL);

		if (code != SQLITE_OK) /* SQLITE_ERROR: a table differs from the schema */
			return code == SQLITE_ERROR ? -EBADMSG : statement_errno(code);
	}
	return 0;
}

void statement_bind(sqlite3_stmt *statement, int position, struct bytes b)
{
	(void)sqlite3_bind_blob64(statement, position, b.n > 0 ? b.p : (const uint8_t *)"", b.n, SQLITE_STATIC);
}

void statement_bind_text(sqlite3_stmt *statement, int position, struct bytes text)
{
	(void)sqlite3_bind_text64(statement, position, text.n > 0 ? (const char *)text.p : "", text.n, SQLITE_STATIC,
				  SQLITE_UTF8);
}

struct bytes statement_column(sqlite3_stmt *statement, int column)
{
	const void *p = sqlite3_column_blob(statement, column);

	return bytes_of(p, p ? (size_t)sqlite3_column_bytes(statement, column) : 0);
}

int statement_run(struct store *s, enum statement which)
{
	sqlite3_stmt *statement = s->statements[which];
	int code = sqlite3_step(statement);
	int r = code == SQLITE_DONE || code == SQLITE_ROW ? 0 : fault(s, which);

	(void)sqlite3_reset(statement);
	(void)sqlite3_clear_bindings(statement);
	return r;
}

int statement_run_for_device(struct store *s, enum statement which, const uint8_t device[static SHA256_LEN])
{
	statement_bind(s->statements[which], 1, bytes_of(device, SHA256_LEN));
	return statement_run(s, which);
}

int statement_fetch(struct store *s, enum statement which)
{
	int code = sqlite3_step(s->statements[which]);

	if (code == SQLITE_ROW)
		return 1;
	return code == SQLITE_DONE ? 0 : fault(s, which);
}

void statement_reset(struct store *s, enum statement which)
{
	(void)sqlite3_reset(s->statements[which]);
	(void)sqlite3_clear_bindings(s->statements[which]);
}

int statement_save(struct store *s)
{
	return statement_run(s, SAVE);
}

int statement_end_saved(struct store *s, int r)
{
	if (r < 0)
		(void)statement_run(s, UNDO);

	int released = statement_run(s, RELEASE);

	return r < 0 ? r : released;
}
