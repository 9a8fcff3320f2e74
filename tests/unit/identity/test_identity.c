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
#include <openssl/x509.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/digest.h"
#include "identity/anchors.h"
#include "identity/describe.h"
#include "identity/identity.h"
#include "identity/known_cas.h"
#include "pki.h"

#define UEID "0102030405060708"

/* root → sub → device, and a root that nobody knows. */
static struct pki_node root, sub, other;

static const struct pki_request good_device = { .serial = UEID };
static const struct pki_request forged_device = { .serial = UEID, .bad_signature = true };
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

/* Who has this key. */
static void device_of(EVP_PKEY *key, uint8_t ret[static SHA256_LEN])
{
	uint8_t *der = NULL;
	int n = i2d_PUBKEY(key, &der);

	assert_int_equal(digest_sha256(bytes_of(der, (size_t)n), ret), 0);
	OPENSSL_free(der);
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
	device_of(device.key, expected);
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
	struct identity *ids[3] = { NULL };

	(void)state;
	assert_int_equal(VERIFY(&root, &ids[0], &a, &sub), 0);
	assert_int_equal(VERIFY(&root, &ids[1], &again, &other), 0);
	assert_int_equal(VERIFY(&root, &ids[2], &b, &sub), 0);
	assert_memory_equal(ids[0]->device, ids[1]->device, SHA256_LEN);
	assert_memory_not_equal(ids[0]->device, ids[2]->device, SHA256_LEN);
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		identity_free(ids[i]);
	pki_done(&a);
	pki_done(&again);
	pki_done(&b);
}

static bool is_known(const struct anchors *anchors, const struct pki_node *ca)
{
	uint8_t hash[SHA256_LEN];

	assert_int_equal(digest_sha256(pki_der(ca), hash), 0);
	return known_cas_find(anchors->known_cas, hash) != NULL;
}

