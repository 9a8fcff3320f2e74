/* SPDX-License-Identifier: Apache-2.0 */
/* wolfSSL 5. Its timers have whole seconds, and it has no MTU as Debian builds it. */
#include <wolfssl/options.h>

#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/hash.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stack.h"
#include "wire.h"

struct stack {
	struct wire *wire;
	WOLFSSL_CTX *ctx;
	WOLFSSL *ssl;
	ecc_key key;
	WC_RNG random;
	unsigned timeout_msec; /* of a read behind the handshake */
	int is_established;
};

static int say(struct stack *s, const char *what, int r)
{
	char text[WOLFSSL_MAX_ERROR_SZ];
	int error = s->ssl ? wolfSSL_get_error(s->ssl, r) : r;

	(void)fprintf(stderr, "%s: %s\n", what, wolfSSL_ERR_error_string((unsigned long)error, text));
	return -1;
}

static int on_send(WOLFSSL *ssl, char *p, int n, void *userdata)
{
	const struct stack *s = userdata;

	(void)ssl;
	return wire_send(s->wire, p, (size_t)n) < 0 ? WOLFSSL_CBIO_ERR_GENERAL : n;
}

static int on_receive(WOLFSSL *ssl, char *ret, int size, void *userdata)
{
	const struct stack *s = userdata;
	unsigned timeout_msec =
		s->is_established ? s->timeout_msec : (unsigned)wolfSSL_dtls_get_current_timeout(ssl) * 1000;
	int n = wire_receive(s->wire, ret, (size_t)size, timeout_msec);

	return n == WIRE_TIMEOUT ? WOLFSSL_CBIO_ERR_TIMEOUT : n < 0 ? WOLFSSL_CBIO_ERR_GENERAL : n;
}

/* The key once more, for evidence: a WOLFSSL gives it to nobody. */
static int load_key(struct stack *s, const char *path)
{
	unsigned char pem[4096], der[4096];
	FILE *file = fopen(path, "rb");
	int n = file ? (int)fread(pem, 1, sizeof(pem), file) : 0;
	word32 at = 0;

	if (file)
		(void)fclose(file);
	n = n > 0 ? wc_KeyPemToDer(pem, n, der, (int)sizeof(der), NULL) : n;
	if (n <= 0 || wc_ecc_init(&s->key) != 0 || wc_InitRng(&s->random) != 0)
		return -1;
	(void)wc_ecc_set_rng(&s->key, &s->random);
	return wc_EccPrivateKeyDecode(der, &at, &s->key, (word32)n);
}

static int load(struct stack *s, const struct stack_options *options)
{
	s->ctx = wolfSSL_CTX_new(wolfDTLSv1_2_client_method());
	if (!s->ctx)
		return -1;
	if (wolfSSL_CTX_use_certificate_chain_file(s->ctx, options->certificates) != WOLFSSL_SUCCESS ||
	    wolfSSL_CTX_use_PrivateKey_file(s->ctx, options->key, WOLFSSL_FILETYPE_PEM) != WOLFSSL_SUCCESS ||
	    wolfSSL_CTX_load_verify_locations(s->ctx, options->ca, NULL) != WOLFSSL_SUCCESS)
		return -1;
	wolfSSL_CTX_set_verify(s->ctx, WOLFSSL_VERIFY_PEER,
			       NULL); /* as Debian builds it, it verifies nobody by default */
	return load_key(s, options->key);
}

static int max_fragment_code(unsigned n)
{
	return n == 512 ? WOLFSSL_MFL_2_9 : n == 1024 ? WOLFSSL_MFL_2_10 : WOLFSSL_MFL_2_11;
}

static int configure(struct stack *s, const struct stack_options *options)
{
	wolfSSL_CTX_SetIOSend(s->ctx, on_send);
	wolfSSL_CTX_SetIORecv(s->ctx, on_receive);
	if (options->suite && wolfSSL_CTX_set_cipher_list(s->ctx, options->suite) != WOLFSSL_SUCCESS)
		return -1;
	if (!options->extended_master_secret)
		(void)wolfSSL_CTX_DisableExtendedMasterSecret(s->ctx);
	s->ssl = wolfSSL_new(s->ctx);
	if (!s->ssl)
		return -1;
	wolfSSL_SetIOReadCtx(s->ssl, s);
	wolfSSL_SetIOWriteCtx(s->ssl, s);
	wolfSSL_KeepArrays(s->ssl); /* else there is no exporter */
	if (options->max_fragment > 0 &&
	    wolfSSL_UseMaxFragment(s->ssl, (unsigned char)max_fragment_code(options->max_fragment)) != WOLFSSL_SUCCESS)
		return -1;
	return options->mtu > 0 ? -1 : 0;
}

struct stack *stack_new(const struct stack_options *options, struct wire *wire)
{
	struct stack *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->wire = wire;
	if (wolfSSL_Init() == WOLFSSL_SUCCESS && load(s, options) == 0 && configure(s, options) == 0)
		return s;
	(void)fprintf(stderr, "wolfSSL refuses the files or the options\n");
	stack_free(s);
	return NULL;
}

void stack_free(struct stack *s)
{
	if (s->is_established)
		(void)wolfSSL_shutdown(s->ssl);
	wolfSSL_free(s->ssl);
	wolfSSL_CTX_free(s->ctx);
	wc_ecc_free(&s->key);
	wc_FreeRng(&s->random);
	free(s);
}

int stack_handshake(struct stack *s, uint8_t ret_channel[static HANDLE_LEN])
{
	int r = wolfSSL_connect(s->ssl);

	if (r != WOLFSSL_SUCCESS)
		return say(s, "handshake", r);
	s->is_established = 1;
	if (wolfSSL_export_keying_material(s->ssl, ret_channel, HANDLE_LEN, EXPORTER_LABEL, strlen(EXPORTER_LABEL),
					   NULL, 0, 0) != WOLFSSL_SUCCESS)
		return say(s, "exporter", 0);
	return 0;
}

int stack_send(struct stack *s, const uint8_t *p, size_t n)
{
	int r = wolfSSL_write(s->ssl, p, (int)n);

	return r > 0 ? r : say(s, "send", r);
}

int stack_receive(struct stack *s, uint8_t *ret, size_t size, unsigned timeout_msec)
{
	int r;

	s->timeout_msec = timeout_msec;
	r = wolfSSL_read(s->ssl, ret, (int)size);
	if (r > 0)
		return r;
	return wolfSSL_get_error(s->ssl, r) == WOLFSSL_ERROR_WANT_READ ? 0 : say(s, "receive", r);
}

size_t stack_sign(struct stack *s, const uint8_t *p, size_t n, uint8_t ret[static SIGNATURE_MAX])
{
	uint8_t hash[SHA256_LEN];
	word32 ret_n = SIGNATURE_MAX;

	if (wc_Sha256Hash(p, (word32)n, hash) != 0 ||
	    wc_ecc_sign_hash(hash, SHA256_LEN, ret, &ret_n, &s->random, &s->key) != 0)
		return 0;
	return ret_n;
}
