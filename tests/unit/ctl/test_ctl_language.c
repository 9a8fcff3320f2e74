/* SPDX-License-Identifier: Apache-2.0 */
/* links: ctl */
/* A language that is chosen, where the system has no locale of it: from this build's catalogue, and from damaged ones. */
#include "ctl_kit.h"
#include "language_kit.h"

static void test_korean_and_english(void **state)
{
	(void)state;
	assert_int_equal(setenv("LC_ALL", "C", 1), 0);
	assert_int_equal(unsetenv("LANGUAGE"), 0);
	assert_non_null(bindtextdomain("hallmark", catalogues()));
	assert_true(language_choose("en"));
	assert_string_equal(translated("order"), "order");
	assert_true(language_choose("ko"));
	assert_string_equal(translated("order"), "명령");
	assert_string_equal(translated("no text of this program"), "no text of this program");
	assert_string_equal(translated(""), "");
	assert_non_null(strstr(translated_n("the %s %s could not be fetched %lld time: %s",
					    "the %s %s could not be fetched %lld times; the last time: %s", 2),
			       "받지 못했습니다"));
	assert_string_equal(translated_n("one", "many", 1), "one");
	assert_string_equal(translated_n("one", "many", 2), "many");
	assert_true(language_choose("en"));
	assert_string_equal(translated("order"), "order");
}

/* Each is refused, and texts are English. */
static void test_what_is_no_catalogue(void **state)
{
	static const char *const names[] = { "xx", "", "../ko", "KO", "ko_KR" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_false(language_choose(names[i]));
		assert_string_equal(translated("order"), "order");
	}
}

static const char *damaged(const struct place *place, struct bytes file, size_t n, size_t at, uint8_t with)
{
	static uint8_t copy[1 << 20];

	assert_true(n <= sizeof(copy));
	memcpy(copy, file.p, n);
	if (at < n)
		copy[at] = with;
	return put_file(place, "xy/LC_MESSAGES/hallmark.mo", bytes_of(copy, n));
}

/* Cut, or with a table or a string that is outside: what a full disk leaves must not be read. */
static void test_damage(void **state)
{
	static const size_t at[] = { 0, 9, 10, 11, 14, 15, 19 };
	static uint8_t room[1 << 20];
	_cleanup_place_ struct place place = place_new();
	char path[PATH_MAX];
	FILE *f;
	size_t n;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/ko/LC_MESSAGES/hallmark.mo", catalogues());
	f = fopen(path, "re");
	assert_non_null(f);
	n = fread(room, 1, sizeof(room), f);
	(void)fclose(f);
	assert_int_equal(mkdir(in(&place, "xy"), 0755), 0);
	assert_int_equal(mkdir(in(&place, "xy/LC_MESSAGES"), 0755), 0);
	assert_non_null(bindtextdomain("hallmark", place.path));
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		(void)damaged(&place, bytes_of(room, n), n, at[i], 0x7f);
		assert_false(language_choose("xy"));
	}
	(void)damaged(&place, bytes_of(room, n), n / 2, n, 0);
	assert_false(language_choose("xy"));
	(void)damaged(&place, bytes_of(room, n), 19, n, 0);
	assert_false(language_choose("xy"));
	(void)damaged(&place, bytes_of(room, n), n, n, 0); /* whole */
	assert_true(language_choose("xy"));
	assert_string_equal(translated("order"), "명령");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_no_catalogue),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_korean_and_english),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
