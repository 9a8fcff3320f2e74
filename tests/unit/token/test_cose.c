/* SPDX-License-Identifier: Apache-2.0 */
/* links: token base */
/* COSE_Sign1 against tokens of another implementation, and our own tokens against damage. */
#include "token_kit.h"

#include <errno.h>
#include <stdio.h>

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/digest.h"
#include "pki.h"
#include "token/pem.h"

static int decode_named(const char *name)
{
	if (strcmp(name, "ok") == 0)
		return 0;
	return strcmp(name, "big") == 0 ? -E2BIG : -EBADMSG;
}

static enum sign1_result verify_named(const char *name)
{
	if (strcmp(name, "VALID") == 0)
		return SIGN1_VALID;
	return strcmp(name, "BAD_ALGORITHM") == 0 ? SIGN1_BAD_ALGORITHM : SIGN1_BAD_SIGNATURE;
}

/* OpenSSL's own reader: ours takes no secp256k1. */
static EVP_PKEY *key_of_case(const struct golden_case *c)
{
	if (strcmp(c->key, "k256") == 0)
		return EVP_EC_gen("secp256k1");
	return key_named(c->key, false);
}

static void test_golden_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(golden_cases); i++) {
		const struct golden_case *c = &golden_cases[i];
		_cleanup_key_ EVP_PKEY *key = key_of_case(c);
		_cleanup_bytes_ struct bytes in = from_hex(c->token);
		enum sign1_result result = SIGN1_BAD_SIGNATURE;
		struct sign1 token;

		int r = sign1_decode(in, 1 << 17, &token);
		if (r != decode_named(c->decode))
			fail_msg("%s: decode says %d", c->name, r);
		if (r < 0)
			continue;
		assert_int_equal(sign1_verify(&token, key, &result), 0);
		if (result != verify_named(c->verify))
			fail_msg("%s: verify says %d", c->name, (int)result);
	}
}

static void test_size_max(void **state)
{
	struct sign1 token;
	struct bytes in = BYTES(golden_evidence);

	(void)state;
	assert_int_equal(sign1_decode(in, in.n, &token), 0);
	assert_int_equal(sign1_decode(in, in.n - 1, &token), -E2BIG);
}

/* A damaged token is not decoded, or does not verify, or says nothing else: only hints outside the signature differ. */
static void on_damage(struct bytes damaged, void *userdata)
{
	const struct sign1 *good = ((const void *const *)userdata)[0];
	EVP_PKEY *key = ((void *const *)userdata)[1];
	enum sign1_result result = SIGN1_BAD_SIGNATURE;
	struct sign1 token;

	if (sign1_decode(damaged, HALLMARK_TOKEN_MAX, &token) < 0)
		return;
	assert_int_equal(sign1_verify(&token, key, &result), 0);
	if (result != SIGN1_VALID)
		return;
	assert_true(bytes_equal(token.protected_header, good->protected_header));
	assert_true(bytes_equal(token.payload, good->payload));
	assert_true(bytes_equal(token.signature, good->signature));
}

static void test_damage(void **state)
{
	static const char *const names[] = { "p256", "p384", "ed25519" };
	const struct bytes chain[] = { bytes_of_string("leaf"), bytes_of_string("issuer") };
	static const uint8_t hash[SHA256_LEN] = { 7 };
	const struct sign1_header header = {
		.typ = HALLMARK_TYP_LABEL,
		.kid = bytes_of_string("kid"),
		.x5t = BYTES(hash),
		.x5chain = chain,
		.n_x5chain = 2,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_key_ EVP_PKEY *key = key_named(names[i], true), *public_key = key_named(names[i], false);
		uint8_t space[512];
		struct writer w = WRITER(space);
		enum sign1_result result = SIGN1_BAD_SIGNATURE;
		struct sign1 token;

		assert_int_equal(sign1_sign(&header, bytes_of_string("\xa1\x01\x02"), key, &w), 0);
		assert_int_equal(sign1_decode(writer_bytes(&w), sizeof(space), &token), 0);
		assert_string_equal(token.typ, HALLMARK_TYP_LABEL);
		assert_true(bytes_equal_string(token.kid, "kid"));
		assert_true(bytes_equal(token.x5t, BYTES(hash)));
		assert_int_equal(token.n_x5chain, 2);
		assert_true(bytes_equal_string(token.x5chain[1], "issuer"));
		assert_int_equal(sign1_verify(&token, public_key, &result), 0);
		assert_int_equal(result, SIGN1_VALID);
		each_damage(writer_bytes(&w), on_damage, (void *[]){ &token, public_key });
	}
}

