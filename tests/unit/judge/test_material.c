/* SPDX-License-Identifier: Apache-2.0 */
/* links: config judge */
/*
 * Trust material as a zygote opens it: which sets are in force, what is said of those that are not, and which of the file and
 * of the set that was accepted last counts.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "appraise/appraise.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "ipc/ipc.h"
#include "judge/material_open.h"
#include "log_kit.h"
#include "material_kit.h"
#include "pki_crl.h"
#include "token/cose.h"
#include "token/label.h"
#include "token/reference.h"
#include "token/status.h"
#include "token_kit.h"

#define NOW PKI_NOW_SEC

static struct config *config;
static struct pki_node maker, gateway;
static EVP_PKEY *kisa;

static struct material *opened; /* the one that is looked at */

/* --- material --- */

static int begin(void)
{
	int fd = material_new();

	material_put_rules(fd, config);
	material_put_pem(fd, MATERIAL_ANCHOR, "maker", "", pki_certificate_pem(&maker));
	material_put_pem(fd, MATERIAL_ISSUER, "KISA", "KR-CIC", pki_public_pem(kisa));
	material_put(fd, MATERIAL_MAKERS, "", "pen:1", bytes_of(NULL, 0));
	return fd;
}

/* As the store remembers it, behind its file. */
static void put_remembered(int fd, enum material_kind kind, const char *name, const char *identity, struct bytes value)
{
	const struct item item = {
		.kind = kind, .name = bytes_of_string(name), .identity = bytes_of_string(identity), .value = value
	};

	assert_int_equal(item_put(fd, &item), 0);
}

/* Opens it and listens to what is said of it; the caller ends with count_said(…, true). */
static int open_it(int fd)
{
	int r;

	material_free(opened);
	opened = NULL;
	listen_in();
	r = material_open(fd, NOW, &opened);
	(void)close(fd);
	return r;
}

static unsigned said(const char *part)
{
	return count_said(part, true);
}

/* --- what is signed --- */

struct token {
	uint8_t space[4096];
	struct bytes in;
};

static void sign_list(const char *uri, int64_t iat_sec, uint8_t statuses, struct token *ret)
{
	struct status_list list = { .iat_sec = iat_sec, .bits = 1, .statuses = &statuses, .n = 1 };
	struct writer w = WRITER(ret->space);

	(void)snprintf(list.uri, sizeof(list.uri), "%s", uri);
	assert_int_equal(status_list_sign(&list, kisa, &w), 0);
	ret->in = writer_bytes(&w);
}

static void sign_register(uint64_t sequence, int64_t exp_sec, const char *second_number, struct token *ret)
{
	struct label_class class = { .product = { .maker = "pen:1", .model = "WP-700" } };
	const struct label label = label_small("KISA", &class, NOW + 999);
	struct label labels[] = { label, label };
	struct label_register reg = { .issuer = "KISA",
				      .sequence = sequence,
				      .iat_sec = NOW - 9 + (int64_t)sequence,
				      .exp_sec = exp_sec,
				      .labels = labels,
				      .n_labels = 2 };
	struct writer w = WRITER(ret->space);

	(void)snprintf(labels[1].number, sizeof(labels[1].number), "%s", second_number);
	labels[1].level = 2;
	assert_int_equal(label_register_sign(&reg, kisa, &w), 0);
	ret->in = writer_bytes(&w);
}

static void put_crl(int fd, const char *name, const char *scope, const struct crl_request *request)
{
	size_t n;
	_cleanup_free_ uint8_t *crl = pki_crl(&maker, request, &n);

	material_put(fd, MATERIAL_CRL, name, scope, bytes_of(crl, n));
}

static void put_pem_crls(int fd, const char *name, unsigned times)
{
	char both[8192];
	size_t n;
	_cleanup_free_ uint8_t *crl = pki_crl(&maker, &(struct crl_request){ .number = 2, .as_pem = true }, &n);

	assert_true(n * times <= sizeof(both));
	for (unsigned i = 0; i < times; i++)
		memcpy(both + i * n, crl, n);
	material_put(fd, MATERIAL_CRL, name, "", bytes_of(both, n * times));
}

/* --- what makes it unusable --- */

static int open_with(enum material_kind kind, const char *scope, struct bytes value, bool has_issuer)
{
	int fd = has_issuer ? begin() : material_new(), r;

	material_put(fd, kind, "wrong.pem", scope, value);
	r = open_it(fd);
	return r;
}

