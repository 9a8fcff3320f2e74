/* SPDX-License-Identifier: Apache-2.0 */
/* links: settle judge */
/*
 * The whole argument in memory, with a stub clock: from certificate, session and body to a decision and its EAR. Each
 * row is one story of a device; what differs from the device that is admitted stands in the row.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "appraise/appraise.h"
#include "appraise/expiry.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/handshake.h"
#include "base/signed_inputs.h"
#include "config/config.h"
#include "core/settle/result.h"
#include "decide/choose.h"
#include "decide/decide.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "hallmark/check.h"
#include "hallmark/protocol.h"
#include "ipc/ipc.h"
#include "judge/pipeline.h"
#include "pki.h"
#include "token/cose.h"
#include "token/ear.h"
#include "token/evidence.h"
#include "token/label.h"
#include "token/product.h"
#include "token/submission.h"

#define SEC_2025_01_01 INT64_C(1735689600) /* R7 and R8 come into force: conf/arrangements.conf */

static const uint8_t ueid[] = { 0x01, 2, 3, 4, 5, 6, 7, 8 };
static const uint8_t channel_value[HALLMARK_HANDLE_LEN] = { 0xc4 };
static const uint8_t other_channel_value[HALLMARK_HANDLE_LEN] = { 0xc5 };

static struct config *config;
static struct trust *trust;
static struct pki_node maker, other_maker, device, issuers[3], stranger;
static const char *const schemes[] = { "KR-CIC", "SG-CLS", "DE-ITSK" };

struct story {
	const char *name;
	const char *scheme; /* NULL: no label is sent */
	uint8_t level;
	const char *category;
	int64_t now_sec; /* 0: PKI_NOW_SEC */
	bool forged_label, other_model, other_anchor, others_evidence, debug, spent, wrong_format, garbage;
	/* what must come of it */
	const char *zone;
	enum hallmark_reason reason, held_back;
	uint8_t home_level;
	const char *arrangement;
};

/* NULL: possession and channel value are as in the story. */
static const struct handshake *handshake;
static const uint8_t *named_value = channel_value; /* in the evidence, and of the session */

