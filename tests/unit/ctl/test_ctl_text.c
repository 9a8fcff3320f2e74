/* SPDX-License-Identifier: Apache-2.0 */
/* links: ctl */
/* What the tool reads and writes for people: times, wrapped lines, cells, JSON. */
#include "base/clock.h"
#include "ctl/page.h"
#include "ctl/value.h"
#include "ctl/when.h"
#include "token_kit.h"

static void test_times_are_read(void **state)
{
	const struct {
		const char *text;
		int64_t begin_sec, end_sec; /* -1: refused */
	} cases[] = {
		{ "1970-01-01", 0, 86400 },
		{ "2026-05-31", 1780185600, 1780272000 },
		{ "2024-02-29", 1709164800, 1709251200 },
		{ "2026-05-31T12:00:00Z", 1780228800, 1780228800 },
		{ "1780228800", 1780228800, 1780228800 },
		{ "253402300799", 253402300799, 253402300799 },
		{ "253402300800", -1, -1 },
		{ "9999-12-31", 253402214400, -1 },
		{ "2025-02-29", -1, -1 },
		{ "2026-02-30", -1, -1 },
		{ "2026-13-01", -1, -1 },
		{ "2026-5-31", -1, -1 },
		{ " 2026-05-31", -1, -1 },
		{ "2026-05-31 ", -1, -1 },
		{ "2026-05-31T12:00:00", -1, -1 },
		{ "2026-05-31T24:00:00Z", -1, -1 },
		{ "2026-05-31T21:00:00+09:00", 1780228800, 1780228800 },
		{ "2026-05-31T08:30:00-03:30", 1780228800, 1780228800 },
		{ "2026-05-31T12:00:00+00:00", 1780228800, 1780228800 },
		{ "2026-05-31T21:00:00+0900", -1, -1 },
		{ "2026-05-31T21:00:00+9:00", -1, -1 },
		{ "2026-05-31T21:00:00+24:00", -1, -1 },
		{ "2026-05-31T21:00:00+09:60", -1, -1 },
		{ "2026-05-31T21:00:00+09:00Z", -1, -1 },
		{ "2026-05-31T21:00:00KST", -1, -1 },
		{ "2026-05-31+09:00", -1, -1 },
		{ "9999-12-31T23:59:59-09:00", -1, -1 },
		{ "1970-01-01T00:00:00+09:00", -1, -1 },
		{ "1969-12-31", -1, -1 },
		{ "-1", -1, -1 },
		{ "+5", -1, -1 },
		{ "12x", -1, -1 },
		{ "99999999999999999999", -1, -1 },
		{ "", -1, -1 },
		{ "tomorrow", -1, -1 },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t sec = -2;
		bool is_day;
		bool ok = when_parse(cases[i].text, &sec, &is_day);

		assert_int_equal(ok ? sec : -1, cases[i].begin_sec);
		ok = when_parse_end(cases[i].text, &sec);
		assert_int_equal(ok ? sec : -1, cases[i].end_sec);
	}
}

static void test_times_are_written(void **state)
{
	const struct {
		int64_t time_sec;
		const char *text;
	} cases[] = {
		{ 1000000, "1970-01-12T13:46:40Z (now)" },
		{ 1000001, "1970-01-12T13:46:41Z (in 1 s)" },
		{ 1000059, "1970-01-12T13:47:39Z (in 59 s)" },
		{ 1000060, "1970-01-12T13:47:40Z (in 1 min)" },
		{ 1021599, "1970-01-12T19:46:39Z (in 5 h 59 min)" },
		{ 1086400, "1970-01-13T13:46:40Z (in 1 d 0 h)" },
		{ 999999, "1970-01-12T13:46:39Z (1 s ago)" },
		{ 992800, "1970-01-12T11:46:40Z (2 h 0 min ago)" },
		{ TIME_FOREVER, "never" },
		{ -5, "never" },
		{ INT64_MIN, "never" },
	};
	char text[WHEN_SIZE];
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(when_to_text(cases[i].time_sec, 1000000, text), cases[i].text);
}

