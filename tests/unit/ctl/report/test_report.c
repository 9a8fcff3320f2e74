/* SPDX-License-Identifier: Apache-2.0 */
/* links: report */
/*
 * A month's entries → sums → a tree → text, CSV, HTML and JSON, which are compared with golden files (HALLMARK_GOLDEN=write renews
 * them): names in Korean, and names that would be tags or formulas.
 */
#include "token_kit.h"

#include "base/clock.h"
#include "ctl/page.h"
#include "ctl/report/month.h"
#include "ctl/report/now.h"
#include "ctl/report/sheet.h"
#include "ctl/report/sums.h"
#include "ctl/value.h"
#include "hallmark/reason.h"
#include "hallmark/record.h"
#include "language_kit.h"
#include "store/record.h"

DEFINE_CLEANUP(struct value *, value_free);

#define HOUR 3600
#define DAY  86400

static const int64_t november = 1793458800; /* 2026-11-01 00:00 in Korea */
static const int64_t now_sec = 1793458800 + 40 * DAY;

static struct month month_of(const char *text)
{
	struct month m;

	assert_true(month_parse(text, now_sec, &m));
	return m;
}

/* --- Entries --- */

static uint64_t sequence;

static struct record entry(int64_t at_sec, uint8_t device, uint32_t cause, const char *before, const char *after)
{
	struct record r = { .sequence = ++sequence, .time_sec = at_sec, .cause = cause, .reason = REASON_ADMITTED };

	memset(r.device, device, sizeof(r.device));
	(void)snprintf(r.zone_before, sizeof(r.zone_before), "%s", before);
	(void)snprintf(r.zone_after, sizeof(r.zone_after), "%s", after);
	(void)snprintf(r.rule, sizeof(r.rule), "certified");
	return r;
}

static void call_it(struct record *r, const char *name, const char *segment)
{
	(void)snprintf(r->name, sizeof(r->name), "%s", name);
	(void)snprintf(r->segment, sizeof(r->segment), "%s", segment);
}

static struct record order(int64_t at_sec, uint8_t device, const char *rule, const char *after, const char *by)
{
	struct record r = entry(at_sec, device, CAUSE_OPERATOR, "quarantine", after);

	(void)snprintf(r.rule, sizeof(r.rule), "%s", rule);
	(void)snprintf(r.ordered_by, sizeof(r.ordered_by), "%s", by);
	return r;
}

static struct record refusal(int64_t at_sec, uint8_t device, enum hallmark_reason reason)
{
	struct record r = entry(at_sec, device, CAUSE_ATTESTED, "trusted", "quarantine");

	r.reason = reason;
	return r;
}

static void add_orders(struct sums *s)
{
	struct record r = order(november - 10 * DAY, 1, "order: allow", "restricted", "1001 (kim)");

	call_it(&r, "현관 월패드", "101동 1203호");
	sums_add(&r, s);
	r = order(november + 2 * DAY, 1, "order: ended", "quarantine", "");
	call_it(&r, "현관 월패드", "101동 1203호");
	sums_add(&r, s);
	r = order(november + 3 * DAY, 2, "order: monitor", "trusted", "0 (root)");
	(void)strcpy(r.ordered_login, "1001 (kim)");
	call_it(&r, "<script>alert(\"&'\")</script>", "101동 1204호");
	sums_add(&r, s);
	r = order(november + 4 * DAY, 2, "order: quarantine", "quarantine", "1002 (lee)");
	(void)strcpy(r.ordered_role, "reception");
	call_it(&r, "<script>alert(\"&'\")</script>", "101동 1204호");
	sums_add(&r, s);
	r = order(november + 5 * DAY, 0, "a water leak in 101", "open", "");
	r.until_sec = november + 5 * DAY + HOUR;
	sums_add(&r, s);
	r = order(november + 35 * DAY, 2, "order: released", "trusted", "1002 (lee)");
	sums_add(&r, s);
}