/* One key would be two issuers' signature. The same key in one more file of the same kind is told all the same. */
static void test_one_key_of_two(void **state)
{
	int fd = begin();

	(void)state;
	material_put_pem(fd, MATERIAL_ISSUER, "CSA", "SG-CLS", pki_public_pem(kisa));
	assert_int_equal(open_it(fd), -EBADMSG);
	assert_int_equal(said("the issuer \"CSA\": another issuer has the same key"), 1);

	fd = begin();
	material_put_pem(fd, MATERIAL_ISSUER, "CSA", "SG-CLS", pki_public_pem(gateway.key));
	assert_int_equal(open_it(fd), 0);
	assert_int_equal(said("has the same key"), 0);
	assert_int_equal(opened->trust->n_issuers, 2);
}

/* All are told, each with its place, before the material is refused. */
static void test_all_that_is_refused(void **state)
{
	struct pki_node rsa = pki_issue(NULL, &(struct pki_request){ .ca = true, .key = PKI_RSA });
	_cleanup_free_ char *pem = pki_certificate_pem(&rsa);
	const struct item item = { .kind = MATERIAL_ANCHOR,
				   .name = bytes_of_string("maker 2"),
				   .value = bytes_of_string(pem),
				   .place = bytes_of_string("hallmarkd.conf:7: rsa.pem") };
	int fd = begin();

	(void)state;
	assert_int_equal(item_put(fd, &item), 0);
	material_put_pem(fd, MATERIAL_ISSUER, "RSA", "KR-CIC", pki_public_pem(rsa.key));
	material_put(fd, MATERIAL_SCHEME_ITSELF, "", "", bytes_of(NULL, 0));
	assert_int_equal(open_it(fd), -EBADMSG);
	assert_int_equal(
		count_said("hallmarkd.conf:7: rsa.pem: the anchor \"maker 2\": its key is RSA, and RSA keys are not "
			   "of the profile; name the EC CA below it",
			   false),
		1);
	assert_int_equal(said("the issuer \"RSA\": it is an RSA key"), 1);
	pki_done(&rsa);
}

static void test_what_nothing_goes_without(void **state)
{
	static const uint8_t garbage[] = { 1, 2, 3 };
	const struct bytes value = BYTES(garbage), none = bytes_of(NULL, 0);

	(void)state;
	assert_true(open_with(MATERIAL_ANCHOR, "", value, true) < 0);
	assert_int_equal(said("the anchor \"wrong.pem\": it holds nothing in PEM"), 1);
	assert_true(open_with(MATERIAL_ISSUER, "KR-CIC", value, true) < 0);
	assert_int_equal(said("the issuer \"wrong.pem\": it holds nothing in PEM"), 1);

	assert_true(open_with(MATERIAL_ISSUER, "KR-CIC", bytes_of_string(golden_private_p256), true) < 0);
	assert_int_equal(said("it holds a private key, and a public key belongs here"), 1);

	assert_int_equal(open_with(MATERIAL_POLICY, "", value, true), -EBADMSG);
	assert_int_equal(said("x"), 0);
	assert_int_equal(open_with(MATERIAL_SCHEMES, "", value, false), -EBADMSG);
	assert_int_equal(said("x"), 0);
	assert_int_equal(open_with(MATERIAL_SCHEMES, "", none, true), -EBADMSG); /* a second time */
	assert_int_equal(said("x"), 0);
	assert_int_equal(open_with(MATERIAL_ARRANGEMENTS, "", none, true), -EBADMSG);
	assert_int_equal(said("x"), 0);
	assert_int_equal(open_with(MATERIAL_MAKERS, "pen:1", none, false), -EBADMSG); /* of no issuer */
	assert_int_equal(said("x"), 0);
	assert_int_equal(open_with(MATERIAL_SCHEME_ITSELF, "", none, false), -EBADMSG);
	assert_int_equal(said("x"), 0);
	assert_int_equal(open_with(MATERIAL_NONE, "", none, true), -EBADMSG);
	assert_int_equal(said("x"), 0);

	assert_int_equal(open_with(MATERIAL_SCHEME_ITSELF, "", none, true), 0);
	assert_int_equal(said("x"), 0);
	assert_int_equal(issuer_role_of(opened->trust, "KISA"), HALLMARK_ISSUER_SCHEME);
	assert_int_equal(open_it(begin()), 0);
	assert_int_equal(said("x"), 0);
	assert_int_equal(issuer_role_of(opened->trust, "KISA"), HALLMARK_ISSUER_TRANSCRIBER);
	assert_int_equal(opened->n_accepted, 0);
	assert_true(bytes_equal_string(bytes_of(opened->rules.recognition.home, strlen("KR-CIC")), "KR-CIC"));
	assert_int_equal(opened->rules.recognition.n_schemes, config->recognition.n_schemes);
}

