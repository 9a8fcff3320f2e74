/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One SSL_CTX in which everything is parsed once, one spare SSL for the cookie exchange with unknown peers, and a
 * datagram BIO whose state all connections share. Peer certificates are not verified here: identity/ judges them.
 */
#include "dtls.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/beacon.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/sizes.h"
#include "edge/attempt.h"
#include "edge/record_format.h"
#include "edge/transcript.h"

#define UDP_IPV6_OVERHEAD 48

/* OpenSSL checks the curve of a device's own key against the groups, so P-384 must be listed for P-384 devices. */
#define GROUPS     HALLMARK_GROUPS ":P-384"
#define SIGNATURES "ECDSA+SHA256:ECDSA+SHA384:ed25519"

#define AT_RANDOM (RECORD_HEADER + MESSAGE_HEADER + 2) /* in a datagram with a ClientHello, behind the version */

#define MESSAGE_CLIENT_HELLO 1

typedef int security_cb(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other, void *userdata);

struct dtls {
	int fd;
	SSL_CTX *ctx;
	BIO_METHOD *bio_method;
	security_cb *usual_security;
	BIO_ADDR *ignored_peer; /* DTLSv1_listen() requires one; our BIO does not use it */
	SSL *spare;

	EVP_MAC_CTX *mac;
	uint8_t secret[COOKIE_SECRET_LEN];
	uint8_t beacons[BEACONS_OF_COOKIES][BEACON_LEN]; /* the latest first */
	size_t n_beacons;

	struct bytes in;           /* the datagram that the next BIO_read() gives; n == 0: none */
	const struct route *route; /* where BIO_write() sends */
};

static void openssl_free(unsigned char *p)
{
	OPENSSL_free(p);
}

DEFINE_CLEANUP(unsigned char *, openssl_free);
DEFINE_CLEANUP(BIO *, BIO_free);
DEFINE_CLEANUP(X509 *, X509_free);
DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);
DEFINE_CLEANUP(EVP_MAC *, EVP_MAC_free);
DEFINE_CLEANUP(SSL *, SSL_free);
DEFINE_CLEANUP(struct dtls *, dtls_free);

/* --- The datagram BIO --- */

static int on_bio_read(BIO *bio, char *ret, int size)
{
	struct dtls *d = BIO_get_data(bio);
	struct bytes in = d->in;

	BIO_clear_retry_flags(bio);
	d->in = (struct bytes){ 0 };
	if (in.n == 0 || size < 0) {
		BIO_set_retry_read(bio);
		return -1;
	}

	size_t n = in.n < (size_t)size ? in.n : (size_t)size;

	memcpy(ret, in.p, n);
	return (int)n;
}

