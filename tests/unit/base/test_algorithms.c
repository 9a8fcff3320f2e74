/* SPDX-License-Identifier: Apache-2.0 */
/* links: token */
/* Which keys of certificates are decoded after algorithms_narrow(), and that all else of OpenSSL stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/algorithms.h"
#include "base/cleanup.h"
#include "pki.h"
#include "token/cose.h"

/* A certificate and a PEM file with a key of each kind are made before. */
static const struct kind {
	const char *name;
	enum pki_key key;
	bool is_other; /* none of pki.h's: a key of this name */
	bool is_decoded;
} kinds[] = {
	{ "P-256", PKI_P256, .is_decoded = true },
	{ "P-384", PKI_P384, .is_decoded = true },
	{ "ED25519", PKI_ED25519, .is_decoded = true },
	{ "P-521", PKI_P521, .is_decoded = true },
	{ "RSA", PKI_RSA, .is_decoded = true },
	{ "ED448", .is_other = true },
	{ "X448", .is_other = true },
};

static struct pki_node maker, nodes[ARRAY_SIZE(kinds)];
static char *pem[ARRAY_SIZE(kinds)];

static int set_up(void **state)
{
	(void)state;
	maker = pki_issue(NULL, &(struct pki_request){ .name = "maker", .ca = true });
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		EVP_PKEY *key =
			kinds[i].is_other ? EVP_PKEY_Q_keygen(NULL, NULL, kinds[i].name) : pki_key_new(kinds[i].key);

		nodes[i] = pki_issue(&maker, &(struct pki_request){ .use_key = key });
		pem[i] = pki_public_pem(key);
		EVP_PKEY_free(key);
	}
	return algorithms_narrow();
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		pki_done(&nodes[i]);
		free(pem[i]);
	}
	pki_done(&maker);
	return 0;
}

static void test_keys_of_certificates(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const unsigned char *p = nodes[i].der;
		X509 *certificate = d2i_X509(NULL, &p, (long)nodes[i].n);

		print_message("    %s\n", kinds[i].name);
		assert_non_null(certificate);
		assert_int_equal(X509_get0_pubkey(certificate) != NULL, kinds[i].is_decoded);
		assert_int_equal(X509_verify(certificate, maker.key), 1); /* a key from before is still good */
		X509_free(certificate);
	}
}

/* An operator's files are not a device's bytes: there all kinds are decoded. */
static void test_keys_in_pem(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		BIO *in = BIO_new_mem_buf(pem[i], -1);
		EVP_PKEY *key = PEM_read_bio_PUBKEY(in, NULL, NULL, NULL);

		print_message("    %s\n", kinds[i].name);
		assert_non_null(key);
		EVP_PKEY_free(key);
		BIO_free(in);
	}
}

/* The gateway's own, as openssl writes them: PKCS #8, and the older form, which only keys of these kinds have. */
static void test_private_keys_in_pem(void **state)
{
	static const enum pki_key of_gateways[] = { PKI_P256, PKI_P384, PKI_ED25519, PKI_RSA };

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(of_gateways); i++) {
		EVP_PKEY *key = pki_key_new(of_gateways[i / 2]), *read;
		BIO *file = BIO_new(BIO_s_mem());

		if (i % 2 && of_gateways[i / 2] != PKI_ED25519)
			assert_int_equal(PEM_write_bio_PrivateKey_traditional(file, key, NULL, NULL, 0, NULL, NULL), 1);
		else
			assert_int_equal(PEM_write_bio_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
		read = PEM_read_bio_PrivateKey(file, NULL, NULL, NULL);
		assert_non_null(read);
		assert_int_equal(EVP_PKEY_eq(read, key), 1);
		EVP_PKEY_free(read);
		EVP_PKEY_free(key);
		BIO_free(file);
	}
}

/* A signature with a key that is decoded now, and with one that is generated now. */
static void test_signatures(void **state)
{
	static const enum pki_key of_the_profile[] = { PKI_P256, PKI_P384, PKI_ED25519 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(of_the_profile); i++) {
		EVP_PKEY *key = pki_key_new(of_the_profile[i]), *public = NULL;
		struct sign1_header header = { .typ = "application/test" };
		char *text = pki_public_pem(key);
		enum sign1_result result = SIGN1_BAD_SIGNATURE;
		uint8_t space[512];
		struct writer w = WRITER(space);
		struct sign1 token;

		assert_int_equal(sign1_sign(&header, bytes_of("\xa0", 1), key, &w), 0);
		assert_int_equal(key_decode_public(bytes_of_string(text), &public), 0);
		assert_int_equal(sign1_decode(writer_bytes(&w), sizeof(space), &token), 0);
		assert_int_equal(sign1_verify(&token, public, &result), 0);
		assert_int_equal(result, SIGN1_VALID);
		space[w.n - 1] ^= 1;
		assert_int_equal(sign1_verify(&token, public, &result), 0);
		assert_int_equal(result, SIGN1_BAD_SIGNATURE);
		EVP_PKEY_free(public);
		EVP_PKEY_free(key);
		free(text);
	}
}

/* All digests that certificates and CRLs are signed or compared with. */
static void test_digests(void **state)
{
	static const char *const names[] = { "SHA1", "SHA256", "SHA384", "SHA512" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		EVP_MD *digest = EVP_MD_fetch(NULL, names[i], NULL);

		print_message("    %s\n", names[i]);
		assert_non_null(digest);
		EVP_MD_free(digest);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_of_certificates),
		cmocka_unit_test(test_keys_in_pem),
		cmocka_unit_test(test_private_keys_in_pem),
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_digests),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
