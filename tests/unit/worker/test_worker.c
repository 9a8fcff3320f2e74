/* SPDX-License-Identifier: Apache-2.0 */
/* links: config worker */
/* wraps: sandbox_enter */
/*
 * A worker between devices and the core: what each device is answered, and what the core is asked. The worker is a process of its own,
 * the devices are OpenSSL's DTLS clients, the core is this test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "edge_client.h"
#include "hallmark/check.h"
#include "material_kit.h"
#include "token/evidence.h"
#include "token/submission.h"
#include "worker_kit.h"

static const uint8_t ueid[] = { 0x01, 2, 3, 4, 5, 6, 7, 8 };
static const uint8_t result[] = { 0xd2, 0x84, 0x43, 1, 2, 3 }; /* of the core, which a worker does not read */

static struct config *config;
static struct pki_node maker, gateway_node, other_node, nodes[2];
static struct identity devices[2];            /* of the nodes */
static struct gateway gateway = { .fd = -1 }; /* no edge in this process: only where the worker's is */
static int socket_fd, material;

/* --- devices --- */

struct reply {
	uint8_t bytes[2048];
	unsigned code, format, max_age;
	struct bytes body;
};

/* RFC 7252 section 3: options are a delta, a length and a value each. */
static void read_reply(struct reply *r, size_t n)
{
	const uint8_t *p = r->bytes;
	size_t at = 4u + (p[0] & 15u);
	unsigned number = 0;

	r->code = p[1];
	r->format = r->max_age = 0;
	r->body = bytes_of(NULL, 0);
	while (at < n && p[at] != 0xff) {
		unsigned delta = p[at] >> 4, length = p[at] & 15u, value = 0;

		at++;
		if (delta == 13)
			delta += p[at++];
		assert_true(delta < 13 + 256 && length < 13);
		number += delta;
		for (size_t i = 0; i < length && i < 4; i++)
			value = value << 8 | p[at + i];
		at += length;
		if (number == CONTENT_FORMAT)
			r->format = value;
		if (number == 14)
			r->max_age = value;
	}
	if (at < n)
		r->body = bytes_of(p + at + 1, n - at - 1);
}

static void join(struct client *c, const struct identity *id)
{
	client_init(c, &gateway, id, false);
	for (int i = 0; i < 20 && !SSL_is_init_finished(c->ssl); i++) {
		ERR_clear_error();
		(void)SSL_do_handshake(c->ssl);
		if (!SSL_is_init_finished(c->ssl))
			assert_true(is_readable(c->fd, PATIENCE_MSEC));
	}
	assert_true(SSL_is_init_finished(c->ssl));
}

static void send_to_worker(struct client *c, const struct request *r)
{
	assert_int_equal(SSL_write(c->ssl, r->bytes, (int)r->n), r->n);
}

/* Returns false when the worker ended the session. */
static bool take_reply(struct client *c, struct reply *ret)
{
	int n = 0;

	do {
		ERR_clear_error();
		assert_true(is_readable(c->fd, PATIENCE_MSEC));
		n = SSL_read(c->ssl, ret->bytes, sizeof(ret->bytes));
	} while (n <= 0 && SSL_get_error(c->ssl, n) == SSL_ERROR_WANT_READ);
	if (n <= 0)
		return false;
	read_reply(ret, (size_t)n);
	return true;
}

static void ask(struct client *c, const struct request *r, struct reply *ret)
{
	send_to_worker(c, r);
	assert_true(take_reply(c, ret));
}

static uint16_t message_id = 0x1000;

static void get(struct request *r, const char *path)
{
	request_begin(r, CON, GET, message_id++);
	request_text(r, URI_PATH, path);
}

static void assert_problem(const struct reply *r, unsigned code, enum hallmark_reason reason)
{
	unsigned number = 0;

	assert_int_equal(r->code, code);
	assert_int_equal(r->format, HALLMARK_CF_PROBLEM);
	assert_int_equal(problem_decode(r->body, &number, NULL, 0), 0);
	assert_string_equal(reason_name((enum hallmark_reason)number), reason_name(reason));
}

