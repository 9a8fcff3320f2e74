/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmarkctl backup`: all that a replacement needs, in one file; the daemon may run. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "config/config.h"
#include "ctl/backup/contents.h"
#include "ctl/backup/keys.h"
#include "ctl/backup/manifest.h"
#include "ctl/commands.h"
#include "ctl/file.h"
#include "ctl/page.h"
#include "ctl/value.h"
#include "store/store.h"

DEFINE_CLEANUP(struct store *, store_free);
DEFINE_CLEANUP(struct value *, value_free);

struct backup {
	const struct ctl *ctl;
	struct config *config;
	char path[PATH_MAX];
	struct contents plain, secret;
	struct bytes store; /* mapped, of a copy that has no name any more */
	struct manifest manifest;
	struct record_mark former; /* where the record of the file that is replaced ended; sequence 0: there is none */
	bool replaces,
		is_poor; /* a file is there already; the store is not there, or its record is not as it was written */
};

static void backup_done(struct backup *b)
{
	config_free(b->config);
	contents_done(&b->plain);
	contents_done(&b->secret);
	unmap_bytes(&b->store);
	manifest_done(&b->manifest);
}

/* The given file, one in the given folder, or one in the working folder. */
static int choose_path(struct backup *b)
{
	const char *output = b->ctl->output ? b->ctl->output : ".";
	const time_t now = (time_t)b->manifest.time_sec;
	struct tm tm = { 0 };
	char name[64];
	struct stat st;
	int n;

	(void)gmtime_r(&now, &tm);
	(void)strftime(name, sizeof(name), "hallmark-%Y%m%dT%H%M%SZ.tar", &tm);
	n = stat(output, &st) == 0 && S_ISDIR(st.st_mode) ? snprintf(b->path, sizeof(b->path), "%s/%s", output, name) :
							    snprintf(b->path, sizeof(b->path), "%s", output);
	return n < (int)sizeof(b->path) ? 0 : log_errno(-ENAMETOOLONG, "%s", output);
}

/* What is there may be no backup: then it has no record. */
static void look_at_former(struct backup *b)
{
	_cleanup_(contents_done) struct contents all = { 0 };
	struct bytes file = { 0 };
	struct manifest m = { 0 };
	const char *fault;
	struct stat st;

	if (stat(b->path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
		return;
	b->replaces = true;
	if (file_map(b->path, &file) < 0)
		return;
	if (contents_read(file, &all, &fault) == 0 && all.n > 0 && manifest_read(all.members[0].content, &m) == 0)
		b->former = m.head;
	manifest_done(&m);
	unmap_bytes(&file);
}

/* One that lacks what a replacement needs takes no place of a better one. */
static int keep_former(struct backup *b)
{
	if (!b->is_poor || !b->replaces)
		return 0;
	log_error("%s stays as it is, as this backup would be worse; give another file with -o, or move that one away",
		  b->path);
	return -EEXIST;
}

/* --- The store --- */

/* Does it go on from the record of the file that is replaced? */
static int compare_with_former(struct backup *b, struct store *s)
{
	struct record_finding f = { 0 };
	int r = b->former.sequence > 0 ? record_verify(s, &b->former, &f) : 0;

	if (r < 0)
		return log_errno(r, "%s", BACKUP_STORE);
	if (f.flaw != RECORD_CUT && f.flaw != RECORD_REWRITTEN)
		return 0;
	log_warning("The record does not lead to the entry that %s has (%s). See `hallmarkctl log verify`", b->path,
		    record_flaw_name(f.flaw));
	b->is_poor = true;
	return 0;
}

static int note_record(struct backup *b, struct store *s)
{
	struct record_finding f = { 0 };
	int r = record_verify(s, NULL, &f);

	if (r < 0)
		return log_errno(r, "%s", BACKUP_STORE);
	if (!record_is_unbroken(f.flaw))
		log_warning(
			"The record is not as it was written (%s); it is in the backup as it is. See `hallmarkctl log "
			"verify`",
			record_flaw_name(f.flaw));
	if (f.flaw == RECORD_LATER)
		log_warning("The record has entries of a later version, which this one cannot verify (%s). See "
			    "`hallmarkctl log verify`",
			    record_flaw_name(f.flaw));
	b->is_poor = !record_is_unbroken(f.flaw);
	b->manifest.head = f.head;
	(void)snprintf(b->manifest.answer, sizeof(b->manifest.answer), "%s", record_flaw_name(f.flaw));
	return compare_with_former(b, s);
}