static void add_month(struct sums *s)
{
	struct record r = entry(november - 1, 7, CAUSE_ATTESTED, "quarantine", "trusted");

	sequence = 0;
	sums_add(&r, s);
	add_orders(s);
	r = entry(november, 3, CAUSE_ATTESTED, "quarantine", "trusted");
	call_it(&r, "거실 조명", "101동 1203호");
	sums_add(&r, s);
	r = entry(november + HOUR, 4, CAUSE_ATTESTED, "trusted", "restricted");
	call_it(&r, "=1+1", "102동 301호");
	sums_add(&r, s);
	r = refusal(november + 2 * HOUR, 4, REASON_LABEL_EXPIRED);
	call_it(&r, "=1+1", "102동 301호");
	sums_add(&r, s);
	r = refusal(november + 3 * HOUR, 4, REASON_LABEL_EXPIRED);
	call_it(&r, "=1+1", "102동 301호");
	sums_add(&r, s);
	r = refusal(november + 3 * HOUR, 5, REASON_DEVICE_REVOKED); /* in no household */
	sums_add(&r, s);
	r = refusal(november + 4 * HOUR, 6, REASON_EXPIRED);
	r.cause = CAUSE_EXPIRED;
	call_it(&r, "", "102동 302호");
	sums_add(&r, s);
	r = entry(november + 30 * DAY, 8, CAUSE_ATTESTED, "quarantine", "trusted"); /* the next month */
	sums_add(&r, s);
}

/* --- What the daemon says --- */

static void add_set(struct value *sets, const char *kind, const char *file, int64_t age_days)
{
	struct value *set = value_add_new(sets, NULL, VALUE_MAP);

	value_add_text(set, "kind", kind);
	value_add_text(set, "file", file);
	value_add_number(set, "issued", now_sec - age_days * DAY);
	value_add_number(set, "until", age_days > 30 ? TIME_FOREVER : now_sec + 30 * DAY);
}

static void add_exception(struct value *list, const char *name, const char *household, const char *state,
			  int64_t until_sec)
{
	struct value *one = value_add_new(list, NULL, VALUE_MAP);

	value_add_text(one, "name", name);
	value_add_text(one, "household", household);
	value_add_text(one, "zone", "restricted");
	value_add_text(one, "state", state);
	value_add_number(one, "until", until_sec);
}

static struct now make_now(const char *segment)
{
	static const char *const households[] = { "101동 1203호", "101동 1204호", "102동 301호", "102동 302호",
						  "103동 401호" };
	struct now n = { .n_attested = 611,
			 .n_excepted = 2,
			 .n_refused = 7,
			 .n_quarantined = 1,
			 .n_unknown = 14,
			 .metrics = value_new(VALUE_MAP),
			 .segments = value_new(VALUE_LIST),
			 .orders = value_new(VALUE_LIST),
			 .exceptions = value_new(VALUE_LIST) };
	struct value *sets;

	value_add_text(n.metrics, "gateway", "gw-101.example");
	value_add_text(n.metrics, "home", "KR-CIC");
	sets = value_add_new(n.metrics, "sets", VALUE_LIST);
	add_set(sets, "register", "/etc/hallmark/trust/kr.register", 3);
	add_set(sets, "crl", "/etc/hallmark/trust/haneul.crl", 41);
	for (size_t i = 0; i < ARRAY_SIZE(households); i++)
		value_add_text(value_add_new(n.segments, NULL, VALUE_MAP), "name", households[i]);
	counts_of(&n.refused, "label-absent")[0] = 5;
	counts_of(&n.refused, "device-revoked")[0] = 2;
	if (segment) /* none of these is asked for */
		return n;
	add_exception(n.exceptions, "엘리베이터 패널", "102동 302호", NOW_IN_FORCE, now_sec + 5 * DAY);
	add_exception(n.exceptions, "주차 카메라", "103동 401호", NOW_REPLACED, now_sec + 5 * DAY);
	add_exception(n.exceptions, "02:00:5e:10:00:09", "103동 401호", "over", now_sec - 20 * DAY);
	add_exception(n.exceptions, "02:00:5e:10:00:0a", "103동 401호", "over", now_sec - 300 * DAY); /* long before */
	return n;
}

static const struct closing closing = {
	.head = { .sequence = 15, .hash = { 0x9c, 0x1b, 0x7d, 0x02, 0xa4, 0xe8, 0x6f, 0x35 }, .n_hash = SHA256_LEN },
	.answer = "sound",
	.meaning = "each entry is as it was written, and follows from the one before it",
};

