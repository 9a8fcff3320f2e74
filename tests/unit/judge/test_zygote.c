/* SPDX-License-Identifier: Apache-2.0 */
/* links: config serve judge */
/* wraps: sandbox_enter */
/*
 * A zygote between the material of before and of now: which sets it says are in force, and which questions the two answer
 * differently. And its forks, the judges: what they derive from what a device sent, and from the signed inputs that were stored of it.
 * The core is this test.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "appraise/facts.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "base/dependency.h"
#include "base/digest.h"
#include "hallmark/check.h"
#include "handshake_kit.h"
#include "identity/handshake.h"
#include "material_kit.h"
#include "pki_crl.h"
#include "process_kit.h"
#include "token/evidence.h"
#include "token/label.h"
#include "token/status.h"
#include "token/submission.h"
#include "token_kit.h"

static const uint8_t ueid[] = { 0x01, 2, 3, 4, 5, 6, 7, 8 };

static struct config *config;
static struct pki_node maker, other_maker, device, kisa, stranger;
static int material;
static int judge_fd = -1; /* to a judge */

/* --- material --- */

static int material_with(const struct pki_node *ca, const struct crl_request *request)
{
	int fd = material_new();

	material_put_rules(fd, config);
	material_put_pem(fd, MATERIAL_ANCHOR, "maker", "", pki_certificate_pem(ca));
	material_put_pem(fd, MATERIAL_ISSUER, "KISA", "KR-CIC", pki_public_pem(kisa.key));
	if (request) {
		size_t n;
		_cleanup_free_ uint8_t *crl = pki_crl(&maker, request, &n);

		material_put(fd, MATERIAL_CRL, "maker.crl", "accept", bytes_of(crl, n));
	}
	return fd;
}

static void start(int now_fd, int former_fd)
{
	int fds[] = { -1, now_fd, former_fd };

	child_start("--zygote", fds, ARRAY_SIZE(fds));
	send_clock(PKI_NOW_SEC);
}

/* The changes; there is one record of them here, and it is the last. */
static const struct ipc_changes *await_changes(void)
{
	assert_int_equal(await(), IPC_CHANGES);
	assert_true(message.record.changes.is_last);
	return &message.record.changes;
}

static void open_judge(void)
{
	if (judge_fd >= 0)
		(void)close(judge_fd);
	judge_fd = judge_open((struct ipc_fork){ .slot = 0 });
}

/* A zygote with the same material as before, and a judge. */
static void start_judge(void)
{
	start(material, material);
	assert_int_equal(await_changes()->n, 0);
	open_judge();
}

/* What the judge finds, in `message`. */
static const struct ipc_judged *ask_judge(struct ipc_record *record, const struct ipc_inputs *in)
{
	assert_int_equal(ipc_send(judge_fd, record, in), 0);
	assert_int_equal(await_from(judge_fd, IPC_FROM_JUDGE), IPC_JUDGED);
	assert_int_equal(message.record.id, record->id);
	return &message.record.judged;
}

/* --- signed inputs --- */

static void sign_evidence(struct bytes nonce, struct writer *w)
{
	const struct evidence e = {
		.nonces = { nonce },
		.n_nonces = 1,
		.ueid = BYTES(ueid),
		.debug = DEBUG_DISABLED,
		.product = { .maker = "pen:32473",
			     .model = "WP-700",
			     .swversion = "1.2.0",
			     .swversion_scheme = VERSION_SEMVER },
	};

	assert_int_equal(evidence_sign(&e, NULL, device.key, w), 0);
}

static struct signed_inputs inputs(struct writer *evidence)
{
	sign_evidence(BYTES(ueid), evidence); /* of a session that is over */
	return (struct signed_inputs){ .chain = { pki_der(&device), pki_der(&maker) },
				       .n_chain = 2,
				       .evidence = writer_bytes(evidence) };
}

static const struct check_result passed = { CHECK_PASSED, REASON_ADMITTED };
static const struct check_result spent = { CHECK_FAILED, REASON_CHANNEL_SPENT };

static const struct ipc_judged *judge(uint64_t id, const struct signed_inputs *in, struct check_result freshness,
				      int64_t now_sec)
{
	struct ipc_record record = { .kind = IPC_CASE,
				     .id = id,
				     .case_ = { .now_sec = now_sec, .possession = passed, .freshness = freshness } };

	return ask_judge(&record, &(struct ipc_inputs){ .signed_inputs = *in });
}

static enum check_state state_of(const struct ipc_judged *j, int check)
{
	assert_int_equal(j->result, 0);
	assert_int_equal(j->reason, REASON_ADMITTED);
	return j->facts.checks[check].state;
}

/* --- what is different --- */