static const struct story stories[] = {
	{ .name = "a wall-pad that Korea certified",
	  .scheme = "KR-CIC",
	  .level = 2,
	  .category = "wall-pad",
	  .zone = "trusted",
	  .reason = REASON_ADMITTED,
	  .held_back = REASON_ADMITTED,
	  .home_level = 2,
	  .arrangement = "" },
	{ .name = "the same with Standard",
	  .scheme = "KR-CIC",
	  .level = 3,
	  .category = "wall-pad",
	  .zone = "trusted",
	  .reason = REASON_ADMITTED,
	  .held_back = REASON_ADMITTED,
	  .home_level = 3,
	  .arrangement = "" },
	{ .name = "the same with Lite",
	  .scheme = "KR-CIC",
	  .level = 1,
	  .category = "wall-pad",
	  .zone = "restricted",
	  .reason = REASON_ADMITTED,
	  .held_back = REASON_RULE_LEVEL,
	  .arrangement = "" },
	{ .name = "a lamp with Singapore's highest level, capped",
	  .scheme = "SG-CLS",
	  .level = 4,
	  .category = "lighting",
	  .zone = "trusted",
	  .reason = REASON_ADMITTED,
	  .held_back = REASON_ADMITTED,
	  .home_level = 2,
	  .arrangement = "R8" },
	{ .name = "a lamp one level below the arrangement",
	  .scheme = "SG-CLS",
	  .level = 2,
	  .category = "lighting",
	  .zone = "restricted",
	  .reason = REASON_ADMITTED,
	  .held_back = REASON_ARRANGEMENT_LEVEL,
	  .arrangement = "" },
	{ .name = "the lamp a second before the arrangement",
	  .scheme = "SG-CLS",
	  .level = 4,
	  .category = "lighting",
	  .now_sec = SEC_2025_01_01 - 1,
	  .zone = "restricted",
	  .reason = REASON_ADMITTED,
	  .held_back = REASON_ARRANGEMENT_DATE,
	  .arrangement = "" },
	{ .name = "the lamp when it comes into force",
	  .scheme = "SG-CLS",
	  .level = 4,
	  .category = "lighting",
	  .now_sec = SEC_2025_01_01,
	  .zone = "trusted",
	  .reason = REASON_ADMITTED,
	  .held_back = REASON_ADMITTED,
	  .home_level = 2,
	  .arrangement = "R8" },
	{ .name = "a German lock",
	  .scheme = "DE-ITSK",
	  .level = 1,
	  .category = "door-lock",
	  .zone = "restricted",
	  .reason = REASON_ADMITTED,
	  .held_back = REASON_ARRANGEMENT_APPLICATION, /* R10 and R11: nothing until the operator opts in */
	  .arrangement = "" },
	{ .name = "a label that a stranger signed",
	  .scheme = "SG-CLS",
	  .level = 4,
	  .category = "lighting",
	  .forged_label = true,
	  .zone = "quarantine",
	  .reason = REASON_LABEL_SIGNER,
	  .held_back = REASON_ADMITTED },
	{ .name = "a label of another model",
	  .scheme = "KR-CIC",
	  .level = 2,
	  .category = "wall-pad",
	  .other_model = true,
	  .zone = "quarantine",
	  .reason = REASON_CLASS_MISMATCH,
	  .held_back = REASON_ADMITTED },
	{ .name = "a label of another maker's devices",
	  .scheme = "KR-CIC",
	  .level = 2,
	  .category = "wall-pad",
	  .other_anchor = true,
	  .zone = "quarantine",
	  .reason = REASON_CHAIN_UNANCHORED,
	  .held_back = REASON_ADMITTED },
	{ .name = "no label", .zone = "quarantine", .reason = REASON_CHAIN_UNANCHORED, .held_back = REASON_ADMITTED },
	{ .name = "evidence of another session",
	  .scheme = "KR-CIC",
	  .level = 2,
	  .category = "wall-pad",
	  .others_evidence = true,
	  .zone = "quarantine",
	  .reason = REASON_NONCE_UNKNOWN,
	  .held_back = REASON_ADMITTED },
	{ .name = "evidence sent twice",
	  .scheme = "KR-CIC",
	  .level = 2,
	  .category = "wall-pad",
	  .spent = true,
	  .zone = "quarantine",
	  .reason = REASON_CHANNEL_SPENT,
	  .held_back = REASON_ADMITTED },
	{ .name = "an open debug port",
	  .scheme = "KR-CIC",
	  .level = 2,
	  .category = "wall-pad",
	  .debug = true,
	  .zone = "quarantine",
	  .reason = REASON_DEBUG_ENABLED,
	  .held_back = REASON_ADMITTED },
	{ .name = "another content format",
	  .scheme = "KR-CIC",
	  .level = 2,
	  .category = "wall-pad",
	  .wrong_format = true,
	  .reason = REASON_CONTENT_FORMAT },
	{ .name = "garbage", .garbage = true, .reason = REASON_MALFORMED },
};

static void add_text(char *ret, size_t size, const char *text)
{
	must(snprintf(ret, size, "%s", text) < (int)size);
}

/* --- what the device sends --- */

static void sign_evidence(const struct story *s, struct writer *w)
{
	struct evidence e = {
		.nonces = { s->others_evidence ? BYTES(other_channel_value) :
						 bytes_of(named_value, HALLMARK_HANDLE_LEN) },
		.n_nonces = 1,
		.ueid = BYTES(ueid),
		.debug = s->debug ? DEBUG_ENABLED : DEBUG_DISABLED,
		.product = { .maker = "pen:32473",
			     .model = "WP-700",
			     .swversion = "1.2.0",
			     .swversion_scheme = VERSION_SEMVER },
	};

	assert_int_equal(evidence_sign(&e, NULL, device.key, w), 0);
}

static EVP_PKEY *issuer_key(const struct story *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
		if (!s->forged_label && strcmp(schemes[i], s->scheme) == 0)
			return issuers[i].key;
	return stranger.key;
}

