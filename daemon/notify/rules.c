/* SPDX-License-Identifier: Apache-2.0 */
/* Matching, windows of time, and sums. */
#include "notify/rules.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "ctl/value.h"
#include "notify/settings.h"
#include "notify/text.h"

#define EXAMPLES_MAX 10 /* lines of a sum */
#define COUNTS_MAX   16 /* zones of a configuration, and more */

DEFINE_CLEANUP(struct value *, value_free);

struct count {
	char name[64];
	int64_t n;
};

/* What came of one rule in its present window. */
struct window {
	int64_t start_sec, end_sec; /* 0: there is none */
	unsigned told;
	unsigned held; /* for the sum */
	int64_t first_sec, last_sec;
	int64_t since_sec; /* what would be missed without this window; an event of something missed counts from there */
	struct count kinds[COUNTS_MAX], zones[COUNTS_MAX];
	struct value *examples; /* owned list of texts */
	char gateway[64];
	int64_t storm_until_sec; /* there were many just now: until it is calm, nothing is told one by one */
};

struct rules {
	const struct settings *settings;
	tell_function tell;
	void *userdata;
	struct window windows[RULES_MAX];
};

int rules_new(const struct settings *s, tell_function tell, void *userdata, struct rules **ret)
{
	*ret = calloc(1, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	**ret = (struct rules){ .settings = s, .tell = tell, .userdata = userdata };
	return 0;
}

static void window_done(struct window *w)
{
	if (w->examples)
		value_free(w->examples);
	*w = (struct window){ 0 };
}

void rules_free(struct rules *r)
{
	for (size_t i = 0; r && i < RULES_MAX; i++)
		window_done(&r->windows[i]);
	free(r);
}

/* --- Quiet hours --- */

int64_t quiet_end(const struct quiet *q, int64_t now_sec)
{
	const time_t now = (time_t)now_sec;
	struct tm tm;

	if (q->from_min == q->until_min || !localtime_r(&now, &tm))
		return 0;

	const unsigned minute = (unsigned)(tm.tm_hour * 60 + tm.tm_min);
	const bool spans_midnight = q->from_min > q->until_min;
	const bool is_in = spans_midnight ? minute >= q->from_min || minute < q->until_min :
					    minute >= q->from_min && minute < q->until_min;

	if (!is_in)
		return 0;
	tm.tm_mday += spans_midnight && minute >= q->from_min;
	tm.tm_hour = (int)(q->until_min / 60);
	tm.tm_min = (int)(q->until_min % 60);
	tm.tm_sec = 0;
	tm.tm_isdst = -1; /* a day may have another length */

	const int64_t end_sec = mktime(&tm);

	return end_sec > now_sec ? end_sec : now_sec + 1;
}

/* --- Matching --- */

static unsigned kinds_of(const struct value *event)
{
	static const enum event_kind kinds[] = { EVENT_ADMISSION, EVENT_UNKNOWN, EVENT_WAVE, EVENT_GATEWAY };
	const char *name = value_text(event, "event");

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(event_kind_name(kinds[i]), name) == 0)
			return kinds[i] | (value_text(event, "order")[0] ? EVENT_ORDER : 0U);
	return 0;
}

static bool names(const struct texts *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++) {
		const size_t n = strlen(list->list[i]);

		if (strcmp(list->list[i], text) == 0 ||
		    (n > 0 && list->list[i][n - 1] == '*' && strncmp(list->list[i], text, n - 1) == 0))
			return true;
	}
	return list->n == 0;
}

static bool names_a_zone(const struct texts *list, const struct value *event)
{
	const struct value *zones = value_get(event, "zones"); /* of a wave */

	for (const struct value *zone = zones ? zones->first : NULL; zone; zone = zone->next)
		if (names(list, zone->key))
			return true;
	return names(list, value_text(event, "after"));
}

static bool matches(const struct rule_settings *rule, const struct value *event)
{
	return (rule->kinds & kinds_of(event)) && names_a_zone(&rule->zones, event) &&
	       names(&rule->segments, value_text(event, "segment")) &&
	       names(&rule->reasons, value_text(event, "reason"));
}

/* --- Sums --- */

static void count(struct count list[static COUNTS_MAX], const char *name, int64_t n)
{
	for (size_t i = 0; i < COUNTS_MAX && name[0]; i++) {
		if (list[i].n > 0 && strcmp(list[i].name, name) != 0)
			continue;
		(void)snprintf(list[i].name, sizeof(list[i].name), "%s", name);
		list[i].n += n;
		return;
	}
}

static void hold(struct window *w, const struct value *event, int64_t now_sec)
{
	const int64_t missed_from_sec = value_number(event, "missed_from");
	const struct value *zones = value_get(event, "zones");
	char subject[SUBJECT_SIZE];

	if (w->held++ == 0) {
		w->first_sec = w->since_sec = now_sec;
		(void)snprintf(w->gateway, sizeof(w->gateway), "%s", value_text(event, "gateway"));
	}
	w->last_sec = now_sec;
	if (missed_from_sec > 0 && missed_from_sec < w->since_sec)
		w->since_sec = missed_from_sec;
	count(w->kinds, value_text(event, "event"), 1);
	count(w->zones, value_text(event, "after"), 1);
	for (const struct value *zone = zones ? zones->first : NULL; zone; zone = zone->next)
		count(w->zones, zone->key, zone->number);
	if (!w->examples)
		w->examples = value_new(VALUE_LIST);
	if (w->held <= EXAMPLES_MAX)
		value_add(w->examples, NULL, value_new_text(text_subject(event, subject)));
}

