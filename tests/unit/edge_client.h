/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates, an edge on a loopback socket and DTLS clients for the tests; all in one thread, none blocks. */
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/failed_handshake.h"
#include "coap_request.h"
#include "edge/edge.h"
#include "limits_kit.h"

#define WAIT_MSEC 20 /* without anything on the wire for so long, nothing will come */

/* A key and a certificate chain that it signed itself, leaf first; the others are fillers. */
struct identity {
	EVP_PKEY *key;
	X509 *chain[8];
	size_t n;
};

static inline X509 *certificate_new(EVP_PKEY *key, const char *name, const EVP_MD *md)
{
	X509 *x = X509_new();
	X509_NAME *subject = X509_NAME_new();

	assert_int_equal(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const uint8_t *)name, -1, -1, 0), 1);
	assert_int_equal(X509_set_version(x, 2), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), 1), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x), -10));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x), 3600));
	assert_int_equal(X509_set_subject_name(x, subject), 1);
	assert_int_equal(X509_set_issuer_name(x, subject), 1);
	assert_int_equal(X509_set_pubkey(x, key), 1);
	assert_true(X509_sign(x, key, md) > 0);
	X509_NAME_free(subject);
	return x;
}

static inline void identity_init(struct identity *id, EVP_PKEY *key, const EVP_MD *md, size_t n)
{
	assert_non_null(key);
	*id = (struct identity){ .key = key, .n = n };
	for (size_t i = 0; i < n; i++)
		id->chain[i] = certificate_new(key, i == 0 ? "device" : "maker", md);
}

static inline void identity_done(struct identity *id)
{
	for (size_t i = 0; i < id->n; i++)
		X509_free(id->chain[i]);
	EVP_PKEY_free(id->key);
}

static inline void add_extension(X509 *x, EVP_PKEY *key, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_int_equal(X509_add_ext(x, extension, -1), 1);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	X509_EXTENSION_free(extension);
}

/* Makes the certificate longer by n bytes, at most 1,999. */
static inline void pad(X509 *x, EVP_PKEY *key, size_t n)
{
	char filler[2000];

	assert_true(n < sizeof(filler));
	(void)snprintf(filler, sizeof(filler), "%0*d", (int)n, 0);
	add_extension(x, key, NID_netscape_comment, filler);
}

/* --- The gateway --- */

struct gateway {
	int fd;
	uint16_t port;
	struct edge *edge;
	char *certificate, *key; /* PEM */
	long certificate_len, key_len;
	BIO *certificate_bio, *key_bio;

	/* what on_request() does and saw */
	bool is_late; /* answer not in the call */
	bool is_closing;
	bool is_unwelcoming; /* sessions end as they begin */
	struct bytes answer;
	unsigned opened, requests, closed, told;
	struct failed_handshake failed; /* the last that was told */
	uint64_t last_id;
	struct session *last_session;
	char last_path[65];
	uint8_t last_body[HALLMARK_BODY_MAX];
	size_t last_body_len;
};

static inline void gateway_respond(struct gateway *g, uint64_t id)
{
	struct edge_response response = { .code = COAP_CODE(2, 5),
					  .content_format = HALLMARK_CF_CBOR,
					  .body = g->answer };

	assert_int_equal(edge_respond(g->edge, id, &response), 0);
}

static inline void on_request(const struct edge_request *request, void *userdata)
{
	struct gateway *g = userdata;

	g->requests++;
	g->last_id = request->id;
	g->last_session = request->session;
	session_set_userdata(request->session, g);
	(void)snprintf(g->last_path, sizeof(g->last_path), "%s", request->path);
	assert_true(request->body.n <= sizeof(g->last_body));
	g->last_body_len = request->body.n;
	if (request->body.n > 0)
		memcpy(g->last_body, request->body.p, request->body.n);
	if (g->is_closing)
		session_close(request->session);
	if (!g->is_late)
		gateway_respond(g, request->id);
}

static inline void on_open(struct session *session, void *userdata)
{
	struct gateway *g = userdata;

	(void)session;
	g->opened++;
	if (g->is_unwelcoming)
		session_close(session);
}

