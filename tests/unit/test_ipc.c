/* SPDX-License-Identifier: Apache-2.0 */
/* links: run */
/* Records between worker and core: what goes in comes out, and a worker that was taken over gets nothing past. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "run/ipc.h"

static int fds[2];
static struct ipc_message received;

static int set_up(void **state)
{
	(void)state;
	return ipc_pair(fds);
}

static int tear_down(void **state)
{
	(void)state;
	(void)close(fds[0]);
	return close(fds[1]);
}

static struct ipc_record submission(void)
{
	struct ipc_record r = { .kind = IPC_SUBMISSION, .id = 42 };
	struct facts *f = &r.submission.facts;

	r.submission.origin.ifindex = 3;
	(void)snprintf(f->product.maker, sizeof(f->product.maker), "pen:32473");
	f->n_ueid = 7;
	f->n_labels = 1;
	(void)snprintf(f->labels[0].scheme, sizeof(f->labels[0].scheme), "SG-CLS");
	return r;
}

static void test_submission_with_inputs(void **state)
{
	struct ipc_record r = submission();
	const struct signed_inputs inputs = {
		.chain = { bytes_of_string("leaf"), bytes_of_string("sub-ca") },
		.n_chain = 2,
		.evidence = bytes_of_string("evidence"),
		.labels = { bytes_of_string("label") },
		.n_labels = 1,
	};

	(void)state;
	assert_int_equal(ipc_send(fds[0], &r, &inputs), 0);
	assert_int_equal(ipc_receive(fds[1], &received), 1);
	assert_int_equal(received.record.id, 42);
	assert_memory_equal(&received.record.submission.facts, &r.submission.facts, sizeof(struct facts));
	assert_int_equal(received.signed_inputs.n_chain, 2);
	assert_true(bytes_equal_string(received.signed_inputs.chain[1], "sub-ca"));
	assert_true(bytes_equal_string(received.signed_inputs.evidence, "evidence"));
	assert_int_equal(received.signed_inputs.n_labels, 1);
	assert_true(bytes_equal_string(received.signed_inputs.labels[0], "label"));
	assert_int_equal(ipc_receive(fds[1], &received), -EAGAIN);
}

static void test_largest_submission_fits(void **state)
{
	static uint8_t bytes[HALLMARK_BODY_MAX];
	struct ipc_record r = submission();
	const struct signed_inputs inputs = {
		.chain = { bytes_of(bytes, HALLMARK_CHAIN_BYTES_MAX) },
		.n_chain = 1,
		.evidence = BYTES(bytes),
	};

	(void)state;
	assert_int_equal(ipc_send(fds[0], &r, &inputs), 0);
	assert_int_equal(ipc_receive(fds[1], &received), 1);
	assert_int_equal(received.signed_inputs.evidence.n, HALLMARK_BODY_MAX);
}

/* Each of these is a record that only a worker out of its mind would send. */
static void expect_refused(struct ipc_record *r)
{
	assert_int_equal(ipc_send(fds[0], r, NULL), 0);
	assert_int_equal(ipc_receive(fds[1], &received), -EBADMSG);
}