/* In the zone of the reader, with its offset; what was shown can be given as an option's time. */
static void test_times_are_local(void **state)
{
	static const struct {
		const char *zone, *text;
	} cases[] = {
		{ "KST-9", "1970-01-12T22:46:40+09:00 (now)" },
		{ "NST3:30", "1970-01-12T10:16:40-03:30 (now)" },
		{ "<+13>-13", "1970-01-13T02:46:40+13:00 (now)" },
		{ "UTC0", "1970-01-12T13:46:40Z (now)" },
		{ ":/etc/no-such-zone", "1970-01-12T13:46:40Z (now)" },
	};
	char text[WHEN_SIZE];
	int64_t sec;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(setenv("TZ", cases[i].zone, 1), 0);
		assert_string_equal(when_to_text(1000000, 1000000, text), cases[i].text);
		*strchr(text, ' ') = '\0';
		assert_true(when_parse(text, &sec, NULL));
		assert_int_equal(sec, 1000000);
	}
	assert_int_equal(setenv("TZ", "UTC0", 1), 0);
}

/* At noon in Seoul on 2026-05-31, which is a day of 24 h there; and where a clock was set in that night. */
static void test_past_times(void **state)
{
	static const struct {
		const char *text, *zone;
		int64_t sec; /* -1: refused */
	} cases[] = {
		{ "now", "KST-9", 1780196400 },
		{ "today", "KST-9", 1780153200 },
		{ "yesterday", "KST-9", 1780066800 },
		{ "2026-05-31", "KST-9", 1780153200 },
		{ "2026-05-31", "UTC0", 1780185600 },
		{ "2026-05-31 09:30", "KST-9", 1780187400 },
		{ "2026-05-31 09:30:05", "KST-9", 1780187405 },
		{ "2026-05-31T09:30:05", "KST-9", 1780187405 },
		{ "2026-05-31T09:30:05Z", "KST-9", 1780219805 },
		{ "2026-05-31T09:30:05+09:00", "UTC0", 1780187405 },
		{ "1780187405", "UTC0", 1780187405 },
		{ "@1780187405", "UTC0", 1780187405 },
		{ "-2h", "KST-9", 1780189200 },
		{ "2h ago", "KST-9", 1780189200 },
		{ "2 hours ago", "KST-9", 1780189200 },
		{ "1 hour ago", "KST-9", 1780192800 },
		{ "30 minutes ago", "KST-9", 1780194600 },
		{ "45 seconds ago", "KST-9", 1780196355 },
		{ "7 days ago", "KST-9", 1779591600 },
		{ "2026-03-29", "CET-1CEST,M3.5.0,M10.5.0/3", 1774738800 },
		{ "2026-03-30", "CET-1CEST,M3.5.0,M10.5.0/3", 1774821600 }, /* 23 h later */
		{ "2026-02-30", "KST-9", -1 },
		{ "2026-5-31", "KST-9", -1 },
		{ "2026-05-31 9:30", "KST-9", -1 },
		{ "2026-05-31 24:30", "KST-9", -1 },
		{ "2026-05-31 09:30:05Z", "KST-9", -1 },
		{ "2 hours", "KST-9", -1 },
		{ "hours ago", "KST-9", -1 },
		{ "2 hourss ago", "KST-9", -1 },
		{ "2 fortnights ago", "KST-9", -1 },
		{ "2x ago", "KST-9", -1 },
		{ " ago", "KST-9", -1 },
		{ "-", "KST-9", -1 },
		{ "-2", "KST-9", 1780196398 },
		{ "-999999d", "KST-9", -1 }, /* before 1970 */
		{ "tomorrow", "KST-9", -1 },
		{ "", "KST-9", -1 },
	};
	int64_t sec;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bool good;

		assert_int_equal(setenv("TZ", cases[i].zone, 1), 0);
		tzset();
		good = when_parse_past(cases[i].text, 1780196400, &sec);
		if (good != (cases[i].sec >= 0) || (good && sec != cases[i].sec))
			fail_msg("%s: %d, %lld", cases[i].text, good, (long long)sec);
	}
	assert_int_equal(setenv("TZ", "UTC0", 1), 0);
	tzset();
}

static char *page_text(const char *label, const char *text)
{
	char *p = NULL;
	size_t n;
	const struct page page = { .out = open_memstream(&p, &n) };

	page_line(&page, label, "%s", text);
	(void)fclose(page.out);
	return p;
}

