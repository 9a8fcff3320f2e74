/* SPDX-License-Identifier: Apache-2.0 */
/* links: base */
/* Bytes, hex, text and the writer; the lists of checks and reasons; digest and clock. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/check_result.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/spelling.h"
#include "hallmark/reason.h"

DEFINE_CLEANUP(struct digest *, digest_free);

static void test_bytes_equal(void **state)
{
	const struct bytes none = { 0 };

	(void)state;
	assert_true(bytes_equal(none, bytes_of("", 0)));
	assert_true(bytes_equal_string(bytes_of("abc", 3), "abc"));
	assert_false(bytes_equal_string(bytes_of("abc", 2), "abc"));
	assert_false(bytes_equal_string(bytes_of("abc", 4), "abc"));
	assert_false(bytes_equal_string(bytes_of("abd", 3), "abc"));
	assert_true(bytes_equal_string(none, ""));
}

static void test_bytes_dup(void **state)
{
	_cleanup_free_ uint8_t *copy = bytes_dup(bytes_of("abc", 3)), *none = bytes_dup((struct bytes){ 0 });

	(void)state;
	assert_non_null(none);
	assert_memory_equal(copy, "abc", 3);
}

static void test_hex(void **state)
{
	static const char *const bad[] = { "", "0", "00f", "00ff1", "0g", "00 f", "0x00", "-100" };
	uint8_t b[2] = { 0 };
	char hex[5];

	(void)state;
	assert_true(bytes_from_hex("00fF", b, 2));
	assert_int_equal(b[1], 255);
	bytes_to_hex(BYTES(b), hex);
	assert_string_equal(hex, "00ff");
	bytes_to_hex((struct bytes){ 0 }, hex);
	assert_string_equal(hex, "");
	assert_true(bytes_from_hex("", b, 0));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(bytes_from_hex(bad[i], b, 2));
}

static void test_mac(void **state)
{
	static const char *const bad[] = { "",
					   "02:00:5e:10:00",
					   "02:00:5e:10:00:01:02",
					   "02-00-5e-10-00-01",
					   "02:00:5e:10:00:0g",
					   "02:00:5e:10:000:1",
					   "02005e100001     " };
	static const uint8_t wanted[] = { 2, 0, 0x5e, 0x10, 0, 0x0f };
	uint8_t mac[6];
	char text[MAC_TEXT_SIZE];

	(void)state;
	assert_true(mac_from_text("02:00:5E:10:00:0f", mac));
	assert_memory_equal(mac, wanted, sizeof(mac));
	assert_string_equal(mac_to_text(mac, text), "02:00:5e:10:00:0f");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(mac_from_text(bad[i], mac));
}

static const struct {
	const char *bytes;
	size_t n;
	bool is_text;
} texts[] = {
	{ "", 0, true },
	{ " ~", 2, true },
	{ "\x1f", 1, false },
	{ "\x7f", 1, false },
	{ "a\0b", 3, false },
	{ "\xc2\x9f", 2, false }, /* the last control character of Latin-1 */
	{ "\xc2\xa0", 2, true },
	{ "\xc1\xbf", 2, false }, /* longer than need be */
	{ "\xe0\x9f\xbf", 3, false },
	{ "\xe0\xa0\x80", 3, true },
	{ "\xed\x9f\xbf", 3, true },
	{ "\xed\xa0\x80", 3, false }, /* a surrogate */
	{ "\xef\xbf\xbd", 3, true },
	{ "\xf0\x8f\xbf\xbf", 4, false },
	{ "\xf0\x90\x80\x80", 4, true },
	{ "\xf4\x8f\xbf\xbf", 4, true },
	{ "\xf4\x90\x80\x80", 4, false }, /* beyond Unicode */
	{ "\xf8\x88\x80\x80\x80", 5, false },
	{ "\x80", 1, false },
	{ "\xc3", 1, false }, /* cut */
	{ "\xe2\x82", 2, false },
	{ "\xc3(", 2, false },
};

