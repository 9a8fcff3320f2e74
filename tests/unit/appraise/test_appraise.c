/* SPDX-License-Identifier: Apache-2.0 */
/* links: decide appraise identity token base */
/*
 * The table of checks: a situation in which all pass, and for each thing that can be wrong a copy
 * of it in which only that is. What rests on the failed check must say so; every other check must
 * still pass.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <openssl/evp.h>

#include "appraise/appraise.h"
#include "appraise/expiry.h"
#include "appraise/facts.h"
#include "appraise/labels.h"
#include "appraise/news.h"
#include "base/check.h"
#include "base/check_result.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/digest.h"
#include "decide/restate.h"
#include "hallmark/check.h"
#include "hallmark/reason.h"
#include "identity/identity.h"
#include "pki_crl.h"
#include "token/cose.h"
#include "token/evidence.h"
#include "token/submission.h"

#define NOW  INT64_C(1800000000) /* PKI_NOW_SEC */
#define YEAR (365 * 86400)

static const uint8_t ueid[] = { 1, 0xA0, 0xB1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
#define UEID_HEX "01a0b1030405060708090a0b0c0d0e0f10"
static const uint8_t channel_value[HALLMARK_HANDLE_LEN] = { 0xC0, 1 };
static const uint8_t empty_context_value[HALLMARK_HANDLE_LEN] = { 0xC0, 2 };
static const uint8_t nonce[HALLMARK_HANDLE_LEN] = { 0x0e, 2 };
static const uint8_t nonce_of_other[HALLMARK_HANDLE_LEN] = { 0x0e, 3 };

/* Made once: keys are dear. */
static struct {
	struct pki_node root, sub, other; /* a vendor's; another vendor's */
	struct pki_node device;           /* under sub */
	struct pki_node stranger;         /* of the other vendor, same names */
	struct pki_node sibling;          /* another device of the vendor */
	struct pki_node alias;            /* a further key of the device, under sub: the same serial number */
	struct pki_node nameless;         /* another one, whose certificate names no device */
	struct pki_node renewed;          /* the device's own key in another certificate, that names no device */
	EVP_PKEY *kisa, *csa, *nobody;    /* keys of issuers, and one that is not */
	EVP_PKEY *edward;                 /* Ed25519 */
} world;

/* All that an appraisal depends on; a case changes some of it. */
struct situation {
	const struct pki_node *chain[HALLMARK_CHAIN_MAX + 1];
	const struct pki_node *anchor; /* configured, or NULL */
	struct channel channel;
	struct evidence evidence;
	EVP_PKEY *evidence_key;
	struct bytes x5t, x5chain[2];
	struct label label;
	struct label_class classes[2];
	EVP_PKEY *label_key;
	bool no_label;                        /* none is sent */
	bool register_too;                    /* the label is in a register */
	struct bytes raw_evidence, raw_label; /* instead of signed ones */
	int64_t now_sec, register_exp_sec;
	const char *schemes, *makers; /* that KISA may speak for; makers NULL: none are named */
	struct {
		const struct pki_node *ca; /* NULL: there is none */
		struct crl_request request;
	} crls[3];
	/*
	 * Edits of the signed tokens: the first occurrence of `from` becomes `to`, of the same
	 * length.
	 */
	struct edit {
		struct bytes from, to;
	} edit_evidence, edit_label;
};

#define TEXT(s) bytes_of((s), sizeof(s) - 1)

static struct situation good_situation(void)
{
	struct situation s = {
		.chain = {&world.device, &world.sub},
		.anchor = &world.root,
		.channel = {.possession = true, .channel_good = true},
		.evidence =
			{
				.nonces = {BYTES(channel_value)},
				.n_nonces = 1,
				.ueid = BYTES(ueid),
				.product = {.maker = "pen:32473",
					    .model = "WP-100",
					    .hwversion = "B",
					    .swname = "wallpad",
					    .swversion = "1.2.3",
					    .swversion_scheme = VERSION_MULTIPARTNUMERIC},
				.debug = DEBUG_DISABLED_PERMANENTLY,
			},
		.evidence_key = world.device.key,
		.label =
			{
				.issuer = "KISA",
				.number = "KISA-2026-0001",
				.scheme = "KR-CIC",
				.level = 2,
				.basis = HALLMARK_BASIS_TESTED,
				.category = "wall-pad",
				.field = "housing",
				.nbf_sec = NOW - YEAR,
				.exp_sec = NOW + YEAR,
				.iat_sec = NOW - YEAR,
				.n_classes = 1,
				.n_anchors = 1,
			},
		.classes = {{.product = {.maker = "pen:32473", .model = "WP-100"},
			     .version_from = "1.2",
			     .version_to = "1.9",
			     .version_scheme = VERSION_MULTIPARTNUMERIC}},
		.label_key = world.kisa,
		.now_sec = NOW,
		.register_exp_sec = NOW + YEAR,
		.schemes = "KR-CIC, EU-EUCC",
	};

	memcpy(s.channel.channel_value, channel_value, sizeof(channel_value));
	memcpy(s.channel.empty_context_value, empty_context_value, sizeof(empty_context_value));
	assert_int_equal(digest_sha256(pki_der(&world.sub), s.label.anchors[0]), 0);
	return s;
}

static int make_world(void **state)
{
	const struct pki_request device = { .serial = UEID_HEX,
					    .hw_type = "1.3.6.1.4.1.32473.7",
					    .hw_serial = BYTES(ueid),
					    .mud_url = "https://example.com/wp" };
	const struct pki_request sibling = { .serial = "01ff" };

	(void)state;
	world.root = pki_issue(NULL, &(struct pki_request){ .name = "Vendor Root CA", .ca = true });
	world.sub = pki_issue(&world.root, &(struct pki_request){ .name = "Vendor Sub CA", .ca = true });
	world.other = pki_issue(NULL, &(struct pki_request){ .name = "Other Vendor CA", .ca = true });
	world.device = pki_issue(&world.sub, &device);
	world.stranger = pki_issue(&world.other, &device);
	world.sibling = pki_issue(&world.sub, &sibling);
	world.alias =
		pki_issue(&world.sub,
			  &(struct pki_request){ .name = "alias", .serial = UEID_HEX, .not_after = "20280101000000Z" });
	world.nameless = pki_issue(&world.sub, &(struct pki_request){ .name = "alias" });
	world.renewed = pki_issue(&world.sub, &(struct pki_request){ .name = "renewed", .use_key = world.device.key });
	world.kisa = pki_key_new(PKI_P256);
	world.csa = pki_key_new(PKI_P384);
	world.nobody = pki_key_new(PKI_P256);
	world.edward = pki_key_new(PKI_ED25519);
	return 0;
}

static int free_world(void **state)
{
	(void)state;
	pki_done(&world.root);
	pki_done(&world.sub);
	pki_done(&world.other);
	pki_done(&world.device);
	pki_done(&world.stranger);
	pki_done(&world.sibling);
	pki_done(&world.alias);
	pki_done(&world.nameless);
	pki_done(&world.renewed);
	EVP_PKEY_free(world.kisa);
	EVP_PKEY_free(world.csa);
	EVP_PKEY_free(world.nobody);
	EVP_PKEY_free(world.edward);
	return 0;
}

/* --- From a situation to facts --- */

static void apply(const struct edit *edit, struct writer *w)
{
	if (edit->from.n == 0)
		return;

	uint8_t *at = memmem(w->p, w->n, edit->from.p, edit->from.n);

	assert_non_null(at);
	assert_int_equal(edit->from.n, edit->to.n);
	memcpy(at, edit->to.p, edit->to.n);
}

static struct bytes sign_evidence(const struct situation *s, struct writer *w)
{
	struct sign1_header header = { .x5t = s->x5t, .x5chain = s->x5chain };

	while (header.n_x5chain < ARRAY_SIZE(s->x5chain) && s->x5chain[header.n_x5chain].n > 0)
		header.n_x5chain++;
	assert_int_equal(evidence_sign(&s->evidence, &header, s->evidence_key, w), 0);
	apply(&s->edit_evidence, w);
	return s->raw_evidence.n > 0 ? s->raw_evidence : writer_bytes(w);
}

static struct label label_of(const struct situation *s)
{
	struct label label = s->label;

	label.classes = (struct label_class *)(uintptr_t)s->classes;
	return label;
}

static struct bytes sign_label(const struct situation *s, struct writer *w)
{
	const struct label label = label_of(s);

	assert_int_equal(label_sign(&label, s->label_key, w), 0);
	apply(&s->edit_label, w);
	return s->raw_label.n > 0 ? s->raw_label : writer_bytes(w);
}

static void add_issuer(struct trust *trust, const char *name, const char *schemes, EVP_PKEY *key)
{
	_cleanup_free_ char *pem = pki_public_pem(key);

	assert_int_equal(trust_add_issuer(trust, name, schemes, bytes_of_string(pem)), 0);
}

static enum hallmark_reason add_register(struct trust *trust, const struct label *labels, size_t n,
					 const struct label_register *like, EVP_PKEY *key)
{
	static uint8_t signed_register[1 << 20];
	struct writer w = WRITER(signed_register);
	struct label_register reg = *like;
	enum hallmark_reason reason = REASON_INTERNAL;

	reg.labels = (struct label *)(uintptr_t)labels;
	reg.n_labels = n;
	assert_int_equal(label_register_sign(&reg, key, &w), 0);
	assert_int_equal(trust_add_register(trust, writer_bytes(&w), NOW, NULL, &reason), 0);
	return reason;
}

static struct trust *trust_of(const struct situation *s)
{
	struct trust *trust = trust_new();

	assert_non_null(trust);
	if (s->anchor) {
		_cleanup_free_ char *pem = pki_certificate_pem(s->anchor);

		assert_int_equal(anchors_add(trust->anchors, "vendor", bytes_of_string(pem)), 1);
	}
	for (size_t i = 0; i < ARRAY_SIZE(s->crls) && s->crls[i].ca; i++) {
		size_t n;
		_cleanup_free_ uint8_t *crl = pki_crl(s->crls[i].ca, &s->crls[i].request, &n);

		assert_int_equal(anchors_add_crl(trust->anchors, bytes_of(crl, n), true, NULL), 0);
	}
	add_issuer(trust, "KISA", s->schemes, world.kisa);
	if (s->makers)
		assert_int_equal(trust_add_makers(trust, s->makers), 0);
	add_issuer(trust, "CSA", "SG-CLS", world.csa);
	if (s->register_too) {
		const struct label label = label_of(s);
		const struct label_register reg = {
			.issuer = "KISA", .iat_sec = NOW - 1, .exp_sec = s->register_exp_sec, .sequence = 1
		};

		assert_int_equal(add_register(trust, &label, 1, &reg, s->label_key), REASON_ADMITTED);
	}
	return trust;
}

static struct identity *identity_of(const struct situation *s, const struct trust *trust)
{
	struct bytes chain[HALLMARK_CHAIN_MAX];
	struct identity *id = NULL;
	size_t n = 0;

	for (; s->chain[n]; n++)
		chain[n] = pki_der(s->chain[n]);
	assert_int_equal(identity_verify(chain, n, trust->anchors, s->now_sec, &id), 0);
	return id;
}

/* What goes on to the policy when it is the first four of them. */
static int settled(const struct identity *id, const struct channel *channel, const struct submission *submission,
		   const struct trust *trust, int64_t now_sec, struct facts *ret)
{
	struct appraisal a = { 0 };
	int r = appraise(id, channel, submission, trust, now_sec, &a);

	*ret = a.facts;
	for (size_t i = 0; i < a.n_labels && i < HALLMARK_LABELS_MAX; i++)
		ret->labels[ret->n_labels++] = a.labels[i].facts;
	appraisal_done(&a);
	return r;
}

static void appraise_with(const struct situation *s, const struct trust *trust, struct facts *ret)
{
	uint8_t evidence[HALLMARK_TOKEN_MAX], label[HALLMARK_TOKEN_MAX];
	struct writer evidence_writer = WRITER(evidence), label_writer = WRITER(label);
	struct submission submission = { .evidence = sign_evidence(s, &evidence_writer) };
	struct identity *id = identity_of(s, trust);

	if (!s->no_label)
		submission.labels[submission.n_labels++] = sign_label(s, &label_writer);
	memset(ret, 0xff, sizeof(*ret));
	assert_int_equal(settled(id, &s->channel, &submission, trust, s->now_sec, ret), 0);
	identity_free(id);
}

static void appraise_situation(const struct situation *s, struct facts *ret)
{
	struct trust *trust = trust_of(s);

	appraise_with(s, trust, ret);
	trust_free(trust);
}

/* --- What is expected --- */

/* Checks that cannot be made when the first one fails. */
static uint32_t rests_on(enum hallmark_check check)
{
	switch (check) {
	case CHECK_EVIDENCE_SIGNATURE:
		return CHECK_BIT(CHECK_FRESHNESS) | CHECK_BIT(CHECK_SAME_DEVICE) | CHECK_BIT(CHECK_DEBUG) |
		       CHECK_BIT(CHECK_LABEL_CLASS);
	case CHECK_LABEL_SIGNATURE:
		return CHECK_BIT(CHECK_LABEL_CLASS) | CHECK_BIT(CHECK_LABEL_ANCHOR) | CHECK_BIT(CHECK_LABEL_VALIDITY) |
		       CHECK_BIT(CHECK_LABEL_STATUS);
	default:
		return 0;
	}
}

static struct check_result expected(enum hallmark_check check, enum hallmark_reason reason)
{
	enum hallmark_check failed = (enum hallmark_check)REASON_CHECK(reason);

	if (check == failed)
		return check_failed(reason);
	if (rests_on(failed) & CHECK_BIT(check))
		return check_failed(REASON_NOT_EVALUATED);
	switch (check) {
	case CHECK_DEVICE_REVOCATION:
		return check_absent(REASON_NO_CRL);
	case CHECK_FIRMWARE:
		return check_absent(REASON_NO_REFERENCE);
	case CHECK_LABEL_STATUS:
		return check_absent(REASON_NO_STATUS);
	default:
		return check_passed();
	}
}

static void assert_checks(const struct check_result *checks, unsigned first, unsigned last, enum hallmark_reason reason)
{
	for (unsigned i = first; i <= last; i++) {
		struct check_result e = expected(i, reason);

		if (checks[i].state != e.state || checks[i].reason != e.reason)
			fail_msg("%s: state %d for %s, expected %d for %s", check_name(i), checks[i].state,
				 reason_name(checks[i].reason), e.state, reason_name(e.reason));
	}
}

/*
 * Only the check that the reason belongs to failed, and what rests on it (REASON_ADMITTED: none).
 */
static void assert_only(const struct facts *f, enum hallmark_reason reason)
{
	assert_checks(f->checks, CHECK_POSSESSION, CHECK_FIRMWARE, reason);
	assert_int_equal(f->n_labels, 1);
	assert_checks(f->labels[0].checks, CHECK_LABEL_SIGNATURE, CHECK_LABEL_STATUS, reason);
}

/* --- The cases --- */

#define CASE(name) static void name(struct situation *s)

CASE(nothing)
{
	(void)s;
}
CASE(no_possession)
{
	s->channel.possession = false;
}

CASE(unanchored)
{
	s->anchor = &world.other;
	memset(s->label.anchors[0], 1, SHA256_LEN);
}

CASE(label_vouches)
{
	s->anchor = NULL;
}
CASE(label_vouches_for_its_root)
{
	s->anchor = NULL;
	s->chain[2] = &world.root;
	assert_int_equal(digest_sha256(pki_der(&world.root), s->label.anchors[0]), 0);
}

CASE(evidence_is_garbage)
{
	s->raw_evidence = TEXT("evidence");
}
CASE(evidence_is_a_label)
{
	static uint8_t token[HALLMARK_TOKEN_MAX];
	struct writer w = WRITER(token);

	s->raw_evidence = sign_label(s, &w);
}
CASE(evidence_of_other_profile)
{
	s->edit_evidence = (struct edit){ TEXT("evidence#1"), TEXT("evidence#2") };
}
CASE(evidence_claims_no_ueid)
{
	s->edit_evidence = (struct edit){ BYTES(ueid), TEXT("\x09\xA0\xB1\3\4\5\6\7\10\11\12\13\14\15\16\17\20") };
}
CASE(evidence_with_time)
{
	s->evidence.iat_sec = NOW;
}
CASE(evidence_with_time_as_float)
{
	s->evidence.iat_sec = NOW;
	s->edit_evidence = (struct edit){ TEXT("\6\x1a"), TEXT("\6\xfa") };
}
CASE(evidence_of_other_algorithm)
{
	s->evidence_key = world.edward;
}
CASE(evidence_of_other_key)
{
	s->evidence_key = world.nobody;
}
CASE(evidence_altered)
{
	s->edit_evidence = (struct edit){ TEXT("WP-100"), TEXT("WP-101") };
}
CASE(evidence_of_the_certificates_hash)
{
	static uint8_t hash[SHA256_LEN];

	assert_int_equal(digest_sha256(pki_der(&world.device), hash), 0);
	s->x5t = BYTES(hash);
}
CASE(evidence_of_another_certificates_hash)
{
	static uint8_t hash[SHA256_LEN];

	s->x5t = BYTES(hash);
}
CASE(evidence_with_own_chain)
{
	s->x5chain[0] = pki_der(&world.device);
}
static void name_session_key(struct situation *s, EVP_PKEY *key)
{
	static uint8_t thumbprint[SHA256_LEN];

	assert_int_equal(key_thumbprint(key, thumbprint), 0);
	s->evidence.session_key = BYTES(thumbprint);
}
CASE(evidence_naming_its_own_key)
{
	name_session_key(s, world.device.key);
}
CASE(evidence_naming_another_key)
{
	name_session_key(s, world.alias.key);
}
static void sign_with(struct situation *s, const struct pki_node *node)
{
	s->evidence_key = node->key;
	s->x5chain[0] = pki_der(node);
	s->x5chain[1] = pki_der(&world.sub);
}
CASE(evidence_of_alias)
{
	sign_with(s, &world.alias);
	name_session_key(s, world.device.key);
}
CASE(evidence_of_alias_for_no_key)
{
	sign_with(s, &world.alias);
}
CASE(evidence_of_alias_for_itself)
{
	sign_with(s, &world.alias);
	name_session_key(s, world.alias.key);
}
CASE(evidence_of_alias_for_a_sibling)
{
	sign_with(s, &world.alias);
	name_session_key(s, world.sibling.key);
}
CASE(evidence_of_a_sibling)
{
	sign_with(s, &world.sibling);
	name_session_key(s, world.device.key);
}
CASE(evidence_of_a_nameless_key)
{
	sign_with(s, &world.nameless);
	name_session_key(s, world.device.key);
}
CASE(evidence_of_the_renewed_certificate)
{
	sign_with(s, &world.renewed);
}
CASE(evidence_of_alias_unanchored)
{
	evidence_of_alias(s);
	s->anchor = NULL;
}
CASE(evidence_of_alias_by_other_key)
{
	evidence_of_alias(s);
	s->evidence_key = world.nobody;
}
CASE(evidence_of_other_vendor)
{
	s->evidence_key = world.stranger.key;
	s->x5chain[0] = pki_der(&world.stranger);
	s->x5chain[1] = pki_der(&world.other);
	name_session_key(s, world.device.key);
}
CASE(evidence_with_lone_leaf)
{
	evidence_of_alias(s);
	s->x5chain[1] = (struct bytes){ 0 };
}
CASE(evidence_with_broken_chain)
{
	evidence_of_alias(s);
	s->x5chain[0] = TEXT("certificate");
}
CASE(evidence_of_a_ca)
{
	s->evidence_key = world.sub.key;
	s->x5chain[0] = pki_der(&world.sub);
	s->x5chain[1] = pki_der(&world.root);
}

CASE(channel_spent)
{
	s->channel.channel_good = false;
}
CASE(channel_spent_and_nonce_unused)
{
	channel_spent(s);
	s->channel.nonce_issued = s->channel.nonce_good = true; /* fetched, but not sent */
}
CASE(replayed_from_another_session)
{
	s->channel.channel_value[5] ^= 1;
}
CASE(unknown_nonce)
{
	s->channel.nonce_issued = s->channel.nonce_good = true;
	memcpy(s->channel.nonce, nonce, sizeof(nonce));
	s->evidence.nonces[0] = BYTES(nonce_of_other);
}
CASE(fresh_nonce)
{
	unknown_nonce(s);
	s->evidence.nonces[0] = BYTES(nonce);
	s->channel.channel_good = false;
}
CASE(nonce_expired)
{
	fresh_nonce(s);
	s->channel.nonce_good = false;
}
CASE(both_handles)
{
	fresh_nonce(s);
	s->evidence.nonces[1] = BYTES(channel_value);
	s->evidence.n_nonces = 2;
}
CASE(channel_beside_old_nonce)
{
	both_handles(s);
	s->channel.nonce_good = false;
	s->channel.channel_good = true;
}
CASE(both_handles_too_old)
{
	both_handles(s);
	s->channel.nonce_good = false;
}
CASE(good_beside_unknown)
{
	s->evidence.nonces[1] = BYTES(nonce);
	s->evidence.n_nonces = 2;
}
CASE(exported_with_empty_context)
{
	s->evidence.nonces[0] = BYTES(empty_context_value);
}
CASE(short_handle)
{
	s->evidence.nonces[0] = bytes_of(channel_value, HALLMARK_HANDLE_LEN - 1);
}
CASE(zeros_for_no_nonce)
{
	static const uint8_t zeros[HALLMARK_HANDLE_LEN];

	s->channel.nonce_good = true; /* but none was issued */
	s->evidence.nonces[0] = BYTES(zeros);
}

CASE(other_ueid)
{
	static const uint8_t other[sizeof(ueid)] = { 1, 0xA0, 0xB1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17 };

	s->evidence.ueid = BYTES(other);
}
CASE(longer_ueid)
{
	static const uint8_t other[sizeof(ueid) + 1] = {
		1, 0xA0, 0xB1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
	};

	s->evidence.ueid = BYTES(other);
}
static void take_device(struct situation *s, const struct pki_request *request)
{
	static struct pki_node device;

	pki_done(&device);
	if (!request)
		return;
	device = pki_issue(&world.sub, request);
	s->chain[0] = &device;
	s->evidence_key = device.key;
}
CASE(upper_case_serial)
{
	take_device(s, &(struct pki_request){ .serial = "01A0B1030405060708090A0B0C0D0E0F10" });
}
CASE(serial_only_in_hardware_name)
{
	take_device(s, &(struct pki_request){ .hw_type = "1.2.3", .hw_serial = BYTES(ueid) });
}
CASE(one_serial_differs)
{
	take_device(s,
		    &(struct pki_request){ .serial = UEID_HEX, .hw_type = "1.2.3", .hw_serial = bytes_of(ueid, 16) });
}
CASE(serial_is_a_prefix)
{
	take_device(s, &(struct pki_request){ .serial = "01a0b10304050607" });
}
CASE(no_serial)
{
	take_device(s, &(struct pki_request){ 0 });
}
CASE(other_maker)
{
	take_device(s, &(struct pki_request){ .hw_type = "1.3.6.1.4.1.3247.3", .hw_serial = BYTES(ueid) });
}
CASE(longer_maker)
{
	take_device(s, &(struct pki_request){ .hw_type = "1.3.6.1.4.1.324731.3", .hw_serial = BYTES(ueid) });
}
CASE(maker_by_other_register)
{
	s->evidence.product = (struct product){ .maker = "ieee:acde48",
						.model = "WP-100",
						.swversion = "1.2.3",
						.swversion_scheme = VERSION_MULTIPARTNUMERIC };
	(void)snprintf(s->classes[0].product.maker, sizeof(s->classes[0].product.maker), "ieee:acde48");
}
CASE(debug_enabled)
{
	s->evidence.debug = DEBUG_ENABLED;
}
CASE(debug_disabled)
{
	s->evidence.debug = DEBUG_DISABLED;
}

CASE(label_is_garbage)
{
	s->raw_label = TEXT("label");
}
CASE(label_is_evidence)
{
	static uint8_t token[HALLMARK_TOKEN_MAX];
	struct writer w = WRITER(token);

	s->raw_label = sign_evidence(s, &w);
}
CASE(label_of_other_profile)
{
	s->edit_label = (struct edit){ TEXT("label#1"), TEXT("label#9") };
}
CASE(label_with_control_character)
{
	s->edit_label = (struct edit){ TEXT("KR-CIC"), TEXT("KR\nCIC") };
}
CASE(label_with_time_as_float)
{
	s->edit_label = (struct edit){ TEXT("\6\x1a"), TEXT("\6\xfa") };
}
CASE(label_of_nobody)
{
	s->label_key = world.nobody;
}
CASE(label_in_anothers_name)
{
	s->label_key = world.csa;
}
CASE(label_of_other_algorithm)
{
	s->edit_label = (struct edit){ TEXT("\x01\x28\x04"), TEXT("\x01\x27\x04") };
}
CASE(label_altered)
{
	s->edit_label = (struct edit){ TEXT("KISA-2026-0001"), TEXT("KISA-2026-0002") };
}
CASE(label_beyond_its_schemes)
{
	(void)snprintf(s->label.scheme, sizeof(s->label.scheme), "SG-CLS");
}
CASE(issuer_of_second_scheme)
{
	(void)snprintf(s->label.scheme, sizeof(s->label.scheme), "EU-EUCC");
}
CASE(issuer_of_this_maker)
{
	s->makers = "pen:1, pen:32473";
}
CASE(issuer_of_another_maker)
{
	s->makers = "pen:1, pen:3247";
}
static void two_makers(struct situation *s)
{
	s->classes[1] = (struct label_class){ .product = { .maker = "pen:32474", .model = "WP-100" } };
	s->label.n_classes = 2;
}
CASE(issuer_of_both_makers)
{
	two_makers(s);
	s->makers = "pen:32473, pen:32474";
}
CASE(issuer_of_one_maker_of_two)
{
	two_makers(s);
	s->makers = "pen:32473";
}
CASE(issuer_of_a_prefix)
{
	s->schemes = "KR-CI, KR-CIC2";
}
CASE(issuer_of_nothing)
{
	s->schemes = "";
}

static void set_text(char *text, const char *value)
{
	(void)snprintf(text, 33, "%s", value);
}

static void set_model(struct situation *s, const char *model)
{
	(void)snprintf(s->classes[0].product.model, sizeof(s->classes[0].product.model), "%s", model);
}
CASE(class_of_other_maker)
{
	(void)snprintf(s->classes[0].product.maker, sizeof(s->classes[0].product.maker), "pen:32474");
}
CASE(class_of_prefix)
{
	set_model(s, "WP-10");
}
CASE(class_of_longer_model)
{
	set_model(s, "WP-1000");
}
CASE(class_in_lower_case)
{
	set_model(s, "wp-100");
}
CASE(class_names_hardware)
{
	(void)snprintf(s->classes[0].product.hwversion, 33, "B");
}
CASE(class_names_other_hardware)
{
	(void)snprintf(s->classes[0].product.hwversion, 33, "C");
}
CASE(class_names_software)
{
	(void)snprintf(s->classes[0].product.swname, 65, "wallpad");
}
CASE(class_names_other_software)
{
	(void)snprintf(s->classes[0].product.swname, 65, "wallpad2");
}
CASE(second_class)
{
	s->classes[1] = s->classes[0];
	s->label.n_classes = 2;
	set_model(s, "WP-99");
}

static void set_version(struct situation *s, const char *version, enum version_scheme scheme)
{
	(void)snprintf(s->evidence.product.swversion, sizeof(s->evidence.product.swversion), "%s", version);
	s->evidence.product.swversion_scheme = scheme;
}
CASE(version_first)
{
	set_version(s, "1.2", VERSION_MULTIPARTNUMERIC);
}
CASE(version_before_first)
{
	set_version(s, "1.1.99", VERSION_MULTIPARTNUMERIC);
}
CASE(version_last)
{
	set_version(s, "1.9", VERSION_MULTIPARTNUMERIC);
}
CASE(version_past_last)
{
	set_version(s, "1.9.0", VERSION_MULTIPARTNUMERIC);
}
CASE(version_by_digits)
{
	set_version(s, "1.10", VERSION_MULTIPARTNUMERIC);
}
CASE(version_of_other_scheme)
{
	set_version(s, "1.2.3", VERSION_SEMVER);
}
CASE(version_of_no_form)
{
	set_version(s, "1.2.x", VERSION_MULTIPARTNUMERIC);
}
static void set_names_of_versions(struct situation *s, const char *from, const char *to)
{
	(void)snprintf(s->classes[0].version_from, 33, "%s", from);
	(void)snprintf(s->classes[0].version_to, 33, "%s", to);
	s->classes[0].version_scheme = VERSION_ALPHANUMERIC;
	set_version(s, "V1.5", VERSION_ALPHANUMERIC);
}
CASE(version_without_order_equal)
{
	set_names_of_versions(s, "V1.5", "V1.5");
}
CASE(version_without_order_at_end)
{
	set_names_of_versions(s, "V1.0", "V1.5");
}
CASE(version_without_order_between)
{
	set_names_of_versions(s, "V1.0", "V2.0");
}
/* An end that has no place in the order bounds nothing: the other end is then the one version that fits. */
CASE(version_at_the_only_end_of_form)
{
	set_text(s->classes[0].version_to, "1.x");
	set_version(s, "1.2", VERSION_MULTIPARTNUMERIC);
}
CASE(version_past_the_only_end_of_form)
{
	set_text(s->classes[0].version_to, "1.x");
}
CASE(version_at_the_only_last_of_form)
{
	set_text(s->classes[0].version_from, "x");
	set_version(s, "1.9", VERSION_MULTIPARTNUMERIC);
}
CASE(version_before_the_only_last_of_form)
{
	set_text(s->classes[0].version_from, "x");
}
CASE(anchor_of_other_maker)
{
	assert_int_equal(digest_sha256(pki_der(&world.other), s->label.anchors[0]), 0);
}
CASE(anchor_is_the_leaf)
{
	assert_int_equal(digest_sha256(pki_der(&world.device), s->label.anchors[0]), 0);
}
CASE(anchor_is_the_root)
{
	assert_int_equal(digest_sha256(pki_der(&world.root), s->label.anchors[0]), 0);
}
CASE(second_anchor)
{
	memcpy(s->label.anchors[1], s->label.anchors[0], SHA256_LEN);
	memset(s->label.anchors[0], 7, SHA256_LEN);
	s->label.n_anchors = 2;
}
CASE(label_begins_now)
{
	s->label.nbf_sec = NOW;
}
CASE(label_begins_in_a_minute)
{
	s->label.nbf_sec = NOW + 60;
}
CASE(label_begins_later)
{
	s->label.nbf_sec = NOW + 61;
}
CASE(label_ends_later)
{
	s->label.exp_sec = NOW + 1;
}
CASE(label_ends_now)
{
	s->label.exp_sec = NOW;
}
CASE(label_ends_as_it_begins)
{
	s->label.exp_sec = s->label.nbf_sec;
}

CASE(from_register)
{
	s->no_label = true;
	s->register_too = true;
}
CASE(register_ended)
{
	from_register(s);
	s->register_exp_sec = NOW + 1;
	s->now_sec = NOW + 1;
}
/* One per reason at least, and beside each the twin that passes. */
static const struct {
	const char *title;
	void (*change)(struct situation *s);
	enum hallmark_reason reason;
} cases[] = {
#define ROW(change, reason)                                                                                            \
	{                                                                                                              \
#change, change, REASON_##reason                                                                       \
	}
	ROW(nothing, ADMITTED),
	ROW(no_possession, NO_POSSESSION),
	ROW(label_vouches, ADMITTED),
	ROW(label_vouches_for_its_root, ADMITTED),
	ROW(evidence_is_garbage, EVIDENCE_MALFORMED),
	ROW(evidence_is_a_label, EVIDENCE_TYPE),
	ROW(evidence_of_other_profile, EVIDENCE_PROFILE),
	ROW(evidence_claims_no_ueid, EVIDENCE_CLAIMS),
	ROW(evidence_with_time, ADMITTED),
	ROW(evidence_with_time_as_float, EVIDENCE_TIME),
	ROW(evidence_of_other_algorithm, EVIDENCE_ALGORITHM),
	ROW(evidence_of_other_key, EVIDENCE_SIGNATURE),
	ROW(evidence_altered, EVIDENCE_SIGNATURE),
	ROW(evidence_of_the_certificates_hash, ADMITTED),
	ROW(evidence_of_another_certificates_hash, EVIDENCE_KEY),
	ROW(evidence_with_own_chain, ADMITTED),
	ROW(evidence_naming_its_own_key, ADMITTED),
	ROW(evidence_naming_another_key, EVIDENCE_KEY),
	ROW(evidence_of_alias, ADMITTED),
	ROW(evidence_of_alias_for_no_key, EVIDENCE_KEY),
	ROW(evidence_of_alias_for_itself, EVIDENCE_KEY),
	ROW(evidence_of_alias_for_a_sibling, EVIDENCE_KEY),
	ROW(evidence_of_a_sibling, EVIDENCE_KEY),
	ROW(evidence_of_a_nameless_key, EVIDENCE_KEY),
	ROW(evidence_of_the_renewed_certificate, ADMITTED),
	ROW(evidence_of_alias_unanchored, ADMITTED),
	ROW(evidence_of_alias_by_other_key, EVIDENCE_SIGNATURE),
	ROW(evidence_of_other_vendor, EVIDENCE_KEY),
	ROW(evidence_with_lone_leaf, EVIDENCE_KEY),
	ROW(evidence_with_broken_chain, EVIDENCE_KEY),
	ROW(evidence_of_a_ca, EVIDENCE_KEY),
	ROW(channel_spent, CHANNEL_SPENT),
	ROW(channel_spent_and_nonce_unused, CHANNEL_SPENT),
	ROW(replayed_from_another_session, NONCE_UNKNOWN),
	ROW(unknown_nonce, NONCE_UNKNOWN),
	ROW(fresh_nonce, ADMITTED),
	ROW(nonce_expired, NONCE_EXPIRED),
	ROW(both_handles, ADMITTED),
	ROW(channel_beside_old_nonce, ADMITTED),
	ROW(both_handles_too_old, NONCE_EXPIRED),
	ROW(good_beside_unknown, NONCE_UNKNOWN),
	ROW(exported_with_empty_context, EXPORTER_CONTEXT),
	ROW(short_handle, NONCE_UNKNOWN),
	ROW(zeros_for_no_nonce, NONCE_UNKNOWN),
	ROW(other_ueid, SERIAL_MISMATCH),
	ROW(longer_ueid, SERIAL_MISMATCH),
	ROW(upper_case_serial, ADMITTED),
	ROW(serial_only_in_hardware_name, ADMITTED),
	ROW(one_serial_differs, SERIAL_MISMATCH),
	ROW(serial_is_a_prefix, SERIAL_MISMATCH),
	ROW(no_serial, NO_SERIAL),
	ROW(other_maker, MAKER_MISMATCH),
	ROW(longer_maker, MAKER_MISMATCH),
	ROW(maker_by_other_register, ADMITTED),
	ROW(debug_enabled, DEBUG_ENABLED),
	ROW(debug_disabled, ADMITTED),
	ROW(label_is_garbage, LABEL_MALFORMED),
	ROW(label_is_evidence, LABEL_TYPE),
	ROW(label_of_other_profile, LABEL_PROFILE),
	ROW(label_with_control_character, LABEL_CLAIMS),
	ROW(label_with_time_as_float, LABEL_TIME),
	ROW(label_of_nobody, LABEL_SIGNER),
	ROW(label_in_anothers_name, LABEL_SIGNER),
	ROW(label_of_other_algorithm, LABEL_ALGORITHM),
	ROW(label_altered, LABEL_SIGNATURE),
	ROW(label_beyond_its_schemes, LABEL_ISSUER_SCHEME),
	ROW(issuer_of_second_scheme, ADMITTED),
	ROW(issuer_of_this_maker, ADMITTED),
	ROW(issuer_of_another_maker, LABEL_ISSUER_MAKER),
	ROW(issuer_of_both_makers, ADMITTED),
	ROW(issuer_of_one_maker_of_two, LABEL_ISSUER_MAKER),
	ROW(issuer_of_a_prefix, LABEL_ISSUER_SCHEME),
	ROW(issuer_of_nothing, LABEL_ISSUER_SCHEME),
	ROW(class_of_other_maker, CLASS_MISMATCH),
	ROW(class_of_prefix, CLASS_MISMATCH),
	ROW(class_of_longer_model, CLASS_MISMATCH),
	ROW(class_in_lower_case, CLASS_MISMATCH),
	ROW(class_names_hardware, ADMITTED),
	ROW(class_names_other_hardware, CLASS_MISMATCH),
	ROW(class_names_software, ADMITTED),
	ROW(class_names_other_software, CLASS_MISMATCH),
	ROW(second_class, ADMITTED),
	ROW(version_first, ADMITTED),
	ROW(version_before_first, CLASS_VERSION),
	ROW(version_last, ADMITTED),
	ROW(version_past_last, CLASS_VERSION),
	ROW(version_by_digits, CLASS_VERSION),
	ROW(version_of_other_scheme, CLASS_VERSION),
	ROW(version_of_no_form, CLASS_VERSION),
	ROW(version_without_order_equal, ADMITTED),
	ROW(version_without_order_at_end, ADMITTED),
	ROW(version_without_order_between, CLASS_VERSION),
	ROW(version_at_the_only_end_of_form, ADMITTED),
	ROW(version_past_the_only_end_of_form, CLASS_VERSION),
	ROW(version_at_the_only_last_of_form, ADMITTED),
	ROW(version_before_the_only_last_of_form, CLASS_VERSION),
	ROW(anchor_of_other_maker, ANCHOR_MISMATCH),
	ROW(anchor_is_the_leaf, ANCHOR_MISMATCH),
	ROW(anchor_is_the_root, ADMITTED),
	ROW(second_anchor, ADMITTED),
	ROW(label_begins_now, ADMITTED),
	ROW(label_begins_in_a_minute, ADMITTED),
	ROW(label_begins_later, LABEL_NOT_YET),
	ROW(label_ends_later, ADMITTED),
	ROW(label_ends_now, LABEL_EXPIRED),
	ROW(label_ends_as_it_begins, LABEL_ENDS_FIRST),
	ROW(from_register, ADMITTED),
	ROW(register_ended, LABEL_EXPIRED),
#undef ROW
};

static void test_cases(void **state)
{
	static struct facts facts;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct situation s = good_situation();

		print_message("    %s\n", cases[i].title);
		cases[i].change(&s);
		appraise_situation(&s, &facts);
		assert_only(&facts, cases[i].reason);
	}
	take_device(NULL, NULL);
}

