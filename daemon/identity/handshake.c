/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/handshake.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/sizes.h"

#define RANDOM_LEN             32
#define DTLS_1_2               0xfefd
#define EXTENDED_MASTER_SECRET 23 /* RFC 7627 section 5.1 */

/* RFC 5246 section 7.4 */
enum message_type {
	CLIENT_HELLO = 1,
	SERVER_HELLO = 2,
	CERTIFICATE = 11,
	SERVER_KEY_EXCHANGE = 12,
	CERTIFICATE_REQUEST = 13,
	SERVER_HELLO_DONE = 14,
	CERTIFICATE_VERIFY = 15,
	CLIENT_KEY_EXCHANGE = 16,
};

/* A full handshake in which both sides have a certificate, RFC 5246 section 7.3. */
static const enum message_type order[] = {
	CLIENT_HELLO,        SERVER_HELLO,      CERTIFICATE, SERVER_KEY_EXCHANGE,
	CERTIFICATE_REQUEST, SERVER_HELLO_DONE, CERTIFICATE, CLIENT_KEY_EXCHANGE,
};

enum { AT_CLIENT_HELLO = 0, AT_SERVER_HELLO = 1, AT_CLIENT_CERTIFICATE = 6 };

static const unsigned suites[] = {
#define X(number, openssl, iana) number,
	HALLMARK_SUITES(X)
#undef X
};

/* RFC 8446 section 4.2.3; in DTLS 1.2 the first two name a digest, and no curve. */
static const struct algorithm {
	unsigned number;
	int key_type;
	const EVP_MD *(*digest)(void);
} algorithms[] = {
	{ 0x0403, EVP_PKEY_EC, EVP_sha256 },
	{ 0x0503, EVP_PKEY_EC, EVP_sha384 },
	{ 0x0807, EVP_PKEY_ED25519, NULL },
};

DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free);
DEFINE_CLEANUP(EVP_MAC_CTX *, EVP_MAC_CTX_free);

/* --- Reading: what is too short sets `bad`, and everything that is read after it is empty --- */

struct cursor {
	struct bytes left;
	bool bad;
};

static struct bytes take(struct cursor *c, size_t n)
{
	struct bytes taken = { c->left.p, n };

	if (c->bad || n > c->left.n) {
		c->bad = true;
		return (struct bytes){ 0 };
	}
	c->left = bytes_of(c->left.p + n, c->left.n - n);
	return taken;
}

/* A number of n bytes, at most four. */
static unsigned take_number(struct cursor *c, size_t n)
{
	struct bytes b = take(c, n);
	unsigned number = 0;

	for (size_t i = 0; i < b.n; i++)
		number = number << 8 | b.p[i];
	return number;
}

/* Bytes behind their length, which is a number of n bytes. */
static struct bytes take_vector(struct cursor *c, size_t n)
{
	return take(c, take_number(c, n));
}

/* A vector, to be read element by element. */
static struct cursor take_list(struct cursor *c, size_t n)
{
	struct bytes elements = take_vector(c, n);

	return (struct cursor){ elements, c->bad };
}

static bool is_at_end(const struct cursor *c)
{
	return !c->bad && c->left.n == 0;
}

/* One message in one fragment. Returns its body; what is not of that type is bad. */
static struct cursor take_message(struct cursor *c, enum message_type type)
{
	unsigned found = take_number(c, 1);
	unsigned length = take_number(c, 3);
	unsigned offset, fragment;

	(void)take_number(c, 2); /* message_seq */
	offset = take_number(c, 3);
	fragment = take_number(c, 3);
	if (found != type || offset != 0 || fragment != length)
		c->bad = true;

	struct bytes body = take(c, length);

	return (struct cursor){ body, c->bad };
}

/* --- The hellos --- */

struct hello {
	struct bytes random, cookie;
	unsigned suite;
	bool has_extended_master_secret;
};