/* The gateway's private key is none of a zygote's business. */
static void test_what_is_the_edge_s(void **state)
{
	const struct edge_limits limits = { .sessions = 7 };
	_cleanup_free_ char *certificate = pki_certificate_pem(&gateway), *key = pki_private_pem(gateway.key);

	(void)state;
	assert_int_equal(open_with(MATERIAL_CERTIFICATE, "", bytes_of_string(certificate), true), -EBADMSG);
	assert_int_equal(said("x"), 0);
	assert_int_equal(open_with(MATERIAL_KEY, "", bytes_of_string(key), true), -EBADMSG);
	assert_int_equal(said("x"), 0);
	assert_int_equal(open_with(MATERIAL_LIMITS, "", bytes_of(&limits, sizeof(limits)), true), -EBADMSG);
	assert_int_equal(said("x"), 0);
	assert_int_equal(open_it(begin()), 0);
	assert_int_equal(said("x"), 0);
}

/* --- revocation lists --- */

static void assert_crls(int fd, size_t n_accepted, size_t n_left_out, const char *line)
{
	assert_int_equal(open_it(fd), 0);
	assert_int_equal(said(line), 1);
	assert_int_equal(opened->n_accepted, n_accepted);
	assert_int_equal(opened->n_left_out, n_left_out);
}

static void test_revocation_lists(void **state)
{
	int fd = begin();

	(void)state;
	put_crl(fd, "good.crl", "accept", &(struct crl_request){ .number = 2 });
	assert_int_equal(open_it(fd), 0);
	assert_int_equal(said("good.crl"), 0);
	assert_int_equal(opened->n_accepted, 1);
	assert_int_equal(opened->n_left_out, 0);
	assert_int_equal(opened->accepted[0].mark.kind, SET_CRL);
	assert_int_equal(opened->accepted[0].mark.sequence, 2);

	fd = begin();
	put_crl(fd, "good.crl", "", &(struct crl_request){ .number = 2 });
	put_crl(fd, "old.crl", "", &(struct crl_request){ .number = 1, .this_update = "20261201000000Z" });
	assert_crls(fd, 1, 1, "old.crl is left out: a revocation list that is as new or newer is installed");

	fd = begin();
	material_put(fd, MATERIAL_CRL, "garbage.crl", "", bytes_of_string("garbage"));
	assert_crls(fd, 0, 1,
		    "garbage.crl is left out: it is neither a revocation list in PEM nor exactly one in DER; put");

	fd = begin();
	put_crl(fd, "sha1.crl", "", &(struct crl_request){ .number = 2, .digest = "SHA1" });
	assert_crls(fd, 0, 1, "sha1.crl is left out: it is signed with an algorithm that is not of the profile; have");

	fd = begin();
	put_pem_crls(fd, "one.crl", 1);
	put_pem_crls(fd, "two.crl", 2);
	assert_crls(fd, 1, 1, "two.crl is left out: it contains several revocation lists, and one file holds one");

	fd = begin();
	put_crl(fd, "early.crl", "", &(struct crl_request){ .number = 3, .this_update = "20270116000000Z" });
	assert_crls(fd, 0, 1, "early.crl is left out: it was issued after the gateway's present time (crl-not-yet)");

	fd = begin();
	put_crl(fd, "odd.crl", "",
		&(struct crl_request){ .number = 3, .oid = "1.3.6.1.4.1.32473.98", .oid_critical = true });
	assert_crls(fd, 1, 0, "odd.crl revokes what it names, but does not show");
}

/* --- registers, status lists, references --- */

static void test_registers(void **state)
{
	struct token token;
	int fd = begin();

	(void)state;
	sign_register(4, NOW + 99, "N-2", &token);
	material_put(fd, MATERIAL_REGISTER, "r.cbor", "", token.in);
	assert_int_equal(open_it(fd), 0);
	assert_int_equal(said("r.cbor"), 0);
	assert_int_equal(opened->n_accepted, 1);
	assert_int_equal(opened->accepted[0].mark.kind, SET_REGISTER);
	assert_int_equal(opened->accepted[0].mark.sequence, 4);
	assert_int_equal(opened->accepted[0].item, opened->n_items - 1);

	sign_register(4, NOW - 1, "N-2", &token);
	fd = begin();
	material_put(fd, MATERIAL_REGISTER, "r.cbor", "", token.in);
	assert_crls(fd, 0, 1, "(label-expired); examine it with `hallmark-label verify`");

	sign_register(4, NOW + 99, "n - 1", &token);
	fd = begin();
	material_put(fd, MATERIAL_REGISTER, "r.cbor", "", token.in);
	assert_crls(fd, 0, 1, ": number N-1 of KR-CIC in statements 1 and 2;");
}

