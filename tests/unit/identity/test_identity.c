/* SPDX-License-Identifier: Apache-2.0 */
/* links: identity base */
/*
 * Checks 2 and 3: each rule of the profile and of the path broken alone, beside the twin that keeps
 * it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/digest.h"
#include "identity/identity.h"
#include "pki.h"

#define UEID "0102030405060708"

/* root → sub → device, and a root that nobody knows. */
static struct pki_node root, sub, other;

static const struct pki_request good_device = { .serial = UEID };
static const struct pki_request good_sub = { .name = "Vendor Sub CA", .ca = true };

static int make_world(void **state)
{
	(void)state;
	root = pki_issue(NULL, &(struct pki_request){ .name = "Vendor Root CA", .ca = true });
	sub = pki_issue(&root, &good_sub);
	other = pki_issue(NULL, &(struct pki_request){ .name = "Another Root CA", .ca = true });
	return 0;
}

static int free_world(void **state)
{
	(void)state;
	pki_done(&root);
	pki_done(&sub);
	pki_done(&other);
	return 0;
}

static struct anchors *trusting(const struct pki_node *ca, const char *name)
{
	struct anchors *anchors = anchors_new();

	assert_non_null(anchors);
	if (ca) {
		_cleanup_free_ char *pem = pki_certificate_pem(ca);

		assert_int_equal(anchors_add(anchors, name, bytes_of_string(pem)), 1);
	}
	return anchors;
}

static int add_pem(const char *pem)
{
	struct anchors *anchors = anchors_new();
	int r = anchors_add(anchors, "x", bytes_of_string(pem));

	anchors_free(anchors);
	assert_int_equal(ERR_peek_error(), 0);
	return r;
}

/* Judges leaf, then the CAs, with `anchor` configured (or none). */
static int verify_at(int64_t now_sec, const struct pki_node *anchor, const struct pki_node *const nodes[],
		     struct identity **ret)
{
	struct bytes chain[HALLMARK_CHAIN_MAX + 1];
	struct anchors *anchors = trusting(anchor, "vendor");
	size_t n = 0;

	for (; nodes[n]; n++)
		chain[n] = pki_der(nodes[n]);
	*ret = NULL;

	int r = identity_verify(chain, n, anchors, now_sec, ret);

	anchors_free(anchors);
	assert_int_equal(ERR_peek_error(), 0);
	assert_int_equal(r == 0, *ret != NULL);
	return r;
}

#define VERIFY(anchor, ret, ...)                                                                                       \
	verify_at(PKI_NOW_SEC, (anchor), (const struct pki_node *const[]){ __VA_ARGS__, NULL }, (ret))

static void assert_result(struct check_result result, enum hallmark_reason reason)
{
	enum check_state state = reason == REASON_ADMITTED ? CHECK_PASSED : CHECK_FAILED;

	if (result.reason != reason)
		print_error("found %s, expected %s\n", reason_name(result.reason), reason_name(reason));
	assert_int_equal(result.reason, reason);
	assert_int_equal(result.state, state);
}

static void assert_hash(const uint8_t *hash, const struct pki_node *node)
{
	uint8_t expected[SHA256_LEN];

	assert_int_equal(digest_sha256(pki_der(node), expected), 0);
	assert_memory_equal(hash, expected, SHA256_LEN);
}

static void test_good_chain(void **state)
{
	struct pki_node device = pki_issue(&sub, &good_device);
	struct identity *id = NULL;
	uint8_t expected[SHA256_LEN];

	(void)state;
	assert_int_equal(VERIFY(&root, &id, &device, &sub), 0);
	assert_result(id->certificate, REASON_ADMITTED);
	assert_result(id->chain, REASON_ADMITTED);
	assert_int_equal(id->n_path, 3);
	assert_hash(id->path[0], &device);
	assert_hash(id->path[1], &sub);
	assert_hash(id->path[2], &root);
	assert_string_equal(id->anchor, "vendor");
	assert_string_equal(id->serial, UEID);
	assert_int_equal(id->n_hw_serial, 0);
	assert_true(id->not_after_sec == PKI_NOT_AFTER_SEC);
	assert_int_equal(EVP_PKEY_eq(id->key, device.key), 1);
	assert_int_equal(identity_device(pki_der(&device), expected), 0);
	assert_memory_equal(id->device, expected, SHA256_LEN);
	identity_free(id);
	pki_done(&device);
}

/*
 * The device is its key: another certificate of the same key is the same device, another key is
 * not.
 */
