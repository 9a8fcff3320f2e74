/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies files, and what the store remembers of them, to a sealed memfd. Nothing in them is decoded here:
 * judge/material_open.c does that, in a zygote.
 */
#include "core/act/material.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/journal.h"
#include "base/log.h"
#include "config/config.h"
#include "config/credential.h"
#include "config/files.h"
#include "hallmark/journal.h"
#include "ipc/ipc.h"
#include "ipc/material_item.h"
#include "store/sets.h"

/* A file that was not fetched yet is treated like one that is left out: the checks that need it fail. */
static bool is_unfetched(const struct config_file *file)
{
	if (!file->url[0] || access(file->path, F_OK) == 0 || errno != ENOENT)
		return false;
	journal_event(LOG_WARNING, HALLMARK_MESSAGE_TRUST, "%s does not exist yet: run `hallmarkctl trust refresh`",
		      file->path);
	return true;
}

/* A file, and what the store remembers of it. */
struct memory {
	int fd;
	enum material_kind kind;
	const struct config_file *file;
	struct bytes content; /* of the file; n 0: it does not exist */
	int result;
	bool has_put;
};

static void put_remembered(const struct stored_set *set, void *userdata)
{
	struct memory *m = userdata;

	if (m->result < 0 || bytes_equal(set->bytes, m->content))
		return;
	m->result = item_put(m->fd, &(struct item){ .kind = m->kind,
						    .name = bytes_of_string(m->file->path),
						    .scope = bytes_of_string(m->file->scope),
						    .identity = bytes_of_string(set->identity),
						    .value = set->bytes });
	m->has_put = true;
}

/* An accepted set is not refused because of its date: the clock may have been set back since. */
static void put_known(const struct stored_set *set, void *userdata)
{
	struct memory *m = userdata;

	if (m->result == 0 && bytes_equal(set->bytes, m->content))
		m->result = item_put(m->fd, &(struct item){ .kind = MATERIAL_KNOWN,
							    .name = bytes_of_string(m->file->path),
							    .identity = bytes_of_string(set->identity) });
}

static int put_if_known(struct store *store, struct memory *m)
{
	enum set_kind kind = item_set_kind(m->kind);
	int r = store && kind != SET_NONE ? store_sets_of(store, kind, m->file->path, put_known, m) : 0;

	return r < 0 ? r : m->result;
}

static int put_memory(struct store *store, struct memory *m)
{
	enum set_kind kind = item_set_kind(m->kind);
	int r = store && kind != SET_NONE ? store_sets_of(store, kind, m->file->path, put_remembered, m) : 0;

	return r < 0 ? r : m->result;
}

#define PLACE_SIZE 640 /* two paths of a configuration and a line */

/* The zygote refuses all of the material for a bad anchor or issuer, and says where that is. */
static struct bytes place_of(enum material_kind kind, const struct config_file *file, char ret[static PLACE_SIZE])
{
	if (kind != MATERIAL_ANCHOR && kind != MATERIAL_ISSUER)
		return bytes_of(NULL, 0);
	(void)snprintf(ret, PLACE_SIZE, "%s:%u: %s", file->source, file->line, file->path);
	return bytes_of_string(ret);
}

static int put_file(int fd, enum material_kind kind, const struct config_file *file, struct store *store)
{
	_cleanup_free_ uint8_t *content = NULL;
	size_t n = 0;
	int failure = file_read(file->path, HALLMARK_REGISTER_MAX, &content, &n);
	struct memory memory = { .fd = fd, .kind = kind, .file = file, .content = bytes_of(content, n) };
	char place[PLACE_SIZE];
	const struct item item = { .kind = kind,
				   .name = bytes_of_string(file->name[0] ? file->name : file->path),
				   .scope = bytes_of_string(file->scope),
				   .value = memory.content,
				   .place = place_of(kind, file, place) };
	int r = failure < 0 ? 0 : put_if_known(store, &memory);

	if (r == 0 && failure == 0)
		r = item_put(fd, &item);
	if (r == 0)
		r = put_memory(store, &memory);
	if (content)
		explicit_bzero(content, n);
	if (r < 0)
		return log_errno(r, "Cannot seal %s, or the version of it that the store remembers", file->path);
	if (failure == 0 || is_unfetched(file))
		return 0;
	journal_errno(failure, HALLMARK_MESSAGE_TRUST,
		      "Cannot read %s; check the path in the configuration and the file's mode%s", file->path,
		      memory.has_put ? ". The one accepted last stays in force" : "");
	return memory.has_put ? 0 : failure;
}

