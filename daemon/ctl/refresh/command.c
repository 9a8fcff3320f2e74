/* SPDX-License-Identifier: Apache-2.0 */
/* hallmark-refresh: all entries with an address, or only the named ones; then the daemon reloads. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "appraise/appraise.h"
#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/language.h"
#include "base/log.h"
#include "base/when.h"
#include "config/config.h"
#include "config/files.h"
#include "ctl/ask/peer.h"
#include "ctl/ask/progress.h"
#include "ctl/ask/show.h"
#include "ctl/commands.h"
#include "ctl/page.h"
#include "ctl/refresh/refresh.h"
#include "ctl/value.h"

DEFINE_CLEANUP(struct trust *, trust_free);

/* One run of the command. */
struct run {
	const struct ctl *ctl;
	struct desk desk;
	struct value *report; /* owned */
	struct value *list;   /* in report */
	unsigned n_installed, n_failed;
	bool is_held_back; /* by the brake, or because the daemon failed */
};

static void run_done(struct run *run)
{
	desk_done(&run->desk);
	if (run->report)
		value_free(run->report);
}

static const char *const results[_REFRESH_MAX] = {
	[REFRESH_FAILED] = "failed",
	[REFRESH_WAITING] = "waiting",
	[REFRESH_UNCHANGED] = "unchanged",
	[REFRESH_INSTALLED] = "installed",
};

static void report(struct run *run, enum trust_kind kind, const struct config_file *file,
		   const struct refresh_outcome *outcome)
{
	struct value *entry = value_add_new(run->list, NULL, VALUE_MAP);

	value_add_text(entry, "kind", trust_kind_name(kind));
	value_add_text(entry, "file", file->path);
	value_add_text(entry, "url", file->url);
	value_add_text(entry, "result", results[outcome->result]);
	value_add_text(entry, "why", outcome->why);
	if (outcome->next_sec > 0)
		value_add_number(entry, "next_try", outcome->next_sec);
	if (outcome->result != REFRESH_INSTALLED)
		return;
	value_add_text(entry, "identity", outcome->mark.identity);
	if (outcome->mark.kind == SET_REGISTER || outcome->mark.sequence > 0)
		value_add_number(entry, "sequence", (int64_t)outcome->mark.sequence);
	value_add_number(entry, "issued", outcome->mark.issued_sec);
	if (outcome->mark.until_sec < TIME_FOREVER)
		value_add_number(entry, "until", outcome->mark.until_sec);
}

static void tell_installed(const struct page *page, const struct config_file *file, const struct set_mark *mark)
{
	char when[WHEN_SIZE];

	(void)when_to_text(mark->issued_sec, page->now_sec, when);
	if (mark->sequence > 0)
		page_line(page, "installed", "%s: %s, sequence %" PRIu64 ", issued %s", file->path, mark->identity,
			  mark->sequence, when);
	else
		page_line(page, "installed", "%s: %s, issued %s", file->path, mark->identity, when);
}

/* Prints the result for an entry; failures go to stderr. */
static void tell(const struct run *run, const struct config_file *file, const struct refresh_outcome *outcome)
{
	const struct page page = page_open(run->ctl->out, run->desk.now_sec);
	char when[WHEN_SIZE], why[REFRESH_WHY_SIZE];

	(void)translated_parts(outcome->why, why, sizeof(why));
	switch (outcome->result) {
	case REFRESH_FAILED:
		log_error("%s: not refreshed from %s: %s. What was installed is kept; the next try is at %s",
			  file->path, file->url, why, when_to_text(outcome->next_sec, run->desk.now_sec, when));
		return;
	case REFRESH_WAITING:
		log_error(
			"%s: not refreshed from %s: the last try failed (%s), and the next is at %s; --force tries now",
			file->path, file->url, why, when_to_text(outcome->next_sec, run->desk.now_sec, when));
		return;
	case REFRESH_INSTALLED:
		if (!run->ctl->json)
			tell_installed(&page, file, &outcome->mark);
		return;
	default:
		if (!run->ctl->json)
			page_line(&page, "unchanged", "%s", file->path);
		return;
	}
}

static bool is_wanted(const struct ctl *ctl, const struct config_file *file)
{
	for (unsigned i = 0; i < ctl->n_words; i++)
		if (trust_file_is(file, ctl->words[i]))
			return true;
	return ctl->n_words == 0;
}

static void refresh_kind(struct run *run, enum trust_kind kind)
{
	size_t n;
	const struct config_file *files = trust_files(run->desk.config, kind, &n);

	for (size_t i = 0; i < n; i++) {
		struct refresh_outcome outcome;

		if (!files[i].url[0] || !is_wanted(run->ctl, &files[i]))
			continue;
		struct progress *progress = progress_begin(files[i].url);

		refresh_file(&run->desk, kind, &files[i], run->ctl->force, &outcome);
		progress_end(progress);
		run->n_installed += outcome.result == REFRESH_INSTALLED;
		run->n_failed += outcome.result == REFRESH_FAILED || outcome.result == REFRESH_WAITING;
		report(run, kind, &files[i], &outcome);
		tell(run, &files[i], &outcome);
	}
}