/* Certificates broken alone; the session's other checks do not depend on them. */
static void test_certificate_and_chain(void **state)
{
	static const struct {
		struct pki_request request;
		enum hallmark_reason reason;
	} devices[] = {
		{ { .serial = UEID_HEX }, REASON_ADMITTED },
		{ { .serial = UEID_HEX, .not_after = "20270115080000Z" }, REASON_CERTIFICATE_DATE },
		{ { .serial = UEID_HEX, .key_usage = "keyAgreement" }, REASON_CERTIFICATE_KEY_USAGE },
		{ { .serial = UEID_HEX, .digest = "SHA1" }, REASON_CERTIFICATE_SIGNATURE },
		{ { .serial = UEID_HEX, .bad_signature = true }, REASON_CHAIN_BROKEN },
	};
	static struct facts facts;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		struct situation s = good_situation();

		take_device(&s, &devices[i].request);
		appraise_situation(&s, &facts);
		if (devices[i].reason != REASON_CHAIN_BROKEN) {
			assert_only(&facts, devices[i].reason);
			continue;
		}
		/* A path whose signatures do not verify has no CAs that a label could name. */
		assert_int_equal(facts.checks[CHECK_CHAIN].reason, REASON_CHAIN_BROKEN);
		assert_int_equal(facts.labels[0].checks[CHECK_LABEL_ANCHOR].reason, REASON_ANCHOR_MISMATCH);
	}
	take_device(NULL, NULL);
}

