/* SPDX-License-Identifier: Apache-2.0 */
/* links: ask */
/* Every text that tells a person why: read here one by one, so that none is empty, shouted or too long for a line. */
#include <ctype.h>
#include <stdio.h>

#include "base/check.h"
#include "token_kit.h"

#define SENTENCE_MAX 80

static const struct {
	unsigned number;
	const char *name, *sentence;
} reasons[] = {
#define X(number, id, name, sentence) { number, name, sentence },
	HALLMARK_REASONS(X)
#undef X
};

static const struct {
	int number;
	const char *name, *passes_when, *specification;
} checks[] = {
#define X(number, id, name, subject, passes, spec) { number, name, passes, spec },
	HALLMARK_CHECKS(X)
#undef X
};

/* What is wrong with a sentence, or NULL. */
static const char *fault_of(const char *text)
{
	size_t n = strlen(text);

	if (n == 0)
		return "is empty";
	if (n > SENTENCE_MAX)
		return "is over 80 characters";
	if (text[n - 1] == '.' || text[n - 1] == '!' || isspace((unsigned char)text[n - 1]))
		return "ends with a period, a shout or a space";
	if (isspace((unsigned char)text[0]) || strstr(text, "  "))
		return "has spaces too many";
	if (!strchr(text, ' '))
		return "is no sentence";
	for (size_t i = 0; i < n; i++)
		if (text[i] < ' ' || text[i] > '~')
			return "has characters that not every terminal shows";
	return NULL;
}

static void expect_good(const char *name, const char *text)
{
	const char *fault = fault_of(text);

	if (fault)
		fail_msg("%s: \"%s\" %s", name, text, fault);
}

/* The twins of the test itself. */
static void test_faults_are_found(void **state)
{
	(void)state;
	assert_null(fault_of("the label is revoked"));
	assert_non_null(fault_of(""));
	assert_non_null(fault_of("the label is revoked."));
	assert_non_null(fault_of("the label is  revoked"));
	assert_non_null(fault_of(" the label is revoked"));
	assert_non_null(fault_of("revoked"));
	assert_non_null(fault_of("the label is r\xc3\xa9voked"));
	for (int n = SENTENCE_MAX; n <= SENTENCE_MAX + 1; n++) {
		char text[SENTENCE_MAX + 2];

		(void)snprintf(text, sizeof(text), "long %0*d", n - 5, 0);
		assert_int_equal(fault_of(text) == NULL, n == SENTENCE_MAX);
	}
}

static void test_reasons(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		unsigned check = REASON_CHECK(reasons[i].number);

		expect_good(reasons[i].name, reasons[i].sentence);
		assert_true(check == 0 || check == REASONS_OF_RULES || check_is_known((enum hallmark_check)check));
		assert_string_equal(reason_name((enum hallmark_reason)reasons[i].number), reasons[i].name);
		assert_string_equal(reason_sentence((enum hallmark_reason)reasons[i].number), reasons[i].sentence);
		for (const char *c = reasons[i].name; *c != '\0'; c++)
			assert_true(islower((unsigned char)*c) || isdigit((unsigned char)*c) || *c == '-');
		/* no two say the same: a person could not tell them apart */
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(reasons[i].name, reasons[k].name);
			assert_string_not_equal(reasons[i].sentence, reasons[k].sentence);
			assert_true(reasons[i].number > reasons[k].number);
		}
	}
}

static void test_checks(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		expect_good(checks[i].name, checks[i].passes_when);
		assert_true(strlen(checks[i].specification) > 0 && strlen(checks[i].specification) <= SENTENCE_MAX);
		assert_int_equal(check_from_name(checks[i].name), checks[i].number);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults_are_found),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_checks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
