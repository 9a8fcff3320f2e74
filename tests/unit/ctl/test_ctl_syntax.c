/* SPDX-License-Identifier: Apache-2.0 */
/* links: ctl */
/* What a command takes, read from its row: what it needs, what it may have, and how many operands. */
#include "base/cleanup.h"
#include "ctl/commands.h"
#include "ctl/syntax.h"
#include "token_kit.h"

/* A mask of options by their names. */
static uint64_t mask_of(const char *const *names)
{
	uint64_t mask = 0;

	for (; *names; names++)
		for (unsigned i = 0; i < ctl_options_n; i++)
			if (strcmp(ctl_options[i].name, *names) == 0)
				mask |= OPTION_BIT(i);
	return mask;
}

static void test_arguments_are_read(void **state)
{
	const struct {
		const char *arguments;
		const char *may[5], *needs[4];
		unsigned least, most;
	} cases[] = {
		{ "", { 0 }, { 0 }, 0, 0 },
		{ "DEVICE", { 0 }, { 0 }, 1, 1 },
		{ "[DEVICE] [--last N]", { "last" }, { 0 }, 0, 1 },
		{ "KIND NAME|FILE", { 0 }, { 0 }, 2, 2 },
		{ "[NAME|FILE...] [--force]", { "force" }, { 0 }, 0, ANY_OPERANDS },
		{ "FILE...", { 0 }, { 0 }, 1, ANY_OPERANDS },
		{ "[--confirm | --discard]", { "confirm", "discard" }, { 0 }, 0, 0 },
		{ "[--base [--saved FILE] [--load]] FILE", { "base", "saved", "load" }, { 0 }, 1, 1 },
		{ "DEVICE --zone Z --for T [--unproved]", { "zone", "for", "unproved" }, { "zone", "for" }, 1, 1 },
		{ "--key KEY.pem [-o OUT] FILE", { "key", "output" }, { "key" }, 1, 1 },
		{ "[--head SEQUENCE:HASH] [--schemes S,...]", { "head", "schemes" }, { 0 }, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct syntax s;

		assert_true(syntax_read(cases[i].arguments, &s));
		assert_int_equal(s.may, mask_of(cases[i].may));
		assert_int_equal(s.needs, mask_of(cases[i].needs));
		assert_int_equal(s.least, cases[i].least);
		assert_int_equal(s.most, cases[i].most);
	}
}

static void test_unknown_options_are_refused(void **state)
{
	const char *const unknown[] = { "--hue", "[--hue H]", "FILE --o", "-x", "--keys K", "--ke K" };
	struct syntax s;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		assert_false(syntax_read(unknown[i], &s));
}

/* The programs do not look whether their own rows could be read. */
static void test_every_row_is_read(void **state)
{
#define X(group, name, arguments, help, run) arguments,
	const char *const rows[] = { HALLMARKCTL_COMMANDS(X) HALLMARK_LABEL_COMMANDS(X) };
#undef X
	struct syntax s;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!syntax_read(rows[i], &s))
			fail_msg("\"%s\" names an option that CTL_OPTIONS lacks", rows[i]);
}

static void test_options_are_set(void **state)
{
	struct ctl ctl = { 0 };

	(void)state;
	for (unsigned i = 0; i < ctl_options_n; i++)
		ctl_set(&ctl, &ctl_options[i], ctl_options[i].name);
	assert_string_equal(ctl.for_, "for");
	assert_string_equal(ctl.saved, "saved");
	assert_string_equal(ctl.key, "key");
	assert_true(ctl.json && ctl.unproved && ctl.load);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments_are_read),
		cmocka_unit_test(test_unknown_options_are_refused),
		cmocka_unit_test(test_every_row_is_read),
		cmocka_unit_test(test_options_are_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
