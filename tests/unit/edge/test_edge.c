/* SPDX-License-Identifier: Apache-2.0 */
/* links: edge identity base */
/* wraps: senders_make_place */
/* The whole edge on loopback against OpenSSL's own DTLS client. */
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/beacon.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "edge/dtls.h"
#include "edge/senders.h"
#include "edge/session.h"
#include "edge_client.h"
#include "identity/handshake.h"

#define ANSWER_MAX 2048

static struct identity device; /* P-256, one certificate */

static void get(struct request *r, unsigned id)
{
	request_begin(r, CON, GET, id);
	request_text(r, URI_PATH, "attest");
}

/* Asserts that the client gets the usual answer to GET /attest. */
static void assert_served(struct client *c, struct gateway *g, unsigned id)
{
	uint8_t answer[ANSWER_MAX];
	struct request r;
	unsigned before = g->requests;

	get(&r, id);

	int n = client_ask(c, g, &r, answer, sizeof(answer));

	assert_true(n > 6);
	assert_int_equal(answer[1], COAP_CODE(2, 5));
	assert_memory_equal(answer + 2, r.bytes + 2, 4); /* id and token */
	assert_memory_equal(answer + n - 6, "answer", 6);
	assert_int_equal(g->requests, before + 1);
	assert_string_equal(g->last_path, "attest");
}

/* --- Handshake --- */

/* The device is its key: a judge finds the same one in the messages (identity/identity.h). */
static void assert_device(const struct session *s, EVP_PKEY *key)
{
	uint8_t expected[SHA256_LEN], *der = NULL;
	int n = i2d_PUBKEY(key, &der);

	assert_int_equal(digest_sha256(bytes_of(der, (size_t)n), expected), 0);
	assert_memory_equal(session_device(s), expected, SHA256_LEN);
	OPENSSL_free(der);
}

static void test_handshake_and_get(void **state)
{
	struct gateway g;
	struct client c;

	(void)state;
	gateway_init(&g, &usual_limits);
	client_init(&c, &g, &device, false);
	assert_true(client_connect(&c, &g));
	assert_served(&c, &g, 1);
	assert_int_equal(session_ifindex(g.last_session), 1); /* lo */
	assert_true(IN6_IS_ADDR_LOOPBACK(&session_peer(g.last_session)->sin6_addr));
	assert_true(session_established_usec(g.last_session) > 0);

	struct edge_counters k = counters(&g);

	assert_int_equal(k.handshakes, 1);
	assert_int_equal(k.sessions, 1);
	assert_int_equal(k.half_open, 0);
	assert_int_equal(k.requests, 1);
	assert_int_equal(k.handshake_failures, 0);
	client_done(&c);
	gateway_done(&g);
	assert_int_equal(g.closed, 1);
}

static void test_ipv4_is_mapped(void **state)
{
	struct gateway g;
	struct client c;

	(void)state;
	gateway_init(&g, &usual_limits);
	client_init(&c, &g, &device, true);
	assert_true(client_connect(&c, &g));
	assert_served(&c, &g, 1);
	assert_true(IN6_IS_ADDR_V4MAPPED(&session_peer(g.last_session)->sin6_addr));
	assert_int_equal(session_ifindex(g.last_session), 1);
	client_done(&c);
	gateway_done(&g);
}

/* An answer comes from the address that was asked, not from what the routing table prefers. */
static void test_answer_from_the_address_asked(void **state)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000203) };
	struct gateway g;
	struct client c;

	(void)state;
	gateway_init(&g, &usual_limits);
	client_init(&c, &g, &device, true);
	to.sin_port = g.port;
	assert_int_equal(connect(c.fd, (struct sockaddr *)&to, sizeof(to)), 0); /* drops what comes from 127.0.0.1 */
	client_restart(&c);
	assert_true(client_connect(&c, &g));
	assert_served(&c, &g, 1);
	client_done(&c);
	gateway_done(&g);
}

static void assert_handshake(const struct identity *id, bool is_expected)
{
	struct gateway g;
	struct client c;

	gateway_init(&g, &usual_limits);
	client_init(&c, &g, id, false);
	if (is_expected) {
		assert_true(client_connect(&c, &g));
		assert_served(&c, &g, 1);
		assert_device(g.last_session, id->key);
	} else {
		assert_false(client_connect(&c, &g));
		assert_int_equal(counters(&g).handshakes, 0);
		assert_int_equal(counters(&g).handshake_failures, 1);
		assert_int_equal(counters(&g).sessions, 0);
	}
	client_done(&c);
	gateway_done(&g);
}

static void test_keys_of_devices(void **state)
{
	struct identity id;

	(void)state;
	assert_handshake(&device, true);
	assert_handshake(NULL, false);
	identity_init(&id, EVP_EC_gen("P-384"), EVP_sha384(), 1);
	assert_handshake(&id, true);
	identity_done(&id);
	identity_init(&id, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL, 1);
	assert_handshake(&id, true);
	identity_done(&id);
	identity_init(&id, EVP_RSA_gen(2048), EVP_sha256(), 1);
	assert_handshake(&id, false);
	identity_done(&id);
	identity_init(&id, EVP_EC_gen("P-521"), EVP_sha512(), 1);
	assert_handshake(&id, false);
	identity_done(&id);
}

static int alert_of_gateway; /* the last one */

static void note_alert(const SSL *ssl, int where, int alert)
{
	(void)ssl;
	if (where == SSL_CB_READ_ALERT)
		alert_of_gateway = alert & 0xff;
}

/* The alert by which the gateway refuses the handshake; the client's part of it may be complete before. */
static int alert_to(const struct identity *id)
{
	struct gateway g;
	struct client c;
	uint8_t nothing[1];

	alert_of_gateway = -1;
	gateway_init(&g, &usual_limits);
	client_init(&c, &g, id, false);
	SSL_set_info_callback(c.ssl, note_alert);
	(void)client_connect(&c, &g);
	(void)client_read(&c, nothing, sizeof(nothing));
	assert_int_equal(counters(&g).handshake_failures, 1);
	client_done(&c);
	gateway_done(&g);
	return alert_of_gateway;
}

static void test_length_of_chains(void **state)
{
	struct bytes chain[HALLMARK_CHAIN_MAX];
	struct handshake handshake;
	struct identity id;
	struct gateway g;
	struct client c;
	size_t n_chain;

	(void)state;
	identity_init(&id, EVP_EC_gen("P-256"), EVP_sha256(), HALLMARK_CHAIN_MAX);
	gateway_init(&g, &usual_limits);
	client_init(&c, &g, &id, false);
	assert_true(client_connect(&c, &g));
	assert_served(&c, &g, 1);
	assert_true(session_handshake(g.last_session, &handshake));
	assert_int_equal(handshake_chain(&handshake, chain, &n_chain), 0);
	assert_int_equal(n_chain, HALLMARK_CHAIN_MAX);
	for (size_t i = 0; i < HALLMARK_CHAIN_MAX; i++) {
		uint8_t *der = NULL;
		int n = i2d_X509(id.chain[i], &der);

		assert_true(bytes_equal(chain[i], bytes_of(der, (size_t)n)));
		OPENSSL_free(der);
	}
	client_done(&c);
	gateway_done(&g);
	identity_done(&id);

	/* one more: the judge finds in the messages that there are more */
	identity_init(&id, EVP_EC_gen("P-256"), EVP_sha256(), HALLMARK_CHAIN_MAX + 1);
	gateway_init(&g, &usual_limits);
	client_init(&c, &g, &id, false);
	assert_true(client_connect(&c, &g));
	assert_served(&c, &g, 1);
	assert_true(session_handshake(g.last_session, &handshake));
	assert_int_equal(handshake_chain(&handshake, chain, &n_chain), -E2BIG);
	client_done(&c);
	gateway_done(&g);
	identity_done(&id);
}