/* A submission without labels, whose evidence names that handle. */
static void post(struct request *r, const struct pki_node *device, struct bytes handle)
{
	uint8_t evidence[1024], body[1400];
	struct writer token = WRITER(evidence), w = WRITER(body);
	const struct evidence e = {
		.nonces = { handle },
		.n_nonces = 1,
		.ueid = BYTES(ueid),
		.debug = DEBUG_DISABLED,
		.product = { .maker = "pen:32473",
			     .model = "WP-700",
			     .swversion = "1.2.0",
			     .swversion_scheme = VERSION_SEMVER },
	};
	struct submission submission = { 0 };

	assert_int_equal(evidence_sign(&e, NULL, device->key, &token), 0);
	submission.evidence = writer_bytes(&token);
	assert_int_equal(submission_encode(&submission, &w), 0);
	request_begin(r, CON, POST, message_id++);
	request_text(r, URI_PATH, "attest");
	request_uint(r, CONTENT_FORMAT, HALLMARK_CF_MULTIPART);
	request_body(r, body, w.n);
}

static void id_of(const struct pki_node *node, uint8_t ret[static SHA256_LEN])
{
	unsigned char *spki = NULL;
	int n = i2d_PUBKEY(node->key, &spki);

	assert_true(n > 0);
	assert_int_equal(digest_sha256(bytes_of(spki, (size_t)n), ret), 0);
	OPENSSL_free(spki);
}

/* --- the core --- */

static void give_answer(enum ipc_kind to, enum hallmark_reason reason)
{
	struct ipc_record record = { .kind = IPC_ANSWER, .id = message.record.id };

	record.answer.to = to;
	record.answer.reason = reason;
	if (reason == REASON_ADMITTED) {
		record.answer.n_ear = sizeof(result);
		memcpy(record.answer.ear, result, sizeof(result));
	}
	assert_int_equal(ipc_send(child.ipc, &record, NULL), 0);
}

static void assert_origin(const struct ipc_origin *origin)
{
	assert_true(IN6_IS_ADDR_LOOPBACK(&origin->address));
	assert_int_equal(origin->ifindex, 1); /* lo */
}

static void start_with(int material_fd)
{
	int fds[] = { -1, socket_fd, material_fd };

	child_start("--worker", fds, ARRAY_SIZE(fds));
}

static void start(void)
{
	start_with(material);
	send_clock(PKI_NOW_SEC);
	send_beacon(0xbe);
	assert_int_equal(await(), IPC_READY);
}

static int material_with_key(const struct pki_node *key)
{
	int fd = material_new();

	material_put_gateway(fd, &gateway_node, key, config);
	material_put_pem(fd, MATERIAL_ANCHOR, "maker", "", pki_certificate_pem(&maker));
	return fd;
}

/* --- its start --- */

static void test_it_says_that_it_listens(void **state)
{
	(void)state;
	start();
	assert_int_equal(await_any(), IPC_COUNTERS);
	assert_int_equal(message.record.counters.sessions, 0);
	child_stop();
}

/* It ends, and never listens. */
static void refuses_to_start(int material_fd, bool has_clock)
{
	struct ipc_record other = { .kind = IPC_ANSWER, .answer = { .to = IPC_ADMISSION, .reason = REASON_BUSY } };

	start_with(material_fd);
	if (has_clock)
		send_clock(PKI_NOW_SEC);
	else
		assert_int_equal(ipc_send(child.ipc, &other, NULL), 0);
	assert_int_equal(await_any(), IPC_NONE);
	assert_int_equal(child_status(), EXIT_FAILURE);
	if (material_fd != material)
		(void)close(material_fd);
}

