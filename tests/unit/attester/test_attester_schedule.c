/* SPDX-License-Identifier: Apache-2.0 */
/* links: attester */
/* When the attester asks again: the table of docs/protocol.md section 1, row by row, and rows of failures. */
#include "attester/schedule.h"
#include "token_kit.h"

#define MOST_LUCK UINT32_MAX

/* What came of one attempt at the start or after `before`, and the least and most that is waited then. */
struct row {
	struct schedule before;
	struct attempt attempt;
	enum schedule_next next;
	uint64_t least_msec, most_msec;
};

#define GOOD(life, renew)                                                                                              \
	{                                                                                                              \
		.outcome = OUTCOME_AFFIRMED, .life_sec = (life), .renew_sec = (renew)                                  \
	}
#define BARRED(life, renew)                                                                                            \
	{                                                                                                              \
		.outcome = OUTCOME_CONTRAINDICATED, .life_sec = (life), .renew_sec = (renew)                           \
	}
#define REFUSED(number, age)                                                                                           \
	{                                                                                                              \
		.outcome = OUTCOME_REFUSED, .code = (number), .max_age_sec = (age)                                     \
	}
#define OF_ADMISSION(...)                                                                                              \
	{                                                                                                              \
		.admission = true, __VA_ARGS__                                                                         \
	}