/* Check 4, and that a key whose own certificate is revoked signs no evidence; what a CRL is: test_crl. */
static void test_revocation(void **state)
{
	const struct {
		const struct pki_node *revoked;
		const char *next_update;
		bool by_alias;
		struct check_result result;
		enum hallmark_reason evidence;
	} lists[] = {
		{ &world.sibling, NULL, false, check_passed(), REASON_ADMITTED },
		{ &world.device, NULL, false, check_failed(REASON_DEVICE_REVOKED), REASON_ADMITTED },
		{ &world.sibling, "20270115080001Z", false, check_passed(), REASON_ADMITTED },
		{ &world.sibling, "20270115080000Z", false, check_failed(REASON_CRL_STALE), REASON_ADMITTED },
		{ &world.sibling, NULL, true, check_passed(), REASON_ADMITTED },
		{ &world.alias, NULL, true, check_passed(), REASON_EVIDENCE_KEY },
	};
	static struct facts f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		struct situation s = good_situation();

		s.crls[0].ca = &world.root;
		s.crls[1].ca = &world.sub;
		s.crls[1].request.revoked[0] = lists[i].revoked;
		s.crls[1].request.next_update = lists[i].next_update;
		if (lists[i].by_alias)
			evidence_of_alias(&s);
		appraise_situation(&s, &f);
		assert_int_equal(f.checks[CHECK_DEVICE_REVOCATION].state, lists[i].result.state);
		assert_int_equal(f.checks[CHECK_DEVICE_REVOCATION].reason, lists[i].result.reason);
		assert_int_equal(f.checks[CHECK_EVIDENCE_SIGNATURE].reason, lists[i].evidence);
		assert_int_equal(f.checks[CHECK_CHAIN].state, CHECK_PASSED);
		assert_int_equal(f.labels[0].checks[CHECK_LABEL_ANCHOR].state, CHECK_PASSED);
		if (lists[i].result.state == CHECK_PASSED) {
			assert_int_equal(f.expiry.cause, EXPIRY_CRL);
			assert_true(f.expiry.at_sec == (lists[i].next_update ? NOW + 1 : PKI_CRL_LATER_SEC));
		}
	}
}

/* --- Check 14 --- */

#define STATUS_URI "https://status.example/1"

struct list_request {
	EVP_PKEY *key;      /* NULL: KISA's */
	const char *issuer; /* NULL: names none */
	uint8_t status;     /* of the label, at index 5 */
	int64_t iat_sec, exp_sec, ttl_sec;
	bool is_short; /* ends before the label's index */
	const char *uri;
};

static enum hallmark_reason add_status_list(struct trust *trust, const struct list_request *request)
{
	uint8_t statuses[] = { 0, (uint8_t)(request->status << 2), 0 }, token[1024];
	struct status_list list = { .iat_sec = request->iat_sec,
				    .exp_sec = request->exp_sec,
				    .ttl_sec = request->ttl_sec,
				    .bits = 2,
				    .statuses = statuses,
				    .n = request->is_short ? 1 : sizeof(statuses) };
	enum hallmark_reason reason = REASON_INTERNAL;
	struct writer w = WRITER(token);

	(void)snprintf(list.issuer, sizeof(list.issuer), "%s", request->issuer ? request->issuer : "");
	(void)snprintf(list.uri, sizeof(list.uri), "%s", request->uri ? request->uri : STATUS_URI);
	assert_int_equal(status_list_sign(&list, request->key ? request->key : world.kisa, &w), 0);
	assert_int_equal(trust_add_status_list(trust, writer_bytes(&w), NULL, &reason), 0);
	return reason;
}

static void name_status(struct situation *s)
{
	(void)snprintf(s->label.status_uri, sizeof(s->label.status_uri), STATUS_URI);
	s->label.status_index = 5;
}