static void test_device_is_the_key(void **state)
{
	struct pki_node a = pki_issue(&sub, &good_device);
	struct pki_node again = pki_issue(&other, &(struct pki_request){ .name = "renewed", .use_key = a.key });
	struct pki_node b = pki_issue(&sub, &good_device);
	uint8_t hashes[3][SHA256_LEN];

	(void)state;
	assert_int_equal(identity_device(pki_der(&a), hashes[0]), 0);
	assert_int_equal(identity_device(pki_der(&again), hashes[1]), 0);
	assert_int_equal(identity_device(pki_der(&b), hashes[2]), 0);
	assert_memory_equal(hashes[0], hashes[1], SHA256_LEN);
	assert_memory_not_equal(hashes[0], hashes[2], SHA256_LEN);
	assert_int_equal(identity_device(bytes_of("x", 1), hashes[0]), -EBADMSG);
	pki_done(&a);
	pki_done(&again);
	pki_done(&b);
}

static const uint8_t sixty_five[65] = { 1 };
#define LONG_TYPE "1.3.6.1.4.1.32473.1000000000.1000000000.1000000000.1000000000."

/* One property of the leaf each; the chain is not to blame. */
static const struct {
	const char *title;
	struct pki_request request;
	enum hallmark_reason reason;
} leaves[] = {
	{ "P-256", { .key = PKI_P256 }, REASON_ADMITTED },
	{ "P-384", { .key = PKI_P384 }, REASON_ADMITTED },
	{ "Ed25519", { .key = PKI_ED25519 }, REASON_ADMITTED },
	{ "P-521", { .key = PKI_P521 }, REASON_CERTIFICATE_KEY },
	{ "RSA", { .key = PKI_RSA }, REASON_CERTIFICATE_KEY },
	{ "P-256 by explicit parameters", { .key = PKI_P256_EXPLICIT }, REASON_CERTIFICATE_KEY },
	{ "no key usage", { .key_usage = "" }, REASON_ADMITTED },
	{ "key usage with more", { .key_usage = "digitalSignature,keyAgreement" }, REASON_ADMITTED },
	{ "key usage of two bytes", { .key_usage = "digitalSignature,decipherOnly" }, REASON_ADMITTED },
	{ "key agreement only", { .key_usage = "keyAgreement" }, REASON_CERTIFICATE_KEY_USAGE },
	{ "key usage certSign", { .key_usage = "digitalSignature,keyCertSign" }, REASON_ADMITTED },
	{ "clientAuth", { .extended_key_usage = "clientAuth" }, REASON_ADMITTED },
	{ "serverAuth only", { .extended_key_usage = "serverAuth" }, REASON_ADMITTED },
	{ "critical EKU", { .extended_key_usage = "critical,emailProtection" }, REASON_ADMITTED },
	{ "unknown extension", { .oid = "1.3.6.1.4.1.32473.1" }, REASON_ADMITTED },
	{ "unknown critical extension",
	  { .oid = "1.3.6.1.4.1.32473.1", .oid_critical = true },
	  REASON_CERTIFICATE_EXTENSION },
	{ "critical TcbInfo", { .oid = "2.23.133.5.4.1", .oid_critical = true }, REASON_ADMITTED },
	{ "critical, beside TcbInfo", { .oid = "2.23.133.5.4.2", .oid_critical = true }, REASON_CERTIFICATE_EXTENSION },
	{ "critical inhibitAnyPolicy", { .oid = "2.5.29.54", .oid_critical = true }, REASON_CERTIFICATE_EXTENSION },
	{ "an extension twice", { .oid = "1.3.6.1.4.1.32473.1", .oid_twice = true }, REASON_CERTIFICATE_MALFORMED },
	{ "32 extensions", { .more_extensions = 30 }, REASON_ADMITTED },
	{ "33 extensions", { .more_extensions = 31 }, REASON_CERTIFICATE_MALFORMED },
	{ "no basic constraints", { .no_constraints = true }, REASON_ADMITTED },
	{ "no basic constraints, but keyCertSign",
	  { .no_constraints = true, .key_usage = "digitalSignature,keyCertSign" },
	  REASON_CERTIFICATE_CA },
	{ "a malformed known extension", { .oid = "2.5.29.30" }, REASON_CERTIFICATE_MALFORMED },
	{ "a CA", { .ca = true, .key_usage = "digitalSignature,keyCertSign" }, REASON_CERTIFICATE_CA },
	{ "a CA that may not sign", { .ca = true, .key_usage = "digitalSignature" }, REASON_CERTIFICATE_CA },
	{ "SHA-384", { .digest = "SHA384" }, REASON_ADMITTED },
	{ "SHA-512", { .digest = "SHA512" }, REASON_ADMITTED },
	{ "SHA-1", { .digest = "SHA1" }, REASON_CERTIFICATE_SIGNATURE },
	{ "SHA-224", { .digest = "SHA224" }, REASON_CERTIFICATE_SIGNATURE },
	{ "version 1", { .version_1 = true }, REASON_CERTIFICATE_VERSION },
	{ "version 2", { .version_2 = true }, REASON_CERTIFICATE_VERSION },
	{ "starts now", { .not_before = "20270115080000Z" }, REASON_ADMITTED },
	{ "starts in a second, by its CA's clock", { .not_before = "20270115080001Z" }, REASON_ADMITTED },
	{ "starts in a minute", { .not_before = "20270115080100Z" }, REASON_ADMITTED },
	{ "starts later", { .not_before = "20270115080101Z" }, REASON_CERTIFICATE_DATE },
	{ "ends in a second", { .not_after = "20270115080001Z" }, REASON_ADMITTED },
	{ "ends now", { .not_after = "20270115080000Z" }, REASON_CERTIFICATE_DATE },
	{ "serial of 64 bytes",
	  { .serial = "0123456789012345678901234567890123456789012345678901234567890123" },
	  REASON_ADMITTED },
	{ "two serials", { .serial = "1", .serial2 = "2" }, REASON_CERTIFICATE_MALFORMED },
	{ "a serial with a control character", { .serial = "1\n2" }, REASON_CERTIFICATE_MALFORMED },
	{ "hardware module name",
	  { .hw_type = "1.3.6.1.4.1.32473.1", .hw_serial = { (const uint8_t *)"\1\2", 2 } },
	  REASON_ADMITTED },
	{ "two hardware module names",
	  { .hw_type = "1.3.6.1.4.1.32473.1", .hw_serial = { (const uint8_t *)"\1\2", 2 }, .hw_twice = true },
	  REASON_CERTIFICATE_MALFORMED },
	{ "a type of 63 characters in it",
	  { .hw_type = LONG_TYPE "1", .hw_serial = { (const uint8_t *)"\1\2", 2 } },
	  REASON_ADMITTED },
	{ "one of 64",
	  { .hw_type = LONG_TYPE "12", .hw_serial = { (const uint8_t *)"\1\2", 2 } },
	  REASON_CERTIFICATE_MALFORMED },
	{ "a serial of 64 bytes in it", { .hw_type = "1.2.3", .hw_serial = { sixty_five, 64 } }, REASON_ADMITTED },
	{ "one of 65", { .hw_type = "1.2.3", .hw_serial = { sixty_five, 65 } }, REASON_CERTIFICATE_MALFORMED },
};

