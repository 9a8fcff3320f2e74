/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/backup/target.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "ctl/backup/contents.h"
#include "ctl/file.h"

static bool is_in_state(const char *name)
{
	return strncmp(name, BACKUP_STATE, strlen(BACKUP_STATE)) == 0;
}

static const char *below(const char *name)
{
	return strchr(name, '/') + 1;
}

static const char *folder_of(const struct target *t, const char *name)
{
	return is_in_state(name) ? t->state : t->etc;
}

const char *target_path(const struct target *t, const char *name, const char *ending, char ret[static PATH_MAX])
{
	if (snprintf(ret, PATH_MAX, "%s/%s%s", folder_of(t, name), below(name), ending) >= PATH_MAX)
		ret[0] = '\0';
	return ret;
}

/* --- Owners and folders --- */

static int find_owner(const struct target *t, const struct archive_member *m, uid_t *ret_user, gid_t *ret_group)
{
	const struct passwd *user = t->keeps_owner ? getpwnam(m->owner) : NULL;
	const struct group *group = t->keeps_owner ? getgrnam(m->group) : NULL;

	*ret_user = (uid_t)-1;
	*ret_group = (gid_t)-1;
	if (!t->keeps_owner)
		return 0;
	if (!user || !group) {
		log_error("this system has no user \"%s\" or no group \"%s\", whose file %s is; install the package "
			  "hallmark "
			  "first, or add them",
			  m->owner, m->group, m->name);
		return -ENOENT;
	}
	*ret_user = user->pw_uid;
	*ret_group = group->gr_gid;
	return 0;
}

/* The folder and those above it; these may be links of the operator's. */
static int open_top(const struct target *t, const char *name)
{
	char path[PATH_MAX];
	const char *folder = folder_of(t, name);
	int fd;

	(void)snprintf(path, sizeof(path), "%s", folder);
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(path, 0755);
		*slash = '/';
	}
	(void)mkdir(path, 0755);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Below it, each part is a folder and no link; one that is not there is made, as the state's and its owner's, or for all to read. */
