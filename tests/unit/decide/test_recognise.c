/* SPDX-License-Identifier: Apache-2.0 */
/* links: config decide appraise base */
/*
 * What the shipped arrangements say: row by row against a table typed from their sources, between all
 * schemes at once, and at gates of each country. How refusals are ranked, on arrangements made for it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <cmocka.h>

#include "appraise/appraise.h"
#include "appraise/expiry.h"
#include "appraise/facts.h"
#include "base/check.h"
#include "base/check_result.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "config/config.h"
#include "decide/decision.h"
#include "decide/policy.h"
#include "decide/recognise.h"
#include "hallmark/check.h"
#include "hallmark/protocol.h"
#include "hallmark/reason.h"
#include "shipped_conf.h"

DEFINE_CLEANUP(struct config *, config_free);

static int64_t at(const char *date)
{
	struct tm tm = { 0 };

	assert_non_null(strptime(date, "%Y-%m-%d", &tm));
	return timegm(&tm);
}

static struct label_facts label_of(const char *scheme, uint8_t level, const char *category, const char *field)
{
	struct label_facts l = { .level = level, .basis = HALLMARK_BASIS_TESTED };

	(void)snprintf(l.scheme, sizeof(l.scheme), "%s", scheme);
	(void)snprintf(l.category, sizeof(l.category), "%s", category);
	(void)snprintf(l.field, sizeof(l.field), "%s", field);
	return l;
}

static void expect_level(const struct recognition_rules *r, const struct label_facts *l, int64_t now, uint8_t level,
			 const char *arrangement)
{
	struct recognised ret;

	recognise(r, l, now, &ret);
	assert_int_equal(ret.check.state, CHECK_PASSED);
	assert_int_equal(ret.check.reason, REASON_ADMITTED);
	assert_int_equal(ret.level, level);
	assert_string_equal(ret.arrangement, arrangement);
	assert_true(ret.expiry.at_sec > now);
}

static void expect_reason(const struct recognition_rules *r, const struct label_facts *l, int64_t now,
			  enum hallmark_reason reason)
{
	struct recognised ret;

	memset(&ret, 0xff, sizeof(ret)); /* what was there before must not matter */
	recognise(r, l, now, &ret);
	if (ret.check.reason != reason)
		fail_msg("%s %u: %s instead of %s", l->scheme, l->level, reason_name(ret.check.reason),
			 reason_name(reason));
	assert_int_equal(ret.check.state, CHECK_FAILED);
	assert_int_equal(ret.level, 0);
	assert_int_equal(ret.mode, MODE_NONE);
	assert_int_equal(ret.expiry.at_sec, 0);
}

static struct config *shipped(const char *home)
{
	_cleanup_free_ char *text = shipped_text("conf/hallmarkd.conf");
	_cleanup_close_ int fd = memfd_create("conf", MFD_CLOEXEC);
	struct config *c = NULL;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(config_load(path, &c), 0);
	(void)snprintf(c->recognition.home, sizeof(c->recognition.home), "%s", home);
	return c;
}

/* --- The shipped arrangements, each alone --- */

#define SP   "SP-151-2 v1.4"
#define JST  "JST-CR-01-01-2024R1"
#define MORE "kr-additional-requirements"

/* clang-format off */
static const struct row {
	const char *id, *from, *to;
	uint8_t least, most; /* levels of `from` that are recognised */
	uint8_t level;       /* as what */
	const char *effective;
	const char *in, *out; /* categories */
	const char *field, *other_field;
	enum arrangement_mode mode;
	const char *version, *further; /* what the label must hold; "" for nothing */
} rows[] = {
	{"R1",  "FI-CSL",    "SG-CLS",    1, 1, 3, "2021-10-06", "lighting", "computer", "", "", MODE_RECOGNISED, "", ""},
	{"R2",  "SG-CLS",    "FI-CSL",    3, 4, 1, "2021-10-06", "router", "medical-device", "", "", MODE_RECOGNISED, "", ""},
	{"R3",  "DE-ITSK",   "SG-CLS",    1, 1, 2, "2022-10-20", "tv", "door-lock", "", "", MODE_RECOGNISED, "", ""},
	{"R4",  "SG-CLS",    "DE-ITSK",   2, 4, 1, "2022-10-20", "plug", "detector", "", "", MODE_APPLICATION, "", ""},
	{"R5",  "DE-ITSK",   "SG-CLS",    1, 1, 2, "2024-10-16", "router", "phone", "", "", MODE_RECOGNISED, "", ""},
	{"R6",  "SG-CLS",    "DE-ITSK",   2, 4, 1, "2024-10-16", "router", "tablet", "", "", MODE_APPLICATION, "", ""},
	{"R7",  "KR-CIC",    "SG-CLS",    2, 3, 3, "2025-01-01", "wall-pad", "medical-device", "housing", "smart-city",
	 MODE_RECOGNISED, "", ""},
	{"R8",  "SG-CLS",    "KR-CIC",    3, 4, 2, "2025-01-01", "lighting", "toy", "", "", MODE_RECOGNISED, "", ""},
	{"R9",  "KR-CIC",    "DE-ITSK",   2, 3, 1, "2025-09-08", "tv", "industrial-device", "home-appliances", "medicine",
	 MODE_APPLICATION, "", ""},
	{"R10", "DE-ITSK",   "KR-CIC",    1, 1, 1, "2025-09-08", "appliance", "phone", "", "", MODE_APPLICATION, "", ""},
	{"R11", "DE-ITSK",   "KR-CIC",    1, 1, 2, "2025-09-08", "appliance", "phone", "", "", MODE_APPLICATION, "", MORE},
	{"R12", "SG-CLS",    "UK-PSTI",   1, 4, 1, "2025-12-04", "alarm", "computer", "", "", MODE_DEEMED, SP, ""},
	{"R13", "UK-PSTI",   "SG-CLS",    1, 1, 1, "2026-01-01", "hub", "tv", "", "", MODE_APPLICATION, "", ""},
	{"R14", "JP-JCSTAR", "UK-PSTI",   1, 1, 1, "2025-12-04", "router", "phone", "", "", MODE_DEEMED, JST, ""},
	{"R15", "UK-PSTI",   "JP-JCSTAR", 1, 1, 1, "2026-01-01", "toy", "computer", "", "", MODE_APPLICATION, "", ""},
};

