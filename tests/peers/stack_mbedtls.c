/* SPDX-License-Identifier: Apache-2.0 */
/* Mbed TLS 2.28 (Debian 12) and 3.6 (Debian 13). */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/md.h>
#include <mbedtls/ssl.h>
#include <mbedtls/timing.h>
#include <mbedtls/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if MBEDTLS_VERSION_MAJOR >= 3
#include <psa/crypto.h>
#endif

#include "stack.h"
#include "wire.h"

#define RANDOM_LEN 32

struct stack {
	struct wire *wire;
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config config;
	mbedtls_x509_crt certificates, ca;
	mbedtls_pk_context key;
	mbedtls_entropy_context entropy;
	mbedtls_ctr_drbg_context random;
	mbedtls_timing_delay_context timer;
	int suites[2]; /* a list that 0 ends */
	uint8_t channel[HANDLE_LEN];
};

static int say(const char *what, int error)
{
	char text[160];

	if (error == 0)
		return 0;
	mbedtls_strerror(error, text, sizeof(text));
	(void)fprintf(stderr, "%s: %s\n", what, text);
	return -1;
}

/* RFC 5705: the library has the PRF, and gives what goes into it. */
static void export(struct stack *s, const unsigned char *master_secret, const unsigned char *client_random,
		   const unsigned char *server_random, mbedtls_tls_prf_types prf)
{
	uint8_t randoms[2 * RANDOM_LEN];

	memcpy(randoms, client_random, RANDOM_LEN);
	memcpy(randoms + RANDOM_LEN, server_random, RANDOM_LEN);
	(void)say("exporter", mbedtls_ssl_tls_prf(prf, master_secret, 48, EXPORTER_LABEL, randoms, sizeof(randoms),
						  s->channel, sizeof(s->channel)));
}

#if MBEDTLS_VERSION_MAJOR >= 3
static void on_keys(void *userdata, mbedtls_ssl_key_export_type type, const unsigned char *secret, size_t n,
		    const unsigned char client_random[RANDOM_LEN], const unsigned char server_random[RANDOM_LEN],
		    mbedtls_tls_prf_types prf)
{
	(void)n;
	if (type == MBEDTLS_SSL_KEY_EXPORT_TLS12_MASTER_SECRET)
		export(userdata, secret, client_random, server_random, prf);
}

static void set_export(struct stack *s)
{
	mbedtls_ssl_set_export_keys_cb(&s->ssl, on_keys, s);
}

static int parse_key(struct stack *s, const char *path)
{
	return psa_crypto_init() != PSA_SUCCESS ?
		       MBEDTLS_ERR_ERROR_GENERIC_ERROR :
		       mbedtls_pk_parse_keyfile(&s->key, path, NULL, mbedtls_ctr_drbg_random, &s->random);
}

static int sign(struct stack *s, const uint8_t *hash, uint8_t *ret, size_t *ret_n)
{
	return mbedtls_pk_sign(&s->key, MBEDTLS_MD_SHA256, hash, SHA256_LEN, ret, SIGNATURE_MAX, ret_n,
			       mbedtls_ctr_drbg_random, &s->random);
}
#else
static int on_keys(void *userdata, const unsigned char *master_secret, const unsigned char *keys, size_t mac_n,
		   size_t key_n, size_t iv_n, const unsigned char client_random[RANDOM_LEN],
		   const unsigned char server_random[RANDOM_LEN], mbedtls_tls_prf_types prf)
{
	(void)keys, (void)mac_n, (void)key_n, (void)iv_n;
	export(userdata, master_secret, client_random, server_random, prf);
	return 0;
}

static void set_export(struct stack *s)
{
	mbedtls_ssl_conf_export_keys_ext_cb(&s->config, on_keys, s);
}

static int parse_key(struct stack *s, const char *path)
{
	return mbedtls_pk_parse_keyfile(&s->key, path, NULL);
}

static int sign(struct stack *s, const uint8_t *hash, uint8_t *ret, size_t *ret_n)
{
	return mbedtls_pk_sign(&s->key, MBEDTLS_MD_SHA256, hash, SHA256_LEN, ret, ret_n, mbedtls_ctr_drbg_random,
			       &s->random);
}
#endif

static int on_send(void *userdata, const unsigned char *p, size_t n)
{
	int sent = wire_send(userdata, p, n);

	return sent < 0 ? MBEDTLS_ERR_SSL_INTERNAL_ERROR : sent;
}

/* 0 as timeout is none. */
static int on_receive(void *userdata, unsigned char *ret, size_t size, uint32_t timeout_msec)
{
	int n = wire_receive(userdata, ret, size, timeout_msec);

	return n == WIRE_TIMEOUT ? MBEDTLS_ERR_SSL_TIMEOUT : n < 0 ? MBEDTLS_ERR_SSL_INTERNAL_ERROR : n;
}