static void test_text(void **state)
{
	char text[8];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_free_ uint8_t *exact = bytes_dup(bytes_of(texts[i].bytes, texts[i].n));
		struct bytes b = bytes_of(exact, texts[i].n);

		assert_int_equal(bytes_are_text(b), texts[i].is_text);
		assert_int_equal(bytes_to_text(b, text, sizeof(text)), texts[i].is_text);
		assert_int_equal(strlen(text), texts[i].is_text ? texts[i].n : 0);
	}
	assert_true(bytes_to_text(bytes_of_string("1234567"), text, sizeof(text)));
	assert_false(bytes_to_text(bytes_of_string("12345678"), text, sizeof(text)));
	assert_string_equal(text, "");
}

static void test_writer(void **state)
{
	uint8_t space[4];
	struct writer w = WRITER(space);

	(void)state;
	writer_put(&w, bytes_of_string("abc"));
	writer_put(&w, (struct bytes){ 0 });
	assert_false(w.overflow);
	writer_put(&w, bytes_of_string("de"));
	assert_true(w.overflow);
	writer_put(&w, bytes_of_string("f")); /* it would fit, but the overflow sticks */
	assert_true(w.overflow);
	assert_true(bytes_equal_string(writer_bytes(&w), "abc"));
	w = WRITER(space);
	writer_put(&w, bytes_of(space, SIZE_MAX));
	assert_true(w.overflow);
}

static bool is_name(const char *name)
{
	return name[0] != '\0' && name[strspn(name, "abcdefghijklmnopqrstuvwxyz-")] == '\0';
}

static void test_checks(void **state)
{
	(void)state;
	for (int i = CHECK_NONE + 1; i < _CHECK_MAX; i++) {
		if (i == REASONS_OF_RULES)
			continue;
		assert_true(check_is_known((enum hallmark_check)i));
		assert_true(is_name(check_name((enum hallmark_check)i)));
		assert_int_not_equal(strlen(check_passes_when((enum hallmark_check)i)), 0);
		assert_int_not_equal(strlen(check_specification((enum hallmark_check)i)), 0);
		assert_int_equal(check_from_name(check_name((enum hallmark_check)i)), i); /* so it is unique */
		assert_true(CHECKS_ALL & CHECK_BIT(i));
	}
	assert_string_equal(check_name(CHECK_NONE), "unknown");
	assert_string_equal(check_name(REASONS_OF_RULES), "unknown");
	assert_string_equal(check_passes_when(_CHECK_MAX), "unknown");
	assert_false(check_is_known(CHECK_NONE));
	assert_false(check_is_known(REASONS_OF_RULES));
	assert_false(check_is_known(_CHECK_MAX));
	assert_int_equal(CHECKS_OF_DEVICE & CHECKS_LABEL, 0);
	assert_int_equal(CHECKS_OF_DEVICE & 0x7fff, 0x03fe); /* numbers are stable: 1 to 9 are of a device, */
	assert_int_equal(CHECKS_OF_LABEL & 0x7fff, 0x7c00);  /* 10 to 14 of a label */
	assert_string_equal(check_specification((enum hallmark_check)99), "unknown");
	assert_int_equal(check_from_name("unknown"), CHECK_NONE);
	assert_int_equal(check_from_name(""), CHECK_NONE);
	assert_false(CHECKS_ALL & CHECK_BIT(CHECK_NONE));
	assert_int_equal(CHECKS_LABEL & ~CHECKS_ALL, 0);
}

static void test_checks_to_text(void **state)
{
	const uint32_t mask = CHECK_BIT(CHECK_DEBUG) | CHECK_BIT(CHECK_POSSESSION);
	char text[512];

	(void)state;
	assert_string_equal(checks_to_text(0, text, sizeof(text)), "");
	assert_string_equal(checks_to_text(mask, text, sizeof(text)), "possession debug");
	assert_string_equal(checks_to_text(mask, text, 17), "possession debug");
	assert_string_equal(checks_to_text(mask, text, 16), "possession");
	assert_string_equal(checks_to_text(mask, text, 1), "");
	assert_string_equal(checks_to_text(~CHECKS_ALL, text, sizeof(text)), "");
	checks_to_text(CHECKS_ALL, text, sizeof(text));
	assert_non_null(strstr(text, " label-status recognition"));
}

