/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/backup/contents.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/language.h"
#include "base/log.h"
#include "config/config.h"
#include "config/named.h"
#include "ctl/file.h"

#define FILE_MAX    (256U << 20) /* bytes: an inventory of a city, and more than any set */
#define PRIVATE_PEM "PRIVATE KEY-----"

static void drop(struct bytes *b)
{
	if (b->p)
		OPENSSL_cleanse((void *)(uintptr_t)b->p, b->n);
	free_bytes(b);
}

void contents_done(struct contents *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (!c->members[i].is_borrowed)
			drop(&c->members[i].content);
	free(c->members);
	*c = (struct contents){ 0 };
}

int contents_add(struct contents *c, const struct archive_member *m)
{
	if (c->n == c->room) {
		struct archive_member *more = reallocarray(c->members, 2 * c->room + 16, sizeof(*more));

		if (!more)
			return -ENOMEM;
		c->members = more;
		c->room = 2 * c->room + 16;
	}
	c->members[c->n++] = *m;
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct archive_member *)a)->name, ((const struct archive_member *)b)->name);
}

void contents_sort(struct contents *c)
{
	if (c->n > 0)
		qsort(c->members, c->n, sizeof(*c->members), compare);
}

static const struct archive_member *find(const struct contents *c, const char *name)
{
	for (size_t i = 0; c && i < c->n; i++)
		if (strcmp(c->members[i].name, name) == 0)
			return &c->members[i];
	return NULL;
}

void contents_note(struct archive_member *m, const struct stat *st)
{
	const struct passwd *user = getpwuid(st->st_uid);
	const struct group *group = getgrgid(st->st_gid);

	m->mode = st->st_mode & 0777;
	m->time_sec = st->st_mtime > 0 ? st->st_mtime : 0;
	(void)snprintf(m->owner, sizeof(m->owner), "%s", user ? user->pw_name : "root");
	(void)snprintf(m->group, sizeof(m->group), "%s", group ? group->gr_name : "root");
}

/* --- What the configuration names --- */

struct collection {
	char *etc, *state; /* owned: the two folders, without links */
	struct contents *plain, *secret;
};

static void collection_done(struct collection *c)
{
	free(c->etc);
	free(c->state);
}

static bool name_below(const char *folder, const char *prefix, const char *path, char ret[static ARCHIVE_NAME_SIZE])
{
	const size_t n = folder ? strlen(folder) : 0;

	return n > 0 && strncmp(path, folder, n) == 0 && path[n] == '/' &&
	       snprintf(ret, ARCHIVE_NAME_SIZE, "%s%s", prefix, path + n + 1) < ARCHIVE_NAME_SIZE &&
	       archive_name_is_safe(ret);
}

/* The state may be a folder of the configuration's. */
static bool name_of(const struct collection *c, const char *path, char ret[static ARCHIVE_NAME_SIZE])
{
	_cleanup_free_ char *plain = file_absolute(path);

	return plain && (name_below(c->state, BACKUP_STATE, plain, ret) || name_below(c->etc, BACKUP_ETC, plain, ret));
}

/* A certificate and its key may be in one file, or a key in a file where the configuration names none. */
static bool has_private_key(struct bytes b)
{
	return memmem(b.p, b.n, PRIVATE_PEM, strlen(PRIVATE_PEM)) != NULL;
}

static void warn_secret(const char *path)
{
	log_warning("%s is secret, and not in the backup; --keys-for takes it with the keys", path);
}

/* What is secret, or turns out to be, goes to the secret ones; without them, it is left out. */
static int read_into(const struct collection *c, bool is_secret, const char *path, const char *name)
{
	struct archive_member m = { 0 };
	uint8_t *p = NULL;
	struct stat st;
	int r = file_read(path, FILE_MAX, &p, &m.content.n);

	m.content.p = p;
	if (r == 0 && stat(path, &st) < 0)
		r = -errno;
	is_secret = is_secret || (r == 0 && has_private_key(m.content));
	if (r == 0 && is_secret && !c->secret) {
		warn_secret(path);
		drop(&m.content);
		return 0;
	}
	if (r == 0) {
		(void)snprintf(m.name, sizeof(m.name), "%s", name);
		contents_note(&m, &st);
		r = contents_add(is_secret ? c->secret : c->plain, &m);
	}
	if (r < 0)
		drop(&m.content);
	return r < 0 ? log_errno(r, "%s", path) : 0;
}

static int take(const struct collection *c, const struct named_file *file)
{
	char name[ARCHIVE_NAME_SIZE];
	struct stat st;

	if (file->is_state || file->is_program || (file->is_key && !c->secret))
		return 0;
	if (stat(file->path, &st) < 0 && errno == ENOENT) {
		if (file->is_key)
			return log_errno(-ENOENT, "%s: a backup without it cannot replace this gateway", file->path);
		if (!file->may_lack)
			log_warning("%s is not there, and not in the backup", file->path);
		return 0;
	}
	if (!name_of(c, file->path, name)) {
		log_warning("%s is in neither %s nor %s, and not in the backup; move it there, or save it yourself",
			    file->path, c->etc, c->state);
		return file->is_key ? -EINVAL : 0;
	}
	if (find(c->plain, name) || find(c->secret, name))
		return 0;
	return read_into(c, file->is_key || file->is_secret, file->path, name);
}

/* It and what it names may be secrets of servers. The configuration does not name it. */
static int take_notify(const struct collection *c)
{
	_cleanup_(named_files_done) struct named_files files = { 0 };
	char path[PATH_MAX];
	struct stat st;
	int r;

	if (snprintf(path, sizeof(path), "%s/notify.conf", c->etc) >= (int)sizeof(path) || stat(path, &st) < 0)
		return 0;
	r = read_into(c, !(st.st_mode & S_IROTH), path, BACKUP_ETC "notify.conf");
	if (r == 0 && named_files_of_notify(path, &files) < 0)
		log_warning("What %s names is not in the backup; correct that file, or save it yourself", path);
	for (size_t i = 0; i < files.n && r == 0; i++)
		r = take(c, &files.items[i]);
	return r;
}

static char *folder_of(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (!slash || snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path) >= (int)sizeof(folder))
		return NULL;
	return realpath(slash == path ? "/" : folder, NULL);
}

int contents_collect(const struct config *config, struct contents *ret_plain, struct contents *ret_secret)
{
	_cleanup_(collection_done) struct collection c = { .etc = folder_of(config->path),
							   .state = realpath(config->state, NULL),
							   .plain = ret_plain,
							   .secret = ret_secret };
	_cleanup_(named_files_done) struct named_files files = { 0 };
	int r = named_files_list(config, &files);

	if (r == 0 && !c.state) /* before the first start */
		c.state = strdup(config->state);
	if (r == 0 && (!c.etc || !c.state))
		r = log_errno(-ENOMEM, "%s", config->path);
	for (size_t i = 0; i < files.n && r == 0; i++)
		r = take(&c, &files.items[i]);
	return r == 0 ? take_notify(&c) : r;
}

int contents_read(struct bytes archive, struct contents *ret, const char **reterr_fault)
{
	struct contents c = { 0 };
	struct archive_member m;
	int r;

	while ((r = archive_take(&archive, &m, reterr_fault)) > 0) {
		r = contents_add(&c, &m);
		if (r < 0)
			break;
	}
	if (r < 0)
		contents_done(&c);
	else
		*ret = c;
	return r;
}