static void test_references(void **state)
{
	struct reference reference = { .issuer = "KISA",
				       .iat_sec = NOW - 9,
				       .exp_sec = NOW + 99,
				       .class = { .product = { .maker = "pen:1", .model = "WP-700" },
						  .version_from = "1.0.0",
						  .version_to = "1.9.9",
						  .version_scheme = VERSION_SEMVER } };
	struct token token;
	struct writer w = WRITER(token.space);
	int fd = begin();

	(void)state;
	assert_int_equal(reference_sign(&reference, kisa, &w), 0);
	material_put(fd, MATERIAL_REFERENCE, "ref.cbor", "", writer_bytes(&w));
	assert_int_equal(open_it(fd), 0);
	assert_int_equal(said("ref.cbor"), 0);
	assert_int_equal(opened->n_accepted, 1);
	assert_int_equal(opened->accepted[0].mark.kind, SET_REFERENCE);

	fd = begin();
	token.space[w.n - 1] ^= 1;
	material_put(fd, MATERIAL_REFERENCE, "ref.cbor", "", writer_bytes(&w));
	assert_crls(fd, 0, 1, "ref.cbor is left out: ");
}

/* Dated after the gateway's time; what was accepted before is in force all the same: the clock may have been set back. */
static void test_one_of_the_future(void **state)
{
	struct token token;
	int fd = begin();

	(void)state;
	sign_list("https://u", NOW + 3600, 0, &token);
	material_put(fd, MATERIAL_STATUS_LIST, "s.cbor", "", token.in);
	assert_crls(fd, 0, 1, "s.cbor is left out: ");

	fd = begin();
	put_remembered(fd, MATERIAL_KNOWN, "s.cbor", "anything", bytes_of(NULL, 0));
	material_put(fd, MATERIAL_STATUS_LIST, "s.cbor", "", token.in);
	assert_int_equal(open_it(fd), 0);
	assert_int_equal(said("s.cbor"), 0);
	assert_int_equal(opened->n_accepted, 1);

	fd = begin(); /* that is for the one file behind it */
	put_remembered(fd, MATERIAL_KNOWN, "s.cbor", "anything", bytes_of(NULL, 0));
	material_put(fd, MATERIAL_STATUS_LIST, "s.cbor", "", token.in);
	sign_list("https://v", NOW + 3600, 0, &token);
	material_put(fd, MATERIAL_STATUS_LIST, "t.cbor", "", token.in);
	assert_crls(fd, 1, 1, "t.cbor is left out: ");
}

/* --- what was accepted last --- */

/* The mark that a list has by itself; what the store has remembered of it. */
static void identity_of(const struct token *list, char ret[static 1], size_t size)
{
	int fd = begin();

	material_put(fd, MATERIAL_STATUS_LIST, "s.cbor", "", list->in);
	assert_int_equal(open_it(fd), 0);
	assert_int_equal(said("s.cbor"), 0);
	assert_int_equal(opened->n_accepted, 1);
	(void)snprintf(ret, size, "%s", opened->accepted[0].mark.identity);
}

static int material_of(struct bytes file, const struct token *remembered)
{
	char identity[sizeof(((struct set_mark *)0)->identity)];
	int fd;

	identity_of(remembered, identity, sizeof(identity));
	fd = begin();
	if (file.n > 0)
		material_put(fd, MATERIAL_STATUS_LIST, "s.cbor", "", file);
	put_remembered(fd, MATERIAL_STATUS_LIST, "s.cbor", identity, remembered->in);
	return fd;
}

static void test_a_file_that_is_bad_or_older(void **state)
{
	struct token old, last;

	(void)state;
	sign_list("https://u", NOW - 20, 0, &old);
	sign_list("https://u", NOW - 10, 0, &last);

	assert_int_equal(open_it(material_of(bytes_of_string("garbage"), &last)), 0);
	assert_int_equal(count_said("s.cbor is left out: ", false), 1);
	assert_int_equal(said("s.cbor is not valid: the one accepted last stays in force"), 1);
	assert_int_equal(opened->n_accepted, 1);
	assert_int_equal(opened->accepted[0].mark.issued_sec, NOW - 10);

	assert_int_equal(open_it(material_of(old.in, &last)), 0);
	assert_int_equal(said("s.cbor is older than the one accepted last, which stays in force"), 1);
	assert_int_equal(opened->n_accepted, 1);
	assert_int_equal(opened->accepted[0].mark.issued_sec, NOW - 10);
	assert_int_equal(opened->accepted[0].item, opened->n_items - 1); /* the remembered one */

	assert_int_equal(open_it(material_of(last.in, &old)), 0); /* the next one is in force */
	assert_int_equal(said("s.cbor"), 0);
	assert_int_equal(opened->n_accepted, 1);
	assert_int_equal(opened->accepted[0].mark.issued_sec, NOW - 10);
	assert_int_equal(opened->accepted[0].n_lifted, 0);
}

