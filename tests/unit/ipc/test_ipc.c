/* SPDX-License-Identifier: Apache-2.0 */
/* links: ipc */
/* Records between the core and others: what goes in comes out, and a process that was taken over gets nothing past. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/signed_inputs.h"
#include "ipc/ipc.h"

static int fds[2];
static struct ipc_message received;

/* The one way that records of each kind are received here. */
static const enum ipc_direction ways[_IPC_MAX] = {
	[IPC_READY] = IPC_FROM_EDGE,     [IPC_SUBMISSION] = IPC_FROM_EDGE, [IPC_ADMISSION] = IPC_FROM_EDGE,
	[IPC_COUNTERS] = IPC_FROM_EDGE,  [IPC_ANSWER] = IPC_TO_EDGE,       [IPC_SET] = IPC_FROM_ZYGOTE,
	[IPC_CHANGES] = IPC_FROM_ZYGOTE, [IPC_CASE] = IPC_TO_JUDGE,        [IPC_JUDGED] = IPC_FROM_JUDGE,
	[IPC_CLOCK] = IPC_TO_ZYGOTE,     [IPC_END] = IPC_TO_EDGE,          [IPC_BEACON] = IPC_TO_EDGE,
	[IPC_FORK] = IPC_TO_ZYGOTE,      [IPC_ALIVE] = IPC_FROM_JUDGE,     [IPC_FAILED] = IPC_FROM_EDGE,
};

static int receive(enum ipc_kind kind)
{
	return ipc_receive(fds[1], ways[kind], &received);
}

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

	r.submission.origin.ifindex = 3;
	memset(r.submission.session.master_secret, 7, sizeof(r.submission.session.master_secret));
	return r;
}

static struct ipc_record judged(void)
{
	struct ipc_record r = { .kind = IPC_JUDGED, .id = 42, .judged.reason = REASON_ADMITTED };
	struct facts *f = &r.judged.facts;

	(void)snprintf(f->product.maker, sizeof(f->product.maker), "pen:32473");
	f->n_ueid = 7;
	f->n_labels = 1;
	(void)snprintf(f->labels[0].scheme, sizeof(f->labels[0].scheme), "SG-CLS");
	return r;
}

static void test_submission(void **state)
{
	struct ipc_record r = submission();
	const struct ipc_inputs inputs = {
		.messages = bytes_of_string("messages"),
		.certificate_verify = bytes_of_string("verify"),
		.body = bytes_of_string("body"),
	};

	(void)state;
	assert_int_equal(ipc_inputs_size(&inputs), 18);
	assert_int_equal(ipc_send(fds[0], &r, &inputs), 0);
	assert_int_equal(receive(IPC_SUBMISSION), 1);
	assert_int_equal(received.record.id, 42);
	assert_memory_equal(&received.record.submission.session, &r.submission.session, sizeof(struct ipc_session));
	assert_true(bytes_equal_string(received.parts.messages, "messages"));
	assert_true(bytes_equal_string(received.parts.certificate_verify, "verify"));
	assert_true(bytes_equal_string(received.parts.body, "body"));
	assert_int_equal(received.parts.signed_inputs.n_chain + received.parts.signed_inputs.n_labels, 0);
	assert_int_equal(receive(IPC_SUBMISSION), -EAGAIN);
}

static void test_facts_with_inputs(void **state)
{
	struct ipc_record r = judged();
	const struct ipc_inputs inputs = {
		.signed_inputs = { .chain = { bytes_of_string("leaf"), bytes_of_string("sub-ca") },
				   .n_chain = 2,
				   .evidence = bytes_of_string("evidence"),
				   .labels = { bytes_of_string("label") },
				   .n_labels = 1 },
	};
	const struct signed_inputs *got = &received.parts.signed_inputs;

	(void)state;
	assert_int_equal(ipc_send(fds[0], &r, &inputs), 0);
	assert_int_equal(receive(IPC_JUDGED), 1);
	assert_int_equal(received.record.id, 42);
	assert_memory_equal(&received.record.judged.facts, &r.judged.facts, sizeof(struct facts));
	assert_int_equal(got->n_chain, 2);
	assert_true(bytes_equal_string(got->chain[1], "sub-ca"));
	assert_true(bytes_equal_string(got->evidence, "evidence"));
	assert_int_equal(got->n_labels, 1);
	assert_true(bytes_equal_string(got->labels[0], "label"));
	assert_int_equal(receive(IPC_JUDGED), -EAGAIN);
}