/* Sends from the address that the peer sent to. A datagram that cannot be sent counts as lost. */
static int on_bio_write(BIO *bio, const char *p, int n)
{
	const struct dtls *d = BIO_get_data(bio);
	struct sockaddr_in6 peer = d->route->peer;
	struct iovec iov = { .iov_base = (void *)(uintptr_t)p, .iov_len = (size_t)n };
	union {
		struct cmsghdr align;
		uint8_t space[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control = { 0 };
	struct msghdr msg = {
		.msg_name = &peer,
		.msg_namelen = sizeof(peer),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	if (BIO_get_app_data(bio))
		transcript_sent(BIO_get_app_data(bio), bytes_of(p, (size_t)n));
	c->cmsg_level = IPPROTO_IPV6;
	c->cmsg_type = IPV6_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(struct in6_pktinfo));
	memcpy(CMSG_DATA(c), &d->route->local, sizeof(struct in6_pktinfo));
	BIO_clear_retry_flags(bio);
	(void)sendmsg(d->fd, &msg, MSG_DONTWAIT);
	return n;
}

static long on_bio_ctrl(BIO *bio, int command, long number, void *p)
{
	(void)bio, (void)number, (void)p;
	return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static int on_bio_create(BIO *bio)
{
	BIO_set_init(bio, 1);
	return 1;
}

static BIO_METHOD *new_bio_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_TYPE_START | BIO_TYPE_SOURCE_SINK, "hallmark datagram");

	if (m && BIO_meth_set_read(m, on_bio_read) && BIO_meth_set_write(m, on_bio_write) &&
	    BIO_meth_set_ctrl(m, on_bio_ctrl) && BIO_meth_set_create(m, on_bio_create))
		return m;
	BIO_meth_free(m);
	return NULL;
}

/* --- The cookie: a beacon, and a MAC over it and the peer's address, RFC 6347 section 4.2.1 --- */

static bool make_cookie(struct dtls *d, const uint8_t beacon[static BEACON_LEN], uint8_t ret[static COOKIE_LEN])
{
	const struct sockaddr_in6 *peer = &d->route->peer;
	const struct in6_pktinfo *local = &d->route->local;
	const struct bytes parts[] = {
		bytes_of(beacon, BEACON_LEN),
		bytes_of(&peer->sin6_addr, sizeof(peer->sin6_addr)),
		bytes_of(&peer->sin6_port, sizeof(peer->sin6_port)),
		bytes_of(&local->ipi6_ifindex, sizeof(local->ipi6_ifindex)),
	};
	uint8_t mac[SHA256_LEN];
	size_t n = 0;

	if (EVP_MAC_init(d->mac, d->secret, COOKIE_SECRET_LEN, NULL) != 1)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (EVP_MAC_update(d->mac, parts[i].p, parts[i].n) != 1)
			return false;
	if (EVP_MAC_final(d->mac, mac, &n, sizeof(mac)) != 1 || n != sizeof(mac))
		return false;
	memcpy(ret, beacon, BEACON_LEN);
	memcpy(ret + BEACON_LEN, mac, COOKIE_LEN - BEACON_LEN);
	return true;
}

static int on_cookie_generate(SSL *ssl, unsigned char *ret, unsigned *ret_len)
{
	struct dtls *d = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	*ret_len = COOKIE_LEN;
	return make_cookie(d, d->beacons[0], ret) ? 1 : 0;
}

static bool is_of_late(const struct dtls *d, const uint8_t beacon[static BEACON_LEN])
{
	for (size_t i = 0; i < d->n_beacons; i++)
		if (memcmp(d->beacons[i], beacon, BEACON_LEN) == 0)
			return true;
	return false;
}

static int on_cookie_verify(SSL *ssl, const unsigned char *cookie, unsigned n)
{
	struct dtls *d = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	uint8_t expected[COOKIE_LEN];

	return n == COOKIE_LEN && is_of_late(d, cookie) && make_cookie(d, cookie, expected) &&
			       CRYPTO_memcmp(cookie, expected, n) == 0 ?
		       1 :
		       0;
}

void dtls_share_cookies(struct dtls *d, const uint8_t secret[static COOKIE_SECRET_LEN])
{
	memcpy(d->secret, secret, sizeof(d->secret));
}

void dtls_add_beacon(struct dtls *d, const uint8_t beacon[static BEACON_LEN])
{
	memmove(d->beacons[1], d->beacons[0], sizeof(d->beacons) - BEACON_LEN);
	memcpy(d->beacons[0], beacon, BEACON_LEN);
	if (d->n_beacons < BEACONS_OF_COOKIES)
		d->n_beacons++;
}

const uint8_t *dtls_newest_beacon(const struct dtls *d)
{
	return d->n_beacons > 0 ? d->beacons[0] : NULL;
}

static EVP_MAC_CTX *new_mac(void)
{
	_cleanup_(EVP_MAC_freep) EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	char digest[] = "SHA256";
	OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
				OSSL_PARAM_construct_end() };
	EVP_MAC_CTX *mac = hmac ? EVP_MAC_CTX_new(hmac) : NULL;

	if (mac && EVP_MAC_CTX_set_params(mac, params) == 1)
		return mac;
	EVP_MAC_CTX_free(mac);
	return NULL;
}

/* --- The context --- */

/*
 * The handshake proves only possession of the key. The chain is judged later, so that the device can be told why it
 * fails.
 */
static int on_verify(X509_STORE_CTX *store, void *userdata)
{
	(void)userdata;
	X509_STORE_CTX_set_error(store, X509_V_OK);
	return 1;
}

/* Never asks on the terminal: a key with a passphrase is not supported. */
static int on_passphrase(char *ret, int size, int is_write, void *userdata)
{
	(void)ret, (void)size, (void)is_write, (void)userdata;
	return -1;
}