/* Makes the Certificate message (RFC 5246 section 7.4.2) of one certificate this long; a signature's length is not constant. */
static void identity_init_with_message(struct identity *id, size_t message)
{
	size_t filler = message - 400;

	for (int i = 0; i < 1000; i++) {
		_cleanup_free_ char *comment = calloc(1, filler + 1);
		size_t n;

		memset(comment, 'x', filler);
		identity_init(id, EVP_EC_gen("P-256"), EVP_sha256(), 1);
		add_extension(id->chain[0], id->key, NID_netscape_comment, comment);
		n = 3 + 3 + (size_t)i2d_X509(id->chain[0], NULL);
		if (n == message)
			return;
		filler = filler + message - n;
		identity_done(id);
	}
	fail_msg("no certificate has this length");
}

static void test_bytes_of_chains(void **state)
{
	struct identity id;

	(void)state;
	identity_init_with_message(&id, DTLS_CERTIFICATE_MAX);
	assert_handshake(&id, true);
	identity_done(&id);
	identity_init_with_message(&id, DTLS_CERTIFICATE_MAX + 1);
	assert_handshake(&id, false);
	assert_int_equal(alert_to(&id), SSL_AD_ILLEGAL_PARAMETER);
	identity_done(&id);
}

/* Certificates of devices are judged later: what OpenSSL would refuse is no handshake error. */
static void test_certificates_are_not_judged(void **state)
{
	struct identity id;

	(void)state;
	identity_init(&id, EVP_EC_gen("P-256"), EVP_sha256(), 1);
	add_extension(id.chain[0], id.key, NID_ext_key_usage, "serverAuth");
	assert_handshake(&id, true);
	add_extension(id.chain[0], id.key, NID_name_constraints, "critical,permitted;DNS:none");
	assert_handshake(&id, true);
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(id.chain[0]), -5));
	assert_true(X509_sign(id.chain[0], id.key, EVP_sha256()) > 0);
	assert_handshake(&id, true);
	identity_done(&id);
}