/* What waits in the pair is a file of its own, and comes with no other record. */
static void test_a_descriptor(void **state)
{
	struct ipc_record r = { .kind = IPC_FORK, .fork = { .slot = 3, .is_alone = true } };
	int sent[2], got = -1;

	(void)state;
	assert_int_equal(pipe(sent), 0);
	assert_int_equal(ipc_send_with(fds[0], &r, sent[0]), 0);
	(void)close(sent[0]);
	assert_int_equal(ipc_await(fds[1], IPC_TO_ZYGOTE, &received, &got), 1);
	assert_int_equal(received.record.fork.slot, 3);
	assert_true(got >= 0);
	assert_int_equal(write(sent[1], "x", 1), 1);
	assert_int_equal(read(got, &(char){ 0 }, 1), 1);
	(void)close(got);
	(void)close(sent[1]);
	assert_int_equal(ipc_send(fds[0], &r, NULL), 0);
	assert_int_equal(ipc_await(fds[1], IPC_TO_ZYGOTE, &received, &got), 1);
	assert_int_equal(got, -1);
}

static void test_largest_submission_fits(void **state)
{
	static uint8_t bytes[HANDSHAKE_BYTES_MAX];
	struct ipc_record r = submission();
	const struct ipc_inputs inputs = { .messages = BYTES(bytes), .body = bytes_of(bytes, HALLMARK_BODY_MAX) };

	(void)state;
	assert_int_equal(ipc_send(fds[0], &r, &inputs), 0);
	assert_int_equal(receive(IPC_SUBMISSION), 1);
	assert_int_equal(received.parts.body.n, HALLMARK_BODY_MAX);
}

static void expect_refused(struct ipc_record *r)
{
	assert_int_equal(ipc_send(fds[0], r, NULL), 0);
	assert_int_equal(receive(r->kind), -EBADMSG);
}

/* --- each field at its bounds, and one past --- */

/* A number of `size` bytes in a record: with `good` the record is taken, with `bad` in its place it is not. */
struct bound {
	const char *what;
	size_t good_at, bad_at;
	size_t size;
	uint64_t good, bad;
};

#define SIZE_OF(member) sizeof(((struct ipc_record *)0)->member)
#define BOUND(member, good, bad)                                                                                       \
	{                                                                                                              \
#member, offsetof(struct ipc_record, member), offsetof(struct ipc_record, member), SIZE_OF(member),    \
			(uint64_t)(good), (uint64_t)(bad)                                                              \
	}
/* One byte that may be there, and the same one where nothing may be. */
#define BEHIND(good_member, bad_member)                                                                                \
	{                                                                                                              \
#bad_member, offsetof(struct ipc_record, good_member), offsetof(struct ipc_record, bad_member), 1,     \
			'x', 'x'                                                                                       \
	}
#define FLAG(member)     BOUND(member, 1, 2), BOUND(member, 0, 0xff)
#define TIME(member)     BOUND(member, 0, -1), BOUND(member, TIME_MAX, TIME_MAX + 1)
#define END_TIME(member) TIME(member), BOUND(member, TIME_FOREVER, TIME_FOREVER - 1)
/* Of a text that holds "ab": a third character, one behind its end, a line break, and no end at all. */
#define TEXT(member)                                                                                                   \
	BEHIND(member[2], member[3]), BEHIND(member[1], member[sizeof(((struct ipc_record *)0)->member) - 1]),         \
		BOUND(member[0], 'x', '\n'), BOUND(member[1], 'x', 0x80)
/* Of a check that has passed: another state, another reason; `own` is a reason of that check. */
#define CHECK(member, own)                                                                                             \
	BOUND(member.state, CHECK_PASSED, CHECK_PASSED + 1), BOUND(member.state, CHECK_PASSED, CHECK_FAILED),          \
		BOUND(member.reason, REASON_ADMITTED, own), BOUND(member.reason, REASON_ADMITTED, 0x8000)

