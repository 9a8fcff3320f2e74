/* SPDX-License-Identifier: Apache-2.0 */
/* links: identity base */
/*
 * What a handshake's messages prove: each defect alone, beside the handshake without it. tests/unit/edge/test_edge.c does the
 * same with the messages of real clients.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/cleanup.h"
#include "handshake_kit.h"
#include "identity/handshake.h"

static EVP_PKEY *device_key, *other_key;

/* Of the device, when the recipe does not say whose it is. */
static void make(struct made *m, const struct recipe *r)
{
	static const uint8_t certificate[40];
	struct recipe complete = *r;

	if (!r->key)
		complete.key = device_key;
	if (r->n_chain == 0)
		complete.chain[complete.n_chain++] = BYTES(certificate);
	handshake_make(m, &complete);
}

static int verify(const struct made *m, EVP_PKEY *key, struct handshake_proof *ret)
{
	int r = handshake_verify(&m->h, key, ret);

	assert_int_equal(ERR_peek_error(), 0);
	if (r < 0) {
		static const struct handshake_proof nothing;

		assert_memory_equal(ret->beacon, nothing.beacon, sizeof(nothing.beacon));
	}
	return r;
}

static int verify_recipe(const struct recipe *r, EVP_PKEY *key)
{
	struct handshake_proof proof;
	struct made m;

	make(&m, r);
	return verify(&m, key, &proof);
}

/* PRF(0x77 * 48, label, 0xc1 * 32 + 0x5e * 32), from Python's hmac module. */
static const uint8_t good_channel_value[HALLMARK_HANDLE_LEN] = { 0x9c, 0xd3, 0xd8, 0x7f, 0xd9, 0x0e, 0x71, 0x3a,
								 0x12, 0x89, 0xd4, 0xc6, 0xf1, 0xcf, 0x1c, 0x9e,
								 0xbf, 0xe4, 0x0b, 0xef, 0xd3, 0x99, 0x71, 0x3e,
								 0xaa, 0xe9, 0x27, 0xbc, 0xa5, 0xe2, 0xd2, 0x5c };

static void test_good(void **state)
{
	struct handshake_proof proof;
	struct made m;

	(void)state;
	make(&m, &(struct recipe){ 0 });
	assert_int_equal(verify(&m, device_key, &proof), 0);
	for (size_t i = 0; i < BEACON_LEN; i++)
		assert_int_equal(proof.beacon[i], 0xbe);
	assert_memory_equal(proof.channel_value, good_channel_value, sizeof(good_channel_value));
}

/* One line of the vector in docs/protocol.md: its name, and its bytes in hex. */
static void read_line(FILE *f, const char *name, uint8_t *ret, size_t n)
{
	char found[16], hex[128];

	assert_int_equal(fscanf(f, "%15s %127s", found, hex), 2);
	assert_string_equal(found, name);
	assert_true(bytes_from_hex(hex, ret, n));
}

/* What a maker of devices reads is what the gateway computes. */
static void test_vector_of_the_document(void **state)
{
	uint8_t secret[MASTER_SECRET_LEN], client_random[32], server_random[32], value[HALLMARK_HANDLE_LEN],
		mistaken[HALLMARK_HANDLE_LEN];
	FILE *f = fopen("docs/protocol.md", "r");
	struct handshake_proof proof;
	char line[512] = "";
	struct made m;

	(void)state;
	assert_non_null(f);
	while (strcmp(line, "<!-- vector: exporter -->\n") != 0)
		assert_non_null(fgets(line, sizeof(line), f));
	assert_non_null(fgets(line, sizeof(line), f)); /* the fence */
	read_line(f, "master_secret", secret, sizeof(secret));
	read_line(f, "client_random", client_random, sizeof(client_random));
	read_line(f, "server_random", server_random, sizeof(server_random));
	read_line(f, "channel_value", value, sizeof(value));
	read_line(f, "empty_context", mistaken, sizeof(mistaken));
	(void)fclose(f);

	make(&m, &(struct recipe){ .client_random = client_random, .server_random = server_random });
	memcpy(m.h.master_secret, secret, sizeof(secret));
	assert_int_equal(verify(&m, device_key, &proof), 0);
	assert_memory_equal(proof.channel_value, value, sizeof(value));
	assert_memory_equal(proof.empty_context_value, mistaken, sizeof(mistaken));
}