static void test_profile(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(leaves); i++) {
		struct pki_node device = pki_issue(&sub, &leaves[i].request);
		struct identity *id = NULL;

		print_message("    %s\n", leaves[i].title);
		assert_int_equal(VERIFY(&root, &id, &device, &sub), 0);
		assert_result(id->certificate, leaves[i].reason);
		if (leaves[i].reason != REASON_CERTIFICATE_MALFORMED) /* no issuer is looked for of
									 what cannot be read */
			assert_result(id->chain, REASON_ADMITTED);
		identity_free(id);
		pki_done(&device);
	}
}

/* Whoever issues it may write what is no time into it: then there is no time at which it counts. OpenSSL 3.5 does not even read it. */
static void test_dates_of_no_form(void **state)
{
	ASN1_TIME *(*const dates[])(const X509 *) = { X509_getm_notBefore, X509_getm_notAfter };
	static const char *const texts[] = { "200101000000Z", "390101000000Z" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(dates); i++)
		for (int cut = 0; cut < 2; cut++) {
			struct pki_node device = pki_issue(&sub, &good_device);
			struct identity *id = NULL;

			assert_true(ASN1_STRING_set(dates[i](device.certificate), texts[i],
						    (int)strlen(texts[i]) - cut)); /* without the Z it is none */
			pki_sign_again(&device, &sub);

			int r = VERIFY(&root, &id, &device, &sub);

			assert_int_equal(r, cut && r < 0 ? -EBADMSG : 0);
			if (r == 0) {
				assert_result(id->certificate, cut ? REASON_CERTIFICATE_DATE : REASON_ADMITTED);
				assert_result(id->chain, REASON_ADMITTED);
			}
			identity_free(id);
			pki_done(&device);
		}
}

/* Puts the point at infinity in the place of a P-256 key (SEC 1 section 2.3.3: one byte, 0). */
static void set_infinity(struct pki_node *node, const struct pki_node *issuer)
{
	unsigned char *point = OPENSSL_zalloc(1);

	assert_non_null(point);
	assert_true(X509_PUBKEY_set0_param(X509_get_X509_PUBKEY(node->certificate),
					   OBJ_nid2obj(NID_X9_62_id_ecPublicKey), V_ASN1_OBJECT,
					   OBJ_nid2obj(NID_X9_62_prime256v1), point, 1));
	pki_sign_again(node, issuer);
}