static void test_lines_wrap(void **state)
{
	_cleanup_free_ char *empty = page_text("evidence", "");
	_cleanup_free_ char *one = page_text("zone", "trusted");
	_cleanup_free_ char *two =
		page_text("why", "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 x y");
	_cleanup_free_ char *wide = page_text("why", "ääääääääää ääääääääää ääääääääää ääääääääää "
						     "ääääääääää äääääääää zzz");
	(void)state;

	assert_string_equal(empty, "evidence\n");
	assert_string_equal(one, "zone           trusted\n");
	assert_string_equal(two, "why            0123456789 0123456789 0123456789 0123456789 "
				 "0123456789 0123456789\n               x y\n");
	/* 15 + 54 + 10 + 1: columns, not bytes */
	assert_string_equal(wide, "why            ääääääääää ääääääääää ääääääääää ääääääääää "
				  "ääääääääää äääääääää\n               zzz\n");

	_cleanup_free_ char *korean =
		page_text("기기", "가나다라마바사아자차 가나다라마바사아자차 가나다라마바사아자차 끝");

	/* 15 + 20 + 1 + 20 + 1 + 20 + 1 + 2 = 80 */
	assert_string_equal(korean,
			    "기기           가나다라마바사아자차 가나다라마바사아자차 가나다라마바사아자차 끝\n");
	_cleanup_free_ char *wrapped =
		page_text("기기", "가나다라마바사아자차 가나다라마바사아자차 가나다라마바사아자차 끝. 더");
	assert_string_equal(wrapped, "기기           가나다라마바사아자차 가나다라마바사아자차 가나다라마바사아자차\n"
				     "               끝. 더\n");
}

static void test_terminal_is_safe(void **state)
{
	char clean[64];
	(void)state;

	assert_string_equal(page_clean("a\033[2Jb\n\177\tz", clean, sizeof(clean)), "a?[2Jb???z");
	assert_string_equal(page_clean("\302\233x\302\240", clean, sizeof(clean)), "??x\302\240");
	assert_string_equal(page_clean("äää", clean, 6), "ää"); /* never half a character */
}

static void test_cells_have_their_width(void **state)
{
	const struct {
		const char *text, *cell;
	} cases[] = {
		{ "", "     " },
		{ "abc", "abc  " },
		{ "abcde", "abcde" },
		{ "abcdef", "abcd…" },
		{ "äöüßé", "äöüßé" },
		{ "äöüßéx", "äöüß…" },
		/* Korean syllables have two columns each, so one may leave a column over; in jamo (NFD) they have the same. */
		{ "월패", "월패 " },
		{ "월패드", "월패…" },
		{ "a월패", "a월패" },
		{ "a월패드", "a월… " },
		{ "\341\204\206\341\205\256\341\206\253a", "\341\204\206\341\205\256\341\206\253a  " },
		/* Not UTF-8: one column for each byte. */
		{ "\377\377", "\377\377   " },
		{ "\354\233", "\354\233   " },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *p = NULL;
		size_t n;
		const struct page page = { .out = open_memstream(&p, &n) };

		page_cell(&page, cases[i].text, 5);
		(void)fclose(page.out);
		assert_string_equal(p, cases[i].cell);
	}
}

static void test_json(void **state)
{
	struct value *root = value_new(VALUE_MAP), *list;
	_cleanup_free_ char *p = NULL;
	size_t n;
	FILE *out = open_memstream(&p, &n);
	(void)state;

	value_add_text(root, "quote\"", "a\"b\\c\n\001\177ä");
	value_add_number(root, "n", INT64_MIN);
	value_add_flag(root, "yes", true);
	value_add_flag(root, "no", false);
	list = value_add_new(root, "list", VALUE_LIST);
	value_add_new(list, NULL, VALUE_NULL);
	value_add_number(list, NULL, 7);
	value_add_new(root, "empty", VALUE_MAP);
	value_to_json(root, out);
	(void)fclose(out);

	assert_string_equal(p, "{\"quote\\\"\":\"a\\\"b\\\\c\\u000a\\u0001\\u007fä\","
			       "\"n\":-9223372036854775808,\"yes\":true,\"no\":false,"
			       "\"list\":[null,7],\"empty\":{}}\n");
	assert_int_equal(value_number(root, "n"), INT64_MIN);
	assert_true(value_flag(root, "yes"));
	assert_string_equal(value_text(root, "n"), ""); /* of another kind */
	assert_int_equal(value_number(root, "absent"), 0);
	assert_null(value_get(NULL, "n"));
	assert_null(value_get(list, "n"));
	value_free(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times_are_read),
		cmocka_unit_test(test_times_are_written),
		cmocka_unit_test(test_times_are_local),
		cmocka_unit_test(test_past_times),
		cmocka_unit_test(test_lines_wrap),
		cmocka_unit_test(test_terminal_is_safe),
		cmocka_unit_test(test_cells_have_their_width),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
