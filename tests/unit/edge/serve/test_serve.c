/* SPDX-License-Identifier: Apache-2.0 */
/* links: config serve judge */
/* wraps: sandbox_enter */
/*
 * An edge between devices and the core: what each device is answered, and what the core is asked. The edge is a process of its own,
 * the devices are OpenSSL's DTLS clients, the core is this test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "edge_client.h"
#include "identity/handshake.h"
#include "limits_kit.h"
#include "material_kit.h"
#include "process_kit.h"
#include "token/submission.h"

static const uint8_t result[] = { 0xd2, 0x84, 0x43, 1, 2, 3 }; /* of the core, which an edge does not read */
static const char garbage[] = "garbage";                       /* of a device, which it does not read either */

static struct pki_node maker, gateway_node, other_node, nodes[2];
static struct identity devices[2];            /* of the nodes */
static struct gateway gateway = { .fd = -1 }; /* no edge in this process: only where the edge's is */
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

static void send_to_edge(struct client *c, const struct request *r)
{
	assert_int_equal(SSL_write(c->ssl, r->bytes, (int)r->n), r->n);
}

/* Returns false when the edge ended the session. */
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
	send_to_edge(c, r);
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

static void post(struct request *r, unsigned content_format)
{
	request_begin(r, CON, POST, message_id++);
	request_text(r, URI_PATH, "attest");
	request_uint(r, CONTENT_FORMAT, content_format);
	request_body(r, garbage, strlen(garbage));
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
	assert_int_equal(origin->mark, 0);    /* there are no tables */
}

static void start_with(int material_fd)
{
	int fds[] = { -1, socket_fd, material_fd };

	child_start("--edge", fds, ARRAY_SIZE(fds));
}

static void start_and_listen(int material_fd)
{
	start_with(material_fd);
	send_clock(PKI_NOW_SEC);
	send_beacon(0xbe);
	assert_int_equal(await(), IPC_READY);
}

static void start(void)
{
	start_and_listen(material);
}