static void test_label_status(void **state)
{
	static const struct {
		const char *title;
		struct list_request list;
		enum hallmark_reason reason;
		int64_t until_sec; /* 0: the label's own end */
	} lists[] = {
		{ "valid", { .iat_sec = NOW }, REASON_ADMITTED, 0 },
		{ "revoked", { .iat_sec = NOW, .status = 1 }, REASON_LABEL_REVOKED, 0 },
		{ "suspended", { .iat_sec = NOW, .status = 2 }, REASON_LABEL_SUSPENDED, 0 },
		{ "another status", { .iat_sec = NOW, .status = 3 }, REASON_STATUS_UNKNOWN, 0 },
		{ "beyond the end", { .iat_sec = NOW, .is_short = true }, REASON_STATUS_UNKNOWN, 0 },
		{ "dated later than now, by a clock that is behind", { .iat_sec = NOW + 1 }, REASON_ADMITTED, 0 },
		{ "ends in a second", { .iat_sec = NOW - 9, .exp_sec = NOW + 1 }, REASON_ADMITTED, NOW + 1 },
		{ "ends now", { .iat_sec = NOW - 9, .exp_sec = NOW }, REASON_STATUS_STALE, 0 },
		{ "too old in a second", { .iat_sec = NOW - 9, .ttl_sec = 10 }, REASON_ADMITTED, NOW + 1 },
		{ "too old now", { .iat_sec = NOW - 9, .ttl_sec = 9 }, REASON_STATUS_STALE, 0 },
		{ "the earlier counts, exp",
		  { .iat_sec = NOW, .exp_sec = NOW + 5, .ttl_sec = 6 },
		  REASON_ADMITTED,
		  NOW + 5 },
		{ "the earlier counts, ttl",
		  { .iat_sec = NOW, .exp_sec = NOW + 7, .ttl_sec = 6 },
		  REASON_ADMITTED,
		  NOW + 6 },
		{ "stale and revoked", { .iat_sec = NOW - 9, .exp_sec = NOW, .status = 1 }, REASON_LABEL_REVOKED, 0 },
		{ "stale and suspended", { .iat_sec = NOW - 9, .exp_sec = NOW, .status = 2 }, REASON_STATUS_STALE, 0 },
		{ "for another address", { .iat_sec = NOW, .status = 1, .uri = STATUS_URI "0" }, REASON_NO_STATUS, 0 },
	};
	static struct facts f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		struct situation s = good_situation();
		struct trust *trust = trust_of(&s);
		const struct label_facts *l = &f.labels[0];
		enum hallmark_reason reason = lists[i].reason;

		print_message("    %s\n", lists[i].title);
		assert_int_equal(add_status_list(trust, &lists[i].list), REASON_ADMITTED);
		appraise_with(&s, trust, &f); /* the label names no list */
		assert_int_equal(l->checks[CHECK_LABEL_STATUS].reason, REASON_NO_STATUS);
		assert_false(l->names_status);

		name_status(&s);
		appraise_with(&s, trust, &f);
		assert_checks(l->checks, CHECK_LABEL_SIGNATURE, CHECK_LABEL_VALIDITY, REASON_ADMITTED);
		assert_true(l->names_status);
		assert_int_equal(l->checks[CHECK_LABEL_STATUS].reason, reason);
		assert_int_equal(l->checks[CHECK_LABEL_STATUS].state, reason == REASON_ADMITTED  ? CHECK_PASSED :
								      reason == REASON_NO_STATUS ? CHECK_ABSENT :
												   CHECK_FAILED);
		assert_int_equal(l->expiry.cause, lists[i].until_sec ? EXPIRY_STATUS_LIST : EXPIRY_LABEL);
		assert_true(l->expiry.at_sec == (lists[i].until_sec ? lists[i].until_sec : NOW + YEAR));
		trust_free(trust);
	}
}

/* A label that is revoked or of unknown status vouches for no chain; a suspended one has not lost its anchors. */
static void test_revoked_label_vouches_not(void **state)
{
	static const struct {
		const char *name;
		struct list_request list;
		bool vouches;
	} rows[] = {
		{ "valid", { .iat_sec = NOW }, true },
		{ "revoked", { .iat_sec = NOW, .status = 1 }, false },
		{ "suspended", { .iat_sec = NOW, .status = 2 }, true },
		{ "of a status that nobody knows", { .iat_sec = NOW, .status = 3 }, false },
		{ "beyond the list's end", { .iat_sec = NOW, .is_short = true }, false },
		{ "of a list of another address", { .iat_sec = NOW, .uri = STATUS_URI "0" }, false },
		{ "of a list in its last second", { .iat_sec = NOW - 9, .exp_sec = NOW + 1 }, true },
		{ "of a list that ended", { .iat_sec = NOW - 9, .exp_sec = NOW }, false },
	};
	static struct facts f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct situation s = good_situation();

		s.anchor = NULL;
		name_status(&s);

		struct trust *trust = trust_of(&s);

		print_message("    %s\n", rows[i].name);
		assert_int_equal(add_status_list(trust, &rows[i].list), REASON_ADMITTED);
		appraise_with(&s, trust, &f);
		assert_int_equal(f.checks[CHECK_CHAIN].reason,
				 rows[i].vouches ? REASON_ADMITTED : REASON_CHAIN_UNANCHORED);
		trust_free(trust);
	}
}

/* Who may sign a list, whose labels it speaks for, and that old never replaces new. */
static void test_status_lists(void **state)
{
	struct situation s = good_situation();
	struct trust *trust = trust_of(&s);
	enum hallmark_reason reason = REASON_INTERNAL;
	static struct facts f;

	(void)state;
	name_status(&s);
	assert_int_equal(trust_add_status_list(trust, TEXT("list"), NULL, &reason), 0);
	assert_int_equal(reason, REASON_LABEL_MALFORMED);
	assert_int_equal(add_status_list(trust, &(struct list_request){ .key = world.nobody, .iat_sec = NOW }),
			 REASON_LABEL_SIGNER);
	assert_int_equal(
		add_status_list(trust, &(struct list_request){ .key = world.csa, .issuer = "KISA", .iat_sec = NOW }),
		REASON_LABEL_SIGNER);

	/* Another issuer's list says nothing of this label, not even "revoked". */
	assert_int_equal(
		add_status_list(trust, &(struct list_request){ .key = world.csa, .iat_sec = NOW, .status = 1 }),
		REASON_ADMITTED);
	appraise_with(&s, trust, &f);
	assert_int_equal(f.labels[0].checks[CHECK_LABEL_STATUS].reason, REASON_NO_STATUS);

	assert_int_equal(
		add_status_list(trust, &(struct list_request){ .issuer = "KISA", .iat_sec = NOW - 1, .status = 1 }),
		REASON_ADMITTED);
	assert_int_equal(add_status_list(trust, &(struct list_request){ .iat_sec = NOW - 2 }), REASON_STATUS_OLDER);
	assert_int_equal(add_status_list(trust, &(struct list_request){ .iat_sec = NOW - 1 }), REASON_STATUS_OLDER);
	appraise_with(&s, trust, &f);
	assert_int_equal(f.labels[0].checks[CHECK_LABEL_STATUS].reason, REASON_LABEL_REVOKED);
	assert_int_equal(add_status_list(trust, &(struct list_request){ .iat_sec = NOW }), REASON_ADMITTED);
	appraise_with(&s, trust, &f);
	assert_int_equal(f.labels[0].checks[CHECK_LABEL_STATUS].reason, REASON_ADMITTED);
	assert_int_equal(trust->n_standings, 2);
	trust_free(trust);
}

/* --- Check 9 --- */

/* Claim 273 of one item, in content format 60; a reference has the item. */
static const uint8_t good_build[] = { 0x81, 0x82, 0x18, 60, 0x42, 1, 2 };
static const uint8_t next_build[] = { 0x81, 0x82, 0x18, 60, 0x42, 1, 3 };
static const uint8_t longer_build[] = { 0x81, 0x82, 0x18, 60, 0x43, 1, 2, 0 };
static const uint8_t both_builds[] = { 0x82, 0x82, 0x18, 60, 0x42, 1, 3, 0x82, 0x18, 60, 0x42, 1, 2 };
static const uint8_t one_good_build[] = { 0x82, 0x82, 0x18, 60, 0x42, 1, 3, 0x82, 0x18, 60, 0x42, 1, 4 };
static const uint8_t another_format[] = { 0x81, 0x82, 0x18, 61, 0x42, 1, 2 };

static struct bytes item_of(struct bytes claim)
{
	return bytes_of(claim.p + 1, claim.n - 1);
}

static struct reference good_reference(void)
{
	return (struct reference){
		.issuer = "KISA",
		.iat_sec = NOW - 9,
		.exp_sec = NOW + 9,
		.class = { .product = { .maker = "pen:32473", .model = "WP-100" },
			   .version_from = "1.2",
			   .version_to = "1.9",
			   .version_scheme = VERSION_MULTIPARTNUMERIC },
		.measurements = { item_of(BYTES(next_build)), item_of(BYTES(good_build)) },
		.n_measurements = 2,
	};
}

static enum hallmark_reason add_reference(struct trust *trust, const struct reference *reference, EVP_PKEY *key)
{
	enum hallmark_reason reason = REASON_INTERNAL;
	uint8_t token[1024];
	struct writer w = WRITER(token);

	assert_int_equal(reference_sign(reference, key, &w), 0);
	assert_int_equal(trust_add_reference(trust, writer_bytes(&w), NULL, &reason), 0);
	memset(token, 0, sizeof(token)); /* nothing borrows from it */
	return reason;
}

/* KISA speaks for the maker as well: the issuer that is added last. */
static struct trust *trust_with_makers(const struct situation *s, const char *makers)
{
	struct trust *trust = trust_of(s);

	add_issuer(trust, "KISA", "", world.edward);
	assert_int_equal(trust_add_makers(trust, makers), 0);
	return trust;
}

static void test_firmware(void **state)
{
	static const struct {
		const char *title, *model, *hwversion, *from, *to;
		int64_t iat_sec, exp_sec;
		struct bytes measured;
		bool no_measurements;
		enum hallmark_reason reason;
	} references[] = {
		{ .title = "good", .measured = BYTES(good_build) },
		{ .title = "the other build", .measured = BYTES(next_build) },
		{ .title = "a longer one", .measured = BYTES(longer_build), .reason = REASON_FIRMWARE_MISMATCH },
		{ .title = "both", .measured = BYTES(both_builds) },
		{ .title = "one and one that is not",
		  .measured = BYTES(one_good_build),
		  .reason = REASON_FIRMWARE_MISMATCH },
		{ .title = "in another format", .measured = BYTES(another_format), .reason = REASON_FIRMWARE_MISMATCH },
		{ .title = "none is said", .reason = REASON_FIRMWARE_MISMATCH },
		{ .title = "by version alone", .no_measurements = true },
		{ .title = "by version alone, and one is said",
		  .no_measurements = true,
		  .measured = BYTES(longer_build) },
		{ .title = "first of the range", .from = "1.2.3", .measured = BYTES(good_build) },
		{ .title = "before it",
		  .from = "1.2.4",
		  .measured = BYTES(good_build),
		  .reason = REASON_FIRMWARE_MISMATCH },
		{ .title = "last of the range", .to = "1.2.3", .measured = BYTES(good_build) },
		{ .title = "behind it",
		  .to = "1.2.2",
		  .measured = BYTES(good_build),
		  .reason = REASON_FIRMWARE_MISMATCH },
		{ .title = "of this hardware", .hwversion = "B", .measured = BYTES(good_build) },
		{ .title = "of other hardware",
		  .hwversion = "C",
		  .measured = BYTES(good_build),
		  .reason = REASON_NO_REFERENCE },
		{ .title = "of another model",
		  .model = "WP-10",
		  .measured = BYTES(good_build),
		  .reason = REASON_NO_REFERENCE },
		{ .title = "ends in a second", .exp_sec = NOW + 1, .measured = BYTES(good_build) },
		{ .title = "ends now",
		  .exp_sec = NOW,
		  .measured = BYTES(good_build),
		  .reason = REASON_REFERENCE_STALE },
		{ .title = "from now on", .iat_sec = NOW, .measured = BYTES(good_build) },
		{ .title = "its issuer's clock is a minute ahead", .iat_sec = NOW + 60, .measured = BYTES(good_build) },
		{ .title = "from a minute and a second on",
		  .iat_sec = NOW + 61,
		  .measured = BYTES(good_build),
		  .reason = REASON_REFERENCE_STALE },
	};
	static struct facts f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(references); i++) {
		enum hallmark_reason reason = references[i].reason ? references[i].reason : REASON_ADMITTED;
		struct check_result result = reason == REASON_ADMITTED     ? check_passed() :
					     reason == REASON_NO_REFERENCE ? check_absent(reason) :
									     check_failed(reason);
		struct situation s = good_situation();
		struct trust *trust = trust_with_makers(&s, "pen:1, pen:32473");
		struct reference reference = good_reference();

		print_message("    %s\n", references[i].title);
		s.evidence.measurements = references[i].measured;
		if (references[i].model)
			set_text(reference.class.product.model, references[i].model);
		if (references[i].hwversion)
			set_text(reference.class.product.hwversion, references[i].hwversion);
		if (references[i].from)
			set_text(reference.class.version_from, references[i].from);
		if (references[i].to)
			set_text(reference.class.version_to, references[i].to);
		if (references[i].iat_sec)
			reference.iat_sec = references[i].iat_sec;
		if (references[i].exp_sec)
			reference.exp_sec = references[i].exp_sec;
		if (references[i].no_measurements)
			reference.n_measurements = 0;
		assert_int_equal(add_reference(trust, &reference, world.edward), REASON_ADMITTED);
		appraise_with(&s, trust, &f);
		assert_int_equal(f.checks[CHECK_FIRMWARE].reason, result.reason);
		assert_int_equal(f.checks[CHECK_FIRMWARE].state, result.state);
		assert_int_equal(f.expiry.cause, reason == REASON_ADMITTED ? EXPIRY_REFERENCE : EXPIRY_CERTIFICATE);
		if (reason == REASON_ADMITTED)
			assert_true(f.expiry.at_sec == reference.exp_sec);

		s.evidence_key = world.nobody; /* what is not proven to be the device's is not looked at */
		appraise_with(&s, trust, &f);
		assert_int_equal(f.checks[CHECK_FIRMWARE].reason, REASON_NOT_EVALUATED);
		trust_free(trust);
	}
}

/* One that fits is enough, wherever it stands; who may sign one; and how many there may be. */
static void test_references(void **state)
{
	struct situation s = good_situation();
	struct trust *trust = trust_with_makers(&s, "pen:32473");
	struct reference good = good_reference(), bad = good_reference(), stale = good_reference();
	enum hallmark_reason reason = REASON_INTERNAL;
	static struct facts f;

	(void)state;
	s.evidence.measurements = BYTES(good_build);
	assert_int_equal(trust_add_reference(trust, TEXT("reference"), NULL, &reason), 0);
	assert_int_equal(reason, REASON_LABEL_MALFORMED);
	assert_int_equal(add_reference(trust, &good, world.nobody), REASON_LABEL_SIGNER);
	assert_int_equal(add_reference(trust, &good, world.kisa), REASON_REFERENCE_MAKER);
	set_text(bad.class.product.maker, "pen:3247");
	assert_int_equal(add_reference(trust, &bad, world.edward), REASON_REFERENCE_MAKER);
	assert_int_equal(trust->n_references, 0);

	bad = good;
	bad.n_measurements = 1;
	stale.exp_sec = NOW;
	set_text(bad.class.version_from, "1.0");
	set_text(stale.class.version_from, "1.1");
	assert_int_equal(add_reference(trust, &bad, world.edward), REASON_ADMITTED);
	assert_int_equal(add_reference(trust, &stale, world.edward), REASON_ADMITTED);
	appraise_with(&s, trust, &f);
	assert_int_equal(f.checks[CHECK_FIRMWARE].reason, REASON_FIRMWARE_MISMATCH);
	assert_int_equal(add_reference(trust, &good, world.edward), REASON_ADMITTED);
	appraise_with(&s, trust, &f);
	assert_int_equal(f.checks[CHECK_FIRMWARE].state, CHECK_PASSED);

	for (int i = 10; trust->n_references < HALLMARK_REFERENCES_MAX; i++) {
		(void)snprintf(good.class.version_to, sizeof(good.class.version_to), "1.%d", i);
		assert_int_equal(add_reference(trust, &good, world.edward), REASON_ADMITTED);
	}

	uint8_t token[1024];
	struct writer w = WRITER(token);

	set_text(good.class.version_to, "2.0");
	assert_int_equal(reference_sign(&good, world.edward, &w), 0);
	assert_int_equal(trust_add_reference(trust, writer_bytes(&w), NULL, &reason), -E2BIG);
	trust_free(trust);

	trust = trust_of(&s);
	assert_int_equal(trust_add_makers(trust, "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p"), 0);
	assert_int_equal(trust_add_makers(trust, "q"), -E2BIG);
	trust_free(trust);
}

