/* SPDX-License-Identifier: Apache-2.0 */
/* links: identity base */
/* Check 4: each way in which a CRL counts, does not count or is refused, beside a twin that differs in one thing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <inttypes.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/set.h"
#include "identity/describe.h"
#include "identity/identity.h"
#include "pki_crl.h"

#define NEXT "20270115080000Z" /* PKI_NOW_SEC */

/* root → sub → device; an impostor with the sub CA's name and another key; a root that nobody knows. */
static struct pki_node root, sub, impostor, other, device;

static int make_world(void **state)
{
	(void)state;
	root = pki_issue(NULL, &(struct pki_request){ .name = "Vendor Root CA", .ca = true });
	sub = pki_issue(&root, &(struct pki_request){ .name = "Vendor Sub CA", .ca = true });
	impostor = pki_issue(&root, &(struct pki_request){ .name = "Vendor Sub CA", .ca = true });
	other = pki_issue(NULL, &(struct pki_request){ .name = "Another Root CA", .ca = true });
	device = pki_issue(&sub, &(struct pki_request){ .serial = "0102030405060708" });
	return 0;
}

static int free_world(void **state)
{
	(void)state;
	pki_done(&root);
	pki_done(&sub);
	pki_done(&impostor);
	pki_done(&other);
	pki_done(&device);
	return 0;
}

static struct anchors *trusting(const struct pki_node *ca)
{
	_cleanup_free_ char *pem = pki_certificate_pem(ca);
	struct anchors *anchors = anchors_new();

	assert_non_null(anchors);
	assert_int_equal(anchors_add(anchors, "vendor", bytes_of_string(pem)), 1);
	return anchors;
}

static int add(struct anchors *anchors, const struct pki_node *ca, bool stale_refuse, const struct crl_request *request)
{
	size_t n;
	_cleanup_free_ uint8_t *crl = pki_crl(ca, request, &n);
	int r = anchors_add_crl(anchors, bytes_of(crl, n), stale_refuse, NULL);

	assert_int_equal(ERR_peek_error(), 0);
	return r;
}

static void judge_chain(const struct anchors *anchors, const struct pki_node *leaf, const struct pki_node *ca,
			int64_t now_sec, struct identity *ret)
{
	const struct bytes chain[] = { pki_der(leaf), pki_der(ca) };
	struct identity *id = NULL;

	assert_int_equal(identity_verify(chain, 2, anchors, now_sec, &id), 0);
	assert_int_equal(ERR_peek_error(), 0);
	*ret = *id;
	ret->key = NULL;
	identity_free(id);
}

static enum hallmark_reason judge_at(const struct anchors *anchors, int64_t now_sec)
{
	struct identity id;

	judge_chain(anchors, &device, &sub, now_sec, &id);
	assert_int_equal(id.chain.state, CHECK_PASSED);
	if (id.revocation.reason == REASON_NO_CRL || id.revocation.reason == REASON_CRL_PARTIAL)
		assert_int_equal(id.revocation.state, CHECK_ABSENT);
	else
		assert_int_equal(id.revocation.state,
				 id.revocation.reason == REASON_ADMITTED ? CHECK_PASSED : CHECK_FAILED);
	return id.revocation.reason;
}

/* --- What the lists of a path say together --- */

struct list {
	const struct pki_node *ca; /* NULL: there is none */
	bool stale_accept;
	struct crl_request request;
};