/* Present, and off: their levels are not known. */
static const struct {
	const char *id, *from, *to;
} off[] = {
	{"R16a", "JP-JCSTAR", "SG-CLS"}, {"R16b", "SG-CLS", "JP-JCSTAR"},
	{"R17a", "CSA-PSV", "SG-CLS"}, {"R17b", "SG-CLS", "CSA-PSV"},
};
/* clang-format on */

#define TODAY "2026-06-15"

static struct label_facts label_for(const struct row *row)
{
	struct label_facts l = label_of(row->from, row->most, row->in, row->field);

	(void)snprintf(l.scheme_version, sizeof(l.scheme_version), "%s", row->version);
	(void)snprintf(l.further[0], sizeof(l.further[0]), "%s", row->further);
	l.n_further = row->further[0] != '\0';
	return l;
}

static struct arrangement *find(struct recognition_rules *r, const char *id)
{
	for (size_t i = 0; i < r->n_arrangements; i++)
		if (strcmp(r->arrangements[i].id, id) == 0)
			return &r->arrangements[i];
	fail_msg("no arrangement %s is shipped", id);
	return NULL;
}

/* The shipped rules where only this row is on, opted in to where that is needed. */
static struct config *alone(const struct row *row)
{
	struct config *c = shipped(row->to);

	for (size_t i = 0; i < c->recognition.n_arrangements; i++)
		c->recognition.arrangements[i].enabled = false;
	find(&c->recognition, row->id)->enabled = true;
	find(&c->recognition, row->id)->accept_application = row->mode == MODE_APPLICATION;
	return c;
}

static void test_row_levels(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		_cleanup_(config_freep) struct config *c = alone(row);
		struct label_facts l = label_for(row);
		const uint8_t n_levels = scheme_find(&c->recognition, row->from)->n_levels;

		for (l.level = 1; l.level <= n_levels; l.level++) {
			if (l.level < row->least || l.level > row->most)
				expect_reason(&c->recognition, &l, at(TODAY), REASON_ARRANGEMENT_LEVEL);
			else
				expect_level(&c->recognition, &l, at(TODAY), row->level, row->id);
		}
		expect_reason(&c->recognition, &l, at(TODAY), REASON_LEVEL_UNKNOWN);
	}
}

static void test_row_dates(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		_cleanup_(config_freep) struct config *c = alone(row);
		struct label_facts l = label_for(row);

		expect_level(&c->recognition, &l, at(row->effective), row->level, row->id);
		expect_reason(&c->recognition, &l, at(row->effective) - 1, REASON_ARRANGEMENT_DATE);
		find(&c->recognition, row->id)->ends_sec = at(TODAY);
		expect_level(&c->recognition, &l, at(TODAY) - 1, row->level, row->id);
		expect_reason(&c->recognition, &l, at(TODAY), REASON_ARRANGEMENT_DATE);
	}
}

static void test_row_scope(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		_cleanup_(config_freep) struct config *c = alone(row);
		struct label_facts out = label_for(row), none = label_for(row), elsewhere = label_for(row);

		(void)snprintf(out.category, sizeof(out.category), "%s", row->out);
		none.category[0] = '\0';
		(void)snprintf(elsewhere.field, sizeof(elsewhere.field), "%s", row->other_field);
		expect_reason(&c->recognition, &out, at(TODAY), REASON_ARRANGEMENT_CATEGORY);
		expect_reason(&c->recognition, &none, at(TODAY), REASON_ARRANGEMENT_CATEGORY);
		if (row->field[0])
			expect_reason(&c->recognition, &elsewhere, at(TODAY), REASON_ARRANGEMENT_FIELD);
		else
			expect_level(&c->recognition, &elsewhere, at(TODAY), row->level, row->id);
	}
}

static void test_row_mode(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		_cleanup_(config_freep) struct config *c = alone(row);
		struct label_facts l = label_for(row);
		struct recognised ret;

		recognise(&c->recognition, &l, at(TODAY), &ret);
		assert_int_equal(ret.mode, row->mode);
		find(&c->recognition, row->id)->accept_application = false;
		if (row->mode == MODE_APPLICATION)
			expect_reason(&c->recognition, &l, at(TODAY), REASON_ARRANGEMENT_APPLICATION);
		else
			expect_level(&c->recognition, &l, at(TODAY), row->level, row->id);
		find(&c->recognition, row->id)->enabled = false;
		expect_reason(&c->recognition, &l, at(TODAY), REASON_ARRANGEMENT_OFF);
	}
}

/* Pinned versions are compared to the letter; the others do not look at them. */
static void test_row_versions(void **state)
{
	static const char *const others[] = { "",
					      "SP-151-2 v1.3",
					      "SP-151-2",
					      "SP-151-2 v1.4.1",
					      "sp-151-2 v1.4",
					      "JST-CR-01-01-2024",
					      "JST-CR-01-01-2024R2" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		_cleanup_(config_freep) struct config *c = alone(row);
		struct label_facts l = label_for(row);

		for (size_t j = 0; j < ARRAY_SIZE(others); j++) {
			(void)snprintf(l.scheme_version, sizeof(l.scheme_version), "%s", others[j]);
			if (row->version[0])
				expect_reason(&c->recognition, &l, at(TODAY), REASON_ARRANGEMENT_VERSION);
			else
				expect_level(&c->recognition, &l, at(TODAY), row->level, row->id);
		}
	}
}

static void test_row_conditions(void **state)
{
	static const char *const others[] = { "", "kr-additional-requirement", "kr-additional-requirements-2", "KR" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		_cleanup_(config_freep) struct config *c = alone(row);
		struct label_facts l = label_for(row);

		l.n_further = 1;
		for (size_t j = 0; j < ARRAY_SIZE(others); j++) {
			(void)snprintf(l.further[0], FURTHER_SIZE, "%s", others[j]);
			if (row->further[0])
				expect_reason(&c->recognition, &l, at(TODAY), REASON_ARRANGEMENT_CONDITION);
			else
				expect_level(&c->recognition, &l, at(TODAY), row->level, row->id);
		}
		(void)snprintf(l.further[3], FURTHER_SIZE, "%s", row->further);
		if (row->further[0]) /* beyond what the label counts */
			expect_reason(&c->recognition, &l, at(TODAY), REASON_ARRANGEMENT_CONDITION);
		l.n_further = 4;
		expect_level(&c->recognition, &l, at(TODAY), row->level, row->id);
	}
}