static int open_part(int top, const struct target *t, const struct archive_member *m, const char *part)
{
	const bool is_state = is_in_state(m->name), is_new = mkdirat(top, part, 0700) == 0;
	uid_t user;
	gid_t group;
	int fd, r = 0;

	if (!is_new && errno != EEXIST)
		return -errno;
	fd = openat(top, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (is_new && fchmod(fd, is_state ? 0700 : 0755) < 0)
		r = -errno;
	if (r == 0 && is_new && is_state)
		r = find_owner(t, m, &user, &group);
	if (r == 0 && is_new && is_state && fchown(fd, user, group) < 0)
		r = -errno;
	if (r == 0)
		return fd;
	(void)close(fd);
	return r;
}

/* Returns the folder of the file, and where in its name the file's own begins. */
static int open_folder(const struct target *t, const struct archive_member *m, const char **ret_base)
{
	const char *at = below(m->name);
	int fd = open_top(t, m->name);

	for (const char *slash = strchr(at, '/'); slash && fd >= 0; slash = strchr(at, '/')) {
		_cleanup_close_ int top = fd;
		char part[ARCHIVE_NAME_SIZE];

		(void)snprintf(part, sizeof(part), "%.*s", (int)(slash - at), at);
		fd = open_part(top, t, m, part);
		at = slash + 1;
	}
	*ret_base = at;
	return fd;
}

/* --- One file --- */

/* Also what SQLite had beside a store that it was examining: with another one, it would be taken for its own. */
static void remove_staged(int folder, const char *base)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char staged[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (snprintf(staged, sizeof(staged), "%s" TARGET_STAGED "%s", base, ends[i]) < (int)sizeof(staged))
			(void)unlinkat(folder, staged, 0);
}

static int write_file(int folder, const char *base, const struct target *t, const struct archive_member *m)
{
	char staged[ARCHIVE_NAME_SIZE + sizeof(TARGET_STAGED)];
	_cleanup_close_ int fd = -1;
	uid_t user;
	gid_t group;
	int r = find_owner(t, m, &user, &group);

	if (r < 0)
		return r;
	(void)snprintf(staged, sizeof(staged), "%s" TARGET_STAGED, base);
	remove_staged(folder, base); /* of a restore that was interrupted */
	fd = openat(folder, staged, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = file_write(fd, m->content);
	if (r == 0 && (fsync(fd) < 0 || fchown(fd, user, group) < 0 || fchmod(fd, m->mode) < 0))
		r = -errno;
	return r;
}

int target_stage(const struct target *t, const struct archive_member *m)
{
	char path[PATH_MAX];
	const char *base;
	_cleanup_close_ int folder = open_folder(t, m, &base);
	int r = folder < 0 ? folder : write_file(folder, base, t, m);

	if (r == -ELOOP || r == -ENOTDIR)
		log_error("%s: one of its folders is a link or a file; remove it, and restore again",
			  target_path(t, m->name, "", path));
	else if (r < 0)
		(void)log_errno(r, "%s", target_path(t, m->name, "", path));
	return r;
}

/* What SQLite had not yet written into a store is of a later state than its file. */
static bool has_wal(const struct target *t, const struct archive_member *m)
{
	char path[PATH_MAX];
	struct stat st;

	return strcmp(m->name, BACKUP_STORE) == 0 && lstat(target_path(t, m->name, "-wal", path), &st) == 0 &&
	       st.st_size > 0;
}

bool target_has_other(const struct target *t, const struct archive_member *m)
{
	char path[PATH_MAX];
	struct stat st;
	struct bytes there = { 0 };
	bool is_other;

	if (lstat(target_path(t, m->name, "", path), &st) < 0)
		return false;
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != m->content.n || has_wal(t, m))
		return true;
	if (st.st_size == 0)
		return false;
	is_other = file_map(path, &there) < 0 || !bytes_equal(there, m->content);
	unmap_bytes(&there);
	return is_other;
}

bool target_loses_kept(const struct target *t, const struct archive_member *m)
{
	char path[PATH_MAX];
	struct stat st;

	return target_has_other(t, m) && lstat(target_path(t, m->name, TARGET_KEPT, path), &st) == 0;
}

/* Within the folder that is open, whatever its name leads to by now. */
static int rename_within(int folder, const char *base, const char *from, const char *to)
{
	char source[ARCHIVE_NAME_SIZE + sizeof(TARGET_KEPT)], target[sizeof(source)];

	(void)snprintf(source, sizeof(source), "%s%s", base, from);
	(void)snprintf(target, sizeof(target), "%s%s", base, to);
	return renameat(folder, source, folder, target) < 0 ? -errno : 0;
}

int target_keep(const struct target *t, const struct archive_member *m)
{
	char path[PATH_MAX];
	const char *base;
	_cleanup_close_ int folder = open_folder(t, m, &base);
	int r = folder < 0 ? folder : 0;

	if (r == 0 && target_has_other(t, m))
		r = rename_within(folder, base, "", TARGET_KEPT);
	return r < 0 ? log_errno(r, "%s", target_path(t, m->name, "", path)) : 0;
}

int target_install(const struct target *t, const struct archive_member *m)
{
	char path[PATH_MAX];
	const char *base;
	_cleanup_close_ int folder = open_folder(t, m, &base);
	int r = folder < 0 ? folder : rename_within(folder, base, TARGET_STAGED, "");

	if (r == 0 && fsync(folder) < 0)
		r = -errno;
	return r < 0 ? log_errno(r, "%s", target_path(t, m->name, "", path)) : 0;
}

void target_unstage(const struct target *t, const char *name)
{
	char path[PATH_MAX];

	remove_staged(AT_FDCWD, target_path(t, name, "", path));
}
