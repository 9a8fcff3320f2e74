/* SPDX-License-Identifier: Apache-2.0 */
/* links: ask */
/* The commands that need no daemon: the ruleset that a gateway boots with, good or not; what opens one; and how reviews are shown. */
#include "ctl/ask/show.h"
#include "ctl/page.h"
#include "ctl/value.h"
#include "ctl_config.h"
#include "enforce/kernel.h"
#include "log_kit.h"

/* The exit status, and that this was said. */
static void expect_said(enum ctl_exit (*command)(const struct ctl *), struct ctl ctl, enum ctl_exit expected,
			const char *why)
{
	enum ctl_exit answer;

	listen_in();
	answer = run(command, ctl);
	if (count_said(why, true) == 0)
		fail_msg("it was not said: %s", why);
	assert_int_equal(answer, expected);
}

/* --- the ruleset --- */

static void test_ruleset(void **state)
{
	_cleanup_place_ struct place p = place_new();
	struct ctl ctl = { .config = put_config(&p, "") };

	(void)state;
	log_set_level(-1);
	assert_int_equal(run(ctl_ruleset, ctl), CTL_YES);
	assert_true(printed("table inet hallmark"));
	assert_true(printed("port1"));
	ctl.json = true;
	assert_int_equal(run(ctl_ruleset, ctl), CTL_YES);
	assert_true(printed("{\"sha256\":\""));
	assert_true(printed("\"ruleset\":\""));
	ctl.base = true;
	expect_said(ctl_ruleset, ctl, CTL_FAULT, "usage: hallmarkctl ruleset --base");
	ctl = (struct ctl){ .config = put_text(&p, "hallmarkd.conf", "gateway = {\n") };
	assert_int_equal(run(ctl_ruleset, ctl), CTL_FAULT);
	assert_string_equal(output, "");
}

/* A gateway boots with its configuration's table; else with the copy of the last good one; else it is shut. */
static void test_what_a_gateway_boots_with(void **state)
{
	_cleanup_place_ struct place p = place_new();
	const char *saved = in(&p, "saved.nft");
	struct ctl ctl = { .config = put_config(&p, ""), .base = true, .saved = saved };
	static char good[sizeof(output)];

	(void)state;
	log_set_level(-1);
	assert_int_equal(run(ctl_ruleset, ctl), CTL_YES);
	assert_true(printed("port1"));
	(void)strcpy(good, output);
	assert_true(bytes_equal_string(get_file(saved), good));

	(void)put_text(&p, "hallmarkd.conf", "gateway = {\n");
	expect_said(ctl_ruleset, ctl, CTL_YES,
		    "the configuration is not valid: this is the copy of the last valid one");
	assert_string_equal(output, good);

	(void)put_text(&p, "saved.nft", "flush ruleset\n"); /* somebody's own */
	expect_said(ctl_ruleset, ctl, CTL_YES, "not a ruleset that hallmarkctl saved; it is not used");
	assert_true(printed("table inet hallmark"));
	assert_false(printed("flush ruleset"));
	assert_false(printed("port1"));

	assert_int_equal(unlink(saved), 0);
	expect_said(ctl_ruleset, ctl, CTL_YES, "NOTHING IS FORWARDED: the configuration is not valid");
	assert_true(printed("table inet hallmark"));
	assert_true(printed("drop"));
	assert_int_equal(access(saved, F_OK), -1); /* of what is shut no copy is kept */
}

/* --- opening: what is refused before the kernel is asked --- */

static void test_openings_that_are_not_good(void **state)
{
	static char long_reason[OPENING_REASON_SIZE + 1];
	const struct {
		const char *span, *reason, *why;
	} rows[] = {
		{ "soon", "x", "--for \"soon\": give how long the gateway is to be open" },
		{ "25h", "x", "--for \"25h\": give how long the gateway is to be open" },
		{ "1h", "", "--reason \"\": say why" },
		{ "1h", long_reason, "say why, in 1 to 95 bytes" },
	};

	(void)state;
	memset(long_reason, 'x', sizeof(long_reason) - 1);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		expect_said(ctl_open, (struct ctl){ .for_ = rows[i].span, .reason = rows[i].reason }, CTL_FAULT,
			    rows[i].why);
}

/* --- a daemon that is not there --- */