static int put_entry(int fd, enum material_kind kind, const struct config_file *file, struct store *store)
{
	const struct item makers = { .kind = MATERIAL_MAKERS, .scope = bytes_of_string(file->makers) };
	const struct item scheme_itself = { .kind = MATERIAL_SCHEME_ITSELF };
	int r = put_file(fd, kind, file, store);

	if (r >= 0 && file->makers[0])
		r = item_put(fd, &makers);
	if (r >= 0 && file->role == HALLMARK_ISSUER_SCHEME)
		r = item_put(fd, &scheme_itself);
	return r;
}

/* Tries each file, so that all that cannot be read are logged. Returns the first failure. */
static int put_files(int fd, enum material_kind kind, const struct config_file *files, size_t n, struct store *store)
{
	int failure = 0;

	for (size_t i = 0; i < n; i++) {
		int r = put_entry(fd, kind, &files[i], store);

		if (failure == 0)
			failure = r;
	}
	return failure;
}

static int put_own(int fd, enum material_kind kind, const char *path)
{
	struct config_file file = { 0 };
	char credential[PATH_MAX];
	const char *from = kind == MATERIAL_KEY ? credential_path(path, credential) : path;

	if (strlen(from) >= sizeof(file.path))
		return log_errno(-ENAMETOOLONG, "Cannot read %s", from);
	(void)strcpy(file.path, from);
	return put_file(fd, kind, &file, NULL);
}

/* The rules by which labels are chosen. The final decision stays with the core. */
static int put_rules(int fd, const struct config *config)
{
	const struct recognition_rules *rules = &config->recognition;
	const struct item items[] = {
		{ .kind = MATERIAL_HOME, .value = bytes_of_string(rules->home) },
		{ .kind = MATERIAL_SCHEMES,
		  .value = bytes_of(rules->schemes, rules->n_schemes * sizeof(*rules->schemes)) },
		{ .kind = MATERIAL_ARRANGEMENTS,
		  .value = bytes_of(rules->arrangements, rules->n_arrangements * sizeof(*rules->arrangements)) },
		{ .kind = MATERIAL_POLICY, .value = bytes_of(&config->policy, sizeof(config->policy)) },
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(items) && r == 0; i++)
		r = item_put(fd, &items[i]);
	return r;
}

static int put_trust(int fd, const struct config *c, struct store *store)
{
	const struct {
		enum material_kind kind;
		const struct config_file *files;
		size_t n;
	} lists[] = {
		{ MATERIAL_ANCHOR, c->anchors, c->n_anchors },
		{ MATERIAL_CRL, c->crls, c->n_crls },
		{ MATERIAL_ISSUER, c->issuers, c->n_issuers },
		{ MATERIAL_STATUS_LIST, c->status_lists, c->n_status_lists },
		{ MATERIAL_REFERENCE, c->references, c->n_references },
		{ MATERIAL_REGISTER, c->registers, c->n_registers }, /* last: issuers verify them */
	};
	int failure = put_rules(fd, c);

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		int r = put_files(fd, lists[i].kind, lists[i].files, lists[i].n, store);

		if (failure == 0)
			failure = r;
	}
	return failure;
}

#define HANDSHAKES_MIN 128 /* of each edge, if there are so many: half of them is more than 16 strangers may have */

/* What is the gateway's is divided. What is a sender's, a session's or a device's is whole: a sender has one edge. */
static struct edge_limits limits_of_one(const struct edge_limits *all, unsigned n)
{
	struct edge_limits one = *all;

	one.sessions = (all->sessions + n - 1) / n;
	one.handshakes = (all->handshakes + n - 1) / n;
	if (one.handshakes < HANDSHAKES_MIN)
		one.handshakes = all->handshakes < HANDSHAKES_MIN ? all->handshakes : HANDSHAKES_MIN;
	return one;
}

static int put_edge(int fd, const struct config *c, const struct edge_share *share)
{
	const struct edge_limits of_one = limits_of_one(&c->limits, share->n);
	const struct item limits = { .kind = MATERIAL_LIMITS, .value = bytes_of(&of_one, sizeof(of_one)) };
	const struct item secret = { .kind = MATERIAL_COOKIE_SECRET, .value = BYTES(share->cookie_secret) };
	int r = put_own(fd, MATERIAL_CERTIFICATE, c->certificate);

	if (r >= 0)
		r = put_own(fd, MATERIAL_KEY, c->key);
	if (r >= 0)
		r = item_put(fd, &limits);
	return r < 0 ? r : item_put(fd, &secret);
}