static void test_nothing_is_different(void **state)
{
	(void)state;
	start(material, material);
	assert_int_equal(await_changes()->n, 0);
	child_stop();
}

static void test_another_ca(void **state)
{
	int former = material_with(&other_maker, NULL);

	(void)state;
	start(material, former);
	assert_true(await_changes()->n > 0);
	for (size_t i = 0; i < message.record.changes.n; i++)
		assert_true(message.record.changes.ids[i] != DEPENDENCY_ALL);
	child_stop();
	(void)close(former);
}

/* Where the former material cannot be read, anything may be different. */
static void test_no_former_material(void **state)
{
	int former = material_new();

	(void)state;
	assert_int_equal(write(former, "x", 1), 1);
	start(material, former);
	assert_int_equal(await_changes()->n, 1);
	assert_true(message.record.changes.ids[0] == DEPENDENCY_ALL);
	child_stop();
	(void)close(former);
}

#define PLACES 1200 /* that have changed: more than one record holds */

/* The place `at` of a list has the status, and with is_full all behind it are revoked. */
static int material_with_list(int64_t at, uint8_t status, bool is_full)
{
	static uint8_t statuses[(PLACES + 8) / 4], token[4096];
	struct status_list list = { .issuer = "KISA",
				    .uri = "https://kisa.example/1",
				    .iat_sec = PKI_NOW_SEC - 9 + status,
				    .bits = 2,
				    .statuses = statuses,
				    .n = sizeof(statuses) };
	struct writer w = WRITER(token);
	int fd = material_with(&maker, NULL);

	memset(statuses, 0, sizeof(statuses));
	for (int64_t i = at; i < (is_full ? at + PLACES : at + 1); i++)
		statuses[i / 4] |= (uint8_t)((i == at ? status : STATUS_INVALID) << i % 4 * 2);
	assert_int_equal(status_list_sign(&list, kisa.key, &w), 0);
	material_put(fd, MATERIAL_STATUS_LIST, "kisa.status", "", writer_bytes(&w));
	return fd;
}

/* What a list says now is told with the question. */
static void test_news_of_a_status(void **state)
{
	static const struct {
		uint8_t former, now;
		enum hallmark_reason reason;
	} rows[] = { { STATUS_VALID, STATUS_INVALID, REASON_LABEL_REVOKED },
		     { STATUS_INVALID, STATUS_VALID, REASON_ADMITTED },
		     { STATUS_INVALID, STATUS_SUSPENDED, REASON_LABEL_SUSPENDED } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int former = material_with_list(3, rows[i].former, false),
		    now = material_with_list(3, rows[i].now, false);
		const struct ipc_changes *c;

		start(now, former);
		assert_int_equal(await(), IPC_SET);
		c = await_changes();
		assert_int_equal(c->n, 1);
		assert_int_equal(c->n_news, 1);
		assert_true(c->news[0].entry == c->ids[0] && c->news[0].list != c->ids[0]);
		assert_int_equal(c->news[0].status.reason, rows[i].reason);
		assert_int_equal(c->news[0].status.state,
				 rows[i].reason == REASON_ADMITTED ? CHECK_PASSED : CHECK_FAILED);
		child_stop();
		(void)close(former);
		(void)close(now);
	}
}

/* All that changed and all news, each once and in order. */
static void test_many_news(void **state)
{
	int former = material_with_list(3, STATUS_VALID, false), now = material_with_list(3, STATUS_INVALID, true);
	const struct ipc_changes *c = &message.record.changes;
	uint64_t last_id = 0, last_news = 0;
	size_t n = 0, n_news = 0;

	(void)state;
	start(now, former);
	assert_int_equal(await(), IPC_SET);
	do {
		assert_int_equal(await(), IPC_CHANGES);
		for (size_t i = 0; i < c->n; last_id = c->ids[i++])
			assert_true(c->ids[i] > last_id);
		for (size_t i = 0; i < c->n_news; last_news = c->news[i++].entry)
			assert_true(c->news[i].entry > last_news);
		n += c->n;
		n_news += c->n_news;
	} while (!c->is_last);
	assert_int_equal(n, PLACES);
	assert_int_equal(n_news, PLACES);
	child_stop();
	(void)close(former);
	(void)close(now);
}

/* That a list comes is no news: what it says of all others is not told. */
static void test_a_list_that_comes(void **state)
{
	int now = material_with_list(3, STATUS_INVALID, false);

	(void)state;
	start(now, material);
	assert_int_equal(await(), IPC_SET);
	assert_int_equal(await_changes()->n, 2);
	assert_int_equal(message.record.changes.n_news, 0);
	child_stop();
	(void)close(now);
}