static void test_unsound_facts_are_refused(void **state)
{
	struct ipc_record good = submission(), r = good;

	(void)state;
	assert_int_equal(ipc_send(fds[0], &r, NULL), 0);
	assert_int_equal(ipc_receive(fds[1], &received), 1);

	r = good, r.submission.facts.n_labels = HALLMARK_LABELS_MAX + 1;
	expect_refused(&r);
	r = good, r.submission.facts.n_ueid = UEID_MAX + 1;
	expect_refused(&r);
	r = good, r.submission.facts.n_handles = HALLMARK_NONCES_MAX + 1;
	expect_refused(&r);
	r = good, r.submission.facts.checks[1].state = CHECK_PASSED + 1;
	expect_refused(&r);
	r = good, r.submission.facts.labels[0].checks[10].state = CHECK_PASSED + 1;
	expect_refused(&r);
	r = good, r.submission.facts.expiry.cause = _EXPIRY_MAX;
	expect_refused(&r);
	r = good, r.submission.facts.labels[0].issuer_role = HALLMARK_ISSUER_SCHEME;
	assert_int_equal(ipc_send(fds[0], &r, NULL), 0);
	assert_int_equal(ipc_receive(fds[1], &received), 1);
	r.submission.facts.labels[0].issuer_role++;
	expect_refused(&r);
	r = good, r.submission.facts.debug = _DEBUG_MAX;
	expect_refused(&r);
	r = good, memset(r.submission.facts.product.model, 'x', sizeof(r.submission.facts.product.model));
	expect_refused(&r); /* no terminator */
	r = good, r.submission.facts.product.model[0] = '\n';
	expect_refused(&r); /* would break a line of the journal */
	r = good, memset(r.submission.facts.labels[0].number, 0xff, 4);
	expect_refused(&r); /* not UTF-8: the bus would refuse it later */
}

static void test_lengths_must_add_up(void **state)
{
	struct ipc_record r = submission();
	uint8_t raw[sizeof(struct ipc_record) + 8] = { 0 };
	size_t head = offsetof(struct ipc_record, submission) + sizeof(struct ipc_submission);

	(void)state;
	r.submission.parts[0] = 4;
	memcpy(raw, &r, head);
	assert_true(send(fds[0], raw, head + 4, 0) > 0);
	assert_int_equal(ipc_receive(fds[1], &received), 1);
	assert_true(send(fds[0], raw, head + 3, 0) > 0);
	assert_int_equal(ipc_receive(fds[1], &received), -EBADMSG);
	assert_true(send(fds[0], raw, head + 5, 0) > 0);
	assert_int_equal(ipc_receive(fds[1], &received), -EBADMSG);
}

static void test_truncated_and_unknown_records(void **state)
{
	struct ipc_record r = { .kind = IPC_ADMISSION };
	size_t whole = offsetof(struct ipc_record, submission) + sizeof(struct ipc_admission);

	(void)state;
	for (size_t n = 1; n < whole; n++) {
		assert_true(send(fds[0], &r, n, 0) > 0);
		assert_int_equal(ipc_receive(fds[1], &received), -EBADMSG);
	}
	assert_true(send(fds[0], &r, whole, 0) > 0);
	assert_int_equal(ipc_receive(fds[1], &received), 1);
	assert_true(send(fds[0], &r, whole + 1, 0) > 0);
	assert_int_equal(ipc_receive(fds[1], &received), -EBADMSG);
	r.kind = _IPC_MAX;
	assert_true(send(fds[0], &r, sizeof(r), 0) > 0);
	assert_int_equal(ipc_receive(fds[1], &received), -EBADMSG);
}

static void test_sessions_to_end(void **state)
{
	struct ipc_record r = { .kind = IPC_END };

	(void)state;
	r.end.n = IPC_END_MAX;
	memset(r.end.devices[IPC_END_MAX - 1], 7, SHA256_LEN);
	assert_int_equal(ipc_send(fds[0], &r, NULL), 0);
	assert_int_equal(ipc_receive(fds[1], &received), 1);
	assert_memory_equal(&received.record.end, &r.end, sizeof(r.end));
	r.end.n = IPC_END_MAX + 1;
	expect_refused(&r);
	r.end.n = UINT32_MAX;
	expect_refused(&r);
	r.end.n = 0; /* for nobody */
	expect_refused(&r);
}

static void test_end_is_seen(void **state)
{
	(void)state;
	assert_int_equal(shutdown(fds[0], SHUT_RDWR), 0);
	assert_int_equal(ipc_receive(fds[1], &received), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_submission_with_inputs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_largest_submission_fits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unsound_facts_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lengths_must_add_up, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_truncated_and_unknown_records, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sessions_to_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_end_is_seen, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