static bool load_chain(SSL_CTX *ctx, struct bytes pem)
{
	_cleanup_(BIO_freep) BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);

	for (unsigned i = 0; bio && i < HALLMARK_CHAIN_MAX; i++) {
		_cleanup_(X509_freep) X509 *certificate = PEM_read_bio_X509(bio, NULL, on_passphrase, NULL);

		if (!certificate)
			return i > 0 && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
		if (i == 0 ? SSL_CTX_use_certificate(ctx, certificate) != 1 :
			     SSL_CTX_add1_chain_cert(ctx, certificate) != 1)
			return false;
	}
	return bio != NULL;
}

static bool load_key(SSL_CTX *ctx, struct bytes pem)
{
	_cleanup_(BIO_freep) BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	_cleanup_(EVP_PKEY_freep) EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, on_passphrase, NULL) : NULL;

	return key && SSL_CTX_use_PrivateKey(ctx, key) == 1 && SSL_CTX_check_private_key(ctx) == 1;
}

/* Of a code of max_fragment_length, 1 to 4: 512 to 4096. */
static unsigned fragment_bytes(uint8_t code)
{
	return 256u << code;
}

/*
 * A device that asks for short records (RFC 6066 section 4) has a buffer for one. OpenSSL would still pack several of them
 * into a datagram, the end of which such a device never sees; so a datagram of the flight is no longer than one record.
 */
static void limit_datagrams(SSL *ssl, struct bytes max_fragment_length)
{
	const uint8_t code = max_fragment_length.n == 1 ? max_fragment_length.p[0] : 0;

	if (code == TLSEXT_max_fragment_length_512 || code == TLSEXT_max_fragment_length_1024)
		(void)SSL_set_mtu(ssl, fragment_bytes(code) + RECORD_HEADER);
}

/*
 * Without the extended master secret (RFC 7627) the exporter's value would not bind evidence to this session. OpenSSL
 * completes such a handshake, so it is refused here, where an alert can still say so.
 */
static int on_client_hello(SSL *ssl, int *ret_alert, void *userdata)
{
	const unsigned char *p;
	size_t n;

	(void)userdata;
	if (!attempt_take_hello(SSL_get_app_data(ssl), ssl)) {
		*ret_alert = SSL_AD_HANDSHAKE_FAILURE;
		return SSL_CLIENT_HELLO_ERROR;
	}
	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_max_fragment_length, &p, &n) == 1)
		limit_datagrams(ssl, bytes_of(p, n));
	return SSL_CLIENT_HELLO_SUCCESS;
}

static bool is_suite(int op)
{
	return op == SSL_SECOP_CIPHER_SUPPORTED || op == SSL_SECOP_CIPHER_SHARED || op == SSL_SECOP_CIPHER_CHECK;
}

/*
 * OpenSSL 3.2 and later rate CCM8 by the 64 bits of its tag and allow it only at level 0. RFC 7925 makes that suite
 * mandatory, but keys, groups and digests must not drop to level 0 for it. So everything except this suite is held to
 * the level that the distribution sets (2 on Debian).
 */
static int on_security(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other, void *userdata)
{
	const struct dtls *d = userdata;

	if (is_suite(op) && SSL_CIPHER_get_protocol_id(other) == HALLMARK_CCM8)
		return 1;
	return d->usual_security(ssl, ctx, op, bits, nid, other, NULL);
}

static void set_security(struct dtls *d)
{
	d->usual_security = SSL_CTX_get_security_callback(d->ctx);
	SSL_CTX_set_security_callback(d->ctx, on_security);
	SSL_CTX_set0_security_ex_data(d->ctx, d);
}

/* docs/protocol.md section 2 */
static bool configure(SSL_CTX *ctx)
{
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_QUERY_MTU | SSL_OP_NO_RENEGOTIATION |
					 SSL_OP_COOKIE_EXCHANGE | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, on_verify, NULL);
	SSL_CTX_set_client_hello_cb(ctx, on_client_hello, NULL);
	SSL_CTX_set_cookie_generate_cb(ctx, on_cookie_generate);
	SSL_CTX_set_cookie_verify_cb(ctx, on_cookie_verify);
	SSL_CTX_set_max_cert_list(ctx, DTLS_CERTIFICATE_MAX);
	return SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) == 1 &&
	       SSL_CTX_set_max_proto_version(ctx, DTLS1_2_VERSION) == 1 &&
	       SSL_CTX_set_cipher_list(ctx, HALLMARK_CIPHERS) == 1 && SSL_CTX_set1_groups_list(ctx, GROUPS) == 1 &&
	       SSL_CTX_set1_sigalgs_list(ctx, SIGNATURES) == 1 &&
	       SSL_CTX_set1_client_sigalgs_list(ctx, SIGNATURES) == 1;
}

