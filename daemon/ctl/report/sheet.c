/* SPDX-License-Identifier: Apache-2.0 */
/* Sums and what the daemon says → the tree; and a cell of it → text. */
#include "ctl/report/sheet.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "base/language.h"
#include "ctl/report/month.h"
#include "ctl/report/now.h"
#include "ctl/report/scope.h"
#include "ctl/report/sums.h"
#include "ctl/value.h"
#include "hallmark/reason.h"

#define DAY_SEC       86400
#define DEVICE_DIGITS 8  /* as in all lists */
#define SAME_SEC      60 /* an order's own time and that of its entry are closer than that */

/* --- Facts --- */

static const char *what_it_covers(const struct sums *s)
{
	if (s->whole_sec >= s->end_sec)
		return TO_TRANSLATE("only what is left of the month: the record has of each device its last entries");
	if (s->whole_sec > s->month->from_sec)
		return TO_TRANSLATE("a part of the month: before it the record has of each device its last entries");
	if (!s->month->is_over)
		return TO_TRANSLATE("until now; the month is not over");
	return TO_TRANSLATE("the whole month");
}

static void put_head(struct value *sheet, const struct sums *s, const struct now *now, int64_t now_sec)
{
	struct value *v = value_add_new(sheet, "report", VALUE_MAP);
	char zone[48];

	value_add_text(v, "month", s->month->name);
	value_add_text(v, "gateway", now ? value_text(now->metrics, "gateway") : "");
	value_add_text(v, "household", s->segment ? s->segment : "");
	value_add_number(v, "from", s->month->from_sec);
	value_add_number(v, "until", s->month->is_over ? s->month->until_sec : now_sec);
	value_add_text(v, "zone", month_zone_to_text(s->month->from_sec, zone));
	value_add_text(v, "covers", what_it_covers(s));
	value_add_number(v, "whole_from", s->whole_sec > s->month->from_sec ? s->whole_sec : 0);
	value_add_text(v, "home", now ? value_text(now->metrics, "home") : "");
	value_add_number(v, "made", now_sec);
	value_add_text(v, "version", "hallmarkctl " HALLMARK_VERSION);
}

/* The households that the report is about, where whoever made it may not read all of the record. */
static void put_scope(struct value *sheet, const struct sums *s)
{
	struct value *list;

	if (!s->within || s->segment)
		return;
	list = value_add_new(sheet, "scope", VALUE_LIST);
	for (const struct value *v = s->within->first; v; v = v->next)
		value_add_text(value_add_new(list, NULL, VALUE_MAP), "household", v->text);
}

static void put_coverage(struct value *sheet, const struct now *now)
{
	struct value *v = value_add_new(sheet, "coverage", VALUE_MAP);

	value_add_number(v, "attested", (int64_t)now->n_attested);
	value_add_number(v, "excepted", (int64_t)now->n_excepted);
	value_add_number(v, "refused", (int64_t)now->n_refused);
	value_add_number(v, "quarantined", (int64_t)now->n_quarantined);
	value_add_number(v, "unknown", (int64_t)now->n_unknown);
}

static void put_record(struct value *sheet, const struct sums *s, const struct closing *closing)
{
	struct value *v = value_add_new(sheet, "record", VALUE_MAP);
	char mark[RECORD_MARK_SIZE];

	value_add_number(v, "entries", (int64_t)s->n_entries);
	value_add_number(v, "expired", (int64_t)s->n_expired);
	value_add_number(v, "left_out", (int64_t)s->n_left_out);
	value_add_text(v, "foot", closing->foot.sequence ? record_mark_to_text(&closing->foot, mark) : "");
	value_add_text(v, "head", closing->head.sequence ? record_mark_to_text(&closing->head, mark) : "");
	value_add_text(v, "answer", closing->answer);
	value_add_text(v, "meaning", closing->meaning);
}

/* --- Rows --- */

static void put_zones(struct value *sheet, const struct sums *s)
{
	struct value *list = value_add_new(sheet, "admissions", VALUE_LIST);

	for (const struct count *c = s->zones.list; c < s->zones.list + s->zones.n; c++) {
		struct value *row = value_add_new(list, NULL, VALUE_MAP);

		value_add_text(row, "zone", c->name);
		value_add_number(row, "admitted", (int64_t)c->n[SUM_ADMITTED]);
		value_add_number(row, "moved", (int64_t)c->n[SUM_MOVED]);
		value_add_number(row, "changed", (int64_t)c->n[SUM_CHANGED]);
	}
}

