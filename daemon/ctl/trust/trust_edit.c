/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmarkctl trust add` and `trust remove`: entries of the managed file, each verified before it is written. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appraise/appraise.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/language.h"
#include "base/log.h"
#include "config/config.h"
#include "config/files.h"
#include "ctl/commands.h"
#include "ctl/file.h"
#include "ctl/page.h"
#include "ctl/trust/managed.h"
#include "ctl/trust/refresher.h"
#include "ctl/value.h"
#include "hallmark/protocol.h"
#include "identity/identity.h"

DEFINE_CLEANUP(struct trust *, trust_free);
DEFINE_CLEANUP(struct value *, value_free);

/* --- Common to both commands --- */

static bool read_kind(const char *word, enum trust_kind *ret)
{
	if (trust_kind_from_name(word, ret))
		return true;
	log_error("\"%s\" is not a kind of trust; give anchor, issuer, register, status-list, reference or crl", word);
	return false;
}

static bool has_managed(const struct desk *desk)
{
	if (desk->config->managed[0])
		return true;
	log_error("%s names no file that hallmarkctl may write; add managed = \"trust.conf\"; to its section `trust`",
		  desk->path);
	return false;
}

static enum ctl_exit done(const struct ctl *ctl, const char *what, enum trust_kind kind, const struct config_file *file)
{
	_cleanup_(value_freep) struct value *report = value_new(VALUE_MAP);
	const struct page page = page_open(ctl->out, 0);

	value_add_text(report, "result", what);
	value_add_text(report, "kind", trust_kind_name(kind));
	value_add_text(report, "name", file->name);
	value_add_text(report, "file", file->path);
	if (ctl->json)
		value_to_json(report, ctl->out);
	else
		page_line(&page, what, "%s %s; hallmarkd uses it after the next reload or start", trust_kind_name(kind),
			  file->name[0] ? file->name : file->path);
	return CTL_YES;
}

/* --- trust add --- */

/* Copies one text of the command line to an entry. */
static bool set_text(char *to, size_t size, const char *text, const char *what)
{
	if (!text || bytes_to_text(bytes_of_string(text), to, size))
		return true;
	log_error("the %s is too long or not printable; at most %zu bytes", translated(what), size - 1);
	return false;
}

/* Whether the options fit the kind; logs each that is missing or not allowed. */
static bool options_fit(const struct ctl *ctl, enum trust_kind kind)
{
	const char *name = trust_kind_name(kind);

	if (trust_kind_is_set(kind) && (ctl->name || ctl->schemes || ctl->makers))
		log_error("a %s itself names its issuer; only --url can be given with it", name);
	else if (!trust_kind_is_set(kind) && ctl->url)
		log_error("an %s is not fetched: whoever can replace it at that address can replace all trust; leave "
			  "out --url",
			  name);
	else if (!trust_kind_is_set(kind) && !ctl->name)
		log_error("give the %s a name with --name; an issuer's is the one that its labels have", name);
	else if (kind == TRUST_ANCHOR && (ctl->schemes || ctl->makers))
		log_error("an anchor has no schemes or makers; leave out --schemes and --makers");
	else if (kind == TRUST_ISSUER && !ctl->schemes && !ctl->makers)
		log_error("give what the issuer may speak for, with --schemes KR-CIC,SG-CLS or --makers pen:32473");
	else
		return true;
	return false;
}

static bool read_entry(const struct ctl *ctl, enum trust_kind kind, struct config_file *ret)
{
	_cleanup_free_ char *path = file_absolute(ctl->words[1]);

	*ret = (struct config_file){ .is_managed = true };
	if (!path) {
		log_error("%s: %s", ctl->words[1], strerror(errno));
		return false;
	}
	if (kind == TRUST_CRL)
		(void)snprintf(ret->scope, sizeof(ret->scope), "refuse");
	return options_fit(ctl, kind) && set_text(ret->path, sizeof(ret->path), path, TO_TRANSLATE("path")) &&
	       set_text(ret->name, sizeof(ret->name), ctl->name, TO_TRANSLATE("name")) &&
	       set_text(ret->url, sizeof(ret->url), ctl->url, "url") &&
	       set_text(ret->scope, sizeof(ret->scope), ctl->schemes, TO_TRANSLATE("list of schemes")) &&
	       set_text(ret->makers, sizeof(ret->makers), ctl->makers, TO_TRANSLATE("list of makers"));
}

static bool is_new(const struct desk *desk, enum trust_kind kind, const struct config_file *file)
{
	size_t n;
	const struct config_file *files = trust_files(desk->config, kind, &n);

	for (size_t i = 0; i < n; i++) {
		bool is_name = file->name[0] && strcmp(files[i].name, file->name) == 0;

		if (!is_name && strcmp(files[i].path, file->path) != 0)
			continue;
		log_error("%s \"%s\" exists already: %s:%u", trust_kind_name(kind), is_name ? file->name : file->path,
			  files[i].source, files[i].line);
		return false;
	}
	return true;
}

/* Adds what the daemon holds of a kind before the new entry: sets one mark for each configured entry. */
static int hold_all(const struct desk *desk, enum trust_kind kind, struct trust *t, struct set_mark *ret_marks)
{
	size_t n;
	const struct config_file *files = trust_files(desk->config, kind, &n);

	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ uint8_t *p = NULL;
		struct trust_finding finding;
		size_t size = 0;

		if (file_read(files[i].path, HALLMARK_REGISTER_MAX, &p, &size) < 0)
			continue;

		int r = trust_hold(t, kind, &files[i], bytes_of(p, size), desk->now_sec, &finding);

		if (r < 0)
			return log_errno(r, "%s cannot be evaluated", files[i].path);
		ret_marks[i] = finding.mark;
	}
	return 0;
}

/* Two files with the same set would displace each other at every start: logs the file that already holds it. */
static bool is_free(const struct desk *desk, enum trust_kind kind, const struct set_mark *marks,
		    const struct set_mark *next)
{
	size_t n;
	const struct config_file *files = trust_files(desk->config, kind, &n);

	for (size_t i = 0; i < n; i++) {
		if (marks[i].kind == SET_NONE || strcmp(marks[i].identity, next->identity) != 0)
			continue;
		log_error("%s:%u: %s holds \"%s\" already; to replace it, write the new one into that file",
			  files[i].source, files[i].line, files[i].path, next->identity);
		return false;
	}
	return true;
}

/* CRLs that no configured CA signed are kept side by side: they may be of different CAs with one name. */
static bool may_displace(enum trust_kind kind, const struct trust *t, const struct set_mark *mark)
{
	return trust_kind_is_set(kind) && (kind != TRUST_CRL || anchors_vouch_for_crl(t->anchors, mark));
}

static enum ctl_exit take_last(const struct desk *desk, enum trust_kind kind, const struct config_file *file,
			       struct trust *t, struct set_mark *marks)
{
	_cleanup_(free_bytes) struct bytes in = { 0 };
	struct trust_finding finding;
	char why[TRUST_WHY_SIZE];

	if (file_load(file->path, HALLMARK_REGISTER_MAX, &in) < 0 ||
	    (trust_kind_is_set(kind) && hold_all(desk, kind, t, marks) < 0))
		return CTL_FAULT;

	int r = trust_take(t, kind, file, in, desk->now_sec, &finding);

	if (r < 0) {
		log_errno(r, "%s cannot be evaluated", file->path);
		return CTL_FAULT;
	}
	(void)translated_parts(finding.why, why, sizeof(why));
	if (finding.state == TRUST_LEFT_OUT) {
		log_error("%s: not added, hallmarkd would leave it out: %s", file->path, why);
		return CTL_NO;
	}
	if (finding.state == TRUST_STALE)
		log_warning("%s: %s", file->path, why);
	return !may_displace(kind, t, &finding.mark) || is_free(desk, kind, marks, &finding.mark) ? CTL_YES : CTL_NO;
}

static enum ctl_exit verify(const struct desk *desk, enum trust_kind kind, const struct config_file *file)
{
	_cleanup_(trust_freep) struct trust *t = NULL;
	size_t n;

	(void)trust_files(desk->config, kind, &n);

	_cleanup_free_ struct set_mark *marks = calloc(n + 1, sizeof(*marks));

	if (!marks || desk_trust(desk, &t) < 0)
		return CTL_FAULT;
	return take_last(desk, kind, file, t, marks);
}

/* The file of a set with an address need not exist yet. */
static enum ctl_exit fetch_first(const struct ctl *ctl, enum trust_kind kind, const struct config_file *file)
{
	return file->url[0] && access(file->path, F_OK) < 0 ? refresher_fetch(ctl, kind, file) : CTL_YES;
}

enum ctl_exit ctl_trust_add(const struct ctl *ctl)
{
	_cleanup_(desk_done) struct desk desk = { 0 };
	struct config_file file;
	enum trust_kind kind;

	if (!read_kind(ctl->words[0], &kind) || !read_entry(ctl, kind, &file) || desk_open_alone(ctl, &desk) < 0 ||
	    !has_managed(&desk))
		return CTL_FAULT;
	if (!is_new(&desk, kind, &file))
		return CTL_NO;

	enum ctl_exit answer = fetch_first(ctl, kind, &file);

	if (answer == CTL_YES)
		answer = verify(&desk, kind, &file);
	if (answer != CTL_YES)
		return answer;
	return managed_write(&desk, kind, &file, NULL) < 0 ? CTL_FAULT : done(ctl, TO_TRANSLATE("added"), kind, &file);
}

/* --- trust remove --- */

enum ctl_exit ctl_trust_remove(const struct ctl *ctl)
{
	_cleanup_(desk_done) struct desk desk = { 0 };
	enum trust_kind kind;
	const struct config_file *files, *file = NULL;
	size_t n;

	if (!read_kind(ctl->words[0], &kind) || desk_open_alone(ctl, &desk) < 0)
		return CTL_FAULT;
	files = trust_files(desk.config, kind, &n);
	for (size_t i = 0; i < n; i++) {
		if (!trust_file_is(&files[i], ctl->words[1]))
			continue;
		if (file) {
			log_error("\"%s\" matches more than one %s; give the whole path", ctl->words[1],
				  trust_kind_name(kind));
			return CTL_FAULT;
		}
		file = &files[i];
	}
	if (!file) {
		log_error("\"%s\": the configuration has no such %s; `hallmarkctl trust list` shows all", ctl->words[1],
			  trust_kind_name(kind));
		return CTL_NO;
	}
	if (!file->is_managed) {
		log_error("\"%s\" is in %s:%u, which hallmarkctl does not edit; remove it there by hand", ctl->words[1],
			  file->source, file->line);
		return CTL_FAULT;
	}
	return managed_write(&desk, kind, NULL, file) < 0 ? CTL_FAULT : done(ctl, TO_TRANSLATE("removed"), kind, file);
}