static void test_keys_and_algorithms(void **state)
{
	EVP_PKEY *p384 = EVP_EC_gen("P-384");
	EVP_PKEY *ed25519 = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	EVP_PKEY *rsa = EVP_RSA_gen(1024);

	(void)state;
	assert_int_equal(verify_recipe(&(struct recipe){ .algorithm = 0x0503, .md = EVP_sha384() }, device_key), 0);
	assert_int_equal(verify_recipe(&(struct recipe){ .key = p384 }, p384), 0);
	assert_int_equal(verify_recipe(&(struct recipe){ .key = p384, .algorithm = 0x0503, .md = EVP_sha384() }, p384),
			 0);
	assert_int_equal(verify_recipe(&(struct recipe){ .key = ed25519, .algorithm = 0x0807 }, ed25519), 0);

	assert_int_equal(verify_recipe(&(struct recipe){ .algorithm = 0x0503 }, device_key), -EKEYREJECTED);
	assert_int_equal(verify_recipe(&(struct recipe){ .algorithm = 0x0807 }, device_key), -EKEYREJECTED);
	assert_int_equal(verify_recipe(&(struct recipe){ .key = ed25519 }, ed25519), -EKEYREJECTED);
	assert_int_equal(verify_recipe(&(struct recipe){ .algorithm = 0x0603, .md = EVP_sha512() }, device_key),
			 -EKEYREJECTED);
	assert_int_equal(verify_recipe(&(struct recipe){ .key = rsa, .algorithm = 0x0401 }, rsa), -EKEYREJECTED);
	assert_int_equal(verify_recipe(&(struct recipe){ .key = other_key }, device_key), -EKEYREJECTED);
	assert_int_equal(verify_recipe(&(struct recipe){ .key = other_key }, other_key), 0);
	EVP_PKEY_free(p384);
	EVP_PKEY_free(ed25519);
	EVP_PKEY_free(rsa);
}