/* Without this check, a mistyped name would silently never be refreshed. */
static bool words_fit(const struct run *run)
{
	for (unsigned i = 0; i < run->ctl->n_words; i++) {
		bool is_known = false, is_fetched = false;

		for (enum trust_kind kind = 0; kind < _TRUST_KIND_MAX; kind++) {
			size_t n;
			const struct config_file *files = trust_files(run->desk.config, kind, &n);

			for (size_t j = 0; j < n; j++)
				if (trust_file_is(&files[j], run->ctl->words[i])) {
					is_known = true;
					is_fetched |= files[j].url[0] != '\0';
				}
		}
		if (is_fetched)
			continue;
		if (is_known)
			log_error("\"%s\": this entry has no url; `hallmarkctl trust list` shows all",
				  run->ctl->words[i]);
		else
			log_error("\"%s\": the configuration has no such entry; `hallmarkctl trust list` shows all",
				  run->ctl->words[i]);
		return false;
	}
	return true;
}

/* A daemon that does not run reads the files when it starts: this is not a failure. */
static void reload(struct run *run)
{
	const struct page page = page_open(run->ctl->out, run->desk.now_sec);
	const char *socket = run->ctl->socket ? run->ctl->socket : run->desk.config->control;
	struct value *answer = NULL;
	char why[PEER_WHY_SIZE];

	if (run->n_installed == 0)
		return;
	if (peer_ask(&(struct peer_errand){ .path = socket, .method = "Reload" }, &answer, why) == 0) {
		run->is_held_back = strcmp(value_text(answer, "outcome"), "applied") != 0;
		if (!run->ctl->json)
			show_review(&page, answer);
		value_add(run->report, "reload", answer);
		return;
	}
	value_add_text(run->report, "reload_note", why);
	if (!run->ctl->json)
		page_line(&page, "reload", "hallmarkd does not use them yet (%s); it will after its next start", why);
}

static enum ctl_exit refresh_all(const struct ctl *ctl)
{
	_cleanup_(run_done) struct run run = { .ctl = ctl };
	_cleanup_(trust_freep) struct trust *probe = NULL;

	if (desk_open_alone(ctl, &run.desk) < 0 || !words_fit(&run) || desk_trust(&run.desk, &probe) < 0)
		return CTL_FAULT;
	run.report = value_new(VALUE_MAP);
	run.list = value_add_new(run.report, "entries", VALUE_LIST);
	for (enum trust_kind kind = TRUST_CRL; kind < _TRUST_KIND_MAX; kind++)
		refresh_kind(&run, kind);
	reload(&run);
	if (ctl->json)
		value_to_json(run.report, ctl->out);
	return run.n_failed > 0 || run.is_held_back ? CTL_NO : CTL_YES;
}

/* --- A set that no entry names yet: for `trust add`, which has opened the desk alone --- */

static bool read_new(const struct ctl *ctl, enum trust_kind *ret_kind, struct config_file *ret)
{
	*ret = (struct config_file){ 0 };
	if (ctl->n_words != 2 || ctl->force)
		log_error("with --url give the set's KIND and its FILE, and nothing else");
	else if (!trust_kind_from_name(ctl->words[0], ret_kind) || !trust_kind_is_set(*ret_kind))
		log_error("\"%s\" is not a kind of set; give register, status-list, reference or crl", ctl->words[0]);
	else if (!bytes_to_text(bytes_of_string(ctl->words[1]), ret->path, sizeof(ret->path)) ||
		 !bytes_to_text(bytes_of_string(ctl->url), ret->url, sizeof(ret->url)))
		log_error("the path or the url is too long or not printable");
	else
		return true;
	return false;
}

static enum ctl_exit fetch_new(const struct ctl *ctl)
{
	_cleanup_(desk_done) struct desk desk = { 0 };
	struct refresh_outcome outcome;
	char why[REFRESH_WHY_SIZE];
	struct config_file file;
	enum trust_kind kind;

	if (!read_new(ctl, &kind, &file) || desk_open(ctl, &desk) < 0)
		return CTL_FAULT;
	refresh_file(&desk, kind, &file, true, &outcome);
	if (outcome.result != REFRESH_FAILED)
		return CTL_YES;
	log_error("%s: not added: it cannot be fetched from %s: %s", file.path, file.url,
		  translated_parts(outcome.why, why, sizeof(why)));
	return CTL_NO;
}

enum ctl_exit ctl_refresh(const struct ctl *ctl)
{
	return ctl->url ? fetch_new(ctl) : refresh_all(ctl);
}
