/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `hallmarkctl restore`: the whole backup is verified before anything is written; then everything is staged, and takes its place, the
 * store last. An installation without a store is none yet, so a restore that was interrupted can be run again.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/language.h"
#include "base/log.h"
#include "config/config.h"
#include "config/named.h"
#include "ctl/backup/contents.h"
#include "ctl/backup/keys.h"
#include "ctl/backup/manifest.h"
#include "ctl/backup/running.h"
#include "ctl/backup/target.h"
#include "ctl/commands.h"
#include "ctl/file.h"
#include "ctl/page.h"
#include "ctl/value.h"
#include "store/store.h"

#define CONFIG_DEFAULT HALLMARK_SYSCONFDIR "/hallmarkd.conf"
#define STATE_DEFAULT  "/var/lib/hallmark"
#define CONTROL        "/run/hallmark/control"

DEFINE_CLEANUP(struct config *, config_free);
DEFINE_CLEANUP(struct store *, store_free);
DEFINE_CLEANUP(struct value *, value_free);

struct restore {
	const struct ctl *ctl;
	struct bytes file; /* mapped */
	struct manifest manifest;
	struct contents members, keys; /* parts of `file` and of `opened`; the members without MANIFEST and keys.cms */
	struct archive_member sealed;  /* keys.cms; without content: none */
	const struct archive_member *store; /* one of the members; NULL: none */
	struct bytes opened;                /* owned: the keys, decrypted */
	struct target target;
	struct config *present; /* owned: what is installed; NULL: nothing that can be read */
};

static void restore_done(struct restore *r)
{
	contents_done(&r->members);
	contents_done(&r->keys);
	manifest_done(&r->manifest);
	unmap_bytes(&r->file);
	if (r->opened.p)
		explicit_bzero((void *)(uintptr_t)r->opened.p, r->opened.n);
	free_bytes(&r->opened);
	config_free(r->present);
}

/* --- The backup, before anything is written --- */

static const char others[] = TO_TRANSLATE("it lacks files, or has others than its MANIFEST says; take another copy");
static const char elsewhere[] = TO_TRANSLATE("it has a file that belongs into no folder of a gateway");

static int refuse(const struct restore *r, const char *why)
{
	log_error("%s: %s. Nothing was changed", r->ctl->operand, translated(why));
	return -EBADMSG;
}

/* Each member is the file that the manifest has in its place, and as it was. */
static int compare_with_manifest(const struct restore *r, const struct contents *all)
{
	uint8_t digest[SHA256_LEN];

	if (all->n != r->manifest.n + 1)
		return refuse(r, others);
	for (size_t i = 0; i < r->manifest.n; i++) {
		const struct archive_member *m = &all->members[i + 1];
		const struct manifest_file *file = &r->manifest.files[i];

		if (strcmp(m->name, file->name) != 0)
			return refuse(r, others);
		if (digest_sha256(m->content, digest) < 0 || m->content.n != file->size ||
		    memcmp(digest, file->digest, sizeof(digest)) != 0) {
			log_error("%s: %s in it is damaged; take another copy. Nothing was changed", r->ctl->operand,
				  m->name);
			return -EBADMSG;
		}
	}
	return 0;
}