static void test_sets_in_force(void **state)
{
	const struct crl_request crl = { .number = 5 }, none = { .number = 6, .bad_signature = true };
	int with = material_with(&maker, &crl), without = material_with(&maker, &none);

	(void)state;
	start(with, material);
	assert_int_equal(await(), IPC_SET);
	assert_int_equal(message.record.set.mark.kind, SET_CRL);
	assert_int_equal(message.record.set.mark.sequence, 5);
	assert_int_equal(message.record.set.item, 6); /* behind the four rules, the anchor and the issuer */
	assert_true(await_changes()->n > 0);
	child_stop();

	start(without, material); /* one that nobody signed is none */
	(void)await_changes();
	child_stop();
	(void)close(with);
	(void)close(without);
}

/* --- stored inputs are judged again --- */

static void test_judged_again(void **state)
{
	uint8_t space[1024];
	struct writer w = WRITER(space);
	struct signed_inputs in = inputs(&w);
	const struct ipc_judged *j;

	(void)state;
	start_judge();

	j = judge(1, &in, passed, PKI_NOW_SEC);
	assert_int_equal(state_of(j, CHECK_POSSESSION), CHECK_PASSED);
	assert_int_equal(state_of(j, CHECK_FRESHNESS), CHECK_PASSED); /* as the session showed it */
	assert_int_equal(state_of(j, CHECK_CHAIN), CHECK_PASSED);
	assert_int_equal(state_of(j, CHECK_EVIDENCE_SIGNATURE), CHECK_PASSED);
	assert_string_equal(j->facts.product.model, "WP-700");

	j = judge(2, &in, spent, PKI_NOW_SEC);
	assert_int_equal(state_of(j, CHECK_FRESHNESS), CHECK_FAILED);
	assert_int_equal(j->facts.checks[CHECK_FRESHNESS].reason, REASON_CHANNEL_SPENT);

	j = judge(3, &in, passed, PKI_NOT_AFTER_SEC + 1);
	assert_int_equal(state_of(j, CHECK_CHAIN), CHECK_FAILED);

	space[w.n - 1] ^= 1;
	j = judge(4, &in, passed, PKI_NOW_SEC);
	assert_int_equal(state_of(j, CHECK_EVIDENCE_SIGNATURE), CHECK_FAILED);
	assert_string_equal(j->facts.product.model, ""); /* what it claims is not said on */
	space[w.n - 1] ^= 1;

	in.chain[0] = bytes_of_string("no certificate");
	assert_int_equal(judge(5, &in, passed, PKI_NOW_SEC)->result, -EBADMSG); /* nothing can be said of it */
	in.chain[0] = pki_der(&device);
	assert_int_equal(state_of(judge(6, &in, passed, PKI_NOW_SEC), CHECK_CHAIN), CHECK_PASSED);
	child_stop();
}

static void test_a_certificate_that_was_revoked(void **state)
{
	const struct crl_request crl = { .number = 5, .revoked = { &device } };
	int fd = material_with(&maker, &crl);
	uint8_t space[1024];
	struct writer w = WRITER(space);
	struct signed_inputs in = inputs(&w);

	(void)state;
	start(fd, material);
	assert_int_equal(await(), IPC_SET);
	assert_true(await_changes()->n > 0);
	open_judge();
	assert_int_equal(state_of(judge(1, &in, passed, PKI_NOW_SEC), CHECK_DEVICE_REVOCATION), CHECK_FAILED);
	child_stop();

	start(material, fd);
	(void)await_changes();
	open_judge();
	assert_int_not_equal(state_of(judge(1, &in, passed, PKI_NOW_SEC), CHECK_DEVICE_REVOCATION), CHECK_FAILED);
	child_stop();
	(void)close(fd);
}

/* --- what a device sent --- */

#define LABELS_SENT_MAX 4

/* As an edge hands it over. */
struct sent {
	struct made handshake;
	uint8_t evidence[1024], body[HALLMARK_BODY_MAX];
	struct ipc_record record;
	struct ipc_inputs in;
};

static void send_body(struct sent *s, struct bytes nonce, const struct bytes *labels, size_t n_labels)
{
	struct writer evidence = WRITER(s->evidence), body = WRITER(s->body);
	struct submission submission = { .n_labels = n_labels };

	sign_evidence(nonce, &evidence);
	submission.evidence = writer_bytes(&evidence);
	if (n_labels > 0)
		memcpy(submission.labels, labels, n_labels * sizeof(*labels));
	assert_int_equal(submission_encode(&submission, &body), 0);
	s->in.body = writer_bytes(&body);
}

