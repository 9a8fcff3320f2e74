/* SPDX-License-Identifier: Apache-2.0 */
/* links: edge identity base */
/* Each handshake that fails has a cause, and what the device offered; its twin, which differs in that alone, is served. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "edge/dtls.h"
#include "edge_client.h"

static struct identity device; /* P-256, one certificate */
static struct gateway g;
static struct client c;

static int set_up(void **state)
{
	(void)state;
	identity_init(&device, EVP_EC_gen("P-256"), EVP_sha256(), 1);
	gateway_init(&g, &usual_limits);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	gateway_done(&g);
	identity_done(&device);
	return 0;
}

/* The cause, and the alert that was sent: 0: none. */
static void expect_failure(enum hallmark_handshake_cause cause, enum alert_sender sender, unsigned alert)
{
	struct edge_counters k = counters(&g);

	assert_string_equal(handshake_cause_name(g.failed.cause), handshake_cause_name(cause));
	assert_int_equal(g.failed.alert_sender, sender);
	assert_int_equal(g.failed.alert, alert);
	assert_int_equal(k.failures[cause], g.told);
	assert_int_equal(k.handshake_failures, g.told);
}

static void expect_no_failure(void)
{
	assert_int_equal(counters(&g).handshake_failures, 0);
	assert_int_equal(counters(&g).handshakes, 1);
	assert_int_equal(g.told, 0);
}

/* A client that is not started yet. */
static void prepare(const struct identity *id)
{
	client_init(&c, &g, id, false);
}

/* After its settings have changed. The client may believe that it is done before the gateway has read its last flight. */
static void shake(void)
{
	client_restart(&c);
	(void)client_connect(&c, &g);
	ERR_clear_error();
	client_done(&c);
}

/* --- the ClientHello --- */

static void test_version(void **state)
{
	(void)state;
	prepare(&device);
	assert_int_equal(SSL_CTX_set_cipher_list(c.ctx, "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"), 1);
	assert_int_equal(SSL_CTX_set_min_proto_version(c.ctx, DTLS1_VERSION), 1);
	assert_int_equal(SSL_CTX_set_max_proto_version(c.ctx, DTLS1_VERSION), 1);
	shake();
	expect_failure(HANDSHAKE_VERSION, ALERT_OF_GATEWAY, SSL_AD_PROTOCOL_VERSION);
	assert_int_equal(g.failed.version, DTLS_1_0);
}

static void test_suite(void **state)
{
	(void)state;
	prepare(&device);
	assert_int_equal(SSL_CTX_set_cipher_list(c.ctx, "ECDHE-ECDSA-AES256-GCM-SHA384"), 1);
	shake();
	expect_failure(HANDSHAKE_SUITE, ALERT_OF_GATEWAY, SSL_AD_HANDSHAKE_FAILURE);
	assert_int_equal(g.failed.suites[0], 0xc02c);
	assert_true(g.failed.extended_master_secret);
}

/* Ours may be behind those that are kept: here it is not among them at all. */
static void test_many_suites(void **state)
{
	(void)state;
	prepare(&device);
	assert_int_equal(
		SSL_CTX_set_cipher_list(c.ctx, "ALL:!aPSK:!kPSK:!kSRP:!ECDHE-ECDSA-AES128-CCM8:!ECDHE-ECDSA-AES128-CCM:"
					       "!ECDHE-ECDSA-AES128-GCM-SHA256:!ECDHE-ECDSA-CHACHA20-POLY1305"),
		1);
	shake();
	expect_failure(HANDSHAKE_SUITE, ALERT_OF_GATEWAY, SSL_AD_HANDSHAKE_FAILURE);
	assert_int_equal(g.failed.n_suites, OFFER_MAX);
}

static void test_suite_twin(void **state)
{
	(void)state;
	prepare(&device);
	assert_int_equal(SSL_CTX_set_cipher_list(c.ctx, "ECDHE-ECDSA-AES128-GCM-SHA256"), 1);
	shake();
	expect_no_failure();
}

static void test_group(void **state)
{
	(void)state;
	prepare(&device);
	assert_int_equal(SSL_CTX_set1_groups_list(c.ctx, "P-521"), 1);
	shake();
	expect_failure(HANDSHAKE_GROUP, ALERT_OF_GATEWAY, SSL_AD_HANDSHAKE_FAILURE);
	assert_int_equal(g.failed.n_groups, 1);
	assert_int_equal(g.failed.groups[0], 25);
}

static void test_group_twin(void **state)
{
	(void)state;
	prepare(&device);
	assert_int_equal(SSL_CTX_set1_groups_list(c.ctx, "P-521:P-256"), 1);
	shake();
	expect_no_failure();
}

static void test_signature(void **state)
{
	(void)state;
	prepare(&device);
	assert_int_equal(SSL_CTX_set1_sigalgs_list(c.ctx, "ECDSA+SHA512"), 1);
	shake();
	expect_failure(HANDSHAKE_SIGNATURE, ALERT_OF_GATEWAY, SSL_AD_HANDSHAKE_FAILURE);
	assert_int_equal(g.failed.n_signatures, 1);
	assert_int_equal(g.failed.signatures[0], 0x0603);
}

static void test_signature_twin(void **state)
{
	(void)state;
	prepare(&device);
	assert_int_equal(SSL_CTX_set1_sigalgs_list(c.ctx, "ECDSA+SHA512:ECDSA+SHA256"), 1);
	shake();
	expect_no_failure();
}

/* --- the device's certificate --- */