/* Whose word a label is: sent, from the cache or from a register; and only of one that is believed. */
static void test_issuer_role(void **state)
{
	struct situation s = good_situation();
	struct trust *trust = trust_of(&s);
	static struct facts f;

	(void)state;
	appraise_with(&s, trust, &f);
	assert_int_equal(f.labels[0].issuer_role, HALLMARK_ISSUER_TRANSCRIBER);
	trust_free(trust);

	s.register_too = true;
	trust = trust_of(&s);
	add_issuer(trust, "KISA", s.schemes, world.edward);
	trust_set_issuer_role(trust, HALLMARK_ISSUER_SCHEME);
	appraise_with(&s, trust, &f);
	assert_int_equal(f.labels[0].issuer_role, HALLMARK_ISSUER_TRANSCRIBER); /* of its two keys one is not */

	assert_string_equal(trust->issuers[0].name, "KISA");
	trust->issuers[0].role = HALLMARK_ISSUER_SCHEME;
	for (int round = 0; round < 2; round++) {
		appraise_with(&s, trust, &f);
		assert_int_equal(f.labels[0].issuer_role, HALLMARK_ISSUER_SCHEME);
	}
	s.no_label = true;
	appraise_with(&s, trust, &f);
	assert_true(f.labels[0].from_register);
	assert_int_equal(f.labels[0].issuer_role, HALLMARK_ISSUER_SCHEME);

	s.no_label = false;
	label_beyond_its_schemes(&s);
	appraise_with(&s, trust, &f);
	assert_int_equal(f.labels[0].issuer_role, HALLMARK_ISSUER_UNKNOWN);
	label_of_nobody(&s);
	appraise_with(&s, trust, &f);
	assert_int_equal(f.labels[0].issuer_role, HALLMARK_ISSUER_UNKNOWN);
	trust_free(trust);
}

/* Who was admitted by an issuer's word is judged again when the operator says something else of that issuer. */
static void test_change_of_issuer(void **state)
{
	static const struct {
		enum hallmark_issuer_role role;
		const char *makers;
		size_t n_changes;
	} others[] = {
		{ HALLMARK_ISSUER_TRANSCRIBER, "pen:1", 0 },
		{ HALLMARK_ISSUER_SCHEME, "pen:1", 1 },
		{ HALLMARK_ISSUER_TRANSCRIBER, "pen:2", 1 },
	};
	struct situation s = good_situation();

	(void)state;
	s.makers = "pen:1";
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		struct trust *before = trust_of(&s), *after = trust_new();
		_cleanup_free_ uint64_t *changes = NULL;
		_cleanup_free_ char *pem = pki_certificate_pem(s.anchor);
		size_t n = 0;

		assert_int_equal(anchors_add(after->anchors, "vendor", bytes_of_string(pem)), 1);
		add_issuer(after, "CSA", "SG-CLS", world.csa);
		add_issuer(after, "KISA", s.schemes, world.kisa);
		assert_int_equal(trust_add_makers(after, others[i].makers), 0);
		trust_set_issuer_role(after, others[i].role);
		assert_int_equal(trust_changes(before, after, NOW, &changes, &n), 0);
		assert_int_equal(n, others[i].n_changes);
		if (n > 0)
			assert_true(changes[0] == issuer_question("KISA"));
		trust_free(before);
		trust_free(after);
	}
}

/* What trust material there is beside a situation's own. */
struct material {
	bool no_anchor, other_anchor, sub_anchor;
	const struct pki_node *crl_of;      /* NULL: none */
	const struct pki_node *crl_revokes; /* NULL: nobody */
	bool crl_name_otherwise;
	const char *schemes; /* NULL: the situation's */
	bool has_list;
	uint8_t list_index; /* that is revoked; 0: none */
	int64_t list_from_sec, list_until_sec;
	const char *register_model, *reference_model; /* NULL: none */
	int64_t register_exp_sec;
};

static void add_list(struct trust *trust, const struct material *m)
{
	uint8_t statuses[] = { 0, 0 }, token[1024];
	struct status_list list = { .issuer = "KISA",
				    .uri = STATUS_URI,
				    .iat_sec = m->list_from_sec ? m->list_from_sec : NOW - 9,
				    .exp_sec = m->list_until_sec ? m->list_until_sec : NOW + 9,
				    .bits = 1,
				    .statuses = statuses,
				    .n = sizeof(statuses) };
	enum hallmark_reason reason = REASON_INTERNAL;
	struct writer w = WRITER(token);

	if (m->list_index > 0)
		statuses[m->list_index / 8] = (uint8_t)(1 << m->list_index % 8);
	assert_int_equal(status_list_sign(&list, world.kisa, &w), 0);
	assert_int_equal(trust_add_status_list(trust, writer_bytes(&w), NULL, &reason), 0);
	assert_int_equal(reason, REASON_ADMITTED);
}

static void add_sets(struct trust *trust, const struct situation *s, const struct material *m)
{
	if (m->register_model) {
		struct label label = label_of(s);
		const struct label_register reg = { .issuer = "KISA",
						    .iat_sec = NOW - 1,
						    .exp_sec = m->register_exp_sec ? m->register_exp_sec : NOW + YEAR,
						    .sequence = 1 };

		set_text(label.classes[0].product.model, m->register_model);
		assert_int_equal(add_register(trust, &label, 1, &reg, world.kisa), REASON_ADMITTED);
	}
	if (m->reference_model) {
		struct reference reference = good_reference();

		set_text(reference.class.product.model, m->reference_model);
		assert_int_equal(add_reference(trust, &reference, world.kisa), REASON_ADMITTED);
	}
	if (m->has_list)
		add_list(trust, m);
}

static struct trust *trust_from(const struct situation *like, const struct material *m)
{
	struct situation s = *like;
	struct trust *trust;

	s.anchor = m->no_anchor ? NULL : s.anchor;
	s.crls[0].ca = m->crl_of;
	s.crls[0].request.revoked[0] = m->crl_revokes;
	s.crls[0].request.name_otherwise = m->crl_name_otherwise;
	s.makers = "pen:32473"; /* so that KISA may sign references */
	s.schemes = m->schemes ? m->schemes : s.schemes;
	trust = trust_of(&s);
	if (m->other_anchor || m->sub_anchor) {
		_cleanup_free_ char *pem = pki_certificate_pem(m->other_anchor ? &world.other : &world.sub);

		assert_int_equal(anchors_add(trust->anchors, "other", bytes_of_string(pem)), 1);
	}
	add_sets(trust, &s, m);
	return trust;
}

/*
 * The promise that judging again rests on: an appraisal that two sets of trust material answer differently has asked one of
 * the questions that trust_changes() names. And its twin: what touches others only is not named for this device. What is restated
 * without a judge is what an appraisal finds.
 */
static void test_changes_touch(void **state)
{
	static const struct {
		const char *name;
		struct material before, after;
		bool no_label;
		enum { NOTHING, JUDGED, RESTATED } is_due;
	} rows[] = {
		{ "nothing", { 0 }, { 0 }, false, NOTHING },
		{ "the anchor goes", { 0 }, { .no_anchor = true }, false, JUDGED },
		{ "the anchor comes", { .no_anchor = true }, { 0 }, false, JUDGED },
		{ "another anchor comes", { 0 }, { .other_anchor = true }, false, NOTHING },
		{ "another anchor comes to a chain without",
		  { .no_anchor = true },
		  { .no_anchor = true, .other_anchor = true },
		  false,
		  JUDGED },
		{ "a list of the CA comes", { 0 }, { .crl_of = &world.sub }, false, JUDGED },
		{ "a list of another CA comes", { 0 }, { .crl_of = &world.other }, false, NOTHING },
		{ "the device is revoked",
		  { .crl_of = &world.sub },
		  { .crl_of = &world.sub, .crl_revokes = &world.device },
		  false,
		  JUDGED },
		{ "the device is revoked by a list that writes its CA's name otherwise",
		  { .crl_of = &world.sub },
		  { .crl_of = &world.sub, .crl_revokes = &world.device, .crl_name_otherwise = true },
		  false,
		  JUDGED },
		{ "another device is, by such a list",
		  { .crl_of = &world.sub },
		  { .crl_of = &world.sub, .crl_revokes = &world.sibling, .crl_name_otherwise = true },
		  false,
		  NOTHING },
		{ "another device is revoked",
		  { .crl_of = &world.sub },
		  { .crl_of = &world.sub, .crl_revokes = &world.sibling },
		  false,
		  NOTHING },
		{ "the issuer may no longer speak for the scheme", { 0 }, { .schemes = "EU-EUCC" }, false, JUDGED },
		{ "a status list comes", { 0 }, { .has_list = true }, false, JUDGED },
		{ "the label is revoked",
		  { .has_list = true },
		  { .has_list = true, .list_index = 5 },
		  false,
		  RESTATED },
		{ "the label is valid again",
		  { .has_list = true, .list_index = 5 },
		  { .has_list = true },
		  false,
		  RESTATED },
		{ "the label is revoked by a list that ends later",
		  { .has_list = true },
		  { .has_list = true, .list_index = 5, .list_until_sec = NOW + 99 },
		  false,
		  RESTATED },
		{ "the label is valid again, and for longer",
		  { .has_list = true, .list_index = 5 },
		  { .has_list = true, .list_until_sec = NOW + 99 },
		  false,
		  RESTATED },
		{ "the label is revoked by a list that is stale, as the one before",
		  { .has_list = true, .list_until_sec = NOW },
		  { .has_list = true, .list_index = 5, .list_until_sec = NOW },
		  false,
		  RESTATED },
		{ "the label is revoked, and the list is not stale any more",
		  { .has_list = true, .list_until_sec = NOW },
		  { .has_list = true, .list_index = 5 },
		  false,
		  JUDGED },
		{ "the label is revoked, and the device, too",
		  { .has_list = true, .crl_of = &world.sub },
		  { .has_list = true, .list_index = 5, .crl_of = &world.sub, .crl_revokes = &world.device },
		  false,
		  JUDGED },
		{ "the label is revoked, which vouches for the chain",
		  { .no_anchor = true, .has_list = true },
		  { .no_anchor = true, .has_list = true, .list_index = 5 },
		  false,
		  JUDGED },
		{ "the label is revoked, and a register names the product",
		  { .has_list = true },
		  { .has_list = true, .list_index = 5, .register_model = "WP-100" },
		  false,
		  JUDGED },
		{ "the label of a register is revoked",
		  { .has_list = true, .register_model = "WP-100" },
		  { .has_list = true, .list_index = 5, .register_model = "WP-100" },
		  true,
		  RESTATED },
		{ "the label of a register that ends first is valid again",
		  { .has_list = true, .list_index = 5, .register_model = "WP-100", .register_exp_sec = NOW + 5 },
		  { .has_list = true, .register_model = "WP-100", .register_exp_sec = NOW + 5 },
		  true,
		  RESTATED },
		{ "another label is revoked",
		  { .has_list = true },
		  { .has_list = true, .list_index = 6 },
		  false,
		  NOTHING },
		{ "a stale status list becomes good",
		  { .has_list = true, .list_until_sec = NOW - 1 },
		  { .has_list = true },
		  false,
		  JUDGED },
		{ "one that ends now is replaced",
		  { .has_list = true, .list_until_sec = NOW },
		  { .has_list = true },
		  false,
		  JUDGED },
		{ "one that ends in a second is replaced",
		  { .has_list = true, .list_until_sec = NOW + 1 },
		  { .has_list = true },
		  false,
		  NOTHING },
		{ "one that is dated later than now is replaced",
		  { .has_list = true, .list_from_sec = NOW + 1 },
		  { .has_list = true },
		  false,
		  NOTHING },
		{ "a good one is good for longer",
		  { .has_list = true },
		  { .has_list = true, .list_until_sec = NOW + 99 },
		  false,
		  NOTHING },
		{ "one that ends earlier",
		  { .has_list = true },
		  { .has_list = true, .list_until_sec = NOW + 5 },
		  false,
		  JUDGED },
		{ "the CA of the path becomes an anchor itself", { 0 }, { .sub_anchor = true }, false, JUDGED },
		{ "the register is the same",
		  { .register_model = "WP-100" },
		  { .register_model = "WP-100" },
		  true,
		  NOTHING },
		{ "the register ends earlier",
		  { .register_model = "WP-100" },
		  { .register_model = "WP-100", .register_exp_sec = NOW + 5 },
		  true,
		  JUDGED },
		{ "the register ends later",
		  { .register_model = "WP-100" },
		  { .register_model = "WP-100", .register_exp_sec = NOW + 2 * YEAR },
		  true,
		  NOTHING },
		{ "a register names the product", { 0 }, { .register_model = "WP-100" }, true, JUDGED },
		{ "a register names another product", { 0 }, { .register_model = "WP-1000" }, true, NOTHING },
		{ "a register names the product of a device that sent a label",
		  { 0 },
		  { .register_model = "WP-100" },
		  false,
		  JUDGED },
		{ "a reference for the product", { 0 }, { .reference_model = "WP-100" }, false, JUDGED },
		{ "a reference for another product", { 0 }, { .reference_model = "WP-1" }, false, NOTHING },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct situation s = good_situation();
		struct facts a, b;
		_cleanup_(changes_done) struct changes c = { 0 };

		name_status(&s);
		s.no_label = rows[i].no_label;

		struct trust *before = trust_from(&s, &rows[i].before), *after = trust_from(&s, &rows[i].after);

		appraise_with(&s, before, &a);
		appraise_with(&s, after, &b);
		assert_int_equal(trust_changes(before, after, NOW, &c.ids, &c.n), 0);
		assert_int_equal(trust_news(before, after, NOW, &c), 0);

		bool is_touched = dependencies_meet(&a.rests_on, c.ids, c.n);
		bool is_restated = is_touched && facts_are_restatable(&a, &c, NOW);

		if (is_touched != (rows[i].is_due != NOTHING) || is_restated != (rows[i].is_due == RESTATED))
			fail_msg("%s: touched is %d, restated %d", rows[i].name, is_touched, is_restated);
		if (is_restated) { /* what judges would find, to the last byte */
			struct facts restated = a;

			facts_restate(&restated, &c);
			assert_memory_not_equal(&restated, &a, sizeof(a));
			assert_memory_equal(&restated, &b, sizeof(b));
		}
		if (memcmp(a.checks, b.checks, sizeof(a.checks)) != 0 ||
		    memcmp(a.labels[0].checks, b.labels[0].checks, sizeof(a.labels[0].checks)) != 0 ||
		    a.n_labels != b.n_labels)
			assert_true(is_touched);
		trust_free(before);
		trust_free(after);
	}
}