/* Of a session whose handshake has these defects. Its evidence holds the channel value, as the device knows it. */
static void send_in(struct sent *s, struct recipe recipe, const struct bytes *labels, size_t n_labels)
{
	struct handshake_proof proof;

	recipe.key = recipe.key ? recipe.key : device.key;
	if (recipe.n_chain == 0) {
		recipe.chain[recipe.n_chain++] = pki_der(&device);
		recipe.chain[recipe.n_chain++] = pki_der(&maker);
	}
	*s = (struct sent){ .record = { .kind = IPC_CASE, .id = 7 } };
	handshake_make(&s->handshake, &recipe);
	assert_int_equal(handshake_verify(&s->handshake.h, recipe.key, &proof), 0);
	s->record.case_ = (struct ipc_case){
		.now_sec = PKI_NOW_SEC,
		.is_submission = true,
		.session = { .content_format = HALLMARK_CF_MULTIPART, .channel_good = true },
		.possession = check_failed(REASON_NOT_EVALUATED),
		.freshness = check_failed(REASON_NOT_EVALUATED),
	};
	memcpy(s->record.case_.session.master_secret, s->handshake.h.master_secret, MASTER_SECRET_LEN);
	s->in.messages = s->handshake.h.messages;
	s->in.certificate_verify = s->handshake.h.certificate_verify;
	send_body(s, BYTES(proof.channel_value), labels, n_labels);
}

static const struct ipc_judged *judge_sent(struct sent *s)
{
	return ask_judge(&s->record, &s->in);
}

static void expect_reason(const struct ipc_judged *j, int check, enum hallmark_reason reason)
{
	assert_int_equal(state_of(j, check), reason == REASON_ADMITTED ? CHECK_PASSED : CHECK_FAILED);
	assert_string_equal(reason_name(j->facts.checks[check].reason), reason_name(reason));
}

static void test_a_submission(void **state)
{
	static struct sent s;
	const struct signed_inputs *back = &message.parts.signed_inputs;
	struct handshake_proof proof;
	const struct ipc_judged *j;

	(void)state;
	start_judge();
	send_in(&s, (struct recipe){ 0 }, NULL, 0);
	j = judge_sent(&s);
	expect_reason(j, CHECK_POSSESSION, REASON_ADMITTED);
	expect_reason(j, CHECK_FRESHNESS, REASON_ADMITTED);
	expect_reason(j, CHECK_CHAIN, REASON_ADMITTED);
	expect_reason(j, CHECK_EVIDENCE_SIGNATURE, REASON_ADMITTED);
	assert_string_equal(j->facts.product.model, "WP-700");
	assert_int_equal(j->facts.n_labels, 0);

	assert_int_equal(handshake_verify(&s.handshake.h, device.key, &proof), 0);
	assert_memory_equal(j->fresh.beacon, proof.beacon, sizeof(proof.beacon));
	assert_memory_equal(j->fresh.handle, proof.channel_value, sizeof(proof.channel_value));

	assert_int_equal(back->n_chain, 2); /* to be judged again from */
	assert_true(bytes_equal(back->chain[0], pki_der(&device)));
	assert_true(bytes_equal(back->chain[1], pki_der(&maker)));
	assert_true(back->evidence.n > 0);
	assert_memory_equal(back->evidence.p, s.evidence, back->evidence.n);
	assert_int_equal(back->n_labels, 0);
	child_stop();
}

/* A nonce has its beacon in itself. */
static void test_a_submission_with_a_nonce(void **state)
{
	static const uint8_t no_beacon[BEACON_LEN];
	static struct sent s;
	struct ipc_session *session = &s.record.case_.session;
	const struct ipc_judged *j;

	(void)state;
	start_judge();
	send_in(&s, (struct recipe){ 0 }, NULL, 0);
	session->channel_good = false;
	session->nonce_issued = session->nonce_good = true;
	memset(session->nonce, 0x42, sizeof(session->nonce));
	send_body(&s, BYTES(session->nonce), NULL, 0);
	j = judge_sent(&s);
	expect_reason(j, CHECK_FRESHNESS, REASON_ADMITTED);
	assert_memory_equal(j->fresh.beacon, session->nonce, sizeof(j->fresh.beacon));
	assert_memory_equal(j->fresh.handle, session->nonce, sizeof(j->fresh.handle));

	session->nonce_good = false;
	expect_reason(judge_sent(&s), CHECK_FRESHNESS, REASON_NONCE_EXPIRED);
	assert_memory_equal(message.record.judged.fresh.beacon, no_beacon, sizeof(no_beacon));
	child_stop();
}