static bool begins_with(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* Sorts them by what they are for. */
static int sort_out(struct restore *r, const struct contents *all)
{
	int e = 0;

	for (size_t i = 1; i < all->n && e == 0; i++) {
		const struct archive_member *m = &all->members[i];

		if (strcmp(m->name, BACKUP_KEYS) == 0)
			r->sealed = *m;
		else if (begins_with(m->name, BACKUP_ETC) || begins_with(m->name, BACKUP_STATE))
			e = contents_add(&r->members, m);
		else
			e = refuse(r, elsewhere);
	}
	for (size_t i = 0; i < r->members.n; i++)
		if (strcmp(r->members.members[i].name, BACKUP_STORE) == 0)
			r->store = &r->members.members[i];
	if (e == 0 && (r->store != NULL) != (r->manifest.schema > 0))
		e = refuse(r, others);
	return e;
}

static int read_manifest(struct restore *r, const struct contents *all)
{
	int e = all->n > 0 && strcmp(all->members[0].name, MANIFEST_NAME) == 0 ?
			manifest_read(all->members[0].content, &r->manifest) :
			-EBADMSG;

	if (e == -EPROTO)
		(void)refuse(r, TO_TRANSLATE("a later version of hallmark wrote it; install that version first"));
	else if (e == -EBADMSG)
		(void)refuse(
			r, TO_TRANSLATE(
				   "its MANIFEST is missing or damaged; give a file that `hallmarkctl backup` wrote"));
	if (e == 0 && r->manifest.schema > store_version())
		e = refuse(r, TO_TRANSLATE("a later version of hallmark wrote its store; install that version first"));
	return e;
}

static int read_backup(struct restore *r)
{
	_cleanup_(contents_done) struct contents all = { 0 };
	const char *fault = NULL;
	int e = file_map(r->ctl->operand, &r->file);

	if (e < 0)
		return e;
	e = contents_read(r->file, &all, &fault);
	if (e < 0)
		return e == -EBADMSG ? refuse(r, fault) : e;
	e = read_manifest(r, &all);
	if (e == 0)
		e = compare_with_manifest(r, &all);
	return e == 0 ? sort_out(r, &all) : e;
}

/* What is sealed replaces no store: that is examined on its own. */
static bool may_be_sealed(const char *name)
{
	return begins_with(name, BACKUP_ETC) || (begins_with(name, BACKUP_STATE) && !begins_with(name, BACKUP_STORE));
}

static int read_keys(struct restore *r)
{
	const char *fault = NULL;
	int e;

	if (!r->ctl->key)
		return 0;
	if (r->sealed.content.n == 0)
		return refuse(r, TO_TRANSLATE("it has no keys, as it was made without --keys-for; leave --key out"));
	e = keys_open(r->sealed.content, r->ctl->key, &r->opened);
	if (e == 0)
		e = contents_read(r->opened, &r->keys, &fault);
	if (e == -EBADMSG && fault)
		return refuse(r, fault);
	for (size_t i = 0; i < r->keys.n && e == 0; i++)
		if (!may_be_sealed(r->keys.members[i].name))
			e = refuse(r, elsewhere);
	return e;
}

/* --- Its place --- */

/* A backup says where it belongs, but who restores it must agree when that is not the usual place. */
static bool is_agreed(const struct restore *r, const char *option, const char *given, const char *usual,
		      const char *its)
{
	_cleanup_free_ char *absolute = given ? file_absolute(given) : NULL;

	if (r->ctl->to || strcmp(given ? given : usual, its) == 0 || (absolute && strcmp(absolute, its) == 0))
		return true;
	log_error("%s: its gateway has this at %s; give --%s %s if it shall be there here too. Nothing was changed",
		  r->ctl->operand, its, option, its);
	return false;
}

static int choose_target(struct restore *r)
{
	const char *top = r->ctl->to ? r->ctl->to : "";
	const char *slash = strrchr(r->manifest.config + 1, '/'); /* NULL: it is in the root folder */
	const int n = slash ? (int)(slash - r->manifest.config - 1) : 0;
	struct target *t = &r->target;

	if (!is_agreed(r, "config", r->ctl->config, CONFIG_DEFAULT, r->manifest.config) ||
	    !is_agreed(r, "state", r->ctl->state, STATE_DEFAULT, r->manifest.state))
		return -EINVAL;
	t->keeps_owner = geteuid() == 0 && !r->ctl->to;
	if (snprintf(t->etc, sizeof(t->etc), "%s/%.*s", top, n, r->manifest.config + 1) >= (int)sizeof(t->etc) ||
	    snprintf(t->state, sizeof(t->state), "%s%s", top, r->manifest.state) >= (int)sizeof(t->state))
		return log_errno(-ENAMETOOLONG, "%s", top);
	return 0;
}

/* NULL: there is none that can be read. */
static struct config *load_present(const struct restore *r)
{
	char path[PATH_MAX];
	struct config *c = NULL;

	if (snprintf(path, sizeof(path), "%s%s", r->target.etc, strrchr(r->manifest.config, '/')) < (int)sizeof(path) &&
	    access(path, F_OK) == 0)
		(void)config_load(path, &c);
	return c;
}

/* A datagram at the port of the socket unit would start the daemon, also in the middle of the restore. */
static int refuse_running(const struct restore *r)
{
	const char *control = r->present ? r->present->control : CONTROL;

	if (r->ctl->to ||
	    !gateway_is_running(r->ctl->socket ? r->ctl->socket : control, r->present ? r->present->port : 0))
		return 0;
	log_error("hallmarkd is running, or its socket unit starts it; `systemctl stop hallmarkd.socket hallmarkd` "
		  "first. "
		  "Nothing was changed");
	return -EBUSY;
}

static bool has_other_keys(const struct restore *r)
{
	for (size_t i = 0; i < r->keys.n; i++)
		if (target_has_other(&r->target, &r->keys.members[i]))
			return true;
	return false;
}

/* A store or keys that are there are an installation; an empty one has only what the package put there. */
static int look_at_present(struct restore *r)
{
	const struct archive_member none = { .name = BACKUP_STORE };
	const bool has_store = target_has_other(&r->target, r->store ? r->store : &none);
	const bool is_there = has_store || has_other_keys(r);

	int e;

	if (is_there || !r->ctl->to)
		r->present = load_present(r);
	e = refuse_running(r);
	if (e < 0)
		return e;
	if (!is_there || r->ctl->force)
		return 0;
	if (r->present && strcmp(r->present->gateway, r->manifest.gateway) != 0)
		log_error("this is the gateway \"%s\", and %s is of \"%s\": is it the right file? --force replaces one "
			  "by the other. Nothing was changed",
			  r->present->gateway, r->ctl->operand, r->manifest.gateway);
	else
		log_error("a gateway is installed here, with a store or keys of its own (%s, %s); --force replaces it, "
			  "and keeps each of its files as NAME.before-restore. Nothing was changed",
			  r->target.state, r->target.etc);
	return -EEXIST;
}

/* --- Writing --- */

static int each(const struct contents *c, const struct target *t,
		int (*act)(const struct target *t, const struct archive_member *m), const struct archive_member *but)
{
	int e = 0;

	for (size_t i = 0; i < c->n && e == 0; i++)
		if (&c->members[i] != but)
			e = act(t, &c->members[i]);
	return e;
}

static int refuse_to_lose(const struct target *t, const struct archive_member *m)
{
	char path[PATH_MAX];

	if (!target_loses_kept(t, m))
		return 0;
	log_error("%s is of an earlier restore, and this one would replace it; move it elsewhere first. Nothing was "
		  "changed",
		  target_path(t, m->name, TARGET_KEPT, path));
	return -EEXIST;
}

static int unstage(const struct target *t, const struct archive_member *m)
{
	target_unstage(t, m->name);
	return 0;
}

static int stage(const struct restore *r)
{
	int e = each(&r->members, &r->target, target_stage, NULL);

	return e == 0 ? each(&r->keys, &r->target, target_stage, NULL) : e;
}

/* The version that made the backup could not verify what this one can. */
static bool is_known_now(enum record_flaw flaw, const char *former)
{
	return flaw == RECORD_SOUND && strcmp(former, record_flaw_name(RECORD_LATER)) == 0;
}

/* An earlier version's is converted. Its record must lead to the entry that the manifest names. */
static int check_store(const struct restore *r)
{
	_cleanup_(store_freep) struct store *s = NULL;
	struct record_finding f = { 0 };
	char path[PATH_MAX];
	int e;

	if (!r->store)
		return 0;
	e = store_open_staged(target_path(&r->target, BACKUP_STORE, TARGET_STAGED, path), &s);
	if (e == 0)
		e = record_verify(s, r->manifest.head.sequence > 0 ? &r->manifest.head : NULL, &f);
	if (e < 0)
		return refuse(r, TO_TRANSLATE("its store cannot be read; take another copy"));
	if (strcmp(record_flaw_name(f.flaw), r->manifest.answer) != 0 && !is_known_now(f.flaw, r->manifest.answer)) {
		log_error("%s: its record does not lead to the entry that its MANIFEST names (%s); take another copy. "
			  "Nothing was changed",
			  r->ctl->operand, record_flaw_name(f.flaw));
		return -EBADMSG;
	}
	if (!record_is_unbroken(f.flaw))
		log_warning("The record was not as it was written (%s) when the backup was made; see `hallmarkctl log "
			    "verify`",
			    record_flaw_name(f.flaw));
	return 0;
}

/* A WAL that stayed beside the former store would change this one. */
static int keep_wal(const struct target *t)
{
	static const char *const ends[] = { "-wal", "-shm" };
	char from[PATH_MAX], to[PATH_MAX], ending[32];

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		(void)snprintf(ending, sizeof(ending), TARGET_KEPT "%s", ends[i]);
		if (rename(target_path(t, BACKUP_STORE, ends[i], from), target_path(t, BACKUP_STORE, ending, to)) < 0 &&
		    errno != ENOENT)
			return log_errno(-errno, "%s", from);
	}
	return 0;
}

