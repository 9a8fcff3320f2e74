/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmarkctl trust list`: each entry of the configuration's trust, and what the daemon would do with it. */
#include <errno.h>
#include <inttypes.h>

#include "appraise/appraise.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/language.h"
#include "base/log.h"
#include "base/when.h"
#include "config/files.h"
#include "ctl/commands.h"
#include "ctl/page.h"
#include "ctl/trust/fetch_memory.h"
#include "ctl/trust/trust.h"
#include "ctl/value.h"
#include "token/names.h"

DEFINE_CLEANUP(struct value *, value_free);
DEFINE_CLEANUP(struct trust *, trust_free);

static int look_at(const struct desk *desk, struct trust *t, enum trust_kind kind, const struct config_file *file,
		   struct trust_finding *ret)
{
	_cleanup_free_ uint8_t *p = NULL;
	size_t n = 0;
	int r = file_read(file->path, HALLMARK_REGISTER_MAX, &p, &n);

	*ret = (struct trust_finding){ .state = r == -ENOENT ? TRUST_MISSING : TRUST_LEFT_OUT };
	if (r == 0) {
		r = trust_hold(t, kind, file, bytes_of(p, n), desk->now_sec, ret);
		if (r == 0 && trust_kind_is_set(kind))
			trust_remember(desk, file, ret);
		return r;
	}
	if (r != -ENOENT)
		(void)snprintf(ret->why, sizeof(ret->why), TO_TRANSLATE("the file cannot be read") ": %s",
			       strerror(-r));
	else if (file->url[0])
		(void)snprintf(ret->why, sizeof(ret->why),
			       TO_TRANSLATE("not fetched yet; run `hallmarkctl trust refresh`"));
	else
		(void)snprintf(ret->why, sizeof(ret->why),
			       TO_TRANSLATE("there is no such file, and hallmarkd does not start without it"));
	return 0;
}

/* --- As values --- */

static void add_time(struct value *to, const char *key, int64_t time_sec)
{
	if (time_sec > 0 && time_sec < TIME_FOREVER)
		value_add_number(to, key, time_sec);
}

static void add_fetching(struct value *to, const struct config_file *file)
{
	struct fetch_memory memory;

	fetch_memory_load(file->path, file->url, &memory);
	value_add_text(to, "url", file->url);
	add_time(to, "fetched", memory.fetched_sec);
	add_time(to, "next_try", memory.next_sec);
	if (memory.failures > 0) {
		value_add_number(to, "failures", memory.failures);
		value_add_text(to, "failure", memory.failure);
	}
}

static void add_entry(struct value *list, enum trust_kind kind, const struct config_file *file,
		      const struct trust_finding *finding)
{
	struct value *entry = value_add_new(list, NULL, VALUE_MAP);

	value_add_text(entry, "kind", trust_kind_name(kind));
	value_add_text(entry, "name", file->name);
	value_add_text(entry, "file", file->path);
	value_add_text(entry, "state", trust_state_name(finding->state));
	value_add_text(entry, "why", finding->why);
	if (finding->note[0])
		value_add_text(entry, "note", finding->note);
	value_add_text(entry, "identity", finding->mark.identity);
	if (finding->mark.kind == SET_REGISTER || finding->mark.sequence > 0)
		value_add_number(entry, "sequence", (int64_t)finding->mark.sequence);
	add_time(entry, "issued", finding->mark.issued_sec);
	add_time(entry, "until", finding->mark.until_sec);
	if (kind == TRUST_ISSUER) {
		value_add_text(entry, "role", issuer_role_name(file->role));
		value_add_text(entry, "schemes", file->scope);
		value_add_text(entry, "makers", file->makers);
	}
	if (file->url[0])
		add_fetching(entry, file);
	value_add_text(entry, "source", file->source);
	value_add_number(entry, "line", file->line);
	value_add_flag(entry, "managed", file->is_managed);
}

static int list_kind(const struct desk *desk, struct trust *t, enum trust_kind kind, struct value *list)
{
	size_t n;
	const struct config_file *files = trust_files(desk->config, kind, &n);

	for (size_t i = 0; i < n; i++) {
		struct trust_finding finding;
		int r = look_at(desk, t, kind, &files[i], &finding);

		if (r < 0)
			return log_errno(r, "%s cannot be evaluated", files[i].path);
		add_entry(list, kind, &files[i], &finding);
	}
	return 0;
}

int trust_describe(const struct desk *desk, struct value *list)
{
	_cleanup_(trust_freep) struct trust *t = trust_new();
	int r = t ? 0 : log_errno(-ENOMEM, "trust");

	for (enum trust_kind kind = 0; kind < _TRUST_KIND_MAX && r >= 0; kind++)
		r = list_kind(desk, t, kind, list);
	return r;
}

/* --- As a page --- */

#define KIND_COLUMNS  11
#define NAME_COLUMNS  32
#define STATE_COLUMNS 9
#define DAY_COLUMNS   10

/* The day of "2026-05-31T…" is its first ten characters; page_cell() would replace the last one with "…". */
static void put_day(const struct page *page, const struct value *entry, const char *key)
{
	char text[32] = "-";

	if (value_number(entry, key) > 0) {
		(void)time_to_text(value_number(entry, key), text);
		text[DAY_COLUMNS] = '\0';
	}
	(void)fputc(' ', page->out);
	page_cell(page, text, DAY_COLUMNS);
}

static void show_issuer(const struct page *page, const struct value *entry)
{
	const char *makers = value_text(entry, "makers");

	page_line(page, "", "%s of %s%s%s", value_text(entry, "role"), value_text(entry, "schemes"),
		  makers[0] ? translated(", for the maker ") : "", makers);
}

/* Of an issuer, what it is for has been shown: its key is left. */
static void show_identity(const struct page *page, const struct value *entry)
{
	const char *identity = value_text(entry, "identity");
	const char *key = value_get(entry, "role") ? strstr(identity, ISSUER_KEY) : NULL;

	if (value_get(entry, "sequence"))
		page_line(page, "", "%s, sequence %" PRId64, identity, value_number(entry, "sequence"));
	else if (key)
		page_line(page, "", "key %s", key + strlen(ISSUER_KEY));
	else if (identity[0])
		page_line(page, "", "%s", identity);
}

static void show_details(const struct page *page, const struct value *entry)
{
	char when[WHEN_SIZE], text[TRUST_WHY_SIZE];

	if (value_text(entry, "why")[0])
		page_line(page, "", "%s", translated_parts(value_text(entry, "why"), text, sizeof(text)));
	if (value_text(entry, "note")[0])
		page_line(page, "", "%s", translated_parts(value_text(entry, "note"), text, sizeof(text)));
	if (value_get(entry, "role"))
		show_issuer(page, entry);
	show_identity(page, entry);
	if (!value_text(entry, "url")[0])
		return;
	page_line(page, "", "%s", value_text(entry, "url"));
	if (value_number(entry, "fetched") > 0)
		page_line(page, "", "fetched %s", when_to_text(value_number(entry, "fetched"), page->now_sec, when));
	else
		page_line(page, "", "never fetched");
	if (value_number(entry, "failures") > 0)
		page_line(page, "", "failed since then: %" PRId64 "; the last time: %s; next try %s",
			  value_number(entry, "failures"),
			  translated_parts(value_text(entry, "failure"), text, sizeof(text)),
			  when_to_text(value_number(entry, "next_try"), page->now_sec, when));
}

static void show_entry(const struct page *page, const struct value *entry)
{
	const char *name = value_text(entry, "name"), *file = value_text(entry, "file");
	const char *slash = strrchr(file, '/');

	page_cell(page, value_text(entry, "kind"), KIND_COLUMNS);
	(void)fputc(' ', page->out);
	page_cell(page, name[0] ? name : slash ? slash + 1 : file, NAME_COLUMNS);
	(void)fputc(' ', page->out);
	page_cell(page, translated(value_text(entry, "state")), STATE_COLUMNS);
	put_day(page, entry, "issued");
	put_day(page, entry, "until");
	(void)fputc('\n', page->out);
	show_details(page, entry);
}

static void show_head(const struct page *page)
{
	static const struct {
		const char *name;
		unsigned columns;
	} heads[] = {
		{ TO_TRANSLATE("KIND"), KIND_COLUMNS },   { TO_TRANSLATE("NAME"), NAME_COLUMNS },
		{ TO_TRANSLATE("STATE"), STATE_COLUMNS }, { TO_TRANSLATE("ISSUED"), DAY_COLUMNS },
		{ TO_TRANSLATE("UNTIL"), DAY_COLUMNS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		page_cell(page, translated(heads[i].name), heads[i].columns);
		(void)fputc(i + 1 < ARRAY_SIZE(heads) ? ' ' : '\n', page->out);
	}
}

static void show(const struct page *page, const struct value *list)
{
	if (!list->first) {
		(void)fputs(translated("The configuration names no anchor, issuer or set to trust.\n"), page->out);
		return;
	}
	show_head(page);
	for (const struct value *entry = list->first; entry; entry = entry->next)
		show_entry(page, entry);
}

enum ctl_exit ctl_trust_list(const struct ctl *ctl)
{
	_cleanup_(desk_done) struct desk desk = { 0 };
	_cleanup_(value_freep) struct value *list = value_new(VALUE_LIST);

	if (desk_open(ctl, &desk) < 0 || trust_describe(&desk, list) < 0)
		return CTL_FAULT;
	const struct page page = page_open(ctl->out, desk.now_sec);

	if (ctl->json)
		value_to_json(list, ctl->out);
	else
		show(&page, list);
	return CTL_YES;
}