static void test_another_key(void **state)
{
	_cleanup_key_ EVP_PKEY *key = key_named("p256", true), *other = EVP_EC_gen("P-256");
	_cleanup_bytes_ struct bytes in = signed_with("x", bytes_of_string("\x01"), key);
	enum sign1_result result = SIGN1_VALID;
	struct sign1 token;

	(void)state;
	assert_int_equal(sign1_decode(in, in.n, &token), 0);
	assert_int_equal(sign1_verify(&token, other, &result), 0);
	assert_int_equal(result, SIGN1_BAD_SIGNATURE);
	assert_int_equal(sign1_verify(&token, key, &result), 0);
	assert_int_equal(result, SIGN1_VALID);
}

static void test_sign_refuses(void **state)
{
	_cleanup_key_ EVP_PKEY *rsa = EVP_RSA_gen(2048), *k256 = EVP_EC_gen("secp256k1"),
			       *key = key_named("p256", true);
	uint8_t space[128], long_kid[512] = { 0 };
	struct writer w = WRITER(space), small = writer_of(space, 40);
	struct sign1_header header = { .typ = "x" };

	(void)state;
	assert_int_equal(sign1_sign(&header, bytes_of_string("\x01"), rsa, &w), -ENOTSUP);
	assert_int_equal(sign1_sign(&header, bytes_of_string("\x01"), k256, &w), -ENOTSUP);
	assert_int_equal(sign1_sign(&header, bytes_of_string("\x01"), key, &small), -E2BIG);
	assert_int_equal(sign1_sign(&header, bytes_of_string("\x01"), key, &w), 0);
	header.kid = BYTES(long_kid);
	assert_int_equal(sign1_sign(&header, bytes_of_string("\x01"), key, &w), -E2BIG);
}

/* One signature has one form: r and s that begin with zeros are written with them (RFC 9053 section 2.1). */
static void test_signature_without_zeros(void **state)
{
	static const char r[] = "002995712451bc695931807a724fdb4c7c3567348d31ada36986cbdc599bec09";
	static const char s[] = "00443243e04cf9461e30482390fa2e03c3e5a74cab4636549d7bb2bdddfaeba4";
	_cleanup_key_ EVP_PKEY *key = key_named("p256", false);
	char hex[256];

	(void)state;
	for (size_t cut = 0; cut < 2; cut++) {
		struct sign1 token;
		enum sign1_result result;

		(void)snprintf(hex, sizeof(hex), "d28443a10128a041a058%02zx%s%s", 64 - 2 * cut, r + 2 * cut,
			       s + 2 * cut);

		_cleanup_bytes_ struct bytes in = from_hex(hex);

		assert_int_equal(sign1_decode(in, HALLMARK_TOKEN_MAX, &token), 0);
		assert_int_equal(sign1_verify(&token, key, &result), 0);
		assert_int_equal(result, cut ? SIGN1_BAD_SIGNATURE : SIGN1_VALID);
	}
}

static const char at_infinity[] = "-----BEGIN PUBLIC KEY-----\n"
				  "MBkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDAgAA\n"
				  "-----END PUBLIC KEY-----\n";

static void test_keys(void **state)
{
	_cleanup_key_ EVP_PKEY *public_key = NULL, *private_key = NULL;
	EVP_PKEY *none = NULL;
	uint8_t a[SHA256_LEN], b[SHA256_LEN];

	(void)state;
	assert_int_equal(key_decode_public(bytes_of_string(golden_key_p256), &public_key), 0);
	assert_int_equal(key_decode_private(bytes_of_string(golden_private_p256), &private_key), 0);
	assert_int_equal(key_decode_public(bytes_of_string(golden_private_p256), &none), -EBADMSG);
	assert_int_equal(key_id(public_key, a), 0);
	assert_memory_equal(a, golden_key_id_p256, SHA256_LEN);
	assert_int_equal(key_id(private_key, b), 0);
	assert_memory_equal(a, b, SHA256_LEN);
	assert_int_equal(key_decode_private(bytes_of_string(golden_key_p256), &none), -EBADMSG);
	assert_int_equal(key_decode_public(bytes_of_string(golden_key_k256), &none), -ENOTSUP);
	assert_int_equal(key_decode_private(bytes_of_string(golden_private_k256), &none), -ENOTSUP);
	assert_int_equal(key_decode_public(bytes_of_string("no key"), &none), -EBADMSG);
	assert_int_equal(key_decode_public(bytes_of_string(at_infinity), &none),
			 -EBADMSG); /* anybody can sign with it */
	assert_int_equal(key_decode_public((struct bytes){ 0 }, &none), -EBADMSG);
	assert_null(none);
}