/* A CA of another device's path is not decoded again; its signature on a device is verified all the same, and its own dates. */
static void test_known_cas(void **state)
{
	struct pki_node ca = pki_issue(&root, &(struct pki_request){ .name = "maker", .ca = true, .path_length = 1 });
	struct pki_node stray = pki_issue(&other, &(struct pki_request){ .name = "stray", .ca = true });
	struct pki_node first = pki_issue(&ca, &good_device), second = pki_issue(&ca, &good_device);
	struct pki_node forged = pki_issue(&ca, &(struct pki_request){ .serial = UEID, .bad_signature = true });
	struct pki_node strays = pki_issue(&stray, &good_device);
	struct anchors *anchors = trusting(&root, "vendor");
	const struct {
		const struct pki_node *device, *ca;
		int64_t now_sec;
		enum hallmark_reason reason;
		bool becomes_known;
	} rows[] = {
		{ &strays, &stray, PKI_NOW_SEC, REASON_CHAIN_UNANCHORED, false },
		{ &forged, &ca, PKI_NOW_SEC, REASON_CHAIN_BROKEN, false },
		{ &first, &ca, PKI_NOW_SEC, REASON_ADMITTED, true },
		{ &second, &ca, PKI_NOW_SEC, REASON_ADMITTED, true },
		{ &forged, &ca, PKI_NOW_SEC, REASON_CHAIN_BROKEN, true },
		{ &second, &ca, PKI_NOT_AFTER_SEC + 1, REASON_CHAIN_DATE, true },
		{ &first, &ca, PKI_NOW_SEC, REASON_ADMITTED, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct bytes chain[] = { pki_der(rows[i].device), pki_der(rows[i].ca) };
		struct identity *id = NULL;

		assert_int_equal(identity_verify(chain, ARRAY_SIZE(chain), anchors, rows[i].now_sec, &id), 0);
		assert_result(id->chain, rows[i].reason);
		assert_int_equal(is_known(anchors, rows[i].ca), rows[i].becomes_known);
		identity_free(id);
	}
	anchors_free(anchors);
	pki_done(&ca);
	pki_done(&stray);
	pki_done(&first);
	pki_done(&second);
	pki_done(&forged);
	pki_done(&strays);
}

static enum hallmark_reason chain_of(const struct anchors *anchors, int64_t now_sec,
				     const struct pki_node *const nodes[])
{
	struct bytes chain[HALLMARK_CHAIN_MAX];
	struct identity *id = NULL;
	enum hallmark_reason reason;
	size_t n = 0;

	for (; nodes[n]; n++)
		chain[n] = pki_der(nodes[n]);
	assert_int_equal(identity_verify(chain, n, anchors, now_sec, &id), 0);
	assert_int_equal(ERR_peek_error(), 0);
	reason = id->chain.reason;
	assert_int_equal(id->n_path, reason == REASON_ADMITTED ? n + 1 : id->n_path); /* it is whole */
	identity_free(id);
	return reason;
}

#define CHAIN(anchors, now_sec, ...) chain_of(anchors, now_sec, (const struct pki_node *const[]){ __VA_ARGS__, NULL })

/* The signature of a CA that is known is verified once; all else is checked every time, beside a path of which nothing is known. */
static void test_signatures_of_known_cas(void **state)
{
	static const char *const names[] = { "home.example", "elsewhere.example" };
	const struct pki_request of_anchor = { .name = "short",
					       .ca = true,
					       .not_after = "20280101000000Z",
					       .name_constraints = "permitted;DNS:home.example" };
	const int64_t late_sec = 1830297600 + 1; /* 2028-01-01 */
	struct pki_node anchor = pki_issue(NULL, &of_anchor);
	struct pki_node upper = pki_issue(&anchor, &(struct pki_request){ .name = "upper", .ca = true });
	struct pki_node lower = pki_issue(&upper, &(struct pki_request){ .name = "lower", .ca = true });
	struct pki_node fake = pki_issue(
		&upper,
		&(struct pki_request){ .name = "lower", .ca = true, .use_key = lower.key, .bad_signature = true });
	struct pki_node devices[2], forged = pki_issue(&lower, &forged_device);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		char alt_name[64];

		must(snprintf(alt_name, sizeof(alt_name), "DNS:%s", names[i]) > 0);
		devices[i] = pki_issue(&lower, &(struct pki_request){ .serial = UEID, .alt_name = alt_name });
	}
	for (unsigned n_before = 0; n_before < 3; n_before++) {
		struct anchors *anchors = trusting(&anchor, "vendor");

		for (unsigned i = 0; i < n_before; i++)
			assert_int_equal(CHAIN(anchors, PKI_NOW_SEC, &devices[0], &lower, &upper), REASON_ADMITTED);
		assert_int_equal(is_known(anchors, &lower) && is_known(anchors, &upper), n_before > 0);
		assert_int_equal(CHAIN(anchors, PKI_NOW_SEC, &devices[0], &fake, &upper), REASON_CHAIN_BROKEN);
		assert_int_equal(CHAIN(anchors, PKI_NOW_SEC, &forged, &lower, &upper), REASON_CHAIN_BROKEN);
		assert_int_equal(CHAIN(anchors, late_sec, &devices[0], &lower, &upper), REASON_CHAIN_DATE);
		assert_int_equal(CHAIN(anchors, PKI_NOW_SEC, &devices[1], &lower, &upper), REASON_CHAIN_CA);
		assert_int_equal(CHAIN(anchors, PKI_NOW_SEC, &devices[0], &lower), REASON_CHAIN_UNANCHORED);
		assert_int_equal(CHAIN(anchors, PKI_NOW_SEC, &devices[0], &lower, &upper), REASON_ADMITTED);
		anchors_free(anchors);
	}
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		pki_done(&devices[i]);
	pki_done(&anchor);
	pki_done(&upper);
	pki_done(&lower);
	pki_done(&fake);
	pki_done(&forged);
}