static inline void on_close(struct session *session, void *userdata)
{
	struct gateway *g = userdata;

	assert_true(session_userdata(session) == g || !session_userdata(session));
	g->closed++;
	g->last_session = NULL;
}

static inline void on_failed(const struct session *session, const struct failed_handshake *what, void *userdata)
{
	struct gateway *g = userdata;

	assert_int_equal(session_ifindex(session), 1); /* lo */
	assert_true(failed_handshake_is_sound(what));
	g->failed = *what;
	g->told++;
}

static const uint8_t usual_beacon[BEACON_LEN] = { 0xbe, 0xac, 0x01 };

/* With more than one certificate, its flight takes several datagrams. */
static inline void gateway_init_with_chain(struct gateway *g, const struct edge_limits *limits, size_t n_certificates)
{
	static const struct edge_callbacks callbacks = {
		.on_request = on_request, .on_open = on_open, .on_close = on_close, .on_failed = on_failed
	};
	struct sockaddr_in6 own = { .sin6_family = AF_INET6 };
	socklen_t size = sizeof(own);
	struct identity id;
	int off = 0, on = 1;

	memset(g, 0, sizeof(*g));
	g->answer = bytes_of_string("answer");
	identity_init(&id, EVP_EC_gen("P-256"), EVP_sha256(), n_certificates);
	g->certificate_bio = BIO_new(BIO_s_mem());
	g->key_bio = BIO_new(BIO_s_mem());
	for (size_t i = 1; i < n_certificates; i++)
		pad(id.chain[i], id.key, 999);
	for (size_t i = 0; i < n_certificates; i++)
		assert_int_equal(PEM_write_bio_X509(g->certificate_bio, id.chain[i]), 1);
	assert_int_equal(PEM_write_bio_PrivateKey(g->key_bio, id.key, NULL, NULL, 0, NULL, NULL), 1);
	g->certificate_len = BIO_get_mem_data(g->certificate_bio, &g->certificate);
	g->key_len = BIO_get_mem_data(g->key_bio, &g->key);
	identity_done(&id);

	g->fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(g->fd >= 0);
	assert_int_equal(setsockopt(g->fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)), 0);
	assert_int_equal(bind(g->fd, (struct sockaddr *)&own, size), 0);
	assert_int_equal(getsockname(g->fd, (struct sockaddr *)&own, &size), 0);
	g->port = own.sin6_port;
	assert_int_equal(setsockopt(g->fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)), 0);
	assert_int_equal(edge_new(g->fd, bytes_of(g->certificate, (size_t)g->certificate_len),
				  bytes_of(g->key, (size_t)g->key_len), limits, &callbacks, g, &g->edge),
			 0);
	edge_add_beacon(g->edge, usual_beacon);
}

static inline void gateway_init(struct gateway *g, const struct edge_limits *limits)
{
	gateway_init_with_chain(g, limits, 1);
}

static inline void gateway_done(struct gateway *g)
{
	edge_free(g->edge);
	BIO_free(g->certificate_bio);
	BIO_free(g->key_bio);
	(void)close(g->fd);
}

static inline struct edge_counters counters(const struct gateway *g)
{
	struct edge_counters c;

	edge_get_counters(g->edge, &c);
	return c;
}

static inline bool is_readable(int fd, int msec)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, msec) == 1;
}

static inline void serve(struct gateway *g)
{
	while (is_readable(g->fd, 0))
		edge_on_readable(g->edge);
}

/* As after `sec` seconds of silence. */
static inline uint64_t pass_time(struct gateway *g, unsigned sec)
{
	return edge_on_timer(g->edge, clock_monotonic_usec() + sec * USEC_PER_SEC);
}

/* --- The client --- */

struct client {
	int fd;
	SSL_CTX *ctx;
	SSL *ssl;
};