/* The operator is told which labels a new list does not take back any more. */
static void test_what_the_next_list_lifts(void **state)
{
	struct token before, after;

	(void)state;
	sign_list("https://u", NOW - 20, 0x29, &before); /* places 0, 3 and 5 */
	sign_list("https://u", NOW - 10, 0x08, &after);
	assert_int_equal(open_it(material_of(after.in, &before)), 0);
	assert_int_equal(said("s.cbor"), 0);
	assert_int_equal(opened->n_accepted, 1);
	assert_int_equal(opened->accepted[0].n_lifted, 2);
	assert_int_equal(opened->accepted[0].lifted[0], 0);
	assert_int_equal(opened->accepted[0].lifted[1], 5);

	sign_list("https://v", NOW - 10, 0xff, &after); /* of another address: it says nothing of those */
	assert_int_equal(open_it(material_of(after.in, &before)), 0);
	assert_int_equal(said("s.cbor"), 0);
	assert_int_equal(opened->n_accepted, 1);
	assert_string_not_equal(opened->accepted[0].mark.identity, "");
	assert_int_equal(opened->accepted[0].n_lifted, 3);
}

static void test_a_revocation_list_that_is_older(void **state)
{
	const struct crl_request old = { .number = 1, .this_update = "20261201000000Z", .revoked = { &gateway } };
	const struct crl_request last = { .number = 2 };
	char identity[sizeof(((struct set_mark *)0)->identity)];
	size_t n_old, n_last;
	_cleanup_free_ uint8_t *old_crl = pki_crl(&maker, &old, &n_old), *last_crl = pki_crl(&maker, &last, &n_last);
	int fd = begin();

	(void)state;
	put_crl(fd, "c.crl", "", &last);
	assert_int_equal(open_it(fd), 0);
	assert_int_equal(said("c.crl"), 0);
	(void)snprintf(identity, sizeof(identity), "%s", opened->accepted[0].mark.identity);

	fd = begin();
	put_crl(fd, "c.crl", "", &old);
	put_remembered(fd, MATERIAL_CRL, "c.crl", identity, bytes_of(last_crl, n_last));
	assert_crls(
		fd, 1, 0,
		"c.crl is older than the one accepted last, which stays in force, number 2; the file's number is 1");
	assert_int_equal(opened->accepted[0].mark.sequence, 2);

	fd = begin(); /* the other way round it is the next one, which does not revoke what the former did */
	put_crl(fd, "c.crl", "", &last);
	put_remembered(fd, MATERIAL_CRL, "c.crl", identity, bytes_of(old_crl, n_old));
	assert_int_equal(open_it(fd), 0);
	assert_int_equal(said("c.crl"), 0);
	assert_int_equal(opened->n_accepted, 1);
	assert_int_equal(opened->accepted[0].mark.sequence, 2);
	assert_int_equal(opened->accepted[0].n_lifted, 1);
}

static int set_up(void **state)
{
	(void)state;
	if (config_load("tests/unit/pipeline.conf", &config) < 0)
		return -1;
	maker = pki_issue(NULL, &(struct pki_request){ .name = "maker", .ca = true });
	gateway = pki_issue(NULL, &(struct pki_request){ .name = "gateway" });
	kisa = pki_key_new(PKI_P256);
	log_set_level(-1);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	material_free(opened);
	pki_done(&maker);
	pki_done(&gateway);
	EVP_PKEY_free(kisa);
	config_free(config);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_key_of_two),
		cmocka_unit_test(test_all_that_is_refused),
		cmocka_unit_test(test_what_nothing_goes_without),
		cmocka_unit_test(test_what_is_the_edge_s),
		cmocka_unit_test(test_revocation_lists),
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_one_of_the_future),
		cmocka_unit_test(test_a_file_that_is_bad_or_older),
		cmocka_unit_test(test_what_the_next_list_lifts),
		cmocka_unit_test(test_a_revocation_list_that_is_older),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
