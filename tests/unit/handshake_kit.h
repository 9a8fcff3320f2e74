/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of a DTLS handshake, each with at most one defect, signed by the device. */
#pragma once

#include <openssl/evp.h>

#include "base/handshake.h"
#include "hallmark/protocol.h"

enum { CLIENT_HELLO = 1, SERVER_HELLO = 2, CERTIFICATE = 11, CERTIFICATE_VERIFY = 15, CLIENT_KEY_EXCHANGE = 16 };

/* A handshake, with what is wrong in it. But for the key, the defaults of zero are the good ones. */
struct recipe {
	const char *suite;   /* two bytes */
	unsigned version;    /* of both hellos */
	unsigned cookie_len; /* 0: COOKIE_LEN */
	const uint8_t *client_random, *server_random;
	bool without_client_ems, without_server_ems;
	bool is_fragment;                           /* the client's Certificate */
	bool is_swapped;                            /* the client's last two messages */
	bool without_request;                       /* no CertificateRequest */
	const char *trailing;                       /* behind the last message */
	EVP_PKEY *key;                              /* that signs */
	struct bytes chain[HALLMARK_CHAIN_MAX + 1]; /* in the client's Certificate, */
	size_t n_chain;
	const char *behind_chain; /* and what else is in it */
	unsigned algorithm;       /* that the CertificateVerify names */
	const EVP_MD *md;
};

struct made {
	uint8_t messages_space[8192], verify_space[512];
	struct writer messages, verify;
	struct handshake h;
};

static inline void put_number(struct writer *w, uint32_t number, size_t n)
{
	for (size_t i = n; i-- > 0;)
		writer_put(w, (struct bytes){ &(uint8_t){ (uint8_t)(number >> 8 * i) }, 1 });
}

static inline void put_message(struct writer *w, unsigned type, unsigned seq, unsigned offset, struct bytes body)
{
	put_number(w, type, 1);
	put_number(w, (uint32_t)body.n + offset, 3);
	put_number(w, seq, 2);
	put_number(w, offset, 3);
	put_number(w, (uint32_t)body.n, 3);
	writer_put(w, body);
}

static inline void put_repeated(struct writer *w, uint8_t byte, size_t n)
{
	for (size_t i = 0; i < n; i++)
		writer_put(w, bytes_of(&byte, 1));
}

static inline void put_random(struct writer *w, const uint8_t *random, uint8_t byte)
{
	if (random)
		writer_put(w, bytes_of(random, 32));
	else
		put_repeated(w, byte, 32);
}

static inline void put_extensions(struct writer *w, bool with_ems)
{
	writer_put(w, with_ems ? bytes_of("\0\12\0\13\0\2\1\0\0\27\0\0", 12) : bytes_of("\0\6\0\13\0\2\1\0", 8));
}

static inline void put_hellos(struct writer *w, const struct recipe *r)
{
	unsigned version = r->version ? r->version : 0xfefd;
	unsigned cookie_len = r->cookie_len ? r->cookie_len : COOKIE_LEN;
	uint8_t space[256];
	struct writer body = WRITER(space);

	put_number(&body, version, 2);
	put_random(&body, r->client_random, 0xc1);
	put_number(&body, 0, 1); /* session id */
	put_number(&body, cookie_len, 1);
	put_repeated(&body, 0xbe, BEACON_LEN);
	put_repeated(&body, 0x3c, cookie_len - BEACON_LEN);
	writer_put(&body, bytes_of("\0\2\300\256\1\0", 6));
	put_extensions(&body, !r->without_client_ems);
	put_message(w, CLIENT_HELLO, 1, 0, writer_bytes(&body));

	body = (struct writer)WRITER(space);
	put_number(&body, version, 2);
	put_random(&body, r->server_random, 0x5e);
	put_number(&body, 0, 1);
	writer_put(&body, bytes_of(r->suite ? r->suite : "\300\256", 2));
	put_number(&body, 0, 1);
	put_extensions(&body, !r->without_server_ems);
	put_message(w, SERVER_HELLO, 1, 0, writer_bytes(&body));
}

/* RFC 5246 section 7.4.2 */
static inline void put_certificate(struct writer *w, const struct recipe *r)
{
	uint8_t space[6000];
	struct writer body = WRITER(space);
	size_t n = 0;

	for (size_t i = 0; i < r->n_chain; i++)
		n += 3 + r->chain[i].n;
	put_number(&body, (uint32_t)n, 3);
	for (size_t i = 0; i < r->n_chain; i++) {
		put_number(&body, (uint32_t)r->chain[i].n, 3);
		writer_put(&body, r->chain[i]);
	}
	if (r->behind_chain)
		writer_put(&body, bytes_of_string(r->behind_chain));
	assert_false(body.overflow);
	put_message(w, CERTIFICATE, 2, r->is_fragment ? 8 : 0, writer_bytes(&body));
}

static inline void put_flights(struct writer *w, const struct recipe *r)
{
	static const uint8_t filler[40];

	put_message(w, CERTIFICATE, 2, 0, BYTES(filler));
	put_message(w, 12, 3, 0, BYTES(filler));
	if (!r->without_request)
		put_message(w, 13, 4, 0, BYTES(filler));
	put_message(w, 14, 5, 0, (struct bytes){ 0 });
	if (r->is_swapped)
		put_message(w, CLIENT_KEY_EXCHANGE, 3, 0, BYTES(filler));
	put_certificate(w, r);
	if (!r->is_swapped)
		put_message(w, CLIENT_KEY_EXCHANGE, 3, 0, BYTES(filler));
	if (r->trailing)
		writer_put(w, bytes_of_string(r->trailing));
}

static inline void put_verify(struct made *m, const struct recipe *r, EVP_PKEY *key, const EVP_MD *md)
{
	uint8_t signature[256], space[300];
	struct writer body = WRITER(space);
	size_t n = sizeof(signature);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	assert_int_equal(EVP_DigestSignInit(ctx, NULL, md, NULL, key), 1);
	assert_int_equal(EVP_DigestSign(ctx, signature, &n, m->messages.p, m->messages.n), 1);
	EVP_MD_CTX_free(ctx);
	put_number(&body, r->algorithm ? r->algorithm : 0x0403, 2);
	put_number(&body, (uint32_t)n, 2);
	writer_put(&body, bytes_of(signature, n));
	put_message(&m->verify, CERTIFICATE_VERIFY, 4, 0, writer_bytes(&body));
}

static inline void handshake_make(struct made *m, const struct recipe *r)
{
	bool is_ed25519 = EVP_PKEY_get_base_id(r->key) == EVP_PKEY_ED25519;

	*m = (struct made){ 0 };
	m->messages = (struct writer)WRITER(m->messages_space);
	m->verify = (struct writer)WRITER(m->verify_space);
	put_hellos(&m->messages, r);
	put_flights(&m->messages, r);
	put_verify(m, r, r->key, is_ed25519 || r->md ? r->md : EVP_sha256());
	assert_false(m->messages.overflow || m->verify.overflow);
	m->h.messages = writer_bytes(&m->messages);
	m->h.certificate_verify = writer_bytes(&m->verify);
	memset(m->h.master_secret, 0x77, sizeof(m->h.master_secret));
}