static void add_counts(struct value *v, const char *key, const struct count list[static COUNTS_MAX])
{
	struct value *map = value_add_new(v, key, VALUE_MAP);

	for (size_t i = 0; i < COUNTS_MAX && list[i].n > 0; i++)
		value_add_number(map, list[i].name, list[i].n);
}

static void tell(const struct rules *r, const struct rule_settings *rule, const struct value *event)
{
	for (size_t i = 0; i < rule->n_targets; i++)
		r->tell(rule->targets[i], event, r->userdata);
}

static void tell_sum(const struct rules *r, const struct rule_settings *rule, struct window *w, int64_t now_sec)
{
	_cleanup_(value_freep) struct value *sum = value_new(VALUE_MAP);

	value_add_text(sum, "event", "sum");
	value_add_number(sum, "time", now_sec);
	value_add_text(sum, "gateway", w->gateway);
	value_add_text(sum, "rule", rule->name);
	value_add_number(sum, "events", w->held);
	value_add_number(sum, "first", w->first_sec);
	value_add_number(sum, "last", w->last_sec);
	add_counts(sum, "kinds", w->kinds);
	add_counts(sum, "zones", w->zones);
	value_add(sum, "examples", TAKE_PTR(w->examples));
	tell(r, rule, sum);
}

/* Ends a window; what it held is told. */
static void end(const struct rules *r, const struct rule_settings *rule, struct window *w, int64_t now_sec)
{
	const bool is_storm = w->held > 0 && w->told + w->held > rule->most;

	if (w->held > 0)
		tell_sum(r, rule, w, now_sec);
	window_done(w);
	w->storm_until_sec = is_storm ? now_sec + rule->within_sec : 0;
}

static int64_t quiet_until(const struct rules *r, const struct rule_settings *rule, int64_t now_sec)
{
	return rule->is_urgent ? 0 : quiet_end(&r->settings->quiet, now_sec);
}

/* The time of a window is over. In quiet hours what it holds waits until these end. */
static void end_or_wait(const struct rules *r, const struct rule_settings *rule, struct window *w, int64_t now_sec)
{
	const int64_t quiet_until_sec = quiet_until(r, rule, now_sec);

	if (w->held == 0 || quiet_until_sec == 0) {
		end(r, rule, w, now_sec);
		return;
	}
	if (w->start_sec > now_sec)
		w->start_sec = now_sec;
	w->end_sec = quiet_until_sec;
}

/* Real time may be set back: a window of the future has ended. */
static bool is_over(const struct window *w, int64_t now_sec)
{
	return w->end_sec > 0 && (now_sec >= w->end_sec || now_sec < w->start_sec);
}

/* --- Events --- */

static void take(const struct rules *r, const struct rule_settings *rule, struct window *w, const struct value *event,
		 int64_t now_sec)
{
	const int64_t quiet_until_sec = quiet_until(r, rule, now_sec);

	if (is_over(w, now_sec))
		end_or_wait(r, rule, w, now_sec);
	if (w->end_sec == 0) {
		w->start_sec = now_sec;
		w->end_sec = now_sec + rule->within_sec;
	}
	if (quiet_until_sec > 0) {
		w->end_sec = quiet_until_sec;
		hold(w, event, now_sec);
	} else if (now_sec < w->storm_until_sec || w->held > 0 || w->told >= rule->most) {
		hold(w, event, now_sec);
	} else {
		w->told++;
		tell(r, rule, event);
	}
}

void rules_take(struct rules *r, const struct value *event, int64_t now_sec)
{
	for (size_t i = 0; i < r->settings->n_rules; i++)
		if (matches(&r->settings->rules[i], event))
			take(r, &r->settings->rules[i], &r->windows[i], event, now_sec);
}

int64_t rules_next(const struct rules *r)
{
	int64_t next_sec = 0;

	for (size_t i = 0; i < r->settings->n_rules; i++) {
		const int64_t end_sec = r->windows[i].held > 0 ? r->windows[i].end_sec : 0;

		if (end_sec > 0 && (next_sec == 0 || end_sec < next_sec))
			next_sec = end_sec;
	}
	return next_sec;
}

int64_t rules_waiting_since(const struct rules *r)
{
	int64_t since_sec = 0;

	for (size_t i = 0; i < r->settings->n_rules; i++) {
		const struct window *w = &r->windows[i];

		if (w->held > 0 && (since_sec == 0 || w->since_sec < since_sec))
			since_sec = w->since_sec;
	}
	return since_sec;
}

void rules_run(struct rules *r, int64_t now_sec)
{
	for (size_t i = 0; i < r->settings->n_rules; i++)
		if (is_over(&r->windows[i], now_sec))
			end_or_wait(r, &r->settings->rules[i], &r->windows[i], now_sec);
}

void rules_flush(struct rules *r, int64_t now_sec)
{
	for (size_t i = 0; i < r->settings->n_rules; i++)
		end(r, &r->settings->rules[i], &r->windows[i], now_sec);
}