/* What an edge says counts as far as the device has signed it. */
static void test_a_session_that_is_another_s(void **state)
{
	static struct sent s;

	(void)state;
	start_judge();
	send_in(&s, (struct recipe){ .key = stranger.key }, NULL, 0); /* who relays the device's evidence */
	expect_reason(judge_sent(&s), CHECK_POSSESSION, REASON_NO_POSSESSION);

	send_in(&s, (struct recipe){ 0 }, NULL, 0);
	s.record.case_.session.master_secret[0] ^= 1; /* of a session of which the evidence says nothing */
	expect_reason(judge_sent(&s), CHECK_POSSESSION, REASON_ADMITTED);
	expect_reason(judge_sent(&s), CHECK_FRESHNESS, REASON_NONCE_UNKNOWN);

	send_in(&s, (struct recipe){ 0 }, NULL, 0);
	s.record.case_.session.channel_good = false;
	expect_reason(judge_sent(&s), CHECK_FRESHNESS, REASON_CHANNEL_SPENT);

	send_in(&s, (struct recipe){ 0 }, NULL, 0);
	s.record.case_.now_sec = PKI_NOT_AFTER_SEC + 1;
	expect_reason(judge_sent(&s), CHECK_CHAIN, REASON_CHAIN_DATE);

	send_in(&s, (struct recipe){ 0 }, NULL, 0);
	expect_reason(judge_sent(&s), CHECK_POSSESSION, REASON_ADMITTED);
	expect_reason(judge_sent(&s), CHECK_FRESHNESS, REASON_ADMITTED);
	expect_reason(judge_sent(&s), CHECK_CHAIN, REASON_ADMITTED);
	child_stop();
}

/* Nothing comes back but the reason. */
static void expect_none(struct sent *s, enum hallmark_reason reason)
{
	static const struct facts none;
	const struct ipc_judged *j = judge_sent(s);

	assert_int_equal(j->result, 0);
	assert_string_equal(reason_name(j->reason), reason_name(reason));
	assert_memory_equal(&j->facts, &none, sizeof(none));
	assert_int_equal(ipc_inputs_size(&message.parts), 0);
}

static void test_what_cannot_be_judged(void **state)
{
	static struct sent s;
	struct recipe many = { .n_chain = HALLMARK_CHAIN_MAX + 1 };

	(void)state;
	start_judge();
	send_in(&s, (struct recipe){ 0 }, NULL, 0);
	s.in.body = bytes_of_string("garbage");
	expect_none(&s, REASON_MALFORMED);

	send_in(&s, (struct recipe){ 0 }, NULL, 0);
	s.record.case_.session.content_format = HALLMARK_CF_CBOR;
	expect_none(&s, REASON_CONTENT_FORMAT);

	send_in(&s, (struct recipe){ .chain = { bytes_of_string("no certificate") }, .n_chain = 1 }, NULL, 0);
	expect_none(&s, REASON_CERTIFICATE_MALFORMED);

	send_in(&s, (struct recipe){ 0 }, NULL, 0);
	s.in.messages.n--; /* no messages of a handshake */
	expect_none(&s, REASON_CERTIFICATE_MALFORMED);
	s.in.messages = (struct bytes){ 0 };
	expect_none(&s, REASON_CERTIFICATE_MALFORMED);

	for (size_t i = 0; i < many.n_chain; i++)
		many.chain[i] = pki_der(i == 0 ? &device : &maker);
	send_in(&s, many, NULL, 0);
	expect_none(&s, REASON_CHAIN_LIMIT);

	send_in(&s, (struct recipe){ 0 }, NULL, 0);
	expect_reason(judge_sent(&s), CHECK_CHAIN, REASON_ADMITTED);
	child_stop();
}

/* --- labels --- */

static struct bytes sign_label(const char *number, EVP_PKEY *key, uint8_t *space, size_t size)
{
	struct label_class class = { .product = { .maker = "pen:32473", .model = "WP-700" } };
	struct label l = label_small("KISA", &class, PKI_NOW_SEC + 86400);
	struct writer w = writer_of(space, size);

	(void)snprintf(l.number, sizeof(l.number), "%s", number);
	assert_int_equal(digest_sha256(pki_der(&maker), l.anchors[0]), 0);
	assert_int_equal(label_sign(&l, key, &w), 0);
	return writer_bytes(&w);
}

/* How many labels of the last case their issuer has signed. */
static unsigned count_believed(const struct ipc_judged *j)
{
	unsigned n = 0;

	for (size_t i = 0; i < j->facts.n_labels; i++)
		n += j->facts.labels[i].checks[CHECK_LABEL_SIGNATURE].state == CHECK_PASSED;
	return n;
}

static bool came_back(struct bytes label)
{
	const struct signed_inputs *back = &message.parts.signed_inputs;

	for (size_t i = 0; i < back->n_labels; i++)
		if (bytes_equal(back->labels[i], label))
			return true;
	return false;
}

/* Labels that the device showed before, which the core adds. */
static void know(struct sent *s, struct bytes label)
{
	s->in.signed_inputs.labels[0] = label;
	s->in.signed_inputs.n_labels = 1;
}