/* With such a key anybody can sign: neither a device has it, nor a CA of the path, nor one that is configured. */
static void test_key_at_infinity(void **state)
{
	struct pki_node device = pki_issue(&sub, &good_device), leaf = pki_issue(&sub, &good_device);
	struct pki_node ca = pki_issue(&root, &(struct pki_request){ .name = "Any CA", .ca = true });
	struct identity *id = NULL;

	(void)state;
	set_infinity(&leaf, &sub);
	set_infinity(&ca, &root);

	_cleanup_free_ char *pem = pki_certificate_pem(&ca);

	assert_int_equal(VERIFY(&root, &id, &leaf, &sub), -EBADMSG);
	assert_int_equal(VERIFY(&root, &id, &device, &ca), 0);
	assert_result(id->chain, REASON_CHAIN_BROKEN);
	identity_free(id);
	assert_int_equal(add_pem(pem), -EBADMSG);
	pki_done(&device);
	pki_done(&leaf);
	pki_done(&ca);
}

static void test_names(void **state)
{
	struct pki_node device = pki_issue(&sub, &(struct pki_request){
							 .serial = "A-1",
							 .hw_type = "1.3.6.1.4.1.32473.7.1",
							 .hw_serial = bytes_of("\x00\xff\x07", 3),
							 .mud_url = "https://example.com/lamp.json",
							 .not_after = "99991231235959Z",
						 });
	struct pki_node endless = pki_issue(NULL, &(struct pki_request){
							  .name = "Endless CA",
							  .ca = true,
							  .not_after = "99991231235959Z",
						  });
	struct pki_node lamp = pki_issue(
		&endless, &(struct pki_request){ .not_after = "99991231235959Z", .mud_url = "https://example.com/\n" });
	struct identity *id = NULL;

	(void)state;
	assert_int_equal(VERIFY(&root, &id, &device, &sub), 0);
	assert_string_equal(id->serial, "A-1");
	assert_string_equal(id->hw_type, "1.3.6.1.4.1.32473.7.1");
	assert_int_equal(id->n_hw_serial, 3);
	assert_memory_equal(id->hw_serial, "\x00\xff\x07", 3);
	assert_string_equal(id->mud_url, "https://example.com/lamp.json");
	assert_true(id->not_after_sec == PKI_NOT_AFTER_SEC); /* its CAs end earlier */
	identity_free(id);

	assert_int_equal(VERIFY(&endless, &id, &lamp), 0);
	assert_result(id->certificate, REASON_ADMITTED);
	assert_string_equal(id->mud_url, "");
	assert_string_equal(id->serial, "");
	assert_string_equal(id->hw_type, "");
	assert_true(id->not_after_sec == TIME_FOREVER);
	identity_free(id);
	pki_done(&device);
	pki_done(&endless);
	pki_done(&lamp);
}

/*
 * The CA between device and root made wrong in one way each; the device's certificate is never to
 * blame.
 */
static const struct {
	const char *title;
	struct pki_request request;
	enum hallmark_reason reason;
} cas[] = {
	{ "good", { .ca = true }, REASON_ADMITTED },
	{ "path length 0", { .ca = true, .path_length = 1 }, REASON_ADMITTED },
	{ "P-384, SHA-384", { .ca = true, .key = PKI_P384, .digest = "SHA384" }, REASON_ADMITTED },
	{ "Ed25519", { .ca = true, .key = PKI_ED25519 }, REASON_ADMITTED },
	{ "no key usage", { .ca = true, .key_usage = "" }, REASON_ADMITTED },
	{ "critical TcbInfo", { .ca = true, .oid = "2.23.133.5.4.1", .oid_critical = true }, REASON_ADMITTED },
	{ "bad signature", { .ca = true, .bad_signature = true }, REASON_CHAIN_BROKEN },
	{ "signed with SHA-1", { .ca = true, .digest = "SHA1" }, REASON_CHAIN_BROKEN },
	{ "no CA", { .key_usage = "digitalSignature,keyCertSign" }, REASON_CHAIN_CA },
	{ "may not sign certificates", { .ca = true, .key_usage = "cRLSign" }, REASON_CHAIN_CA },
	{ "unknown critical extension",
	  { .ca = true, .oid = "1.3.6.1.4.1.32473.1", .oid_critical = true },
	  REASON_CHAIN_CA },
	{ "version 1", { .version_1 = true }, REASON_CHAIN_CA },
	{ "version 2", { .ca = true, .version_2 = true }, REASON_CHAIN_CA },
	{ "no basic constraints", { .no_constraints = true, .key_usage = "keyCertSign" }, REASON_CHAIN_CA },
	{ "ended", { .ca = true, .not_after = "20270115080000Z" }, REASON_CHAIN_DATE },
	{ "ends in a second", { .ca = true, .not_after = "20270115080001Z" }, REASON_ADMITTED },
	{ "not yet", { .ca = true, .not_before = "20270115080101Z" }, REASON_CHAIN_DATE },
	{ "starts in a minute", { .ca = true, .not_before = "20270115080100Z" }, REASON_ADMITTED },
	{ "starts now", { .ca = true, .not_before = "20270115080000Z" }, REASON_ADMITTED },
	{ "RSA, so no issuer", { .ca = true, .key = PKI_RSA }, REASON_CHAIN_UNANCHORED },
	{ "P-521, so no issuer", { .ca = true, .key = PKI_P521 }, REASON_CHAIN_UNANCHORED },
};

