/* SPDX-License-Identifier: Apache-2.0 */
/* Files with a head of one line, "hallmark-queue 1 LENGTH SHA-256", written whole under another name and then renamed. */
#include "notify/queue.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/log.h"

#define HEAD_FORMAT "hallmark-queue 1 %zu %s\n"
#define HEAD_MAX    128
#define NAME_DIGITS 20 /* of a number, so that names are in its order */
#define UNFINISHED  "new"

struct entry {
	uint64_t number;
	uint8_t *message; /* owned; NULL: it is in a file */
	size_t n;
};

struct queue {
	char *folder; /* owned; NULL: there is none */
	size_t max, n;
	size_t dropped;        /* at the start */
	struct entry *entries; /* owned, max of them */
	uint64_t latest;
	bool is_disk_told;
};

/* --- One file --- */

int queue_decode(struct bytes file, struct bytes *ret)
{
	const uint8_t *end = file.n > 0 ? memchr(file.p, '\n', file.n < HEAD_MAX ? file.n : HEAD_MAX) : NULL;
	uint8_t digest[SHA256_LEN];
	char head[HEAD_MAX], hex[SHA256_HEX_SIZE];

	if (!end)
		return -EBADMSG;

	const size_t skip = (size_t)(end - file.p) + 1;

	if (digest_sha256(bytes_of(end + 1, file.n - skip), digest) < 0)
		return -EBADMSG;
	bytes_to_hex(BYTES(digest), hex);
	(void)snprintf(head, sizeof(head), HEAD_FORMAT, file.n - skip, hex);
	if (!bytes_equal_string(bytes_of(file.p, skip), head))
		return -EBADMSG;
	*ret = bytes_of(end + 1, file.n - skip);
	return 0;
}

static void path_of(const struct queue *q, uint64_t number, char ret[static PATH_MAX])
{
	(void)snprintf(ret, PATH_MAX, "%s/%0*" PRIu64, q->folder, NAME_DIGITS, number);
}