static struct value *make_sheet(const char *segment)
{
	const struct month m = month_of("2026-11");
	struct now now = make_now(segment);
	struct value *sheet;
	struct sums s;

	sums_init(&s, &m, now_sec, segment);
	add_month(&s);
	sheet = sheet_make(&s, &now, &closing, now_sec);
	sums_done(&s);
	now_done(&now);
	return sheet;
}

/* --- Golden files --- */

static char text[262144];

static void write_in(const struct value *sheet, const char *form)
{
	FILE *out = fmemopen(text, sizeof(text), "w");

	assert_non_null(out);
	if (strcmp(form, "txt") == 0)
		report_write_text(sheet, out);
	else if (strcmp(form, "csv") == 0)
		report_write_csv(sheet, out);
	else if (strcmp(form, "html") == 0)
		report_write_html(sheet, translated("en"), out);
	else
		value_to_json(sheet, out);
	assert_int_equal(fclose(out), 0);
}

static void compare_golden(const char *form)
{
	static char golden[sizeof(text)];
	const char *how = getenv("HALLMARK_GOLDEN");
	char path[64];
	FILE *f;

	(void)snprintf(path, sizeof(path), "tests/unit/golden/report.%s", form);
	if (how && strcmp(how, "write") == 0) {
		f = fopen(path, "we");
		assert_non_null(f);
		assert_true(fputs(text, f) >= 0);
		assert_int_equal(fclose(f), 0);
		return;
	}
	f = fopen(path, "re");
	assert_non_null(f);
	golden[fread(golden, 1, sizeof(golden) - 1, f)] = '\0';
	(void)fclose(f);
	assert_string_equal(text, golden);
}

static void test_golden(void **state)
{
	static const char *const forms[] = { "txt", "csv", "html", "json" };
	_cleanup_(value_freep) struct value *sheet = make_sheet(NULL);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		write_in(sheet, forms[i]);
		compare_golden(forms[i]);
	}
}

/* --- What the goldens cannot show by themselves --- */

static unsigned count(const char *part)
{
	unsigned n = 0;

	for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
		n++;
	return n;
}

static void test_escapes(void **state)
{
	_cleanup_(value_freep) struct value *sheet = make_sheet(NULL);

	(void)state;
	write_in(sheet, "html");
	assert_int_equal(count("<script"), 0);
	assert_true(count("&lt;script&gt;alert(&quot;&amp;&#39;&quot;)&lt;/script&gt;") > 0);
	assert_true(count("101동 1204호") > 0);
	assert_int_equal(count("http://") + count("https://") + count(" src=") + count(" href="), 0);
	write_in(sheet, "csv");
	assert_int_equal(count("\"=1+1") + count(",=1+1"), 0);
	assert_int_equal(count("\"<script>alert(\"\"&'\"\")</script>\""), 4);
	assert_int_equal(strncmp(text, "\xef\xbb\xbfsection,fact,value,", 20), 0);
}

/* A name in the inventory that a spreadsheet would run; and one like it that is only a name. */
static void test_formulas(void **state)
{
	static const char *const names[][2] = { { "=HYPERLINK(1)", ",\"\t=HYPERLINK(1)\"," },
						{ "+82 2 123", ",\"\t+82 2 123\"," },
						{ "@kim", ",\"\t@kim\"," },
						{ "-1", ",\"\t-1\"," },
						{ " =1", ",\"\t =1\"," },
						{ "lamp =1", ",lamp =1," } };
	const struct month m = month_of("2026-11");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct record r = order(november + HOUR, 1, "order: allow", "trusted", "1001 (kim)");
		_cleanup_(value_freep) struct value *sheet = NULL;
		struct sums s;

		sums_init(&s, &m, now_sec, NULL);
		call_it(&r, names[i][0], "101동 1203호");
		sums_add(&r, &s);
		sheet = sheet_make(&s, NULL, &closing, now_sec);
		sums_done(&s);
		write_in(sheet, "csv");
		assert_int_equal(count(names[i][1]), 2);
	}
}