static void test_cas(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cas); i++) {
		struct pki_request request = cas[i].request;
		bool is_fit = request.key == PKI_P256 || request.key == PKI_P384 || request.key == PKI_ED25519;

		request.name = "CA under test";

		struct pki_node ca = pki_issue(&root, &request);
		struct pki_node device = pki_issue(&ca, &good_device);
		struct identity *id = NULL;

		print_message("    %s\n", cas[i].title);
		assert_int_equal(VERIFY(&root, &id, &device, &ca), 0);
		assert_result(id->chain, cas[i].reason);
		assert_result(id->certificate,
			      is_fit || request.key == PKI_P521 ? REASON_ADMITTED : REASON_CERTIFICATE_SIGNATURE);
		assert_int_equal(id->n_path, cas[i].reason == REASON_ADMITTED ? 3 : 1);
		assert_int_equal(id->anchor[0] != '\0', cas[i].reason == REASON_ADMITTED);
		identity_free(id);
		pki_done(&device);
		pki_done(&ca);
	}
}

/* Without a configured anchor, every signature is verified and the path is known. */
static void test_unanchored(void **state)
{
	struct pki_node device = pki_issue(&sub, &good_device);
	struct pki_node own = pki_issue(NULL, &good_device);
	struct identity *id = NULL;

	(void)state;
	assert_int_equal(VERIFY(&other, &id, &device, &sub, &root), 0);
	assert_result(id->chain, REASON_CHAIN_UNANCHORED);
	assert_result(id->certificate, REASON_ADMITTED);
	assert_int_equal(id->n_path, 3);
	assert_hash(id->path[1], &sub);
	assert_hash(id->path[2], &root);
	assert_string_equal(id->anchor, "");
	identity_free(id);

	assert_int_equal(VERIFY(NULL, &id, &device, &sub), 0); /* topmost is not self-signed */
	assert_result(id->chain, REASON_CHAIN_UNANCHORED);
	assert_int_equal(id->n_path, 2);
	identity_free(id);

	assert_int_equal(VERIFY(&other, &id, &device), 0); /* alone */
	assert_result(id->chain, REASON_CHAIN_UNANCHORED);
	assert_int_equal(id->n_path, 1);
	identity_free(id);

	assert_int_equal(VERIFY(&root, &id, &own), 0);
	assert_result(id->certificate, REASON_ADMITTED);
	assert_result(id->chain, REASON_CHAIN_UNANCHORED);
	assert_int_equal(id->n_path, 1);
	identity_free(id);

	assert_int_equal(VERIFY(&sub, &id, &device), 0); /* a CA that is no root may be the anchor */
	assert_result(id->chain, REASON_ADMITTED);
	assert_int_equal(id->n_path, 2);
	identity_free(id);

	assert_int_equal(VERIFY(&sub, &id, &device, &sub, &root), 0); /* what is above the anchor is no matter */
	assert_result(id->chain, REASON_ADMITTED);
	assert_int_equal(id->n_path, 2);
	identity_free(id);
	pki_done(&device);
	pki_done(&own);
}

/*
 * How the anchor itself is signed is no matter: a vendor's root may be RSA, and is not looked at.
 */
static void test_anchor_under_rsa(void **state)
{
	struct pki_node rsa =
		pki_issue(NULL, &(struct pki_request){ .name = "RSA Root CA", .key = PKI_RSA, .ca = true });
	struct pki_node ca = pki_issue(&rsa, &good_sub);
	struct pki_node device = pki_issue(&ca, &good_device);
	struct identity *id = NULL;

	(void)state;
	assert_int_equal(VERIFY(&ca, &id, &device, &ca, &rsa), 0);
	assert_result(id->certificate, REASON_ADMITTED);
	assert_result(id->chain, REASON_ADMITTED);
	identity_free(id);
	assert_int_equal(VERIFY(&root, &id, &device, &ca, &rsa), 0);
	assert_result(id->chain, REASON_CHAIN_UNANCHORED);
	assert_int_equal(id->n_path, 2);
	identity_free(id);
	pki_done(&rsa);
	pki_done(&ca);
	pki_done(&device);
}