static void test_row_basis(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		_cleanup_(config_freep) struct config *c = alone(row);
		struct label_facts tested = label_for(row), derived = label_for(row), unknown = label_for(row);

		derived.basis = HALLMARK_BASIS_RECOGNITION;
		unknown.basis = HALLMARK_BASIS_UNKNOWN;
		expect_reason(&c->recognition, &derived, at(TODAY), REASON_LABEL_BASIS);
		expect_level(&c->recognition, &unknown, at(TODAY), row->level, row->id);
		find(&c->recognition, row->id)->refuse_unknown_basis = true;
		expect_reason(&c->recognition, &derived, at(TODAY), REASON_LABEL_BASIS);
		expect_reason(&c->recognition, &unknown, at(TODAY), REASON_LABEL_BASIS_UNKNOWN);
		expect_level(&c->recognition, &tested, at(TODAY), row->level, row->id);
	}
}

static void test_off(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(off); i++) {
		_cleanup_(config_freep) struct config *c = shipped(off[i].to);
		struct arrangement *a = find(&c->recognition, off[i].id);
		struct label_facts l = label_of(off[i].from, 1, "lighting", "");

		assert_false(a->enabled);
		assert_int_equal(a->to_level, 0);
		expect_reason(&c->recognition, &l, at(TODAY), REASON_ARRANGEMENT_OFF);
		a->enabled = true; /* past the configuration, which refuses that: without levels it is worth nothing */
		a->effective_sec = 0;
		expect_reason(&c->recognition, &l, at(TODAY), REASON_ARRANGEMENT_LEVEL);
	}
}

static void test_shipped_is_this_table(void **state)
{
	_cleanup_(config_freep) struct config *c = shipped("KR-CIC");

	(void)state;
	assert_int_equal(c->recognition.n_arrangements, ARRAY_SIZE(rows) + ARRAY_SIZE(off));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct arrangement *a = &c->recognition.arrangements[i];

		assert_string_equal(a->id, rows[i].id);
		assert_string_equal(a->from, rows[i].from);
		assert_string_equal(a->to, rows[i].to);
		assert_int_equal(a->mode, rows[i].mode);
		assert_int_equal(a->ends_sec, TIME_FOREVER);
		assert_true(a->enabled);
		assert_false(a->accept_application);
		assert_true(a->source[0] != '\0');
	}
}

/* R7, R8 and R13 were announced with the same words for what they cover. */
static void test_same_words_same_scope(void **state)
{
	static const char *const others[] = { "R8", "R13" };
	_cleanup_(config_freep) struct config *c = shipped("SG-CLS");
	const struct arrangement *r7 = find(&c->recognition, "R7");

	(void)state;
	assert_int_equal(r7->n_categories, 15);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		const struct arrangement *a = find(&c->recognition, others[i]);

		assert_int_equal(a->n_categories, r7->n_categories);
		assert_memory_equal(a->categories, r7->categories, sizeof(r7->categories));
	}
}

/* --- All of them together: what each scheme's label is worth in each country --- */

static const char *const homes[] = { "KR-CIC", "SG-CLS",  "DE-ITSK", "FI-CSL", "JP-JCSTAR", "UK-PSTI",
				     "US-CTM", "EU-EUCC", "CSA-PSV", "CN-CCL", "SG-CLS-MD" };

/* clang-format off */
static const struct worth {
	const char *scheme;
	uint8_t level;
	bool further;
	uint8_t at_home[ARRAY_SIZE(homes)]; /* 0: nothing */
} worths[] = {
	/*                         KR SG DE FI JP UK US EU PSV CN MD */
	{"KR-CIC",    1, false, {  1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }},
	{"KR-CIC",    2, false, {  2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0 }},
	{"KR-CIC",    3, false, {  3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0 }},
	{"KR-CIC",    3, true,  {  3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0 }},
	{"SG-CLS",    1, false, {  0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0 }},
	{"SG-CLS",    2, false, {  0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0 }},
	{"SG-CLS",    3, false, {  2, 3, 0, 1, 0, 1, 0, 0, 0, 0, 0 }},
	{"SG-CLS",    4, false, {  2, 4, 0, 1, 0, 1, 0, 0, 0, 0, 0 }},
	{"SG-CLS",    4, true,  {  2, 4, 0, 1, 0, 1, 0, 0, 0, 0, 0 }},
	/* Korea and Germany: may be granted, and so nothing until the operator opts in */
	{"DE-ITSK",   1, false, {  0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0 }},
	{"DE-ITSK",   1, true,  {  0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0 }},
	/* by way of Singapore it would be worth something in Korea, and so in Germany */
	{"FI-CSL",    1, false, {  0, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0 }},
	{"JP-JCSTAR", 1, false, {  0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0 }},
	{"JP-JCSTAR", 2, false, {  0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0 }},
	{"JP-JCSTAR", 4, false, {  0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0 }},
	{"UK-PSTI",   1, false, {  0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0 }},
	{"US-CTM",    1, false, {  0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 }},
	{"EU-EUCC",   1, false, {  0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0 }},
	{"EU-EUCC",   2, true,  {  0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0 }},
	{"CSA-PSV",   1, false, {  0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0 }},
	{"CN-CCL",    3, true,  {  0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0 }},
	/* the same authority and the same names of levels as SG-CLS, and another scheme */
	{"SG-CLS-MD", 4, true,  {  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4 }},
};
/* clang-format on */

static struct label_facts label_worth(const struct worth *w)
{
	struct label_facts l = label_of(w->scheme, w->level, "lighting", "housing");

	(void)snprintf(l.scheme_version, sizeof(l.scheme_version), "%s", strcmp(w->scheme, "SG-CLS") == 0 ? SP : JST);
	(void)snprintf(l.further[0], FURTHER_SIZE, MORE);
	l.n_further = w->further;
	return l;
}

static void test_each_home(void **state)
{
	(void)state;
	for (size_t home = 0; home < ARRAY_SIZE(homes); home++) {
		_cleanup_(config_freep) struct config *c = shipped(homes[home]);

		assert_int_equal(c->recognition.n_schemes, ARRAY_SIZE(homes));
		for (size_t i = 0; i < ARRAY_SIZE(worths); i++) {
			struct label_facts l = label_worth(&worths[i]);
			struct recognised ret;

			recognise(&c->recognition, &l, at(TODAY), &ret);
			if (ret.level != worths[i].at_home[home] ||
			    (ret.check.state == CHECK_PASSED) != (ret.level > 0))
				fail_msg("%s %u in %s: %u", l.scheme, l.level, homes[home], ret.level);
		}
	}
}