static const struct {
	const char *title;
	struct list lists[4];
	enum hallmark_reason reason;
} paths[] = {
	{ "no list", { { 0 } }, REASON_NO_CRL },
	{ "of both CAs", { { .ca = &root }, { .ca = &sub } }, REASON_ADMITTED },
	{ "in another order", { { .ca = &sub }, { .ca = &root } }, REASON_ADMITTED },
	{ "of the root alone", { { .ca = &root } }, REASON_NO_CRL },
	{ "of the sub CA alone", { { .ca = &sub } }, REASON_NO_CRL },
	{ "in PEM",
	  { { .ca = &root, .request = { .as_pem = true } }, { .ca = &sub, .request = { .as_pem = true } } },
	  REASON_ADMITTED },
	{ "others are revoked",
	  { { .ca = &root }, { .ca = &sub, .request = { .revoked = { &sub, &root }, .more = 3 } } },
	  REASON_ADMITTED },
	{ "the device is revoked",
	  { { .ca = &root }, { .ca = &sub, .request = { .revoked = { &device }, .more = 3 } } },
	  REASON_DEVICE_REVOKED },
	{ "the device is revoked, PEM",
	  { { .ca = &root }, { .ca = &sub, .request = { .revoked = { &device }, .as_pem = true } } },
	  REASON_DEVICE_REVOKED },
	{ "the device is on hold",
	  { { .ca = &root },
	    { .ca = &sub, .request = { .revoked = { &device }, .reason = CRL_REASON_CERTIFICATE_HOLD } } },
	  REASON_DEVICE_REVOKED },
	{ "removed, in a list that is no delta",
	  { { .ca = &root },
	    { .ca = &sub, .request = { .revoked = { &device }, .reason = CRL_REASON_REMOVE_FROM_CRL } } },
	  REASON_DEVICE_REVOKED },
	{ "the CA is revoked",
	  { { .ca = &root, .request = { .revoked = { &sub } } }, { .ca = &sub } },
	  REASON_DEVICE_REVOKED },
	{ "the CA is revoked, and its list is missing",
	  { { .ca = &root, .request = { .revoked = { &sub } } } },
	  REASON_DEVICE_REVOKED },
	{ "the root has the device's serial on its list",
	  { { .ca = &root, .request = { .revoked = { &device } } }, { .ca = &sub } },
	  REASON_ADMITTED },
	{ "the root's own serial does not matter",
	  { { .ca = &root, .request = { .revoked = { &root } } }, { .ca = &sub } },
	  REASON_ADMITTED },
	{ "another CA revokes the device",
	  { { .ca = &root }, { .ca = &sub }, { .ca = &other, .request = { .revoked = { &device } } } },
	  REASON_ADMITTED },
	{ "a namesake revokes the device",
	  { { .ca = &root }, { .ca = &sub }, { .ca = &impostor, .request = { .revoked = { &device } } } },
	  REASON_ADMITTED },
	{ "a namesake's newer list does not displace",
	  { { .ca = &root },
	    { .ca = &sub, .request = { .revoked = { &device } } },
	    { .ca = &impostor, .request = { .this_update = "20270102000000Z" } } },
	  REASON_DEVICE_REVOKED },
	{ "only a namesake has a list", { { .ca = &root }, { .ca = &impostor } }, REASON_NO_CRL },
	{ "a bad signature", { { .ca = &root }, { .ca = &sub, .request = { .bad_signature = true } } }, REASON_NO_CRL },
	{ "a bad signature does not revoke",
	  { { .ca = &root },
	    { .ca = &sub },
	    { .ca = &sub,
	      .request = { .revoked = { &device }, .this_update = "20270102000000Z", .bad_signature = true } } },
	  REASON_ADMITTED },
	{ "the newer of two revokes",
	  { { .ca = &root },
	    { .ca = &sub },
	    { .ca = &sub, .request = { .revoked = { &device }, .this_update = "20270101000001Z" } } },
	  REASON_DEVICE_REVOKED },
	{ "the newer of two comes first",
	  { { .ca = &root },
	    { .ca = &sub, .request = { .revoked = { &device }, .this_update = "20270101000001Z" } },
	    { .ca = &sub } },
	  REASON_DEVICE_REVOKED },
	{ "the older of two revoked",
	  { { .ca = &root },
	    { .ca = &sub, .request = { .revoked = { &device } } },
	    { .ca = &sub, .request = { .this_update = "20270101000001Z" } } },
	  REASON_ADMITTED },
	{ "stale", { { .ca = &root }, { .ca = &sub, .request = { .next_update = NEXT } } }, REASON_CRL_STALE },
	{ "stale in a second",
	  { { .ca = &root }, { .ca = &sub, .request = { .next_update = "20270115080001Z" } } },
	  REASON_ADMITTED },
	{ "the root's is stale",
	  { { .ca = &root, .request = { .next_update = NEXT } }, { .ca = &sub } },
	  REASON_CRL_STALE },
	{ "stale, and one is missing", { { .ca = &root, .request = { .next_update = NEXT } } }, REASON_CRL_STALE },
	{ "from now on", { { .ca = &root }, { .ca = &sub, .request = { .this_update = NEXT } } }, REASON_ADMITTED },
	{ "from a minute on, by its CA's clock",
	  { { .ca = &root }, { .ca = &sub, .request = { .this_update = "20270115080100Z" } } },
	  REASON_ADMITTED },
	{ "from later on",
	  { { .ca = &root }, { .ca = &sub, .request = { .this_update = "20270115080101Z" } } },
	  REASON_CRL_STALE },
	{ "stale, but accepted",
	  { { .ca = &root }, { .ca = &sub, .stale_accept = true, .request = { .next_update = NEXT } } },
	  REASON_ADMITTED },
	{ "accepted for this one alone",
	  { { .ca = &root, .request = { .next_update = NEXT } },
	    { .ca = &sub, .stale_accept = true, .request = { .next_update = NEXT } } },
	  REASON_CRL_STALE },
	{ "stale, and revoked",
	  { { .ca = &root }, { .ca = &sub, .request = { .revoked = { &device }, .next_update = NEXT } } },
	  REASON_DEVICE_REVOKED },
	{ "stale and accepted, and revoked",
	  { { .ca = &root },
	    { .ca = &sub, .stale_accept = true, .request = { .revoked = { &device }, .next_update = NEXT } } },
	  REASON_DEVICE_REVOKED },
	{ "the other is stale, and this one revokes",
	  { { .ca = &root, .request = { .next_update = NEXT } },
	    { .ca = &sub, .request = { .revoked = { &device } } } },
	  REASON_DEVICE_REVOKED },
};

static void test_paths(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct anchors *anchors = trusting(&root);

		print_message("    %s\n", paths[i].title);
		for (const struct list *list = paths[i].lists; list->ca; list++)
			assert_int_equal(add(anchors, list->ca, !list->stale_accept, &list->request), 0);
		for (int again = 0; again < 2; again++) /* the second time, the signers are known */
			assert_int_equal(judge_at(anchors, PKI_NOW_SEC), paths[i].reason);
		anchors_free(anchors);
	}
}

/* --- Which lists are refused --- */