/* Every fault of an unanchored path is found too: a label must not be able to vouch over it. */
static void test_unanchored_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cas); i++) {
		struct pki_request request = cas[i].request;

		if (cas[i].reason == REASON_CHAIN_UNANCHORED)
			continue;
		request.name = "CA under test";

		struct pki_node ca = pki_issue(&root, &request);
		struct pki_node device = pki_issue(&ca, &good_device);
		bool is_good = cas[i].reason == REASON_ADMITTED;
		struct identity *id = NULL;

		print_message("    %s\n", cas[i].title);
		assert_int_equal(VERIFY(&other, &id, &device, &ca, &root), 0);
		assert_result(id->chain, is_good ? REASON_CHAIN_UNANCHORED : cas[i].reason);
		assert_int_equal(id->n_path, is_good ? 3 : 1);
		identity_free(id);
		pki_done(&device);
		pki_done(&ca);
	}
}

/* A forger who has the vendor's public certificates and none of its keys. */
static void test_forgeries(void **state)
{
	struct pki_node fake_root = pki_issue(NULL, &(struct pki_request){ .name = "Vendor Root CA", .ca = true });
	struct pki_node fake_sub = pki_issue(&fake_root, &good_sub);
	struct pki_node device = pki_issue(&fake_sub, &good_device);
	struct pki_node genuine = pki_issue(&sub, &good_device);
	struct pki_node below =
		pki_issue(&genuine, &(struct pki_request){ .name = "below" }); /* a device's key as a CA's */
	const struct pki_node *anchors[] = { &root, &other, &sub };
	struct identity *id = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(anchors); i++) {
		assert_int_equal(VERIFY(anchors[i], &id, &device, &fake_sub, &root), 0);
		assert_result(id->chain, REASON_CHAIN_BROKEN);
		assert_int_equal(id->n_path, 1);
		identity_free(id);

		assert_int_equal(VERIFY(anchors[i], &id, &device, &sub, &root), 0);
		assert_result(id->chain, REASON_CHAIN_BROKEN);
		assert_int_equal(id->n_path, 1);
		identity_free(id);

		assert_int_equal(VERIFY(anchors[i], &id, &below, &genuine, &sub), 0);
		assert_result(id->chain, REASON_CHAIN_CA);
		assert_int_equal(id->n_path, 1);
		identity_free(id);
	}

	assert_int_equal(VERIFY(&other, &id, &device, &fake_sub, &fake_root), 0); /* its own names prove nothing */
	assert_result(id->chain, REASON_CHAIN_UNANCHORED);
	assert_hash(id->path[2], &fake_root);
	identity_free(id);
	pki_done(&fake_root);
	pki_done(&fake_sub);
	pki_done(&device);
	pki_done(&genuine);
	pki_done(&below);
}

static void test_constraints(void **state)
{
	struct pki_node narrow =
		pki_issue(&root, &(struct pki_request){ .name = "Narrow CA", .ca = true, .path_length = 1 });
	struct pki_node too_deep = pki_issue(&narrow, &(struct pki_request){ .name = "Deep CA", .ca = true });
	struct pki_node deep_device = pki_issue(&too_deep, &good_device);
	struct pki_node elsewhere =
		pki_issue(&root, &(struct pki_request){ .name = "Mail CA",
							.ca = true,
							.name_constraints = "critical,excluded;email:a@example.com" });
	struct pki_node fine = pki_issue(&elsewhere, &good_device);
	struct identity *id = NULL;

	(void)state;
	assert_int_equal(VERIFY(&root, &id, &deep_device, &too_deep, &narrow), 0);
	assert_result(id->chain, REASON_CHAIN_CA);
	identity_free(id);
	assert_int_equal(VERIFY(&root, &id, &fine, &elsewhere), 0);
	assert_result(id->chain, REASON_ADMITTED);
	identity_free(id);
	pki_done(&narrow);
	pki_done(&too_deep);
	pki_done(&deep_device);
	pki_done(&elsewhere);
	pki_done(&fine);
}