static const struct row rows[] = {
	/* 2.04: at renew-after, and up to 5 s or a twentieth of the rest later */
	{ { 0 }, GOOD(86400, 50000), NEXT_ATTEST, 50000000, 50004999 },
	{ { 0 }, GOOD(20, 12), NEXT_ATTEST, 12000, 12399 },
	{ { 0 }, { .outcome = OUTCOME_WARNING, .life_sec = 20, .renew_sec = 12 }, NEXT_ATTEST, 12000, 12399 },
	/* a result that does not say: 50 to 70 % of its life */
	{ { 0 }, GOOD(1000, 0), NEXT_ATTEST, 500000, 700000 },
	{ { 0 }, GOOD(1000, 1000), NEXT_ATTEST, 500000, 700000 },
	{ { 0 }, GOOD(1000, -5), NEXT_ATTEST, 500000, 700000 },
	{ { 0 }, GOOD(0, 0), NEXT_ATTEST, SCHEDULE_LEAST_MSEC, SCHEDULE_LEAST_MSEC },
	{ { 0 }, GOOD(-7, INT64_MIN), NEXT_ATTEST, SCHEDULE_LEAST_MSEC, SCHEDULE_LEAST_MSEC },
	/* contraindicated: at renew-after, then after twice the time, up to an hour */
	{ { 0 }, BARRED(300, 150), NEXT_ATTEST, 150000, 154999 },
	{ { .barred_msec = 150000 }, BARRED(300, 150), NEXT_ATTEST, 300000, 300000 },
	{ { .barred_msec = 2000000 }, BARRED(300, 150), NEXT_ATTEST, 3600000, 3600000 },
	{ { .barred_msec = 2000000 }, BARRED(20000, 10000), NEXT_ATTEST, 10000000, 10004999 },
	/* the request is wrong */
	{ { 0 }, REFUSED(400, 60), NEXT_END, 0, 0 },
	{ { 0 }, REFUSED(402, 60), NEXT_END, 0, 0 },
	{ { 0 }, REFUSED(404, 60), NEXT_END, 0, 0 },
	{ { 0 }, REFUSED(405, 60), NEXT_END, 0, 0 },
	{ { 0 }, REFUSED(413, 60), NEXT_END, 0, 0 },
	{ { 0 }, REFUSED(415, 60), NEXT_END, 0, 0 },
	{ { 0 }, { .outcome = OUTCOME_USAGE }, NEXT_END, 0, 0 },
	/* the device stands in the wrong place */
	{ { 0 }, REFUSED(403, 60), NEXT_ATTEST, 1, 5000 },
	/* an upload that got lost: at once, and once */
	{ { 0 }, REFUSED(408, 60), NEXT_ATTEST, 0, 0 },
	{ { .upload_repeated = true }, REFUSED(408, 60), NEXT_ATTEST, 1, 5000 },
	/* busy: Max-Age, and not all at its end */
	{ { 0 }, REFUSED(429, 7), NEXT_ATTEST, 7001, 12000 },
	{ { 0 }, REFUSED(503, 60), NEXT_ATTEST, 60001, 65000 },
	{ { 0 }, REFUSED(503, UINT32_MAX), NEXT_ATTEST, 3600001, 3605000 },
	/* no answer, or one that is none: 0 to 5 s, then twice as long, up to 10 minutes */
	{ { 0 }, REFUSED(500, 60), NEXT_ATTEST, 1, 5000 },
	{ { 0 }, REFUSED(504, 60), NEXT_ATTEST, 1, 5000 },
	{ { 0 }, { .outcome = OUTCOME_NO_ANSWER }, NEXT_ATTEST, 1, 5000 },
	{ { .backoff_msec = 4000 }, { .outcome = OUTCOME_NO_ANSWER }, NEXT_ATTEST, 8000, 8000 },
	{ { .backoff_msec = 1 }, { .outcome = OUTCOME_NO_ANSWER }, NEXT_ATTEST, 1000, 1000 },
	{ { .backoff_msec = 300001 }, { .outcome = OUTCOME_NO_ANSWER }, NEXT_ATTEST, 600000, 600000 },
	{ { .backoff_msec = 600000 }, REFUSED(500, 60), NEXT_ATTEST, 600000, 600000 },
	/* an answer of any other kind ends the row of failures */
	{ { .backoff_msec = 600000 }, GOOD(20, 12), NEXT_ATTEST, 12000, 12399 },
	/* GET /admission */
	{ { 0 }, OF_ADMISSION(.life_sec = 20, .renew_sec = 12), NEXT_ATTEST, 12000, 12000 },
	{ { 0 }, OF_ADMISSION(.life_sec = 20, .renew_sec = 0), NEXT_ATTEST, 0, 0 },
	{ { 0 }, OF_ADMISSION(.outcome = OUTCOME_CONTRAINDICATED, .renew_sec = 12), NEXT_ATTEST, 0, 0 },
	{ { 0 }, OF_ADMISSION(.outcome = OUTCOME_REFUSED, .code = 403), NEXT_ATTEST, 0, 0 },
	{ { 0 }, OF_ADMISSION(.outcome = OUTCOME_REFUSED, .code = 404), NEXT_ATTEST, 0, 0 },
	{ { 0 }, OF_ADMISSION(.outcome = OUTCOME_REFUSED, .code = 400), NEXT_END, 0, 0 },
	{ { 0 }, OF_ADMISSION(.outcome = OUTCOME_REFUSED, .code = 503, .max_age_sec = 3), NEXT_ADMISSION, 3001, 8000 },
	{ { 0 }, OF_ADMISSION(.outcome = OUTCOME_NO_ANSWER), NEXT_ADMISSION, 1, 5000 },
};

static void test_each_row(void **state)
{
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		struct schedule least = schedule_after(row->before, &row->attempt, 0);
		struct schedule most = schedule_after(row->before, &row->attempt, MOST_LUCK);

		if (least.next != row->next || least.wait_msec != row->least_msec || most.wait_msec != row->most_msec)
			print_message("row %zu: next %d, %ju to %ju ms\n", i, least.next, (uintmax_t)least.wait_msec,
				      (uintmax_t)most.wait_msec);
		assert_int_equal(least.next, row->next);
		assert_int_equal(most.next, row->next);
		assert_int_equal(least.wait_msec, row->least_msec);
		assert_int_equal(most.wait_msec, row->most_msec);
	}
}