static int make_memfd(void)
{
	int fd = memfd_create("hallmark-material", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	return fd < 0 ? log_errno(-errno, "Cannot make a memfd") : fd;
}

static int seal(int fd)
{
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return log_errno(-errno, "Cannot seal the trust material");
	return 0;
}

/* With ret_failure, what cannot be read is left out. */
static int seal_trust(const struct config *config, struct store *store, int *ret_failure)
{
	_cleanup_close_ int fd = make_memfd();
	int r;

	if (fd < 0)
		return fd;
	r = put_trust(fd, config, store);
	if (r < 0 && !ret_failure)
		return r;
	if (ret_failure)
		*ret_failure = r;
	r = seal(fd);
	return r < 0 ? r : TAKE_FD(fd);
}

int material_seal(const struct config *config, struct store *store)
{
	return seal_trust(config, store, NULL);
}

int material_seal_to_check(const struct config *config, int *ret_failure)
{
	return seal_trust(config, NULL, ret_failure);
}

int material_seal_edge(const struct config *config, const struct edge_share *share)
{
	_cleanup_close_ int fd = make_memfd();
	int r = fd < 0 ? fd : put_edge(fd, config, share);

	if (r >= 0)
		r = seal(fd);
	return r < 0 ? r : TAKE_FD(fd);
}

/* --- Reading --- */

/* The next item that is not a remembered one. Returns false at the end. */
static bool take_file(struct bytes *rest, struct item *ret)
{
	do {
		if (item_take(rest, ret) < 0)
			return false;
	} while (ret->identity.n > 0);
	return true;
}

static bool same_item(const struct item *a, const struct item *b)
{
	return a->kind == b->kind && bytes_equal(a->name, b->name) && bytes_equal(a->scope, b->scope) &&
	       bytes_equal(a->value, b->value);
}

/* A remembered item only matters together with its file, and each file has one. */
bool material_equals(int fd, int other_fd)
{
	_cleanup_(material_unmap) struct bytes map = material_map(fd);
	_cleanup_(material_unmap) struct bytes other_map = material_map(other_fd);
	struct bytes rest = map, other_rest = other_map;
	bool has_one, has_other;

	if (!map.p || !other_map.p)
		return false;
	do {
		struct item one, other;

		has_one = take_file(&rest, &one);
		has_other = take_file(&other_rest, &other);
		if (has_one && has_other && !same_item(&one, &other))
			return false;
	} while (has_one && has_other);
	return has_one == has_other;
}

/* --- What the store remembers --- */

/* The item of that number; its bytes borrow from the map. */
static int find_item(struct bytes map, uint32_t number, struct item *ret)
{
	int r = item_take(&map, ret);

	for (uint32_t i = 0; i < number && r == 0; i++)
		r = item_take(&map, ret);
	return r;
}

/* The judge did not accept what the store holds for the file, so the new set replaces it. */
static int put_anew(struct store *store, const struct stored_set *set)
{
	int r = store_set_remove_path(store, set->kind, set->path);

	return r < 0 ? r : store_set_put(store, set);
}

int material_remember(int fd, const struct accepted_set *accepted, struct store *store)
{
	const struct set_mark *mark = &accepted->mark;
	_cleanup_(material_unmap) struct bytes map = material_map(fd);
	struct stored_set set = {
		.kind = mark->kind,
		.identity = mark->identity,
		.sequence = mark->sequence < INT64_MAX ? (int64_t)mark->sequence : INT64_MAX,
		.issued_sec = mark->issued_sec,
		.until_sec = mark->until_sec,
	};
	char path[256];
	struct item item;
	int r = find_item(map, accepted->item, &item);

	if (r == 0 && (item_set_kind(item.kind) != mark->kind || !bytes_to_text(item.name, path, sizeof(path))))
		r = -EBADMSG;
	if (r == 0) {
		set.path = path;
		set.bytes = item.value;
		r = store_set_put(store, &set);
	}
	if (r == -ESTALE)
		r = put_anew(store, &set);
	return r == 0 ? 0 : journal_errno(r, HALLMARK_MESSAGE_STORE, "Cannot store the set \"%s\"", mark->identity);
}

struct forgotten {
	const struct config *config;
	enum set_kind kind;
	char path[256]; /* "": not found */
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

/* One after the other: the store must not change while it is being read. */
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