static void test_nobody_answers(void **state)
{
	_cleanup_place_ struct place p = place_new();
	struct ctl ctl = { .socket = in(&p, "control") };

	(void)state;
	expect_said(ctl_metrics, ctl, CTL_FAULT, "is hallmarkd running");
	assert_string_equal(output, "");
	ctl.output = in(&p, "hallmark.prom"); /* that is news for whoever collects */
	expect_said(ctl_metrics, ctl, CTL_FAULT, "is hallmarkd running");
	assert_non_null(strstr((const char *)get_file(ctl.output).p, "hallmark_up 0"));
	ctl.json = true;
	expect_said(ctl_metrics, ctl, CTL_FAULT, "is hallmarkd running");
	assert_non_null(strstr((const char *)get_file(ctl.output).p, "{\"up\":false,\"written\":"));
	ctl.output = in(&p, "none/hallmark.prom");
	expect_said(ctl_metrics, ctl, CTL_FAULT, "cannot be written; does its directory exist");

	ctl = (struct ctl){ .socket = in(&p, "control"), .confirm = true, .discard = true };
	expect_said(ctl_reload, ctl, CTL_FAULT, "give one of them");
	ctl = (struct ctl){ .socket = in(&p, "control"), .operand = "0100", .at = "then" };
	expect_said(ctl_replay, ctl, CTL_FAULT, "--at \"then\": give a time as 2026-05-31");
}

/* --- how a review and a replay read --- */

static void shown(void (*show)(const struct page *page, const struct value *v), const struct value *v)
{
	FILE *out;

	memset(output, 0, sizeof(output));
	out = fmemopen(output, sizeof(output) - 1, "w");
	assert_non_null(out);

	const struct page page = page_open(out, PKI_NOW_SEC);

	show(&page, v);
	(void)fclose(out);
}

static void test_how_a_review_reads(void **state)
{
	static const struct {
		const char *outcome, *text;
	} rows[] = {
		{ "applied", "in force" },
		{ "held", "held by the brake: nothing has changed" },
		{ "tried", "nothing was changed; this is what would change" },
		{ "refused", "in force, but the kernel refused a part" },
		{ "failed", "failed, and nothing has changed" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct value *review = value_new(VALUE_MAP), *move;

		value_add_text(review, "outcome", rows[i].outcome);
		value_add_number(review, "admitted", 7);
		value_add_number(review, "moved", 1);
		value_add_number(review, "reinstated", 2);
		move = value_add_new(value_add_new(review, "moves", VALUE_LIST), NULL, VALUE_MAP);
		value_add_text(move, "device", "9f86d081884c7d65");
		value_add_text(move, "product", "acme lamp");
		value_add_text(move, "before", "trusted");
		value_add_text(move, "after", "restricted");
		value_add_flag(move, "lesser", true);
		value_add_flag(move, "refused", i == 3);
		value_add_text(move, "reason", "rule-level");
		value_add_text(move, "sentence", "the level is below");
		shown(show_review, review);
		assert_true(printed(rows[i].text));
		assert_true(printed("7 admitted, 0 judged again, 1 in another zone"));
		assert_true(printed("9f86d081"));
		assert_true(printed("trusted → restricted (less): acme lamp"));
		assert_true(printed("rule-level: the level is below"));
		assert_true(printed("reinstated"));
		assert_int_equal(printed("the kernel refused it: it is not in force yet"), i == 3);
		value_free(review);
	}
}

static void test_how_a_replay_reads(void **state)
{
	struct value *replay = value_new(VALUE_MAP), *one;

	(void)state;
	value_add_number(replay, "at", PKI_NOW_SEC);
	value_add_flag(replay, "same", false);
	one = value_add_new(value_add_new(replay, "differences", VALUE_LIST), NULL, VALUE_MAP);
	value_add_text(one, "what", "zone");
	value_add_text(one, "stored", "trusted");
	value_add_text(one, "derived", "quarantine");
	shown(show_replay, replay);
	assert_true(printed("zone: stored \"trusted\", derived \"quarantine\""));
	assert_false(printed("the same"));
	value_free(replay);
	replay = value_new(VALUE_MAP);
	value_add_flag(replay, "same", true);
	shown(show_replay, replay);
	assert_true(printed("the same"));
	assert_false(printed("differs"));
	value_free(replay);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ruleset),
		cmocka_unit_test(test_what_a_gateway_boots_with),
		cmocka_unit_test(test_openings_that_are_not_good),
		cmocka_unit_test(test_nobody_answers),
		cmocka_unit_test(test_how_a_review_reads),
		cmocka_unit_test(test_how_a_replay_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