static const struct {
	const char *title;
	struct crl_request request;
	int r;
} lists[] = {
	{ "good", { .more = 2 }, 0 },
	{ "SHA-384", { .digest = "SHA384" }, 0 },
	{ "SHA-1", { .digest = "SHA1" }, -EBADMSG },
	{ "version 1", { .version_1 = true }, 0 },
	{ "no nextUpdate", { .no_next_update = true }, 0 },
	{ "an unknown extension", { .oid = "1.3.6.1.4.1.32473.1" }, 0 },
};

static void test_lists(void **state)
{
	struct anchors *anchors = trusting(&root);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		print_message("    %s\n", lists[i].title);
		assert_int_equal(add(anchors, &sub, true, &lists[i].request), lists[i].r);
	}
	anchors_free(anchors);
}

/* The fault of a good list whose byte after that time's second one is no digit. */
static const char *fault_of_time(struct bytes good, const char *time)
{
	_cleanup_free_ uint8_t *wrong = bytes_dup(good);
	uint8_t *at = memmem(wrong, good.n, time, strlen(time));

	assert_non_null(at);
	at[2] = 'x';
	return crl_fault(-EBADMSG, bytes_of(wrong, good.n));
}

/* Each cause has words of its own, and a good list has none. */
static void test_faults(void **state)
{
	size_t n, n_pem, n_sha1;
	_cleanup_free_ uint8_t *der = pki_crl(&sub, &(struct crl_request){ 0 }, &n);
	_cleanup_free_ uint8_t *pem = pki_crl(&sub, &(struct crl_request){ .as_pem = true }, &n_pem);
	_cleanup_free_ uint8_t *sha1 = pki_crl(&sub, &(struct crl_request){ .digest = "SHA1" }, &n_sha1);

	(void)state;
	assert_null(crl_fault(-EBADMSG, bytes_of(der, n)));
	assert_null(crl_fault(-EBADMSG, bytes_of(pem, n_pem)));
	assert_null(crl_fault(-EIO, bytes_of(der, n)));
	assert_non_null(strstr(fault_of_time(bytes_of(der, n), &PKI_CRL_THIS[2]), "its thisUpdate is not a time; "));
	assert_non_null(strstr(fault_of_time(bytes_of(der, n), &PKI_CRL_LATER[2]), "its nextUpdate is not a time; "));
	assert_non_null(
		strstr(crl_fault(-EBADMSG, bytes_of(sha1, n_sha1)), "an algorithm that is not of the profile; "));
	assert_non_null(strstr(crl_fault(-EBADMSG, bytes_of(der, n - 1)),
			       "neither a revocation list in PEM nor exactly one in DER; "));
	assert_non_null(strstr(crl_fault(-EBADMSG, bytes_of(pem, n_pem - 40)), "it holds no revocation list in PEM"));
	assert_non_null(strstr(crl_fault(-ENOTUNIQ, bytes_of(pem, n_pem)), "several revocation lists"));
	assert_non_null(strstr(crl_fault(-ESTALE, bytes_of(der, n)), "(crl-older)"));
	assert_non_null(strstr(crl_fault(-E2BIG, bytes_of(der, n)), "there are more than 64 lists; "));
	assert_non_null(strstr(crl_fault(-E2BIG, bytes_of(der, CRL_BYTES_MAX + 1)), "more than 4194304 bytes; "));
}