/* The most frequent one first. */
static int compare_frequency(const void *a, const void *b)
{
	const struct count *const *left = a, *const *right = b;

	if ((*left)->n[0] != (*right)->n[0])
		return (*left)->n[0] < (*right)->n[0] ? 1 : -1;
	return strcmp((*left)->name, (*right)->name);
}

static void put_reasons(struct value *sheet, const char *key, const char *number, const struct counts *reasons)
{
	struct value *list = value_add_new(sheet, key, VALUE_LIST);
	_cleanup_free_ const struct count **order = calloc(reasons->n + 1, sizeof(*order));

	if (!order)
		return;
	for (size_t i = 0; i < reasons->n; i++)
		order[i] = &reasons->list[i];
	qsort(order, reasons->n, sizeof(*order), compare_frequency);
	for (size_t i = 0; i < reasons->n; i++) {
		struct value *row = value_add_new(list, NULL, VALUE_MAP);
		enum hallmark_reason reason;

		value_add_number(row, number, (int64_t)order[i]->n[0]);
		value_add_text(row, "reason", order[i]->name);
		value_add_text(row, "meaning",
			       reason_from_name(order[i]->name, &reason) ? reason_sentence(reason) : "");
	}
}

static void put_people(struct value *sheet, const struct sums *s)
{
	struct value *list = value_add_new(sheet, "people", VALUE_LIST);

	for (const struct count *c = s->people.list; c < s->people.list + s->people.n; c++) {
		struct value *row = value_add_new(list, NULL, VALUE_MAP);

		value_add_text(row, "by", c->name);
		value_add_number(row, "allow", (int64_t)c->n[SUM_ALLOW]);
		value_add_number(row, "monitor", (int64_t)c->n[SUM_MONITOR]);
		value_add_number(row, "quarantine", (int64_t)c->n[SUM_QUARANTINE]);
		value_add_number(row, "other", (int64_t)c->n[SUM_OTHER]);
	}
}

static bool has_incident(const struct count *household)
{
	return household->n[SUM_REFUSALS] + household->n[SUM_ORDERS] + household->n[SUM_EXCEPTIONS] > 0;
}

static void put_households(struct value *sheet, const struct sums *s)
{
	struct value *list = value_add_new(sheet, "households", VALUE_LIST);

	for (const struct count *c = s->households.list; c < s->households.list + s->households.n; c++) {
		struct value *row;

		if (!has_incident(c))
			continue;
		row = value_add_new(list, NULL, VALUE_MAP);
		value_add_text(row, "household", c->name);
		value_add_number(row, "refusals", (int64_t)c->n[SUM_REFUSALS]);
		value_add_number(row, "orders", (int64_t)c->n[SUM_ORDERS]);
		value_add_number(row, "exceptions", (int64_t)c->n[SUM_EXCEPTIONS]);
		value_add_number(row, "admissions", (int64_t)c->n[SUM_ADMISSIONS]);
	}
}

static void put_trust(struct value *sheet, const struct now *now, int64_t now_sec)
{
	const struct value *sets = value_get(now->metrics, "sets");
	struct value *list = value_add_new(sheet, "trust", VALUE_LIST);

	for (const struct value *set = sets ? sets->first : NULL; set; set = set->next) {
		struct value *row = value_add_new(list, NULL, VALUE_MAP);
		const int64_t issued_sec = value_number(set, "issued");

		value_add_text(row, "kind", value_text(set, "kind"));
		value_add_text(row, "file", value_text(set, "file"));
		value_add_number(row, "issued", issued_sec);
		value_add_number(row, "age_days", issued_sec > 0 ? (now_sec - issued_sec) / DAY_SEC : 0);
		value_add_number(row, "until", value_number(set, "until"));
	}
}

/* --- Orders in force --- */

/* The same order as that of a device now: the record has neither its reason nor, except of `allow`, its end. */
static bool is_same(const struct value *row, const struct value *order)
{
	const int64_t apart_sec = value_number(row, "from") - value_number(order, "order_since");

	return strcmp(value_text(row, "device"), value_text(order, "device")) == 0 &&
	       strcmp(value_text(row, "order"), value_text(order, "order")) == 0 && apart_sec < SAME_SEC &&
	       apart_sec > -SAME_SEC;
}