/* The whole row of failures: each wait is twice the one before, until 10 minutes; an answer ends it. */
static void test_failures_in_a_row(void **state)
{
	const struct attempt failure = { .outcome = OUTCOME_NO_ANSWER };
	const struct attempt good = GOOD(20, 12);
	struct schedule s = { .next = NEXT_ATTEST };
	uint64_t before = 0;
	(void)state;

	for (unsigned i = 0; i < 20; i++) {
		s = schedule_after(s, &failure, MOST_LUCK);
		assert_int_equal(s.wait_msec, i == 0 ? 5000 : before * 2 > 600000 ? 600000 : before * 2);
		before = s.wait_msec;
	}
	s = schedule_after(s, &good, MOST_LUCK);
	s = schedule_after(s, &failure, MOST_LUCK);
	assert_int_equal(s.wait_msec, 5000);
}

/* A gateway that is away for a while does not make a device in quarantine ask more often. */
static void test_contraindicated_through_failures(void **state)
{
	const struct attempt failure = { .outcome = OUTCOME_NO_ANSWER };
	const struct attempt barred = BARRED(300, 150);
	struct schedule s = { .next = NEXT_ATTEST };
	(void)state;

	s = schedule_after(s, &barred, 0);
	s = schedule_after(s, &failure, 0);
	s = schedule_after(s, &barred, 0);
	assert_int_equal(s.wait_msec, 300000);
	s = schedule_after(s, &(struct attempt)GOOD(20, 12), 0);
	s = schedule_after(s, &barred, 0);
	assert_int_equal(s.wait_msec, 150000);
}

/* All devices of a switch that restarts notice it in the same second. */
static void test_after_a_change(void **state)
{
	const struct schedule before = {
		.next = NEXT_ADMISSION, .wait_msec = 9, .backoff_msec = 600000, .barred_msec = 300000
	};
	const struct schedule first = schedule_after_change(before, 0), last = schedule_after_change(before, MOST_LUCK);
	const struct attempt failure = { .outcome = OUTCOME_NO_ANSWER };
	(void)state;

	assert_int_equal(first.next, NEXT_ATTEST);
	assert_int_equal(first.wait_msec, 1);
	assert_int_equal(last.wait_msec, SCHEDULE_FIRST_MSEC);
	assert_int_equal(schedule_after(first, &failure, 0).wait_msec, SCHEDULE_BACKOFF_MSEC);
	assert_int_equal(first.barred_msec, before.barred_msec);
}

/* Whatever comes, a wait has an end, and a failure is never followed at once. */
static void test_any_attempt_is_bounded(void **state)
{
	struct schedule s = { .next = NEXT_ATTEST };
	unsigned seed = 20261;
	(void)state;

	print_message("seed %u\n", seed);
	srandom(seed);
	for (unsigned i = 0; i < 100000; i++) {
		struct attempt a = {
			.outcome = (enum outcome)(random() % 5),
			.admission = random() % 2,
			.code = 400 + (unsigned)random() % 116,
			.max_age_sec = (unsigned)random(),
			.life_sec = random() % 100000 - 10,
			.renew_sec = random() % 100000 - 10,
		};
		uint64_t result_msec = (uint64_t)(a.life_sec > 0 ? a.life_sec : 0) * 1000;

		s = schedule_after(s, &a, (uint32_t)random() << 1);
		assert_true(s.wait_msec <= SCHEDULE_BARRED_MSEC + SCHEDULE_FIRST_MSEC ||
			    s.wait_msec <= result_msec + SCHEDULE_FIRST_MSEC || a.admission);
		if (a.outcome == OUTCOME_NO_ANSWER)
			assert_in_range(s.wait_msec, 1, SCHEDULE_BACKOFF_MSEC);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_row),
		cmocka_unit_test(test_failures_in_a_row),
		cmocka_unit_test(test_contraindicated_through_failures),
		cmocka_unit_test(test_after_a_change),
		cmocka_unit_test(test_any_attempt_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