/* And each reason why it only revokes. */
static void test_words_of_limits(void **state)
{
	static const struct {
		struct crl_request request;
		const char *limit;
	} rows[] = {
		{ { .more = 1 }, "it is complete" },
		{ { .more = 1, .entry_oid = "1.3.6.1.4.1.32473.1", .entry_oid_critical = true },
		  "an entry has a critical extension" },
		{ { .more = 1, .entry_oid = "2.5.29.29", .entry_oid_critical = true }, "an entry is of another CA" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct crl_text text;
		size_t n;
		_cleanup_free_ uint8_t *der = pki_crl(&sub, &rows[i].request, &n);

		assert_int_equal(crl_describe(bytes_of(der, n), &text), 0);
		assert_non_null(strstr(crl_limit_text(text.limit), rows[i].limit));
	}
}

/* --- Which lists vouch, and which only revoke --- */

static const struct {
	const char *title;
	struct crl_request request;
	enum hallmark_reason vouched; /* when it does not name the device */
	enum hallmark_reason named;
} kinds[] = {
	{ "complete", { .more = 0 }, REASON_ADMITTED, REASON_DEVICE_REVOKED },
	{ "an unknown extension", { .oid = "1.3.6.1.4.1.32473.1" }, REASON_ADMITTED, REASON_DEVICE_REVOKED },
	{ "a critical one",
	  { .oid = "1.3.6.1.4.1.32473.1", .oid_critical = true },
	  REASON_CRL_PARTIAL,
	  REASON_DEVICE_REVOKED },
	{ "an issuing distribution point",
	  { .oid = "2.5.29.28", .oid_critical = true },
	  REASON_CRL_PARTIAL,
	  REASON_DEVICE_REVOKED },
	{ "one that is not critical", { .oid = "2.5.29.28" }, REASON_CRL_PARTIAL, REASON_DEVICE_REVOKED },
	{ "a delta", { .oid = "2.5.29.27", .oid_critical = true }, REASON_CRL_PARTIAL, REASON_DEVICE_REVOKED },
	{ "a delta that is not critical", { .oid = "2.5.29.27" }, REASON_CRL_PARTIAL, REASON_DEVICE_REVOKED },
	{ "what a delta removes",
	  { .oid = "2.5.29.27", .oid_critical = true, .reason = CRL_REASON_REMOVE_FROM_CRL },
	  REASON_CRL_PARTIAL,
	  REASON_CRL_PARTIAL },
	{ "version 1", { .version_1 = true }, REASON_CRL_PARTIAL, REASON_DEVICE_REVOKED },
	{ "no nextUpdate", { .no_next_update = true }, REASON_CRL_PARTIAL, REASON_DEVICE_REVOKED },
	{ "a number that is none", { .number_hex = "0400" }, REASON_CRL_PARTIAL, REASON_DEVICE_REVOKED },
	{ "an entry with an extension",
	  { .more = 1, .entry_oid = "1.3.6.1.4.1.32473.1" },
	  REASON_ADMITTED,
	  REASON_DEVICE_REVOKED },
	{ "a critical one",
	  { .more = 1, .entry_oid = "1.3.6.1.4.1.32473.1", .entry_oid_critical = true },
	  REASON_CRL_PARTIAL,
	  REASON_DEVICE_REVOKED },
	{ "entries of another CA",
	  { .more = 1, .entry_oid = "2.5.29.29", .entry_oid_critical = true },
	  REASON_CRL_PARTIAL,
	  REASON_CRL_PARTIAL },
};

static void test_kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		for (int is_named = 0; is_named < 2; is_named++) {
			struct anchors *anchors = trusting(&root);
			struct crl_request request = kinds[i].request;

			print_message("    %s, %s\n", kinds[i].title, is_named ? "named" : "not named");
			if (is_named)
				request.revoked[0] = &device;
			assert_int_equal(add(anchors, &root, true, &(struct crl_request){ 0 }), 0);
			assert_int_equal(add(anchors, &sub, true, &request), 0);
			assert_int_equal(judge_at(anchors, PKI_NOW_SEC), is_named ? kinds[i].named : kinds[i].vouched);
			/* beside a complete one that does not name it */
			if (kinds[i].vouched == REASON_CRL_PARTIAL) {
				assert_int_equal(add(anchors, &sub, true, &(struct crl_request){ 0 }), 0);
				assert_int_equal(judge_at(anchors, PKI_NOW_SEC),
						 is_named && kinds[i].named == REASON_DEVICE_REVOKED ?
							 REASON_DEVICE_REVOKED :
							 REASON_ADMITTED);
			}
			anchors_free(anchors);
		}
	}
}

#define THIRD "20270103000000Z"

/* A list of less never takes the place of one of more, nor a delta back what another revokes; the next whole one does. */
static void test_scopes(void **state)
{
	static const struct crl_request less[] = {
		{ .oid = "2.5.29.28", .oid_critical = true, .this_update = "20270102000000Z" },
		{ .oid = "2.5.29.27", .oid_critical = true, .this_update = "20270102000000Z" },
		{ .oid = "1.3.6.1.4.1.32473.1", .oid_critical = true, .this_update = "20270102000000Z" },
		{ .oid = "2.5.29.27",
		  .oid_critical = true,
		  .this_update = "20270102000000Z",
		  .revoked = { &sub },
		  .reason = CRL_REASON_REMOVE_FROM_CRL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(less); i++) {
		struct anchors *anchors = trusting(&root);

		assert_int_equal(add(anchors, &sub, true, &(struct crl_request){ 0 }), 0);
		assert_int_equal(add(anchors, &root, true, &(struct crl_request){ .revoked = { &sub } }), 0);
		assert_int_equal(add(anchors, &root, true, &less[i]), 0);
		assert_int_equal(judge_at(anchors, PKI_NOW_SEC), REASON_DEVICE_REVOKED);
		assert_int_equal(add(anchors, &root, true, &(struct crl_request){ .this_update = THIRD }), 0);
		assert_int_equal(judge_at(anchors, PKI_NOW_SEC), REASON_ADMITTED);
		anchors_free(anchors);
	}
}

/* A list of the future revokes and does no more, and one that was accepted before is none, whatever the clock says now. */
static void test_future(void **state)
{
	struct anchors *anchors = trusting(&root);

	(void)state;
	anchors_expect(anchors, PKI_NOW_SEC, false);
	assert_int_equal(add(anchors, &sub, true, &(struct crl_request){ 0 }), 0);
	assert_int_equal(add(anchors, &root, true, &(struct crl_request){ .this_update = "20270115080000Z" }), 0);
	assert_int_equal(add(anchors, &root, true, &(struct crl_request){ .this_update = "20270115080001Z" }), 0);
	assert_int_equal(judge_at(anchors, PKI_NOW_SEC), REASON_ADMITTED); /* by the one of this second */
	assert_int_equal(add(anchors, &root, true,
			     &(struct crl_request){ .revoked = { &sub }, .this_update = "20270115080002Z" }),
			 0);
	assert_int_equal(judge_at(anchors, PKI_NOW_SEC), REASON_DEVICE_REVOKED);
	anchors_free(anchors);
}

static void test_limits(void **state)
{
	struct anchors *anchors = trusting(&root);
	static uint8_t huge[CRL_BYTES_MAX + 1] = { 0x30 };

	(void)state;
	assert_int_equal(anchors_add_crl(anchors, bytes_of(NULL, 0), true, NULL), -EBADMSG);
	assert_int_equal(anchors_add_crl(anchors, bytes_of(huge, CRL_BYTES_MAX), true, NULL), -EBADMSG);
	assert_int_equal(anchors_add_crl(anchors, bytes_of(huge, CRL_BYTES_MAX + 1), true, NULL), -E2BIG);
	for (int i = 0; i < CRLS_MAX; i++)
		assert_int_equal(add(anchors, &sub, true, &(struct crl_request){ 0 }), 0);
	assert_int_equal(add(anchors, &sub, true, &(struct crl_request){ 0 }), -E2BIG);
	anchors_free(anchors);
}

/* Two in one file would be one missed: refused. */
static void test_two_in_one_file(void **state)
{
	struct anchors *anchors = trusting(&root);
	size_t n;
	_cleanup_free_ uint8_t *crl = pki_crl(&sub, &(struct crl_request){ .as_pem = true }, &n);
	_cleanup_free_ uint8_t *two = malloc(2 * n);

	(void)state;
	assert_non_null(two);
	memcpy(two, crl, n);
	memcpy(two + n, crl, n);
	assert_int_equal(anchors_add_crl(anchors, bytes_of(two, n), true, NULL), 0);
	assert_int_equal(anchors_add_crl(anchors, bytes_of(two, 2 * n), true, NULL), -ENOTUNIQ);
	anchors_free(anchors);
}

/* A list is not taken at any length but its own; what one flipped bit makes of it never says "not revoked". */
static void test_every_byte(void **state)
{
	size_t n;
	_cleanup_free_ uint8_t *crl = pki_crl(&sub, &(struct crl_request){ .revoked = { &device } }, &n);
	size_t taken = 0;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct anchors *anchors = trusting(&root);

		assert_int_equal(anchors_add_crl(anchors, bytes_of(crl, i), true, NULL), -EBADMSG);
		assert_int_equal(add(anchors, &root, true, &(struct crl_request){ 0 }), 0);
		crl[i] ^= 1;
		if (anchors_add_crl(anchors, bytes_of(crl, n), true, NULL) == 0) {
			taken++;
			assert_int_equal(judge_at(anchors, PKI_NOW_SEC), REASON_NO_CRL);
		}
		crl[i] ^= 1;
		anchors_free(anchors);
	}
	assert_in_range(taken, 1, n); /* the signature's own bytes at least */
}

