/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmarkctl report`: the record's entries and what the daemon says → sums → a tree → text, CSV, HTML or JSON, and its seal. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/language.h"
#include "base/log.h"
#include "ctl/ask/progress.h"
#include "ctl/ask/record_source.h"
#include "ctl/commands.h"
#include "ctl/file.h"
#include "ctl/language.h"
#include "ctl/report/chain.h"
#include "ctl/report/month.h"
#include "ctl/report/now.h"
#include "ctl/report/scope.h"
#include "ctl/report/sealing.h"
#include "ctl/report/sheet.h"
#include "ctl/report/sums.h"
#include "ctl/value.h"

DEFINE_CLEANUP(struct value *, value_free);

enum format { FORMAT_TEXT = 0, FORMAT_CSV, FORMAT_HTML, FORMAT_JSON, _FORMAT_MAX };

static const char *const formats[] = {
	[FORMAT_TEXT] = "text", [FORMAT_CSV] = "csv", [FORMAT_HTML] = "html", [FORMAT_JSON] = "json"
};

/* What is asked for, and what it is made of. */
struct making {
	const struct ctl *ctl;
	int64_t now_sec;
	struct month month;
	enum format format;
	struct sums sums;
	struct now now;
	bool has_now;
	struct closing closing;
	struct record_source *source; /* owned */
	struct value *within;         /* owned: the segments whose entries alone it gives; NULL: of all */
	struct chain chain;
};

static void making_done(struct making *m)
{
	if (m->sums.month)
		sums_done(&m->sums);
	now_done(&m->now);
	record_source_free(m->source);
	if (m->within)
		value_free(m->within);
}

/* --- Options --- */

static bool take_format(struct making *m)
{
	const char *text = m->ctl->format ? m->ctl->format : m->ctl->json ? "json" : "text";

	while (m->format < _FORMAT_MAX && strcmp(formats[m->format], text) != 0)
		m->format++;
	if (m->format == _FORMAT_MAX)
		log_error("--format \"%s\": give text, csv, html or json", text);
	else if (m->ctl->json && m->format != FORMAT_JSON)
		log_error("--json is --format json: give one of them");
	else if (m->format == FORMAT_JSON && m->ctl->lang)
		log_error("JSON is for programs and always English: leave --lang out");
	else
		return true;
	return false;
}

static bool take_options(struct making *m)
{
	const struct ctl *ctl = m->ctl;

	if (!take_format(m))
		return false;
	if (!month_parse(ctl->month, m->now_sec, &m->month)) {
		log_error("--month \"%s\": give a month that has begun, as 2026-11", ctl->month);
		return false;
	}
	if (ctl->lang && !language_choose(ctl->lang)) {
		log_error("--lang \"%s\": there are no translations into that language here; give en or ko", ctl->lang);
		return false;
	}
	if (m->format == FORMAT_JSON)
		language_close();
	return true;
}

/* --- Gathering --- */

static struct scope scope_of(const struct making *m)
{
	return (struct scope){ m->ctl->segment, m->within };
}

/* Who may not read the record of a household gets no entry of it, which must not look as if there were none. */
static bool may_read(const struct making *m)
{
	const struct scope own = { .within = m->within };

	if (!m->ctl->segment || scope_has(&own, m->ctl->segment))
		return true;
	log_error("--segment \"%s\": your role is not for that segment; ask somebody whose role is, or use sudo",
		  m->ctl->segment);
	return false;
}

static enum ctl_exit fail_reading(void)
{
	log_error("the record cannot be read; `hallmarkctl log verify` says more, and see docs/record.md");
	return CTL_FAULT;
}

static enum ctl_exit open_record(struct making *m)
{
	struct record_mark foot, head;
	int r;

	if (record_source_open(m->ctl, &m->source) != CTL_YES)
		return CTL_FAULT;
	r = record_source_ends(m->source, &foot, &head, &m->within);
	if (r < 0)
		return fail_reading();
	chain_begin(&m->chain, &foot, &head, m->within != NULL);
	return may_read(m) ? CTL_YES : CTL_FAULT;
}

/* A copy of a store is not that of the daemon here. */
static void ask_daemon_now(struct making *m)
{
	const struct scope scope = scope_of(m);

	if (m->ctl->state)
		return;
	m->has_now = now_ask(m->ctl, &scope, &m->now) == CTL_YES;
	if (!m->has_now)
		log_error("the report has only what the record says: who is there now, trust and households are left "
			  "out");
}

static void add_entry(const struct record *r, void *userdata)
{
	struct making *m = userdata;

	sums_add(r, &m->sums);
	chain_follow(&m->chain, r);
}

/* A store's file is verified as by `log verify`. */
static int verify(struct making *m)
{
	struct store *store = record_source_store(m->source);
	struct record_finding f = { .flaw = RECORD_UNKNOWN };
	struct record_mark foot = m->chain.foot, head;
	struct value *within = NULL;
	int r;

	if (store)
		r = record_verify(store, NULL, &f);
	else
		r = record_source_ends(m->source, &foot, &head, &within);
	if (within)
		value_free(within);
	chain_close(&m->chain, foot.sequence != m->chain.foot.sequence, &m->closing);
	if (!store)
		return r;
	m->closing.answer = record_flaw_name(f.flaw);
	m->closing.meaning = record_flaw_meaning(f.flaw);
	return r;
}

static enum ctl_exit read_record(struct making *m)
{
	struct progress *progress;
	int r;

	sums_init(&m->sums, &m->month, m->now_sec, m->ctl->segment);
	m->sums.foot = m->chain.foot.sequence;
	m->sums.within = m->within;
	progress = progress_begin(translated("reading the record"));
	r = record_source_each(m->source, NULL, add_entry, m);
	if (r >= 0)
		r = verify(m);
	progress_end(progress);
	return r < 0 ? fail_reading() : CTL_YES;
}

/* A household that was renamed is one of the record only. */
static bool is_segment_known(const struct making *m)
{
	const char *segment = m->ctl->segment;

	if (!segment || !m->has_now || m->sums.n_entries > 0 || m->now.segments->first)
		return true;
	log_error("--segment \"%s\": no household or other segment has this name, neither now nor in the month",
		  segment);
	return false;
}

/* --- Giving --- */

static void write_as(const struct making *m, const struct value *sheet, FILE *out)
{
	switch (m->format) {
	case FORMAT_CSV:
		report_write_csv(sheet, out);
		break;
	case FORMAT_HTML:
		report_write_html(sheet, translated("en"), out); /* translated, it is the language's own code */
		break;
	case FORMAT_JSON:
		value_to_json(sheet, out);
		break;
	default:
		report_write_text(sheet, out);
		break;
	}
}

static enum ctl_exit save(const struct making *m, const struct value *sheet)
{
	_cleanup_(free_bytes) struct bytes report = { 0 };
	char *text = NULL;
	FILE *out = open_memstream(&text, &report.n);
	enum ctl_exit r;

	if (!out) {
		(void)log_errno(-ENOMEM, "%s", m->ctl->output);
		return CTL_FAULT;
	}
	write_as(m, sheet, out);
	if (fclose(out) != 0)
		report.n = 0;
	report.p = (const uint8_t *)text;
	r = sealing_save(m->ctl->output, report);
	if (r != CTL_YES || !m->ctl->state)
		return r == CTL_YES ? sealing_ask(m->ctl, m->ctl->output, report) : r;
	log_notice("not signed: a daemon signs only reports of its own record, and --state names a file");
	return CTL_YES;
}

static enum ctl_exit give(const struct making *m, const struct value *sheet)
{
	if (m->ctl->output)
		return save(m, sheet);
	write_as(m, sheet, m->ctl->out);
	log_notice("not signed: a report is signed when it is saved, with -o OUT");
	return CTL_YES;
}

enum ctl_exit ctl_report(const struct ctl *ctl)
{
	_cleanup_(making_done) struct making m = { .ctl = ctl, .now_sec = clock_realtime_sec() };
	_cleanup_(value_freep) struct value *sheet = NULL;

	if (!take_options(&m))
		return CTL_FAULT;
	if (open_record(&m) != CTL_YES)
		return CTL_FAULT;
	ask_daemon_now(&m);
	if (read_record(&m) != CTL_YES || !is_segment_known(&m))
		return CTL_FAULT;
	sheet = sheet_make(&m.sums, m.has_now ? &m.now : NULL, &m.closing, m.now_sec);
	return give(&m, sheet);
}