static int replace(const struct target *t, const struct archive_member *m)
{
	int e = target_keep(t, m);

	if (e == 0 && strcmp(m->name, BACKUP_STORE) == 0)
		e = keep_wal(t);
	return e == 0 ? target_install(t, m) : e;
}

static int install(const struct restore *r)
{
	int e = each(&r->members, &r->target, replace, r->store);

	if (e == 0)
		e = each(&r->keys, &r->target, replace, NULL);
	if (e == 0 && r->store)
		e = replace(&r->target, r->store);
	if (e < 0)
		log_error("The restore is not complete; correct this, and run it again");
	return e;
}

/* Until all files are staged and good, the installation is as it was. */
static int restore(struct restore *r)
{
	int e = each(&r->members, &r->target, refuse_to_lose, NULL);

	if (e == 0)
		e = each(&r->keys, &r->target, refuse_to_lose, NULL);
	if (e < 0)
		return e;
	e = stage(r);
	if (e < 0)
		log_error("Nothing was changed; correct this, and restore again");
	if (e == 0)
		e = check_store(r);
	if (e == 0)
		e = refuse_running(r); /* it may have been started since */
	if (e == 0)
		e = install(r);
	if (e < 0) {
		(void)each(&r->members, &r->target, unstage, NULL);
		(void)each(&r->keys, &r->target, unstage, NULL);
	}
	return e;
}