/* One that began before the record's foot. */
static void put_older(struct value *list, const struct value *order, struct sums *s)
{
	struct value *row = value_add_new(list, NULL, VALUE_MAP);
	char by[16];

	(void)snprintf(by, sizeof(by), "%" PRId64, value_number(order, "order_by"));
	value_add_text(row, "order", value_text(order, "order"));
	value_add_text(row, "device", value_text(order, "device"));
	value_add_text(row, "name", value_text(order, "name"));
	value_add_text(row, "household", value_text(order, "segment"));
	value_add_text(row, "by", by);
	value_add_number(row, "from", value_number(order, "order_since"));
	value_add_text(row, "state", TO_TRANSLATE("still in force"));
	value_add_number(row, "until", value_number(order, "order_until"));
	value_add_text(row, "why", value_text(order, "order_reason"));
	counts_of(&s->households, value_text(order, "segment"))[SUM_EXCEPTIONS]++;
}

/* Both lists are by device. */
static void complete(struct value *standing, const struct now *now, struct sums *s)
{
	struct value *row = standing->first;

	for (const struct value *order = now->orders->first; order; order = order->next) {
		while (row && strcmp(value_text(row, "device"), value_text(order, "device")) < 0)
			row = row->next;
		if (row && is_same(row, order)) {
			value_add_number(row, "until", value_number(order, "order_until"));
			value_add_text(row, "why", value_text(order, "order_reason"));
		} else if (s->foot > 0 && value_number(order, "order_since") < s->whole_sec) {
			put_older(standing, order, s);
		}
	}
}

/* --- Exceptions of the inventory --- */

static bool ends_in_month(const struct sums *s, const struct value *e)
{
	return value_number(e, "until") >= s->month->from_sec && value_number(e, "until") < s->end_sec;
}

/*
 * The inventory says until when, but not since when: of a month that is over, only one that ended in it is certainly one of that month's.
 * Who had root's file changed is not known to the gateway.
 */
static bool is_of_month(const struct sums *s, const struct value *e)
{
	return !s->month->is_over || ends_in_month(s, e);
}

static void put_of_inventory(struct value *list, const struct value *e, const char *state, struct sums *s)
{
	struct value *row = value_add_new(list, NULL, VALUE_MAP);

	value_add_text(row, "order", "inventory");
	value_add_text(row, "name", value_text(e, "name"));
	value_add_text(row, "household", value_text(e, "household"));
	value_add_text(row, "zone", value_text(e, "zone"));
	value_add_text(row, "state", state);
	value_add_number(row, "until", value_number(e, "until"));
	if (is_of_month(s, e))
		counts_of(&s->households, value_text(e, "household"))[SUM_EXCEPTIONS]++;
}

/* Of those that are over, only those that were in force in the month. Returns how many of the month are in force. */
static size_t put_inventory(struct value *standing, struct value *ended, const struct now *now, struct sums *s)
{
	size_t n = 0;

	for (const struct value *e = now->exceptions->first; e; e = e->next) {
		const char *state = value_text(e, "state");

		if (strcmp(state, NOW_IN_FORCE) == 0) {
			put_of_inventory(
				standing, e,
				is_of_month(s, e) ? TO_TRANSLATE("still in force") : TO_TRANSLATE("in force now"), s);
			n += is_of_month(s, e);
		} else if (strcmp(state, NOW_REPLACED) == 0) {
			put_of_inventory(ended, e, TO_TRANSLATE("replaced"), s);
		} else if (ends_in_month(s, e)) {
			put_of_inventory(ended, e, TO_TRANSLATE("ended"), s);
		}
	}
	return n;
}

/* Returns how many are in force. */
static size_t put_exceptions(struct value *sheet, struct sums *s, const struct now *now)
{
	struct value *list = value_add_new(sheet, "exceptions", VALUE_LIST);
	struct value *standing = sums_take_standing(s);
	size_t n = 0;

	if (now)
		complete(standing, now, s);
	for (const struct value *row = standing->first; row; row = row->next)
		n++;
	if (now)
		n += put_inventory(standing, s->ended, now, s);
	value_append(list, standing);
	value_free(standing);
	value_append(list, s->ended);
	return n;
}

/* --- The whole --- */