static const struct {
	unsigned number;
	const char *name, *sentence;
} reasons[] = {
#define X(number, id, name, sentence) { number, name, sentence },
	HALLMARK_REASONS(X)
#undef X
};

static bool is_reason_check(int check)
{
	return check == 0 || check == REASONS_OF_RULES || check_is_known((enum hallmark_check)check);
}

static void test_reasons(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		enum hallmark_reason reason = (enum hallmark_reason)reasons[i].number;

		assert_true(is_reason_check(REASON_CHECK(reason)));
		assert_true(is_name(reasons[i].name));
		assert_int_not_equal(strlen(reasons[i].sentence), 0);
		assert_string_equal(reason_name(reason), reasons[i].name);
		assert_string_equal(reason_sentence(reason), reasons[i].sentence);
		for (size_t j = 0; j < i; j++) {
			assert_int_not_equal(reasons[i].number, reasons[j].number);
			assert_string_not_equal(reasons[i].name, reasons[j].name);
			assert_string_not_equal(reasons[i].sentence, reasons[j].sentence);
		}
	}
	assert_string_equal(reason_name((enum hallmark_reason)9999), "unknown");
	assert_string_equal(reason_sentence((enum hallmark_reason)9999), "unknown");
}

/* Each check can fail with a reason of its own. */
static void test_each_check_has_a_reason(void **state)
{
	uint32_t seen = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (REASON_CHECK(reasons[i].number) < _CHECK_MAX)
			seen |= CHECK_BIT(REASON_CHECK(reasons[i].number));
	assert_int_equal(seen & CHECKS_ALL, CHECKS_ALL);
}

static void test_zero_is_no(void **state)
{
	const struct check_result nothing = { 0 };

	(void)state;
	assert_int_equal(nothing.state, CHECK_FAILED);
	assert_int_equal(nothing.reason, REASON_INTERNAL);
	assert_int_equal(check_passed().state, CHECK_PASSED);
	assert_int_equal(check_failed(REASON_DEBUG_ENABLED).state, CHECK_FAILED);
	assert_int_equal(check_absent(REASON_NO_CRL).state, CHECK_ABSENT);
}