/* Each is signed by the device: it is the handshake that is not one of the protocol. */
static void test_not_such_a_handshake(void **state)
{
	static const struct recipe bad[] = {
		{ .suite = "\300\257" }, /* CCM-8 with 256 bits */
		{ .version = 0xfeff },          { .cookie_len = COOKIE_LEN - 1 }, { .cookie_len = COOKIE_LEN + 1 },
		{ .without_client_ems = true }, { .without_server_ems = true },   { .is_fragment = true },
		{ .is_swapped = true },         { .without_request = true },      { .trailing = "x" },
	};
	static const struct recipe good[] = {
		{ .suite = "\300\254" }, { .suite = "\300\53" },       { .suite = "\314\251" },
		{ .version = 0xfefd },   { .cookie_len = COOKIE_LEN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(verify_recipe(&bad[i], device_key), -EBADMSG);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(verify_recipe(&good[i], device_key), 0);
}

/* Whoever hands over the messages cannot change a byte of them: not the beacon, the randoms, or anything else. */
static void test_each_byte_is_signed(void **state)
{
	struct handshake_proof proof;
	struct made m;

	(void)state;
	make(&m, &(struct recipe){ 0 });
	for (size_t i = 0; i < m.messages.n; i++) {
		m.messages_space[i] ^= 1;
		assert_true(verify(&m, device_key, &proof) < 0);
		m.messages_space[i] ^= 1;
	}
	for (size_t i = 0; i < m.verify.n; i++) {
		bool is_sequence = i == 4 || i == 5; /* of a message that is not part of what it signs */

		m.verify_space[i] ^= 1;
		assert_int_equal(verify(&m, device_key, &proof) == 0, is_sequence);
		m.verify_space[i] ^= 1;
	}
	assert_int_equal(verify(&m, device_key, &proof), 0);
}

static void test_truncated(void **state)
{
	struct handshake_proof proof;
	struct made m;

	(void)state;
	make(&m, &(struct recipe){ 0 });
	/* copies of the exact length: a read past the end is found */
	for (size_t n = 0; n < m.messages.n; n++) {
		_cleanup_free_ uint8_t *cut = bytes_dup(bytes_of(m.messages.p, n));

		m.h.messages = bytes_of(cut, n);
		assert_int_equal(verify(&m, device_key, &proof), -EBADMSG);
	}
	m.h.messages = writer_bytes(&m.messages);
	for (size_t n = 0; n < m.verify.n; n++) {
		_cleanup_free_ uint8_t *cut = bytes_dup(bytes_of(m.verify.p, n));

		m.h.certificate_verify = bytes_of(cut, n);
		assert_int_equal(verify(&m, device_key, &proof), -EBADMSG);
	}
}

static int chain_of(const struct recipe *r, struct bytes ret[static HALLMARK_CHAIN_MAX], size_t *ret_n)
{
	static struct made m; /* the certificates are borrowed from it */

	handshake_make(&m, r);
	return handshake_chain(&m.h, ret, ret_n);
}

static void test_chain(void **state)
{
	static const char text[] = "ABCDEFGH";
	struct bytes chain[HALLMARK_CHAIN_MAX];
	struct recipe r = { .key = device_key, .n_chain = HALLMARK_CHAIN_MAX };
	size_t n;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(r.chain); i++)
		r.chain[i] = bytes_of(text + i, i + 1);
	assert_int_equal(chain_of(&r, chain, &n), 0);
	assert_int_equal(n, HALLMARK_CHAIN_MAX);
	for (size_t i = 0; i < n; i++)
		assert_true(bytes_equal(chain[i], r.chain[i]));
	r.n_chain = HALLMARK_CHAIN_MAX + 1;
	assert_int_equal(chain_of(&r, chain, &n), -E2BIG);

	r.n_chain = 1;
	assert_int_equal(chain_of(&r, chain, &n), 0);
	assert_int_equal(n, 1);
	r.behind_chain = "x"; /* behind the list */
	assert_int_equal(chain_of(&r, chain, &n), -EBADMSG);
	r.behind_chain = NULL;
	r.n_chain = 0;
	assert_int_equal(chain_of(&r, chain, &n), -EBADMSG);
	r.n_chain = 1;
	r.is_swapped = true; /* not the messages of a handshake */
	assert_int_equal(chain_of(&r, chain, &n), -EBADMSG);
}

/* A length that is more than there is, wherever it is. */
static void test_truncated_chain(void **state)
{
	struct recipe r = { .key = device_key, .chain = { bytes_of("one", 3), bytes_of("two", 3) }, .n_chain = 2 };
	struct bytes chain[HALLMARK_CHAIN_MAX];
	struct made m;
	size_t n;

	(void)state;
	handshake_make(&m, &r);
	for (size_t cut = 0; cut < m.messages.n; cut++) {
		_cleanup_free_ uint8_t *copy = bytes_dup(bytes_of(m.messages.p, cut));
		struct handshake h = { .messages = bytes_of(copy, cut) };

		assert_int_equal(handshake_chain(&h, chain, &n), -EBADMSG);
	}
	assert_int_equal(handshake_chain(&m.h, chain, &n), 0);
	assert_int_equal(n, 2);
}

/* Another secret gives another channel value, which is not what the device's evidence holds. */
static void test_other_secret(void **state)
{
	struct handshake_proof proof;
	struct made m;

	(void)state;
	make(&m, &(struct recipe){ 0 });
	m.h.master_secret[MASTER_SECRET_LEN - 1] ^= 1;
	assert_int_equal(verify(&m, device_key, &proof), 0);
	assert_memory_not_equal(proof.channel_value, good_channel_value, sizeof(good_channel_value));
}

/* The CertificateVerify of one handshake beside the messages of another of the same device. */
static void test_signature_of_another_handshake(void **state)
{
	struct handshake_proof proof;
	struct made m, older;

	(void)state;
	make(&m, &(struct recipe){ 0 });
	make(&older, &(struct recipe){ .suite = "\300\254" });
	m.h.certificate_verify = older.h.certificate_verify;
	assert_int_equal(verify(&m, device_key, &proof), -EKEYREJECTED);
	m.h.messages = older.h.messages;
	assert_int_equal(verify(&m, device_key, &proof), 0);
}

static int make_keys(void **state)
{
	(void)state;
	device_key = EVP_EC_gen("P-256");
	other_key = EVP_EC_gen("P-256");
	return 0;
}

static int free_keys(void **state)
{
	(void)state;
	EVP_PKEY_free(device_key);
	EVP_PKEY_free(other_key);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_vector_of_the_document),
		cmocka_unit_test(test_keys_and_algorithms),
		cmocka_unit_test(test_not_such_a_handshake),
		cmocka_unit_test(test_each_byte_is_signed),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_truncated_chain),
		cmocka_unit_test(test_other_secret),
		cmocka_unit_test(test_signature_of_another_handshake),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
