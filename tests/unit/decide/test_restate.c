/* SPDX-License-Identifier: Apache-2.0 */
/* links: decide appraise base */
/*
 * Facts are restated when nothing but the statuses of their labels changed, and then nothing but check 14 and the end of those labels.
 * Each thing that must be asked of judges stands alone beside the situation that needs none. That what is restated is what judges
 * find is in test_appraise.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "appraise/facts.h"
#include "appraise/news.h"
#include "base/check_result.h"
#include "base/dependency.h"
#include "decide/restate.h"
#include "hallmark/check.h"

#define NOW   1000
#define LIST  7
#define ENTRY 70 /* of the first label; the second one's is 71 */

static struct facts facts;
static uint64_t ids[4];
static struct status_news news[2];
static struct changes changes;

/* Two labels of one list, and the first one is revoked. */
static int set_up(void **state)
{
	(void)state;
	facts = (struct facts){ .status_is_apart = true, .n_labels = 2, .expiry = { .at_sec = NOW + 1 } };
	for (uint8_t i = 0; i < 2; i++) {
		struct label_facts *l = &facts.labels[i];

		l->exp_sec = NOW + 50;
		l->register_exp_sec = NOW + 40;
		l->status_list = LIST;
		l->status_entry = ENTRY + i;
		l->expiry = (struct expiry){ NOW + 30, EXPIRY_STATUS_LIST };
		for (int k = 0; k < _CHECK_MAX; k++)
			if (CHECKS_OF_LABEL & CHECK_BIT(k))
				l->checks[k] = check_passed();
	}
	facts.rests_on = (struct dependencies){ .ids = { 5, LIST, ENTRY, ENTRY + 1 }, .n = 4 };
	ids[0] = ENTRY;
	news[0] = (struct status_news){
		.entry = ENTRY, .list = LIST, .until_sec = TIME_FOREVER, .status = check_failed(REASON_LABEL_REVOKED)
	};
	changes = (struct changes){ .ids = ids, .n = 1, .news = news, .n_news = 1 };
	return 0;
}

static void expect_asked(void)
{
	assert_false(facts_are_restatable(&facts, &changes, NOW));
	(void)set_up(NULL);
	assert_true(facts_are_restatable(&facts, &changes, NOW));
}

static void test_what_needs_a_judge(void **state)
{
	(void)state;
	assert_true(facts_are_restatable(&facts, &changes, NOW));

	changes.is_all = true;
	expect_asked();
	changes.n_news = 0; /* that it is another is known, but not what it is */
	expect_asked();
	changes.n = 2;
	ids[0] = LIST, ids[1] = ENTRY; /* whether there is a usable list */
	expect_asked();
	changes.n = 2;
	ids[0] = 5, ids[1] = ENTRY; /* of an issuer, a certificate or a register */
	expect_asked();
	facts.rests_on.ids[0] = DEPENDENCY_ALL; /* more than there was room for */
	expect_asked();
	facts.status_is_apart = false; /* the chain or another label rests on it */
	expect_asked();
	news[0].list = LIST + 1; /* the halves of two digests that are alike */
	expect_asked();
	facts.checks[CHECK_SAME_DEVICE] = check_failed(REASON_UEID_TAKEN); /* by a device that may have left */
	expect_asked();
}

/* What only time has changed is found by the judges that are asked for something else. */
static void test_what_time_changed(void **state)
{
	(void)state;
	facts.expiry.at_sec = NOW;
	expect_asked();
	facts.labels[1].exp_sec = NOW;
	expect_asked();
	facts.labels[1].register_exp_sec = NOW;
	expect_asked();
	facts.labels[1].checks[CHECK_LABEL_VALIDITY] = check_failed(REASON_LABEL_NOT_YET);
	expect_asked();
	facts.labels[1].expiry.at_sec = NOW; /* its list is out of date, and the news are not of this label */
	expect_asked();
	facts.labels[0].expiry.at_sec = NOW;
	assert_true(facts_are_restatable(&facts, &changes, NOW)); /* the news say until when */

	facts.labels[1] = (struct label_facts){ .checks[CHECK_LABEL_SIGNATURE] = check_failed(REASON_LABEL_SIGNER) };
	assert_true(facts_are_restatable(&facts, &changes, NOW)); /* that it never counted is not new */
}

static void test_what_does_not_concern_it(void **state)
{
	(void)state;
	changes.n = 2;
	ids[0] = 6, ids[1] = ENTRY;
	assert_true(facts_are_restatable(&facts, &changes, NOW));
}

/* The expected facts are the former ones but for what is set here. */
static void test_revoked_and_valid_again(void **state)
{
	struct facts expected = facts;
	const struct facts before = facts;

	(void)state;
	expected.labels[0].checks[CHECK_LABEL_STATUS] = check_failed(REASON_LABEL_REVOKED);
	expected.labels[0].expiry = (struct expiry){ NOW + 40, EXPIRY_REGISTER };
	facts_restate(&facts, &changes);
	assert_memory_equal(&facts, &expected, sizeof(facts));

	news[0].status = check_passed();
	news[0].until_sec = NOW + 30;
	assert_true(facts_are_restatable(&facts, &changes, NOW));
	facts_restate(&facts, &changes);
	assert_memory_equal(&facts, &before, sizeof(facts));
}

static void test_both_labels(void **state)
{
	struct facts expected = facts;

	(void)state;
	ids[1] = ENTRY + 1;
	changes.n = changes.n_news = 2;
	news[1] = news[0];
	news[1].entry = ENTRY + 1;
	news[1].status = check_failed(REASON_LABEL_SUSPENDED);
	news[1].until_sec = NOW + 20;
	assert_true(facts_are_restatable(&facts, &changes, NOW));
	facts_restate(&facts, &changes);
	expected.labels[0].checks[CHECK_LABEL_STATUS] = check_failed(REASON_LABEL_REVOKED);
	expected.labels[0].expiry = (struct expiry){ NOW + 40, EXPIRY_REGISTER };
	expected.labels[1].checks[CHECK_LABEL_STATUS] = check_failed(REASON_LABEL_SUSPENDED);
	expected.labels[1].expiry = (struct expiry){ NOW + 20, EXPIRY_STATUS_LIST };
	assert_memory_equal(&facts, &expected, sizeof(facts));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, set_up)
	const struct CMUnitTest tests[] = {
		TEST(test_what_needs_a_judge),      TEST(test_what_time_changed), TEST(test_what_does_not_concern_it),
		TEST(test_revoked_and_valid_again), TEST(test_both_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
