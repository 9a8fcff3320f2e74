/* SPDX-License-Identifier: Apache-2.0 */
/* What a start of this program would do with the store, without doing it. */
#include "store/outlook.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "store/beside.h"
#include "store/earlier.h"
#include "store/schema.h"
#include "store/statement.h"
#include "store/store.h"

#define PATIENCE_MSEC 3000 /* as hallmarkd starts or stops, it locks the file for a moment */

DEFINE_CLEANUP(sqlite3 *, sqlite3_close);

static bool is_in_use(const char *path)
{
	static const char *const ends[] = { "-wal", "-shm", "-journal" };
	char file[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (snprintf(file, sizeof(file), "%s%s", path, ends[i]) < (int)sizeof(file) && access(file, F_OK) == 0)
			return true;
	return false;
}

/*
 * A file that nobody has open is one that nobody changes: with that said, SQLite makes no WAL beside it only to
 * read.
 */
static int open_to_look(const char *path, sqlite3 **ret)
{
	char uri[3 * PATH_MAX + 32] = "file:";
	size_t n = strlen(uri);
	int code;

	for (const char *p = path; *p; p++)
		n += (size_t)snprintf(uri + n, sizeof(uri) - n, strchr("%?#", *p) ? "%%%02x" : "%c", *p);
	if (!is_in_use(path))
		(void)snprintf(uri + n, sizeof(uri) - n, "?immutable=1");
	code = sqlite3_open_v2(uri, ret, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
	if (code != SQLITE_OK)
		return statement_errno(code);
	(void)sqlite3_busy_timeout(*ret, PATIENCE_MSEC);
	return statement_errno(sqlite3_exec(*ret, "PRAGMA trusted_schema = OFF", NULL, NULL, NULL));
}

/* It is of another version: whether it can be taken over. */
static int look_beside(const char *path, sqlite3 *db, struct store_outlook *o)
{
	struct beside_room room;
	uint64_t size = 0;
	int r = schema_check_soundness(db);

	if (o->version > store_version())
		o->earlier = beside_find(path);
	if (r == 0 && o->version > store_version())
		r = earlier_check(path, o->earlier, db);
	if (r == 0)
		r = schema_size(db, &size);
	if (r == 0)
		r = beside_room(path, o->version, size + (o->earlier > 0 ? beside_size(path, o->earlier) : 0), &room);
	if (r < 0)
		return r;
	o->needed = room.needed;
	o->free = room.free;
	return 0;
}

int outlook(const char *path, struct store_outlook *o)
{
	_cleanup_(sqlite3_closep) sqlite3 *db = NULL;
	int64_t version = 0;
	int r = access(path, R_OK) < 0 ? -errno : open_to_look(path, &db);

	*o = (struct store_outlook){ 0 };
	if (r == 0)
		r = schema_version(db, &version);
	if (r != 0) /* none, or one without a table: the start makes it */
		return r < 0 && r != -ENOENT ? r : 0;
	if (version < 1 || version > INT_MAX)
		return -EPROTO;
	o->version = (unsigned)version;
	return o->version == store_version() ? schema_check_soundness(db) : look_beside(path, db, o);
}
