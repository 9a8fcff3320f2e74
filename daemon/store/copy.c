/* SPDX-License-Identifier: Apache-2.0 */
#include "store/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "store/statement.h"
#include "store/store.h"

/* In one step: the daemon goes on writing, into the WAL, and none of that is copied. */
static int copy_pages(sqlite3 *from, sqlite3 *to)
{
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
	int code = backup ? sqlite3_backup_step(backup, -1) : sqlite3_errcode(to);
	int end = sqlite3_backup_finish(backup);

	if (code != SQLITE_DONE)
		return statement_errno(code == SQLITE_OK ? SQLITE_IOERR : code);
	return statement_errno(end);
}

/* Until a copy is one file, it has a journal or a WAL as the store has. */
void copy_remove(const char *path)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	char file[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (snprintf(file, sizeof(file), "%s%s", path, ends[i]) < (int)sizeof(file))
			(void)unlink(file);
}

int copy_database(sqlite3 *from, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	sqlite3 *to = NULL;
	int r;

	if (fd < 0)
		return -errno;
	r = statement_errno(sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
	if (r == 0)
		r = copy_pages(from, to);
	if (r == 0) /* one file: no WAL beside it */
		r = statement_errno(sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL));
	(void)sqlite3_close(to);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r < 0)
		copy_remove(path);
	return r;
}

int store_copy(struct store *s, const char *path)
{
	int r = copy_database(s->db, path);

	return r < 0 ? log_errno(r, "%s: the store cannot be copied", path) : 0;
}