/* --- The rest --- */

static void test_expiry(void **state)
{
	struct anchors *anchors = trusting(&root);
	struct identity id;

	(void)state;
	judge_chain(anchors, &device, &sub, PKI_NOW_SEC, &id);
	assert_true(id.next_update_sec == TIME_FOREVER);

	assert_int_equal(add(anchors, &root, true, &(struct crl_request){ .next_update = "20280101000000Z" }), 0);
	assert_int_equal(add(anchors, &sub, true, &(struct crl_request){ 0 }), 0);
	judge_chain(anchors, &device, &sub, PKI_NOW_SEC, &id);
	assert_int_equal(id.revocation.state, CHECK_PASSED);
	assert_true(id.next_update_sec == PKI_CRL_LATER_SEC);
	assert_int_equal(judge_at(anchors, PKI_CRL_LATER_SEC - 1), REASON_ADMITTED);
	assert_int_equal(judge_at(anchors, PKI_CRL_LATER_SEC), REASON_CRL_STALE);
	anchors_free(anchors);

	/* Where stale ones are accepted, nothing ends with them. */
	anchors = trusting(&root);
	assert_int_equal(add(anchors, &root, false, &(struct crl_request){ 0 }), 0);
	assert_int_equal(add(anchors, &sub, false, &(struct crl_request){ 0 }), 0);
	judge_chain(anchors, &device, &sub, PKI_CRL_LATER_SEC, &id);
	assert_int_equal(id.revocation.state, CHECK_PASSED);
	assert_true(id.next_update_sec == TIME_FOREVER);
	anchors_free(anchors);
}

/* RFC 5280 section 4.2.1.3: a CA whose key usage does not allow it signs no CRL. */
/* One list and nothing behind it: neither half a list, nor a byte. */
static void test_what_is_behind(void **state)
{
	struct anchors *anchors = trusting(&root);
	size_t n, n_der;
	_cleanup_free_ uint8_t *pem = pki_crl(&sub, &(struct crl_request){ .as_pem = true }, &n);
	_cleanup_free_ uint8_t *der = pki_crl(&sub, &(struct crl_request){ 0 }, &n_der);
	_cleanup_free_ uint8_t *two = malloc(2 * n), *longer = calloc(1, n_der + 1);

	(void)state;
	assert_true(two && longer);
	memcpy(two, pem, n);
	memcpy(two + n, pem, n);
	two[n + n / 2] = '*'; /* the second can no longer be read */
	assert_int_equal(anchors_add_crl(anchors, bytes_of(two, n), true, NULL), 0);
	assert_int_equal(anchors_add_crl(anchors, bytes_of(two, 2 * n), true, NULL), -EBADMSG);

	memcpy(longer, der, n_der);
	assert_int_equal(anchors_add_crl(anchors, bytes_of(longer, n_der), true, NULL), 0);
	assert_int_equal(anchors_add_crl(anchors, bytes_of(longer, n_der + 1), true, NULL), -EBADMSG);
	anchors_free(anchors);
}