static void test_digest(void **state)
{
	static const char empty[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
	static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; /* FIPS 180-2 */
	uint8_t digest[SHA256_LEN];
	char hex[SHA256_HEX_SIZE];

	(void)state;
	assert_int_equal(digest_sha256(bytes_of_string("abc"), digest), 0);
	bytes_to_hex(BYTES(digest), hex);
	assert_string_equal(hex, abc);
	assert_int_equal(digest_sha256((struct bytes){ 0 }, digest), 0);
	bytes_to_hex(BYTES(digest), hex);
	assert_string_equal(hex, empty);
}

static void expect_fields(const char *hex, struct bytes a, struct bytes b, int64_t number)
{
	_cleanup_(digest_freep) struct digest *d = digest_new();
	uint8_t digest[SHA256_LEN];
	char got[SHA256_HEX_SIZE];

	assert_non_null(d);
	digest_put(d, a);
	digest_put(d, b);
	digest_put_number(d, number);
	assert_int_equal(digest_end(d, digest), 0);
	bytes_to_hex(BYTES(digest), got);
	assert_string_equal(got, hex);
	assert_int_equal(digest_end(d, digest), -EIO);
	bytes_to_hex(BYTES(digest), got);
	assert_int_equal(strspn(got, "0"), 64);
}

/* The expected ones are hashlib's, over b"\0\0\0\2ab\0\0\0\1c\0\0\0\x08" + (-2).to_bytes(8, "big", signed=True) and so on. */
static void test_digest_of_fields(void **state)
{
	(void)state;
	expect_fields("a4f799c13fa47f6ae5cc2b4b27517db9c4db7b4722b5d424b367a66262638251", bytes_of_string("ab"),
		      bytes_of_string("c"), -2);
	expect_fields("08d12353b726685099b9a73328eb9e26f6e3fabe8f3f203af98a9519c2c4e373", bytes_of_string("a"),
		      bytes_of_string("bc"), -2);
	expect_fields("cf4b1148e701884565f627c5d68c35386c1a0e4799f5ed4671d3904b5381066a", bytes_of_string("abc"),
		      (struct bytes){ 0 }, INT64_C(0x0102030405060708));
}

static void test_clock(void **state)
{
	uint64_t before = clock_monotonic_usec();
	char text[32];

	(void)state;
	assert_true(clock_realtime_sec() > 1700000000);
	assert_true(clock_monotonic_usec() >= before);
	assert_string_equal(time_to_text(0, text), "1970-01-01T00:00:00Z");
	assert_string_equal(time_to_text(1767225600, text), "2026-01-01T00:00:00Z");
	assert_string_equal(time_to_text(TIME_FOREVER, text), "never");
	assert_string_equal(time_to_text(TIME_FOREVER - 1, text), "never");
}

static void test_spelling(void **state)
{
	static const struct {
		const char *text;
		unsigned found;
		const char *near;
	} cases[] = {
		{ "", 0, "" },
		{ "lamp-Y (2) *", 0, "lamp-Y (2) *" },
		{ " lamp", SPELLING_SPACE_AT_END, "lamp" },
		{ "lamp  ", SPELLING_SPACE_AT_END, "lamp" },
		{ "la mp", 0, "la mp" },
		{ "lamp\xc2\xa0", SPELLING_OTHER_SPACE, "lamp" },
		{ "la\xe3\x80\x80mp", SPELLING_OTHER_SPACE, "la mp" },
		{ "la\xe2\x80\x93mp", SPELLING_OTHER_DASH, "la-mp" },
		{ "\xef\xbc\xa1\xef\xbd\x9a", SPELLING_WIDE, "Az" },
		{ "\xef\xbd\xb1", SPELLING_WIDE, "\xef\xbd\xb1" }, /* half-width kana stay */
		{ "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", SPELLING_JAMO,
		  "\xed\x95\x9c" }, /* leading, vowel, trailing */
		{ "\xe1\x84\x92\xe1\x85\xa1\xe1\x84\x92", SPELLING_JAMO, "\xed\x95\x98\xe1\x84\x92" },
		{ "\xed\x95\x98\xe1\x86\xab", SPELLING_JAMO, "\xed\x95\x9c" }, /* syllable, trailing */
		{ "\xed\x95\x9c\xe1\x86\xab", 0, "\xed\x95\x9c\xe1\x86\xab" }, /* does not compose */
		{ "\xed\x95\x9c\xea\xb8\x80", 0, "\xed\x95\x9c\xea\xb8\x80" },
		{ "\xe1\x84\x92", 0, "\xe1\x84\x92" },
		{ "e\xcc\x81", SPELLING_MARK, "e\xcc\x81" },
		{ "\xc3\xa9", 0, "\xc3\xa9" },
		{ "1\xcc\x81", 0, "1\xcc\x81" }, /* no composed form */
		{ "\xf0\x9f\x92\xa1", 0, "\xf0\x9f\x92\xa1" },
		{ " \xc2\xa0", SPELLING_SPACE_AT_END | SPELLING_OTHER_SPACE, "" },
	};
	char near[32];
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned found = spelling_find(cases[i].text, near, sizeof(near));

		if (found != cases[i].found || strcmp(near, cases[i].near) != 0)
			fail_msg("case %zu: %x, \"%s\"", i, found, near);
		assert_int_equal(spelling_text(found)[0] == '\0', found == 0);
	}
	assert_int_equal(spelling_find("longer than that", near, 4), 0);
	assert_string_equal(near, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spelling),
		cmocka_unit_test(test_bytes_equal),
		cmocka_unit_test(test_bytes_dup),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_mac),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_writer),
		cmocka_unit_test(test_checks),
		cmocka_unit_test(test_checks_to_text),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_each_check_has_a_reason),
		cmocka_unit_test(test_zero_is_no),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_digest_of_fields),
		cmocka_unit_test(test_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