static void test_facts(void **state)
{
	struct situation s = good_situation();
	static struct facts f;
	uint8_t device[SHA256_LEN];

	(void)state;
	appraise_situation(&s, &f);
	assert_int_equal(key_id(world.device.key, device), 0);
	assert_memory_equal(f.device, device, SHA256_LEN);
	assert_int_equal(f.n_ueid, sizeof(ueid));
	assert_memory_equal(f.ueid, ueid, sizeof(ueid));
	assert_string_equal(f.product.maker, "pen:32473");
	assert_string_equal(f.product.model, "WP-100");
	assert_string_equal(f.product.swversion, "1.2.3");
	assert_int_equal(f.debug, DEBUG_DISABLED_PERMANENTLY);
	assert_string_equal(f.anchor, "vendor");
	assert_string_equal(f.mud_url, "https://example.com/wp");
	assert_int_equal(f.n_handles, 1);
	assert_memory_equal(f.handles[0], channel_value, HALLMARK_HANDLE_LEN);
	assert_true(f.expiry.at_sec == PKI_NOT_AFTER_SEC && f.expiry.cause == EXPIRY_CERTIFICATE);

	const struct label_facts *l = &f.labels[0];

	assert_string_equal(l->issuer, "KISA");
	assert_string_equal(l->number, "KISA-2026-0001");
	assert_string_equal(l->scheme, "KR-CIC");
	assert_string_equal(l->category, "wall-pad");
	assert_string_equal(l->field, "housing");
	assert_int_equal(l->level, 2);
	assert_int_equal(l->basis, HALLMARK_BASIS_TESTED);
	assert_false(l->from_register);
	assert_true(l->firmware_bound);
	assert_true(l->expiry.at_sec == NOW + YEAR && l->expiry.cause == EXPIRY_LABEL);

	s.no_label = s.register_too = true;
	s.register_exp_sec = NOW + 100;
	s.classes[0].version_from[0] = s.classes[0].version_to[0] = '\0';
	appraise_situation(&s, &f);
	assert_only(&f, REASON_ADMITTED);
	assert_true(l->from_register);
	assert_false(l->firmware_bound);
	assert_true(l->expiry.at_sec == NOW + 100 && l->expiry.cause == EXPIRY_REGISTER);

	s = good_situation();
	evidence_of_alias(&s);
	appraise_situation(&s, &f);
	assert_true(f.expiry.at_sec == INT64_C(1830297600)); /* of the alias, which ends first */
}

/*
 * What nobody vouches for is not stated: neither claims of bad evidence nor those of a forged
 * label.
 */
static void test_nothing_unverified(void **state)
{
	static const uint8_t zeros[sizeof(struct product)];
	struct situation s = good_situation();
	static struct facts f;

	(void)state;
	evidence_altered(&s);
	label_of_nobody(&s);
	appraise_situation(&s, &f);
	assert_int_equal(f.n_ueid, 0);
	assert_int_equal(f.n_handles, 0);
	assert_memory_equal(&f.product, zeros, sizeof(f.product));
	assert_int_equal(f.debug, DEBUG_ENABLED);
	assert_int_equal(f.labels[0].level, 0);
	assert_string_equal(f.labels[0].scheme, "");
	assert_string_equal(f.labels[0].issuer, "KISA"); /* as claimed */
	assert_true(f.labels[0].expiry.at_sec == 0);

	s = good_situation();
	evidence_of_other_key(&s);
	s.no_label = s.register_too = true;
	appraise_situation(&s, &f);
	assert_int_equal(f.n_labels, 0);
}

/*
 * A chain that only a label can vouch for is vouched for by none that is forged, dated or foreign.
 */
static void test_who_may_vouch(void **state)
{
	static const struct {
		void (*change)(struct situation *s);
		bool may;
	} rows[] = {
		{ nothing, true },
		{ class_of_other_maker, true }, /* it is the CA that is vouched for; the class is check 11's */
		{ label_of_nobody, false },
		{ label_in_anothers_name, false },
		{ label_altered, false },
		{ label_beyond_its_schemes, false },
		{ issuer_of_another_maker, false },
		{ issuer_of_this_maker, true },
		{ label_ends_now, false },
		{ label_begins_later, false },
		{ anchor_of_other_maker, false },
		{ anchor_is_the_leaf, false },
		{ label_is_garbage, false },
	};
	static struct facts f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct situation s = good_situation();

		s.anchor = NULL;
		rows[i].change(&s);
		appraise_situation(&s, &f);
		assert_int_equal(f.checks[CHECK_CHAIN].state, rows[i].may ? CHECK_PASSED : CHECK_FAILED);
		assert_int_equal(f.checks[CHECK_CHAIN].reason, rows[i].may ? REASON_ADMITTED : REASON_CHAIN_UNANCHORED);
		assert_string_equal(f.anchor, "");
	}

	struct situation s = good_situation();

	unanchored(&s);
	appraise_situation(&s, &f);
	assert_int_equal(f.checks[CHECK_CHAIN].reason, REASON_CHAIN_UNANCHORED);
	assert_int_equal(f.labels[0].checks[CHECK_LABEL_ANCHOR].reason, REASON_ANCHOR_MISMATCH);

	s = good_situation();
	s.chain[0] = &world.stranger; /* another vendor's device that claims the labelled model */
	s.chain[1] = &world.other;
	s.evidence_key = world.stranger.key;
	appraise_situation(&s, &f);
	assert_int_equal(f.checks[CHECK_CHAIN].reason, REASON_CHAIN_UNANCHORED);
	assert_int_equal(f.labels[0].checks[CHECK_LABEL_CLASS].state, CHECK_PASSED);
	assert_int_equal(f.labels[0].checks[CHECK_LABEL_ANCHOR].reason, REASON_ANCHOR_MISMATCH);
}

/* A device chooses what its certificate says: no time of its facts is one that a record may not hold. */
static void test_a_certificate_that_ended_before_1970(void **state)
{
	struct situation s = good_situation();
	static struct facts f;

	(void)state;
	take_device(&s, &(struct pki_request){
				.serial = UEID_HEX, .not_before = "19500101000000Z", .not_after = "19600101000000Z" });
	appraise_situation(&s, &f);
	assert_int_equal(f.checks[CHECK_CERTIFICATE].reason, REASON_CERTIFICATE_DATE);
	assert_true(f.expiry.at_sec == 0 && f.expiry.cause == EXPIRY_CERTIFICATE);
	take_device(&s, NULL);
}

/* Without a handshake there is no value of an empty context that somebody could name. */
static void test_empty_context_of_no_handshake(void **state)
{
	static const uint8_t zeros[HALLMARK_HANDLE_LEN];
	struct situation s = good_situation();
	static struct facts f;

	(void)state;
	s.channel.possession = false;
	memset(s.channel.empty_context_value, 0, sizeof(s.channel.empty_context_value));
	s.evidence.nonces[0] = BYTES(zeros);
	appraise_situation(&s, &f);
	assert_int_equal(f.checks[CHECK_FRESHNESS].reason, REASON_NONCE_UNKNOWN);
}

/* Evidence of one device in the session of another of the same vendor. */
static void test_someone_elses_evidence(void **state)
{
	struct situation s = good_situation();
	static struct facts f;

	(void)state;
	s.chain[0] = &world.sibling;
	appraise_situation(&s, &f);
	assert_int_equal(f.checks[CHECK_EVIDENCE_SIGNATURE].reason, REASON_EVIDENCE_SIGNATURE);

	s.x5chain[0] =
		pki_der(&world.device); /* it may bring the other's certificates: that evidence is not for its key */
	s.x5chain[1] = pki_der(&world.sub);
	appraise_situation(&s, &f);
	assert_int_equal(f.checks[CHECK_EVIDENCE_SIGNATURE].reason, REASON_EVIDENCE_KEY);

	name_session_key(&s, world.sibling.key); /* the two conspire: the serials differ all the same */
	appraise_situation(&s, &f);
	assert_int_equal(f.checks[CHECK_EVIDENCE_SIGNATURE].state, CHECK_PASSED);
	assert_int_equal(f.checks[CHECK_SAME_DEVICE].reason, REASON_SERIAL_MISMATCH);
}

/* Four labels are each judged alone, and one that is good does not help another. */
static void test_several_labels(void **state)
{
	static void (*const changes[])(struct situation *) = { label_ends_now, nothing, label_of_nobody,
							       class_of_prefix };
	static uint8_t signed_labels[ARRAY_SIZE(changes)][HALLMARK_TOKEN_MAX];
	uint8_t signed_evidence[HALLMARK_TOKEN_MAX];
	struct writer evidence_writer = WRITER(signed_evidence);
	struct situation s = good_situation();
	struct trust *trust = trust_of(&s);
	struct identity *id = identity_of(&s, trust);
	struct submission submission = { .evidence = sign_evidence(&s, &evidence_writer), .n_labels = 4 };
	static struct facts f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		struct writer w = WRITER(signed_labels[i]);
		struct situation one = good_situation();

		changes[i](&one);
		submission.labels[i] = sign_label(&one, &w);
	}
	for (int round = 0; round < 2; round++) { /* the second from the cache */
		assert_int_equal(settled(id, &s.channel, &submission, trust, NOW, &f), 0);
		assert_int_equal(f.n_labels, 4);
		assert_checks(f.labels[0].checks, CHECK_LABEL_SIGNATURE, CHECK_LABEL_STATUS, REASON_LABEL_EXPIRED);
		assert_checks(f.labels[1].checks, CHECK_LABEL_SIGNATURE, CHECK_LABEL_STATUS, REASON_ADMITTED);
		assert_checks(f.labels[2].checks, CHECK_LABEL_SIGNATURE, CHECK_LABEL_STATUS, REASON_LABEL_SIGNER);
		assert_checks(f.labels[3].checks, CHECK_LABEL_SIGNATURE, CHECK_LABEL_STATUS, REASON_CLASS_MISMATCH);
	}
	identity_free(id);
	trust_free(trust);
}