/* Of two CAs with one name each speaks for its own certificates: also when the other's list is known to be the other's. */
static void test_namesakes(void **state)
{
	struct pki_node cousin = pki_issue(&impostor, &(struct pki_request){ .serial = "01" });
	struct anchors *anchors = trusting(&root);
	struct identity id;

	(void)state;
	assert_int_equal(add(anchors, &root, true, &(struct crl_request){ 0 }), 0);
	assert_int_equal(add(anchors, &sub, true, &(struct crl_request){ .revoked = { &cousin } }), 0);
	judge_chain(anchors, &device, &sub, PKI_NOW_SEC, &id);
	assert_int_equal(id.revocation.reason, REASON_ADMITTED);
	judge_chain(anchors, &cousin, &impostor, PKI_NOW_SEC, &id);
	assert_int_equal(id.revocation.reason, REASON_NO_CRL);
	assert_int_equal(add(anchors, &impostor, true, &(struct crl_request){ .revoked = { &cousin } }), 0);
	judge_chain(anchors, &cousin, &impostor, PKI_NOW_SEC, &id);
	assert_int_equal(id.revocation.reason, REASON_DEVICE_REVOKED);
	anchors_free(anchors);
	pki_done(&cousin);
}

/* A configured CA's newer list takes the place of its own, and of no namesake's. */
static void test_configured_namesakes(void **state)
{
	const struct crl_request newer = { .this_update = "20270102000000Z" };
	const struct pki_node *const signers[] = { &sub, &impostor };
	_cleanup_free_ char *pem = pki_certificate_pem(&impostor);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(signers); i++) {
		struct anchors *anchors = trusting(&sub);
		struct identity id;

		assert_int_equal(anchors_add(anchors, "namesake", bytes_of_string(pem)), 1);
		assert_int_equal(add(anchors, &sub, true, &(struct crl_request){ .revoked = { &device } }), 0);
		assert_int_equal(add(anchors, signers[i], true, &newer), 0);
		judge_chain(anchors, &device, &sub, PKI_NOW_SEC, &id);
		assert_int_equal(id.revocation.reason, signers[i] == &sub ? REASON_ADMITTED : REASON_DEVICE_REVOKED);
		anchors_free(anchors);
	}
}

/* The CA below the root is an anchor, too: the path ends there, and the root's list revokes it all the same. */
static void test_an_anchor_that_another_revokes(void **state)
{
	static const struct {
		const char *title;
		const struct pki_node *ca, *revoked;
		enum hallmark_reason reason;
	} cases[] = {
		{ "the root's list is not asked for", NULL, NULL, REASON_ADMITTED },
		{ "it names the CA", &root, &sub, REASON_DEVICE_REVOKED },
		{ "it names another", &root, &impostor, REASON_ADMITTED },
		{ "another root names the CA", &other, &sub, REASON_ADMITTED },
	};
	_cleanup_free_ char *pem_of_root = pki_certificate_pem(&root);
	_cleanup_free_ char *pem_of_other = pki_certificate_pem(&other);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct crl_request request = { .revoked = { cases[i].revoked } };
		struct anchors *anchors = trusting(&sub);

		assert_int_equal(anchors_add(anchors, "root", bytes_of_string(pem_of_root)), 1);
		assert_int_equal(anchors_add(anchors, "other", bytes_of_string(pem_of_other)), 1);
		assert_int_equal(add(anchors, &sub, true, &(struct crl_request){ 0 }), 0);
		if (cases[i].ca)
			assert_int_equal(add(anchors, cases[i].ca, true, &request), 0);
		if (judge_at(anchors, PKI_NOW_SEC) != cases[i].reason)
			fail_msg("%s", cases[i].title);
		anchors_free(anchors);
	}
}