static inline int socket_to(uint16_t port, bool is_ipv4)
{
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6, .sin6_port = port, .sin6_addr = in6addr_loopback };
	struct sockaddr_in to4 = { .sin_family = AF_INET, .sin_port = port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(is_ipv4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(is_ipv4 ? connect(fd, (struct sockaddr *)&to4, sizeof(to4)) :
				   connect(fd, (struct sockaddr *)&to6, sizeof(to6)),
			 0);
	return fd;
}

/* A new SSL on the socket it has, which forgets what came: a device that was switched off and on. */
static inline void client_restart(struct client *c)
{
	BIO *bio = BIO_new_dgram(c->fd, BIO_NOCLOSE);
	struct sockaddr_storage peer;
	socklen_t size = sizeof(peer);
	uint8_t forgotten[2048];

	while (is_readable(c->fd, 0))
		assert_true(recv(c->fd, forgotten, sizeof(forgotten), 0) > 0);
	assert_int_equal(getpeername(c->fd, (struct sockaddr *)&peer, &size), 0);
	(void)BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, &peer);
	SSL_free(c->ssl);
	c->ssl = SSL_new(c->ctx);
	SSL_set_bio(c->ssl, bio, bio);
	SSL_set_connect_state(c->ssl);
	(void)SSL_set_mtu(c->ssl, 1200);
}

/* `id` may be NULL: no certificate. */
static inline void client_init(struct client *c, const struct gateway *g, const struct identity *id, bool is_ipv4)
{
	c->fd = socket_to(g->port, is_ipv4);
	c->ctx = SSL_CTX_new(DTLS_client_method());
	c->ssl = NULL;
	SSL_CTX_set_options(c->ctx, SSL_OP_NO_QUERY_MTU);
	assert_int_equal(SSL_CTX_set_min_proto_version(c->ctx, DTLS1_2_VERSION), 1);
	if (id) {
		assert_int_equal(SSL_CTX_use_certificate(c->ctx, id->chain[0]), 1);
		assert_int_equal(SSL_CTX_use_PrivateKey(c->ctx, id->key), 1);
	}
	for (size_t i = 1; id && i < id->n; i++)
		assert_int_equal(SSL_CTX_add1_chain_cert(c->ctx, id->chain[i]), 1);
	client_restart(c);
}

static inline void client_done(struct client *c)
{
	SSL_free(c->ssl);
	SSL_CTX_free(c->ctx);
	(void)close(c->fd);
}

/* One move of the client and all that the gateway makes of it. Returns false when nothing moved. */
static inline bool client_step(struct client *c, struct gateway *g)
{
	ERR_clear_error();
	(void)SSL_do_handshake(c->ssl);
	serve(g);
	return is_readable(c->fd, WAIT_MSEC);
}

static inline bool client_connect(struct client *c, struct gateway *g)
{
	for (int i = 0; i < 20 && !SSL_is_init_finished(c->ssl); i++)
		if (!client_step(c, g))
			break;
	serve(g);
	return SSL_is_init_finished(c->ssl);
}

/* The channel value (docs/protocol.md section 4.1) as the client has it, until the next call. */
static inline struct bytes client_channel_value(const struct client *c)
{
	static uint8_t value[HALLMARK_HANDLE_LEN];

	assert_int_equal(SSL_export_keying_material(c->ssl, value, sizeof(value), HALLMARK_EXPORTER_LABEL,
						    strlen(HALLMARK_EXPORTER_LABEL), NULL, 0, 0),
			 1);
	return BYTES(value);
}

/* Returns the length of the next message, 0: none came, -1: the connection is over. */
static inline int client_read(struct client *c, uint8_t *ret, size_t size)
{
	ERR_clear_error();
	(void)is_readable(c->fd, WAIT_MSEC);

	int n = SSL_read(c->ssl, ret, (int)size);

	if (n > 0)
		return n;
	return SSL_get_error(c->ssl, n) == SSL_ERROR_WANT_READ ? 0 : -1;
}

/* Returns the length of the answer, 0: none, -1: the connection is over. */
static inline int client_ask(struct client *c, struct gateway *g, const struct request *r, uint8_t *ret, size_t size)
{
	assert_int_equal(SSL_write(c->ssl, r->bytes, (int)r->n), r->n);
	serve(g);
	return client_read(c, ret, size);
}
