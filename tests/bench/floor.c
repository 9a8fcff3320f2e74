/* SPDX-License-Identifier: Apache-2.0 */
/*
 * floor N: what the cryptography of an admission costs with bare OpenSSL: the mean of N DTLS 1.2 handshakes in memory, with the
 * chain of the benches' devices, of verifications and of signatures (ES256), in microseconds of this thread's CPU. The server
 * verifies the device's chain. Prints one JSON object.
 */
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../flood/tls.h"
#include "device.h"
#include "hallmark/protocol.h"

#define MESSAGE_LEN 256

static double now_usec(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static SSL_CTX *server_context(const struct pki_node *root)
{
	struct pki_node gateway = pki_issue(NULL, &(struct pki_request){ .name = "gateway" });
	SSL_CTX *ctx = SSL_CTX_new(DTLS_server_method());

	must(ctx && SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) == 1);
	SSL_CTX_set_security_level(ctx, 0); /* as in the edge: newer OpenSSL offers no CCM8 otherwise */
	SSL_CTX_set_options(ctx, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	must(SSL_CTX_set_cipher_list(ctx, HALLMARK_CIPHERS) == 1 &&
	     SSL_CTX_set1_groups_list(ctx, HALLMARK_GROUPS) == 1);
	must(SSL_CTX_use_certificate(ctx, gateway.certificate) == 1 && SSL_CTX_use_PrivateKey(ctx, gateway.key) == 1);
	must(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), root->certificate) == 1);
	pki_done(&gateway);
	return ctx;
}

static SSL *server_new(SSL_CTX *ctx)
{
	SSL *ssl = SSL_new(ctx);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());

	must(ssl && in && out);
	BIO_set_mem_eof_return(in, -1);
	SSL_set_bio(ssl, in, out);
	SSL_set_accept_state(ssl);
	must(SSL_set_mtu(ssl, HALLMARK_DATAGRAM_MAX) > 0);
	return ssl;
}

/* Gives one side all that the other has to say. */
static void carry(SSL *from, SSL *to)
{
	uint8_t datagram[2048];
	struct writer w = WRITER(datagram);

	while (tls_take(from, &w)) {
		must(tls_feed(to, writer_bytes(&w), NULL) >= 0);
		w = WRITER(datagram);
	}
}

struct cost {
	double server, client;
};

static void shake_hands(SSL_CTX *ctx_server, SSL_CTX *ctx_client, const struct pki_node *device, struct cost *sum)
{
	double begin = now_usec(), end;
	SSL *server = server_new(ctx_server), *client;

	end = now_usec();
	sum->server += end - begin;
	client = tls_new(ctx_client);
	must(SSL_use_certificate(client, device->certificate) == 1 && SSL_use_PrivateKey(client, device->key) == 1);
	tls_start(client);
	sum->client += now_usec() - end;
	while (!SSL_is_init_finished(server) || !SSL_is_init_finished(client)) {
		begin = now_usec();
		carry(client, server);
		end = now_usec();
		carry(server, client);
		sum->server += end - begin;
		sum->client += now_usec() - end;
	}
	must(SSL_get_verify_result(server) == X509_V_OK);
	begin = now_usec();
	SSL_free(server);
	sum->server += now_usec() - begin;
	SSL_free(client);
}

static double sign_usec(EVP_PKEY *key, long n, uint8_t *ret_signature, size_t *ret_n)
{
	const uint8_t message[MESSAGE_LEN] = { 0 };
	const double begin = now_usec();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const size_t room = *ret_n;

	for (long i = 0; i < n; i++) {
		*ret_n = room;
		must(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1);
		must(EVP_DigestSign(ctx, ret_signature, ret_n, message, sizeof(message)) == 1);
	}
	EVP_MD_CTX_free(ctx);
	return (now_usec() - begin) / (double)n;
}

static double verify_usec(EVP_PKEY *key, long n, const uint8_t *signature, size_t n_signature)
{
	const uint8_t message[MESSAGE_LEN] = { 0 };
	const double begin = now_usec();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	for (long i = 0; i < n; i++) {
		must(EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1);
		must(EVP_DigestVerify(ctx, signature, n_signature, message, sizeof(message)) == 1);
	}
	EVP_MD_CTX_free(ctx);
	return (now_usec() - begin) / (double)n;
}

int main(int argc, char **argv)
{
	const long n = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
	struct pki_node root, device;
	struct cost cost = { 0 };
	uint8_t signature[128];
	size_t n_signature = sizeof(signature);
	SSL_CTX *server, *client;
	double sign, verify;

	if (n < 1) {
		(void)fputs("floor N\n", stderr);
		return EXIT_FAILURE;
	}
	root = pki_issue(NULL, &(struct pki_request){ .name = "root", .ca = true });
	device = device_issue(&root, 1);
	server = server_context(&root);
	client = tls_context(NULL, NULL);
	must(client);
	for (long i = 0; i < n; i++)
		shake_hands(server, client, &device, &cost);
	sign = sign_usec(device.key, n, signature, &n_signature);
	verify = verify_usec(device.key, n, signature, n_signature);
	(void)printf("{\"handshake\":%.2f,\"handshake_device\":%.2f,\"sign\":%.2f,\"verify\":%.2f}\n",
		     cost.server / (double)n, cost.client / (double)n, sign, verify);
	SSL_CTX_free(server);
	SSL_CTX_free(client);
	pki_done(&device);
	pki_done(&root);
	return EXIT_SUCCESS;
}