static void test_it_does_not_listen_with_less(void **state)
{
	int torn = material_new();

	(void)state;
	refuses_to_start(material_with_key(&other_node), true);
	refuses_to_start(material_new(), true); /* nothing in it */
	assert_int_equal(write(torn, "\1", 1), 1);
	refuses_to_start(torn, true);
	refuses_to_start(material, false);
	start(); /* with all of it */
	child_stop();
}

/* --- what is answered without the core --- */

static void test_paths_and_methods(void **state)
{
	struct request r;
	struct reply reply;
	struct client c;

	(void)state;
	start();
	join(&c, &devices[0]);

	get(&r, ".well-known");
	request_text(&r, URI_PATH, "core");
	ask(&c, &r, &reply);
	assert_int_equal(reply.code, COAP_CODE(2, 5));
	assert_int_equal(reply.format, HALLMARK_CF_LINK);
	assert_true(bytes_equal_string(
		reply.body, "</attest>;rt=\"rats.verifier\";ct=\"62 263\",</admission>;rt=\"hallmark.admission\""));

	get(&r, "attest-me");
	ask(&c, &r, &reply);
	assert_int_equal(reply.code, COAP_CODE(4, 4));

	request_begin(&r, CON, POST, message_id++);
	request_text(&r, URI_PATH, "admission");
	ask(&c, &r, &reply);
	assert_int_equal(reply.code, COAP_CODE(4, 5));
	client_done(&c);
	child_stop();
}

static void test_what_is_no_submission(void **state)
{
	struct request r;
	struct reply reply;
	struct client c;

	(void)state;
	start();
	join(&c, &devices[0]);
	request_begin(&r, CON, POST, message_id++);
	request_text(&r, URI_PATH, "attest");
	request_uint(&r, CONTENT_FORMAT, HALLMARK_CF_MULTIPART);
	request_body(&r, "garbage", 7);
	ask(&c, &r, &reply);
	assert_problem(&reply, COAP_CODE(4, 0), REASON_MALFORMED);

	request_begin(&r, CON, POST, message_id++);
	request_text(&r, URI_PATH, "attest");
	request_uint(&r, CONTENT_FORMAT, HALLMARK_CF_CBOR);
	request_body(&r, "garbage", 7);
	ask(&c, &r, &reply);
	assert_problem(&reply, COAP_CODE(4, 15), REASON_CONTENT_FORMAT);
	client_done(&c);

	join(&c, &devices[0]); /* the core hears of this one first */
	post(&r, &nodes[0], client_channel_value(&c));
	send_to_worker(&c, &r);
	assert_int_equal(await(), IPC_SUBMISSION);
	client_done(&c);
	child_stop();
}

/* --- what the core decides --- */

static void test_admission(void **state)
{
	uint8_t id[SHA256_LEN];
	struct request r;
	struct reply reply;
	struct client c;

	(void)state;
	start();
	join(&c, &devices[0]);
	id_of(&nodes[0], id);

	get(&r, "admission");
	send_to_worker(&c, &r);
	assert_int_equal(await(), IPC_ADMISSION);
	assert_memory_equal(message.record.admission.device, id, sizeof(id));
	assert_origin(&message.record.admission.origin);
	give_answer(IPC_ADMISSION, REASON_ADMITTED);
	assert_true(take_reply(&c, &reply));
	assert_int_equal(reply.code, COAP_CODE(2, 5));
	assert_int_equal(reply.format, HALLMARK_CF_EAT_CWT);
	assert_true(bytes_equal(reply.body, BYTES(result)));

	get(&r, "admission");
	send_to_worker(&c, &r);
	assert_int_equal(await(), IPC_ADMISSION);
	give_answer(IPC_ADMISSION, REASON_NOT_ADMITTED);
	assert_true(take_reply(&c, &reply));
	assert_problem(&reply, COAP_CODE(4, 4), REASON_NOT_ADMITTED);
	client_done(&c);
	child_stop();
}

/* Returns what the check of freshness said of a submission with that handle; the device has its answer then. */
static struct check_result freshness_of(struct client *c, struct bytes handle)
{
	struct request r;
	struct reply reply;

