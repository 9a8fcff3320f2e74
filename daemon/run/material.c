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
#include "store/sets.h"

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
	MATERIAL_SCHEME_ITSELF, /* the issuer before it is */
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

/* What has not been fetched yet is missed by the checks that need it, as what is left out. */
static bool is_unfetched(const struct config_file *file)
{
	if (!file->url[0] || access(file->path, F_OK) == 0 || errno != ENOENT)
		return false;
	log_warning("%s is not there yet: run `hallmarkctl trust refresh`", file->path);
	return true;
}

/* The set that the store remembers of a file, when it is another than the file's. */
struct memory {
	int fd;
	enum material_kind kind;
	const struct config_file *file;
	struct bytes content; /* of the file; none: it is not there */
	int result;
	bool has_put;
};

static const struct {
	enum material_kind kind;
	enum set_kind set;
} set_kinds[] = {
	{ MATERIAL_REGISTER, SET_REGISTER },
	{ MATERIAL_STATUS_LIST, SET_STATUS_LIST },
	{ MATERIAL_REFERENCE, SET_REFERENCE },
	{ MATERIAL_CRL, SET_CRL },
};

static enum set_kind set_kind_of(enum material_kind kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(set_kinds); i++)
		if (set_kinds[i].kind == kind)
			return set_kinds[i].set;
	return SET_NONE;
}

static void put_remembered(const struct stored_set *set, void *userdata)
{
	struct memory *m = userdata;

	if (m->result < 0 || set->kind != set_kind_of(m->kind) || strcmp(set->path, m->file->path) != 0 ||
	    bytes_equal(set->bytes, m->content))
		return;
	m->result = put(m->fd, &(struct item){ .kind = m->kind,
					       .name = bytes_of_string(m->file->path),
					       .scope = bytes_of_string(m->file->scope),
					       .value = set->bytes });
	m->has_put = true;
}

static int put_memory(struct store *store, struct memory *m)
{
	int r = store && set_kind_of(m->kind) != SET_NONE ? store_sets_each(store, put_remembered, m) : 0;

	return r < 0 ? r : m->result;
}

static int put_file(int fd, enum material_kind kind, const struct config_file *file, struct store *store)
{
	_cleanup_free_ uint8_t *content = NULL;
	size_t n = 0;
	int failure = file_read(file->path, HALLMARK_REGISTER_MAX, &content, &n);
	struct memory memory = { .fd = fd, .kind = kind, .file = file, .content = bytes_of(content, n) };
	int r = put_memory(store, &memory);

	if (r < 0)
		return log_errno(r, "Cannot read what the store remembers of %s", file->path);
	if (failure < 0) {
		if (is_unfetched(file))
			return 0;
		log_errno(failure, "Cannot read %s; check the path in the configuration and the file's mode%s",
			  file->path, memory.has_put ? ". What was accepted last goes on" : "");
		return memory.has_put ? 0 : failure;
	}
	r = put(fd, &(struct item){ .kind = kind,
				    .name = bytes_of_string(file->name[0] ? file->name : file->path),
				    .scope = bytes_of_string(file->scope),
				    .value = bytes_of(content, n) });
	explicit_bzero(content, n);
	return r;
}

static int put_files(int fd, enum material_kind kind, const struct config_file *files, size_t n, struct store *store)
{
	for (size_t i = 0; i < n; i++) {
		const struct item makers = { .kind = MATERIAL_MAKERS, .scope = bytes_of_string(files[i].makers) };
		const struct item scheme_itself = { .kind = MATERIAL_SCHEME_ITSELF };
		int r = put_file(fd, kind, &files[i], store);

		if (r >= 0 && files[i].makers[0])
			r = put(fd, &makers);
		if (r >= 0 && files[i].role == HALLMARK_ISSUER_SCHEME)
			r = put(fd, &scheme_itself);
		if (r < 0)
			return r;
	}
	return 0;
}

static int put_own(int fd, enum material_kind kind, const char *path)
{
	struct config_file file = { 0 };

	(void)snprintf(file.path, sizeof(file.path), "%s", path);
	return put_file(fd, kind, &file, NULL);
}

int material_seal(const struct config *config, struct store *store)
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
	r = put_files(fd, MATERIAL_ANCHOR, config->anchors, config->n_anchors, store);
	if (r < 0)
		return r;
	r = put_files(fd, MATERIAL_CRL, config->crls, config->n_crls, store);
	if (r < 0)
		return r;
	r = put_files(fd, MATERIAL_ISSUER, config->issuers, config->n_issuers, store);
	if (r < 0)
		return r;
	r = put_files(fd, MATERIAL_STATUS_LIST, config->status_lists, config->n_status_lists, store);
	if (r < 0)
		return r;
	r = put_files(fd, MATERIAL_REFERENCE, config->references, config->n_references, store);
	if (r < 0)
		return r;
	r = put_files(fd, MATERIAL_REGISTER, config->registers, config->n_registers,
		      store); /* last: issuers judge them */
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