/* --- Gates: a rule that asks for a level, and a label at its door --- */

/* clang-format off */
static const struct gate {
	const char *what, *home;
	uint8_t asks;
	const char *scheme;
	uint8_t level;
	const char *category, *field, *version, *further, *date;
	enum hallmark_reason reason;
} gates[] = {
	{"CIC Standard at a level 3 gate", "SG-CLS", 3, "KR-CIC", 3, "wall-pad", "housing", "", "", TODAY, REASON_ADMITTED},
	{"CIC Standard at a level 4 gate", "SG-CLS", 4, "KR-CIC", 3, "wall-pad", "housing", "", "", TODAY, REASON_RULE_LEVEL},
	{"CIC Lite at a level 1 gate", "SG-CLS", 1, "KR-CIC", 1, "wall-pad", "housing", "", "", TODAY,
	 REASON_ARRANGEMENT_LEVEL},
	{"CIC of smart cities", "SG-CLS", 1, "KR-CIC", 3, "smart-camera", "smart-city", "", "", TODAY,
	 REASON_ARRANGEMENT_CATEGORY},
	{"CIC of smart cities, a hub", "SG-CLS", 1, "KR-CIC", 3, "hub", "smart-city", "", "", TODAY, REASON_ARRANGEMENT_FIELD},
	{"level 4 at a Basic gate", "KR-CIC", 2, "SG-CLS", 4, "lighting", "", "", "", TODAY, REASON_ADMITTED},
	{"level 4 at a Standard gate", "KR-CIC", 3, "SG-CLS", 4, "lighting", "", "", "", TODAY, REASON_RULE_LEVEL},
	{"level 2 at a Lite gate", "KR-CIC", 1, "SG-CLS", 2, "lighting", "", "", "", TODAY, REASON_ARRANGEMENT_LEVEL},
	{"level 1 at a Lite gate", "KR-CIC", 1, "SG-CLS", 1, "lighting", "", "", "", TODAY, REASON_ARRANGEMENT_LEVEL},
	{"Singapore at Korea's gate too early", "KR-CIC", 1, "SG-CLS", 3, "lighting", "", "", "", "2024-12-31",
	 REASON_ARRANGEMENT_DATE},
	{"Singapore at Korea's gate", "KR-CIC", 2, "SG-CLS", 3, "lighting", "", "", "", "2025-01-01", REASON_ADMITTED},
	{"German at a Lite gate", "KR-CIC", 1, "DE-ITSK", 1, "tv", "", "", "", TODAY, REASON_ARRANGEMENT_APPLICATION},
	{"German at a Basic gate, with more", "KR-CIC", 2, "DE-ITSK", 1, "tv", "", "", MORE, TODAY,
	 REASON_ARRANGEMENT_APPLICATION},
	{"Korean in Germany", "DE-ITSK", 1, "KR-CIC", 3, "tv", "housing", "", "", TODAY, REASON_ARRANGEMENT_APPLICATION},
	{"German at a level 2 gate", "SG-CLS", 2, "DE-ITSK", 1, "tv", "", "", MORE, TODAY, REASON_ADMITTED},
	{"German at a level 3 gate", "SG-CLS", 3, "DE-ITSK", 1, "tv", "", "", MORE, TODAY, REASON_RULE_LEVEL},
	{"German door lock at a level 2 gate", "SG-CLS", 2, "DE-ITSK", 1, "door-lock", "", "", "", TODAY,
	 REASON_ARRANGEMENT_CATEGORY},
	{"German router before R5", "SG-CLS", 2, "DE-ITSK", 1, "router", "", "", "", "2024-10-15", REASON_ARRANGEMENT_CATEGORY},
	{"German router from R5 on", "SG-CLS", 2, "DE-ITSK", 1, "router", "", "", "", "2024-10-16", REASON_ADMITTED},
	{"level 4 in Germany", "DE-ITSK", 1, "SG-CLS", 4, "tv", "", "", "", TODAY, REASON_ARRANGEMENT_APPLICATION},
	{"Finnish at a level 3 gate", "SG-CLS", 3, "FI-CSL", 1, "tv", "", "", "", TODAY, REASON_ADMITTED},
	{"Finnish at a Lite gate", "KR-CIC", 1, "FI-CSL", 1, "tv", "", "", "", TODAY, REASON_NO_ARRANGEMENT},
	{"Finnish in Germany", "DE-ITSK", 1, "FI-CSL", 1, "tv", "", "", "", TODAY, REASON_NO_ARRANGEMENT},
	{"Singapore in Britain too early", "UK-PSTI", 1, "SG-CLS", 1, "hub", "", SP, "", "2025-12-03", REASON_ARRANGEMENT_DATE},
	{"Singapore in Britain", "UK-PSTI", 1, "SG-CLS", 1, "hub", "", SP, "", "2025-12-04", REASON_ADMITTED},
	{"an older label in Britain", "UK-PSTI", 1, "SG-CLS", 4, "hub", "", "SP-151-2 v1.3", "", TODAY,
	 REASON_ARRANGEMENT_VERSION},
	{"JC-STAR 1 in Britain too early", "UK-PSTI", 1, "JP-JCSTAR", 1, "hub", "", JST, "", "2025-12-03",
	 REASON_ARRANGEMENT_DATE},
	{"JC-STAR 1 in Britain", "UK-PSTI", 1, "JP-JCSTAR", 1, "hub", "", JST, "", "2025-12-04", REASON_ADMITTED},
	{"JC-STAR 2 in Britain", "UK-PSTI", 1, "JP-JCSTAR", 2, "hub", "", JST, "", TODAY, REASON_ARRANGEMENT_LEVEL},
	{"British in Singapore", "SG-CLS", 1, "UK-PSTI", 1, "hub", "", "", "", TODAY, REASON_ARRANGEMENT_APPLICATION},
	{"British in Japan", "JP-JCSTAR", 1, "UK-PSTI", 1, "hub", "", "", "", TODAY, REASON_ARRANGEMENT_APPLICATION},
	{"JC-STAR 4 in Singapore", "SG-CLS", 1, "JP-JCSTAR", 4, "hub", "", "", "", TODAY, REASON_ARRANGEMENT_OFF},
	{"PSV in Singapore", "SG-CLS", 1, "CSA-PSV", 1, "hub", "", "", "", TODAY, REASON_ARRANGEMENT_OFF},
};
/* clang-format on */