/* The copy is beside the backup, where there is room or not. */
static int copy_store(struct backup *b, const char *path)
{
	_cleanup_(store_freep) struct store *s = NULL, *copy = NULL;
	char beside[PATH_MAX + 32];
	int r = store_open_to_read(path, &s);

	if (r < 0)
		return r;
	(void)snprintf(beside, sizeof(beside), "%s.%d.store", b->path, (int)getpid());
	r = store_copy(s, beside);
	if (r < 0)
		return r;
	r = store_open_to_read(beside, &copy);
	if (r == 0)
		r = note_record(b, copy);
	if (r == 0)
		r = file_map(beside, &b->store);
	(void)unlink(beside);
	return r;
}

static int add_store(struct backup *b)
{
	struct archive_member m = { .name = BACKUP_STORE };
	char path[PATH_MAX];
	struct stat st;
	int r;

	(void)snprintf(path, sizeof(path), "%s/" STORE_FILE, b->config->state);
	if (stat(path, &st) < 0 && errno == ENOENT) {
		log_warning("There is no store yet (%s): the backup has no admissions and no record", path);
		b->is_poor = true;
		return 0;
	}
	r = copy_store(b, path);
	if (r < 0)
		return r;
	contents_note(&m, &st);
	m.mode = 0600;
	m.content = b->store;
	m.is_borrowed = true;
	b->manifest.schema = store_version();
	return contents_add(&b->plain, &m);
}

/* --- The keys --- */

static int add_keys(struct backup *b)
{
	struct archive_member m = { .name = BACKUP_KEYS, .mode = 0600, .time_sec = b->manifest.time_sec };
	_cleanup_free_ char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	int r = 0;

	if (!f)
		return -ENOMEM;
	for (size_t i = 0; i < b->secret.n && r == 0; i++)
		r = archive_put(f, &b->secret.members[i]);
	archive_end(f);
	if (fclose(f) != 0)
		r = -ENOMEM;
	if (r == 0)
		r = keys_seal(bytes_of(text, n), b->ctl->keys_for, &m.content);
	if (text)
		OPENSSL_cleanse(text, n);
	if (r < 0)
		return r;
	(void)strcpy(m.owner, "root");
	(void)strcpy(m.group, "root");
	r = contents_add(&b->plain, &m);
	if (r < 0)
		free_bytes(&m.content);
	return r;
}

/* --- The file --- */

static int make_manifest(struct backup *b)
{
	_cleanup_free_ char *state = file_absolute(b->config->state);
	struct manifest *m = &b->manifest;
	int r = 0;

	(void)snprintf(m->gateway, sizeof(m->gateway), "%s", b->config->gateway);
	(void)snprintf(m->version, sizeof(m->version), "%s", HALLMARK_VERSION);
	(void)snprintf(m->config, sizeof(m->config), "%s", b->config->path);
	(void)snprintf(m->state, sizeof(m->state), "%s", state ? state : b->config->state);
	contents_sort(&b->plain);
	m->files = calloc(b->plain.n + 1, sizeof(*m->files));
	if (!m->files)
		return -ENOMEM;
	for (m->n = 0; m->n < b->plain.n && r == 0; m->n++) {
		struct manifest_file *file = &m->files[m->n];

		(void)strcpy(file->name, b->plain.members[m->n].name);
		file->size = b->plain.members[m->n].content.n;
		r = digest_sha256(b->plain.members[m->n].content, file->digest);
	}
	return r;
}