static void test_text_fits(void **state)
{
	_cleanup_(value_freep) struct value *sheet = make_sheet(NULL);

	(void)state;
	write_in(sheet, "txt");
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (page_columns(line) > PAGE_COLUMNS)
			fail_msg("%u columns: %s", page_columns(line), line);
}

static const struct value *section(const struct value *sheet, const char *key)
{
	const struct value *v = value_get(sheet, key);

	assert_non_null(v);
	return v;
}

static size_t length(const struct value *list)
{
	size_t n = 0;

	for (const struct value *v = list->first; v; v = v->next)
		n++;
	return n;
}

/* Only its entries, and what was done to the whole gateway. */
static void test_one_household(void **state)
{
	_cleanup_(value_freep) struct value *sheet = make_sheet("101동 1204호");
	const struct value *summary = section(sheet, "summary");

	(void)state;
	assert_int_equal(value_number(summary, "households"), 1);
	assert_int_equal(value_number(summary, "without_incident"), 0);
	assert_int_equal(value_number(summary, "refusals"), 0);
	assert_int_equal(value_number(summary, "orders"), 3);
	assert_int_equal(length(section(sheet, "exceptions")), 2);
	assert_int_equal(length(section(sheet, "households")), 1);
}

/* What is in force now, or was replaced, may have begun after a month that is over: it is shown, and no incident of that month. */
static void test_exceptions_of_other_months(void **state)
{
	static const struct {
		const char *month;
		int64_t in_force, in_force_302, in_401;
	} rows[] = { { "2026-10", 0, 0, 0 }, { "2026-11", 0, 0, 1 /* ended in it */ }, { "2026-12", 1, 1, 1 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct month m = month_of(rows[i].month);
		struct now now = make_now(NULL);
		_cleanup_(value_freep) struct value *sheet = NULL;
		const struct value *households;
		struct sums s;

		sums_init(&s, &m, now_sec, NULL);
		sheet = sheet_make(&s, &now, &closing, now_sec);
		sums_done(&s);
		now_done(&now);
		households = section(sheet, "households");
		assert_int_equal(value_number(section(sheet, "summary"), "exceptions"), rows[i].in_force);
		assert_int_equal(value_number(section(sheet, "summary"), "without_incident"),
				 5 - rows[i].in_force_302 - (rows[i].in_401 > 0));
		assert_int_equal(length(households), rows[i].in_force_302 + (rows[i].in_401 > 0));
		write_in(section(sheet, "exceptions"), "json");
		assert_int_equal(count("엘리베이터 패널"), 1);
		assert_int_equal(count("in force now"), !rows[i].in_force);
	}
}

/* Whoever made it may read the record of two households: the others are not without incident, but not known. */
static void test_some_households(void **state)
{
	_cleanup_(value_freep) struct value *within = value_new(VALUE_LIST), *sheet = NULL;
	const struct month m = month_of("2026-11");
	struct record r = order(november + HOUR, 1, "order: allow", "trusted", "1001 (kim)");
	struct now now = make_now("none of the others");
	const struct value *summary;
	struct sums s;

	(void)state;
	value_add(within, NULL, value_new_text("101동 1203호"));
	value_add(within, NULL, value_new_text("103동 401호"));
	sums_init(&s, &m, now_sec, NULL);
	s.within = within;
	call_it(&r, "lamp", "101동 1203호");
	sums_add(&r, &s);
	sheet = sheet_make(&s, &now, &closing, now_sec);
	sums_done(&s);
	now_done(&now);
	summary = section(sheet, "summary");
	assert_int_equal(value_number(summary, "households"), 2);
	assert_int_equal(value_number(summary, "without_incident"), 1);
	assert_int_equal(length(section(sheet, "scope")), 2);
	write_in(sheet, "html");
	assert_int_equal(count("Households that this report is about"), 1);
	assert_int_equal(count("103동 401호"), 1);
	write_in(sheet, "txt");
	assert_int_equal(count("103동 401호"), 1);
	write_in(sheet, "csv");
	assert_int_equal(count("103동 401호"), 1);
}

/* Retention has removed what is before the second day; or all of the month. */
static void test_what_is_covered(void **state)
{
	static const struct {
		int64_t whole_sec;
		const char *covers;
	} rows[] = { { november - DAY, "the whole month" },
		     { november + DAY, "a part of the month" },
		     { november + 31 * DAY, "only what is left of the month" } };
	const struct month m = month_of("2026-11");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct record r = entry(rows[i].whole_sec, 1, CAUSE_ATTESTED, "quarantine", "trusted");
		_cleanup_(value_freep) struct value *sheet = NULL;
		struct sums s;

		sums_init(&s, &m, now_sec, NULL);
		s.foot = 5;
		r.sequence = 4; /* kept from before the foot */
		sums_add(&r, &s);
		assert_int_equal(s.whole_sec, 0);
		r.sequence = 6;
		sums_add(&r, &s);
		sheet = sheet_make(&s, NULL, &closing, now_sec);
		sums_done(&s);
		assert_non_null(strstr(value_text(section(sheet, "report"), "covers"), rows[i].covers));
	}
}