/* An anchor need not have signed itself, and preparing changes no judgement. */
static void test_prepared(void **state)
{
	struct pki_node device = pki_issue(&sub, &good_device), forged = pki_issue(&sub, &forged_device);
	const struct pki_node *const configured[] = { &root, &sub, NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(configured); i++) {
		struct anchors *anchors = trusting(configured[i], "vendor");
		const struct bytes good[] = { pki_der(&device), pki_der(&sub) };
		const struct bytes bad[] = { pki_der(&forged), pki_der(&sub) };
		struct identity *id = NULL;

		assert_int_equal(identity_prepare(anchors), 0);
		assert_int_equal(ERR_peek_error(), 0);
		assert_int_equal(identity_verify(good, ARRAY_SIZE(good), anchors, PKI_NOW_SEC, &id), 0);
		assert_result(id->chain, configured[i] ? REASON_ADMITTED : REASON_CHAIN_UNANCHORED);
		assert_hash(id->path[0], &device);
		assert_hash(id->path[1], &sub);
		identity_free(id);
		assert_int_equal(identity_verify(bad, ARRAY_SIZE(bad), anchors, PKI_NOW_SEC, &id), 0);
		assert_result(id->chain, REASON_CHAIN_BROKEN);
		identity_free(id);
		anchors_free(anchors);
	}
	pki_done(&device);
	pki_done(&forged);
}