static int put_archive(FILE *f, void *userdata)
{
	const struct backup *b = userdata;
	struct archive_member m = { .name = MANIFEST_NAME, .mode = 0600, .time_sec = b->manifest.time_sec };
	_cleanup_free_ char *text = NULL;
	FILE *manifest = open_memstream(&text, &m.content.n);
	int r;

	if (!manifest)
		return -ENOMEM;
	manifest_write(&b->manifest, manifest);
	if (fclose(manifest) != 0)
		return -ENOMEM;
	m.content.p = (const uint8_t *)text;
	r = archive_put(f, &m);
	for (size_t i = 0; i < b->plain.n && r == 0 && !ferror(f); i++)
		r = archive_put(f, &b->plain.members[i]);
	archive_end(f);
	return ferror(f) ? -errno : r;
}

static int make(struct backup *b)
{
	int r = choose_path(b);

	if (r == 0)
		look_at_former(b);
	if (r == 0)
		r = contents_collect(b->config, &b->plain, b->ctl->keys_for ? &b->secret : NULL);
	if (r == 0 && b->ctl->keys_for)
		r = add_keys(b);
	if (r == 0)
		r = add_store(b);
	if (r == 0)
		r = keep_former(b);
	if (r == 0)
		r = make_manifest(b);
	return r == 0 ? file_save_with(b->path, put_archive, b) : r;
}

/* --- Telling --- */

static void print(const struct backup *b)
{
	_cleanup_(value_freep) struct value *v = value_new(VALUE_MAP);
	char mark[RECORD_MARK_SIZE];

	value_add_text(v, "file", b->path);
	value_add_text(v, "gateway", b->manifest.gateway);
	value_add_number(v, "time", b->manifest.time_sec);
	value_add_number(v, "files", (int64_t)b->manifest.n);
	value_add_text(v, "record", b->manifest.head.sequence > 0 ? record_mark_to_text(&b->manifest.head, mark) : "");
	value_add_text(v, "record_answer", b->manifest.answer);
	value_add_flag(v, "keys", b->ctl->keys_for != NULL);
	value_to_json(v, b->ctl->out);
}

static void show(const struct backup *b)
{
	const struct page page = page_open(b->ctl->out, clock_realtime_sec());
	char mark[RECORD_MARK_SIZE];

	page_line(&page, "backup", "%s", b->path);
	page_line(&page, "contents", "%zu files of the gateway \"%s\"", b->manifest.n, b->manifest.gateway);
	if (b->manifest.head.sequence > 0)
		page_line(&page, "record", "up to %s (%s)", record_mark_to_text(&b->manifest.head, mark),
			  b->manifest.answer);
	if (b->ctl->keys_for)
		page_line(&page, "keys", "encrypted for %s: only its private key opens them", b->ctl->keys_for);
	else
		page_line(&page, "keys",
			  "none: a replacement needs a copy of them, or a new identity. --keys-for CERT.pem takes them "
			  "in, "
			  "encrypted");
}

enum ctl_exit ctl_backup(const struct ctl *ctl)
{
	_cleanup_(backup_done) struct backup b = { .ctl = ctl };

	(void)umask(077);
	b.manifest.time_sec = clock_realtime_sec();
	if (config_load(ctl->config ? ctl->config : HALLMARK_SYSCONFDIR "/hallmarkd.conf", &b.config) < 0)
		return CTL_FAULT;
	if (make(&b) < 0) {
		log_error("There is no backup");
		return b.is_poor && b.replaces ? CTL_NO : CTL_FAULT;
	}
	if (ctl->json)
		print(&b);
	else
		show(&b);
	return b.is_poor ? CTL_NO : CTL_YES;
}