/* Of one number the issuer's latest word counts, whoever carries it; a complete register's silence is one too. */
static void test_latest_word(void **state)
{
	static const struct {
		const char *name;
		const char *number; /* that the register has, of the device's product or another; NULL: no register */
		int64_t said_sec;   /* the register's time, from that of the label that is sent on */
		int64_t row_sec, nbf_sec; /* the statement's own time, likewise; when it begins, from now on */
		int64_t end_sec;          /* of the register, from now on; 0: a day */
		uint8_t level;            /* that it says; the label says 2 */
		bool is_complete, is_of_another_model, is_of_another_scheme, is_of_another_issuer;
		enum hallmark_reason sent, listed; /* listed: REASON_INTERNAL where no register has the product */
	} rows[] = {
		{ "no register", NULL, .sent = REASON_ADMITTED },
		{ "lowered later", "N", 1, 0, -9, 0, 1, .sent = REASON_LABEL_REPLACED, .listed = REASON_ADMITTED },
		{ "lowered by the same second", "N", 0, 0, -9, 0, 1, .sent = REASON_LABEL_REPLACED,
		  .listed = REASON_ADMITTED },
		{ "lowered before the label was signed", "N", -1, -1, -9, 0, 1, .sent = REASON_ADMITTED,
		  .listed = REASON_LABEL_REPLACED },
		{ "said anew by a later register", "N", 1, -9, -9, 0, 1, .sent = REASON_LABEL_REPLACED,
		  .listed = REASON_ADMITTED },
		{ "said with the statement's own time", "N", -9, 1, -9, 0, 1, .sent = REASON_LABEL_REPLACED,
		  .listed = REASON_ADMITTED },
		{ "from now on", "N", 1, 0, 0, 0, 1, .sent = REASON_LABEL_REPLACED, .listed = REASON_ADMITTED },
		{ "not yet", "N", 1, 0, 61, 0, 1, .sent = REASON_ADMITTED, .listed = REASON_LABEL_NOT_YET },
		{ "the same", "N", 1, 0, -9, 0, 2, .sent = REASON_ADMITTED, .listed = REASON_ADMITTED },
		{ "another number", "M", 1, 0, -9, 0, 1, .sent = REASON_ADMITTED, .listed = REASON_ADMITTED },
		{ "another scheme's", "N", 1, 0, -9, 0, 1, .is_of_another_scheme = true, .sent = REASON_ADMITTED,
		  .listed = REASON_ADMITTED },
		{ "another issuer's", "N", 1, 0, -9, 0, 1, .is_of_another_issuer = true, .is_complete = true,
		  .sent = REASON_ADMITTED, .listed = REASON_ADMITTED },
		{ "for another model now", "N", 1, 0, -9, 0, 2, .is_of_another_model = true,
		  .sent = REASON_LABEL_REPLACED },
		{ "a register in its last second", "N", 1, 0, -9, 1, 1, .sent = REASON_LABEL_REPLACED,
		  .listed = REASON_ADMITTED },
		{ "taken out", "M", 1, 0, -9, 0, 2, .is_complete = true, .is_of_another_model = true,
		  .sent = REASON_LABEL_WITHDRAWN },
		{ "not in a register that is not complete", "M", 1, 0, -9, 0, 2, .is_of_another_model = true,
		  .sent = REASON_ADMITTED },
		{ "signed in the second of the register", "M", 0, 0, -9, 0, 2, .is_complete = true,
		  .is_of_another_model = true, .sent = REASON_ADMITTED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct situation s = good_situation();
		static struct facts f;

		set_text(s.label.number, "N");
		s.label.nbf_sec = NOW - 9;
		s.label.iat_sec = NOW - 9;
		s.schemes = "KR-CIC,EU-EUCC";

		struct trust *trust = trust_of(&s);
		struct label row = label_of(&s);
		struct label_class class = s.classes[0];
		struct label_register reg = { .issuer = "KISA",
					      .iat_sec = s.label.iat_sec + rows[i].said_sec,
					      .exp_sec = NOW + (rows[i].end_sec ? rows[i].end_sec : 86400),
					      .sequence = 1,
					      .is_complete = rows[i].is_complete };

		print_message("    %s\n", rows[i].name);
		if (rows[i].number) {
			set_text(row.number, rows[i].number);
			row.level = rows[i].level;
			row.iat_sec = s.label.iat_sec + rows[i].row_sec;
			row.nbf_sec = rows[i].nbf_sec == -9 ? s.label.nbf_sec : NOW + rows[i].nbf_sec;
			row.classes = &class;
			row.n_classes = 1;
			if (rows[i].is_of_another_model)
				(void)snprintf(class.product.model, sizeof(class.product.model), "WP-777");
			if (rows[i].is_of_another_scheme)
				(void)snprintf(row.scheme, sizeof(row.scheme), "EU-EUCC");
			if (rows[i].is_of_another_issuer) {
				set_text(row.issuer, "CSA");
				(void)snprintf(row.scheme, sizeof(row.scheme), "SG-CLS");
				set_text(reg.issuer, "CSA");
			}
			assert_int_equal(add_register(trust, &row, 1, &reg,
						      rows[i].is_of_another_issuer ? world.csa : world.kisa),
					 REASON_ADMITTED);
		}
		appraise_with(&s, trust, &f);
		assert_int_equal(f.labels[0].checks[CHECK_LABEL_VALIDITY].reason, rows[i].sent);
		assert_int_equal(f.n_labels, rows[i].listed == REASON_INTERNAL ? 1 : 2);
		if (f.n_labels == 2)
			assert_int_equal(f.labels[1].checks[CHECK_LABEL_VALIDITY].reason, rows[i].listed);
		trust_free(trust);
	}
}

/* Once it has ended, a register says nothing of what a device carries. */
static void test_ended_register_says_nothing(void **state)
{
	struct situation s = good_situation();
	struct label_register reg = {
		.issuer = "KISA", .iat_sec = NOW, .exp_sec = NOW + 9, .sequence = 1, .is_complete = 1
	};
	static struct facts f;

	(void)state;
	struct trust *trust = trust_of(&s);
	struct label row = label_of(&s);

	row.level = 1;
	assert_int_equal(add_register(trust, &row, 1, &reg, world.kisa), REASON_ADMITTED);
	s.now_sec = NOW + 8;
	appraise_with(&s, trust, &f);
	assert_int_equal(f.labels[0].checks[CHECK_LABEL_VALIDITY].reason, REASON_LABEL_REPLACED);
	s.now_sec = NOW + 9;
	appraise_with(&s, trust, &f);
	assert_int_equal(f.labels[0].checks[CHECK_LABEL_VALIDITY].reason, REASON_ADMITTED);
	assert_int_equal(f.labels[1].checks[CHECK_LABEL_VALIDITY].reason, REASON_LABEL_EXPIRED);
	trust_free(trust);
}

/* A label whose issuer says something else by now vouches for no chain either. */
static void test_replaced_label_vouches_not(void **state)
{
	static struct facts f;

	(void)state;
	for (int is_replaced = 0; is_replaced < 2; is_replaced++) {
		struct situation s = good_situation();
		struct label_register reg = { .issuer = "KISA", .iat_sec = NOW, .exp_sec = NOW + 9, .sequence = 1 };

		s.anchor = NULL;

		struct trust *trust = trust_of(&s);
		struct label row = label_of(&s);

		if (is_replaced)
			memset(row.anchors[0], 1, SHA256_LEN);
		assert_int_equal(add_register(trust, &row, 1, &reg, world.kisa), REASON_ADMITTED);
		appraise_with(&s, trust, &f);
		assert_int_equal(f.checks[CHECK_CHAIN].reason, is_replaced ? REASON_CHAIN_UNANCHORED : REASON_ADMITTED);
		trust_free(trust);
	}
}

/*
 * A label that was verified once is judged by the clock each time, and more labels than are kept do
 * no harm.
 */
static void test_label_cache(void **state)
{
	struct situation s = good_situation();
	struct trust *trust = trust_of(&s);
	static struct facts f;

	(void)state;
	appraise_with(&s, trust, &f);
	assert_only(&f, REASON_ADMITTED);
	s.label.exp_sec = NOW + 10;
	appraise_with(&s, trust, &f);
	assert_only(&f, REASON_ADMITTED);
	s.now_sec = NOW + 10;
	appraise_with(&s, trust, &f);
	assert_only(&f, REASON_LABEL_EXPIRED);

	s = good_situation();
	for (unsigned i = 0; i < 200; i++) {
		(void)snprintf(s.label.number, sizeof(s.label.number), "KISA-2026-%04u", i / 2);
		appraise_with(&s, trust, &f);
		assert_only(&f, REASON_ADMITTED);
		assert_string_equal(f.labels[0].number, s.label.number);
	}
	trust_free(trust);
}

/* With a full cache, new labels do not drop the one used least lately while it is needed. */
static void test_label_cache_keeps_what_is_used(void **state)
{
	static uint8_t signed_labels[HALLMARK_LABELS_MAX][HALLMARK_TOKEN_MAX];
	uint8_t signed_evidence[HALLMARK_TOKEN_MAX];
	struct writer evidence_writer = WRITER(signed_evidence);
	struct situation s = good_situation();
	struct trust *trust = trust_of(&s);
	struct identity *id = identity_of(&s, trust);
	struct submission submission = { .evidence = sign_evidence(&s, &evidence_writer) };
	static struct facts f;

	(void)state;
	for (size_t i = 0; i < HALLMARK_LABELS_MAX; i++) {
		struct writer w = WRITER(signed_labels[i]);

		(void)snprintf(s.label.number, sizeof(s.label.number), "L-%zu", i);
		submission.labels[i] = sign_label(&s, &w);
	}
	submission.n_labels = 1;
	assert_int_equal(settled(id, &s.channel, &submission, trust, NOW, &f), 0);
	for (unsigned i = 0; i < LABEL_CACHE_MAX - 1; i++) {
		(void)snprintf(s.label.number, sizeof(s.label.number), "F-%u", i);
		appraise_with(&s, trust, &f);
	}
	submission.n_labels = HALLMARK_LABELS_MAX;
	assert_int_equal(settled(id, &s.channel, &submission, trust, NOW, &f), 0);
	for (size_t i = 0; i < HALLMARK_LABELS_MAX; i++) {
		(void)snprintf(s.label.number, sizeof(s.label.number), "L-%zu", i);
		assert_string_equal(f.labels[i].number, s.label.number);
		assert_checks(f.labels[i].checks, CHECK_LABEL_SIGNATURE, CHECK_LABEL_STATUS, REASON_ADMITTED);
	}
	identity_free(id);
	trust_free(trust);
}

/*
 * Whatever one changed byte or missing end does to evidence or label, its signature check does not
 * pass.
 */
static void test_mutations(void **state)
{
	uint8_t evidence[HALLMARK_TOKEN_MAX], label[HALLMARK_TOKEN_MAX];
	struct writer evidence_writer = WRITER(evidence), label_writer = WRITER(label);
	struct situation s = good_situation();
	struct trust *trust = trust_of(&s);
	struct identity *id = identity_of(&s, trust);
	struct submission submission = { .evidence = sign_evidence(&s, &evidence_writer),
					 .labels = { sign_label(&s, &label_writer) },
					 .n_labels = 1 };
	struct submission good = submission;
	static struct facts f;

	(void)state;
	for (size_t i = 0; i < good.evidence.n; i++) {
		evidence[i] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(settled(id, &s.channel, &submission, trust, NOW, &f), 0);
		assert_int_equal(f.checks[CHECK_EVIDENCE_SIGNATURE].state, CHECK_FAILED);
		evidence[i] ^= (uint8_t)(1 << i % 8);
		submission.evidence.n = i;
		assert_int_equal(settled(id, &s.channel, &submission, trust, NOW, &f), 0);
		assert_int_equal(f.checks[CHECK_EVIDENCE_SIGNATURE].state, CHECK_FAILED);
		submission = good;
	}
	for (size_t i = 0; i < good.labels[0].n; i++) {
		label[i] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(settled(id, &s.channel, &submission, trust, NOW, &f), 0);
		assert_int_equal(f.labels[0].checks[CHECK_LABEL_SIGNATURE].state, CHECK_FAILED);
		label[i] ^= (uint8_t)(1 << i % 8);
		submission.labels[0].n = i;
		assert_int_equal(settled(id, &s.channel, &submission, trust, NOW, &f), 0);
		assert_int_equal(f.labels[0].checks[CHECK_LABEL_SIGNATURE].state, CHECK_FAILED);
		submission = good;
	}
	assert_int_equal(settled(id, &s.channel, &good, trust, NOW, &f), 0);
	assert_only(&f, REASON_ADMITTED);
	identity_free(id);
	trust_free(trust);
}

/* --- Trust --- */

static void test_issuers(void **state)
{
	static const char sixteen[] = "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p";
	_cleanup_free_ char *kisa = pki_public_pem(world.kisa), *csa = pki_public_pem(world.csa);
	_cleanup_free_ char *edward = pki_public_pem(world.edward);
	EVP_PKEY *rsa = pki_key_new(PKI_RSA);
	_cleanup_free_ char *rsa_pem = pki_public_pem(rsa);
	struct trust *trust = trust_new();
	char long_name[ISSUER_SIZE + 1];

	(void)state;
	memset(long_name, 'x', ISSUER_SIZE);
	long_name[ISSUER_SIZE] = '\0';
	assert_int_equal(trust_add_issuer(trust, long_name, "a", bytes_of_string(kisa)), -E2BIG);
	assert_int_equal(trust_add_issuer(trust, long_name + 1, "a", bytes_of_string(kisa)), 0);
	assert_int_equal(trust_add_issuer(trust, "other", "a", bytes_of_string(kisa)), -EEXIST);
	assert_int_equal(trust_add_issuer(trust, "x", "a,0123456789abcdef", bytes_of_string(csa)), -E2BIG);
	assert_int_equal(trust_add_issuer(trust, "x", "a,0123456789abcde", bytes_of_string(csa)), 0);
	assert_int_equal(trust_add_issuer(trust, "y", "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", bytes_of_string(edward)),
			 -E2BIG);
	assert_int_equal(trust_add_issuer(trust, "y", sixteen, bytes_of_string(edward)), 0);
	assert_int_equal(trust_add_issuer(trust, "z", "a", bytes_of_string("no key")), -EBADMSG);
	assert_int_equal(trust_add_issuer(trust, "z", "a", bytes_of_string(rsa_pem)), -ENOTSUP);
	assert_int_equal(trust->n_issuers, 3);
	assert_int_equal(trust->issuers[2].n_schemes, 16);
	assert_string_equal(trust->issuers[2].schemes[15], "p");
	EVP_PKEY_free(rsa);
	trust_free(trust);
}

static void test_registers(void **state)
{
	struct situation s = good_situation();
	struct trust *trust = trust_of(&s);
	struct label labels[2] = { label_of(&s), label_of(&s) };
	struct label_register reg = { .issuer = "KISA", .iat_sec = NOW - 1, .exp_sec = NOW + 1, .sequence = 7 };
	enum hallmark_reason reason;

	(void)state;
	(void)snprintf(labels[1].number, sizeof(labels[1].number), "another");
	assert_int_equal(add_register(trust, labels, 2, &reg, world.kisa), REASON_ADMITTED);
	assert_int_equal(trust->n_registers, 1);
	assert_true(trust->registers[0].reg.sequence == 7 && trust->registers[0].reg.iat_sec == NOW - 1);
	assert_int_equal(add_register(trust, labels, 2, &reg, world.nobody), REASON_LABEL_SIGNER);
	assert_int_equal(add_register(trust, labels, 2, &reg, world.csa), REASON_LABEL_SIGNER);
	reg.exp_sec = NOW;
	assert_int_equal(add_register(trust, labels, 2, &reg, world.kisa), REASON_LABEL_EXPIRED);
	reg.exp_sec = NOW + 1;
	(void)snprintf(labels[1].scheme, sizeof(labels[1].scheme), "SG-CLS"); /* one statement spoils all */
	assert_int_equal(add_register(trust, labels, 2, &reg, world.kisa), REASON_LABEL_ISSUER_SCHEME);
	reg.sequence++;
	reg.iat_sec++;
	assert_int_equal(add_register(trust, labels, 1, &reg, world.kisa), REASON_ADMITTED);
	assert_int_equal(trust_add_register(trust, TEXT("register"), NOW, NULL, &reason), 0);
	assert_int_equal(reason, REASON_LABEL_MALFORMED);
	assert_int_equal(trust->n_registers, 1);
	assert_true(trust->registers[0].reg.n_labels == 1 && trust->registers[0].reg.sequence == 8);
	trust_free(trust);

	s.makers = "pen:32473";
	trust = trust_of(&s);
	labels[1] = labels[0];
	(void)snprintf(labels[1].number, sizeof(labels[1].number), "another");
	assert_int_equal(add_register(trust, labels, 2, &reg, world.kisa), REASON_ADMITTED);
	two_makers(&s); /* and one class spoils its statement */
	labels[1] = label_of(&s);
	assert_int_equal(add_register(trust, labels, 2, &reg, world.kisa), REASON_LABEL_ISSUER_MAKER);
	trust_free(trust);
}

/*
 * Among many labels of two registers, those of exactly this product, those in force first, four at
 * most, none twice.
 */
static void test_register_lookup(void **state)
{
	enum { N = 300 };
	static struct label_class classes[N][2];
	static struct label labels[N];
	struct situation s = good_situation();
	struct trust *trust = trust_of(&s);
	struct label_register reg = { .issuer = "KISA", .iat_sec = NOW - 1, .exp_sec = NOW + 1, .sequence = 1 };
	static struct facts f;

	(void)state;
	add_issuer(trust, "TTA", "KR-CIC", world.edward);
	for (unsigned i = 0; i < N; i++) {
		struct label *label = &labels[i];

		*label = s.label;
		(void)snprintf(label->number, sizeof(label->number), "N-%u", i);
		for (size_t j = 0; j < 2; j++) {
			classes[i][j] = s.classes[0];
			(void)snprintf(classes[i][j].product.model, 67, "WP-%u", i); /* WP-100 is one, WP-10 another */
		}
		label->classes = classes[i];
		label->n_classes = 2;
	}
	assert_int_equal(add_register(trust, labels, N, &reg, world.kisa), REASON_ADMITTED);
	s.no_label = true;
	appraise_with(&s, trust, &f);
	assert_only(&f, REASON_ADMITTED);
	assert_string_equal(f.labels[0].number, "N-100");

	(void)snprintf(s.evidence.product.model, sizeof(s.evidence.product.model), "WP-300");
	appraise_with(&s, trust, &f);
	assert_int_equal(f.n_labels, 0);

	s = good_situation();
	s.no_label = true;
	for (unsigned i = 0; i < 6; i++) { /* of one model: five that have ended, and the last in force */
		labels[i] = labels[100];
		(void)snprintf(labels[i].number, sizeof(labels[i].number), "M-%u", i);
		labels[i].exp_sec = i < 5 ? NOW - 1 : NOW + 1;
		(void)snprintf(labels[i].issuer, sizeof(labels[i].issuer), "TTA");
	}
	(void)snprintf(reg.issuer, sizeof(reg.issuer), "TTA");
	assert_int_equal(add_register(trust, labels, 6, &reg, world.edward), REASON_ADMITTED);
	appraise_with(&s, trust, &f);
	assert_int_equal(f.n_labels, HALLMARK_LABELS_MAX);
	assert_string_equal(f.labels[0].number, "N-100");
	assert_string_equal(f.labels[1].number, "M-5");
	assert_checks(f.labels[1].checks, CHECK_LABEL_SIGNATURE, CHECK_LABEL_STATUS, REASON_ADMITTED);
	assert_checks(f.labels[2].checks, CHECK_LABEL_SIGNATURE, CHECK_LABEL_STATUS, REASON_LABEL_EXPIRED);
	assert_string_not_equal(f.labels[2].number, f.labels[3].number);
	trust_free(trust);
}

/* Whose chain a label vouches for is so until the first of the label, its register and its status list ends. */
static void test_voucher_ends(void **state)
{
	static const struct {
		int64_t label_sec, register_sec, list_sec;
		bool is_sent;
		enum expiry_cause cause;
	} rows[] = {
		{ NOW + 1, NOW + 2, NOW + 3, false, EXPIRY_LABEL },
		{ NOW + 2, NOW + 1, NOW + 3, false, EXPIRY_REGISTER },
		{ NOW + 3, NOW + 2, NOW + 1, false, EXPIRY_STATUS_LIST },
		{ NOW + 1, NOW + 2, NOW + 3, true, EXPIRY_LABEL },
		{ NOW + 3, NOW + 2, NOW + 1, true, EXPIRY_STATUS_LIST },
	};
	static struct facts f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct situation s = good_situation();

		s.anchor = NULL;
		s.register_too = true;
		s.no_label = !rows[i].is_sent;
		s.label.exp_sec = rows[i].label_sec;
		s.register_exp_sec = rows[i].register_sec;
		name_status(&s);

		struct trust *trust = trust_of(&s);

		assert_int_equal(add_status_list(trust, &(struct list_request){ .iat_sec = NOW - 1,
										.exp_sec = rows[i].list_sec }),
				 REASON_ADMITTED);
		appraise_with(&s, trust, &f);
		assert_int_equal(f.checks[CHECK_CHAIN].state, CHECK_PASSED);
		assert_true(f.expiry.at_sec == NOW + 1);
		assert_int_equal(f.expiry.cause, rows[i].cause);
		trust_free(trust);
	}
}