static void shake_as(EVP_PKEY *key, const EVP_MD *md)
{
	struct identity id;

	identity_init(&id, key, md, 1);
	prepare(&id);
	shake();
	identity_done(&id);
}

static void test_no_certificate(void **state)
{
	(void)state;
	prepare(NULL);
	shake();
	expect_failure(HANDSHAKE_NO_CERTIFICATE, ALERT_OF_GATEWAY, SSL_AD_HANDSHAKE_FAILURE);
	assert_string_equal(g.failed.key, "");
	shake_as(EVP_RSA_gen(2048), EVP_sha256());
	expect_failure(HANDSHAKE_NO_CERTIFICATE, ALERT_OF_GATEWAY, SSL_AD_HANDSHAKE_FAILURE);
	assert_int_equal(g.told, 2);
}

static void test_key(void **state)
{
	(void)state;
	shake_as(EVP_EC_gen("P-521"), EVP_sha512());
	expect_failure(HANDSHAKE_CERTIFICATE_KEY, ALERT_OF_GATEWAY, SSL_AD_ILLEGAL_PARAMETER);
	assert_string_equal(g.failed.key, "secp521r1");
	shake_as(EVP_EC_gen("brainpoolP256r1"), EVP_sha256());
	expect_failure(HANDSHAKE_CERTIFICATE_KEY, ALERT_OF_GATEWAY, SSL_AD_ILLEGAL_PARAMETER);
	assert_string_equal(g.failed.key, "brainpoolP256r1");
}

static void test_key_twin(void **state)
{
	(void)state;
	shake_as(EVP_EC_gen("P-384"), EVP_sha384());
	expect_no_failure();
}

static void test_size_of_certificates(void **state)
{
	struct identity id;

	(void)state;
	identity_init(&id, EVP_EC_gen("P-256"), EVP_sha256(), 6);
	for (size_t i = 0; i < id.n; i++)
		pad(id.chain[i], id.key, 1500);
	prepare(&id);
	shake();
	identity_done(&id);
	expect_failure(HANDSHAKE_CERTIFICATE_SIZE, ALERT_OF_GATEWAY, SSL_AD_ILLEGAL_PARAMETER);
}

/* --- what the device says, or does not say --- */

static void test_gateway_untrusted(void **state)
{
	(void)state;
	prepare(&device);
	SSL_CTX_set_verify(c.ctx, SSL_VERIFY_PEER, NULL); /* it has no CA */
	shake();
	expect_failure(HANDSHAKE_GATEWAY_UNTRUSTED, ALERT_OF_DEVICE, SSL_AD_UNKNOWN_CA);
	assert_true(g.failed.n_suites > 0);
}

static int refuse(X509_STORE_CTX *store, void *userdata)
{
	(void)userdata;
	X509_STORE_CTX_set_error(store, X509_V_ERR_OUT_OF_MEM);
	return 0;
}

/* An alert that is not about the gateway's certificate. */
static void test_device_ended(void **state)
{
	(void)state;
	prepare(&device);
	SSL_CTX_set_verify(c.ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(c.ctx, refuse, NULL);
	shake();
	expect_failure(HANDSHAKE_DEVICE_ENDED, ALERT_OF_DEVICE, SSL_AD_INTERNAL_ERROR);
}

static void begin(void)
{
	client_restart(&c);
	for (int i = 0; i < 2; i++)
		(void)client_step(&c, &g);
	assert_int_equal(counters(&g).half_open, 1);
}

static void test_timeout(void **state)
{
	(void)state;
	prepare(&device);
	begin();
	(void)pass_time(&g, usual_limits.handshake_sec - 1);
	assert_int_equal(g.told, 0);
	(void)pass_time(&g, usual_limits.handshake_sec + 1);
	expect_failure(HANDSHAKE_TIMEOUT, ALERT_OF_NOBODY, 0);
	assert_int_equal(g.failed.version, DTLS_1_2);
	client_done(&c);
}

static void test_displaced(void **state)
{
	struct edge_limits limits = usual_limits;
	struct client other;

	(void)state;
	gateway_done(&g);
	limits.handshakes = 1;
	gateway_init(&g, &limits);
	prepare(&device);
	begin();
	client_init(&other, &g, &device, true);
	assert_true(client_connect(&other, &g));
	expect_failure(HANDSHAKE_DISPLACED, ALERT_OF_NOBODY, 0);
	client_done(&other);
	client_done(&c);
}

/* A device that tries without end fills neither the journal nor the core's queue: its failures are counted, and four told. */
static void test_few_of_a_sender_are_told(void **state)
{
	struct edge_limits limits = usual_limits;

	(void)state;
	gateway_done(&g);
	limits.sender_handshakes = 100;
	gateway_init(&g, &limits);
	for (int i = 0; i < 6; i++) {
		prepare(NULL);
		shake();
	}
	assert_int_equal(counters(&g).failures[HANDSHAKE_NO_CERTIFICATE], 6);
	assert_int_equal(g.told, 4);
	client_init(&c, &g, NULL, true); /* another sender */
	(void)client_connect(&c, &g);
	assert_int_equal(g.told, 5);
	client_done(&c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_version),
		TEST(test_suite),
		TEST(test_many_suites),
		TEST(test_suite_twin),
		TEST(test_group),
		TEST(test_group_twin),
		TEST(test_signature),
		TEST(test_signature_twin),
		TEST(test_no_certificate),
		TEST(test_key),
		TEST(test_key_twin),
		TEST(test_size_of_certificates),
		TEST(test_gateway_untrusted),
		TEST(test_device_ended),
		TEST(test_timeout),
		TEST(test_displaced),
		TEST(test_few_of_a_sender_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
