/* SPDX-License-Identifier: Apache-2.0 */
/* Two memory BIOs: one gets a datagram at a time, from the other each record is taken as a datagram. */
#include "tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "hallmark/protocol.h"

#define RECORD_HEADER    13
#define AT_RECORD_LENGTH 11

SSL_CTX *tls_context(const char *certificates, const char *key)
{
	SSL_CTX *ctx = SSL_CTX_new(DTLS_client_method());

	if (!ctx)
		return NULL;
	SSL_CTX_set_options(ctx, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_security_level(ctx, 0); /* or newer OpenSSL offers no CCM8 */
	if (SSL_CTX_set_cipher_list(ctx, HALLMARK_CIPHERS) == 1 &&
	    (!certificates || (SSL_CTX_use_certificate_chain_file(ctx, certificates) == 1 &&
			       SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) == 1)))
		return ctx;
	ERR_print_errors_fp(stderr);
	SSL_CTX_free(ctx);
	return NULL;
}

SSL *tls_new(SSL_CTX *ctx)
{
	SSL *ssl = SSL_new(ctx);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());

	if (!ssl || !in || !out) {
		SSL_free(ssl);
		BIO_free(in);
		BIO_free(out);
		return NULL;
	}
	BIO_set_mem_eof_return(in, -1);
	SSL_set_bio(ssl, in, out);
	SSL_set_connect_state(ssl);
	(void)SSL_set_mtu(ssl, HALLMARK_DATAGRAM_MAX);
	return ssl;
}

void tls_start(SSL *ssl)
{
	(void)SSL_do_handshake(ssl);
}

int tls_feed(SSL *ssl, struct bytes in, struct writer *plain)
{
	uint8_t record[2048];
	int r;

	ERR_clear_error();
	(void)BIO_write(SSL_get_rbio(ssl), in.p, (int)in.n);
	if (!SSL_is_init_finished(ssl)) {
		r = SSL_do_handshake(ssl);
		return r == 1 ? 1 : SSL_get_error(ssl, r) == SSL_ERROR_WANT_READ ? 0 : -1;
	}
	while ((r = SSL_read(ssl, record, sizeof(record))) > 0)
		if (plain)
			writer_put(plain, bytes_of(record, (size_t)r));
	return SSL_get_error(ssl, r) == SSL_ERROR_WANT_READ ? 1 : -1;
}

void tls_write(SSL *ssl, struct bytes plain)
{
	ERR_clear_error();
	(void)SSL_write(ssl, plain.p, (int)plain.n);
}

bool tls_take(SSL *ssl, struct writer *w)
{
	BIO *out = SSL_get_wbio(ssl);
	uint8_t record[RECORD_HEADER];
	int n;

	if (BIO_read(out, record, sizeof(record)) != sizeof(record))
		return false;
	n = record[AT_RECORD_LENGTH] << 8 | record[AT_RECORD_LENGTH + 1];
	if (w->n + sizeof(record) + (size_t)n > w->cap)
		return false;
	writer_put(w, BYTES(record));
	if (BIO_read(out, w->p + w->n, n) != n)
		return false;
	w->n += (size_t)n;
	return true;
}