static void sign_label(const struct story *s, struct writer *w)
{
	struct label_class class = { .product = { .maker = "pen:32473" } };
	struct label l = {
		.level = s->level,
		.basis = HALLMARK_BASIS_TESTED,
		.nbf_sec = SEC_2025_01_01 - 2 * 86400,
		.iat_sec = 1,
		.exp_sec = PKI_NOW_SEC + 86400,
		.classes = &class,
		.n_classes = 1,
		.n_anchors = 1,
	};

	add_text(class.product.model, sizeof(class.product.model), s->other_model ? "WP-70" : "WP-700");
	add_text(l.issuer, sizeof(l.issuer), s->scheme); /* issuers are called by their schemes here */
	add_text(l.number, sizeof(l.number), "TEST-1");
	add_text(l.scheme, sizeof(l.scheme), s->scheme);
	add_text(l.category, sizeof(l.category), s->category);
	if (strcmp(s->scheme, "KR-CIC") == 0)
		add_text(l.field, sizeof(l.field), "housing");
	assert_int_equal(digest_sha256(pki_der(s->other_anchor ? &other_maker : &maker), l.anchors[0]), 0);
	assert_int_equal(label_sign(&l, issuer_key(s), w), 0);
}

static bool has_empty_label; /* before the label */

static size_t make_body(const struct story *s, uint8_t *ret, size_t size)
{
	uint8_t evidence[2048], label[2048];
	struct writer evidence_writer = WRITER(evidence), label_writer = WRITER(label), w = writer_of(ret, size);
	struct submission submission = { 0 };

	if (s->garbage) {
		memset(ret, 0xff, 100);
		return 100;
	}
	sign_evidence(s, &evidence_writer);
	submission.evidence = writer_bytes(&evidence_writer);
	if (s->scheme) {
		submission.n_labels += has_empty_label;
		sign_label(s, &label_writer);
		submission.labels[submission.n_labels++] = writer_bytes(&label_writer);
	}
	assert_int_equal(submission_encode(&submission, &w), 0);
	return w.n;
}

/* --- what comes of it --- */

static enum hallmark_reason run(const struct story *s, struct verdict *ret)
{
	uint8_t body[8192];
	struct channel channel = { .possession = true, .channel_good = !s->spent };
	const struct bytes chain[] = { pki_der(&device), pki_der(&maker) };
	struct attestation a = {
		.chain = chain,
		.n_chain = ARRAY_SIZE(chain),
		.channel = &channel,
		.handshake = handshake,
		.content_format = s->wrong_format ? HALLMARK_CF_CBOR : HALLMARK_CF_MULTIPART,
	};
	struct signed_inputs inputs = { 0 };
	struct ipc_fresh fresh;
	enum hallmark_reason reason = REASON_INTERNAL;
	int64_t now_sec = s->now_sec ? s->now_sec : PKI_NOW_SEC;

	memcpy(channel.channel_value, named_value, sizeof(channel.channel_value));
	a.body = bytes_of(body, make_body(s, body, sizeof(body)));
	const struct rules rules = { .recognition = config->recognition, .policy = config->policy };

	assert_int_equal(pipeline_appraise(&a, trust, &rules, now_sec, &ret->facts, &fresh, &inputs, &reason), 0);
	if (reason != REASON_ADMITTED)
		return reason;

	assert_int_equal(inputs.n_chain, 2);
	assert_int_equal(inputs.n_labels, s->scheme ? 1 : 0); /* what is kept stands without a gap */
	assert_true(!s->scheme || inputs.labels[0].n > 0);
	ret->facts.checks[CHECK_PLACE] = check_passed(); /* the core's to make */
	decide_facts(&config->recognition, &config->policy, &ret->facts, now_sec, &ret->decision);
	add_text(ret->zone, sizeof(ret->zone), config->policy.zones[ret->decision.zone].name);
	return reason;
}

/* A label of no bytes is no token, and harms no other: that one is judged, and kept to be judged again. */
static void test_an_empty_label(void **state)
{
	struct verdict v = { 0 };

	(void)state;
	has_empty_label = true;
	assert_int_equal(run(&stories[0], &v), REASON_ADMITTED);
	has_empty_label = false;
	assert_int_equal(v.facts.n_labels, 2);
	assert_int_equal(v.facts.labels[0].checks[CHECK_LABEL_SIGNATURE].reason, REASON_LABEL_MALFORMED);
	assert_string_equal(v.zone, stories[0].zone);
}

static struct check_result freshness_with(const struct handshake *h, enum hallmark_reason expected)
{
	static const uint8_t zeros[HALLMARK_HANDLE_LEN];
	struct verdict v = { 0 };