static int load(struct stack *s, const struct stack_options *options)
{
	if (say("random", mbedtls_ctr_drbg_seed(&s->random, mbedtls_entropy_func, &s->entropy, NULL, 0)) < 0 ||
	    say(options->certificates, mbedtls_x509_crt_parse_file(&s->certificates, options->certificates)) < 0 ||
	    say(options->ca, mbedtls_x509_crt_parse_file(&s->ca, options->ca)) < 0 ||
	    say(options->key, parse_key(s, options->key)) < 0)
		return -1;
	return say("defaults", mbedtls_ssl_config_defaults(&s->config, MBEDTLS_SSL_IS_CLIENT,
							   MBEDTLS_SSL_TRANSPORT_DATAGRAM, MBEDTLS_SSL_PRESET_DEFAULT));
}

static int max_fragment_code(unsigned n)
{
	return n == 512  ? MBEDTLS_SSL_MAX_FRAG_LEN_512 :
	       n == 1024 ? MBEDTLS_SSL_MAX_FRAG_LEN_1024 :
	       n == 2048 ? MBEDTLS_SSL_MAX_FRAG_LEN_2048 :
			   MBEDTLS_SSL_MAX_FRAG_LEN_NONE;
}

static int configure(struct stack *s, const struct stack_options *options)
{
	mbedtls_ssl_conf_rng(&s->config, mbedtls_ctr_drbg_random, &s->random);
	mbedtls_ssl_conf_ca_chain(&s->config, &s->ca, NULL);
	mbedtls_ssl_conf_extended_master_secret(&s->config, options->extended_master_secret ?
								    MBEDTLS_SSL_EXTENDED_MS_ENABLED :
								    MBEDTLS_SSL_EXTENDED_MS_DISABLED);
	if (say("certificate", mbedtls_ssl_conf_own_cert(&s->config, &s->certificates, &s->key)) < 0 ||
	    say("max_fragment_length", mbedtls_ssl_conf_max_frag_len(&s->config, (unsigned char)max_fragment_code(
											 options->max_fragment))) < 0 ||
	    say("setup", mbedtls_ssl_setup(&s->ssl, &s->config)) < 0 ||
	    say("host name", mbedtls_ssl_set_hostname(&s->ssl, NULL)) <
		    0) /* the installer's CA is of this gateway alone */
		return -1;
	if (options->suite) {
		s->suites[0] = mbedtls_ssl_get_ciphersuite_id(options->suite);
		mbedtls_ssl_conf_ciphersuites(&s->config, s->suites);
	}
	if (options->mtu > 0)
		mbedtls_ssl_set_mtu(&s->ssl, (uint16_t)options->mtu);
	mbedtls_ssl_set_bio(&s->ssl, s->wire, on_send, NULL, on_receive);
	mbedtls_ssl_set_timer_cb(&s->ssl, &s->timer, mbedtls_timing_set_delay, mbedtls_timing_get_delay);
	set_export(s);
	return 0;
}

struct stack *stack_new(const struct stack_options *options, struct wire *wire)
{
	struct stack *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->wire = wire;
	mbedtls_ssl_init(&s->ssl);
	mbedtls_ssl_config_init(&s->config);
	mbedtls_x509_crt_init(&s->certificates);
	mbedtls_x509_crt_init(&s->ca);
	mbedtls_pk_init(&s->key);
	mbedtls_entropy_init(&s->entropy);
	mbedtls_ctr_drbg_init(&s->random);
	if (load(s, options) == 0 && configure(s, options) == 0)
		return s;
	stack_free(s);
	return NULL;
}

void stack_free(struct stack *s)
{
	(void)mbedtls_ssl_close_notify(&s->ssl);
	mbedtls_ssl_free(&s->ssl);
	mbedtls_ssl_config_free(&s->config);
	mbedtls_x509_crt_free(&s->certificates);
	mbedtls_x509_crt_free(&s->ca);
	mbedtls_pk_free(&s->key);
	mbedtls_ctr_drbg_free(&s->random);
	mbedtls_entropy_free(&s->entropy);
	free(s);
}

int stack_handshake(struct stack *s, uint8_t ret_channel[static HANDLE_LEN])
{
	int r;

	do
		r = mbedtls_ssl_handshake(&s->ssl);
	while (r == MBEDTLS_ERR_SSL_WANT_READ || r == MBEDTLS_ERR_SSL_WANT_WRITE);
	memcpy(ret_channel, s->channel, HANDLE_LEN);
	return say("handshake", r);
}

int stack_send(struct stack *s, const uint8_t *p, size_t n)
{
	int r = mbedtls_ssl_write(&s->ssl, p, n);

	return r < 0 ? say("send", r) : r;
}

int stack_receive(struct stack *s, uint8_t *ret, size_t size, unsigned timeout_msec)
{
	int r;

	mbedtls_ssl_conf_read_timeout(&s->config, timeout_msec);
	do
		r = mbedtls_ssl_read(&s->ssl, ret, size);
	while (r == MBEDTLS_ERR_SSL_WANT_READ);
	if (r == MBEDTLS_ERR_SSL_TIMEOUT)
		return 0;
	return r > 0 ? r : say("receive", r < 0 ? r : MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY);
}

size_t stack_sign(struct stack *s, const uint8_t *p, size_t n, uint8_t ret[static SIGNATURE_MAX])
{
	uint8_t hash[SHA256_LEN];
	size_t ret_n = 0;

	if (say("digest", mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), p, n, hash)) < 0 ||
	    say("sign", sign(s, hash, ret, &ret_n)) < 0)
		return 0;
	return ret_n;
}
