/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmarkctl log`: the decision record in the store, whether or not the daemon runs. */
#include "store/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "appraise/expiry.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/language.h"
#include "base/log.h"
#include "base/record.h"
#include "base/when.h"
#include "ctl/ask/progress.h"
#include "ctl/ask/record_source.h"
#include "ctl/commands.h"
#include "ctl/page.h"
#include "ctl/pager.h"
#include "ctl/value.h"
#include "hallmark/reason.h"

DEFINE_CLEANUP(struct record_source *, record_source_free);
DEFINE_CLEANUP(struct value *, value_free);

/* --- log show --- */

static void add_digest(struct value *to, const char *key, const uint8_t digest[static SHA256_LEN])
{
	char hex[SHA256_HEX_SIZE];

	bytes_to_hex(bytes_of(digest, SHA256_LEN), hex);
	value_add_text(to, key, hex);
}

static struct value *value_from_record(const struct record *r)
{
	struct value *v = value_new(VALUE_MAP);
	char missing[256], mac[MAC_TEXT_SIZE];

	value_add_number(v, "sequence", (int64_t)r->sequence);
	value_add_number(v, "time", r->time_sec);
	add_digest(v, "device", r->device);
	value_add_text(v, "cause", record_cause_name(r->cause));
	value_add_text(v, "zone_before", r->zone_before);
	value_add_text(v, "zone_after", r->zone_after);
	value_add_text(v, "rule", r->rule);
	value_add_text(v, "reason", reason_name(r->reason));
	value_add_text(v, "missing", checks_to_text(r->missing, missing, sizeof(missing)));
	value_add_text(v, "scheme", r->scheme);
	value_add_number(v, "level", r->level);
	value_add_number(v, "home_level", r->home_level);
	value_add_text(v, "arrangement", r->arrangement);
	value_add_text(v, "label", r->label);
	value_add_number(v, "until", r->until_sec);
	value_add_text(v, "expiry_cause", expiry_cause_name(r->expiry_cause));
	add_digest(v, "inputs", r->inputs);
	add_digest(v, "trust", r->trust);
	add_digest(v, "previous", r->previous);
	add_digest(v, "hash", r->hash);
	value_add_number(v, "renewals", r->renewals);
	value_add_number(v, "renewed", r->renewed_sec);
	value_add_flag(v, "later", record_is_later(r));
	value_add_text(v, "ordered_by", r->ordered_by);
	value_add_text(v, "ordered_login", r->ordered_login);
	value_add_text(v, "ordered_role", r->ordered_role);
	value_add_text(v, "name", r->name);
	value_add_text(v, "segment", r->segment);
	value_add_text(v, "place", r->place);
	value_add_text(v, "interface", r->interface);
	value_add_text(v, "port", r->port);
	value_add_text(v, "mac", record_is_zero(r->mac, sizeof(r->mac)) ? "" : mac_to_text(r->mac, mac));
	return v;
}

/* With a space between two; the last column gets the rest of the terminal. */
static const unsigned columns[] = { 7, 25, 8, 9, 10, 0 };

#define UTC_COLUMNS   20 /* of a time: it ends in "Z", elsewhere in "+09:00" */
#define HALF_YEAR_SEC (182 * 86400)
#define LAST_COLUMN   (ARRAY_SIZE(columns) - 1)

/* In winter and in summer: a zone may have UTC in one of them. */
static bool is_utc(int64_t now_sec)
{
	char time[32];

	return strlen(time_to_text(now_sec, time)) == UTC_COLUMNS &&
	       strlen(time_to_text(now_sec + HALF_YEAR_SEC, time)) == UTC_COLUMNS;
}

static void show_row(const struct page *page, const char *const cells[static ARRAY_SIZE(columns)])
{
	const bool is_short = is_utc(page->now_sec);
	unsigned left = page_width(page);

	for (size_t i = 0; i < LAST_COLUMN; i++) {
		const unsigned width = i == 1 && is_short ? UTC_COLUMNS : columns[i];

		page_cell(page, cells[i], width);
		(void)fputc(' ', page->out);
		left -= width + 1;
	}
	page_cell(page, cells[LAST_COLUMN], left);
	(void)fputc('\n', page->out);
}

/* The gateway's own entries have why it was opened or closed where others have a rule; in front of it, of which interface. */
static const char *rule_or_reason(const struct record *r, char *ret, size_t size)
{
	static const uint8_t gateway[SHA256_LEN];
	const char *alone = strchr(r->zone_after, ' ');

	if (memcmp(r->device, gateway, SHA256_LEN) != 0)
		return r->reason == REASON_ADMITTED ? r->rule : reason_name(r->reason);
	(void)snprintf(ret, size, "%s%s%s", alone ? alone + 1 : "", alone ? ": " : "", r->rule);
	return ret;
}

/* What people called it then, and where it was; nothing where only a port is known. */
static void show_names(const struct page *page, const struct record *r)
{
	const char *const parts[] = { r->name, r->segment, r->place, r->port[0] ? r->port : r->interface };
	char text[sizeof(r->name) + sizeof(r->segment) + sizeof(r->place) + sizeof(r->port) + 8] = "";
	size_t n = 0;

	if (!r->name[0] && !r->segment[0])
		return;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i][0])
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", n > 0 ? ", " : "", parts[i]);
	(void)fprintf(page->out, "%*s ", (int)columns[0], "");
	page_cell(page, text, page_width(page) - columns[0] - 1);
	(void)fputc('\n', page->out);
}

static void show_orderer(const struct page *page, const struct record *r)
{
	const bool has_role = r->ordered_role[0] != '\0';
	const bool has_login = r->ordered_login[0] && strcmp(r->ordered_login, r->ordered_by) != 0;
	const int indent = (int)columns[0];

	if (r->ordered_by[0] == '\0')
		return;
	if (has_role && has_login)
		(void)fprintf(page->out, translated("%*s ordered by %s in role %s, logged in as %s\n"), indent, "",
			      r->ordered_by, r->ordered_role, r->ordered_login);
	else if (has_role)
		(void)fprintf(page->out, translated("%*s ordered by %s in role %s\n"), indent, "", r->ordered_by,
			      r->ordered_role);
	else if (has_login)
		(void)fprintf(page->out, translated("%*s ordered by %s, logged in as %s\n"), indent, "", r->ordered_by,
			      r->ordered_login);
	else
		(void)fprintf(page->out, translated("%*s ordered by %s\n"), indent, "", r->ordered_by);
}

static void show_record(const struct page *page, const struct record *r)
{
	char sequence[24], time[32], device[SHA256_HEX_SIZE], zone[ZONE_NAME_SIZE], why[sizeof(zone) + RULE_NAME_SIZE];

	(void)snprintf(zone, sizeof(zone), "%.*s", (int)strcspn(r->zone_after, " "), r->zone_after);
	(void)snprintf(sequence, sizeof(sequence), "%" PRIu64, r->sequence);
	bytes_to_hex(BYTES(r->device), device);
	device[columns[2]] = '\0';
	show_row(page, (const char *const[]){ sequence, time_to_text(r->time_sec, time), device,
					      record_cause_name(r->cause), zone, rule_or_reason(r, why, sizeof(why)) });
	show_names(page, r);
	show_orderer(page, r);
	if (r->renewals > 0)
		(void)fprintf(page->out,
			      translated_n("%*s renewed %" PRId64 " time, last at %s\n",
					   "%*s renewed %" PRId64 " times, last at %s\n", r->renewals),
			      (int)columns[0], "", r->renewals, time_to_text(r->renewed_sec, time));
	if (record_is_later(r))
		(void)fprintf(page->out, translated("%*s of a later version: it may say more than is shown\n"),
			      (int)columns[0], "");
}

/* Prints the entries one by one: a record may be too large for memory. */
struct listing {
	const struct ctl *ctl;
	struct page page;
	size_t n;
};

static void list_record(const struct record *r, void *userdata)
{
	struct listing *l = userdata;

	if (ferror(l->page.out)) /* nobody reads on */
		return;
	if (l->ctl->json) {
		_cleanup_(value_freep) struct value *v = value_from_record(r);

		(void)fputs(l->n > 0 ? "," : "", l->page.out);
		value_to_json(v, l->page.out);
	} else {
		if (l->n == 0)
			show_row(&l->page, (const char *const[]){ translated("ENTRY"), translated("TIME"),
								  translated("DEVICE"), translated("CAUSE"),
								  translated("ZONE"), translated("RULE OR REASON") });
		show_record(&l->page, r);
	}
	l->n++;
}

static bool parse_time(const char *option, const char *text, int64_t now_sec, int64_t *ret_sec)
{
	if (!text || (when_parse_past(text, now_sec, ret_sec) && *ret_sec > 0))
		return true;
	log_error("--%s \"%s\": give a time as 2026-11-01, \"2026-11-01 18:30\", 2026-11-01T18:30:00+09:00, today, "
		  "yesterday, "
		  "-2h or \"2 days ago\"",
		  option, text);
	return false;
}

static bool parse_reason(const char *name, struct record_filter *ret)
{
	enum hallmark_reason reason = REASON_ADMITTED;

	if (!name)
		return true;
	if (!reason_from_name(name, &reason)) {
		log_error("--reason \"%s\": there is no such reason; hallmark-protocol(7) has all", name);
		return false;
	}
	ret->has_reason = true;
	ret->reason = reason;
	return true;
}

static bool parse_filter(const struct ctl *ctl, struct record_filter *ret)
{
	const int64_t now_sec = clock_realtime_sec();

	ret->segment = ctl->segment;
	ret->who = ctl->who;
	if (!parse_time("since", ctl->since, now_sec, &ret->since_sec) ||
	    !parse_time("until", ctl->until, now_sec, &ret->until_sec) || !parse_reason(ctl->reason, ret))
		return false;
	if (ctl->since && ctl->until && ret->since_sec >= ret->until_sec) {
		log_error(
			"--until \"%s\" is not after --since \"%s\": no entry can be in between; a day begins at 00:00",
			ctl->until, ctl->since);
		return false;
	}
	return true;
}

static bool parse_last(const char *text, uint32_t *ret)
{
	char *end = NULL;
	unsigned long long n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || n < 1 || n > UINT32_MAX) {
		log_error("--last \"%s\": give a whole number from 1: how many entries to show", text);
		return false;
	}
	*ret = (uint32_t)n;
	return true;
}

static bool has_filter(const struct ctl *ctl)
{
	return ctl->operand || ctl->since || ctl->until || ctl->segment || ctl->reason || ctl->who;
}

/* Nothing was printed. */
static enum ctl_exit say_nothing_fits(const struct listing *l, const struct record_filter *filter)
{
	if (filter->name) {
		log_error("no entry of the record has \"%s\" as the id or name of its device, and no device has it as "
			  "MAC or "
			  "UEID now; of one that is gone give id or name",
			  filter->name);
		return CTL_NO;
	}
	if (!l->ctl->json)
		(void)fputs(has_filter(l->ctl) ? translated("no entry fits these options\n") :
						 translated("the record has no decision yet\n"),
			    l->page.out);
	return CTL_YES;
}

static enum ctl_exit print_records(struct listing *l, struct record_source *source, const struct record_filter *filter)
{
	(void)fputs(l->ctl->json ? "[" : "", l->page.out);
	if (record_source_each(source, filter, list_record, l) < 0)
		return CTL_FAULT;
	(void)fputs(l->ctl->json ? "]\n" : "", l->page.out);
	return l->n > 0 ? CTL_YES : say_nothing_fits(l, filter);
}

static enum ctl_exit list_records(const struct ctl *ctl, struct record_source *source, struct record_filter *filter)
{
	struct listing l = { .ctl = ctl, .page = page_open(ctl->out, clock_realtime_sec()) };
	struct pager *pager;
	uint32_t last = 0;
	enum ctl_exit r;

	if (ctl->last && !parse_last(ctl->last, &last))
		return CTL_FAULT;
	if (ctl->last && record_source_last(source, filter, last, &filter->from) < 0)
		return CTL_FAULT;

	pager = ctl->json || ctl->no_pager ? NULL : pager_begin(ctl->out);
	l.page.out = pager_out(pager, ctl->out);
	r = print_records(&l, source, filter);
	pager_end(pager);
	return r;
}

enum ctl_exit ctl_log_show(const struct ctl *ctl)
{
	_cleanup_(record_source_freep) struct record_source *source = NULL;
	struct record_filter filter = { 0 };
	uint8_t device[SHA256_LEN];
	enum ctl_exit answer;

	if (!parse_filter(ctl, &filter))
		return CTL_FAULT;
	answer = record_source_open(ctl, &source);
	if (answer == CTL_YES && ctl->operand)
		answer = record_source_find(source, ctl->operand, device, &filter);
	return answer == CTL_YES ? list_records(ctl, source, &filter) : answer;
}

/* --- log verify --- */

static const char *mark_text(const struct record_mark *m, char ret[static RECORD_MARK_SIZE])
{
	return m->sequence > 0 ? record_mark_to_text(m, ret) : "";
}

/* "entry 3", "entries 3 to 5", "foot". */
static char *place_text(const struct record_finding *f, char *ret, size_t size)
{
	if (f->sequence == 0)
		(void)snprintf(ret, size, "%s", translated("foot"));
	else if (f->last > f->sequence)
		(void)snprintf(ret, size, translated("entries %" PRIu64 " to %" PRIu64), f->sequence, f->last);
	else
		(void)snprintf(ret, size, translated("entry %" PRId64), (int64_t)f->sequence);
	return ret;
}

static void print_finding(const struct ctl *ctl, const char *path, const struct record_finding *f)
{
	_cleanup_(value_freep) struct value *v = value_new(VALUE_MAP);
	char mark[RECORD_MARK_SIZE];

	value_add_text(v, "file", path);
	value_add_flag(v, "sound", f->flaw == RECORD_SOUND);
	value_add_text(v, "answer", record_flaw_name(f->flaw));
	value_add_text(v, "meaning", record_flaw_meaning(f->flaw));
	if (f->flaw != RECORD_SOUND) {
		value_add_number(v, "first", (int64_t)f->sequence);
		value_add_number(v, "last", (int64_t)f->last);
	}
	value_add_number(v, "good_entries", (int64_t)f->n_good);
	value_add_number(v, "later_entries", (int64_t)f->n_later);
	value_add_number(v, "kept_entries", (int64_t)f->n_kept);
	value_add_text(v, "foot", mark_text(&f->foot, mark));
	value_add_text(v, "head", mark_text(&f->head, mark));
	value_to_json(v, ctl->out);
}

static void show_finding(const struct ctl *ctl, const char *path, const struct record_finding *f)
{
	const struct page page = page_open(ctl->out, clock_realtime_sec());
	char mark[RECORD_MARK_SIZE], place[64];

	page_line(&page, "record", "%s", path);
	if (f->foot.sequence > 0)
		page_line(&page, "foot", "%s: retention removed what was before", mark_text(&f->foot, mark));
	if (f->n_kept > 0)
		page_line(&page, "kept entries", "%" PRIu64 " from before it: the last %d of each device", f->n_kept,
			  RECORD_SHARE);
	page_line(&page, "good entries", "%" PRIu64 "%s", f->n_good,
		  f->flaw == RECORD_SOUND || f->head.sequence > 0 ? "" : translated(", up to the fault"));
	if (f->n_later > 0)
		page_line(&page, "later entries", "%" PRIu64 " of a later version", f->n_later);
	if (f->head.sequence > 0)
		page_line(&page, "head", "%s", mark_text(&f->head, mark));
	if (f->flaw == RECORD_SOUND)
		page_line(&page, "answer", "sound: %s", translated(record_flaw_meaning(f->flaw)));
	else
		page_line(&page, "answer", "%s: %s", record_flaw_name(f->flaw), place_text(f, place, sizeof(place)));
	if (f->flaw != RECORD_SOUND)
		page_line(&page, "that is", "%s", translated(record_flaw_meaning(f->flaw)));
}

static enum ctl_exit exit_of(enum record_flaw flaw)
{
	if (flaw == RECORD_SOUND)
		return CTL_YES;
	return flaw == RECORD_UNKNOWN || flaw == RECORD_UNCOMPARED || flaw == RECORD_LATER ? CTL_FAULT : CTL_NO;
}

enum ctl_exit ctl_log_verify(const struct ctl *ctl)
{
	_cleanup_(record_source_freep) struct record_source *source = NULL;
	struct record_finding f = { 0 };
	struct progress *progress;
	struct record_mark mark;
	const char *path;
	int r;

	if (ctl->head && !record_mark_from_text(ctl->head, &mark)) {
		log_error(
			"--head \"%s\": give SEQUENCE:HASH as the journal has it, with at least %d digits of the hash",
			ctl->head, 2 * RECORD_MARK_BYTES);
		return CTL_FAULT;
	}
	if (record_source_open(ctl, &source) != CTL_YES)
		return CTL_FAULT;
	path = record_source_file(source);
	if (!path) {
		log_error("the daemon gives entries, and does not verify them: run this as root, or give a copy of the "
			  "store with --state");
		return CTL_FAULT;
	}
	progress = progress_begin(translated("verifying the record"));
	r = record_verify(record_source_store(source), ctl->head ? &mark : NULL, &f);
	progress_end(progress);
	if (r < 0) {
		log_error("%s: the record cannot be read; check the disk, and see docs/record.md", path);
		return CTL_FAULT;
	}

	if (ctl->json)
		print_finding(ctl, path, &f);
	else
		show_finding(ctl, path, &f);
	return exit_of(f.flaw);
}