int dtls_new(int fd, struct bytes certificate_pem, struct bytes key_pem, struct dtls **ret)
{
	_cleanup_(dtls_freep) struct dtls *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;

	ERR_clear_error();
	d->fd = fd;
	d->ctx = SSL_CTX_new(DTLS_server_method());
	d->bio_method = new_bio_method();
	d->ignored_peer = BIO_ADDR_new();
	d->mac = new_mac();
	if (!d->ctx || !d->bio_method || !d->ignored_peer || !d->mac)
		return -ENOMEM;
	if (RAND_bytes(d->secret, COOKIE_SECRET_LEN) != 1)
		return -EIO;
	set_security(d);
	if (!configure(d->ctx))
		return -EIO;
	if (!load_chain(d->ctx, certificate_pem) || !load_key(d->ctx, key_pem))
		return -EBADMSG;

	SSL_CTX_set_app_data(d->ctx, d);
	ERR_clear_error();
	*ret = TAKE_PTR(d);
	return 0;
}

void dtls_free(struct dtls *d)
{
	if (!d)
		return;

	SSL_free(d->spare);
	SSL_CTX_free(d->ctx);
	BIO_meth_free(d->bio_method);
	BIO_ADDR_free(d->ignored_peer);
	EVP_MAC_CTX_free(d->mac);
	OPENSSL_cleanse(d->secret, sizeof(d->secret));
	free(d);
}

/* --- Connections --- */

const uint8_t *dtls_hello_random(struct bytes payload)
{
	static const uint8_t zeros[3];
	const uint8_t *p = payload.p;

	if (payload.n < AT_RANDOM + DTLS_RANDOM_LEN)
		return NULL;
	if (p[0] != CONTENT_HANDSHAKE || memcmp(p + AT_EPOCH, zeros, 2) != 0 ||
	    p[RECORD_HEADER] != MESSAGE_CLIENT_HELLO || memcmp(p + RECORD_HEADER + AT_OFFSET, zeros, 3) != 0)
		return NULL;
	return p + AT_RANDOM;
}

/*
 * When a flight goes out again: a device that computes for seconds between two flights is not answered twice for nothing
 * (RFC 7925 section 11 recommends 9 s), and one that lost a datagram waits two.
 */
static unsigned next_timeout_usec(SSL *ssl, unsigned last_usec)
{
	(void)ssl;
	if (last_usec == 0)
		return 2 * USEC_PER_SEC;
	return last_usec < 9 * USEC_PER_SEC ? 9 * USEC_PER_SEC : 18 * USEC_PER_SEC;
}

static SSL *new_ssl(struct dtls *d)
{
	_cleanup_(SSL_freep) SSL *ssl = SSL_new(d->ctx);
	BIO *bio = ssl ? BIO_new(d->bio_method) : NULL;

	if (!bio)
		return NULL;

	BIO_set_data(bio, d);
	SSL_set_bio(ssl, bio, bio);
	SSL_set_accept_state(ssl);
	DTLS_set_timer_cb(ssl, next_timeout_usec);
	(void)SSL_set_mtu(ssl, HALLMARK_DATAGRAM_MAX - UDP_IPV6_OVERHEAD);
	return TAKE_PTR(ssl);
}

void dtls_input(struct dtls *d, struct bytes payload, const struct route *route)
{
	d->in = payload;
	d->route = route;
}

bool dtls_listen(struct dtls *d, const struct datagram *in)
{
	if (d->n_beacons == 0)
		return false;
	if (!d->spare)
		d->spare = new_ssl(d);
	if (!d->spare)
		return false;

	ERR_clear_error();
	dtls_input(d, in->payload, &in->route);

	int r = DTLSv1_listen(d->spare, d->ignored_peer);

	dtls_input(d, (struct bytes){ 0 }, NULL);
	return r == 1;
}