static enum hallmark_reason at_gate(const struct gate *g)
{
	_cleanup_(config_freep) struct config *c = shipped(g->home);
	struct facts facts = { .n_labels = 1, .expiry = { .at_sec = TIME_FOREVER } };
	struct label_facts *l = &facts.labels[0];
	struct policy policy = { .n_zones = 2, .n_rules = 1 };
	struct recognised recognised;
	struct decision d;

	facts.checks[CHECK_PLACE] = check_passed();
	*l = label_of(g->scheme, g->level, g->category, g->field);
	(void)snprintf(l->scheme_version, sizeof(l->scheme_version), "%s", g->version);
	(void)snprintf(l->further[0], FURTHER_SIZE, "%s", g->further);
	l->n_further = g->further[0] != '\0';
	l->expiry.at_sec = TIME_FOREVER;
	policy.rules[0] = (struct rule){
		.zone = 1,
		.lifetime_sec = 60,
		.required = CHECK_BIT(CHECK_RECOGNITION),
		.level = g->asks,
	};
	recognise(&c->recognition, l, at(g->date), &recognised);
	policy_decide(&policy, &facts, &recognised, at(g->date), &d);
	assert_int_equal(d.zone, d.reason == REASON_ADMITTED ? 1 : ZONE_QUARANTINE);
	return d.reason;
}

static void test_gates(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(gates); i++) {
		enum hallmark_reason reason = at_gate(&gates[i]);

		if (reason != gates[i].reason)
			fail_msg("%s: %d", gates[i].what, (int)reason);
	}
}

/* --- Suspended labels --- */

static void test_suspension(void **state)
{
	static const struct check_result results[] = {
		{ CHECK_FAILED, REASON_LABEL_SUSPENDED }, { CHECK_FAILED, REASON_LABEL_REVOKED },
		{ CHECK_ABSENT, REASON_NO_STATUS },       { CHECK_FAILED, REASON_INTERNAL },
		{ CHECK_PASSED, REASON_ADMITTED },
	};

	(void)state;
	for (size_t home = 0; home < ARRAY_SIZE(homes); home++)
		for (size_t i = 0; i < ARRAY_SIZE(results); i++) {
			_cleanup_(config_freep) struct config *c = shipped("KR-CIC");
			struct label_facts l = label_of(homes[home], 1, "lighting", "");
			struct recognised ret;

			l.checks[CHECK_LABEL_STATUS] = results[i];
			recognise(&c->recognition, &l, at(TODAY), &ret);
			assert_int_equal(ret.status.reason, results[i].reason);
			if (strcmp(homes[home], "EU-EUCC") == 0 && results[i].reason == REASON_LABEL_SUSPENDED)
				assert_int_equal(ret.status.state, CHECK_PASSED);
			else
				assert_int_equal(ret.status.state, results[i].state);
		}
}

/* A period that is longer than its scheme's is a slip of whoever typed it; an extension has its own bound. */
static void test_period(void **state)
{
	static const struct {
		const char *scheme, *from, *to;
		bool is_extension;
		enum hallmark_reason reason;
	} periods[] = {
		{ "KR-CIC", "2024-01-15", "2027-01-16", false, REASON_ADMITTED }, /* the last day included */
		{ "KR-CIC", "2024-01-15", "2027-01-17", false, REASON_LABEL_PERIOD },
		{ "KR-CIC", "2024-02-29", "2027-03-02", false, REASON_ADMITTED },
		{ "KR-CIC", "2024-01-15", "2026-01-16", true, REASON_ADMITTED },
		{ "KR-CIC", "2024-01-15", "2026-01-17", true, REASON_LABEL_PERIOD },
		{ "JP-JCSTAR", "2025-05-21", "2027-05-22", false, REASON_ADMITTED },
		{ "JP-JCSTAR", "2025-05-21", "2027-05-23", false, REASON_LABEL_PERIOD },
		{ "DE-ITSK", "2020-01-01", "2030-01-01", false, REASON_ADMITTED }, /* two years, as a rule */
		{ "EU-EUCC", "2020-01-01", "2030-01-01", false, REASON_ADMITTED }, /* five, unless approved */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(periods); i++) {
		_cleanup_(config_freep) struct config *c = shipped("KR-CIC");
		struct label_facts l = label_of(periods[i].scheme, 1, "lighting", "");
		struct recognised ret;

		l.nbf_sec = at(periods[i].from);
		l.exp_sec = at(periods[i].to);
		l.is_extension = periods[i].is_extension;
		l.checks[CHECK_LABEL_VALIDITY] = check_passed();
		recognise(&c->recognition, &l, at(TODAY), &ret);
		assert_int_equal(ret.validity.reason, periods[i].reason);
		l.checks[CHECK_LABEL_VALIDITY] = check_failed(REASON_LABEL_EXPIRED); /* what was found stays found */
		recognise(&c->recognition, &l, at(TODAY), &ret);
		assert_int_equal(ret.validity.reason, REASON_LABEL_EXPIRED);
	}
}

/* --- Never chained --- */

static void test_no_chain(void **state)
{
	(void)state;
	_cleanup_(config_freep) struct config *sg = shipped("SG-CLS");
	_cleanup_(config_freep) struct config *kr = shipped("KR-CIC");
	_cleanup_(config_freep) struct config *de = shipped("DE-ITSK");
	struct label_facts german = label_of("DE-ITSK", 1, "lighting", "housing");
	struct label_facts finnish = label_of("FI-CSL", 1, "lighting", "");
	struct label_facts derived = label_of("KR-CIC", 2, "lighting", "housing");

	/* each pair once more by name: DE → SG is level 2; by way of Korea, with its further requirements, 3 */
	german.n_further = 1;
	(void)snprintf(german.further[0], FURTHER_SIZE, MORE);
	expect_level(&sg->recognition, &german, at(TODAY), 2, "R3");
	find(&kr->recognition, "R10")->accept_application = true;
	find(&kr->recognition, "R11")->accept_application = true;
	expect_level(&kr->recognition, &german, at(TODAY), 2, "R11");
	german.n_further = 0;
	expect_level(&kr->recognition, &german, at(TODAY), 1, "R10");
	/* FI → SG (3) → KR (Basic) → DE: there is no second step */
	expect_level(&sg->recognition, &finnish, at(TODAY), 3, "R1");
	expect_reason(&kr->recognition, &finnish, at(TODAY), REASON_NO_ARRANGEMENT);
	expect_reason(&de->recognition, &finnish, at(TODAY), REASON_NO_ARRANGEMENT);

	/* a Korean label that was issued because of a German one goes no further, and counts at home */
	expect_level(&sg->recognition, &derived, at(TODAY), 3, "R7");
	derived.basis = HALLMARK_BASIS_RECOGNITION;
	expect_reason(&sg->recognition, &derived, at(TODAY), REASON_LABEL_BASIS);
	expect_level(&kr->recognition, &derived, at(TODAY), 2, "");
}