#define FACTS(facts)                                                                                                   \
	BOUND(facts.n_ueid, UEID_MAX, UEID_MAX + 1), BEHIND(facts.ueid[6], facts.ueid[7]), TEXT(facts.product.maker),  \
		TEXT(facts.product.model), TEXT(facts.product.hwversion), TEXT(facts.product.swname),                  \
		TEXT(facts.product.swversion),                                                                         \
		BOUND(facts.product.swversion_scheme, VERSION_DECIMAL, VERSION_DECIMAL + 1),                           \
		BOUND(facts.product.swversion_scheme, VERSION_SEMVER, 0x7777),                                         \
		BOUND(facts.debug, _DEBUG_MAX - 1, _DEBUG_MAX), TEXT(facts.anchor), TEXT(facts.mud_url),               \
		BOUND(facts.n_handles, HALLMARK_NONCES_MAX, HALLMARK_NONCES_MAX + 1),                                  \
		BEHIND(facts.handles[0][31], facts.handles[1][0]),                                                     \
		CHECK(facts.checks[CHECK_CHAIN], REASON_CHAIN_BROKEN),                                                 \
		BOUND(facts.checks[CHECK_DEBUG].reason, REASON_DEBUG_ENABLED, REASON_NO_CRL),                          \
		BOUND(facts.checks[CHECK_DEBUG].reason, REASON_NOT_EVALUATED, 899),                                    \
		BOUND(facts.checks[CHECK_DEBUG].reason, REASON_INTERNAL, REASON_ADMITTED),                             \
		BEHIND(facts.ueid[0], facts.checks[CHECK_NONE]),                                                       \
		BEHIND(facts.ueid[0], facts.checks[CHECK_RECOGNITION]), END_TIME(facts.expiry.at_sec),                 \
		BOUND(facts.expiry.at_sec, 1, 0x8080808080808080),                                                     \
		BOUND(facts.expiry.cause, EXPIRY_REFERENCE, EXPIRY_ORDER),                                             \
		BOUND(facts.expiry.cause, EXPIRY_NONE, EXPIRY_POLICY),                                                 \
		BOUND(facts.expiry.cause, EXPIRY_CRL, _EXPIRY_MAX),                                                    \
		BOUND(facts.n_labels, HALLMARK_LABELS_MAX, HALLMARK_LABELS_MAX + 1),                                   \
		BEHIND(facts.labels[0].scheme[2], facts.labels[1].scheme[0]),                                          \
		BEHIND(facts.labels[0].scheme[2], facts.labels[3].scheme[0]),                                          \
		BOUND(facts.rests_on.n, DEPENDENCIES_MAX, DEPENDENCIES_MAX + 1),                                       \
		BEHIND(facts.rests_on.ids[0], facts.rests_on.ids[1]), BEHIND(facts.ueid[0], facts.reserved[0]),        \
		BEHIND(facts.ueid[0], facts.rests_on.reserved[6])

#define LABEL(label)                                                                                                   \
	TEXT(label.issuer), TEXT(label.number), TEXT(label.scheme), TEXT(label.category), TEXT(label.field),           \
		TEXT(label.scheme_version), TEXT(label.further[0]),                                                    \
		BOUND(label.n_further, HALLMARK_FURTHER_MAX, HALLMARK_FURTHER_MAX + 1),                                \
		BEHIND(label.further[0][2], label.further[1][0]),                                                      \
		BOUND(label.basis, HALLMARK_BASIS_RECOGNITION, HALLMARK_BASIS_RECOGNITION + 1),                        \
		BOUND(label.basis, HALLMARK_BASIS_UNKNOWN, 0xee),                                                      \
		BOUND(label.issuer_role, HALLMARK_ISSUER_SCHEME, HALLMARK_ISSUER_SCHEME + 1),                          \
		FLAG(label.from_register), FLAG(label.firmware_bound), FLAG(label.is_extension),                       \
		TEXT(label.class_said), BOUND(label.n_classes, HALLMARK_CLASSES_MAX, HALLMARK_CLASSES_MAX + 1),        \
		BOUND(label.class_differs, CLASS_DIFFERS_VERSION, _CLASS_DIFFERS_MAX), FLAG(label.names_status),       \
		TIME(label.nbf_sec), TIME(label.exp_sec), END_TIME(label.expiry.at_sec),                               \
		BOUND(label.expiry.cause, EXPIRY_STATUS_LIST, EXPIRY_REATTEST),                                        \
		CHECK(label.checks[CHECK_LABEL_CLASS], REASON_CLASS_MISMATCH),                                         \
		BOUND(label.checks[CHECK_LABEL_ANCHOR].reason, REASON_ANCHOR_MISMATCH, REASON_CLASS_MISMATCH),         \
		BEHIND(label.number[2], label.checks[CHECK_FIRMWARE]),                                                 \
		BEHIND(label.number[2], label.checks[CHECK_RECOGNITION])