	handshake = h;
	named_value = zeros;
	assert_int_equal(run(&stories[0], &v), REASON_ADMITTED);
	handshake = NULL;
	named_value = channel_value;
	assert_string_equal(reason_name(v.decision.reason), reason_name(expected));
	return v.facts.checks[CHECK_FRESHNESS];
}

/* A handshake that proves nothing has no channel value, so evidence with zeros for one is not fresh. */
static void test_a_handshake_that_proves_nothing(void **state)
{
	const struct handshake nothing = { 0 };

	(void)state;
	assert_int_equal(freshness_with(NULL, REASON_ADMITTED).state, CHECK_PASSED);
	assert_int_equal(freshness_with(&nothing, REASON_NO_POSSESSION).state, CHECK_FAILED);
}

static void test_stories(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(stories); i++) {
		const struct story *s = &stories[i];
		struct verdict v = { 0 };
		enum hallmark_reason reason = run(s, &v);

		print_message("%s: %s, %s\n", s->name, v.zone, reason_name(v.decision.reason));
		if (!s->zone) {
			assert_string_equal(reason_name(reason), reason_name(s->reason));
			assert_int_equal(v.decision.zone, ZONE_QUARANTINE);
			continue;
		}
		assert_string_equal(v.zone, s->zone);
		assert_string_equal(reason_name(v.decision.reason), reason_name(s->reason));
		assert_string_equal(reason_name(verdict_held_back(&v, &config->policy)), reason_name(s->held_back));
		assert_int_equal(v.decision.home_level, s->home_level);
		if (s->arrangement)
			assert_string_equal(v.decision.arrangement, s->arrangement);
	}
}

static void test_result_says_what_was_decided(void **state)
{
	struct verdict v = { 0 };
	struct sign1 token;
	struct ear ear;
	enum sign1_result result = SIGN1_BAD_SIGNATURE;

	(void)state;
	assert_int_equal(run(&stories[3], &v), REASON_ADMITTED);
	assert_int_equal(result_sign(config, stranger.key, &v), 0);
	assert_int_equal(ear_decode(bytes_of(v.ear, v.n_ear), &token, &ear), 0);
	assert_int_equal(sign1_verify(&token, stranger.key, &result), 0);
	assert_int_equal(result, SIGN1_VALID);
	assert_int_equal(ear.status, EAR_AFFIRMING);
	assert_string_equal(ear.zone, "trusted");
	assert_string_equal(ear.arrangement, "R8");
	assert_int_equal(ear.issuer_role, HALLMARK_ISSUER_TRANSCRIBER);
	assert_string_equal(ear.expires_first, "policy");
	assert_int_equal(ear.exp_sec, PKI_NOW_SEC + 8 * 3600);
	assert_in_range(ear.renew_after_sec - PKI_NOW_SEC, 4 * 3600, 8 * 3600 * 7 / 10);
	assert_int_equal(ear.n_handles, 1);
	assert_memory_equal(ear.handles[0], channel_value, sizeof(channel_value));
}

static struct ear result_of(struct verdict *v)
{
	struct sign1 token;
	struct ear ear;

	assert_int_equal(result_sign(config, stranger.key, v), 0);
	assert_int_equal(ear_decode(bytes_of(v->ear, v->n_ear), &token, &ear), 0);
	return ear;
}