/* --- The home scheme's own labels --- */

static void test_own_labels(void **state)
{
	(void)state;
	_cleanup_(config_freep) struct config *c = shipped("KR-CIC");

	for (uint8_t level = 1; level <= 3; level++) {
		struct label_facts l = label_of("KR-CIC", level, "anything", "smart-city");

		expect_level(&c->recognition, &l, at("1999-01-01"), level, "");
	}

	struct label_facts none = label_of("KR-CIC", 0, "lighting", "");
	struct label_facts beyond = label_of("KR-CIC", 4, "lighting", "");
	struct label_facts prefix = label_of("KR-CI", 2, "lighting", "");
	struct label_facts longer = label_of("KR-CICX", 2, "lighting", "");
	struct label_facts other_case = label_of("kr-cic", 2, "lighting", "");
	struct label_facts empty = { 0 };

	expect_reason(&c->recognition, &none, at(TODAY), REASON_LEVEL_UNKNOWN);
	expect_reason(&c->recognition, &beyond, at(TODAY), REASON_LEVEL_UNKNOWN);
	expect_reason(&c->recognition, &prefix, at(TODAY), REASON_SCHEME_UNKNOWN);
	expect_reason(&c->recognition, &longer, at(TODAY), REASON_SCHEME_UNKNOWN);
	expect_reason(&c->recognition, &other_case, at(TODAY), REASON_SCHEME_UNKNOWN);
	expect_reason(&c->recognition, &empty, at(TODAY), REASON_SCHEME_UNKNOWN);
}

/* --- Ranking, on arrangements made for it --- */

static struct scheme two_schemes[] = {
	{ .id = "FROM", .levels = { "a", "b", "c" }, .n_levels = 3 },
	{ .id = "HOME", .levels = { "x", "y", "z" }, .n_levels = 3 },
};

#define GOOD                                                                                                           \
	{                                                                                                              \
		.id = "GOOD", .from = "FROM", .to = "HOME", .from_level = 1, .from_level_max = 3, .to_level = 1,       \
		.mode = MODE_RECOGNISED, .enabled = true, .effective_sec = 100, .ends_sec = 200                        \
	}

static struct recognition_rules rules_of(struct arrangement *arrangements, size_t n)
{
	return (struct recognition_rules){
		.home = "HOME",
		.schemes = two_schemes,
		.n_schemes = ARRAY_SIZE(two_schemes),
		.arrangements = arrangements,
		.n_arrangements = n,
	};
}

/* Bad in one way each, from the least far to the furthest. */
static void spoil(struct arrangement *a, enum hallmark_reason how)
{
	switch (how) {
	case REASON_ARRANGEMENT_OFF:
		a->enabled = false;
		break;
	case REASON_ARRANGEMENT_APPLICATION:
		a->mode = MODE_APPLICATION;
		break;
	case REASON_ARRANGEMENT_DATE:
		a->ends_sec = 150;
		break;
	case REASON_ARRANGEMENT_CONDITION:
		(void)snprintf(a->condition, sizeof(a->condition), "extra-requirements");
		break;
	case REASON_ARRANGEMENT_CATEGORY:
		(void)snprintf(a->except[a->n_except++], CATEGORY_SIZE, "lighting");
		break;
	case REASON_ARRANGEMENT_FIELD:
		(void)snprintf(a->fields[a->n_fields++], CATEGORY_SIZE, "housing");
		break;
	case REASON_ARRANGEMENT_VERSION:
		(void)snprintf(a->versions[a->n_versions++], sizeof(a->versions[0]), "2");
		break;
	default:
		a->from_level = 3;
	}
}

static const enum hallmark_reason ranking[] = {
	REASON_ARRANGEMENT_OFF,       REASON_ARRANGEMENT_APPLICATION, REASON_ARRANGEMENT_DATE,
	REASON_ARRANGEMENT_CATEGORY,  REASON_ARRANGEMENT_FIELD,       REASON_ARRANGEMENT_VERSION,
	REASON_ARRANGEMENT_CONDITION, REASON_ARRANGEMENT_LEVEL,
};

static void test_ranking(void **state)
{
	struct label_facts l = label_of("FROM", 2, "lighting", "finance");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ranking); i++)
		for (size_t j = 0; j < ARRAY_SIZE(ranking); j++) {
			struct arrangement two[] = { GOOD, GOOD };
			struct recognition_rules r = rules_of(two, 2);

			expect_level(&r, &l, 150, 1, "GOOD");
			spoil(&two[0], ranking[i]);
			expect_level(&r, &l, 150, 1, "GOOD");
			spoil(&two[1], ranking[j]);
			expect_reason(&r, &l, 150, ranking[i > j ? i : j]);

			/* both faults in one: the earlier stops it */
			struct arrangement one[] = { GOOD };

			r = rules_of(one, 1);
			spoil(&one[0], ranking[i]);
			spoil(&one[0], ranking[j]);
			expect_reason(&r, &l, 150, ranking[i < j ? i : j]);
		}
}

/* Of arrangements that came as far the first is named, whatever it would have been worth. */
static void test_first_of_equal_misses(void **state)
{
	struct label_facts l = label_of("FROM", 2, "lighting", "finance");
	struct arrangement two[] = { GOOD, GOOD };
	struct recognition_rules r = rules_of(two, 2);
	struct recognised ret;

	(void)state;
	spoil(&two[0], REASON_ARRANGEMENT_LEVEL);
	spoil(&two[1], REASON_ARRANGEMENT_LEVEL);
	(void)snprintf(two[0].id, sizeof(two[0].id), "FIRST");
	two[1].to_level = 3;
	two[1].ends_sec = 300;
	recognise(&r, &l, 150, &ret);
	assert_int_equal(ret.check.reason, REASON_ARRANGEMENT_LEVEL);
	assert_string_equal(ret.arrangement, "FIRST");
}