/* The longest path that a device may present, one longer, and one of too many bytes. */
static void test_limits(void **state)
{
	struct pki_node nodes[5] = { 0 };
	static uint8_t big[HALLMARK_CHAIN_BYTES_MAX];
	struct anchors *anchors = trusting(&root, "vendor");
	struct identity *id = NULL;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "CA %zu", i);
		nodes[4 - i] =
			pki_issue(i == 0 ? &root : &nodes[5 - i], &(struct pki_request){ .name = name, .ca = true });
	}
	nodes[0] = pki_issue(&nodes[1], &good_device);

	struct pki_node device = pki_issue(&nodes[2], &good_device);

	assert_int_equal(VERIFY(&root, &id, &device, &nodes[2], &nodes[3], &nodes[4]), 0);
	assert_result(id->chain, REASON_ADMITTED);
	assert_int_equal(id->n_path, PATH_MAX_CERTIFICATES);
	identity_free(id);
	assert_int_equal(VERIFY(&root, &id, &nodes[0], &nodes[1], &nodes[2], &nodes[3], &nodes[4]), -E2BIG);

	struct bytes chain[] = { pki_der(&device), bytes_of(big, sizeof(big) - device.n) };

	assert_int_equal(identity_verify(chain, 2, anchors, PKI_NOW_SEC, &id), 0);
	assert_result(id->chain, REASON_CHAIN_BROKEN); /* zeros are no certificate */
	identity_free(id);
	chain[1].n++;
	assert_int_equal(identity_verify(chain, 2, anchors, PKI_NOW_SEC, &id), -E2BIG);
	chain[1].n = SIZE_MAX;
	assert_int_equal(identity_verify(chain, 2, anchors, PKI_NOW_SEC, &id), -E2BIG);
	assert_int_equal(identity_verify(chain, 0, anchors, PKI_NOW_SEC, &id), -EBADMSG);
	anchors_free(anchors);
	pki_done(&device);
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++)
		pki_done(&nodes[i]);
}

/* Whatever one changed byte does, checks 2 and 3 do not both pass; nor for any truncation. */
static void test_mutations(void **state)
{
	struct pki_node device = pki_issue(&sub, &(struct pki_request){ .serial = UEID,
									.hw_type = "1.3.6.1.4.1.32473.1",
									.hw_serial = bytes_of("\1\2", 2),
									.mud_url = "https://example.com/" });
	struct anchors *anchors = trusting(&root, "vendor");
	struct bytes chain[] = { pki_der(&device), pki_der(&sub) };

	(void)state;
	for (size_t which = 0; which < 2; which++) {
		struct bytes whole = chain[which];
		uint8_t *copy = bytes_dup(whole);

		chain[which].p = copy;
		for (size_t i = 0; i < 2 * whole.n; i++) {
			struct identity *id = NULL;

			if (i < whole.n)
				copy[i] ^= (uint8_t)(1 << i % 8);
			else
				chain[which].n = i - whole.n;

			int r = identity_verify(chain, 2, anchors, PKI_NOW_SEC, &id);

			assert_true(r == 0 || r == -EBADMSG);
			assert_false(r == 0 && id->certificate.state == CHECK_PASSED &&
				     id->chain.state == CHECK_PASSED);
			assert_true(r < 0 || id->n_path < 3);
			identity_free(id);
			if (i < whole.n)
				copy[i] ^= (uint8_t)(1 << i % 8);
		}
		chain[which] = whole;
		free(copy);
	}
	anchors_free(anchors);
	pki_done(&device);
}

/* Bytes after the certificate, and the same certificate in another encoding, are refused. */
static void test_only_der(void **state)
{
	struct pki_node device = pki_issue(&sub, &good_device);
	struct anchors *anchors = trusting(&sub, "vendor");
	struct identity *id = NULL;
	uint8_t longer[2048] = { 0 };

	(void)state;
	assert_true(device.n + 1 < sizeof(longer) && device.der[0] == 0x30 && device.der[1] == 0x82);
	memcpy(longer, device.der, device.n);
	assert_int_equal(identity_verify(&(struct bytes){ longer, device.n }, 1, anchors, PKI_NOW_SEC, &id), 0);
	identity_free(id);
	assert_int_equal(identity_verify(&(struct bytes){ longer, device.n + 1 }, 1, anchors, PKI_NOW_SEC, &id),
			 -EBADMSG);

	memmove(longer + 5, device.der + 4, device.n - 4); /* the length in one byte more than it needs: BER */
	longer[1] = 0x83;
	longer[2] = 0;
	longer[3] = device.der[2];
	longer[4] = device.der[3];
	assert_int_equal(identity_verify(&(struct bytes){ longer, device.n + 1 }, 1, anchors, PKI_NOW_SEC, &id),
			 -EBADMSG);
	anchors_free(anchors);
	pki_done(&device);
}