	post(&r, &nodes[0], handle);
	send_to_worker(c, &r);
	assert_int_equal(await(), IPC_SUBMISSION);
	give_answer(IPC_SUBMISSION, REASON_ADMITTED);
	assert_true(take_reply(c, &reply));
	assert_int_equal(reply.code, COAP_CODE(2, 4));
	assert_int_equal(reply.format, HALLMARK_CF_EAT_CWT);
	assert_true(bytes_equal(reply.body, BYTES(result)));
	return message.record.submission.facts.checks[CHECK_FRESHNESS];
}

static void test_submission(void **state)
{
	const struct facts *f = &message.record.submission.facts;
	uint8_t id[SHA256_LEN];
	struct client c;

	(void)state;
	start();
	join(&c, &devices[0]);
	id_of(&nodes[0], id);
	assert_int_equal(freshness_of(&c, client_channel_value(&c)).state, CHECK_PASSED);
	assert_origin(&message.record.submission.origin);
	assert_memory_equal(f->device, id, sizeof(id));
	assert_memory_equal(f->ueid, ueid, sizeof(ueid));
	assert_string_equal(f->product.model, "WP-700");
	assert_int_equal(f->checks[CHECK_POSSESSION].state, CHECK_PASSED);
	assert_int_equal(f->checks[CHECK_CHAIN].state, CHECK_PASSED);
	assert_int_equal(f->checks[CHECK_EVIDENCE_SIGNATURE].state, CHECK_PASSED);
	assert_int_equal(message.signed_inputs.n_chain, 2); /* to be judged again from */
	assert_true(bytes_equal(message.signed_inputs.chain[0], pki_der(&nodes[0])));
	assert_int_equal(message.signed_inputs.n_labels, 0);
	client_done(&c);
	child_stop();
}

static struct bytes nonce_for(struct client *c)
{
	static uint8_t kept[HALLMARK_HANDLE_LEN];
	struct request r;
	struct reply reply;
	struct bytes nonce;
	unsigned lifetime_sec;

	get(&r, "attest");
	ask(c, &r, &reply);
	assert_int_equal(reply.code, COAP_CODE(2, 5));
	assert_int_equal(reply.format, HALLMARK_CF_CBOR);
	assert_int_equal(challenge_decode(reply.body, &nonce, &lifetime_sec), 0);
	assert_int_equal(nonce.n, sizeof(kept));
	assert_int_equal(lifetime_sec, HALLMARK_NONCE_SEC);
	memcpy(kept, nonce.p, nonce.n);
	return BYTES(kept);
}

static void expect_fresh(uint8_t beacon, struct bytes handle)
{
	const struct ipc_fresh *f = &message.record.submission.fresh;
	uint8_t expected[BEACON_LEN];

	memset(expected, beacon, sizeof(expected));
	assert_memory_equal(f->beacon, expected, sizeof(expected));
	assert_true(bytes_equal(BYTES(f->handle), handle));
}

/* The core is told which beacon is behind the handle that counts: that of the handshake, or that of the nonce. */
static void test_beacons(void **state)
{
	static const uint8_t zeros[HALLMARK_HANDLE_LEN];
	struct bytes nonce;
	struct client c;

	(void)state;
	start();
	join(&c, &devices[0]);
	send_beacon(0xbf);
	assert_int_equal(freshness_of(&c, client_channel_value(&c)).state, CHECK_PASSED);
	expect_fresh(0xbe, client_channel_value(&c));
	nonce = nonce_for(&c);
	assert_int_equal(freshness_of(&c, nonce).state, CHECK_PASSED);
	expect_fresh(0xbf, nonce);
	assert_int_equal(nonce.p[0], 0xbf);
	assert_int_equal(freshness_of(&c, client_channel_value(&c)).state, CHECK_FAILED);
	expect_fresh(0, BYTES(zeros));
	client_done(&c);
	child_stop();
}