static void test_best_of_several(void **state)
{
	struct arrangement three[] = { GOOD, GOOD, GOOD };
	struct recognition_rules r = rules_of(three, 3);
	struct label_facts l = label_of("FROM", 1, "lighting", "");
	struct recognised ret;

	(void)state;
	(void)snprintf(three[1].id, sizeof(three[1].id), "HIGH");
	(void)snprintf(three[2].id, sizeof(three[2].id), "LONG");
	three[1].to_level = 2;
	expect_level(&r, &l, 150, 2, "HIGH");
	three[2].to_level = 2;
	three[2].ends_sec = 300;
	expect_level(&r, &l, 150, 2, "LONG");
	expect_level(&r, &l, 250, 2, "LONG");
	expect_reason(&r, &l, 300, REASON_ARRANGEMENT_DATE);

	recognise(&r, &l, 150, &ret);
	assert_int_equal(ret.expiry.at_sec, 300);
	assert_int_equal(ret.expiry.cause, EXPIRY_ARRANGEMENT);
	assert_int_equal(ret.mode, MODE_RECOGNISED);
}

static void test_edges_of_time(void **state)
{
	struct arrangement one[] = { GOOD };
	struct recognition_rules r = rules_of(one, 1);
	struct label_facts l = label_of("FROM", 1, "", "");

	(void)state;
	expect_reason(&r, &l, 99, REASON_ARRANGEMENT_DATE);
	expect_level(&r, &l, 100, 1, "GOOD");
	expect_level(&r, &l, 199, 1, "GOOD");
	expect_reason(&r, &l, 200, REASON_ARRANGEMENT_DATE);
}

/* Names are compared whole, and a direction is not the other. */
static void test_words_are_exact(void **state)
{
	struct arrangement one[] = { GOOD };
	struct recognition_rules r = rules_of(one, 1);
	struct label_facts good = label_of("FROM", 1, "lighting", "housing");
	struct label_facts category = label_of("FROM", 1, "light", "housing");
	struct label_facts field = label_of("FROM", 1, "lighting", "housing-x");
	struct label_facts home = label_of("HOME", 1, "lighting", "housing");

	(void)state;
	one[0].n_categories = one[0].n_fields = 1;
	(void)snprintf(one[0].categories[0], CATEGORY_SIZE, "lighting");
	(void)snprintf(one[0].fields[0], CATEGORY_SIZE, "housing");
	expect_level(&r, &good, 150, 1, "GOOD");
	expect_reason(&r, &category, 150, REASON_ARRANGEMENT_CATEGORY);
	expect_reason(&r, &field, 150, REASON_ARRANGEMENT_FIELD);
	(void)snprintf(r.home, sizeof(r.home), "FROM");
	expect_reason(&r, &home, 150, REASON_NO_ARRANGEMENT);
}

static void test_zero_is_no(void **state)
{
	struct arrangement zero[1] = { { .enabled = false } };
	struct recognition_rules none = { 0 }, r = rules_of(zero, 1);
	struct label_facts l = label_of("FROM", 1, "", "");

	(void)state;
	expect_reason(&none, &l, 150, REASON_SCHEME_UNKNOWN);
	expect_reason(&r, &l, 150, REASON_NO_ARRANGEMENT);
	(void)snprintf(zero[0].from, sizeof(zero[0].from), "FROM");
	(void)snprintf(zero[0].to, sizeof(zero[0].to), "HOME");
	expect_reason(&r, &l, 150, REASON_ARRANGEMENT_OFF);
	zero[0].enabled = true;
	expect_reason(&r, &l, 150, REASON_ARRANGEMENT_OFF);

	/* a home that no scheme is called by recognises nothing, by whatever arrangement */
	struct arrangement one[] = { GOOD };

	r = rules_of(one, 1);
	(void)snprintf(r.home, sizeof(r.home), "NOWHERE");
	(void)snprintf(one[0].to, sizeof(one[0].to), "NOWHERE");
	expect_reason(&r, &l, 150, REASON_SCHEME_UNKNOWN);
	r.home[0] = '\0';
	expect_reason(&r, &l, 150, REASON_SCHEME_UNKNOWN);
}

static void test_level_names(void **state)
{
	_cleanup_(config_freep) struct config *c = shipped("KR-CIC");
	const struct scheme *s = scheme_find(&c->recognition, "KR-CIC");

	(void)state;
	assert_non_null(s);
	assert_int_equal(scheme_level(s, "Lite"), 1);
	assert_int_equal(scheme_level(s, "Standard"), 3);
	assert_int_equal(scheme_level(s, "standard"), 0);
	assert_int_equal(scheme_level(s, ""), 0);
	assert_string_equal(scheme_level_name(s, 2), "Basic");
	assert_string_equal(scheme_level_name(s, 0), "none");
	assert_string_equal(scheme_level_name(s, 4), "none");
	assert_null(scheme_find(&c->recognition, "XX"));
}

/* --- Extensions --- */

struct link {
	const char *number, *extends;
	int failed;                  /* a check that did not pass; 0: none */
	enum hallmark_reason reason; /* why */
	const char *issuer, *scheme; /* NULL: as usual */
	int64_t days;                /* of its period; 0: a year */
	uint8_t level;               /* 0: 2 */
	bool is_superseded;          /* expected */
};

#define LINK(number_, extends_, ...)                                                                                   \
	{                                                                                                              \
		.number = (number_), .extends = (extends_), ##__VA_ARGS__                                              \
	}

static void put_link(const struct link *link, struct appraised_label *ret)
{
	*ret = (struct appraised_label){
		.facts = label_of(link->scheme ? link->scheme : "KR-CIC", link->level ? link->level : 2, "lighting",
				  "housing"),
	};
	for (int check = CHECK_LABEL_SIGNATURE; check <= CHECK_LABEL_STATUS; check++)
		ret->facts.checks[check] = check_passed();
	if (link->failed)
		ret->facts.checks[link->failed] = check_failed(link->reason);
	(void)snprintf(ret->facts.issuer, sizeof(ret->facts.issuer), "%s", link->issuer ? link->issuer : "KISA");
	(void)snprintf(ret->facts.number, sizeof(ret->facts.number), "%s", link->number);
	(void)snprintf(ret->extends, sizeof(ret->extends), "%s", link->extends);
	ret->facts.is_extension = link->extends[0] != '\0';
	ret->facts.names_status = true;
	ret->facts.nbf_sec = at(TODAY) - 86400;
	ret->facts.exp_sec = at(TODAY) + (link->days ? link->days : 365) * 86400;
}