static void take_extensions(struct cursor *c, struct hello *ret)
{
	struct cursor extensions = take_list(c, 2);

	while (!extensions.bad && extensions.left.n > 0) {
		unsigned type = take_number(&extensions, 2);

		(void)take_vector(&extensions, 2);
		ret->has_extended_master_secret |= type == EXTENDED_MASTER_SECRET;
	}
	c->bad |= extensions.bad;
}

/* RFC 6347 section 4.2.1 */
static bool read_client_hello(struct cursor c, struct hello *ret)
{
	bool is_dtls_1_2 = take_number(&c, 2) == DTLS_1_2;

	ret->random = take(&c, RANDOM_LEN);
	(void)take_vector(&c, 1); /* session id */
	ret->cookie = take_vector(&c, 1);
	(void)take_vector(&c, 2); /* suites */
	(void)take_vector(&c, 1); /* compression methods */
	take_extensions(&c, ret);
	return is_at_end(&c) && is_dtls_1_2 && ret->cookie.n == COOKIE_LEN && ret->has_extended_master_secret;
}

static bool is_our_suite(unsigned suite)
{
	for (size_t i = 0; i < ARRAY_SIZE(suites); i++)
		if (suites[i] == suite)
			return true;
	return false;
}

static bool read_server_hello(struct cursor c, struct hello *ret)
{
	bool is_dtls_1_2 = take_number(&c, 2) == DTLS_1_2;

	ret->random = take(&c, RANDOM_LEN);
	(void)take_vector(&c, 1); /* session id */
	ret->suite = take_number(&c, 2);
	(void)take_number(&c, 1); /* compression method */
	take_extensions(&c, ret);
	return is_at_end(&c) && is_dtls_1_2 && is_our_suite(ret->suite) && ret->has_extended_master_secret;
}

/* The bodies of all messages; false when these are others. */
static bool read_messages(struct bytes messages, struct cursor ret[static ARRAY_SIZE(order)])
{
	struct cursor c = { .left = messages };

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		ret[i] = take_message(&c, order[i]);
	return is_at_end(&c);
}

static bool read_hellos(struct bytes messages, struct hello *ret_client, struct hello *ret_server)
{
	struct cursor bodies[ARRAY_SIZE(order)];

	return read_messages(messages, bodies) && read_client_hello(bodies[AT_CLIENT_HELLO], ret_client) &&
	       read_server_hello(bodies[AT_SERVER_HELLO], ret_server);
}

/* RFC 5246 section 7.4.2 */
int handshake_chain(const struct handshake *h, struct bytes ret[static HALLMARK_CHAIN_MAX], size_t *ret_n)
{
	struct cursor bodies[ARRAY_SIZE(order)], *body = &bodies[AT_CLIENT_CERTIFICATE], list;

	*ret_n = 0;
	if (!read_messages(h->messages, bodies))
		return -EBADMSG;
	list = take_list(body, 3);
	while (!list.bad && list.left.n > 0) {
		struct bytes certificate = take_vector(&list, 3);

		if (*ret_n == HALLMARK_CHAIN_MAX)
			return -E2BIG;
		ret[(*ret_n)++] = certificate;
	}
	return is_at_end(body) && is_at_end(&list) && *ret_n > 0 ? 0 : -EBADMSG;
}

/* --- What they prove --- */

/* RFC 5246 section 7.4.8. Returns 0, -EBADMSG, -EKEYREJECTED or -EIO. */
static int verify_signature(const struct handshake *h, EVP_PKEY *key)
{
	_cleanup_(EVP_MD_CTX_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct cursor c = { .left = h->certificate_verify };
	struct cursor body = take_message(&c, CERTIFICATE_VERIFY);
	unsigned number = take_number(&body, 2);
	struct bytes signature = take_vector(&body, 2);
	const struct algorithm *algorithm = NULL;

	if (!is_at_end(&c) || !is_at_end(&body))
		return -EBADMSG;
	for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++)
		if (algorithms[i].number == number && algorithms[i].key_type == EVP_PKEY_get_base_id(key))
			algorithm = &algorithms[i];
	if (!algorithm)
		return -EKEYREJECTED;
	if (!ctx || EVP_DigestVerifyInit(ctx, NULL, algorithm->digest ? algorithm->digest() : NULL, NULL, key) != 1)
		return -EIO;
	if (EVP_DigestVerify(ctx, signature.p, signature.n, h->messages.p, h->messages.n) != 1)
		return -EKEYREJECTED;
	return 0;
}