static void put_summary(struct value *v, const struct sums *s, const struct now *now, size_t n_standing)
{
	const struct value *segments = now ? now->segments->first : NULL;
	int64_t n = 0, n_quiet = 0;

	for (; segments; segments = segments->next) {
		const char *name = value_text(segments, "name");
		const struct count *c = counts_find(&s->households, name);

		if (!scope_has(&(struct scope){ s->segment, s->within }, name))
			continue;
		n++;
		n_quiet += !c || !has_incident(c);
	}
	value_add_number(v, "admissions", (int64_t)s->n_admitted);
	value_add_number(v, "refusals", (int64_t)s->n_refused);
	value_add_number(v, "orders", (int64_t)s->n_ordered);
	value_add_number(v, "exceptions", (int64_t)n_standing);
	if (!now)
		return;
	value_add_number(v, "households", n);
	value_add_number(v, "without_incident", n_quiet);
}

struct value *sheet_make(struct sums *sums, const struct now *now, const struct closing *closing, int64_t now_sec)
{
	struct value *sheet = value_new(VALUE_MAP), *summary;
	size_t n_standing;

	put_head(sheet, sums, now, now_sec);
	put_scope(sheet, sums);
	summary = value_add_new(sheet, "summary", VALUE_MAP);
	if (now)
		put_coverage(sheet, now);
	put_zones(sheet, sums);
	put_reasons(sheet, "refusals", "refusals", &sums->reasons);
	if (now)
		put_reasons(sheet, "refused_now", "devices", &now->refused);
	n_standing = put_exceptions(sheet, sums, now);
	put_people(sheet, sums);
	value_append(value_add_new(sheet, "orders", VALUE_LIST), sums->orders);
	put_households(sheet, sums);
	if (now)
		put_trust(sheet, now, now_sec);
	put_record(sheet, sums, closing);
	put_summary(summary, sums, now, n_standing);
	return sheet;
}

/* --- Cells --- */

/* Whom the record names, by which role, and who had logged in when that was another one. */
static const char *person_to_text(const struct value *row, char ret[static SHEET_CELL_SIZE])
{
	const char *by = value_text(row, "by"), *role = value_text(row, "role"), *login = value_text(row, "login");

	if (role[0] != '\0' && login[0] != '\0')
		(void)snprintf(ret, SHEET_CELL_SIZE, translated("%s in role %s, logged in as %s"), by, role, login);
	else if (role[0] != '\0')
		(void)snprintf(ret, SHEET_CELL_SIZE, translated("%s in role %s"), by, role);
	else if (login[0] != '\0')
		(void)snprintf(ret, SHEET_CELL_SIZE, translated("%s, logged in as %s"), by, login);
	else
		return by;
	return ret;
}

static const char *text_of(const struct value *v, const struct value *row, enum column_kind kind,
			   char ret[static SHEET_CELL_SIZE])
{
	switch (kind) {
	case COLUMN_PERSON:
		return person_to_text(row, ret);
	case COLUMN_WORD:
		return translated(v->text);
	case COLUMN_DEVICE:
		(void)snprintf(ret, SHEET_CELL_SIZE, "%.*s", DEVICE_DIGITS, v->text);
		return ret;
	default:
		return v->text;
	}
}

const char *sheet_cell(const struct value *row, const struct sheet_column *column, char ret[static SHEET_CELL_SIZE])
{
	const struct value *v = value_get(row, column->key);
	char time[MONTH_TIME_SIZE];

	if (!v)
		return "";
	if (v->kind == VALUE_TEXT && v->text[0] == '\0' && column->none)
		return translated(column->none);
	if (v->kind == VALUE_TEXT)
		return text_of(v, row, column->kind, ret);
	if (column->kind == COLUMN_TIME)
		(void)snprintf(ret, SHEET_CELL_SIZE, "%s", month_time_to_text(v->number, time));
	else
		(void)snprintf(ret, SHEET_CELL_SIZE, "%" PRId64, v->number);
	return ret;
}

unsigned sheet_used(const struct value *rows, const struct sheet_section *section)
{
	char room[SHEET_CELL_SIZE];
	unsigned used = 0;

	for (const struct value *row = rows->first; row; row = row->next)
		for (size_t i = 0; i < section->n_columns; i++)
			if (sheet_cell(row, &section->columns[i], room)[0] != '\0')
				used |= 1U << i;
	return used;
}