/* Only what holds takes a place; a chain of any length does, in any order; a circle ends nothing. */
static void test_extensions(void **state)
{
	static const struct {
		const char *name;
		struct link links[5];
	} chains[] = {
		{ "two labels", { LINK("A", ""), LINK("B", "") } },
		{ "an extension", { LINK("A", "", .is_superseded = true), LINK("B", "A") } },
		{ "the extension comes first", { LINK("B", "A"), LINK("A", "", .is_superseded = true) } },
		{ "of a lower level", { LINK("A", "", .is_superseded = true), LINK("B", "A", .level = 1) } },
		{ "the original has ended",
		  { LINK("A", "", .failed = CHECK_LABEL_VALIDITY, .reason = REASON_LABEL_EXPIRED,
			 .is_superseded = true),
		    LINK("B", "A") } },
		{ "it has not begun",
		  { LINK("A", ""), LINK("B", "A", .failed = CHECK_LABEL_VALIDITY, .reason = REASON_LABEL_NOT_YET) } },
		{ "it has ended",
		  { LINK("A", ""), LINK("B", "A", .failed = CHECK_LABEL_VALIDITY, .reason = REASON_LABEL_EXPIRED) } },
		{ "it is longer than its scheme allows", { LINK("A", ""), LINK("B", "A", .days = 5 * 365) } },
		{ "as long as its scheme allows",
		  { LINK("A", "", .is_superseded = true), LINK("B", "A", .days = 730) } },
		{ "it is for another product",
		  { LINK("A", ""), LINK("B", "A", .failed = CHECK_LABEL_CLASS, .reason = REASON_CLASS_MISMATCH) } },
		{ "it is of another maker",
		  { LINK("A", ""), LINK("B", "A", .failed = CHECK_LABEL_ANCHOR, .reason = REASON_ANCHOR_MISMATCH) } },
		{ "it is a stranger's",
		  { LINK("A", ""), LINK("B", "A", .failed = CHECK_LABEL_SIGNATURE, .reason = REASON_LABEL_SIGNER) } },
		{ "it is revoked",
		  { LINK("A", ""), LINK("B", "A", .failed = CHECK_LABEL_STATUS, .reason = REASON_LABEL_REVOKED) } },
		{ "it is suspended",
		  { LINK("A", ""), LINK("B", "A", .failed = CHECK_LABEL_STATUS, .reason = REASON_LABEL_SUSPENDED) } },
		{ "its list is stale",
		  { LINK("A", ""), LINK("B", "A", .failed = CHECK_LABEL_STATUS, .reason = REASON_STATUS_STALE) } },
		{ "it is replaced",
		  { LINK("A", ""), LINK("B", "A", .failed = CHECK_LABEL_VALIDITY, .reason = REASON_LABEL_REPLACED) } },
		{ "its level is none", { LINK("A", ""), LINK("B", "A", .level = 9) } },
		{ "of another number", { LINK("A", ""), LINK("B", "AA") } },
		{ "of another issuer", { LINK("A", ""), LINK("B", "A", .issuer = "TTA") } },
		{ "of another scheme", { LINK("A", ""), LINK("B", "A", .scheme = "EU-EUCC") } },
		{ "extended twice",
		  { LINK("A", "", .is_superseded = true), LINK("B", "A", .is_superseded = true), LINK("C", "B") } },
		{ "in another order",
		  { LINK("C", "B"), LINK("A", "", .is_superseded = true), LINK("B", "A", .is_superseded = true) } },
		{ "the last does not hold",
		  { LINK("A", "", .is_superseded = true), LINK("B", "A"),
		    LINK("C", "B", .failed = CHECK_LABEL_STATUS, .reason = REASON_LABEL_REVOKED) } },
		{ "the middle one does not hold",
		  { LINK("A", "", .is_superseded = true),
		    LINK("B", "A", .failed = CHECK_LABEL_VALIDITY, .reason = REASON_LABEL_EXPIRED,
			 .is_superseded = true),
		    LINK("C", "B") } },
		{ "neither does", { LINK("A", ""), LINK("B", "A", .days = 5 * 365), LINK("C", "B", .days = 5 * 365) } },
		{ "two extensions of one", { LINK("A", "", .is_superseded = true), LINK("B", "A"), LINK("C", "A") } },
		{ "itself", { LINK("A", "A") } },
		{ "each other", { LINK("A", "B"), LINK("B", "A") } },
		{ "three in a circle", { LINK("A", "C"), LINK("B", "A"), LINK("C", "B") } },
		{ "one that leads into a circle",
		  { LINK("A", "B", .is_superseded = true), LINK("B", "A", .is_superseded = true), LINK("C", "A") } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++) {
		_cleanup_(config_freep) struct config *c = shipped("KR-CIC");
		struct appraised_label labels[5];
		size_t n = 0;

		for (; n < 5 && chains[i].links[n].number; n++)
			put_link(&chains[i].links[n], &labels[n]);
		labels_supersede(&c->recognition, labels, n, at(TODAY));
		for (size_t k = 0; k < n; k++)
			if ((labels[k].facts.checks[CHECK_LABEL_VALIDITY].reason == REASON_LABEL_SUPERSEDED) !=
			    chains[i].links[k].is_superseded)
				fail_msg("%s: %s is %s", chains[i].name, chains[i].links[k].number,
					 reason_name(labels[k].facts.checks[CHECK_LABEL_VALIDITY].reason));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_row_levels),
		cmocka_unit_test(test_row_dates),
		cmocka_unit_test(test_row_scope),
		cmocka_unit_test(test_row_mode),
		cmocka_unit_test(test_row_versions),
		cmocka_unit_test(test_row_conditions),
		cmocka_unit_test(test_row_basis),
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_shipped_is_this_table),
		cmocka_unit_test(test_same_words_same_scope),
		cmocka_unit_test(test_each_home),
		cmocka_unit_test(test_gates),
		cmocka_unit_test(test_suspension),
		cmocka_unit_test(test_period),
		cmocka_unit_test(test_no_chain),
		cmocka_unit_test(test_own_labels),
		cmocka_unit_test(test_extensions),
		cmocka_unit_test(test_ranking),
		cmocka_unit_test(test_first_of_equal_misses),
		cmocka_unit_test(test_best_of_several),
		cmocka_unit_test(test_edges_of_time),
		cmocka_unit_test(test_words_are_exact),
		cmocka_unit_test(test_zero_is_no),
		cmocka_unit_test(test_level_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