/* On the disk, so that the message is there after a power cut. */
static int sync_folder(const struct queue *q)
{
	_cleanup_close_ int fd = open(q->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int store(const struct queue *q, const char *path, struct bytes message)
{
	char unfinished[PATH_MAX], head[HEAD_MAX], hex[SHA256_HEX_SIZE];
	uint8_t digest[SHA256_LEN];
	int r;

	(void)snprintf(unfinished, sizeof(unfinished), "%s/" UNFINISHED, q->folder);

	_cleanup_close_ int fd = open(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	if (digest_sha256(message, digest) < 0)
		return -EIO;
	bytes_to_hex(BYTES(digest), hex);
	(void)snprintf(head, sizeof(head), HEAD_FORMAT, message.n, hex);
	r = file_write(fd, bytes_of_string(head));
	if (r == 0)
		r = file_write(fd, message);
	if (r == 0 && (fsync(fd) < 0 || rename(unfinished, path) < 0))
		r = -errno;
	if (r < 0)
		(void)unlink(unfinished);
	return r < 0 ? r : sync_folder(q);
}

/* --- What is there already --- */

static bool is_whole(const char *path)
{
	_cleanup_free_ uint8_t *file = NULL;
	struct bytes message;
	size_t n = 0;

	return file_read(path, QUEUE_MESSAGE_MAX + HEAD_MAX, &file, &n) == 0 &&
	       queue_decode(bytes_of(file, n), &message) == 0;
}

static void put_aside(const char *path)
{
	char aside[PATH_MAX];
	int n = snprintf(aside, sizeof(aside), "%s.torn", path);

	log_warning("\"%s\" is not whole, as after a power cut: this message is not sent; what there is of it is in "
		    "\"%s.torn\"",
		    path, path);
	if (n < 0 || (size_t)n >= sizeof(aside) || rename(path, aside) < 0)
		(void)unlink(path);
}

static int compare_entries(const void *a, const void *b)
{
	const uint64_t one = ((const struct entry *)a)->number, other = ((const struct entry *)b)->number;

	return one < other ? -1 : one > other;
}

static void drop_oldest(struct queue *q)
{
	char path[PATH_MAX];

	if (!q->entries[0].message) {
		path_of(q, q->entries[0].number, path);
		(void)unlink(path);
	}
	free(q->entries[0].message);
	q->n--;
	memmove(q->entries, q->entries + 1, q->n * sizeof(q->entries[0]));
}

static void take_file(struct queue *q, const char *name)
{
	char path[PATH_MAX];

	if (strlen(name) != NAME_DIGITS || name[strspn(name, "0123456789")] != '\0')
		return;

	const uint64_t number = strtoull(name, NULL, 10);

	path_of(q, number, path);
	if (!is_whole(path)) {
		put_aside(path);
		return;
	}
	q->entries[q->n++] = (struct entry){ .number = number };
	qsort(q->entries, q->n, sizeof(q->entries[0]), compare_entries);
	if (q->n <= q->max)
		return;
	drop_oldest(q); /* it may have been longer before */
	q->dropped++;
}

static int read_folder(struct queue *q)
{
	DIR *folder;
	struct dirent *one;

	if (mkdir(q->folder, 0700) < 0 && errno != EEXIST)
		return -errno;
	folder = opendir(q->folder);
	if (!folder)
		return -errno;
	while ((one = readdir(folder)))
		take_file(q, one->d_name);
	(void)closedir(folder);
	q->latest = q->n > 0 ? q->entries[q->n - 1].number : 0;
	if (q->dropped > 0)
		log_warning("\"%s\" holds more than %zu messages: the oldest %zu are dropped; `queue` allows more",
			    q->folder, q->max, q->dropped);
	return 0;
}

int queue_open(const char *folder, size_t max, struct queue **ret)
{
	struct queue *q = calloc(1, sizeof(*q));
	int r = 0;

	if (!q)
		return -ENOMEM;
	q->max = max;
	q->entries = calloc(max + 1, sizeof(q->entries[0]));
	q->folder = folder ? strdup(folder) : NULL;
	if (!q->entries || (folder && !q->folder)) {
		queue_free(q);
		return -ENOMEM;
	}
	if (q->folder)
		r = read_folder(q);
	if (r < 0) {
		log_warning("\"%s\" cannot be used: %s; what waits is kept in memory, and a restart loses it", folder,
			    strerror(-r));
		free(TAKE_PTR(q->folder));
	}
	*ret = q;
	return 0;
}

void queue_free(struct queue *q)
{
	if (!q)
		return;
	for (size_t i = 0; i < q->n; i++)
		free(q->entries[i].message);
	free(q->entries);
	free(q->folder);
	free(q);
}

/* --- Use --- */

size_t queue_length(const struct queue *q)
{
	return q->n;
}

static int keep(struct queue *q, struct entry *e, struct bytes message)
{
	char path[PATH_MAX];
	int r = -ENOENT;

	if (q->folder) {
		path_of(q, e->number, path);
		r = store(q, path, message);
		if (r < 0 && !q->is_disk_told)
			log_warning("\"%s\" cannot be written: %s; messages wait in memory meanwhile, and a restart "
				    "loses them",
				    path, strerror(-r));
		if (r == 0 && q->is_disk_told)
			log_notice("\"%s\" can be written again", q->folder);
		q->is_disk_told = r < 0;
	}
	if (r == 0)
		return 0;
	e->message = bytes_dup(message);
	e->n = message.n;
	return e->message ? 0 : -ENOMEM;
}

int queue_put(struct queue *q, struct bytes message, uint64_t usec)
{
	struct entry e = { .number = usec > q->latest ? usec : q->latest + 1 };
	int r;

	if (message.n > QUEUE_MESSAGE_MAX)
		return -EMSGSIZE;
	r = keep(q, &e, message);
	if (r < 0)
		return r;
	q->latest = e.number;
	q->entries[q->n++] = e;
	if (q->n <= q->max)
		return 0;
	drop_oldest(q);
	return 1;
}

static int read_first(const struct queue *q, uint8_t **ret, size_t *ret_n)
{
	const struct entry *e = &q->entries[0];
	_cleanup_free_ uint8_t *file = NULL;
	char path[PATH_MAX];
	struct bytes message = bytes_of(e->message, e->n);
	size_t n = 0;
	int r = 0;

	if (!e->message) {
		path_of(q, e->number, path);
		r = file_read(path, QUEUE_MESSAGE_MAX + HEAD_MAX, &file, &n);
		if (r == 0)
			r = queue_decode(bytes_of(file, n), &message);
		if (r < 0)
			put_aside(path);
	}
	if (r < 0)
		return r;
	*ret = bytes_dup(message);
	*ret_n = message.n;
	return *ret ? 0 : -ENOMEM;
}

int queue_first(struct queue *q, uint8_t **ret, size_t *ret_n, uint64_t *ret_number)
{
	while (q->n > 0) {
		if (read_first(q, ret, ret_n) == 0) {
			*ret_number = q->entries[0].number;
			return 0;
		}
		drop_oldest(q);
	}
	return -ENODATA;
}

void queue_drop(struct queue *q, uint64_t number)
{
	if (q->n > 0 && q->entries[0].number == number)
		drop_oldest(q);
}