/* --- Telling --- */

/* What the gateway lacks now: files that are elsewhere, and keys. Returns how many keys; -1: it cannot be known. */
static int tell_missing(const struct restore *r)
{
	_cleanup_(config_freep) struct config *c = r->ctl->to ? NULL : load_present(r);
	_cleanup_(named_files_done) struct named_files files = { 0 };
	int n_keys = 0;

	if (!c || named_files_list(c, &files) < 0)
		return -1;
	for (size_t i = 0; i < files.n; i++) {
		const struct named_file *file = &files.items[i];

		if (file->is_state || file->may_lack || access(file->path, F_OK) == 0)
			continue;
		n_keys += file->is_key;
		log_warning("%s is not in the backup and not here; put it there before the start", file->path);
	}
	return n_keys;
}

static void print(const struct restore *r)
{
	_cleanup_(value_freep) struct value *v = value_new(VALUE_MAP);
	char mark[RECORD_MARK_SIZE];

	value_add_text(v, "gateway", r->manifest.gateway);
	value_add_number(v, "time", r->manifest.time_sec);
	value_add_text(v, "version", r->manifest.version);
	value_add_number(v, "files", (int64_t)r->members.n);
	value_add_number(v, "keys", (int64_t)r->keys.n);
	value_add_text(v, "record", r->manifest.head.sequence > 0 ? record_mark_to_text(&r->manifest.head, mark) : "");
	value_add_text(v, "config", r->target.etc);
	value_add_text(v, "state", r->target.state);
	value_to_json(v, r->ctl->out);
}

static void show_keys(const struct restore *r, const struct page *page, int n_missing)
{
	if (r->keys.n > 0)
		page_line(page, "keys", "restored: devices know this gateway");
	else if (n_missing > 0 && r->sealed.content.n > 0)
		page_line(page, "keys",
			  "the backup has them, encrypted: restore again with --key KEY.pem, or make a new identity");
	else if (n_missing > 0)
		page_line(page, "keys",
			  "none: this gateway needs a new identity (docs/operations.md, \"A new identity\"). Devices "
			  "with the "
			  "former result.pub refuse its results until they have the new one");
	else if (n_missing == 0)
		page_line(page, "keys", "those that are here");
}

static void show(const struct restore *r, int n_missing)
{
	const struct page page = page_open(r->ctl->out, clock_realtime_sec());
	char time[32], mark[RECORD_MARK_SIZE];

	page_line(&page, "gateway", "%s, as of %s", r->manifest.gateway, time_to_text(r->manifest.time_sec, time));
	page_line(&page, "files", "%zu into %s and %s", r->members.n, r->target.etc, r->target.state);
	if (r->manifest.head.sequence > 0)
		page_line(&page, "record", "up to %s (%s)", record_mark_to_text(&r->manifest.head, mark),
			  r->manifest.answer);
	show_keys(r, &page, n_missing);
	if (r->ctl->to)
		return;
	page_line(&page, "trust", "as it was then: `systemctl start hallmark-refresh` fetches what was revoked since");
	page_line(&page, "next",
		  "`hallmarkd --check`, then `systemctl enable --now hallmark-base hallmarkd.socket hallmarkd "
		  "hallmark-refresh.timer`");
}

enum ctl_exit ctl_restore(const struct ctl *ctl)
{
	_cleanup_(restore_done) struct restore r = { .ctl = ctl };
	int n_missing;

	if (read_backup(&r) < 0 || read_keys(&r) < 0 || choose_target(&r) < 0 || look_at_present(&r) < 0 ||
	    restore(&r) < 0)
		return CTL_FAULT;
	n_missing = tell_missing(&r);
	if (ctl->json)
		print(&r);
	else
		show(&r, n_missing);
	return CTL_YES;
}