/* There is room for some; those that came first are decoded again. */
static void test_many_known_cas(void **state)
{
	struct known_cas *k = known_cas_new();
	uint8_t hash[SHA256_LEN] = { 0 };

	(void)state;
	for (uint8_t i = 0; i <= KNOWN_CAS_MAX; i++) {
		hash[0] = i;
		known_cas_keep(k, hash, sub.certificate, root.certificate);
		known_cas_keep(k, hash, sub.certificate, root.certificate); /* once */
		assert_ptr_equal(known_cas_find(k, hash), sub.certificate);
		assert_true(known_cas_is_signed(k, sub.certificate, root.certificate));
		assert_false(known_cas_is_signed(k, sub.certificate, other.certificate));
		assert_false(known_cas_is_signed(k, other.certificate, root.certificate));
	}
	for (uint8_t i = 0; i <= KNOWN_CAS_MAX; i++) {
		hash[0] = i;
		assert_int_equal(known_cas_find(k, hash) != NULL, i > 0);
	}
	known_cas_free(k);
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
	{ "starts later", { .not_before = "20270115080101Z" }, REASON_CERTIFICATE_NOT_YET },
	{ "ends in a second", { .not_after = "20270115080001Z" }, REASON_ADMITTED },
	{ "ends now", { .not_after = "20270115080000Z" }, REASON_CERTIFICATE_DATE },
	{ "never ends", { .not_after = "99991231235959Z" }, REASON_ADMITTED },
	{ "ends before it begins",
	  { .not_before = "20250101000000Z", .not_after = "20241231235959Z" },
	  REASON_CERTIFICATE_PERIOD },
	{ "the same, in the future",
	  { .not_before = "20310101000000Z", .not_after = "20301231235959Z" },
	  REASON_CERTIFICATE_PERIOD },
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

static void set_time(struct pki_node *node, const struct pki_node *issuer, bool is_after, int type, const char *text)
{
	ASN1_TIME *time = ASN1_STRING_type_new(type);

	assert_true(time && ASN1_STRING_set(time, text, (int)strlen(text)));
	if (is_after)
		assert_true(X509_set1_notAfter(node->certificate, time));
	else
		assert_true(X509_set1_notBefore(node->certificate, time));
	ASN1_STRING_free(time);
	pki_sign_again(node, issuer);
}

/*
 * Whoever issues it may write what is no time of RFC 5280 into it: then there is no time at which it counts. `text` is
 * behind the year. OpenSSL 3.5 does not even decode some of them.
 */
static const struct {
	const char *title, *text;
	bool is_generalized;
	const char *fault; /* NULL: none */
} times[] = {
	{ "a time", "0101000000Z", false, NULL },
	{ "a time with four digits of the year", "0101000000Z", true, NULL },
	{ "without Z", "0101000000", false, "lacks its Z" },
	{ "without Z, with four digits", "0101000000", true, "lacks its Z" },
	{ "without seconds", "01010000Z", false, "lacks its seconds" },
	{ "without seconds, with four digits", "01010000Z", true, "lacks its seconds" },
	{ "with a fraction", "0101000000.5Z", true, "has a fraction of a second" },
	{ "with a comma", "0101000000,5Z", true, "has a fraction of a second" },
	{ "an offset", "0101000000+0900", false, "has an offset" },
	{ "an offset without seconds", "01010000-0900", false, "has an offset" },
	{ "an offset, with four digits", "0101000000+0000", true, "has an offset" },
	{ "month 13", "1301000000Z", false, "is not a time" },
	{ "a letter", "01O1000000Z", false, "is not a time" },
	{ "a byte behind it", "0101000000ZZ", false, "is not a time" },
};

static void expect_fault(const struct pki_node *node, const char *which, const char *fault)
{
	struct certificate_text text;
	char begin[64];

	assert_int_equal(certificate_describe(pki_der(node), &text), 0);
	(void)snprintf(begin, sizeof(begin), "%s%s%s", fault ? which : "", fault ? " " : "", fault ? fault : "");
	if (strncmp(text.fault, begin, strlen(begin)) != 0 || (!fault && text.fault[0]))
		fail_msg("\"%s\" and not \"%s\"", text.fault, begin);
	assert_true(strlen(text.fault) <= 80);
}

/* A device's certificate with those times and a CA's, each judged with what is right beside it. */
static void judge_times(bool is_after, int type, const char *text, const char *fault)
{
	const char *which = is_after ? "notAfter" : "notBefore";
	struct pki_node device = pki_issue(&sub, &good_device);
	struct pki_node ca = pki_issue(&root, &(struct pki_request){ .ca = true, .name = "Dated CA" });
	struct pki_node below = pki_issue(&ca, &good_device);
	struct identity *id = NULL;
	int r;

	set_time(&device, &sub, is_after, type, text);
	r = VERIFY(&root, &id, &device, &sub);
	assert_int_equal(r, fault && r < 0 ? -EBADMSG : 0);
	if (r == 0) {
		assert_result(id->certificate, fault ? REASON_CERTIFICATE_TIME : REASON_ADMITTED);
		assert_result(id->chain, REASON_ADMITTED);
		expect_fault(&device, which, fault);
	}
	identity_free(id);

	set_time(&ca, &root, is_after, type, text);
	assert_int_equal(VERIFY(&root, &id, &below, &ca), 0);
	if (r == 0)
		assert_result(id->chain, fault ? REASON_CHAIN_TIME : REASON_ADMITTED);
	else
		assert_result(id->chain, REASON_CHAIN_BROKEN);
	assert_result(id->certificate, REASON_ADMITTED);
	identity_free(id);
	pki_done(&device);
	pki_done(&ca);
	pki_done(&below);
}

static void test_dates_of_no_form(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		for (int is_after = 0; is_after < 2; is_after++) {
			const bool is_generalized = times[i].is_generalized;
			const char *year = is_after ? "2039" : "2020";
			char text[32];

			print_message("    %s\n", times[i].title);
			(void)snprintf(text, sizeof(text), "%s%s", is_generalized ? year : year + 2, times[i].text);
			judge_times(is_after, is_generalized ? V_ASN1_GENERALIZEDTIME : V_ASN1_UTCTIME, text,
				    times[i].fault);
		}
}

/* Two digits of a year are of 1950 to 2049: whoever means 2055 or 9999 has a certificate that ended long ago. */
static void test_years_of_two_digits(void **state)
{
	static const struct {
		const char *text, *fault;
		int type;
		enum hallmark_reason reason;
	} rows[] = {
		{ "491231235959Z", NULL, V_ASN1_UTCTIME, REASON_ADMITTED },
		{ "550101000000Z", "is a UTCTime, which ends in 2049", V_ASN1_UTCTIME, REASON_CERTIFICATE_PERIOD },
		{ "991231235959Z", "is a UTCTime, which ends in 2049", V_ASN1_UTCTIME, REASON_CERTIFICATE_PERIOD },
		{ "20550101000000Z", NULL, V_ASN1_GENERALIZEDTIME, REASON_ADMITTED },
		{ "19550101000000Z", "is before notBefore", V_ASN1_GENERALIZEDTIME, REASON_CERTIFICATE_PERIOD },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pki_node device = pki_issue(&sub, &good_device);
		struct identity *id = NULL;

		set_time(&device, &sub, true, rows[i].type, rows[i].text);
		assert_int_equal(VERIFY(&root, &id, &device, &sub), 0);
		assert_result(id->certificate, rows[i].reason);
		expect_fault(&device, "notAfter", rows[i].fault);
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
	  REASON_CHAIN_EXTENSION },
	{ "version 1", { .version_1 = true }, REASON_CHAIN_CA },
	{ "version 2", { .ca = true, .version_2 = true }, REASON_CHAIN_CA },
	{ "no basic constraints", { .no_constraints = true, .key_usage = "keyCertSign" }, REASON_CHAIN_CA },
	{ "ended", { .ca = true, .not_after = "20270115080000Z" }, REASON_CHAIN_DATE },
	{ "ends in a second", { .ca = true, .not_after = "20270115080001Z" }, REASON_ADMITTED },
	{ "not yet", { .ca = true, .not_before = "20270115080101Z" }, REASON_CHAIN_NOT_YET },
	{ "ends before it begins",
	  { .ca = true, .not_before = "20250101000000Z", .not_after = "20241231235959Z" },
	  REASON_CHAIN_PERIOD },
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

struct naming {
	const char *title;
	struct pki_request request;
	size_t n;
	const char *ueid; /* in hex; or the name that is hashed: "serial", "module", "permanent", "issuer", "key" */
};

static void put_issuer(struct writer *w)
{
	uint8_t *der = NULL;
	int n = i2d_X509_NAME(X509_get_subject_name(sub.certificate), &der);

	writer_put(w, bytes_of(der, (size_t)n));
	OPENSSL_free(der);
}

/* What is hashed by the definition, from the bytes of the certificate: docs/protocol.md section 5.1. */
static void put_named(const struct naming *row, const struct pki_node *device, struct writer *w)
{
	static const uint8_t type[] = { 0x06, 0x02, 0x2a, 0x03 }; /* 1.2.3 */
	const struct pki_request *request = &row->request;

	if (strcmp(row->ueid, "serial") == 0) {
		put_issuer(w);
		writer_put(w, bytes_of_string(request->serial));
	} else if (strcmp(row->ueid, "module") == 0) {
		writer_put(w, BYTES(((uint8_t[]){ 0x30, (uint8_t)(sizeof(type) + 2 + request->hw_serial.n) })));
		writer_put(w, BYTES(type));
		writer_put(w, BYTES(((uint8_t[]){ 0x04, (uint8_t)request->hw_serial.n })));
		writer_put(w, request->hw_serial);
	} else if (strcmp(row->ueid, "key") == 0) {
		uint8_t *der = NULL;
		int n = i2d_PUBKEY(device->key, &der);

		writer_put(w, bytes_of(der, (size_t)n));
		OPENSSL_free(der);
	} else {
		if (strcmp(row->ueid, "issuer") == 0)
			put_issuer(w);
		writer_put(w, request->permanent);
	}
}

static void hash_name(const struct naming *row, const struct pki_node *device, uint8_t ret[static 1 + SHA256_LEN])
{
	uint8_t bytes[512];
	struct writer w = WRITER(bytes);

	put_named(row, device, &w);
	ret[0] = 1;
	assert_int_equal(digest_sha256(writer_bytes(&w), ret + 1), 0);
}

static void test_ueids(void **state)
{
	static const uint8_t eight[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	static const uint8_t assigned[] = { 0x30, 9, 0x0c, 3, 'N', '-', '7', 6, 2, 0x2a, 3 }; /* N-7 by 1.2.3 */
	static const uint8_t own[] = { 0x30, 5, 0x0c, 3, 'N', '-', '7' };
	static const uint8_t of_serial[] = { 0x30, 4, 6, 2, 0x2a, 3 }, empty[] = { 0x30, 2, 0x0c, 0 };
	static const uint8_t of_control[] = { 0x30, 3, 0x0c, 1, '\n' }, of_no_form[] = { 0x30, 3, 0x16, 1, '7' };
	static const uint8_t of_three[] = { 0x30, 7, 0x0c, 3, 'N', '-', '7', 5, 0 };
	const struct bytes number = bytes_of_string("SN-0012345");
	const struct naming rows[] = {
		{ "a UEID", { .serial = UEID }, 1, UEID },
		{ "the shortest", { .serial = "03020304050607" }, 1, "03020304050607" },
		{ "one byte less", { .serial = "030203040506" }, 1, "serial" },
		{ "a type that is none", { .serial = "04020304050607" }, 1, "serial" },
		{ "half a byte more", { .serial = UEID "0" }, 1, "serial" },
		{ "a maker's number", { .serial = "SN-0012345" }, 1, "serial" },
		{ "a module", { .hw_type = "1.2.3", .hw_serial = BYTES(eight) }, 1, UEID },
		{ "a maker's module", { .hw_type = "1.2.3", .hw_serial = number }, 1, "module" },
		{ "both a UEID",
		  { .serial = "0202030405060708", .hw_type = "1.2.3", .hw_serial = BYTES(eight) },
		  2,
		  "0202030405060708" },
		{ "a UEID beside a maker's number",
		  { .serial = "SN-0012345", .hw_type = "1.2.3", .hw_serial = BYTES(eight) },
		  1,
		  UEID },
		{ "a UEID beside a maker's module",
		  { .serial = UEID, .hw_type = "1.2.3", .hw_serial = number },
		  1,
		  UEID },
		{ "two of a maker", { .serial = "5001", .hw_type = "1.2.3", .hw_serial = number }, 1, "module" },
		{ "a module without a number", { .serial = "SN-0012345", .hw_type = "1.2.3" }, 1, "serial" },
		{ "a module without a number, alone", { .hw_type = "1.2.3" }, 0, "" },
		{ "a permanent identifier and who assigned it", { .permanent = BYTES(assigned) }, 1, "permanent" },
		{ "a permanent identifier of the CA", { .permanent = BYTES(own) }, 1, "issuer" },
		{ "two permanent identifiers",
		  { .permanent = BYTES(own), .permanent2 = BYTES(assigned) },
		  1,
		  "issuer" },
		{ "one beside a maker's number", { .serial = "5001", .permanent = BYTES(assigned) }, 1, "serial" },
		{ "one beside a maker's module",
		  { .hw_type = "1.2.3", .hw_serial = number, .permanent = BYTES(assigned) },
		  1,
		  "module" },
		{ "one beside a UEID", { .serial = UEID, .permanent = BYTES(assigned) }, 1, UEID },
		{ "one that says that the number is permanent",
		  { .serial = "5001", .permanent = BYTES(of_serial) },
		  1,
		  "serial" },
		{ "the same without a number", { .permanent = BYTES(of_serial) }, 0, "" },
		{ "an empty permanent identifier", { .permanent = BYTES(empty) }, 0, "" },
		{ "one with a control character", { .permanent = BYTES(of_control) }, 0, "" },
		{ "one of another type of text", { .permanent = BYTES(of_no_form) }, 0, "" },
		{ "one with a member more", { .permanent = BYTES(of_three) }, 0, "" },
		{ "the same beside a maker's number", { .serial = "5001", .permanent = BYTES(of_three) }, 1, "serial" },
		{ "Matter's ids", { .matter_vendor = "FFF1", .matter_product = "8000" }, 1, "key" },
		{ "Matter's ids in the common name", { .name = "Lamp 7 Mpid:8000 Mvid:FFF1" }, 1, "key" },
		{ "without a space", { .name = "Lamp 7 Mvid:FFF1Mpid:8000" }, 1, "key" },
		{ "one here, one there", { .name = "Mpid:8000", .matter_vendor = "FFF1" }, 1, "key" },
		{ "beside a maker's number",
		  { .serial = "5001", .matter_vendor = "FFF1", .matter_product = "8000" },
		  1,
		  "serial" },
		{ "beside a permanent identifier",
		  { .permanent = BYTES(own), .matter_vendor = "FFF1", .matter_product = "8000" },
		  1,
		  "issuer" },
		{ "the vendor alone", { .matter_vendor = "FFF1" }, 0, "" },
		{ "the product alone", { .name = "Mpid:8000" }, 0, "" },
		{ "in lower case", { .matter_vendor = "fff1", .matter_product = "8000" }, 0, "" },
		{ "in lower case in the common name", { .name = "Mvid:fff1 Mpid:8000" }, 0, "" },
		{ "three digits", { .matter_vendor = "FFF", .matter_product = "8000" }, 0, "" },
		{ "five digits", { .matter_vendor = "FFF11", .matter_product = "8000" }, 0, "" },
		{ "cut off", { .name = "Mpid:8000 Mvid:FFF" }, 0, "" },
		{ "none", { 0 }, 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pki_node device = pki_issue(&sub, &rows[i].request);
		struct identity *id = NULL;
		uint8_t expected[UEID_MAX];
		size_t n = strlen(rows[i].ueid) / 2;

		print_message("    %s\n", rows[i].title);
		assert_int_equal(VERIFY(&root, &id, &device, &sub), 0);
		assert_result(id->certificate, REASON_ADMITTED);
		assert_int_equal(id->n_ueids, rows[i].n);
		if (rows[i].n > 0 && !bytes_from_hex(rows[i].ueid, expected, n)) {
			hash_name(&rows[i], &device, expected);
			n = UEID_MAX;
		}
		if (rows[i].n > 0) {
			assert_int_equal(id->ueids[0].n, n);
			assert_memory_equal(id->ueids[0].bytes, expected, n);
		}
		if (rows[i].n == 2)
			assert_memory_equal(id->ueids[1].bytes, eight, sizeof(eight));
		identity_free(id);
		pki_done(&device);
	}
}

/* The value of a line "WHAT HEX" of a vector in docs/protocol.md. Returns its length. */
static size_t read_vector(const char *name, const char *what, uint8_t *ret, size_t size)
{
	FILE *f = fopen("docs/protocol.md", "r");
	char wanted[64], line[512] = "";
	const size_t n_what = strlen(what);

	(void)snprintf(wanted, sizeof(wanted), "<!-- vector: %s -->\n", name);
	assert_non_null(f);
	while (strcmp(line, wanted) != 0)
		assert_non_null(fgets(line, sizeof(line), f));
	while (strncmp(line, what, n_what) != 0 || line[n_what] != ' ')
		assert_non_null(fgets(line, sizeof(line), f));
	(void)fclose(f);
	line[strcspn(line, "\n")] = '\0';

	const size_t n = strlen(line + n_what + 1) / 2;

	assert_true(n <= size && bytes_from_hex(line + n_what + 1, ret, n));
	return n;
}

static EVP_PKEY *read_vector_key(const char *name)
{
	uint8_t spki[256];
	const unsigned char *p = spki;
	size_t n = read_vector(name, "key", spki, sizeof(spki));
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)n);

	assert_non_null(key);
	return key;
}

/* What a maker of devices reads is what the gateway names the device. */
static void test_ueids_of_the_document(void **state)
{
	uint8_t permanent[64];
	const size_t n = read_vector("ueid-permanent", "identifier", permanent, sizeof(permanent));
	EVP_PKEY *key = read_vector_key("ueid-key");
	const struct pki_request requests[] = {
		{ .serial = "SN-0012345" },
		{ .hw_type = "1.3.6.1.4.1.32473.1", .hw_serial = bytes_of_string("SN-0012345") },
		{ .permanent = bytes_of(permanent, n) },
		{ .use_key = key, .matter_vendor = "FFF1", .matter_product = "8000" },
	};
	static const char *const names[] = { "ueid-serial", "ueid-module", "ueid-permanent", "ueid-key" };
	struct pki_node ca = pki_issue(NULL, &(struct pki_request){ .name = "Example Devices", .ca = true });

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		struct pki_node device = pki_issue(&ca, &requests[i]);
		struct identity *id = NULL;
		uint8_t expected[UEID_MAX];

		assert_int_equal(read_vector(names[i], "ueid", expected, sizeof(expected)), UEID_MAX);
		assert_int_equal(VERIFY(&ca, &id, &device), 0);
		assert_int_equal(id->n_ueids, 1);
		assert_int_equal(id->ueids[0].n, UEID_MAX);
		assert_memory_equal(id->ueids[0].bytes, expected, UEID_MAX);
		identity_free(id);
		pki_done(&device);
	}
	EVP_PKEY_free(key);
	pki_done(&ca);
}

/* A CA's policy extensions (RFC 5280 sections 4.2.1.4, .5, .11 and .14), and the device's policy below it. */
#define POLICY       "1.3.6.1.4.1.32473.2.1"
#define OTHER_POLICY "1.3.6.1.4.1.32473.2.2"
#define ANY_POLICY   "2.5.29.32.0"

static const struct {
	const char *title, *policies;
	int nid;
	const char *value, *device; /* the device's policies; NULL: none */
	enum hallmark_reason reason;
} policies[] = {
	{ "explicit policy", POLICY, NID_policy_constraints, "critical,requireExplicitPolicy:0", POLICY,
	  REASON_ADMITTED },
	{ "... which the device lacks", POLICY, NID_policy_constraints, "critical,requireExplicitPolicy:0", NULL,
	  REASON_CHAIN_POLICY },
	{ "... which the device has another of", POLICY, NID_policy_constraints, "critical,requireExplicitPolicy:0",
	  OTHER_POLICY, REASON_CHAIN_POLICY },
	{ "... not critical", POLICY, NID_policy_constraints, "requireExplicitPolicy:0", POLICY, REASON_ADMITTED },
	{ "... not critical, which the device lacks", POLICY, NID_policy_constraints, "requireExplicitPolicy:0", NULL,
	  REASON_CHAIN_POLICY },
	{ "explicit policy further below", POLICY, NID_policy_constraints, "critical,requireExplicitPolicy:9", NULL,
	  REASON_ADMITTED },
	{ "no mapping", POLICY, NID_policy_constraints, "critical,inhibitPolicyMapping:0", NULL, REASON_ADMITTED },
	{ "no other than named", POLICY, NID_inhibit_any_policy, "critical,0", POLICY, REASON_ADMITTED },
	{ "... and the device names none", POLICY, NID_inhibit_any_policy, "critical,0", NULL, REASON_ADMITTED },
	{ "mapped", POLICY, NID_policy_mappings, "critical," POLICY ":" OTHER_POLICY, OTHER_POLICY, REASON_ADMITTED },
	{ "mapped, of any", POLICY, NID_policy_mappings, "critical," ANY_POLICY ":" OTHER_POLICY, OTHER_POLICY,
	  REASON_CHAIN_POLICY },
};

static void test_policies(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
		struct pki_node ca = pki_issue(
			&root, &(struct pki_request){ .name = "Policy CA",
						      .ca = true,
						      .conf = { { NID_certificate_policies, policies[i].policies },
								{ policies[i].nid, policies[i].value } } });
		struct pki_node device = pki_issue(
			&ca, &(struct pki_request){ .serial = UEID,
						    .conf = { { NID_certificate_policies, policies[i].device } } });
		struct identity *id = NULL;

		print_message("    %s\n", policies[i].title);
		assert_int_equal(VERIFY(&root, &id, &device, &ca), 0);
		assert_result(id->certificate, REASON_ADMITTED);
		assert_result(id->chain, policies[i].reason);
		identity_free(id);
		pki_done(&device);
		pki_done(&ca);
	}
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
		cmocka_unit_test(test_known_cas),
		cmocka_unit_test(test_signatures_of_known_cas),
		cmocka_unit_test(test_prepared),
		cmocka_unit_test(test_many_known_cas),
		cmocka_unit_test(test_profile),
		cmocka_unit_test(test_dates_of_no_form),
		cmocka_unit_test(test_years_of_two_digits),
		cmocka_unit_test(test_key_at_infinity),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_cas),
		cmocka_unit_test(test_unanchored),
		cmocka_unit_test(test_unanchored_faults),
		cmocka_unit_test(test_forgeries),
		cmocka_unit_test(test_anchor_under_rsa),
		cmocka_unit_test(test_constraints),
		cmocka_unit_test(test_policies),
		cmocka_unit_test(test_ueids),
		cmocka_unit_test(test_ueids_of_the_document),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_only_der),
		cmocka_unit_test(test_same_anchor),
		cmocka_unit_test(test_anchor_files),
	};

	return cmocka_run_group_tests(tests, make_world, free_world);
}