#define SESSION(session)                                                                                               \
	FLAG(session.channel_good), FLAG(session.nonce_issued), FLAG(session.nonce_good),                              \
		BEHIND(session.nonce[0], session.reserved[0])

#define ORIGIN(origin) BOUND(origin.ifindex, 1, 0), BOUND(origin.ifindex, INT_MAX, INT_MAX + 1u)

static void put_text(char *text)
{
	memcpy(text, "ab", 2);
}

static struct facts full_facts(void)
{
	struct facts f = { .n_ueid = 7, .n_handles = 1, .n_labels = 1, .rests_on.n = 1 };
	struct label_facts *l = &f.labels[0];
	char *const texts[] = { f.product.maker,     f.product.model, f.product.hwversion, f.product.swname,
				f.product.swversion, f.anchor,        f.mud_url,           l->issuer,
				l->number,           l->scheme,       l->category,         l->field,
				l->scheme_version,   l->further[0],   l->class_said };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		put_text(texts[i]);
	l->n_further = 1;
	f.checks[CHECK_CHAIN] = check_passed();
	f.checks[CHECK_DEBUG] = check_failed(REASON_DEBUG_ENABLED);
	l->checks[CHECK_LABEL_CLASS] = check_passed();
	l->checks[CHECK_LABEL_ANCHOR] = check_failed(REASON_ANCHOR_MISMATCH);
	return f;
}

static int send_with(const struct ipc_record *base, size_t at, size_t size, uint64_t value)
{
	struct ipc_record r;

	memcpy(&r, base, sizeof(r));
	memcpy((uint8_t *)&r + at, &value, size); /* little-endian, as the machines are that this is tested on */
	assert_int_equal(ipc_send(fds[0], &r, NULL), 0);
	return receive(base->kind);
}

static void check_bounds(const struct ipc_record *base, const struct bound *bounds, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct bound *b = &bounds[i];

		if (send_with(base, b->good_at, b->size, b->good) != 1)
			fail_msg("%s: %llx is refused", b->what, (unsigned long long)b->good);
		if (send_with(base, b->bad_at, b->size, b->bad) != -EBADMSG)
			fail_msg("%s: %llx is taken", b->what, (unsigned long long)b->bad);
	}
}

#define CHECK_BOUNDS(record, ...)                                                                                      \
	do {                                                                                                           \
		static const struct bound bounds[] = { __VA_ARGS__ };                                                  \
		check_bounds(&(record), bounds, ARRAY_SIZE(bounds));                                                   \
	} while (0)

static void test_bounds_of_a_submission(void **state)
{
	struct ipc_record r = { .kind = IPC_SUBMISSION, .submission.origin.ifindex = 3 };

	(void)state;
	CHECK_BOUNDS(r, ORIGIN(submission.origin), SESSION(submission.session));
}

static void test_bounds_of_what_is_judged(void **state)
{
	struct ipc_record r = { .kind = IPC_JUDGED };

	(void)state;
	CHECK_BOUNDS(r, BOUND(judged.result, 0, 1), BOUND(judged.result, -ENOMEM, INT_MIN),
		     BOUND(judged.result, -4095, -4096), BEHIND(id, judged.reserved[0]), BEHIND(id, reserved[0]));
	r.judged.reason = REASON_ADMITTED;
	r.judged.facts = full_facts();
	CHECK_BOUNDS(r, BOUND(judged.reason, REASON_ADMITTED, REASON_MALFORMED), BOUND(judged.result, 0, -ENOMEM),
		     FACTS(judged.facts), LABEL(judged.facts.labels[0]));
}