static int material_with(const struct pki_node *key, const struct edge_limits *l)
{
	int fd = material_new();

	material_put_edge(fd, &gateway_node, key, l);
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

/* The key comes first, or there are no limits, or limits of another size. */
static int material_in_disorder(unsigned n_limits, bool is_swapped)
{
	const struct edge_limits both[2] = { usual_limits, usual_limits };
	int fd = material_new();

	if (is_swapped)
		material_put_pem(fd, MATERIAL_KEY, "", "", pki_private_pem(gateway_node.key));
	material_put_pem(fd, MATERIAL_CERTIFICATE, "", "", pki_certificate_pem(&gateway_node));
	if (!is_swapped)
		material_put_pem(fd, MATERIAL_KEY, "", "", pki_private_pem(gateway_node.key));
	if (n_limits > 0)
		material_put(fd, MATERIAL_LIMITS, "", "", bytes_of(both, n_limits * sizeof(both[0])));
	return fd;
}

static void test_it_does_not_listen_with_less(void **state)
{
	struct edge_limits none = usual_limits;
	int torn = material_new();

	(void)state;
	none.device_attestations = 0;
	refuses_to_start(material_with(&gateway_node, &none), true);
	refuses_to_start(material_with(&other_node, &usual_limits), true);
	refuses_to_start(material_new(), true); /* nothing in it */
	assert_int_equal(write(torn, "\1", 1), 1);
	refuses_to_start(torn, true);
	refuses_to_start(material_in_disorder(1, true), true);
	refuses_to_start(material_in_disorder(0, false), true);
	refuses_to_start(material_in_disorder(2, false), true);
	refuses_to_start(material, false);
	start(); /* with all of it */
	child_stop();
}

/* What a zygote has is kept from whoever talks to the network. */
static void test_it_does_not_listen_with_more(void **state)
{
	int more = material_with(&gateway_node, &usual_limits);

	(void)state;
	material_put_pem(more, MATERIAL_ANCHOR, "maker", "", pki_certificate_pem(&maker));
	refuses_to_start(more, true);
	start();
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
	send_to_edge(&c, &r);
	assert_int_equal(await(), IPC_ADMISSION);
	assert_memory_equal(message.record.admission.device, id, sizeof(id));
	assert_origin(&message.record.admission.origin);
	give_answer(IPC_ADMISSION, REASON_ADMITTED);
	assert_true(take_reply(&c, &reply));
	assert_int_equal(reply.code, COAP_CODE(2, 5));
	assert_int_equal(reply.format, HALLMARK_CF_EAT_CWT);
	assert_true(bytes_equal(reply.body, BYTES(result)));

	get(&r, "admission");
	send_to_edge(&c, &r);
	assert_int_equal(await(), IPC_ADMISSION);
	give_answer(IPC_ADMISSION, REASON_NOT_ADMITTED);
	assert_true(take_reply(&c, &reply));
	assert_problem(&reply, COAP_CODE(4, 4), REASON_NOT_ADMITTED);
	client_done(&c);
	child_stop();
}

/* Returns what the core is told of the session with a submission; the device has its answer then. */
static const struct ipc_session *attest(struct client *c)
{
	struct request r;
	struct reply reply;

	post(&r, HALLMARK_CF_MULTIPART);
	send_to_edge(c, &r);
	assert_int_equal(await(), IPC_SUBMISSION);
	give_answer(IPC_SUBMISSION, REASON_ADMITTED);
	assert_true(take_reply(c, &reply));
	assert_int_equal(reply.code, COAP_CODE(2, 4));
	assert_int_equal(reply.format, HALLMARK_CF_EAT_CWT);
	assert_true(bytes_equal(reply.body, BYTES(result)));
	return &message.record.submission.session;
}

/* That of the last submission, as a judge gets it. */
static struct handshake handshake_of(const struct ipc_message *m)
{
	struct handshake h = { .messages = m->parts.messages, .certificate_verify = m->parts.certificate_verify };

	memcpy(h.master_secret, m->record.submission.session.master_secret, sizeof(h.master_secret));
	return h;
}

static void test_submission(void **state)
{
	const struct ipc_submission *submission = &message.record.submission;
	uint8_t id[SHA256_LEN];
	struct client c;

	(void)state;
	start();
	join(&c, &devices[0]);
	id_of(&nodes[0], id);
	(void)attest(&c);
	assert_origin(&submission->origin);
	assert_memory_equal(submission->device, id, sizeof(id));
	assert_int_equal(submission->session.content_format, HALLMARK_CF_MULTIPART);
	assert_true(bytes_equal_string(message.parts.body, garbage)); /* it is not looked into */
	assert_int_equal(message.parts.signed_inputs.n_chain, 0);
	assert_int_equal(message.parts.signed_inputs.n_labels, 0);
	client_done(&c);
	child_stop();
}

static void test_the_handshake_is_handed_over(void **state)
{
	struct bytes chain[HALLMARK_CHAIN_MAX];
	struct handshake_proof proof;
	struct handshake h;
	struct client c;
	size_t n = 0;

	(void)state;
	start();
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		join(&c, &devices[i]);
		(void)attest(&c);
		h = handshake_of(&message);
		assert_int_equal(handshake_chain(&h, chain, &n), 0);
		assert_int_equal(n, 2);
		assert_true(bytes_equal(chain[0], pki_der(&nodes[i])));
		assert_true(bytes_equal(chain[1], pki_der(&maker)));
		assert_int_equal(handshake_verify(&h, nodes[i].key, &proof), 0);
		assert_true(bytes_equal(BYTES(proof.channel_value), client_channel_value(&c)));
		assert_int_equal(handshake_verify(&h, nodes[1 - i].key, &proof), -EKEYREJECTED);
		client_done(&c);
	}
	child_stop();
}

/* An edge decodes no body: that it is none, or of another format, is what the core says. */
static void test_what_is_no_submission(void **state)
{
	struct request r;
	struct reply reply;
	struct client c;

	(void)state;
	start();
	join(&c, &devices[0]);
	post(&r, HALLMARK_CF_MULTIPART);
	send_to_edge(&c, &r);
	assert_int_equal(await(), IPC_SUBMISSION);
	give_answer(IPC_SUBMISSION, REASON_MALFORMED);
	assert_true(take_reply(&c, &reply));
	assert_problem(&reply, COAP_CODE(4, 0), REASON_MALFORMED);

	post(&r, HALLMARK_CF_CBOR);
	send_to_edge(&c, &r);
	assert_int_equal(await(), IPC_SUBMISSION);
	assert_int_equal(message.record.submission.session.content_format, HALLMARK_CF_CBOR);
	give_answer(IPC_SUBMISSION, REASON_CONTENT_FORMAT);
	assert_true(take_reply(&c, &reply));
	assert_problem(&reply, COAP_CODE(4, 15), REASON_CONTENT_FORMAT);
	client_done(&c);
	child_stop();
}