static void test_months(void **state)
{
	static const char *const wrong[] = { "",           "2026",    "2026-1",  "2026-13", "2026-00",
					     "2026-11-01", "2026/11", "1969-12", "2027-01", "abcd-ef" };
	struct month m = month_of("2026-11");
	char zone[48], time[MONTH_TIME_SIZE];

	(void)state;
	assert_int_equal(m.from_sec, november);
	assert_int_equal(m.until_sec, november + 30 * DAY);
	assert_true(m.is_over);
	assert_string_equal(month_zone_to_text(m.from_sec, zone), "KST (UTC+09:00)");
	assert_string_equal(month_time_to_text(m.from_sec, time), "2026-11-01 00:00:00");
	assert_string_equal(month_time_to_text(0, time), "");
	assert_false(month_of("2026-12").is_over);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		if (month_parse(wrong[i], now_sec, &m))
			fail_msg("\"%s\" was taken for a month", wrong[i]);
}

/* One order more than a list has room for, and one household more than are counted by name. */
static void test_limits(void **state)
{
	const struct month m = month_of("2026-11");
	struct record r = order(november, 1, "reattest", "trusted", "1001 (kim)");
	struct sums s;

	(void)state;
	sums_init(&s, &m, now_sec, NULL);
	for (size_t i = 0; i <= SUMS_ROWS_MAX; i++) {
		(void)snprintf(r.segment, sizeof(r.segment), "%zu", i);
		sums_add(&r, &s);
	}
	assert_int_equal(length(s.orders), SUMS_ROWS_MAX);
	assert_int_equal(s.n_left_out, 1);
	assert_int_equal(s.n_ordered, SUMS_ROWS_MAX + 1);
	assert_int_equal(s.households.n, COUNTS_NAMES_MAX);
	assert_int_equal(s.households.others.n[SUM_ORDERS], SUMS_ROWS_MAX + 1 - COUNTS_NAMES_MAX);
	sums_done(&s);
}

/* All that is ours is in the other language; names, words of the commands and numbers are as they were. */
static void test_korean(void **state)
{
	_cleanup_(value_freep) struct value *sheet = make_sheet(NULL);

	(void)state;
	assert_non_null(bindtextdomain("hallmark", catalogues()));
	assert_true(language_choose("ko"));
	write_in(sheet, "html");
	assert_int_equal(count("<html lang=\"ko\">"), 1);
	for (size_t i = 0; i < sheet_sections_n; i++) {
		if (!value_get(sheet, sheet_sections[i].key))
			continue;
		assert_int_equal(count(sheet_sections[i].title), 0);
		assert_true(count(translated(sheet_sections[i].title)) > 0);
	}
	assert_true(count("label-expired") > 0 && count("quarantine") > 0 && count("현관 월패드") > 0);
	write_in(sheet, "txt");
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		assert_in_range(page_columns(line), 0, PAGE_COLUMNS);
	assert_true(language_choose("en"));
	write_in(sheet, "html");
	assert_int_equal(count("<html lang=\"en\">"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_formulas),
		cmocka_unit_test(test_text_fits),
		cmocka_unit_test(test_one_household),
		cmocka_unit_test(test_what_is_covered),
		cmocka_unit_test(test_months),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_exceptions_of_other_months),
		cmocka_unit_test(test_korean),
		cmocka_unit_test(test_some_households),
	};

	(void)setenv("TZ", "KST-9", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