static void test_bounds_of_sets_and_changes(void **state)
{
	struct ipc_record r = { .kind = IPC_SET, .set.mark.kind = SET_CRL };

	(void)state;
	put_text(r.set.mark.identity);
	CHECK_BOUNDS(r, BOUND(set.mark.kind, SET_REGISTER, SET_NONE), BOUND(set.mark.kind, SET_CRL, _SET_KIND_MAX),
		     TEXT(set.mark.identity), BOUND(set.mark.identity[0], 'y', 0),
		     BOUND(set.mark.issued_sec, INT64_C(-62167219200), INT64_C(-62167219201)),
		     BOUND(set.mark.until_sec, TIME_MAX, TIME_MAX + 1),
		     BOUND(set.mark.until_sec, TIME_FOREVER, INT64_MIN), BOUND(set.n_told, 0, LIFTED_TOLD + 1),
		     BEHIND(set.mark.hash[0], set.lifted[0]), BEHIND(set.mark.hash[0], set.mark.reserved[0]),
		     BEHIND(set.mark.hash[0], set.reserved[0]));
	r.set.n_told = 1;
	CHECK_BOUNDS(r, BOUND(set.n_told, LIFTED_TOLD, LIFTED_TOLD + 1), BEHIND(set.lifted[0], set.lifted[1]));
	r = (struct ipc_record){ .kind = IPC_CHANGES, .changes.n = 1 };
	CHECK_BOUNDS(r, FLAG(changes.is_last), BOUND(changes.n, IPC_CHANGES_MAX, IPC_CHANGES_MAX + 1),
		     BOUND(changes.n, 0, UINT32_MAX), BEHIND(changes.ids[0], changes.ids[1]),
		     BEHIND(changes.ids[0], changes.reserved[0]));
	r.changes.n_news = 1;
	r.changes.news[0] = (struct status_news){ .status = check_failed(REASON_LABEL_REVOKED) };
	CHECK_BOUNDS(r, BOUND(changes.n_news, IPC_NEWS_MAX, IPC_NEWS_MAX + 1), BOUND(changes.n_news, 1, 0),
		     BEHIND(changes.news[0].entry, changes.news[1].entry),
		     BEHIND(changes.news[0].entry, changes.news[0].reserved),
		     BOUND(changes.news[0].until_sec, TIME_FOREVER, -1),
		     BOUND(changes.news[0].status.reason, REASON_LABEL_SUSPENDED, REASON_LABEL_EXPIRED),
		     BOUND(changes.news[0].status.state, CHECK_ABSENT, CHECK_PASSED));
}