/* What a judge keeps of labels and of CAs rests on its own trust material. */
static void test_another_trust(void **state)
{
	struct pki_node factory = pki_issue(&maker, &(struct pki_request){ .name = "factory", .ca = true });
	struct pki_node lamp = pki_issue(&factory, &(struct pki_request){ .use_key = device.key });
	const struct recipe recipe = { .chain = { pki_der(&lamp), pki_der(&factory) }, .n_chain = 2 };
	int without = material_new();
	static struct sent s;
	uint8_t space[1024];
	struct bytes good = sign_label("N-1", kisa.key, space, sizeof(space));

	(void)state;
	material_put_rules(without, config);
	material_put_pem(without, MATERIAL_ANCHOR, "other", "", pki_certificate_pem(&other_maker));
	material_put_pem(without, MATERIAL_ISSUER, "stranger", "KR-CIC", pki_public_pem(stranger.key));
	for (int i = 0; i < 3; i++) {
		bool is_trusted = i != 1;

		start(is_trusted ? material : without, is_trusted ? material : without);
		(void)await_changes();
		open_judge();
		for (int again = 0; again < 2; again++) {
			send_in(&s, recipe, &good, 1);
			expect_reason(judge_sent(&s), CHECK_POSSESSION, REASON_ADMITTED);
			expect_reason(&message.record.judged, CHECK_CHAIN,
				      is_trusted ? REASON_ADMITTED : REASON_CHAIN_UNANCHORED);
			assert_int_equal(count_believed(&message.record.judged), is_trusted);
		}
		child_stop();
	}
	(void)close(without);
	pki_done(&factory);
	pki_done(&lamp);
}

/* What it keeps replaces neither possession nor freshness nor the clock. */
static void test_a_case_like_one_before(void **state)
{
	static struct sent s;
	uint8_t space[1024];
	struct bytes good = sign_label("N-1", kisa.key, space, sizeof(space));

	(void)state;
	start_judge();
	for (int i = 0; i < 4; i++) {
		bool is_strange = i == 1, is_late = i == 2;

		send_in(&s, is_strange ? (struct recipe){ .key = stranger.key } : (struct recipe){ 0 }, &good, 1);
		s.record.case_.now_sec += is_late ? 2 * 86400 : 0;
		expect_reason(judge_sent(&s), CHECK_POSSESSION, is_strange ? REASON_NO_POSSESSION : REASON_ADMITTED);
		assert_int_equal(state_of(&message.record.judged, CHECK_FRESHNESS),
				 is_strange ? CHECK_FAILED : CHECK_PASSED);
		assert_string_equal(
			reason_name(message.record.judged.facts.labels[0].checks[CHECK_LABEL_VALIDITY].reason),
			reason_name(is_late ? REASON_LABEL_EXPIRED : REASON_ADMITTED));
	}
	child_stop();
}

static void test_a_label_that_was_left_out(void **state)
{
	static struct sent s;
	uint8_t space[1024];
	struct bytes good = sign_label("N-1", kisa.key, space, sizeof(space));

	(void)state;
	start_judge();
	send_in(&s, (struct recipe){ 0 }, &good, 1);
	assert_int_equal(count_believed(judge_sent(&s)), 1); /* it was sent */
	assert_true(came_back(good));

	send_in(&s, (struct recipe){ 0 }, NULL, 0);
	assert_int_equal(judge_sent(&s)->facts.n_labels, 0); /* nobody knows of it */
	assert_false(came_back(good));

	know(&s, good);
	assert_int_equal(count_believed(judge_sent(&s)), 1);
	assert_int_equal(message.record.judged.facts.n_labels, 1);
	assert_true(came_back(good));

	send_in(&s, (struct recipe){ 0 }, &good, 1);
	know(&s, good); /* the same one twice is one */
	assert_int_equal(count_believed(judge_sent(&s)), 1);
	assert_int_equal(message.record.judged.facts.n_labels, 1);
	child_stop();
}

/* As many as a device may send do not put out the one that it showed before. */
static void expect_good_among(const struct bytes *junk, struct bytes good)
{
	static struct sent s;

	send_in(&s, (struct recipe){ 0 }, junk, LABELS_SENT_MAX);
	assert_int_equal(count_believed(judge_sent(&s)), 0);
	assert_false(came_back(good));
	know(&s, good);
	assert_int_equal(count_believed(judge_sent(&s)), 1);
	assert_int_equal(message.record.judged.facts.n_labels, HALLMARK_LABELS_MAX);
	assert_int_equal(message.parts.signed_inputs.n_labels, HALLMARK_LABELS_MAX);
	assert_true(came_back(good));
}

