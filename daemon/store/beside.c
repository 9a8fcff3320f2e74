/* SPDX-License-Identifier: Apache-2.0 */
#include "store/beside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "store/store.h"

#define WORK_ROOM (1 << 20) /* of a step: its journal, and the pages that it adds */

DEFINE_CLEANUP(DIR *, closedir);

char *beside_name(const char *path, unsigned version, char ret[static PATH_MAX])
{
	(void)snprintf(ret, PATH_MAX, "%s.schema-%u", path, version);
	return ret;
}

unsigned beside_find(const char *path)
{
	char name[PATH_MAX];

	for (unsigned version = store_version(); version > 0; version--)
		if (access(beside_name(path, version, name), F_OK) == 0)
			return version;
	return 0;
}

uint64_t beside_size(const char *path, unsigned version)
{
	char name[PATH_MAX];
	struct stat st;

	return stat(beside_name(path, version, name), &st) == 0 ? (uint64_t)st.st_size : 0;
}

static const char *folder_of(const char *path, char room[static PATH_MAX])
{
	(void)snprintf(room, PATH_MAX, "%s", path);
	return dirname(room);
}

void beside_keep_only(const char *path, unsigned version)
{
	char room[PATH_MAX], kept[PATH_MAX], file[PATH_MAX];
	_cleanup_(closedirp) DIR *folder = opendir(folder_of(path, room));
	const char *slash = strrchr(path, '/'), *store = slash ? slash + 1 : path;
	const size_t n_folder = (size_t)(store - path), n_store = strlen(store);
	const struct dirent *entry;

	(void)beside_name(path, version, kept);
	while (folder && (entry = readdir(folder))) {
		if (strncmp(entry->d_name, store, n_store) != 0 ||
		    strncmp(entry->d_name + n_store, ".schema-", strlen(".schema-")) != 0)
			continue;
		if (snprintf(file, sizeof(file), "%.*s%s", (int)n_folder, path, entry->d_name) < (int)sizeof(file) &&
		    strcmp(file, kept) != 0)
			(void)unlink(file);
	}
}

int beside_sync(const char *path)
{
	char room[PATH_MAX];
	_cleanup_close_ int folder = open(folder_of(path, room), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return folder < 0 || fsync(folder) < 0 ? -errno : 0;
}

int beside_room(const char *path, unsigned version, uint64_t n, struct beside_room *ret)
{
	char room[PATH_MAX];
	struct statvfs fs;

	*ret = (struct beside_room){ .needed = n + WORK_ROOM };
	if (statvfs(folder_of(path, room), &fs) < 0)
		return -errno;
	ret->free = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (ret->free >= ret->needed)
		return 0;
	log_error("%s: its schema is %u, and this hallmarkd writes %u: to go on, it makes a copy, which needs %llu kB, "
		  "and %llu kB are free; free space there. Nothing was changed",
		  path, version, store_version(), (unsigned long long)ret->needed >> 10,
		  (unsigned long long)ret->free >> 10);
	return -ENOSPC;
}