static void test_key_usage(void **state)
{
	static const struct {
		const char *key_usage;
		enum hallmark_reason reason;
	} cases[] = {
		{ "critical,keyCertSign,cRLSign", REASON_ADMITTED },
		{ "", REASON_ADMITTED },
		{ "critical,keyCertSign", REASON_NO_CRL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pki_node ca = pki_issue(
			NULL, &(struct pki_request){ .name = "A CA", .ca = true, .key_usage = cases[i].key_usage });
		struct pki_node leaf = pki_issue(&ca, &(struct pki_request){ .serial = "1" });
		struct anchors *anchors = trusting(&ca);
		struct identity id;

		size_t n;
		_cleanup_free_ uint8_t *crl = pki_crl(&ca, &(struct crl_request){ 0 }, &n);
		struct set_mark mark;

		assert_int_equal(anchors_add_crl(anchors, bytes_of(crl, n), true, &mark), 0);
		assert_int_equal(anchors_vouch_for_crl(anchors, &mark), cases[i].reason == REASON_ADMITTED);
		judge_chain(anchors, &leaf, &ca, PKI_NOW_SEC, &id);
		assert_int_equal(id.chain.state, CHECK_PASSED);
		assert_int_equal(id.revocation.reason, cases[i].reason);
		anchors_free(anchors);
		pki_done(&leaf);
		pki_done(&ca);
	}
}

/* A path that a label may still vouch for is judged as far as it goes; one that is broken is not. */
static void test_without_anchor(void **state)
{
	struct anchors *anchors = trusting(&other);
	struct pki_node broken = pki_issue(&sub, &(struct pki_request){ .bad_signature = true });
	struct identity id;

	(void)state;
	assert_int_equal(add(anchors, &sub, true, &(struct crl_request){ .revoked = { &broken } }), 0);
	judge_chain(anchors, &device, &sub, PKI_NOW_SEC, &id);
	assert_int_equal(id.chain.reason, REASON_CHAIN_UNANCHORED);
	assert_int_equal(id.revocation.state, CHECK_PASSED);
	judge_chain(anchors, &broken, &sub, PKI_NOW_SEC, &id);
	assert_int_equal(id.chain.reason, REASON_CHAIN_BROKEN);
	assert_int_equal(id.revocation.reason, REASON_NO_CRL);

	assert_int_equal(add(anchors, &sub, true,
			     &(struct crl_request){ .revoked = { &device }, .this_update = "20270102000000Z" }),
			 0);
	judge_chain(anchors, &device, &sub, PKI_NOW_SEC, &id);
	assert_int_equal(id.revocation.reason, REASON_DEVICE_REVOKED);
	pki_done(&broken);
	anchors_free(anchors);
}

/* --- One takes the place of another --- */

#define EARLIER "20261231000000Z"
#define LATER   "20270102000000Z"

/* A first list of the root, and a second one that names the sub CA: what comes of it, and whether that counts. */
static const struct {
	const char *title;
	struct crl_request first, second;
	int r;
	bool is_second_held;
} successions[] = {
	{ "later", { .more = 0 }, { .this_update = LATER }, 0, true },
	{ "as new, and another", { .more = 0 }, { .more = 1 }, 0, true },
	{ "older", { .more = 0 }, { .this_update = EARLIER }, -ESTALE, false },
	{ "later, and its number as well", { .number = 7 }, { .this_update = LATER, .number = 8 }, 0, true },
	{ "later, and of the same number", { .number = 7 }, { .this_update = LATER, .number = 7 }, 0, true },
	{ "later, and its number goes back", { .number = 7 }, { .this_update = LATER, .number = 6 }, 0, true },
	{ "later, and it has no number any more", { .number = 7 }, { .this_update = LATER }, 0, true },
	{ "older, and of a greater number", { .number = 7 }, { .this_update = EARLIER, .number = 8 }, 0, true },
	{ "later, and its signature is bad", { .more = 0 }, { .this_update = LATER, .bad_signature = true }, 0, false },
};

static void test_succession(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(successions); i++) {
		struct crl_request first = successions[i].first, second = successions[i].second;
		struct anchors *anchors = trusting(&root);

		print_message("    %s\n", successions[i].title);
		second.revoked[0] = &sub;
		assert_int_equal(add(anchors, &sub, true, &(struct crl_request){ 0 }), 0);
		assert_int_equal(add(anchors, &root, true, &first), 0);
		assert_int_equal(judge_at(anchors, PKI_NOW_SEC), REASON_ADMITTED);
		assert_int_equal(add(anchors, &root, true, &second), successions[i].r);
		assert_int_equal(judge_at(anchors, PKI_NOW_SEC),
				 successions[i].is_second_held ? REASON_DEVICE_REVOKED : REASON_ADMITTED);
		anchors_free(anchors);
	}
}

static uint32_t count_lifted(const struct pki_node *const before[2], const struct pki_node *const after[2])
{
	size_t n_before, n_after;
	_cleanup_free_ uint8_t *former =
		pki_crl(&root, &(struct crl_request){ .revoked = { before[0], before[1] } }, &n_before);
	_cleanup_free_ uint8_t *crl =
		pki_crl(&root, &(struct crl_request){ .revoked = { after[0], after[1] } }, &n_after);
	uint32_t n = 99;

	assert_int_equal(crl_lifted(bytes_of(former, n_before), bytes_of(crl, n_after), &n), 0);
	assert_int_equal(crl_lifted(bytes_of(former, n_before), bytes_of(crl, n_after - 1), &(uint32_t){ 0 }),
			 -EBADMSG);
	ERR_clear_error();
	return n;
}

static void test_lifted(void **state)
{
	const struct pki_node *const both[] = { &sub, &impostor }, *const one[] = { &impostor, NULL },
				     *const none[] = { NULL, NULL };

	(void)state;
	assert_int_equal(count_lifted(both, both), 0);
	assert_int_equal(count_lifted(both, one), 1);
	assert_int_equal(count_lifted(both, none), 2);
	assert_int_equal(count_lifted(none, none), 0);
	assert_int_equal(count_lifted(one, both), 0);
}

/* Whole: what the former had revoked and the new one has not is not revoked, and the number of lists does not grow. */
static void test_replaced_whole(void **state)
{
	struct anchors *anchors = trusting(&root);
	char time[] = "20270101000000Z";

	(void)state;
	assert_int_equal(add(anchors, &sub, true, &(struct crl_request){ 0 }), 0);
	assert_int_equal(add(anchors, &root, true, &(struct crl_request){ .revoked = { &sub } }), 0);
	assert_int_equal(judge_at(anchors, PKI_NOW_SEC), REASON_DEVICE_REVOKED);
	for (int i = 1; i <= CRLS_MAX + 1; i++) {
		(void)snprintf(time, sizeof(time), "2027010100%02d%02dZ", i / 60, i % 60);
		assert_int_equal(add(anchors, &root, true, &(struct crl_request){ .this_update = time }), 0);
		assert_int_equal(judge_at(anchors, PKI_NOW_SEC), REASON_ADMITTED);
	}
	anchors_free(anchors);
}