/* Notes an item that is in force. */
static int accept_item(struct material *m, const struct set_mark *mark)
{
	struct accepted_set *accepted = reallocarray(m->accepted, m->n_accepted + 1, sizeof(*accepted));

	if (!accepted)
		return -ENOMEM;
	m->accepted = accepted;
	accepted[m->n_accepted++] = (struct accepted_set){ .mark = *mark, .item = m->n_items };
	return 0;
}

/* What is left out is missed by the check that needs it: never taken for good. */
static int add_crl(struct material *m, const struct item *item, const char *name)
{
	struct set_mark mark = { .kind = SET_NONE };
	int r = anchors_add_crl(m->trust->anchors, item->value, !bytes_equal_string(item->scope, "accept"), &mark);

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
	return r < 0 ? 0 : accept_item(m, &mark);
}

static int add_register(struct material *m, const struct item *item, const char *path, int64_t now_sec)
{
	enum hallmark_reason reason = REASON_INTERNAL;
	struct set_mark mark = { .kind = SET_NONE };
	int r = trust_add_register(m->trust, item->value, now_sec, &mark, &reason);

	if (r < 0)
		return log_errno(r, "Cannot evaluate the register %s", path);
	if (reason != REASON_ADMITTED) {
		log_error("The register %s is left out: %s (%s). Look at it with `hallmarkctl verify`.", path,
			  reason_sentence(reason), reason_name(reason));
		m->n_left_out++;
		return 0;
	}
	return accept_item(m, &mark);
}

/* Status lists and references alike: `add_to` says which. */
static int add_signed(struct material *m, const struct item *item, const char *name,
		      int (*add_to)(struct trust *t, struct bytes in, struct set_mark *ret_mark,
				    enum hallmark_reason *ret_reason))
{
	enum hallmark_reason reason = REASON_INTERNAL;
	struct set_mark mark = { .kind = SET_NONE };
	int r = add_to(m->trust, item->value, &mark, &reason);

	if (r < 0)
		return log_errno(r, "Cannot evaluate %s", name);
	if (reason != REASON_ADMITTED) {
		log_error("%s is left out: %s (%s). Fetch it again from its issuer.", name, reason_sentence(reason),
			  reason_name(reason));
		m->n_left_out++;
		return 0;
	}
	return accept_item(m, &mark);
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
	case MATERIAL_SCHEME_ITSELF:
		if (m->trust->n_issuers == 0)
			return -EBADMSG;
		trust_set_issuer_role(m->trust, HALLMARK_ISSUER_SCHEME);
		break;
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
	free(m->accepted);
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
		m->n_items++;
	}
	*ret = TAKE_PTR(m);
	return 0;
}

/* --- what the store remembers --- */

/* The item of that number; the bytes are of the map. */
static int find_item(struct bytes map, uint32_t number, struct item *ret)
{
	int r = take(&map, ret);

	for (uint32_t i = 0; i < number && r == 0; i++)
		r = take(&map, ret);
	return r;
}

int material_remember(int fd, const struct accepted_set *set, struct store *store)
{
	const struct set_mark *mark = &set->mark;
	_cleanup_(unmap) struct bytes map = map_all(fd);
	char path[256];
	struct item item;
	int r = find_item(map, set->item, &item);

	if (r == 0 && set_kind_of(item.kind) != mark->kind)
		r = -EBADMSG;
	if (r == 0 && !bytes_to_text(item.name, path, sizeof(path)))
		r = -EBADMSG;
	if (r == 0)
		r = store_set_put(store,
				  &(struct stored_set){
					  .kind = mark->kind,
					  .identity = mark->identity,
					  .path = path,
					  .sequence = mark->sequence < INT64_MAX ? (int64_t)mark->sequence : INT64_MAX,
					  .issued_sec = mark->issued_sec,
					  .until_sec = mark->until_sec,
					  .bytes = item.value,
				  });
	return r == 0 || r == -ESTALE ? 0 : log_errno(r, "The store did not take the set \"%s\"", mark->identity);
}

struct forgotten {
	const struct config *config;
	enum set_kind kind;
	char path[256]; /* "": none was found */
};

static bool names_path(const struct config_file *files, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(files[i].path, path) == 0)
			return true;
	return false;
}

static void find_forgotten(const struct stored_set *set, void *userdata)
{
	struct forgotten *f = userdata;
	const struct config *c = f->config;
	bool is_named = (set->kind == SET_REGISTER && names_path(c->registers, c->n_registers, set->path)) ||
			(set->kind == SET_STATUS_LIST && names_path(c->status_lists, c->n_status_lists, set->path)) ||
			(set->kind == SET_REFERENCE && names_path(c->references, c->n_references, set->path)) ||
			(set->kind == SET_CRL && names_path(c->crls, c->n_crls, set->path));

	if (is_named)
		return;
	f->kind = set->kind;
	(void)snprintf(f->path, sizeof(f->path), "%s", set->path);
}

/* One after the other: the store may not change while it is looked through. */
void material_forget(const struct config *config, struct store *store)
{
	struct forgotten f;

	do {
		f = (struct forgotten){ .config = config };
		if (store_sets_each(store, find_forgotten, &f) < 0)
			return;
		if (f.path[0] && store_set_remove_path(store, f.kind, f.path) < 0)
			return;
	} while (f.path[0]);
}