static void expect_fault(const char *pem, enum pem_wanted wanted, const char *part)
{
	const char *fault = pem_fault(bytes_of_string(pem), wanted, NULL);

	if (!part)
		assert_null(fault);
	else
		assert_true(fault && strstr(fault, part));
}

/* What stands in the wrong place is told as what it is. */
static void test_what_a_file_holds(void **state)
{
	static const char crl[] = "-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n";
	static const char request[] = "-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n";
	static const char damaged[] = "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n";
	static const char encrypted[] =
		"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n";
	static const char parameters[] =
		"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
	char both[1024];

	(void)state;
	expect_fault(golden_key_p256, PEM_PUBLIC_KEY, NULL);
	expect_fault(golden_key_ed25519, PEM_PUBLIC_KEY, NULL);
	expect_fault(golden_private_p384, PEM_PRIVATE_KEY, NULL);
	(void)snprintf(both, sizeof(both), "%s%s", parameters,
		       golden_private_p256); /* as `openssl ecparam -genkey` writes it */
	expect_fault(both, PEM_PRIVATE_KEY, NULL);

	expect_fault(golden_private_p256, PEM_PUBLIC_KEY, "it holds a private key, and a public key belongs here");
	expect_fault(encrypted, PEM_PUBLIC_KEY, "it holds a private key, and a public key belongs here");
	expect_fault(golden_key_p256, PEM_PRIVATE_KEY, "it holds a public key, and a private key belongs here");
	expect_fault(encrypted, PEM_PRIVATE_KEY, "has a passphrase");
	expect_fault(golden_key_k256, PEM_PUBLIC_KEY, "its key is not of the profile");
	expect_fault(golden_private_k256, PEM_PRIVATE_KEY, "its key is not of the profile");
	expect_fault(damaged, PEM_PUBLIC_KEY, "damaged");
	expect_fault(golden_key_p256, PEM_CERTIFICATE, "it holds a public key, and a certificate belongs here");
	expect_fault(golden_private_p256, PEM_CA, "a CA's private key must not be on a gateway");
	expect_fault(request, PEM_CERTIFICATE, "it holds a certificate request");
	expect_fault(crl, PEM_CA, "lists go into crls");
	expect_fault("\x30\x82\x01", PEM_CA, "it is in DER, not PEM");
	expect_fault("0 nonsense", PEM_CA, "it holds nothing in PEM");
}

static char *joined(const char *first, const char *second)
{
	char *ret = NULL;

	assert_true(asprintf(&ret, "%s%s", first, second) > 0);
	return ret;
}

/* A key and its certificate in one file, in both orders: each place takes its own block, and only among anchors the other is one
 * too many. */
static void test_two_in_a_file(void **state)
{
	struct pki_node node = pki_issue(NULL, &(struct pki_request){ .ca = true });
	_cleanup_free_ char *certificate = pki_certificate_pem(&node), *private_key = pki_private_pem(node.key);
	char *const files[] = { joined(certificate, private_key), joined(private_key, certificate) };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		const struct bytes file = bytes_of_string(files[i]);
		const char *fault = NULL;

		for (enum pem_wanted wanted = PEM_PUBLIC_KEY; wanted <= PEM_PRIVATE_KEY; wanted++) {
			_cleanup_key_ EVP_PKEY *key = NULL;

			assert_int_equal(pem_key_decode(file, wanted, &key, &fault), 0);
			assert_int_equal(EVP_PKEY_eq(key, node.key), 1);
			expect_fault(files[i], wanted, NULL);
		}
		expect_fault(files[i], PEM_CERTIFICATE, NULL);
		expect_fault(files[i], PEM_CA, "it holds a private key, and only CA certificates belong here");
		free(files[i]);
	}
	expect_fault(certificate, PEM_CA, NULL);
	pki_done(&node);
}