static void test_same_anchor(void **state)
{
	struct pki_node sub2 = pki_issue(&root, &(struct pki_request){ .name = "Second Sub CA", .ca = true });
	struct pki_node a = pki_issue(&sub, &good_device), b = pki_issue(&sub, &good_device);
	struct pki_node c = pki_issue(&sub2, &good_device), d = pki_issue(&other, &good_device);
	struct identity *ids[4], *no = NULL, *bare = NULL;

	(void)state;
	assert_int_equal(VERIFY(&root, &ids[0], &a, &sub), 0);
	assert_int_equal(VERIFY(&root, &ids[1], &b, &sub), 0);
	assert_int_equal(VERIFY(&root, &ids[2], &c, &sub2), 0);
	assert_int_equal(VERIFY(&other, &ids[3], &d), 0);
	assert_true(identity_same_anchor(ids[0], ids[1]));
	assert_true(identity_same_anchor(ids[0], ids[2])); /* one configured root */
	assert_false(identity_same_anchor(ids[0], ids[3]));
	for (size_t i = 0; i < 4; i++)
		identity_free(ids[i]);

	assert_int_equal(VERIFY(NULL, &ids[0], &a, &sub, &root), 0);
	assert_int_equal(VERIFY(NULL, &ids[1], &b, &sub), 0);
	assert_int_equal(VERIFY(NULL, &ids[2], &c, &sub2, &root), 0);
	assert_int_equal(VERIFY(NULL, &ids[3], &d, &other), 0);
	assert_true(identity_same_anchor(ids[0], ids[1]));
	assert_false(identity_same_anchor(ids[0], ids[2])); /* a label may have named either CA alone */
	assert_false(identity_same_anchor(ids[0], ids[3]));
	assert_int_equal(VERIFY(NULL, &bare, &a), 0);
	assert_false(identity_same_anchor(bare, bare));
	assert_int_equal(VERIFY(&root, &no, &a, &c), 0); /* its issuer is missing */
	assert_false(identity_same_anchor(ids[0], no));
	identity_free(bare);
	identity_free(no);
	for (size_t i = 0; i < 4; i++)
		identity_free(ids[i]);
	pki_done(&sub2);
	pki_done(&a);
	pki_done(&b);
	pki_done(&c);
	pki_done(&d);
}

static void test_anchor_files(void **state)
{
	struct pki_node device = pki_issue(&sub, &good_device);
	struct pki_node rsa = pki_issue(NULL, &(struct pki_request){ .name = "RSA CA", .key = PKI_RSA, .ca = true });
	struct pki_node plain =
		pki_issue(NULL, &(struct pki_request){ .no_constraints = true, .key_usage = "keyCertSign" });
	_cleanup_free_ char *a = pki_certificate_pem(&root), *b = pki_certificate_pem(&sub);
	_cleanup_free_ char *leaf = pki_certificate_pem(&device), *key = pki_private_pem(root.key);
	_cleanup_free_ char *old = pki_certificate_pem(&rsa), *unsaid = pki_certificate_pem(&plain);
	char file[8192];

	(void)state;
	assert_int_equal(add_pem(a), 1);
	(void)snprintf(file, sizeof(file), "The vendor's CAs\n%s\n%s", a, b);
	assert_int_equal(add_pem(file), 2);
	(void)snprintf(file, sizeof(file), "%s%s", a, a);
	assert_int_equal(add_pem(file), 2);
	assert_int_equal(add_pem(""), -EBADMSG);
	assert_int_equal(add_pem("no certificate"), -EBADMSG);
	assert_int_equal(add_pem(leaf), -EBADMSG);
	assert_int_equal(add_pem(old), -EBADMSG);
	assert_int_equal(add_pem(unsaid), -EBADMSG); /* it does not say that it is a CA */
	assert_int_equal(add_pem(key), -EBADMSG);
	(void)snprintf(file, sizeof(file), "%s%s", a, key);
	assert_int_equal(add_pem(file), -EBADMSG);
	(void)snprintf(file, sizeof(file), "%s%.*s", a, (int)strlen(b) - 40, b); /* cut short */
	assert_int_equal(add_pem(file), -EBADMSG);

	BIO *bio = BIO_new(BIO_s_mem());

	assert_true(PEM_write_bio(bio, PEM_STRING_X509_REQ, "", root.der, (long)root.n) > 0);

	_cleanup_free_ char *request = pki_text(bio); /* a CA's certificate that is called something else */

	assert_int_equal(add_pem(request), -EBADMSG);
	pki_done(&device);
	pki_done(&plain);
	pki_done(&rsa);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_chain),
		cmocka_unit_test(test_device_is_the_key),
		cmocka_unit_test(test_profile),
		cmocka_unit_test(test_dates_of_no_form),
		cmocka_unit_test(test_key_at_infinity),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_cas),
		cmocka_unit_test(test_unanchored),
		cmocka_unit_test(test_unanchored_faults),
		cmocka_unit_test(test_forgeries),
		cmocka_unit_test(test_anchor_under_rsa),
		cmocka_unit_test(test_constraints),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_only_der),
		cmocka_unit_test(test_same_anchor),
		cmocka_unit_test(test_anchor_files),
	};

	return cmocka_run_group_tests(tests, make_world, free_world);
}
