/* SPDX-License-Identifier: Apache-2.0 */
/* Trust material as a sequence of { kind, three lengths, three byte strings } in a sealed memfd. */
#include "run/material.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"

enum material_kind {
	MATERIAL_NONE = 0,
	MATERIAL_CERTIFICATE,
	MATERIAL_KEY,
	MATERIAL_LIMITS,
	MATERIAL_ANCHOR,
	MATERIAL_ISSUER,
	MATERIAL_REGISTER,
	MATERIAL_CRL,
	MATERIAL_STATUS_LIST,
	MATERIAL_MAKERS, /* of the issuer before it */
	MATERIAL_REFERENCE,
};

struct item_head {
	uint32_t kind, n_name, n_scope, n_value;
};

struct item {
	enum material_kind kind;
	struct bytes name, scope, value;
};

static int write_all(int fd, struct bytes b)
{
	while (b.n > 0) {
		ssize_t n = write(fd, b.p, b.n);

		if (n < 0)
			return -errno;
		b = bytes_of(b.p + n, b.n - (size_t)n);
	}
	return 0;
}

static int put(int fd, const struct item *item)
{
	const struct item_head head = {
		.kind = item->kind,
		.n_name = (uint32_t)item->name.n,
		.n_scope = (uint32_t)item->scope.n,
		.n_value = (uint32_t)item->value.n,
	};
	const struct bytes pieces[] = { bytes_of(&head, sizeof(head)), item->name, item->scope, item->value };

	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		int r = write_all(fd, pieces[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

static int put_file(int fd, enum material_kind kind, const struct config_file *file)
{
	_cleanup_free_ uint8_t *content = NULL;
	size_t n = 0;
	int r = file_read(file->path, HALLMARK_REGISTER_MAX, &content, &n);

	if (r < 0)
		return log_errno(r, "Cannot read %s; check the path in the configuration and the file's mode",
				 file->path);

	r = put(fd, &(struct item){ .kind = kind,
				    .name = bytes_of_string(file->name[0] ? file->name : file->path),
				    .scope = bytes_of_string(file->scope),
				    .value = bytes_of(content, n) });
	explicit_bzero(content, n);
	return r;
}

/* What has not been fetched yet is missed by the checks that need it, as what is left out. */
static bool is_unfetched(const struct config_file *file)
{
	if (!file->url[0] || access(file->path, F_OK) == 0 || errno != ENOENT)
		return false;
	log_warning("%s is not there yet: run `hallmarkctl trust refresh`", file->path);
	return true;
}

static int put_files(int fd, enum material_kind kind, const struct config_file *files, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct item makers = { .kind = MATERIAL_MAKERS, .scope = bytes_of_string(files[i].makers) };
		int r = is_unfetched(&files[i]) ? 0 : put_file(fd, kind, &files[i]);

		if (r >= 0 && files[i].makers[0])
			r = put(fd, &makers);
		if (r < 0)
			return r;
	}
	return 0;
}

static int put_own(int fd, enum material_kind kind, const char *path)
{
	struct config_file file = { 0 };

	(void)snprintf(file.path, sizeof(file.path), "%s", path);
	return put_file(fd, kind, &file);
}

int material_seal(const struct config *config)
{
	_cleanup_close_ int fd = memfd_create("hallmark-material", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	const struct item limits = { .kind = MATERIAL_LIMITS,
				     .value = bytes_of(&config->limits, sizeof(config->limits)) };
	int r;

	if (fd < 0)
		return log_errno(-errno, "Cannot make a memfd");

	r = put_own(fd, MATERIAL_CERTIFICATE, config->certificate);
	if (r < 0)
		return r;
	r = put_own(fd, MATERIAL_KEY, config->key);
	if (r < 0)
		return r;
	r = put(fd, &limits);
	if (r < 0)
		return r;
	r = put_files(fd, MATERIAL_ANCHOR, config->anchors, config->n_anchors);
	if (r < 0)
		return r;
	r = put_files(fd, MATERIAL_CRL, config->crls, config->n_crls);
	if (r < 0)
		return r;
	r = put_files(fd, MATERIAL_ISSUER, config->issuers, config->n_issuers);
	if (r < 0)
		return r;
	r = put_files(fd, MATERIAL_STATUS_LIST, config->status_lists, config->n_status_lists);
	if (r < 0)
		return r;
	r = put_files(fd, MATERIAL_REFERENCE, config->references, config->n_references);
	if (r < 0)
		return r;
	r = put_files(fd, MATERIAL_REGISTER, config->registers, config->n_registers); /* last: issuers judge them */
	if (r < 0)
		return r;

	if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return log_errno(-errno, "Cannot seal the trust material");
	return TAKE_FD(fd);
}

/* Returns bytes that munmap() releases; p is NULL when there are none. */
static struct bytes map_all(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_size <= 0)
		return bytes_of(NULL, 0);

	void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

	return map == MAP_FAILED ? bytes_of(NULL, 0) : bytes_of(map, (size_t)st.st_size);
}

static void unmap(struct bytes *map)
{
	if (map->p)
		(void)munmap((void *)(uintptr_t)map->p, map->n);
}

bool material_equals(int fd, int other_fd)
{
	_cleanup_(unmap) struct bytes a = map_all(fd);
	_cleanup_(unmap) struct bytes b = map_all(other_fd);

	return a.p && b.p && bytes_equal(a, b);
}

static int take(struct bytes *rest, struct item *ret)
{
	struct item_head head;

	if (rest->n < sizeof(head))
		return -EBADMSG;
	memcpy(&head, rest->p, sizeof(head));

	uint64_t size = (uint64_t)sizeof(head) + head.n_name + head.n_scope + head.n_value;

	if (size > rest->n)
		return -EBADMSG;

	const uint8_t *p = rest->p + sizeof(head);

	*ret = (struct item){ .kind = head.kind,
			      .name = bytes_of(p, head.n_name),
			      .scope = bytes_of(p + head.n_name, head.n_scope),
			      .value = bytes_of(p + head.n_name + head.n_scope, head.n_value) };
	*rest = bytes_of(rest->p + size, rest->n - size);
	return 0;
}

/* What is left out is missed by the check that needs it: never taken for good. */
static int add_crl(struct material *m, const struct item *item, const char *name)
{
	int r = anchors_add_crl(m->trust->anchors, item->value, !bytes_equal_string(item->scope, "accept"), NULL);

	if (r == -ENOMEM || r == -EIO)
		return log_errno(r, "Cannot evaluate the revocation list %s", name);
	if (r == -ESTALE)
		log_error("The revocation list %s is left out: %s (%s).", name, reason_sentence(REASON_CRL_OLDER),
			  reason_name(REASON_CRL_OLDER));
	else if (r < 0)
		log_error("The revocation list %s is left out: it is %s. Look at it with `openssl crl -text`.", name,
			  r == -E2BIG ? "over a limit of size or number" : "no complete CRL of one CA");
	if (r < 0)
		m->n_left_out++;
	return 0;
}

static int add_register(struct material *m, const struct item *item, const char *path, int64_t now_sec)
{
	enum hallmark_reason reason = REASON_INTERNAL;
	int r = trust_add_register(m->trust, item->value, now_sec, NULL, &reason);

	if (r < 0)
		return log_errno(r, "Cannot evaluate the register %s", path);
	if (reason != REASON_ADMITTED) {
		log_error("The register %s is left out: %s (%s). Look at it with `hallmarkctl verify`.", path,
			  reason_sentence(reason), reason_name(reason));
		m->n_left_out++;
	}
	return 0;
}

/* Status lists and references alike: `add_to` says which. */
static int add_signed(struct material *m, const struct item *item, const char *name,
		      int (*add_to)(struct trust *t, struct bytes in, struct set_mark *ret_mark,
				    enum hallmark_reason *ret_reason))
{
	enum hallmark_reason reason = REASON_INTERNAL;
	int r = add_to(m->trust, item->value, NULL, &reason);

	if (r < 0)
		return log_errno(r, "Cannot evaluate %s", name);
	if (reason != REASON_ADMITTED) {
		log_error("%s is left out: %s (%s). Fetch it again from its issuer.", name, reason_sentence(reason),
			  reason_name(reason));
		m->n_left_out++;
	}
	return 0;
}

static int add(struct material *m, const struct item *item, int64_t now_sec)
{
	char name[256], scope[256];
	int r = 0;

	(void)snprintf(name, sizeof(name), "%.*s", (int)item->name.n, (const char *)item->name.p);
	(void)snprintf(scope, sizeof(scope), "%.*s", (int)item->scope.n, (const char *)item->scope.p);

	switch (item->kind) {
	case MATERIAL_CERTIFICATE:
		m->certificate = item->value;
		break;
	case MATERIAL_KEY:
		m->key = item->value;
		break;
	case MATERIAL_LIMITS:
		if (item->value.n != sizeof(m->limits))
			return -EBADMSG;
		memcpy(&m->limits, item->value.p, sizeof(m->limits));
		break;
	case MATERIAL_ANCHOR:
		r = anchors_add(m->trust->anchors, name, item->value);
		if (r < 0)
			return log_errno(r, "The anchor \"%s\" holds no usable CA certificate in PEM", name);
		break;
	case MATERIAL_ISSUER:
		r = trust_add_issuer(m->trust, name, scope, item->value);
		if (r < 0)
			return log_errno(r, "The issuer \"%s\" holds no usable public key in PEM", name);
		break;
	case MATERIAL_REGISTER:
		return add_register(m, item, name, now_sec);
	case MATERIAL_STATUS_LIST:
		return add_signed(m, item, name, trust_add_status_list);
	case MATERIAL_REFERENCE:
		return add_signed(m, item, name, trust_add_reference);
	case MATERIAL_MAKERS:
		return m->trust->n_issuers > 0 ? trust_add_makers(m->trust, scope) : -EBADMSG;
	case MATERIAL_CRL:
		return add_crl(m, item, name);
	case MATERIAL_NONE:
		return -EBADMSG;
	}
	return 0;
}

void material_free(struct material *m)
{
	if (!m)
		return;
	trust_free(m->trust);
	unmap(&m->map);
	free(m);
}

DEFINE_CLEANUP(struct material *, material_free);

int material_open(int fd, int64_t now_sec, struct material **ret)
{
	_cleanup_(material_freep) struct material *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->trust = trust_new();
	if (!m->trust)
		return -ENOMEM;
	m->map = map_all(fd);
	if (!m->map.p)
		return -EIO;

	struct bytes rest = m->map;

	while (rest.n > 0) {
		struct item item;
		int r = take(&rest, &item);

		if (r < 0)
			return r;
		r = add(m, &item, now_sec);
		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(m);
	return 0;
}