/* Each cause has its own words: damage, another kind of block, and which one when it is known. */
static void test_faults_apart(void **state)
{
	static const char other[] = "-----BEGIN PKCS7-----\nMAA=\n-----END PKCS7-----\n";
	struct pki_node node = pki_issue(NULL, &(struct pki_request){ .ca = true });
	_cleanup_free_ char *certificate = pki_certificate_pem(&node), *cut = strdup(certificate);
	_cleanup_free_ char *chain = joined(certificate, certificate), *damaged_above = NULL, *mixed = NULL;
	EVP_PKEY *none = NULL;
	const char *fault = NULL;

	(void)state;
	cut[strlen(cut) / 2] = '\0';
	damaged_above = joined(certificate, cut);
	expect_fault(chain, PEM_CERTIFICATE, NULL);
	expect_fault(damaged_above, PEM_CERTIFICATE, "a PEM block in it is damaged");
	expect_fault(damaged_above, PEM_PUBLIC_KEY, NULL); /* the first one has it */
	for (enum pem_wanted wanted = 0; wanted < _PEM_WANTED_MAX; wanted++) {
		expect_fault(cut, wanted, "a PEM block in it is damaged; put an undamaged copy there");
		expect_fault(other, wanted, "it holds another kind of PEM block");
		expect_fault("", wanted, "it holds nothing in PEM");
	}
	mixed = joined(other, golden_key_p256);
	expect_fault(mixed, PEM_PRIVATE_KEY, "it holds a public key, and a private key belongs here");
	expect_fault(mixed, PEM_PUBLIC_KEY, NULL);
	assert_int_equal(pem_key_decode(bytes_of_string(mixed), PEM_PRIVATE_KEY, &none, &fault), -EBADMSG);
	assert_non_null(strstr(fault, "it holds a public key"));
	assert_null(none);
	expect_fault(at_infinity, PEM_PUBLIC_KEY, "a key in it is damaged");
	pki_done(&node);
}

/* SHA-256 of the key's file: the same whether we encode it or OpenSSL does, as it must for a compressed point. */
static void test_key_ids(void **state)
{
	static const char compressed[] = "-----BEGIN PUBLIC KEY-----\n"
					 "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgACAhfmF/C2RDkoJ4+WmZ5pojpPLBUr\n"
					 "321s32bluAKC1O0=\n"
					 "-----END PUBLIC KEY-----\n";
	_cleanup_key_ EVP_PKEY *p384 = key_named("p384", true), *ed25519 = key_named("ed25519", false);
	_cleanup_key_ EVP_PKEY *k256 = EVP_EC_gen("secp256k1");
	EVP_PKEY *key = NULL;
	uint8_t id[SHA256_LEN];

	(void)state;
	assert_int_equal(key_id(p384, id), 0);
	assert_memory_equal(id, golden_key_id_p384, SHA256_LEN);
	assert_int_equal(key_id(ed25519, id), 0);
	assert_memory_equal(id, golden_key_id_ed25519, SHA256_LEN);
	assert_int_equal(key_id(k256, id), 0); /* no key of ours, but it has an id */
	assert_int_equal(key_decode_public(bytes_of_string(compressed), &key), 0);
	assert_int_equal(key_id(key, id), 0);
	assert_memory_not_equal(id, golden_key_id_p256, SHA256_LEN);

	unsigned char *spki = NULL;
	int n = i2d_PUBKEY(key, &spki);
	uint8_t expected[SHA256_LEN];

	assert_int_equal(n, 59); /* as it is written: 33 bytes of a point behind 26 */
	assert_int_equal(digest_sha256(bytes_of(spki, (size_t)n), expected), 0);
	assert_memory_equal(id, expected, SHA256_LEN);
	OPENSSL_free(spki);
	EVP_PKEY_free(key);
}

/* An encrypted key is refused; nobody is asked for its password. */
static void test_encrypted_key(void **state)
{
	static const char pem[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
				  "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgAAAAAAAAAAAICCAAw\n"
				  "-----END ENCRYPTED PRIVATE KEY-----\n";
	EVP_PKEY *none = NULL;

	(void)state;
	assert_int_equal(key_decode_private(bytes_of_string(pem), &none), -EBADMSG);
	assert_null(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden_cases),
		cmocka_unit_test(test_size_max),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_another_key),
		cmocka_unit_test(test_sign_refuses),
		cmocka_unit_test(test_what_a_file_holds),
		cmocka_unit_test(test_two_in_a_file),
		cmocka_unit_test(test_faults_apart),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_key_ids),
		cmocka_unit_test(test_signature_without_zeros),
		cmocka_unit_test(test_encrypted_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