static void test_bounds_of_the_other_records(void **state)
{
	struct ipc_record r = { .kind = IPC_ADMISSION, .admission.origin.ifindex = 3 };

	(void)state;
	CHECK_BOUNDS(r, ORIGIN(admission.origin));
	r = (struct ipc_record){ .kind = IPC_COUNTERS, .counters = { .sessions = 5, .half_open = 4 } };
	CHECK_BOUNDS(r, BOUND(counters.half_open, 5, 6), BOUND(counters.sessions, 4, 3),
		     BOUND(counters.sessions, INT_MAX / EDGES_MAX, INT_MAX / EDGES_MAX + 1),
		     BOUND(counters.datagrams, EDGE_COUNT_MAX, EDGE_COUNT_MAX + 1),
		     BOUND(counters.handshakes, EDGE_COUNT_MAX, EDGE_COUNT_MAX + 1),
		     BOUND(counters.handshake_failures, EDGE_COUNT_MAX, EDGE_COUNT_MAX + 1),
		     BOUND(counters.requests, EDGE_COUNT_MAX, EDGE_COUNT_MAX + 1),
		     BOUND(counters.displaced_sessions, EDGE_COUNT_MAX, EDGE_COUNT_MAX + 1),
		     BOUND(counters.refused_handshakes, EDGE_COUNT_MAX, EDGE_COUNT_MAX + 1),
		     BOUND(counters.refused_requests, EDGE_COUNT_MAX, EDGE_COUNT_MAX + 1),
		     BOUND(counters.failures[0], EDGE_COUNT_MAX, EDGE_COUNT_MAX + 1),
		     BOUND(counters.failures[_HANDSHAKE_CAUSE_MAX - 1], 0, UINT64_MAX));
	r = (struct ipc_record){ .kind = IPC_FAILED,
				 .failed = { .origin.ifindex = 3, .what.cause = HANDSHAKE_TIMEOUT } };
	CHECK_BOUNDS(r, ORIGIN(failed.origin), BOUND(failed.what.cause, _HANDSHAKE_CAUSE_MAX - 1, _HANDSHAKE_CAUSE_MAX),
		     BOUND(failed.what.cause, HANDSHAKE_PROTOCOL, HANDSHAKE_NOT_FAILED),
		     BOUND(failed.what.alert_sender, ALERT_OF_DEVICE, ALERT_OF_DEVICE + 1),
		     FLAG(failed.what.extended_master_secret), BOUND(failed.what.n_suites, OFFER_MAX, OFFER_MAX + 1),
		     BOUND(failed.what.n_groups, OFFER_MAX, OFFER_MAX + 1),
		     BOUND(failed.what.n_signatures, OFFER_MAX, OFFER_MAX + 1),
		     BEHIND(failed.what.version, failed.what.suites[0]), BEHIND(failed.port, failed.what.groups[0]),
		     BEHIND(failed.port, failed.what.signatures[0]), BEHIND(failed.port, failed.reserved[1]));
	put_text(r.failed.what.key);
	CHECK_BOUNDS(r, TEXT(failed.what.key));
	r = (struct ipc_record){ .kind = IPC_ANSWER, .answer = { .to = IPC_SUBMISSION, .reason = REASON_BUSY } };
	CHECK_BOUNDS(r, BOUND(answer.reason, REASON_INTERNAL, 99), BOUND(answer.to, IPC_ADMISSION, IPC_NONE),
		     BOUND(answer.to, IPC_SUBMISSION, IPC_ANSWER), BOUND(answer.n_ear, 0, 1));
	r.answer.reason = REASON_ADMITTED;
	r.answer.n_ear = 1;
	CHECK_BOUNDS(r, BOUND(answer.n_ear, HALLMARK_ANSWER_MAX, HALLMARK_ANSWER_MAX + 1),
		     BEHIND(answer.ear[0], answer.ear[1]), BOUND(answer.reason, REASON_ADMITTED, REASON_BUSY));
	r = (struct ipc_record){ .kind = IPC_CLOCK };
	CHECK_BOUNDS(r, TIME(clock.at_sec), BOUND(clock.at_usec, 0, UINT64_MAX), BOUND(clock.log_level, 7, 8),
		     BOUND(clock.log_level, 0, -1), BEHIND(id, clock.reserved[0]));
	r = (struct ipc_record){ .kind = IPC_CASE,
				 .case_ = { .possession = check_passed(), .freshness = check_passed() } };
	CHECK_BOUNDS(r, TIME(case_.now_sec), CHECK(case_.possession, REASON_NO_POSSESSION),
		     CHECK(case_.freshness, REASON_NONCE_UNKNOWN), BEHIND(id, case_.reserved[5]),
		     BEHIND(id, case_.session.nonce[0]));
	r.case_.is_submission = true;
	CHECK_BOUNDS(r, SESSION(case_.session), BOUND(case_.is_submission, 1, 2));
	r = (struct ipc_record){ .kind = IPC_FORK };
	CHECK_BOUNDS(r, BOUND(fork.slot, IPC_SLOTS_MAX - 1, IPC_SLOTS_MAX), FLAG(fork.is_alone),
		     FLAG(fork.is_background), BEHIND(id, fork.reserved[0]));
	r = (struct ipc_record){ .kind = IPC_END, .end.n = 1 };
	CHECK_BOUNDS(r, BOUND(end.n, IPC_END_MAX, IPC_END_MAX + 1), BOUND(end.n, 1, 0),
		     BEHIND(end.devices[0], end.devices[1]));
}

/* Nothing stands behind a gap: who takes it apart would not see it. */
static void test_no_gaps_between_inputs(void **state)
{
	struct ipc_record r = submission();
	struct ipc_inputs inputs = { .signed_inputs.labels = { bytes_of_string("one"), bytes_of_string("two") } };

	(void)state;
	assert_int_equal(ipc_send(fds[0], &r, &inputs), 0);
	assert_int_equal(receive(IPC_SUBMISSION), 1);
	assert_int_equal(received.parts.signed_inputs.n_labels, 2);
	inputs.signed_inputs.labels[0].n = 0;
	assert_int_equal(ipc_send(fds[0], &r, &inputs), 0);
	assert_int_equal(receive(IPC_SUBMISSION), -EBADMSG);
	inputs = (struct ipc_inputs){ .signed_inputs.chain = { [1] = bytes_of_string("sub-ca") } };
	assert_int_equal(ipc_send(fds[0], &r, &inputs), 0);
	assert_int_equal(receive(IPC_SUBMISSION), -EBADMSG);
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
	assert_int_equal(receive(IPC_SUBMISSION), 1);
	assert_true(send(fds[0], raw, head + 3, 0) > 0);
	assert_int_equal(receive(IPC_SUBMISSION), -EBADMSG);
	assert_true(send(fds[0], raw, head + 5, 0) > 0);
	assert_int_equal(receive(IPC_SUBMISSION), -EBADMSG);
}