/* Two labels that stand for the path until the same second: the first that was sent is what is named. */
static void test_equal_vouchers(void **state)
{
	static uint8_t signed_labels[2][HALLMARK_TOKEN_MAX], signed_evidence[HALLMARK_TOKEN_MAX];
	struct writer evidence_writer = WRITER(signed_evidence);
	struct situation s = good_situation(), listed = good_situation();
	struct writer by_label = WRITER(signed_labels[0]), by_list = WRITER(signed_labels[1]);
	struct bytes labels[2];
	static struct facts f;

	(void)state;
	s.anchor = NULL;
	s.label.exp_sec = NOW + 9;
	name_status(&listed);
	labels[0] = sign_label(&s, &by_label);
	labels[1] = sign_label(&listed, &by_list);

	struct trust *trust = trust_of(&s);
	struct identity *id = identity_of(&s, trust);
	struct submission submission = { .evidence = sign_evidence(&s, &evidence_writer), .n_labels = 2 };

	assert_int_equal(add_status_list(trust, &(struct list_request){ .iat_sec = NOW, .exp_sec = NOW + 9 }),
			 REASON_ADMITTED);
	for (size_t first = 0; first < 2; first++) {
		submission.labels[0] = labels[first];
		submission.labels[1] = labels[1 - first];
		assert_int_equal(settled(id, &s.channel, &submission, trust, NOW, &f), 0);
		assert_int_equal(f.checks[CHECK_CHAIN].state, CHECK_PASSED);
		assert_true(f.expiry.at_sec == NOW + 9);
		assert_int_equal(f.expiry.cause, first == 0 ? EXPIRY_LABEL : EXPIRY_STATUS_LIST);
	}
	identity_free(id);
	trust_free(trust);
}

/* A suspended label that is revoked is judged again, though it was not valid before either; its neighbours are not. */
static void test_changes_of_a_status(void **state)
{
	struct situation s = good_situation();
	struct trust *trusts[2];
	_cleanup_free_ uint64_t *changes = NULL;
	size_t n = 0;

	(void)state;
	for (uint8_t i = 0; i < 2; i++) {
		trusts[i] = trust_of(&s);
		assert_int_equal(
			add_status_list(trusts[i], &(struct list_request){ .iat_sec = NOW - 1, .status = 2 - i }),
			REASON_ADMITTED);
	}
	assert_int_equal(trust_changes(trusts[0], trusts[1], NOW, &changes, &n), 0);
	assert_int_equal(n, 1);
	assert_true(changes[0] == status_entry_question("KISA", STATUS_URI, 5));
	trust_free(trusts[0]);
	trust_free(trusts[1]);
}

/* A register that has ended since is another answer than its successor's, from the second of its end on. */
static void test_changes_of_an_ended_register(void **state)
{
	struct situation s = good_situation();
	struct trust *trusts[2];

	(void)state;
	s.register_too = true;
	for (int i = 0; i < 2; i++) {
		s.register_exp_sec = NOW + 1 + i;
		trusts[i] = trust_of(&s);
	}
	for (int64_t now_sec = NOW; now_sec < NOW + 3; now_sec++) {
		_cleanup_free_ uint64_t *changes = NULL;
		size_t n = 0;

		assert_int_equal(trust_changes(trusts[0], trusts[1], now_sec, &changes, &n), 0);
		assert_int_equal(n, now_sec == NOW + 1 ? 2 : 0); /* of the product, and of the number */
		;
	}
	trust_free(trusts[0]);
	trust_free(trusts[1]);
}

/* Of a long list up to 65,536 entries that are not valid are told apart, and with one more it is one answer. */
static void test_changes_of_a_long_list(void **state)
{
	enum { TOLD_APART = 65536 };
	static uint8_t statuses[(TOLD_APART + 8) / 4];
	struct situation s = good_situation();

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct status_list list = { .uri = STATUS_URI, .bits = 2, .statuses = statuses, .n = sizeof(statuses) };
		_cleanup_free_ uint64_t *changes = NULL;
		struct trust *trusts[2];
		size_t n = 0;

		memset(statuses, 0, sizeof(statuses));
		for (size_t i = 0; i < TOLD_APART + more; i++)
			statuses[i / 4] |= (uint8_t)(1 << i % 4 * 2); /* revoked */
		for (size_t i = 0; i < 2; i++) {
			uint8_t token[32768];
			struct writer w = WRITER(token);
			enum hallmark_reason reason = REASON_INTERNAL;

			trusts[i] = trust_of(&s);
			list.iat_sec = NOW;
			assert_int_equal(status_list_sign(&list, world.kisa, &w), 0);
			assert_int_equal(trust_add_status_list(trusts[i], writer_bytes(&w), NULL, &reason), 0);
			assert_int_equal(reason, REASON_ADMITTED);
			statuses[1] ^= 0x0c; /* the status at 5 becomes suspended */
		}
		assert_int_equal(trust_changes(trusts[0], trusts[1], NOW, &changes, &n), 0);
		assert_int_equal(n, 1);
		assert_true(changes[0] == (more ? status_question("KISA", STATUS_URI) :
						  status_entry_question("KISA", STATUS_URI, 5)));
		trust_free(trusts[0]);
		trust_free(trusts[1]);
	}
}

/* One list too many is refused; those that are held can be replaced all the same. */
static void test_status_lists_max(void **state)
{
	struct situation s = good_situation();
	struct trust *trust = trust_of(&s);
	struct status_list list = { .bits = 1, .statuses = (uint8_t[]){ 0 }, .n = 1, .iat_sec = NOW };
	enum hallmark_reason reason = REASON_INTERNAL;
	uint8_t token[1024];
	struct writer w;

	(void)state;
	for (int i = 0; i <= HALLMARK_STATUS_LISTS_MAX; i++) {
		(void)snprintf(list.uri, sizeof(list.uri), STATUS_URI "/%d", i);
		w = WRITER(token);
		assert_int_equal(status_list_sign(&list, world.kisa, &w), 0);
		assert_int_equal(trust_add_status_list(trust, writer_bytes(&w), NULL, &reason),
				 i < HALLMARK_STATUS_LISTS_MAX ? 0 : -E2BIG);
	}
	assert_int_equal(trust->n_standings, HALLMARK_STATUS_LISTS_MAX);
	assert_int_equal(add_status_list(trust, &(struct list_request){ .iat_sec = NOW + 1, .uri = STATUS_URI "/7" }),
			 REASON_ADMITTED);
	assert_int_equal(trust->n_standings, HALLMARK_STATUS_LISTS_MAX);
	trust_free(trust);
}

/* The certificate ends what rests on it also where no evidence does, and no claim of such evidence is stated. */
static void test_end_without_evidence(void **state)
{
	static struct facts f;

	(void)state;
	for (int is_good = 0; is_good < 2; is_good++) {
		struct situation s = good_situation();

		if (!is_good)
			evidence_of_other_key(&s);
		appraise_situation(&s, &f);
		assert_int_equal(f.checks[CHECK_EVIDENCE_SIGNATURE].state, is_good ? CHECK_PASSED : CHECK_FAILED);
		assert_int_equal(f.expiry.cause, EXPIRY_CERTIFICATE);
		assert_true(f.expiry.at_sec == PKI_NOT_AFTER_SEC);
		assert_int_equal(f.labels[0].firmware_bound, is_good);
	}
}

/* The schemes and makers that an issuer has are those up to its count: what stands behind them is nobody's word. */
static void test_issuer_lists_end(void **state)
{
	struct situation s = good_situation();
	struct label label = label_of(&s);
	struct issuer issuer = { .name = "KISA",
				 .schemes = { "SG-CLS", "KR-CIC" },
				 .n_schemes = 2,
				 .makers = { "pen:1", "pen:32473" },
				 .n_makers = 2 };

	(void)state;
	assert_int_equal(issuer_check(&issuer, &label), REASON_ADMITTED);
	issuer.n_makers = 1;
	assert_int_equal(issuer_check(&issuer, &label), REASON_LABEL_ISSUER_MAKER);
	issuer.n_schemes = 1;
	assert_int_equal(issuer_check(&issuer, &label), REASON_LABEL_ISSUER_SCHEME);
}

static void test_expiry(void **state)
{
	struct expiry e = { .at_sec = TIME_FOREVER };

	(void)state;
	expiry_bound(&e, 100, EXPIRY_LABEL);
	expiry_bound(&e, 100, EXPIRY_POLICY);
	expiry_bound(&e, 101, EXPIRY_REGISTER);
	assert_true(e.at_sec == 100 && e.cause == EXPIRY_LABEL);
	expiry_bound(&e, 99, EXPIRY_REGISTER);
	assert_true(e.at_sec == 99 && e.cause == EXPIRY_REGISTER);
	for (enum expiry_cause i = EXPIRY_NONE; i < _EXPIRY_MAX; i++)
		assert_true(expiry_cause_name(i) && expiry_cause_name(i)[0]);
	assert_string_equal(expiry_cause_name(EXPIRY_CERTIFICATE), "certificate");
	assert_string_equal(expiry_cause_name(_EXPIRY_MAX), "unknown");
}

/* Of the reasons of checks 1 to 14, each that an appraisal can find was found by a case above. */
static void test_every_reason_has_a_case(void **state)
{
	static const enum hallmark_reason all[] = {
#define X(number, id, name, sentence) number,
		HALLMARK_REASONS(X)
#undef X
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		bool is_found = false;

		for (size_t j = 0; j < ARRAY_SIZE(cases); j++)
			is_found |= cases[j].reason == all[i];
		switch (REASON_CHECK(all[i])) {
		case CHECK_EVIDENCE_SIGNATURE:
		case CHECK_FRESHNESS:
		case CHECK_SAME_DEVICE:
		case CHECK_DEBUG:
		case CHECK_LABEL_SIGNATURE:
		case CHECK_LABEL_CLASS:
		case CHECK_LABEL_ANCHOR:
		case CHECK_LABEL_VALIDITY:
			break;
		default:
			continue; /* certificates: test_identity; absent ones: in every case */
		}
		switch (all[i]) {
		case REASON_NONCE_MISSING: /* evidence without a handle is refused by its decoder */
		case REASON_UEID_TAKEN:    /* the core's to find */
		case REASON_REPLAYED:      /* likewise: test_freshness */
		case REASON_LABEL_ABSENT:  /* no label has no facts */
		case REASON_REGISTER_NUMBER_TWICE:
		case REASON_REGISTER_NOT_YET:
		case REASON_REGISTER_OLDER:       /* of a register, not of a label: test_trust */
		case REASON_LABEL_SUPERSEDED:     /* by another label: test_recognise */
		case REASON_LABEL_EXTENDED_TWICE: /* an earlier version's */
		case REASON_LABEL_REPLACED:       /* by another statement: test_latest_word */
		case REASON_LABEL_WITHDRAWN:      /* likewise */
		case REASON_LABEL_PERIOD:         /* the scheme's: test_recognise */
			assert_false(is_found);
			break;
		default:
			if (!is_found)
				fail_msg("no case finds %s", reason_name(all[i]));
		}
	}
}

/* Of a label that does not cover the device, the nearest class is stated, and what it has otherwise. */
static void test_nearest_class(void **state)
{
	static const struct {
		const char *first, *second, *hwversion, *said; /* models of the classes, hardware of both */
		enum class_difference differs;
	} rows[] = {
		{ "WP-100", "WP-200", "", "", CLASS_DIFFERS_NOT },
		{ "WP-200", "WP-100 ", "", "WP-100 ", CLASS_DIFFERS_MODEL },
		{ "wp-100", "WP-200", "", "wp-100", CLASS_DIFFERS_MODEL },
		{ "WP-200", "WP-300", "", "WP-200", CLASS_DIFFERS_MODEL },
		{ "WP-200", "WP-100", "other", "other", CLASS_DIFFERS_HWVERSION },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct situation s = good_situation();
		struct facts f;

		s.label.n_classes = 2;
		s.classes[1] = s.classes[0];
		for (unsigned k = 0; k < 2; k++) {
			struct product *p = &s.classes[k].product;

			(void)snprintf(p->model, sizeof(p->model), "%s", k ? rows[i].second : rows[i].first);
			(void)snprintf(p->hwversion, sizeof(p->hwversion), "%s", rows[i].hwversion);
		}
		appraise_situation(&s, &f);
		assert_int_equal(f.labels[0].n_classes, 2);
		assert_int_equal(f.labels[0].class_differs, rows[i].differs);
		assert_string_equal(f.labels[0].class_said, rows[i].said);
	}

	struct situation s = good_situation();
	struct facts f;

	(void)snprintf(s.classes[0].version_from, sizeof(s.classes[0].version_from), "99.0.0");
	(void)snprintf(s.classes[0].version_to, sizeof(s.classes[0].version_to), "99.9.9");
	appraise_situation(&s, &f);
	assert_int_equal(f.labels[0].class_differs, CLASS_DIFFERS_VERSION);
	assert_string_equal(f.labels[0].class_said, "99.0.0 to 99.9.9");

	s.classes[0].version_scheme = VERSION_DECIMAL;
	appraise_situation(&s, &f);
	assert_int_equal(f.labels[0].class_differs, CLASS_DIFFERS_VERSION_SCHEME);
	assert_string_equal(f.labels[0].class_said, "decimal");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nearest_class),
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_certificate_and_chain),
		cmocka_unit_test(test_revocation),
		cmocka_unit_test(test_label_status),
		cmocka_unit_test(test_revoked_label_vouches_not),
		cmocka_unit_test(test_status_lists),
		cmocka_unit_test(test_firmware),
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_issuer_role),
		cmocka_unit_test(test_change_of_issuer),
		cmocka_unit_test(test_changes_touch),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_nothing_unverified),
		cmocka_unit_test(test_who_may_vouch),
		cmocka_unit_test(test_a_certificate_that_ended_before_1970),
		cmocka_unit_test(test_empty_context_of_no_handshake),
		cmocka_unit_test(test_someone_elses_evidence),
		cmocka_unit_test(test_several_labels),
		cmocka_unit_test(test_latest_word),
		cmocka_unit_test(test_ended_register_says_nothing),
		cmocka_unit_test(test_replaced_label_vouches_not),
		cmocka_unit_test(test_label_cache),
		cmocka_unit_test(test_label_cache_keeps_what_is_used),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_issuers),
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_register_lookup),
		cmocka_unit_test(test_voucher_ends),
		cmocka_unit_test(test_equal_vouchers),
		cmocka_unit_test(test_changes_of_a_status),
		cmocka_unit_test(test_changes_of_an_ended_register),
		cmocka_unit_test(test_changes_of_a_long_list),
		cmocka_unit_test(test_status_lists_max),
		cmocka_unit_test(test_end_without_evidence),
		cmocka_unit_test(test_issuer_lists_end),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_every_reason_has_a_case),
	};

	return cmocka_run_group_tests(tests, make_world, free_world);
}