static void test_freshness_is_spent(void **state)
{
	struct check_result r;
	struct bytes nonce;
	struct client c, other;

	(void)state;
	start();
	join(&c, &devices[0]);
	assert_int_equal(freshness_of(&c, client_channel_value(&c)).state, CHECK_PASSED);
	r = freshness_of(&c, client_channel_value(&c));
	assert_int_equal(r.state, CHECK_FAILED);
	assert_int_equal(r.reason, REASON_CHANNEL_SPENT);

	nonce = nonce_for(&c);
	assert_int_equal(freshness_of(&c, nonce).state, CHECK_PASSED);
	assert_int_equal(freshness_of(&c, nonce).state, CHECK_FAILED);

	nonce = nonce_for(&c);
	join(&other, &devices[0]); /* a nonce is of its session */
	r = freshness_of(&other, nonce);
	assert_int_equal(r.state, CHECK_FAILED);
	assert_int_equal(r.reason, REASON_NONCE_UNKNOWN);
	assert_int_equal(freshness_of(&c, nonce).state, CHECK_PASSED);
	client_done(&other);
	client_done(&c);
	child_stop();
}

/* --- a core that is behind --- */

static void test_a_core_that_is_behind(void **state)
{
	struct client c[16];
	struct pollfd p[ARRAY_SIZE(c)];
	struct request r;
	struct reply reply;
	size_t i = 0;

	(void)state;
	child.send_buffer = 1; /* what the kernel makes of it holds a few records */
	start();
	child.send_buffer = 0;
	for (i = 0; i < ARRAY_SIZE(c); i++) {
		join(&c[i], &devices[0]);
		p[i] = (struct pollfd){ .fd = c[i].fd, .events = POLLIN };
	}
	for (i = 0; i < ARRAY_SIZE(c); i++) { /* the core looks at none of them */
		get(&r, "admission");
		send_to_worker(&c[i], &r);
	}
	assert_true(poll(p, ARRAY_SIZE(p), PATIENCE_MSEC) > 0);
	for (i = 0; i < ARRAY_SIZE(c) && !(p[i].revents & POLLIN); i++)
		;
	assert_in_range(i, 1, ARRAY_SIZE(c) - 1);
	assert_true(take_reply(&c[i], &reply));
	assert_problem(&reply, COAP_CODE(5, 3), REASON_BUSY);
	assert_in_range(reply.max_age, 5, 35); /* so that not all come back at once */

	assert_int_equal(await(), IPC_ADMISSION); /* the first one is not lost */
	give_answer(IPC_ADMISSION, REASON_ADMITTED);
	assert_true(take_reply(&c[0], &reply));
	assert_int_equal(reply.code, COAP_CODE(2, 5));
	for (i = 0; i < ARRAY_SIZE(c); i++)
		client_done(&c[i]);
	child_stop();
}

/* --- what the core orders --- */

static void test_sessions_that_are_to_end(void **state)
{
	struct ipc_record end = { .kind = IPC_END, .end = { .n = 1 } };
	struct request r;
	struct reply reply;
	struct client c[3];

	(void)state;
	start();
	join(&c[0], &devices[0]);
	join(&c[1], &devices[0]); /* the same device once more */
	join(&c[2], &devices[1]);
	for (int i = 0; i < 3; i++)
		(void)nonce_for(&c[i]);

	id_of(&nodes[0], end.end.devices[0]);
	assert_int_equal(ipc_send(child.ipc, &end, NULL), 0);
	assert_false(take_reply(&c[0], &reply));
	assert_false(take_reply(&c[1], &reply));

	get(&r, "admission"); /* the other one goes on */
	send_to_worker(&c[2], &r);
	assert_int_equal(await(), IPC_ADMISSION);
	for (int i = 0; i < 3; i++)
		client_done(&c[i]);
	child_stop();
}

