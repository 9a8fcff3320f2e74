/* SPDX-License-Identifier: Apache-2.0 */
/* links: serve */
/* The answers of docs/protocol.md section 3.1: which code goes with which reason, and when a device is told to come back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "edge/edge.h"
#include "edge/serve/response.h"
#include "hallmark/reason.h"
#include "ipc/ipc.h"
#include "token/submission.h"

static uint8_t space[HALLMARK_ANSWER_MAX];
static struct writer writer;

static struct edge_response problem(enum hallmark_reason reason, uint8_t spread)
{
	writer = (struct writer)WRITER(space);
	return response_of_problem(reason, spread, &writer);
}

static void test_code_of_each_reason(void **state)
{
	static const struct {
		enum hallmark_reason reason;
		uint8_t code;
	} cases[] = {
		{ REASON_MALFORMED, COAP_CODE(4, 0) },    { REASON_CERTIFICATE_MALFORMED, COAP_CODE(4, 0) },
		{ REASON_NOT_GUARDED, COAP_CODE(4, 3) },  { REASON_NOT_ROUTED, COAP_CODE(4, 3) },
		{ REASON_PLACE_TAKEN, COAP_CODE(4, 3) },  { REASON_NOT_ADMITTED, COAP_CODE(4, 4) },
		{ REASON_DISPLACED, COAP_CODE(4, 4) },    { REASON_TOO_LARGE, COAP_CODE(4, 13) },
		{ REASON_CHAIN_LIMIT, COAP_CODE(4, 13) }, { REASON_CONTENT_FORMAT, COAP_CODE(4, 15) },
		{ REASON_INTERNAL, COAP_CODE(5, 0) },     { REASON_KERNEL, COAP_CODE(5, 0) },
		{ REASON_BUSY, COAP_CODE(5, 3) },         { REASON_TOO_OFTEN, COAP_CODE(4, 29) },
		{ REASON_NO_NEIGHBOUR, COAP_CODE(5, 3) }, { REASON_NEIGHBOUR_FORGED, COAP_CODE(5, 3) },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct edge_response r = problem(cases[i].reason, 0);
		unsigned number = 0;

		assert_int_equal(r.code, cases[i].code);
		assert_int_equal(r.content_format, HALLMARK_CF_PROBLEM);
		assert_int_equal(problem_decode(r.body, &number, NULL, 0), 0);
		assert_int_equal(number, cases[i].reason);
	}
}

static void test_come_back_at_different_times(void **state)
{
	(void)state;
	for (unsigned spread = 0; spread <= UINT8_MAX; spread++) {
		assert_in_range(problem(REASON_BUSY, (uint8_t)spread).max_age_sec, 5, 35);
		assert_int_equal(problem(REASON_TOO_OFTEN, (uint8_t)spread).max_age_sec, 60);
		assert_in_range(problem(REASON_HELD, (uint8_t)spread).max_age_sec, 300, 600);
	}
	assert_int_not_equal(problem(REASON_NO_NEIGHBOUR, 1).max_age_sec, problem(REASON_NO_NEIGHBOUR, 2).max_age_sec);
	assert_int_equal(problem(REASON_KERNEL, 1).max_age_sec, 0);
}

/* The core knows how long its queue is. */
static void test_the_core_says_when(void **state)
{
	struct ipc_answer answer = { .to = IPC_SUBMISSION, .reason = REASON_BUSY, .wait_sec = 3 };

	(void)state;
	writer = (struct writer)WRITER(space);
	assert_int_equal(response_of_answer(&answer, 7, &writer).max_age_sec, 3);
	answer.wait_sec = 0;
	assert_int_equal(response_of_answer(&answer, 7, &writer).max_age_sec, 12);
	answer = (struct ipc_answer){ .to = IPC_SUBMISSION, .reason = REASON_MALFORMED, .wait_sec = 3 };
	assert_int_equal(response_of_answer(&answer, 7, &writer).max_age_sec, 0); /* it would not be of use */
}

static void test_results(void **state)
{
	struct ipc_answer answer = { .to = IPC_SUBMISSION, .reason = REASON_ADMITTED, .n_ear = 3, .ear = "ear" };
	struct edge_response r;

	(void)state;
	writer = (struct writer)WRITER(space);
	r = response_of_answer(&answer, 7, &writer);
	assert_int_equal(r.code, COAP_CODE(2, 4));
	assert_int_equal(r.content_format, HALLMARK_CF_EAT_CWT);
	assert_int_equal(r.max_age_sec, 0);
	assert_true(bytes_equal_string(r.body, "ear"));

	answer.to = IPC_ADMISSION;
	assert_int_equal(response_of_answer(&answer, 7, &writer).code, COAP_CODE(2, 5));

	answer = (struct ipc_answer){ .to = IPC_ADMISSION, .reason = REASON_NOT_ADMITTED };
	r = response_of_answer(&answer, 7, &writer);
	assert_int_equal(r.code, COAP_CODE(4, 4));
	assert_int_equal(r.content_format, HALLMARK_CF_PROBLEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_code_of_each_reason),
		cmocka_unit_test(test_come_back_at_different_times),
		cmocka_unit_test(test_the_core_says_when),
		cmocka_unit_test(test_results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