static void test_truncated_and_unknown_records(void **state)
{
	struct ipc_record r = { .kind = IPC_ADMISSION, .admission.origin.ifindex = 3 };
	size_t whole = offsetof(struct ipc_record, submission) + sizeof(struct ipc_admission);

	(void)state;
	for (size_t n = 1; n < whole; n++) {
		assert_true(send(fds[0], &r, n, 0) > 0);
		assert_int_equal(receive(IPC_SUBMISSION), -EBADMSG);
	}
	assert_true(send(fds[0], &r, whole, 0) > 0);
	assert_int_equal(receive(IPC_SUBMISSION), 1);
	assert_true(send(fds[0], &r, whole + 1, 0) > 0);
	assert_int_equal(receive(IPC_SUBMISSION), -EBADMSG);
	r.kind = _IPC_MAX;
	assert_true(send(fds[0], &r, sizeof(r), 0) > 0);
	assert_int_equal(receive(IPC_SUBMISSION), -EBADMSG);
}

/* A kind that goes another way is refused, however sound it is. */
static void test_ways(void **state)
{
	static const unsigned ends[] = { IPC_FROM_EDGE, IPC_TO_EDGE,    IPC_FROM_ZYGOTE,
					 IPC_TO_ZYGOTE, IPC_FROM_JUDGE, IPC_TO_JUDGE };
	struct ipc_record sound[_IPC_MAX] = { 0 };

	(void)state;
	for (unsigned kind = IPC_NONE + 1; kind < _IPC_MAX; kind++)
		sound[kind].kind = kind;
	sound[IPC_SUBMISSION].submission.origin.ifindex = sound[IPC_ADMISSION].admission.origin.ifindex = 3;
	sound[IPC_FAILED].failed.origin.ifindex = 3;
	sound[IPC_FAILED].failed.what.cause = HANDSHAKE_TIMEOUT;
	sound[IPC_ANSWER].answer.to = IPC_ADMISSION;
	sound[IPC_SET].set.mark.kind = SET_CRL;
	put_text(sound[IPC_SET].set.mark.identity);
	sound[IPC_CASE].case_.possession = sound[IPC_CASE].case_.freshness = check_passed();
	sound[IPC_END].end.n = 1;
	for (unsigned kind = IPC_NONE + 1; kind < _IPC_MAX; kind++)
		for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
			bool goes = ends[i] == ways[kind] || (kind == IPC_CLOCK && ends[i] == IPC_TO_EDGE);

			assert_int_equal(ipc_send(fds[0], &sound[kind], NULL), 0);
			if (ipc_receive(fds[1], ends[i], &received) != (goes ? 1 : -EBADMSG))
				fail_msg("kind %u, direction %u: %s", kind, ends[i], goes ? "is refused" : "is taken");
		}
}

/* When it was received says who receives it. */
static void test_time_of_receipt(void **state)
{
	struct ipc_record r = submission();
	uint64_t before = clock_monotonic_usec();

	(void)state;
	assert_int_equal(ipc_send(fds[0], &r, NULL), 0);
	received.received_usec = 0;
	assert_int_equal(receive(r.kind), 1);
	assert_true(received.received_usec >= before && received.received_usec <= clock_monotonic_usec());
}

static void test_sessions_to_end(void **state)
{
	struct ipc_record r = { .kind = IPC_END };

	(void)state;
	r.end.n = IPC_END_MAX;
	memset(r.end.devices[IPC_END_MAX - 1], 7, SHA256_LEN);
	assert_int_equal(ipc_send(fds[0], &r, NULL), 0);
	assert_int_equal(receive(IPC_END), 1);
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
	assert_int_equal(receive(IPC_END), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_submission, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_facts_with_inputs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_descriptor, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_largest_submission_fits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bounds_of_a_submission, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bounds_of_what_is_judged, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bounds_of_sets_and_changes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bounds_of_the_other_records, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_gaps_between_inputs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lengths_must_add_up, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_truncated_and_unknown_records, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ways, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_time_of_receipt, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sessions_to_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_end_is_seen, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