/* What a client may ask for: each has a twin that passes. */
static void test_versions_suites_and_groups(void **state)
{
	static const struct {
		int version;
		const char *ciphers, *groups;
		uint64_t options;
		bool is_expected;
	} cases[] = {
		{ DTLS1_2_VERSION, "ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0", "P-256", 0, true },
		{ DTLS1_2_VERSION, "ECDHE-ECDSA-AES128-CCM", "X25519:P-256", 0, true },
		{ DTLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256", "P-256", 0, true },
		{ DTLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305", "P-256", 0, true },
		{ DTLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA256", "P-256", 0, false },
		{ DTLS1_2_VERSION, "ECDHE-RSA-AES128-GCM-SHA256", "P-256", 0, false },
		{ DTLS1_2_VERSION, "ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0", "P-521", 0, false },
		{ DTLS1_VERSION, "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0", "P-256", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct gateway g;
		struct client c;

		gateway_init(&g, &usual_limits);
		client_init(&c, &g, &device, false);
		assert_int_equal(SSL_CTX_set_min_proto_version(c.ctx, cases[i].version), 1);
		assert_int_equal(SSL_CTX_set_max_proto_version(c.ctx, cases[i].version), 1);
		assert_int_equal(SSL_CTX_set_cipher_list(c.ctx, cases[i].ciphers), 1);
		assert_int_equal(SSL_CTX_set1_groups_list(c.ctx, (uintptr_t)cases[i].groups), 1);
		client_restart(&c);
		if (client_connect(&c, &g) != cases[i].is_expected)
			fail_msg("%s", cases[i].ciphers);
		assert_int_equal(counters(&g).handshakes, cases[i].is_expected);
		client_done(&c);
		gateway_done(&g);
	}
}

/* Without the extended master secret the channel value would bind nothing (RFC 7627): the device learns it at its ClientHello. */
static void test_extended_master_secret(void **state)
{
	struct gateway g;
	struct client c;

	(void)state;
	gateway_init(&g, &usual_limits);
	client_init(&c, &g, &device, false);
	SSL_CTX_set_options(c.ctx, SSL_OP_NO_EXTENDED_MASTER_SECRET);
	client_restart(&c);
	assert_false(client_connect(&c, &g));
	(void)SSL_do_handshake(c.ssl);
	assert_int_equal(ERR_GET_REASON(ERR_peek_error()), SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE);
	assert_int_equal(counters(&g).handshakes, 0);
	assert_int_equal(counters(&g).handshake_failures, 1);
	assert_int_equal(counters(&g).sessions, 0);
	assert_int_equal(g.failed.cause, HANDSHAKE_EXTENDED_MASTER_SECRET);

	SSL_CTX_clear_options(c.ctx, SSL_OP_NO_EXTENDED_MASTER_SECRET);
	client_restart(&c);
	assert_true(client_connect(&c, &g));
	assert_served(&c, &g, 1);
	assert_int_equal(g.told, 1);
	client_done(&c);
	gateway_done(&g);
}

static void test_no_resumption(void **state)
{
	struct gateway g;
	struct client c;

	(void)state;
	gateway_init(&g, &usual_limits);
	client_init(&c, &g, &device, false);
	assert_true(client_connect(&c, &g));

	SSL_SESSION *session = SSL_get1_session(c.ssl);

	assert_false(SSL_SESSION_has_ticket(session));
	(void)SSL_shutdown(c.ssl);
	serve(&g);
	client_restart(&c);
	assert_int_equal(SSL_set_session(c.ssl, session), 1);
	assert_true(client_connect(&c, &g));
	assert_false(SSL_session_reused(c.ssl));
	assert_served(&c, &g, 1);
	SSL_SESSION_free(session);
	client_done(&c);
	gateway_done(&g);
}

static void test_renegotiation_is_refused(void **state)
{
	uint8_t answer[ANSWER_MAX];
	struct gateway g;
	struct client c;

	(void)state;
	gateway_init(&g, &usual_limits);
	client_init(&c, &g, &device, false);
	assert_true(client_connect(&c, &g));
	(void)SSL_renegotiate(c.ssl);
	for (int i = 0; i < 5; i++)
		(void)client_step(&c, &g);
	(void)client_read(&c, answer, sizeof(answer));
	assert_int_equal(counters(&g).handshakes, 1);
	client_done(&c);
	gateway_done(&g);
}

static int edge_with_key_of(struct gateway *g, const char *curve)
{
	static const struct edge_callbacks callbacks = { .on_request = on_request, .on_close = on_close };
	BIO *certificate = BIO_new(BIO_s_mem()), *key = BIO_new(BIO_s_mem());
	struct bytes certificate_pem, key_pem;
	struct edge *e = NULL;
	struct identity id;
	char *p;
	int r;

	identity_init(&id, EVP_EC_gen(curve), EVP_sha256(), 1);
	assert_int_equal(PEM_write_bio_X509(certificate, id.chain[0]), 1);
	assert_int_equal(PEM_write_bio_PrivateKey(key, id.key, NULL, NULL, 0, NULL, NULL), 1);
	certificate_pem.n = (size_t)BIO_get_mem_data(certificate, &p);
	certificate_pem.p = (const uint8_t *)p;
	key_pem.n = (size_t)BIO_get_mem_data(key, &p);
	key_pem.p = (const uint8_t *)p;
	r = edge_new(g->fd, certificate_pem, key_pem, &usual_limits, &callbacks, NULL, &e);
	if (e)
		edge_free(e);
	BIO_free(certificate);
	BIO_free(key);
	identity_done(&id);
	return r;
}

/* That a suite with a short tag is offered lowers nothing else: 96 bits of security are too few at any level but 0. */
static void test_security_level_stays(void **state)
{
	struct gateway g;

	(void)state;
	gateway_init(&g, &usual_limits);
	assert_int_equal(edge_with_key_of(&g, "P-256"), 0);
	assert_int_equal(edge_with_key_of(&g, "P-384"), 0);
	assert_int_equal(edge_with_key_of(&g, "P-192"), -EBADMSG);
	gateway_done(&g);
}

static void test_unreadable_material(void **state)
{
	static const struct edge_callbacks callbacks = { .on_request = on_request, .on_close = on_close };
	struct edge *e = NULL;
	struct gateway g, other;

	(void)state;
	gateway_init(&g, &usual_limits);
	gateway_init(&other, &usual_limits);

	struct bytes certificate = bytes_of(g.certificate, (size_t)g.certificate_len);
	struct bytes key = bytes_of(g.key, (size_t)g.key_len);
	struct bytes other_key = bytes_of(other.key, (size_t)other.key_len);
	struct bytes nothing = bytes_of_string("");

	assert_int_equal(edge_new(g.fd, certificate, other_key, &usual_limits, &callbacks, NULL, &e), -EBADMSG);
	assert_int_equal(edge_new(g.fd, nothing, key, &usual_limits, &callbacks, NULL, &e), -EBADMSG);
	assert_int_equal(edge_new(g.fd, certificate, nothing, &usual_limits, &callbacks, NULL, &e), -EBADMSG);
	assert_int_equal(edge_new(g.fd, key, certificate, &usual_limits, &callbacks, NULL, &e), -EBADMSG);
	assert_null(e);
	assert_int_equal(edge_new(g.fd, certificate, key, &usual_limits, &callbacks, NULL, &e), 0);
	edge_free(e);
	gateway_done(&other);
	gateway_done(&g);
}

static void test_limits_of_none(void **state)
{
	static const struct edge_callbacks callbacks = { .on_request = on_request, .on_close = on_close };
	struct edge_limits limits = usual_limits;
	unsigned *const each[] = { &limits.sessions,        &limits.handshakes,      &limits.idle_sec,
				   &limits.handshake_sec,   &limits.sender_sessions, &limits.sender_handshakes,
				   &limits.session_requests };
	struct edge *e = NULL;
	struct gateway g;

	(void)state;
	gateway_init(&g, &limits);
	for (size_t i = 0; i < ARRAY_SIZE(each); i++) {
		const unsigned usual = *each[i];

		*each[i] = 0;
		assert_int_equal(edge_new(g.fd, bytes_of(g.certificate, (size_t)g.certificate_len),
					  bytes_of(g.key, (size_t)g.key_len), &limits, &callbacks, NULL, &e),
				 -EINVAL);
		*each[i] = usual;
	}
	gateway_done(&g);
}

/* --- Peers that do not show a cookie --- */

/* The first ClientHello of a client, as it goes over the wire. */
static size_t catch_hello(uint8_t *ret, size_t size)
{
	struct gateway sink;
	struct client c;

	gateway_init(&sink, &usual_limits);
	client_init(&c, &sink, &device, false);
	(void)SSL_do_handshake(c.ssl);
	assert_true(is_readable(sink.fd, 1000));

	ssize_t n = recv(sink.fd, ret, size, 0);

	assert_true(n > 0);
	client_done(&c);
	gateway_done(&sink);
	return (size_t)n;
}

static void send_from_anywhere(const struct gateway *g, const uint8_t *p, size_t n)
{
	int fd = socket_to(g->port, false);

	assert_int_equal(send(fd, p, n, 0), n);
	(void)close(fd);
}

static void test_junk_leaves_nothing(void **state)
{
	static const uint8_t like_hello[14] = { 22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1 };
	uint8_t hello[ANSWER_MAX], flipped[ANSWER_MAX];
	size_t hello_len = catch_hello(hello, sizeof(hello));
	unsigned seed = (unsigned)time(NULL);
	struct gateway g;
	struct client c;

	(void)state;
	print_message("seed %u\n", seed);
	gateway_init(&g, &usual_limits);
	for (unsigned i = 0; i < 600; i++) {
		send_from_anywhere(&g, like_hello, sizeof(like_hello));
		send_from_anywhere(&g, hello, hello_len); /* a cookie is sent, and never comes back */
		send_from_anywhere(&g, hello, (size_t)rand_r(&seed) % hello_len);
		memcpy(flipped, hello, hello_len);
		flipped[(size_t)rand_r(&seed) % hello_len] ^= (uint8_t)(1 + rand_r(&seed) % 255);
		send_from_anywhere(&g, flipped, hello_len);
		serve(&g);
	}
	assert_int_equal(counters(&g).sessions, 0);
	assert_int_equal(counters(&g).displaced_sessions, 0);
	assert_int_equal(counters(&g).handshake_failures, 0);
	assert_true(counters(&g).datagrams > 2000);
	assert_int_equal(pass_time(&g, 0), UINT64_MAX);

	client_init(&c, &g, &device, false);
	assert_true(client_connect(&c, &g));
	assert_served(&c, &g, 1);
	client_done(&c);
	gateway_done(&g);
}

/* Runs a client until it has shown its cookie and waits for the gateway's flight. */
static void begin_handshake(struct client *c, struct gateway *g)
{
	(void)client_step(c, g); /* ClientHello → HelloVerifyRequest */
	ERR_clear_error();
	(void)SSL_do_handshake(c->ssl); /* ClientHello with the cookie */
	serve(g);
}

static void begin_handshakes(struct client *c, size_t n, struct gateway *g, bool is_ipv4)
{
	for (size_t i = 0; i < n; i++) {
		client_init(&c[i], g, &device, is_ipv4);
		begin_handshake(&c[i], g);
	}
}

static void clients_connect(struct client *c, size_t n, struct gateway *g)
{
	for (size_t i = 0; i < n; i++) {
		client_init(&c[i], g, &device, false);
		assert_true(client_connect(&c[i], g));
	}
}

static void clients_done(struct client *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		client_done(&c[i]);
}

/* A cookie is good for the address and port it was sent to, and for a time. */
static void test_cookie_of_another(void **state)
{
	uint8_t hello[ANSWER_MAX];
	struct gateway g;
	struct client c;

	(void)state;
	gateway_init(&g, &usual_limits);
	client_init(&c, &g, &device, false);
	(void)client_step(&c, &g);
	(void)SSL_do_handshake(c.ssl);
	assert_true(is_readable(g.fd, 1000));

	ssize_t n = recv(g.fd, hello, sizeof(hello), 0); /* taken from the wire */

	assert_true(n > 0);
	send_from_anywhere(&g, hello, (size_t)n);
	serve(&g);
	assert_int_equal(counters(&g).sessions, 0);
	assert_int_equal(send(c.fd, hello, (size_t)n, 0), n);
	serve(&g);
	assert_int_equal(counters(&g).sessions, 1);
	client_done(&c);
	gateway_done(&g);
}

static struct dtls *new_dtls(const struct gateway *g, uint8_t secret)
{
	const uint8_t whole[COOKIE_SECRET_LEN] = { secret };
	struct dtls *d = NULL;

	assert_int_equal(dtls_new(g->fd, bytes_of(g->certificate, (size_t)g->certificate_len),
				  bytes_of(g->key, (size_t)g->key_len), &d),
			 0);
	dtls_share_cookies(d, whole);
	return d;
}

/* An edge sends a cookie, and another one with this secret gets it back after so many more beacons. Is it good? */
static bool is_cookie_good_at(uint8_t secret, unsigned n_beacons)
{
	struct datagram in = { .route.local = { in6addr_loopback, 1 } };
	socklen_t size = sizeof(in.route.peer);
	uint8_t hello[ANSWER_MAX], beacon[BEACON_LEN] = { 1 };
	struct dtls *maker, *d;
	struct gateway g;
	struct client c;
	bool is_good;

	gateway_init(&g, &usual_limits);
	maker = new_dtls(&g, 1);
	d = new_dtls(&g, secret);
	dtls_add_beacon(maker, beacon);
	dtls_add_beacon(d, beacon);
	client_init(&c, &g, &device, false);
	for (int flight = 0; flight < 2; flight++) {
		(void)SSL_do_handshake(c.ssl);
		assert_true(is_readable(g.fd, 1000));

		ssize_t n = recvfrom(g.fd, hello, sizeof(hello), 0, &in.route.peer, &size);

		assert_true(n > 0);
		in.payload = bytes_of(hello, (size_t)n);
		if (flight == 0)
			assert_false(dtls_listen(maker, &in));
	}
	for (unsigned i = 0; i < n_beacons; i++) {
		beacon[1]++;
		dtls_add_beacon(d, beacon);
	}
	is_good = dtls_listen(d, &in);
	if (is_good) { /* its twin came in at another interface */
		in.route.local.ipi6_ifindex++;
		assert_false(dtls_listen(d, &in));
	}
	dtls_free(maker);
	dtls_free(d);
	client_done(&c);
	gateway_done(&g);
	return is_good;
}

static bool is_cookie_good(unsigned n_beacons)
{
	return is_cookie_good_at(1, n_beacons);
}

static void test_cookie_expires(void **state)
{
	(void)state;
	assert_true(is_cookie_good(0));
	assert_true(is_cookie_good(1));
	assert_true(is_cookie_good(BEACONS_OF_COOKIES - 1));
	assert_false(is_cookie_good(BEACONS_OF_COOKIES));
	assert_false(is_cookie_good_at(2, 0)); /* a stranger's */
}

/* Without a beacon no cookie is sent, and so no handshake begins. */
static void test_no_beacon_yet(void **state)
{
	struct gateway g;
	struct client c;
	struct edge *with_beacon;

	(void)state;
	gateway_init(&g, &usual_limits);
	with_beacon = g.edge;
	assert_int_equal(edge_new(g.fd, bytes_of(g.certificate, (size_t)g.certificate_len),
				  bytes_of(g.key, (size_t)g.key_len), &usual_limits, &(struct edge_callbacks){ 0 }, &g,
				  &g.edge),
			 0);
	client_init(&c, &g, &device, false);
	assert_false(client_connect(&c, &g));
	assert_int_equal(counters(&g).sessions, 0);
	edge_free(g.edge);
	g.edge = with_beacon;
	client_restart(&c);
	assert_true(client_connect(&c, &g));
	client_done(&c);
	gateway_done(&g);
}

/* --- What the handshake proves to whom it is handed over --- */

/* Asserts that the session's messages show what both ends know, and that they show it of nobody else. */
static void assert_proved(const struct gateway *g, const struct client *c, EVP_PKEY *key)
{
	EVP_PKEY *other = EVP_EC_gen("P-256");
	struct handshake h;
	struct handshake_proof proof;

	assert_true(session_handshake(g->last_session, &h));
	assert_int_equal(handshake_verify(&h, key, &proof), 0);
	assert_memory_equal(proof.beacon, usual_beacon, BEACON_LEN);
	assert_memory_equal(proof.channel_value, client_channel_value(c).p, HALLMARK_HANDLE_LEN);
	assert_int_equal(handshake_verify(&h, other, &proof), -EKEYREJECTED);
	h.messages.n--;
	assert_int_equal(handshake_verify(&h, key, &proof), -EBADMSG);
	EVP_PKEY_free(other);
}

static void connect_and_prove(const struct identity *id, size_t n_certificates, long mtu)
{
	struct gateway g;
	struct client c;

	gateway_init_with_chain(&g, &usual_limits, n_certificates);
	client_init(&c, &g, id, false);
	(void)SSL_set_mtu(c.ssl, mtu);
	assert_true(client_connect(&c, &g));
	assert_served(&c, &g, 1);
	assert_proved(&g, &c, id->key);
	client_done(&c);
	gateway_done(&g);
}

static void test_messages_of_keys(void **state)
{
	struct identity id;

	(void)state;
	connect_and_prove(&device, 1, 1200);
	identity_init(&id, EVP_EC_gen("P-384"), EVP_sha384(), 1);
	connect_and_prove(&id, 1, 1200);
	identity_done(&id);
	identity_init(&id, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL, 1);
	connect_and_prove(&id, 1, 1200);
	identity_done(&id);
}

/* Each side's messages in fragments. */
static void test_messages_in_fragments(void **state)
{
	struct identity id;

	(void)state;
	identity_init(&id, EVP_EC_gen("P-256"), EVP_sha256(), HALLMARK_CHAIN_MAX);
	connect_and_prove(&id, 1, 256);
	for (size_t n = 2; n <= HALLMARK_CHAIN_MAX; n++)
		connect_and_prove(&device, n, 1200);
	connect_and_prove(&id, HALLMARK_CHAIN_MAX, 256);
	identity_done(&id);
}

/* The gateway's flight, which was lost, is sent again, in fragments as the first time. */
static void test_messages_sent_again(void **state)
{
	uint8_t lost[ANSWER_MAX];
	struct gateway g;
	struct client c;

	(void)state;
	gateway_init_with_chain(&g, &usual_limits, HALLMARK_CHAIN_MAX);
	client_init(&c, &g, &device, false);
	begin_handshake(&c, &g);
	while (is_readable(c.fd, WAIT_MSEC))
		assert_true(recv(c.fd, lost, sizeof(lost), 0) > 0);
	sleep(3); /* OpenSSL's timer is of real time, and due after two seconds */
	(void)pass_time(&g, 0);
	assert_true(is_readable(c.fd, 0));
	assert_true(client_connect(&c, &g));
	assert_served(&c, &g, 1);
	assert_proved(&g, &c, device.key);
	client_done(&c);
	gateway_done(&g);
}

/* --- Limits --- */

static void test_half_open_limit(void **state)
{
	struct edge_limits limits = usual_limits;
	struct client slow[3], c;
	struct gateway g;

	(void)state;
	limits.handshakes = 3;
	gateway_init(&g, &limits);
	begin_handshakes(slow, ARRAY_SIZE(slow), &g, false);
	assert_int_equal(counters(&g).half_open, 3);
	assert_int_equal(counters(&g).displaced_sessions, 0);
	/* whoever only begins handshakes keeps nobody out: the oldest goes */
	client_init(&c, &g, &device, false);
	assert_true(client_connect(&c, &g));
	assert_served(&c, &g, 1);
	assert_int_equal(counters(&g).half_open, 2);
	assert_int_equal(counters(&g).handshake_failures, 1);
	assert_int_equal(counters(&g).displaced_sessions, 0);
	assert_true(client_connect(&slow[1], &g)); /* the others were left alone */

	(void)pass_time(&g, limits.handshake_sec + 1);
	assert_int_equal(counters(&g).half_open, 0);
	assert_int_equal(counters(&g).handshake_failures, 2);
	assert_int_equal(counters(&g).sessions, 2);
	clients_done(slow, ARRAY_SIZE(slow));
	client_done(&c);
	gateway_done(&g);
}

static void test_session_limit(void **state)
{
	struct edge_limits limits = usual_limits;
	struct client first[2], c;
	struct gateway g;

	(void)state;
	limits.sessions = 2;
	limits.handshakes = 2;
	gateway_init(&g, &limits);
	clients_connect(first, ARRAY_SIZE(first), &g);
	assert_served(&first[0], &g, 1); /* so first[1] has been silent longer */

	/* whoever holds all places by saying nothing keeps nobody out */
	client_init(&c, &g, &device, false);
	assert_true(client_connect(&c, &g));
	assert_int_equal(counters(&g).displaced_sessions, 1);
	assert_int_equal(counters(&g).sessions, 2);
	assert_int_equal(g.closed, 1);
	assert_served(&c, &g, 1);
	assert_served(&first[0], &g, 2);
	clients_done(first, ARRAY_SIZE(first));
	client_done(&c);
	gateway_done(&g);
}

/* Two addresses are two senders, where no mark says more. */
static void test_sender_that_begins_too_often(void **state)
{
	struct edge_limits limits = usual_limits;
	struct client slow[4], c;
	struct gateway g;

	(void)state;
	limits.sender_handshakes = 2;
	gateway_init(&g, &limits);
	begin_handshakes(slow, ARRAY_SIZE(slow), &g, false);
	assert_int_equal(counters(&g).half_open, 2);
	assert_int_equal(counters(&g).refused_handshakes, 2);
	assert_int_equal(counters(&g).handshake_failures, 0);

	client_init(&c, &g, &device, true);
	assert_true(client_connect(&c, &g));
	assert_served(&c, &g, 1);
	assert_int_equal(counters(&g).refused_handshakes, 2);
	clients_done(slow, ARRAY_SIZE(slow));
	client_done(&c);
	gateway_done(&g);
}

/* Where all handshakes are taken and the sender has its share of sessions, one of each goes: neither limit is exceeded. */
static void test_sender_with_its_share_among_many_handshakes(void **state)
{
	struct edge_limits limits = usual_limits;
	struct client slow[2], first[2], c;
	struct gateway g;

	(void)state;
	limits.handshakes = 2;
	limits.sender_sessions = 2;
	gateway_init(&g, &limits);
	clients_connect(first, ARRAY_SIZE(first), &g);
	begin_handshakes(slow, ARRAY_SIZE(slow), &g, true);
	client_init(&c, &g, &device, false);
	begin_handshake(&c, &g);
	assert_int_equal(counters(&g).half_open, 2);
	assert_int_equal(counters(&g).sessions, 3);
	assert_int_equal(counters(&g).handshake_failures, 1);
	assert_int_equal(counters(&g).displaced_sessions, 1);
	assert_true(client_connect(&c, &g));
	assert_served(&c, &g, 1);
	clients_done(slow, ARRAY_SIZE(slow));
	clients_done(first, ARRAY_SIZE(first));
	client_done(&c);
	gateway_done(&g);
}

static void test_session_that_asks_too_often(void **state)
{
	struct edge_limits limits = usual_limits;
	uint8_t answer[ANSWER_MAX];
	struct client c, other;
	struct gateway g;
	struct request r;

	(void)state;
	limits.session_requests = 3;
	gateway_init(&g, &limits);
	client_init(&c, &g, &device, false);
	client_init(&other, &g, &device, false);
	assert_true(client_connect(&c, &g));
	assert_true(client_connect(&other, &g));
	for (unsigned id = 1; id <= 3; id++)
		assert_served(&c, &g, id);
	get(&r, 4);
	assert_true(client_ask(&c, &g, &r, answer, sizeof(answer)) > 0);
	assert_int_equal(answer[1], COAP_CODE(4, 29));
	assert_int_equal(g.requests, 3);
	assert_int_equal(counters(&g).refused_requests, 1);
	assert_served(&other, &g, 1);
	client_done(&c);
	client_done(&other);
	gateway_done(&g);
}

static void test_idle_timeout(void **state)
{
	uint8_t answer[ANSWER_MAX];
	struct gateway g;
	struct client c;
	uint64_t due;

	(void)state;
	gateway_init(&g, &usual_limits);
	client_init(&c, &g, &device, false);
	assert_true(client_connect(&c, &g));
	assert_served(&c, &g, 1);
	due = pass_time(&g, 0);
	assert_true(due > clock_monotonic_usec() + 40 * USEC_PER_SEC);
	assert_true(due <= clock_monotonic_usec() + 100 * USEC_PER_SEC);
	(void)pass_time(&g, usual_limits.idle_sec - 1);
	assert_int_equal(counters(&g).sessions, 1);
	assert_int_equal(pass_time(&g, usual_limits.idle_sec + 1), UINT64_MAX);
	assert_int_equal(counters(&g).sessions, 0);
	assert_int_equal(g.closed, 1);
	assert_int_equal(client_read(&c, answer, sizeof(answer)), -1); /* close_notify */
	assert_int_equal(SSL_get_shutdown(c.ssl) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN);
	client_done(&c);
	gateway_done(&g);
}

/* The gateway's flight is lost: it comes again, by the gateway's own timer. */
static void test_lost_flight(void **state)
{
	uint8_t lost[ANSWER_MAX];
	struct gateway g;
	struct client c;

	(void)state;
	gateway_init(&g, &usual_limits);
	client_init(&c, &g, &device, false);

	uint64_t before = clock_monotonic_usec();

	begin_handshake(&c, &g);
	while (is_readable(c.fd, WAIT_MSEC))
		assert_true(recv(c.fd, lost, sizeof(lost), 0) > 0);

	uint64_t due = pass_time(&g, 0);

	assert_true(due > before && due <= clock_monotonic_usec() + 2 * USEC_PER_SEC);
	assert_int_equal(poll(NULL, 0, 2050), 0);
	(void)pass_time(&g, 0);
	assert_true(is_readable(c.fd, 0));
	assert_true(client_connect(&c, &g));
	assert_served(&c, &g, 1);
	client_done(&c);
	gateway_done(&g);
}

/* --- The same address and port again --- */

static void test_device_comes_back(void **state)
{
	struct gateway g;
	struct client c;

	(void)state;
	gateway_init(&g, &usual_limits);
	client_init(&c, &g, &device, false);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(client_connect(&c, &g));
		assert_served(&c, &g, 1); /* the same message id is a new request */
		assert_int_equal(counters(&g).sessions, 1);
		assert_int_equal(g.closed, i);
		SSL_set_quiet_shutdown(c.ssl, 1);
		client_restart(&c);
	}
	begin_handshake(&c, &g); /* and once more within a handshake */
	client_restart(&c);
	assert_true(client_connect(&c, &g));
	assert_served(&c, &g, 1);
	assert_int_equal(counters(&g).sessions, 1);
	client_done(&c);
	gateway_done(&g);
}

static bool has_no_place;

bool __real_senders_make_place(struct senders *t, const struct sender *s, const struct route *from, uint64_t now_usec,
			       struct session **ret_session);
bool __wrap_senders_make_place(struct senders *t, const struct sender *s, const struct route *from, uint64_t now_usec,
			       struct session **ret_session);
bool __wrap_senders_make_place(struct senders *t, const struct sender *s, const struct route *from, uint64_t now_usec,
			       struct session **ret_session)
{
	*ret_session = NULL;
	return !has_no_place && __real_senders_make_place(t, s, from, now_usec, ret_session);
}

/* Who finds no place for a new session keeps the one that it has. */
static void test_device_comes_back_to_no_place(void **state)
{
	struct session *old;
	struct gateway g;
	struct client c;

	(void)state;
	gateway_init(&g, &usual_limits);
	client_init(&c, &g, &device, false);
	assert_true(client_connect(&c, &g));
	assert_served(&c, &g, 1);
	old = g.last_session;
	SSL_set_quiet_shutdown(c.ssl, 1);
	client_restart(&c);
	has_no_place = true;
	begin_handshake(&c, &g);
	has_no_place = false;
	assert_int_equal(counters(&g).refused_handshakes, 1);
	assert_int_equal(counters(&g).sessions, 1);
	assert_int_equal(g.closed, 0);
	assert_ptr_equal(g.last_session, old);

	client_restart(&c); /* the twin: there is a place, and it is that of the old one */
	assert_true(client_connect(&c, &g));
	assert_served(&c, &g, 1);
	assert_int_equal(g.closed, 1);
	assert_int_equal(counters(&g).sessions, 1);
	client_done(&c);
	gateway_done(&g);
}

/* Its new session takes the place of its old one: nobody else has to go, though all places are taken. */
static void test_device_comes_back_among_many(void **state)
{
	struct edge_limits limits = usual_limits;
	struct client c[2];
	struct gateway g;

	(void)state;
	limits.sessions = 2;
	limits.handshakes = 2;
	gateway_init(&g, &limits);
	clients_connect(c, ARRAY_SIZE(c), &g);
	SSL_set_quiet_shutdown(c[1].ssl, 1);
	client_restart(&c[1]);
	assert_true(client_connect(&c[1], &g));
	assert_int_equal(counters(&g).displaced_sessions, 0);
	assert_int_equal(counters(&g).sessions, 2);
	assert_served(&c[0], &g, 1);
	assert_served(&c[1], &g, 1);
	clients_done(c, ARRAY_SIZE(c));
	gateway_done(&g);
}

/* A ClientHello without valid cookie, or a late copy of the one that began the session, ends nothing. */
static void test_session_outlives_false_hellos(void **state)
{
	uint8_t hello[ANSWER_MAX], own[ANSWER_MAX];
	size_t hello_len = catch_hello(hello, sizeof(hello));
	struct gateway g;
	struct client c;

	(void)state;
	gateway_init(&g, &usual_limits);
	client_init(&c, &g, &device, false);
	(void)client_step(&c, &g);
	(void)SSL_do_handshake(c.ssl);
	assert_true(is_readable(g.fd, 1000));

	ssize_t n = recv(g.fd, own, sizeof(own), MSG_PEEK);

	assert_true(n > 0);
	assert_true(client_connect(&c, &g));
	assert_int_equal(send(c.fd, hello, hello_len, 0), hello_len);
	assert_int_equal(send(c.fd, own, (size_t)n, 0), n);
	serve(&g);
	assert_int_equal(counters(&g).sessions, 1);
	assert_int_equal(counters(&g).half_open, 0);
	assert_int_equal(g.closed, 0);

	uint8_t dropped[ANSWER_MAX];

	while (is_readable(c.fd, WAIT_MSEC)) /* the HelloVerifyRequest is nothing to this client */
		assert_true(recv(c.fd, dropped, sizeof(dropped), 0) > 0);
	assert_served(&c, &g, 1);
	client_done(&c);
	gateway_done(&g);
}

/* Junk from the address of an established session, or changed records, end nothing and reach nobody. */
static void test_session_outlives_junk(void **state)
{
	uint8_t junk[200];
	unsigned seed = (unsigned)time(NULL);
	struct gateway g;
	struct client c;

	(void)state;
	print_message("seed %u\n", seed);
	gateway_init(&g, &usual_limits);
	client_init(&c, &g, &device, false);
	assert_true(client_connect(&c, &g));
	for (unsigned i = 0; i < 2000; i++) {
		const uint8_t header[] = { (uint8_t)(20 + rand_r(&seed) % 4),
					   0xfe,
					   0xfd,
					   0,
					   (uint8_t)(rand_r(&seed) % 3),
					   0,
					   0,
					   0,
					   0,
					   0,
					   (uint8_t)rand_r(&seed),
					   0,
					   (uint8_t)(rand_r(&seed) % 187) };
		size_t n = (size_t)rand_r(&seed) % sizeof(junk);

		for (size_t k = 0; k < sizeof(junk); k++)
			junk[k] = (uint8_t)rand_r(&seed);
		if (i % 4 > 0)
			memcpy(junk, header, sizeof(header));
		assert_int_equal(send(c.fd, junk, n, 0), n);
		if (i % 16 == 0)
			serve(&g);
	}
	serve(&g);
	assert_int_equal(counters(&g).sessions, 1);
	assert_int_equal(g.requests, 0);

	uint8_t dropped[ANSWER_MAX];

	while (is_readable(c.fd, WAIT_MSEC))
		assert_true(recv(c.fd, dropped, sizeof(dropped), 0) > 0);
	assert_served(&c, &g, 1);
	client_done(&c);
	gateway_done(&g);
}

/* --- Requests --- */

static void test_same_request_twice(void **state)
{
	uint8_t first[ANSWER_MAX], second[ANSWER_MAX];
	struct request r;
	struct gateway g;
	struct client c;

	(void)state;
	gateway_init(&g, &usual_limits);
	client_init(&c, &g, &device, false);
	assert_true(client_connect(&c, &g));
	get(&r, 77);

	int n = client_ask(&c, &g, &r, first, sizeof(first));

	assert_true(n > 0);
	g.answer = bytes_of_string("other");
	assert_int_equal(client_ask(&c, &g, &r, second, sizeof(second)), n);
	assert_memory_equal(first, second, (size_t)n);
	assert_int_equal(g.requests, 1);
	client_done(&c);
	gateway_done(&g);
}

static void test_late_answer(void **state)
{
	uint8_t answer[ANSWER_MAX];
	struct request r;
	struct gateway g;
	struct client c;

	(void)state;
	gateway_init(&g, &usual_limits);
	g.is_late = true;
	client_init(&c, &g, &device, false);
	assert_true(client_connect(&c, &g));
	get(&r, 5);
	assert_int_equal(client_ask(&c, &g, &r, answer, sizeof(answer)), 0);
	assert_int_equal(client_ask(&c, &g, &r, answer, sizeof(answer)), 0); /* the device asks again meanwhile */
	assert_int_equal(g.requests, 1);
	gateway_respond(&g, g.last_id);
	assert_true(client_read(&c, answer, sizeof(answer)) > 0);
	assert_int_equal(answer[0] >> 4 & 3, ACK);
	assert_int_equal(answer[3], 5);
	client_done(&c);
	gateway_done(&g);
}

static void test_answer_to_nobody(void **state)
{
	struct edge_response response = { .code = COAP_CODE(2, 5), .content_format = EDGE_NO_FORMAT };
	uint8_t answer[ANSWER_MAX];
	struct request r;
	struct gateway g;
	struct client c;

	(void)state;
	gateway_init(&g, &usual_limits);
	g.is_late = true;
	client_init(&c, &g, &device, false);
	assert_true(client_connect(&c, &g));
	get(&r, 5);
	assert_int_equal(client_ask(&c, &g, &r, answer, sizeof(answer)), 0);

	uint64_t id = g.last_id;

	(void)SSL_shutdown(c.ssl);
	serve(&g);
	assert_int_equal(g.closed, 1);
	assert_int_equal(edge_respond(g.edge, id, &response), -ENOENT);

	client_restart(&c); /* somebody else in the same place */
	assert_true(client_connect(&c, &g));
	assert_int_equal(edge_respond(g.edge, id, &response), -ENOENT);
	assert_int_equal(client_read(&c, answer, sizeof(answer)), 0);
	assert_int_equal(edge_respond(g.edge, 0, &response), -ENOENT);
	assert_int_equal(edge_respond(g.edge, UINT64_MAX, &response), -ENOENT);

	assert_int_equal(client_ask(&c, &g, &r, answer, sizeof(answer)), 0);
	gateway_respond(&g, g.last_id);
	assert_true(client_read(&c, answer, sizeof(answer)) > 0);
	assert_int_equal(edge_respond(g.edge, g.last_id, &response), -ENOENT);
	client_done(&c);
	gateway_done(&g);
}

static void test_close_after_answer(void **state)
{
	uint8_t answer[ANSWER_MAX];
	struct request r;
	struct gateway g;
	struct client c;

	(void)state;
	gateway_init(&g, &usual_limits);
	g.is_closing = true;
	client_init(&c, &g, &device, false);
	for (int late = 0; late < 2; late++) {
		g.is_late = late;
		client_restart(&c);
		assert_true(client_connect(&c, &g));
		get(&r, 5);

		int n = client_ask(&c, &g, &r, answer, sizeof(answer));

		if (late) {
			assert_int_equal(n, 0);
			(void)pass_time(&g, 0);
			assert_int_equal(counters(&g).sessions, 1);
			gateway_respond(&g, g.last_id);
			n = client_read(&c, answer, sizeof(answer));
		}
		assert_true(n > 0);
		assert_int_equal(client_read(&c, answer, sizeof(answer)), -1);
		assert_int_equal(counters(&g).sessions, 0);
	}
	client_done(&c);
	gateway_done(&g);
}

static void test_close_later(void **state)
{
	struct gateway g;
	struct client c;

	(void)state;
	gateway_init(&g, &usual_limits);
	client_init(&c, &g, &device, false);
	assert_true(client_connect(&c, &g));
	assert_served(&c, &g, 1);
	session_close(g.last_session);
	assert_int_equal(counters(&g).sessions, 1);
	(void)pass_time(&g, 0);
	assert_int_equal(counters(&g).sessions, 0);
	assert_int_equal(g.closed, 1);
	client_done(&c);
	gateway_done(&g);
}

/* Whoever is told that a session begins can end it before it has asked anything. */
static void test_open(void **state)
{
	struct gateway g;
	struct client c;

	(void)state;
	gateway_init(&g, &usual_limits);
	client_init(&c, &g, &device, false);
	assert_true(client_connect(&c, &g));
	assert_int_equal(g.opened, 1);
	assert_int_equal(g.requests, 0);
	assert_served(&c, &g, 1);
	assert_int_equal(g.opened, 1);
	client_done(&c);

	g.is_unwelcoming = true;
	client_init(&c, &g, &device, false);
	(void)client_connect(&c, &g);
	assert_int_equal(g.opened, 2);
	assert_int_equal(g.closed, 1);
	assert_int_equal(counters(&g).sessions, 1);
	client_done(&c);
	gateway_done(&g);
}

/* Uploads n bytes in blocks of 1024, in messages with ids from first_id on. Returns the code of the last answer. */
static uint8_t upload(struct client *c, struct gateway *g, const uint8_t *body, size_t n, unsigned first_id)
{
	uint8_t answer[ANSWER_MAX];
	struct request r;

	for (uint32_t number = 0; number * 1024 < n; number++) {
		request_block(&r, first_id + number, body, n, number, 6);
		assert_true(client_ask(c, g, &r, answer, sizeof(answer)) > 0);
		if (answer[1] != COAP_CODE(2, 31))
			return answer[1];
	}
	return 0;
}

static void test_upload(void **state)
{
	static uint8_t body[HALLMARK_BODY_MAX + 1];
	struct gateway g;
	struct client c;

	(void)state;
	assert_int_equal(RAND_bytes(body, sizeof(body)), 1);
	gateway_init(&g, &usual_limits);
	client_init(&c, &g, &device, false);
	for (size_t n = HALLMARK_BODY_MAX; n <= HALLMARK_BODY_MAX + 1; n++) {
		bool fits = n == HALLMARK_BODY_MAX;

		client_restart(&c);
		assert_true(client_connect(&c, &g));
		assert_int_equal(upload(&c, &g, body, n, 300), fits ? COAP_CODE(2, 5) : COAP_CODE(4, 13));
		assert_int_equal(g.requests, 1);
		assert_int_equal(g.last_body_len, HALLMARK_BODY_MAX);
		assert_memory_equal(g.last_body, body, HALLMARK_BODY_MAX);
	}
	client_done(&c);
	gateway_done(&g);
}

/* What is refused is freed as what is answered. */
static void test_upload_that_comes_too_often(void **state)
{
	static const uint8_t body[2000];
	struct edge_limits limits = usual_limits;
	struct gateway g;
	struct client c;

	(void)state;
	limits.session_requests = 1;
	gateway_init(&g, &limits);
	client_init(&c, &g, &device, false);
	assert_true(client_connect(&c, &g));
	assert_int_equal(upload(&c, &g, body, sizeof(body), 1), COAP_CODE(2, 5));
	assert_null(g.last_session->dialogue.blocks.upload);
	assert_int_equal(upload(&c, &g, body, sizeof(body), 11), COAP_CODE(4, 29));
	assert_null(g.last_session->dialogue.blocks.upload);
	client_done(&c);
	gateway_done(&g);
}

/* The longest answer goes in one datagram; a client that wants less gets it in blocks. */
static void test_longest_answer(void **state)
{
	static uint8_t body[HALLMARK_ANSWER_MAX];
	uint8_t answer[ANSWER_MAX];
	struct request r;
	struct gateway g;
	struct client c;

	(void)state;
	assert_int_equal(RAND_bytes(body, sizeof(body)), 1);
	gateway_init(&g, &usual_limits);
	g.answer = BYTES(body);
	client_init(&c, &g, &device, false);
	assert_true(client_connect(&c, &g));
	get(&r, 1);

	int n = client_ask(&c, &g, &r, answer, sizeof(answer));

	assert_true(n > HALLMARK_ANSWER_MAX);
	assert_memory_equal(answer + n - HALLMARK_ANSWER_MAX, body, HALLMARK_ANSWER_MAX);
	for (uint32_t number = 0; number < 4; number++) {
		get(&r, 2 + number);
		request_uint(&r, BLOCK2, block_value(number, 0, 4));
		n = client_ask(&c, &g, &r, answer, sizeof(answer));
		assert_true(n > 256 && n < 300);
		assert_memory_equal(answer + n - 256, body + 256 * number, 256);
	}
	assert_int_equal(g.requests, 2);
	client_done(&c);
	gateway_done(&g);
}

static void init_with_short_records(struct client *c, const struct gateway *g, uint8_t code)
{
	client_init(c, g, &device, false);
	assert_int_equal(SSL_CTX_set_tlsext_max_fragment_length(c->ctx, code), 1);
	client_restart(c);
}

/* The bytes of the longest datagram of the gateway's flight, which is lost. */
static size_t longest_of_flight(uint8_t code)
{
	uint8_t lost[ANSWER_MAX];
	size_t longest = 0;
	struct gateway g;
	struct client c;

	gateway_init_with_chain(&g, &usual_limits, HALLMARK_CHAIN_MAX);
	init_with_short_records(&c, &g, code);
	begin_handshake(&c, &g);
	while (is_readable(c.fd, WAIT_MSEC)) {
		ssize_t n = recv(c.fd, lost, sizeof(lost), MSG_TRUNC);

		assert_true(n > 0);
		if ((size_t)n > longest)
			longest = (size_t)n;
	}
	client_done(&c);
	gateway_done(&g);
	return longest;
}

/* RFC 6066 section 4: a device with a buffer for one short record gets no datagram that is longer. */
static void test_short_records(void **state)
{
	static const struct {
		uint8_t code;
		size_t least, most; /* of the longest datagram, with its header of 13 */
	} cases[] = {
		{ TLSEXT_max_fragment_length_512, 400, 525 },
		{ TLSEXT_max_fragment_length_1024, 900, 1037 },
		{ TLSEXT_max_fragment_length_2048, 1100, 1232 },
		{ TLSEXT_max_fragment_length_DISABLED, 1100, 1232 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_in_range(longest_of_flight(cases[i].code), cases[i].least, cases[i].most);
}

/* And no longer answer: what does not fit comes in blocks, without being asked. */
static void test_answers_in_short_records(void **state)
{
	static uint8_t body[HALLMARK_ANSWER_MAX];
	static const struct {
		uint8_t code;
		size_t whole, block;
	} cases[] = {
		{ TLSEXT_max_fragment_length_512, 448, 256 },
		{ TLSEXT_max_fragment_length_1024, 960, 512 },
		{ TLSEXT_max_fragment_length_2048, 1024, 1024 },
	};
	uint8_t answer[ANSWER_MAX];
	struct request r;
	struct gateway g;
	struct client c;

	(void)state;
	assert_int_equal(RAND_bytes(body, sizeof(body)), 1);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		gateway_init_with_chain(&g, &usual_limits, HALLMARK_CHAIN_MAX);
		init_with_short_records(&c, &g, cases[i].code);
		assert_true(client_connect(&c, &g));
		g.answer = bytes_of(body, cases[i].whole);
		get(&r, 1);

		size_t n = (size_t)client_ask(&c, &g, &r, answer, sizeof(answer));

		assert_in_range(n, cases[i].whole, cases[i].whole + 20);
		assert_memory_equal(answer + n - cases[i].whole, body, cases[i].whole);
		assert_proved(&g, &c, device.key);

		g.answer = BYTES(body);
		get(&r, 2);
		n = (size_t)client_ask(&c, &g, &r, answer, sizeof(answer));
		assert_in_range(n, cases[i].block, cases[i].block + 20);
		assert_memory_equal(answer + n - cases[i].block, body, cases[i].block);
		client_done(&c);
		gateway_done(&g);
	}
}

/* The cookie is in the first part of such a hello; the rest comes behind it. */
static void test_hello_in_two_datagrams(void **state)
{
	char name[201];
	struct gateway g;
	struct client c;

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	gateway_init(&g, &usual_limits);
	client_init(&c, &g, &device, false);
	assert_int_equal(SSL_set_tlsext_host_name(c.ssl, name), 1);
	(void)SSL_set_mtu(c.ssl, 256);
	assert_true(client_step(&c, &g));
	assert_int_equal(counters(&g).datagrams, 2);
	assert_true(client_connect(&c, &g));
	assert_served(&c, &g, 1);
	assert_proved(&g, &c, device.key);
	client_done(&c);
	gateway_done(&g);
}

/* A stack without an MTU sends all of its certificates in one datagram. */
static void test_long_datagram(void **state)
{
	struct identity id;
	struct gateway g;
	struct client c;

	(void)state;
	identity_init(&id, EVP_EC_gen("P-256"), EVP_sha256(), HALLMARK_CHAIN_MAX);
	for (size_t i = 1; i < id.n; i++)
		pad(id.chain[i], id.key, 1500);
	gateway_init(&g, &usual_limits);
	client_init(&c, &g, &id, false);
	(void)SSL_set_mtu(c.ssl, 16000);
	assert_true(client_connect(&c, &g));
	assert_int_equal(counters(&g).datagrams, 4); /* two hellos, the certificates, and the rest of that flight */
	assert_served(&c, &g, 1);
	assert_proved(&g, &c, id.key);
	client_done(&c);
	gateway_done(&g);
	identity_done(&id);
}

/* A client that was kept waiting has sent its hello twice; what crossed on the way then comes again by its own timer. */
static void connect_in_the_end(struct client *c, struct gateway *g)
{
	struct timeval left;

	while (!client_connect(c, g)) {
		assert_int_equal(DTLSv1_get_timeout(c->ssl, &left), 1);
		(void)poll(NULL, 0, (int)(left.tv_sec * 1000 + left.tv_usec / 1000) + 1);
	}
}

static void test_many_clients(void **state)
{
	struct edge_limits limits = usual_limits;
	struct client clients[40];
	struct gateway g;

	(void)state;
	limits.sessions = 40;
	limits.handshakes = 40;
	gateway_init(&g, &limits);
	for (size_t i = 0; i < ARRAY_SIZE(clients); i++) {
		client_init(&clients[i], &g, &device, i % 2 == 0);
		(void)client_step(&clients[i], &g);
	}
	for (size_t i = 0; i < ARRAY_SIZE(clients); i++)
		connect_in_the_end(&clients[i], &g);
	for (unsigned round = 0; round < 5; round++)
		for (size_t i = 0; i < ARRAY_SIZE(clients); i++)
			assert_served(&clients[(i * 7) % 40], &g, round);
	assert_int_equal(counters(&g).sessions, 40);
	clients_done(clients, ARRAY_SIZE(clients));
	(void)pass_time(&g, limits.idle_sec + 1);
	assert_int_equal(counters(&g).sessions, 0);
	gateway_done(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handshake_and_get),
		cmocka_unit_test(test_ipv4_is_mapped),
		cmocka_unit_test(test_answer_from_the_address_asked),
		cmocka_unit_test(test_keys_of_devices),
		cmocka_unit_test(test_length_of_chains),
		cmocka_unit_test(test_bytes_of_chains),
		cmocka_unit_test(test_certificates_are_not_judged),
		cmocka_unit_test(test_versions_suites_and_groups),
		cmocka_unit_test(test_extended_master_secret),
		cmocka_unit_test(test_no_resumption),
		cmocka_unit_test(test_renegotiation_is_refused),
		cmocka_unit_test(test_security_level_stays),
		cmocka_unit_test(test_unreadable_material),
		cmocka_unit_test(test_limits_of_none),
		cmocka_unit_test(test_junk_leaves_nothing),
		cmocka_unit_test(test_cookie_of_another),
		cmocka_unit_test(test_cookie_expires),
		cmocka_unit_test(test_no_beacon_yet),
		cmocka_unit_test(test_messages_of_keys),
		cmocka_unit_test(test_messages_in_fragments),
		cmocka_unit_test(test_messages_sent_again),
		cmocka_unit_test(test_half_open_limit),
		cmocka_unit_test(test_session_limit),
		cmocka_unit_test(test_sender_that_begins_too_often),
		cmocka_unit_test(test_sender_with_its_share_among_many_handshakes),
		cmocka_unit_test(test_session_that_asks_too_often),
		cmocka_unit_test(test_idle_timeout),
		cmocka_unit_test(test_lost_flight),
		cmocka_unit_test(test_device_comes_back),
		cmocka_unit_test(test_device_comes_back_to_no_place),
		cmocka_unit_test(test_device_comes_back_among_many),
		cmocka_unit_test(test_session_outlives_false_hellos),
		cmocka_unit_test(test_session_outlives_junk),
		cmocka_unit_test(test_same_request_twice),
		cmocka_unit_test(test_late_answer),
		cmocka_unit_test(test_answer_to_nobody),
		cmocka_unit_test(test_close_after_answer),
		cmocka_unit_test(test_close_later),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_upload),
		cmocka_unit_test(test_upload_that_comes_too_often),
		cmocka_unit_test(test_longest_answer),
		cmocka_unit_test(test_short_records),
		cmocka_unit_test(test_answers_in_short_records),
		cmocka_unit_test(test_hello_in_two_datagrams),
		cmocka_unit_test(test_long_datagram),
		cmocka_unit_test(test_many_clients),
	};
	int r;

	identity_init(&device, EVP_EC_gen("P-256"), EVP_sha256(), 1);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	identity_done(&device);
	return r;
}
