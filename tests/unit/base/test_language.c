/* SPDX-License-Identifier: Apache-2.0 */
/* links: base */
/* What is translated of a text that has several parts, with a catalogue of three texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/language.h"
#include "log_kit.h"

static const char *text_of(const char *text)
{
	static const char *const texts[][2] = {
		{ "it is late", "es ist zu spät" },
		{ "it is late: very late", "es ist viel zu spät" },
		{ "come again (soon)", "komm wieder (bald)" },
		{ "%s is %u years old", "%s hat %u Jahre" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (strcmp(texts[i][0], text) == 0)
			return texts[i][1];
	return text;
}

static const char *number_of(const char *one, const char *many, unsigned long n)
{
	(void)many;
	(void)n;
	return one;
}

static const struct language language = { text_of, number_of };

static void test_parts(void **state)
{
	static const struct {
		const char *text, *shown;
	} rows[] = {
		{ "", "" },
		{ "it is late", "es ist zu spät" },
		{ "it is later", "it is later" },
		{ "it is late: it is late", "es ist zu spät: es ist zu spät" },
		{ "it is late: very late", "es ist viel zu spät" }, /* the longest */
		{ "it is late: very late: 7", "es ist viel zu spät: 7" },
		{ "it is late (label-late)", "es ist zu spät (label-late)" },
		{ "come again (soon)", "komm wieder (bald)" },
		{ "it is late; come again (soon); thank you", "es ist zu spät; komm wieder (bald); thank you" },
		{ "thank you: it is late", "thank you: es ist zu spät" },
		{ ": ", ": " },
		{ "it is late:", "it is late:" },
	};
	char shown[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		language_set(&language);
		assert_string_equal(translated_parts(rows[i].text, shown, sizeof(shown)), rows[i].shown);
		language_set(NULL);
		assert_string_equal(translated_parts(rows[i].text, shown, sizeof(shown)), rows[i].text);
	}
}

/* More than fits is cut, also where a part is longer than any text of a catalogue. */
static void test_what_is_too_long(void **state)
{
	char text[2048], shown[24], whole[4096];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memcpy(text + 600, ": it is late; ", strlen(": it is late; "));
	language_set(&language);
	assert_int_equal(strlen(translated_parts(text, shown, sizeof(shown))), sizeof(shown) - 1);
	(void)translated_parts(text, whole, sizeof(whole));
	language_set(NULL);
	assert_non_null(strstr(whole, "x: es ist zu spät; x"));
	assert_int_equal(strlen(whole), strlen(text) + strlen("es ist zu spät") - strlen("it is late"));
}

static void test_numbers(void **state)
{
	(void)state;
	assert_string_equal(translated_n("one", "many", 1), "one");
	assert_string_equal(translated_n("one", "many", 0), "many");
	assert_string_equal(translated_n("one", "many", 2), "many");
	language_set(&language);
	assert_string_equal(translated_n("one", "many", 2), "one");
	language_set(NULL);
}

static void test_log(void **state)
{
	(void)state;
	listen_in();
	log_error("%s is %u years old", "It", 7);
	language_set(&language);
	log_error("%s is %u years old", "Es", 7);
	assert_int_equal(log_errno(-7, "%s is %u years old", "Er", 8), -7);
	language_set(NULL);
	assert_int_equal(count_said("It is 7 years old\n", false), 1);
	assert_int_equal(count_said("Es hat 7 Jahre\n", false), 1);
	assert_int_equal(count_said("Er hat 8 Jahre: ", true), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_what_is_too_long),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
