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
#include "ctl/report/month.h"
#include "ctl/report/now.h"
#include "ctl/report/sealing.h"
#include "ctl/report/sheet.h"
#include "ctl/report/sums.h"
#include "ctl/value.h"

DEFINE_CLEANUP(struct record_source *, record_source_free);
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
	struct record_mark last; /* of the chain as it was read, */
	enum record_flaw flaw;   /* and the first fault in it */
};

static void making_done(struct making *m)
{
	if (m->sums.month)
		sums_done(&m->sums);
	now_done(&m->now);
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

/* A copy of a store is not that of the daemon here. */
static void ask_daemon_now(struct making *m)
{
	if (m->ctl->state)
		return;
	m->has_now = now_ask(m->ctl, m->ctl->segment, &m->now) == CTL_YES;
	if (!m->has_now)
		log_error("the report has only what the record says: who is there now, trust and households are left "
			  "out");
}

/* Entries that the daemon gives are followed here; those that retention kept from before the foot have no place in the chain. */
static void add_entry(const struct record *r, void *userdata)
{
	struct making *m = userdata;

	sums_add(r, &m->sums);
	if (r->sequence <= m->closing.foot.sequence)
		return;
	if (m->flaw == RECORD_SOUND)
		m->flaw = record_link(r, &m->last, m->last.sequence == m->closing.foot.sequence);
	m->last = record_mark_of(r);
}

/* A store's file is verified as by `log verify`. */
static int verify(struct making *m, struct record_source *source)
{
	struct store *store = record_source_store(source);
	struct record_finding f = { .flaw = m->flaw };
	const int r = store ? record_verify(store, NULL, &f) : 0;

	m->closing.head = m->last;
	m->closing.answer = record_flaw_name(f.flaw);
	m->closing.meaning = record_flaw_meaning(f.flaw);
	if (store || f.flaw != RECORD_MISSING)
		return r;
	m->closing.answer = TO_TRANSLATE("not verified");
	m->closing.meaning = TO_TRANSLATE("the daemon did not give all entries, as for a role with segments");
	return 0;
}

static enum ctl_exit read_record(struct making *m)
{
	_cleanup_(record_source_freep) struct record_source *source = NULL;
	struct progress *progress;
	int r;

	if (record_source_open(m->ctl, &source) != CTL_YES)
		return CTL_FAULT;
	sums_init(&m->sums, &m->month, m->now_sec, m->ctl->segment);
	progress = progress_begin(translated("reading the record"));
	r = record_source_ends(source, &m->closing.foot, &m->closing.head);
	m->sums.foot = m->closing.foot.sequence;
	m->last = m->closing.foot;
	m->flaw = RECORD_SOUND;
	if (r >= 0)
		r = record_source_each(source, NULL, add_entry, m);
	if (r >= 0)
		r = verify(m, source);
	progress_end(progress);
	if (r < 0)
		log_error("the record cannot be read; `hallmarkctl log verify` says more, and see docs/record.md");
	return r < 0 ? CTL_FAULT : CTL_YES;
}

/* A household that was renamed is one of the record only. */
static bool is_segment_known(const struct making *m)
{
	const char *segment = m->ctl->segment;

	if (!segment || !m->has_now || m->sums.n_entries > 0)
		return true;
	for (const struct value *s = m->now.segments->first; s; s = s->next)
		if (strcmp(value_text(s, "name"), segment) == 0)
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
	ask_daemon_now(&m);
	if (read_record(&m) != CTL_YES || !is_segment_known(&m))
		return CTL_FAULT;
	sheet = sheet_make(&m.sums, m.has_now ? &m.now : NULL, &m.closing, m.now_sec);
	return give(&m, sheet);
}