/* The same list again, be it in PEM or DER, is no other; its mark says what it is. */
static void test_same_again(void **state)
{
	struct anchors *anchors = trusting(&root);
	struct crl_request request = { .number = 7 };
	struct set_mark marks[2], unbound;
	size_t n;
	_cleanup_free_ uint8_t *crl = pki_crl(&root, &request, &n), *of_sub = NULL;

	(void)state;
	for (int i = 0; i < 2 * CRLS_MAX; i++)
		assert_int_equal(anchors_add_crl(anchors, bytes_of(crl, n), true, &marks[i % 2]), 0);
	assert_memory_equal(marks[0].hash, marks[1].hash, SHA256_LEN);
	assert_int_equal(marks[0].kind, SET_CRL);
	assert_true(marks[0].sequence == 7 && marks[0].issued_sec == PKI_CRL_LATER_SEC - 31 * 86400);
	assert_true(marks[0].until_sec == PKI_CRL_LATER_SEC);
	assert_memory_equal(marks[0].identity, "crl CN=Vendor%20Root%20CA ", 26);
	assert_true(anchors_vouch_for_crl(anchors, &marks[0]));

	of_sub = pki_crl(&sub, &request, &n);
	assert_int_equal(anchors_add_crl(anchors, bytes_of(of_sub, n), true, &unbound), 0);
	assert_string_equal(unbound.identity, "crl CN=Vendor%20Sub%20CA");
	assert_false(anchors_vouch_for_crl(anchors, &unbound));
	anchors_free(anchors);
}

static void test_pem_is_der(void **state)
{
	struct anchors *anchors = trusting(&root);
	size_t n;
	_cleanup_free_ uint8_t *pem = pki_crl(&root, &(struct crl_request){ .as_pem = true }, &n), *der = NULL;
	BIO *bio = BIO_new_mem_buf(pem, (int)n);
	X509_CRL *crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL);
	int n_der = i2d_X509_CRL(crl, &der);

	(void)state;
	assert_true(n_der > 0);
	assert_int_equal(anchors_add_crl(anchors, bytes_of(pem, n), true, NULL), 0);
	assert_int_equal(anchors_add_crl(anchors, bytes_of(der, (size_t)n_der), true, NULL), 0);
	X509_CRL_free(crl);
	BIO_free(bio);
	anchors_free(anchors);
}

static void test_numbers(void **state)
{
	static const struct {
		const char *hex; /* of the extension's value, DER */
		int r;
		uint64_t sequence;
	} numbers[] = {
		{ "020100", 0, 0 },
		{ "02017f", 0, 127 },
		{ "020900ffffffffffffffff", 0, UINT64_MAX },
		{ "0209010000000000000000", 0, UINT64_MAX },
		{ "021401ffffffffffffffffffffffffffffffffffffff", 0, UINT64_MAX },
		{ "0201ff", 0, 0 },
		{ "0400", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct anchors *anchors = trusting(&root);
		size_t n;
		_cleanup_free_ uint8_t *crl = pki_crl(&root, &(struct crl_request){ .number_hex = numbers[i].hex }, &n);
		struct set_mark mark = { 0 };

		assert_int_equal(anchors_add_crl(anchors, bytes_of(crl, n), true, &mark), numbers[i].r);
		assert_true(mark.sequence == numbers[i].sequence);
		anchors_free(anchors);
	}
}

/* Of this process alone: what else the machine does takes none of it. */
static uint64_t cpu_nsec(void)
{
	struct timespec t;

	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t), 0);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* 90,000 entries: they are gone through once, and then a device is looked up in far less time than that takes. */
static void test_long_list(void **state)
{
	struct anchors *anchors = trusting(&root);
	uint64_t from, first, others;

	(void)state;
	assert_int_equal(add(anchors, &root, true, &(struct crl_request){ 0 }), 0);
	assert_int_equal(add(anchors, &sub, true, &(struct crl_request){ .more = 90000, .revoked = { &device } }), 0);
	from = cpu_nsec();
	assert_int_equal(judge_at(anchors, PKI_NOW_SEC), REASON_DEVICE_REVOKED); /* verifies and sorts */
	first = cpu_nsec() - from;
	from = cpu_nsec();
	for (int i = 0; i < 5; i++)
		assert_int_equal(judge_at(anchors, PKI_NOW_SEC), REASON_DEVICE_REVOKED);
	others = cpu_nsec() - from;
	print_message("    the first path %" PRIu64 " us, each of the others %" PRIu64 " us\n", first / 1000,
		      others / 5000);
	assert_true(others < first);
	anchors_free(anchors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_scopes),
		cmocka_unit_test(test_future),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_words_of_limits),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_two_in_one_file),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_what_is_behind),
		cmocka_unit_test(test_namesakes),
		cmocka_unit_test(test_configured_namesakes),
		cmocka_unit_test(test_an_anchor_that_another_revokes),
		cmocka_unit_test(test_key_usage),
		cmocka_unit_test(test_without_anchor),
		cmocka_unit_test(test_succession),
		cmocka_unit_test(test_replaced_whole),
		cmocka_unit_test(test_same_again),
		cmocka_unit_test(test_pem_is_der),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_long_list),
		cmocka_unit_test(test_lifted),
	};

	return cmocka_run_group_tests(tests, make_world, free_world);
}