static void on_message(int is_sent, int version, int content_type, const void *p, size_t n, SSL *ssl, void *userdata)
{
	struct attempt *a = userdata;

	(void)version, (void)ssl;
	if (!is_sent && content_type == SSL3_RT_HANDSHAKE)
		transcript_received(a->transcript, bytes_of(p, n));
	if (content_type == SSL3_RT_ALERT)
		attempt_note_alert(a, is_sent, bytes_of(p, n));
}

SSL *dtls_take(struct dtls *d, struct attempt *a)
{
	SSL *ssl = TAKE_PTR(d->spare);

	SSL_set_msg_callback(ssl, on_message);
	SSL_set_msg_callback_arg(ssl, a);
	(void)SSL_set_app_data(ssl, a);
	(void)BIO_set_app_data(SSL_get_rbio(ssl), a->transcript); /* while handshaking, SSL_get_wbio() is another one */
	return ssl;
}

/* Frees the two 16 KiB buffers of an idle connection; OpenSSL allocates them again when it reads. */
static void rest(SSL *ssl)
{
	if (SSL_is_init_finished(ssl))
		(void)SSL_free_buffers(ssl);
}

int dtls_handshake(SSL *ssl)
{
	ERR_clear_error();

	int r = SSL_do_handshake(ssl);

	if (r == 1)
		return 1;
	if (SSL_get_error(ssl, r) == SSL_ERROR_WANT_READ)
		return 0;
	attempt_fail(SSL_get_app_data(ssl), ssl);
	return -ECONNABORTED;
}

int dtls_retransmit(SSL *ssl)
{
	ERR_clear_error();
	return DTLSv1_handle_timeout(ssl) < 0 ? -ECONNABORTED : 0;
}

uint64_t dtls_retransmit_usec(SSL *ssl, uint64_t now_usec)
{
	struct timeval left;

	if (DTLSv1_get_timeout(ssl, &left) != 1)
		return UINT64_MAX;
	return now_usec + (uint64_t)left.tv_sec * USEC_PER_SEC + (uint64_t)left.tv_usec;
}

int dtls_read(SSL *ssl, uint8_t *ret, size_t size)
{
	ERR_clear_error();

	int r = SSL_read(ssl, ret, (int)size);

	if (r > 0)
		return r;

	int error = SSL_get_error(ssl, r);

	rest(ssl);
	return error == SSL_ERROR_WANT_READ ? 0 : -ECONNRESET;
}

void dtls_write(struct dtls *d, SSL *ssl, const struct route *route, struct bytes plain)
{
	ERR_clear_error();
	dtls_input(d, (struct bytes){ 0 }, route);
	if (SSL_alloc_buffers(ssl) == 1)
		(void)SSL_write(ssl, plain.p, (int)plain.n);
	dtls_input(d, (struct bytes){ 0 }, NULL);
	rest(ssl);
}

void dtls_close(struct dtls *d, SSL *ssl, const struct route *route)
{
	ERR_clear_error();
	dtls_input(d, (struct bytes){ 0 }, route);
	if (SSL_alloc_buffers(ssl) == 1)
		(void)SSL_shutdown(ssl);
	dtls_input(d, (struct bytes){ 0 }, NULL);
}

size_t dtls_max_fragment(SSL *ssl)
{
	uint8_t code = SSL_SESSION_get_max_fragment_length(SSL_get_session(ssl));

	return code == TLSEXT_max_fragment_length_DISABLED ? SSL3_RT_MAX_PLAIN_LENGTH : fragment_bytes(code);
}

bool dtls_master_secret(SSL *ssl, uint8_t ret[static MASTER_SECRET_LEN])
{
	return SSL_SESSION_get_master_key(SSL_get_session(ssl), ret, MASTER_SECRET_LEN) == MASTER_SECRET_LEN;
}

bool dtls_proved_possession(SSL *ssl)
{
	return SSL_is_init_finished(ssl) && SSL_get0_peer_certificate(ssl) && !SSL_session_reused(ssl) &&
	       SSL_get_extms_support(ssl) == 1;
}

bool dtls_device(SSL *ssl, uint8_t ret[static SHA256_LEN])
{
	const X509 *leaf = SSL_get0_peer_certificate(ssl);
	_cleanup_(openssl_freep) unsigned char *key = NULL;
	int n = leaf ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &key) : -1;

	return n > 0 && digest_sha256(bytes_of(key, (size_t)n), ret) == 0;
}
