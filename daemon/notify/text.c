/* SPDX-License-Identifier: Apache-2.0 */
/* An event as a line, as a letter and as JSON. */
#include "notify/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "ctl/page.h"
#include "ctl/value.h"

/* --- One line --- */

static void put_who(FILE *out, const struct value *v)
{
	const char *name = value_text(v, "name"), *segment = value_text(v, "segment");

	if (!name[0])
		name = value_text(v, "product");
	(void)fprintf(out, "%s%s%s", name, name[0] && segment[0] ? ", " : "", segment);
}

static void put_admission(FILE *out, const struct value *v)
{
	put_who(out, v);
	(void)fprintf(out, ": %s → %s (%s)", value_text(v, "before"), value_text(v, "after"), value_text(v, "reason"));
}

static void put_unknown(FILE *out, const struct value *v)
{
	const char *port = value_text(v, "bridge_port");

	(void)fprintf(out, "unknown device on %s, MAC %s", port[0] ? port : value_text(v, "interface"),
		      value_text(v, "mac"));
	if (value_text(v, "name")[0] || value_text(v, "segment")[0]) {
		(void)fputs(": ", out);
		put_who(out, v);
	}
}

/* ": 60 to trusted, 10 to restricted" */
static void put_counts(FILE *out, const struct value *counts, const char *between)
{
	for (const struct value *one = counts ? counts->first : NULL; one; one = one->next)
		(void)fprintf(out, "%s%" PRId64 " %s%s", one == counts->first ? ": " : ", ", one->number, between,
			      one->key);
}

static void put_wave(FILE *out, const struct value *v)
{
	(void)fprintf(out, "%" PRId64 " changes in %" PRId64 " s", value_number(v, "changes"),
		      value_number(v, "seconds"));
	put_counts(out, value_get(v, "zones"), "to ");
}

static void put_gateway(FILE *out, const struct value *v)
{
	(void)fputs(value_text(v, "sentence"), out);
}

static void put_sum(FILE *out, const struct value *v)
{
	const struct value *examples = value_get(v, "examples");
	char span[32];

	if (value_number(v, "events") == 1 && examples && examples->first) {
		(void)fputs(examples->first->text, out);
		return;
	}
	(void)fprintf(out, "%" PRId64 " events in %s", value_number(v, "events"),
		      span_to_text(value_number(v, "last") - value_number(v, "first"), span));
	put_counts(out, value_get(v, "kinds"), "");
}

static const struct {
	const char *event;
	void (*put)(FILE *out, const struct value *v);
} kinds[] = {
	{ "admission", put_admission }, { "unknown", put_unknown }, { "wave", put_wave },
	{ "gateway", put_gateway },     { "sum", put_sum },
};

char *text_subject(const struct value *event, char ret[static SUBJECT_SIZE])
{
	_cleanup_free_ char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	ret[0] = '\0';
	if (!out)
		return ret;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].event, value_text(event, "event")) == 0)
			kinds[i].put(out, event);
	if (fclose(out) == 0)
		(void)page_clean(text, ret, SUBJECT_SIZE);
	return ret;
}

/* --- A letter --- */

static bool is_time(const char *key)
{
	static const char *const times[] = { "time", "until", "first", "last", "missed_from", "missed_until" };

	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		if (strcmp(times[i], key) == 0)
			return true;
	return false;
}

static void put_field(FILE *out, const struct value *v)
{
	char clean[1024], when[32];

	if (v->kind == VALUE_TEXT && v->text[0])
		(void)fprintf(out, "%-13s %s\n", v->key, page_clean(v->text, clean, sizeof(clean)));
	else if (v->kind == VALUE_NUMBER && is_time(v->key) && v->number > 0)
		(void)fprintf(out, "%-13s %s\n", v->key, time_to_text(v->number, when));
	else if (v->kind == VALUE_NUMBER && !is_time(v->key))
		(void)fprintf(out, "%-13s %" PRId64 "\n", v->key, v->number);
	else if (v->kind == VALUE_MAP)
		for (const struct value *one = v->first; one; one = one->next)
			(void)fprintf(out, "%-13s %" PRId64 " %s\n", v->key, one->number, one->key);
	else if (v->kind == VALUE_LIST)
		for (const struct value *one = v->first; one; one = one->next)
			(void)fprintf(out, "  %s\n", page_clean(one->text ? one->text : "", clean, sizeof(clean)));
}

char *text_body(const struct value *event)
{
	char subject[SUBJECT_SIZE], *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	if (!out)
		return NULL;
	(void)fprintf(out, "%s\n\n", text_subject(event, subject));
	for (const struct value *v = event->first; v; v = v->next)
		put_field(out, v);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* --- For programs --- */

char *text_json(const struct value *event)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	if (!out)
		return NULL;
	value_to_json(event, out);
	if (fclose(out) == 0) {
		text[n - 1] = '\0'; /* the end of its line */
		return text;
	}
	free(text);
	return NULL;
}