static void test_the_time_is_the_core_s(void **state)
{
	struct client c;

	(void)state;
	start();
	join(&c, &devices[0]);
	send_clock(PKI_NOT_AFTER_SEC + 1); /* the certificate is over */
	(void)nonce_for(&c);               /* it came before this */
	(void)freshness_of(&c, client_channel_value(&c));
	assert_int_equal(message.record.submission.facts.checks[CHECK_CHAIN].state, CHECK_FAILED);
	send_clock(PKI_NOW_SEC);
	(void)freshness_of(&c, nonce_for(&c));
	assert_int_equal(message.record.submission.facts.checks[CHECK_CHAIN].state, CHECK_PASSED);
	client_done(&c);
	child_stop();
}

/* One that cannot be understood is no core. */
static void test_a_record_that_is_none(void **state)
{
	struct ipc_record ready = { .kind = IPC_READY };
	struct ipc_record unasked = { .kind = IPC_ANSWER, .answer = { .to = IPC_ADMISSION, .reason = REASON_BUSY } };

	(void)state;
	start();
	assert_int_equal(ipc_send(child.ipc, &ready, NULL), 0);
	assert_int_equal(child_status(), EXIT_FAILURE);

	start();
	assert_int_equal(ipc_send(child.ipc, &unasked, NULL), 0); /* nothing was asked */
	assert_int_equal(child_status(), EXIT_FAILURE);

	start();
	assert_int_equal(send(child.ipc, "x", 1, 0), 1);
	assert_int_equal(child_status(), EXIT_FAILURE);

	start();
	send_clock(PKI_NOW_SEC); /* as it may say at any time */
	child_stop();
}

/* --- */

static void identity_of(const struct pki_node *node, struct identity *ret)
{
	*ret = (struct identity){ .key = node->key, .chain = { node->certificate, maker.certificate }, .n = 2 };
}

static int open_socket(void)
{
	struct sockaddr_in6 own = { .sin6_family = AF_INET6 };
	socklen_t size = sizeof(own);
	int off = 0, on = 1;

	socket_fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (socket_fd < 0 || setsockopt(socket_fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0 ||
	    setsockopt(socket_fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)) < 0 ||
	    bind(socket_fd, (struct sockaddr *)&own, size) < 0 ||
	    getsockname(socket_fd, (struct sockaddr *)&own, &size) < 0)
		return -1;
	gateway.port = own.sin6_port;
	return 0;
}

static int set_up(void **state)
{
	static const char *const serials[] = { "0102030405060708", "0102030405060709" };

	(void)state;
	if (config_load("tests/unit/pipeline.conf", &config) < 0 || open_socket() < 0)
		return -1;
	maker = pki_issue(NULL, &(struct pki_request){ .name = "maker", .ca = true });
	gateway_node = pki_issue(NULL, &(struct pki_request){ .name = "gateway" });
	other_node = pki_issue(NULL, &(struct pki_request){ .name = "gateway" });
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		nodes[i] = pki_issue(&maker, &(struct pki_request){ .serial = serials[i] });
		identity_of(&nodes[i], &devices[i]);
	}
	material = material_with_key(&gateway_node);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++)
		pki_done(&nodes[i]);
	pki_done(&maker);
	pki_done(&gateway_node);
	pki_done(&other_node);
	config_free(config);
	(void)close(material);
	(void)close(socket_fd);
	return 0;
}

static int end_child(void **state)
{
	(void)state;
	child_done();
	return 0;
}

#define TEST(name) cmocka_unit_test_teardown(name, end_child)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_it_says_that_it_listens),
		TEST(test_it_does_not_listen_with_less),
		TEST(test_paths_and_methods),
		TEST(test_what_is_no_submission),
		TEST(test_admission),
		TEST(test_submission),
		TEST(test_beacons),
		TEST(test_freshness_is_spent),
		TEST(test_a_core_that_is_behind),
		TEST(test_sessions_that_are_to_end),
		TEST(test_the_time_is_the_core_s),
		TEST(test_a_record_that_is_none),
	};
	int status = be_child(argc, argv);

	return status >= 0 ? status : cmocka_run_group_tests(tests, set_up, tear_down);
}