/* What is over a device's share is not judged, in whichever session it comes; the other device has its own. */
static void test_a_device_that_attests_too_often(void **state)
{
	struct edge_limits few = usual_limits;
	struct request r;
	struct reply reply;
	struct client c, other;
	int fd;

	(void)state;
	few.device_attestations = 1; /* a minute, and four at once */
	fd = material_with(&gateway_node, &few);
	start_and_listen(fd);
	join(&c, &devices[0]);
	for (int i = 0; i < 4; i++)
		(void)attest(&c);
	post(&r, HALLMARK_CF_MULTIPART);
	ask(&c, &r, &reply);
	assert_problem(&reply, COAP_CODE(4, 29), REASON_TOO_OFTEN);
	join(&other, &devices[0]);
	ask(&other, &r, &reply);
	assert_problem(&reply, COAP_CODE(4, 29), REASON_TOO_OFTEN);
	client_done(&other);
	join(&other, &devices[1]);
	(void)attest(&other);
	client_done(&other);
	client_done(&c);
	child_stop();
	(void)close(fd);
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

static void expect_beacon(const uint8_t *beacon, uint8_t byte)
{
	uint8_t expected[BEACON_LEN];

	memset(expected, byte, sizeof(expected));
	assert_memory_equal(beacon, expected, sizeof(expected));
}

/* Which beacon is in a handshake, and which in a nonce: the latest one of that moment. */
static void test_beacons(void **state)
{
	struct handshake_proof proof;
	struct handshake h;
	struct bytes nonce;
	struct client c;

	(void)state;
	start();
	join(&c, &devices[0]);
	send_beacon(0xbf);
	(void)attest(&c);
	h = handshake_of(&message);
	assert_int_equal(handshake_verify(&h, nodes[0].key, &proof), 0);
	expect_beacon(proof.beacon, 0xbe);
	nonce = nonce_for(&c);
	expect_beacon(nonce.p, 0xbf);
	assert_true(bytes_equal(BYTES(attest(&c)->nonce), nonce));
	client_done(&c);
	child_stop();
}

static void test_freshness_is_spent(void **state)
{
	const struct ipc_session *s;
	struct bytes nonce;
	struct client c, other;

	(void)state;
	start();
	join(&c, &devices[0]);
	s = attest(&c);
	assert_true(s->channel_good && !s->nonce_issued && !s->nonce_good);
	s = attest(&c);
	assert_true(!s->channel_good && !s->nonce_issued && !s->nonce_good);

	nonce = nonce_for(&c);
	s = attest(&c);
	assert_true(!s->channel_good && s->nonce_issued && s->nonce_good);
	assert_true(bytes_equal(BYTES(s->nonce), nonce));
	s = attest(&c);
	assert_true(!s->channel_good && s->nonce_issued && !s->nonce_good);

	nonce = nonce_for(&c);
	join(&other, &devices[0]); /* a nonce is of its session */
	s = attest(&other);
	assert_true(s->channel_good && !s->nonce_issued && !s->nonce_good);
	s = attest(&c);
	assert_true(s->nonce_good);
	assert_true(bytes_equal(BYTES(s->nonce), nonce));
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
		send_to_edge(&c[i], &r);
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
	send_to_edge(&c[2], &r);
	assert_int_equal(await(), IPC_ADMISSION);
	for (int i = 0; i < 3; i++)
		client_done(&c[i]);
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
	if (open_socket() < 0)
		return -1;
	maker = pki_issue(NULL, &(struct pki_request){ .name = "maker", .ca = true });
	gateway_node = pki_issue(NULL, &(struct pki_request){ .name = "gateway" });
	other_node = pki_issue(NULL, &(struct pki_request){ .name = "gateway" });
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		nodes[i] = pki_issue(&maker, &(struct pki_request){ .serial = serials[i] });
		identity_of(&nodes[i], &devices[i]);
	}
	material = material_with(&gateway_node, &usual_limits);
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
		TEST(test_it_does_not_listen_with_more),
		TEST(test_paths_and_methods),
		TEST(test_admission),
		TEST(test_submission),
		TEST(test_the_handshake_is_handed_over),
		TEST(test_what_is_no_submission),
		TEST(test_a_device_that_attests_too_often),
		TEST(test_beacons),
		TEST(test_freshness_is_spent),
		TEST(test_a_core_that_is_behind),
		TEST(test_sessions_that_are_to_end),
		TEST(test_a_record_that_is_none),
	};
	int status = be_child(argc, argv);

	return status >= 0 ? status : cmocka_run_group_tests(tests, set_up, tear_down);
}