static void test_junk_beside_a_known_label(void **state)
{
	const struct bytes unreadable[LABELS_SENT_MAX] = { bytes_of_string("a"), bytes_of_string("b"),
							   bytes_of_string("c"), bytes_of_string("d") };
	uint8_t spaces[LABELS_SENT_MAX][1024], space[1024];
	struct bytes forged[LABELS_SENT_MAX], good = sign_label("N-1", kisa.key, space, sizeof(space));

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(forged); i++)
		forged[i] = sign_label((const char[]){ 'F', (char)('1' + i), 0 }, stranger.key, spaces[i],
				       sizeof(spaces[i]));
	start_judge();
	expect_good_among(forged, good);
	expect_good_among(unreadable, good);
	child_stop();
}

/* --- slots --- */

/* A judge that the core wants no more may be about to answer; it does not come to it. */
static void test_another_judge_for_a_slot(void **state)
{
	static struct sent s;
	int first, other;

	(void)state;
	start_judge();
	send_in(&s, (struct recipe){ 0 }, NULL, 0);
	(void)judge_sent(&s);
	other = judge_open((struct ipc_fork){ .slot = IPC_SLOTS_MAX - 1, .is_alone = true, .is_background = true });
	first = judge_fd;
	judge_fd = judge_open((struct ipc_fork){ .slot = 0 });
	assert_int_equal(await_from(first, IPC_FROM_JUDGE), IPC_NONE);
	(void)close(first);
	expect_reason(judge_sent(&s), CHECK_POSSESSION, REASON_ADMITTED);

	(void)close(judge_fd); /* that of another slot stays */
	judge_fd = other;
	expect_reason(judge_sent(&s), CHECK_POSSESSION, REASON_ADMITTED);
	child_stop();
	assert_int_equal(await_from(judge_fd, IPC_FROM_JUDGE), IPC_NONE); /* with the zygote they all end */
}

/* The processes that the zygote forked; there is one. */
static pid_t judge_pid(void)
{
	char path[64], more;
	FILE *f;
	int pid = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)child.pid, (int)child.pid);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d %c", &pid, &more), 1);
	(void)fclose(f);
	return pid;
}

/* proc(5): as a number of its unit, or "unlimited". */
static void expect_limit(pid_t pid, const char *name, const char *expected, bool is_expected)
{
	char path[64], line[256], hard[32] = "";
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/limits", (int)pid);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (strncmp(line, name, strlen(name)) == 0)
			assert_int_equal(sscanf(line + strlen(name), " %*s %31s", hard), 1);
	(void)fclose(f);
	assert_true(hard[0] != '\0');
	assert_int_equal(strcmp(hard, expected) == 0, is_expected);
}

/* So that its limits are there, it must have answered. */
static pid_t judge_with(struct ipc_fork order)
{
	static struct sent s;

	judge_fd = judge_open(order);
	send_in(&s, (struct recipe){ 0 }, NULL, 0);
	(void)judge_sent(&s);
	return judge_pid();
}

static void test_limits_of_a_judge(void **state)
{
	const int own = getpriority(PRIO_PROCESS, 0);
	pid_t alone, shared;

	(void)state;
	start(material, material);
	(void)await_changes();
	alone = judge_with((struct ipc_fork){ .is_alone = true, .is_background = true });
	expect_limit(alone, "Max cpu time", "2", true);
	expect_limit(alone, "Max processes", "0", true);
	expect_limit(alone, "Max address space", "unlimited", false);
	assert_int_equal(getpriority(PRIO_PROCESS, (id_t)alone), own > 10 ? own : 10);
	(void)close(judge_fd);

	shared = judge_with((struct ipc_fork){ .slot = 0 }); /* in the place of the other one */
	assert_int_not_equal(shared, alone);
	expect_limit(shared, "Max cpu time", "unlimited", true);
	expect_limit(shared, "Max processes", "0", true);
	expect_limit(shared, "Max address space", "unlimited", false);
	assert_int_equal(getpriority(PRIO_PROCESS, (id_t)shared), own);
	child_stop();
}

/* As many as the core gives it at most: what a case uses does not add up to its limits. */
static void test_many_cases(void **state)
{
	static struct sent s;

	(void)state;
	start_judge();
	send_in(&s, (struct recipe){ 0 }, NULL, 0);
	for (unsigned i = 0; i < 256; i++) {
		s.record.id = i;
		expect_reason(judge_sent(&s), CHECK_POSSESSION, REASON_ADMITTED);
	}
	child_stop();
}

static void test_judges_end_with_their_zygote(void **state)
{
	(void)state;
	start_judge();
	assert_int_equal(kill(child.pid, SIGKILL), 0);
	assert_int_equal(await_from(judge_fd, IPC_FROM_JUDGE), IPC_NONE);
}

