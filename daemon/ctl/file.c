/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes whole files, and decodes the PEM of keys and certificates. Their content is not judged here. */
#include "ctl/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/language.h"
#include "base/log.h"
#include "token/pem.h"

#define KEY_FILE_MAX 65536 /* bytes; a certificate chain with a key has a few thousand */

void free_bytes(struct bytes *b)
{
	free((void *)(uintptr_t)b->p); /* we allocated it: only the borrowers' view is const */
	*b = (struct bytes){ 0 };
}

int file_load(const char *path, size_t max, struct bytes *ret)
{
	_cleanup_free_ uint8_t *p = NULL;
	size_t n;
	int r;

	r = file_read(path, max, &p, &n);
	if (r == -EFBIG) {
		log_error("%s: too large; such a file has 1 to %zu bytes", path, max);
		return -E2BIG;
	}
	if (r == 0 && n == 0) {
		log_error("%s: empty; such a file has 1 to %zu bytes", path, max);
		return -E2BIG;
	}
	if (r < 0)
		return log_errno(r, "%s", path);
	*ret = bytes_of(TAKE_PTR(p), n);
	return 0;
}

int file_map(const char *path, struct bytes *ret)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	void *p = NULL;

	if (fd < 0 || fstat(fd, &st) < 0)
		return log_errno(-errno, "%s", path);
	if (!S_ISREG(st.st_mode) || st.st_size == 0) {
		log_error("%s: empty, or not a file", path);
		return -EINVAL;
	}
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return log_errno(-errno, "%s", path);
	*ret = bytes_of(p, (size_t)st.st_size);
	return 0;
}

void unmap_bytes(struct bytes *b)
{
	if (b->p)
		(void)munmap((void *)(uintptr_t)b->p, b->n);
	*b = (struct bytes){ 0 };
}

/*
 * `like` is the file whose mode and owner are kept, or NULL. The owner is kept only when root may change it: the
 * refresh service also replaces files that root fetched first.
 */
static int write_all(const char *path, const struct stat *like, file_writer put, void *userdata)
{
	_cleanup_fclose_ FILE *f = fopen(path, "wxe");
	int r;

	if (!f)
		return -errno;
	if (like && fchmod(fileno(f), like->st_mode & 07777) < 0)
		return -errno;
	if (like && (like->st_uid != geteuid() || like->st_gid != getegid()) &&
	    fchown(fileno(f), like->st_uid, like->st_gid) < 0 && errno != EPERM)
		return -errno;
	r = put(f, userdata);
	if (r < 0)
		return r;
	return ferror(f) || fflush(f) != 0 || fsync(fileno(f)) < 0 ? -errno : 0;
}

static int put_bytes(FILE *f, void *userdata)
{
	const struct bytes *b = userdata;

	return fwrite(b->p, 1, b->n, f) == b->n ? 0 : -errno;
}

/* A rename is on the disk only after the directory is synced. */
static int sync_directory(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	_cleanup_close_ int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int put_in_place(const char *path, const struct stat *like, file_writer put, void *userdata)
{
	_cleanup_free_ char *partial = NULL;

	if (asprintf(&partial, "%s.%d.partial", path, (int)getpid()) < 0)
		return -ENOMEM;

	int r = write_all(partial, like, put, userdata);

	if (r == 0 && rename(partial, path) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlink(partial);
		return r;
	}
	return sync_directory(path);
}

int file_save_with(const char *path, file_writer put, void *userdata)
{
	int r = put_in_place(path, NULL, put, userdata);

	return r < 0 ? log_errno(r, "%s: cannot be written; give another place with -o", path) : 0;
}

int file_save(const char *path, struct bytes contents)
{
	return file_save_with(path, put_bytes, &contents);
}

int file_replace(const char *path, struct bytes contents)
{
	_cleanup_free_ char *real = realpath(path, NULL); /* for a link, its target is replaced */
	struct stat st;
	bool is_there = real && stat(real, &st) == 0;

	return put_in_place(is_there ? real : path, is_there ? &st : NULL, put_bytes, &contents);
}

char *file_absolute(const char *path)
{
	_cleanup_free_ char *copy = strdup(path), *again = strdup(path), *directory = NULL;
	char *ret = NULL;

	directory = copy ? realpath(dirname(copy), NULL) : NULL;
	if (!directory || !again ||
	    asprintf(&ret, "%s/%s", strcmp(directory, "/") == 0 ? "" : directory, basename(again)) < 0)
		return NULL;
	return ret;
}

static int load_key(const char *path, enum pem_wanted wanted, EVP_PKEY **ret)
{
	_cleanup_(free_bytes) struct bytes pem = { 0 };
	const char *fault = NULL;
	int r;

	r = file_load(path, KEY_FILE_MAX, &pem);
	if (r < 0)
		return r;

	r = pem_key_decode(pem, wanted, ret, &fault);
	if (r < 0)
		log_error("%s: %s", path, translated(fault));
	OPENSSL_cleanse((void *)(uintptr_t)pem.p, pem.n);
	return r;
}

int file_load_private_key(const char *path, EVP_PKEY **ret)
{
	return load_key(path, PEM_PRIVATE_KEY, ret);
}

int file_load_public_key(const char *path, EVP_PKEY **ret)
{
	return load_key(path, PEM_PUBLIC_KEY, ret);
}

void certificates_done(struct certificates *c)
{
	for (size_t i = 0; i < c->n; i++)
		free_bytes(&c->der[i]);
	c->n = 0;
}

static int add_block(struct bytes der, void *userdata)
{
	struct certificates *c = userdata;

	if (c->n == CERTIFICATES_MAX)
		return -E2BIG;

	uint8_t *copy = bytes_dup(der);

	if (!copy)
		return -ENOMEM;
	c->der[c->n++] = bytes_of(copy, der.n);
	return 0;
}

bool file_is_pem(struct bytes file)
{
	static const char begin_text[] = "-----BEGIN ";

	return memmem(file.p, file.n, begin_text, strlen(begin_text)) != NULL;
}

int pem_decode(struct bytes pem, const char *what, struct certificates *ret)
{
	*ret = (struct certificates){ 0 };

	int r = pem_each(pem, what, add_block, ret);

	if (r == 0 && ret->n == 0)
		r = -EBADMSG;
	if (r < 0)
		certificates_done(ret);
	return r;
}

int certificates_decode(struct bytes pem, struct certificates *ret)
{
	return pem_decode(pem, PEM_STRING_X509, ret);
}