/* Returns NULL when OpenSSL has none. */
static EVP_MAC *hmac(void)
{
	static EVP_MAC *fetched; /* by name, which takes longer than its use */

	if (!fetched)
		fetched = EVP_MAC_fetch(NULL, "HMAC", NULL);
	return fetched;
}

/* With the session's master secret as its key. Returns NULL when OpenSSL fails. */
static EVP_MAC_CTX *hmac_new(const struct handshake *h)
{
	const OSSL_PARAM with_sha256[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){ "SHA256" }, 0),
		OSSL_PARAM_construct_end(),
	};
	_cleanup_(EVP_MAC_CTX_freep) EVP_MAC_CTX *ctx = hmac() ? EVP_MAC_CTX_new(hmac()) : NULL;

	if (!ctx || EVP_MAC_init(ctx, h->master_secret, sizeof(h->master_secret), with_sha256) != 1)
		return NULL;
	return TAKE_PTR(ctx);
}

static bool hmac_of(EVP_MAC_CTX *ctx, struct bytes message, uint8_t ret[static SHA256_LEN])
{
	size_t n = 0;

	return EVP_MAC_init(ctx, NULL, 0, NULL) == 1 && EVP_MAC_update(ctx, message.p, message.n) == 1 &&
	       EVP_MAC_final(ctx, ret, &n, SHA256_LEN) == 1 && n == SHA256_LEN;
}

int handshake_prepare(void)
{
	return hmac() ? 0 : -EIO;
}

static const uint8_t no_bytes[2]; /* context_value_length of an empty context */

/*
 * RFC 5705 section 4: the first block of the PRF of RFC 5246 section 5 is as long as the value. Without a context
 * nothing stands behind the randoms; a context of no byte is another one, and has its length of two bytes there.
 */
static int export(EVP_MAC_CTX *ctx, const struct hello *client, const struct hello *server, struct bytes context,
		  uint8_t ret[static SHA256_LEN])
{
	uint8_t space[SHA256_LEN + sizeof(HALLMARK_EXPORTER_LABEL) + 2 * RANDOM_LEN + sizeof(no_bytes)];
	struct writer w = WRITER(space);
	struct bytes seed;

	w.n = SHA256_LEN; /* for A(1) */
	writer_put(&w, bytes_of_string(HALLMARK_EXPORTER_LABEL));
	writer_put(&w, client->random);
	writer_put(&w, server->random);
	writer_put(&w, context);
	seed = bytes_of(space + SHA256_LEN, w.n - SHA256_LEN);
	return hmac_of(ctx, seed, space) && hmac_of(ctx, writer_bytes(&w), ret) ? 0 : -EIO;
}

_Static_assert(HALLMARK_HANDLE_LEN == SHA256_LEN, "the channel value is one block of the PRF");

int handshake_verify(const struct handshake *h, EVP_PKEY *leaf_key, struct handshake_proof *ret)
{
	_cleanup_(EVP_MAC_CTX_freep) EVP_MAC_CTX *ctx = NULL;
	struct hello client = { 0 }, server = { 0 };
	int r;

	*ret = (struct handshake_proof){ 0 };
	if (!read_hellos(h->messages, &client, &server))
		return -EBADMSG;
	ERR_clear_error();
	r = verify_signature(h, leaf_key);
	if (r == 0) {
		ctx = hmac_new(h);
		r = ctx ? export(ctx, &client, &server, bytes_of(NULL, 0), ret->channel_value) : -EIO;
	}
	if (r == 0)
		r = export(ctx, &client, &server, BYTES(no_bytes), ret->empty_context_value);
	ERR_clear_error();
	if (r < 0)
		return r;
	memcpy(ret->beacon, client.cookie.p, BEACON_LEN);
	return 0;
}