/* A judge that is sent what is no case ends, and no other. */
static void test_a_case_that_is_none(void **state)
{
	struct ipc_record order = { .kind = IPC_FORK };
	static struct sent s;

	(void)state;
	start_judge();
	assert_int_equal(ipc_send(judge_fd, &order, NULL), 0);
	assert_int_equal(await_from(judge_fd, IPC_FROM_JUDGE), IPC_NONE);
	open_judge();
	send_in(&s, (struct recipe){ 0 }, NULL, 0);
	expect_reason(judge_sent(&s), CHECK_POSSESSION, REASON_ADMITTED);
	child_stop();
}

/* --- what ends it --- */

static void refuses(int fd)
{
	start(fd, material);
	assert_int_equal(await(), IPC_NONE);
	assert_int_equal(child_status(), EXIT_FAILURE);
	(void)close(fd);
}

static void test_material_that_cannot_be_used(void **state)
{
	int fd = material_with(&maker, NULL);

	(void)state;
	refuses(material_new()); /* nothing in it */
	material_put_pem(fd, MATERIAL_KEY, "", "", pki_private_pem(other_maker.key));
	refuses(fd); /* what is an edge's */
	fd = material_with(&maker, NULL);
	material_put_pem(fd, MATERIAL_ANCHOR, "x", "", strdup("no PEM"));
	refuses(fd);
	start(material, material);
	assert_int_equal(await_changes()->n, 0);
	child_stop();
}

static void test_a_record_that_is_none(void **state)
{
	struct ipc_record ready = { .kind = IPC_READY };

	(void)state;
	start(material, material);
	(void)await_changes();
	assert_int_equal(ipc_send(child.ipc, &ready, NULL), 0);
	assert_int_equal(await(), IPC_NONE);
	assert_int_equal(child_status(), EXIT_FAILURE);

	child_start("--zygote", (int[]){ -1, material, material }, 3); /* the time comes first */
	assert_int_equal(ipc_send(child.ipc, &ready, NULL), 0);
	assert_int_equal(await(), IPC_NONE);
	assert_int_equal(child_status(), EXIT_FAILURE);
}

static void test_an_order_without_a_socket(void **state)
{
	struct ipc_record order = { .kind = IPC_FORK };

	(void)state;
	start_judge();
	send_clock(PKI_NOW_SEC); /* which has none */
	open_judge();
	assert_int_equal(ipc_send(child.ipc, &order, NULL), 0);
	assert_int_equal(await(), IPC_NONE);
	assert_int_equal(child_status(), EXIT_FAILURE);
	assert_int_equal(await_from(judge_fd, IPC_FROM_JUDGE), IPC_NONE);
}

static int set_up(void **state)
{
	(void)state;
	if (config_load("tests/unit/pipeline.conf", &config) < 0)
		return -1;
	maker = pki_issue(NULL, &(struct pki_request){ .name = "maker", .ca = true });
	other_maker = pki_issue(NULL, &(struct pki_request){ .name = "other maker", .ca = true });
	kisa = pki_issue(NULL, &(struct pki_request){ .name = "KISA", .ca = true });
	stranger = pki_issue(NULL, &(struct pki_request){ .name = "stranger", .ca = true });
	device = pki_issue(&maker, &(struct pki_request){ .serial = "0102030405060708" });
	material = material_with(&maker, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	pki_done(&maker);
	pki_done(&other_maker);
	pki_done(&kisa);
	pki_done(&stranger);
	pki_done(&device);
	config_free(config);
	(void)close(material);
	return 0;
}

static int end_child(void **state)
{
	(void)state;
	if (judge_fd >= 0)
		(void)close(judge_fd);
	judge_fd = -1;
	child_done();
	return 0;
}

#define TEST(name) cmocka_unit_test_teardown(name, end_child)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_is_different),
		TEST(test_another_ca),
		TEST(test_no_former_material),
		TEST(test_sets_in_force),
		TEST(test_news_of_a_status),
		TEST(test_many_news),
		TEST(test_a_list_that_comes),
		TEST(test_judged_again),
		TEST(test_a_certificate_that_was_revoked),
		TEST(test_a_submission),
		TEST(test_a_submission_with_a_nonce),
		TEST(test_a_session_that_is_another_s),
		TEST(test_what_cannot_be_judged),
		TEST(test_another_trust),
		TEST(test_a_case_like_one_before),
		TEST(test_a_label_that_was_left_out),
		TEST(test_junk_beside_a_known_label),
		TEST(test_another_judge_for_a_slot),
		TEST(test_limits_of_a_judge),
		TEST(test_many_cases),
		TEST(test_judges_end_with_their_zygote),
		TEST(test_a_case_that_is_none),
		TEST(test_material_that_cannot_be_used),
		TEST(test_a_record_that_is_none),
		TEST(test_an_order_without_a_socket),
	};
	int status = be_child(argc, argv);

	return status >= 0 ? status : cmocka_run_group_tests(tests, set_up, tear_down);
}