/* Draft EAR: the status is not better than the vector's worst claim, and each claim is one that AR4SI defines. */
static void test_status_is_not_better_than_its_vector(void **state)
{
	static const struct {
		const char *title;
		enum hallmark_check check;
		struct check_result found;
		bool is_refused;
		struct ear_vector vector;
		enum ear_status status;
	} rows[] = {
		{ "nothing is wrong", CHECK_NONE, { 0 }, false, { 2, 2, 0 }, EAR_AFFIRMING },
		{ "good firmware",
		  CHECK_FIRMWARE,
		  { CHECK_PASSED, REASON_ADMITTED },
		  false,
		  { 2, 2, 2 },
		  EAR_AFFIRMING },
		{ "other firmware, and no rule asks",
		  CHECK_FIRMWARE,
		  { CHECK_FAILED, REASON_FIRMWARE_MISMATCH },
		  false,
		  { 2, 2, 33 },
		  EAR_WARNING },
		{ "debugging, and no rule asks",
		  CHECK_DEBUG,
		  { CHECK_FAILED, REASON_DEBUG_ENABLED },
		  false,
		  { 2, 32, 0 },
		  EAR_WARNING },
		{ "another device's name, and no rule asks",
		  CHECK_SAME_DEVICE,
		  { CHECK_FAILED, REASON_UEID_TAKEN },
		  false,
		  { 0, 2, 0 },
		  EAR_AFFIRMING },
		{ "debugging",
		  CHECK_DEBUG,
		  { CHECK_FAILED, REASON_DEBUG_ENABLED },
		  true,
		  { 2, 96, 0 },
		  EAR_CONTRAINDICATED },
		{ "an unknown maker", CHECK_CHAIN, { CHECK_FAILED, 0 }, true, { 97, 2, 0 }, EAR_CONTRAINDICATED },
		{ "a forged signature",
		  CHECK_EVIDENCE_SIGNATURE,
		  { CHECK_FAILED, REASON_EVIDENCE_SIGNATURE },
		  true,
		  { 99, 99, 99 },
		  EAR_CONTRAINDICATED },
		{ "no evidence",
		  CHECK_EVIDENCE_SIGNATURE,
		  { CHECK_FAILED, REASON_EVIDENCE_MALFORMED },
		  true,
		  { 1, 1, 1 },
		  EAR_CONTRAINDICATED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct verdict v = { 0 };

		print_message("    %s\n", rows[i].title);
		assert_int_equal(run(&stories[3], &v), REASON_ADMITTED);
		if (rows[i].check != CHECK_NONE)
			v.facts.checks[rows[i].check] = rows[i].found;
		if (rows[i].is_refused)
			v.decision.zone = ZONE_QUARANTINE;

		struct ear ear = result_of(&v);

		assert_memory_equal(&ear.vector, &rows[i].vector, sizeof(ear.vector));
		assert_int_equal(ear.status, rows[i].status);
		assert_string_equal(ear.policy, config->policy.name);
	}
}

/* The label alone vouches for the chain here, so nothing of the identity outlives it, whatever the rule asks. */
static void test_a_label_bounds_what_it_vouches_for(void **state)
{
	struct verdict v = { 0 };

	(void)state;
	assert_int_equal(run(&stories[0], &v), REASON_ADMITTED);
	assert_int_equal(v.facts.expiry.at_sec, PKI_NOW_SEC + 86400);
	assert_int_equal(v.facts.expiry.cause, EXPIRY_LABEL);
}

/* An answer is one datagram, however much is wrong with the device. */
static void test_every_result_fits(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(stories); i++) {
		struct verdict v = { 0 };

		if (run(&stories[i], &v) != REASON_ADMITTED)
			continue;
		assert_int_equal(result_sign(config, stranger.key, &v), 0);
		assert_in_range(v.n_ear, 1, HALLMARK_ANSWER_MAX);
	}
}

static struct pki_node ca(const char *name)
{
	return pki_issue(NULL, &(struct pki_request){ .name = name, .ca = true });
}

static int set_up(void **state)
{
	(void)state;
	if (config_load("tests/unit/pipeline.conf", &config) < 0)
		return -1;
	trust = trust_new();
	maker = ca("maker");
	other_maker = ca("other maker");
	stranger = ca("stranger");
	device = pki_issue(&maker, &(struct pki_request){ .serial = "0102030405060708" });
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		issuers[i] = ca(schemes[i]);

		char *pem = pki_public_pem(issuers[i].key);
		int r = trust_add_issuer(trust, schemes[i], schemes[i], bytes_of_string(pem));

		free(pem);
		if (r < 0)
			return r;
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(issuers); i++)
		pki_done(&issuers[i]);
	pki_done(&maker);
	pki_done(&other_maker);
	pki_done(&stranger);
	pki_done(&device);
	trust_free(trust);
	config_free(config);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stories),
		cmocka_unit_test(test_an_empty_label),
		cmocka_unit_test(test_a_handshake_that_proves_nothing),
		cmocka_unit_test(test_result_says_what_was_decided),
		cmocka_unit_test(test_status_is_not_better_than_its_vector),
		cmocka_unit_test(test_a_label_bounds_what_it_vouches_for),
		cmocka_unit_test(test_every_result_fits),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
