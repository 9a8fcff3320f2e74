/* SPDX-License-Identifier: Apache-2.0 */
/* links: token base */
/* The attestation result: another implementation's, there and back, and damage. */
#include "token_kit.h"

#include <errno.h>
#include <stdio.h>

#include "token/ear.h"

static void test_golden(void **state)
{
	_cleanup_bytes_ struct bytes in = exact(BYTES(golden_result));
	_cleanup_key_ EVP_PKEY *key = key_named("p256", false);
	enum sign1_result result = SIGN1_BAD_SIGNATURE;
	struct sign1 token;
	struct ear ear;

	(void)state;
	assert_int_equal(ear_decode(in, &token, &ear), 0);
	assert_int_equal(sign1_verify(&token, key, &result), 0);
	assert_int_equal(result, SIGN1_VALID);
	assert_true(ear.iat_sec == 1767225600 && ear.exp_sec == 1767312000 && ear.renew_after_sec == 1767268800);
	assert_int_equal(ear.n_handles, 1);
	assert_int_equal(ear.handles[0][31], 0xaa);
	assert_string_equal(ear.verifier, "gateway 7");
	assert_int_equal(ear.status, EAR_WARNING);
	assert_int_equal(ear.vector.instance_identity, 2);
	assert_int_equal(ear.vector.configuration, -1);
	assert_int_equal(ear.vector.executables, 33);
	assert_string_equal(ear.policy, "apartment");
	assert_string_equal(ear.scheme, "SG-CLS");
	assert_int_equal(ear.level, 4);
	assert_string_equal(ear.home_scheme, "KR-CIC");
	assert_int_equal(ear.home_level, 2);
	assert_string_equal(ear.arrangement, "R1");
	assert_string_equal(ear.label_number, "CLS/2026/1");
	assert_string_equal(ear.zone, "trusted");
	assert_int_equal(ear.n_reasons, 2);
	assert_int_equal(ear.reasons[1], 1401);
	assert_string_equal(ear.expires_first, "label");
}

/* The text fields at their longest, all numbers at their widest. */
static struct ear widest(void)
{
	struct ear ear = {
		.iat_sec = 253402300798,
		.exp_sec = 253402300799,
		.n_handles = HALLMARK_NONCES_MAX,
		.status = EAR_CONTRAINDICATED,
		.vector = { 97, 96, 99 },
		.level = 255,
		.home_level = 255,
		.issuer_role = HALLMARK_ISSUER_SCHEME,
		.n_reasons = EAR_REASONS_MAX,
		.renew_after_sec = 253402300799,
	};

	memset(ear.verifier, 'v', sizeof(ear.verifier) - 1);
	memset(ear.policy, 'p', sizeof(ear.policy) - 1);
	memset(ear.scheme, 's', sizeof(ear.scheme) - 1);
	memset(ear.home_scheme, 'h', sizeof(ear.home_scheme) - 1);
	memset(ear.arrangement, 'a', sizeof(ear.arrangement) - 1);
	memset(ear.label_number, 'l', sizeof(ear.label_number) - 1);
	memset(ear.zone, 'z', sizeof(ear.zone) - 1);
	memset(ear.expires_first, 'e', sizeof(ear.expires_first) - 1);
	memset(ear.handles, 7, sizeof(ear.handles));
	for (size_t i = 0; i < EAR_REASONS_MAX; i++)
		ear.reasons[i] = 1604;
	return ear;
}

static void test_round_trip(void **state)
{
	const struct ear least = { .iat_sec = 1, .exp_sec = 2, .verifier = "g", .zone = "quarantine" };
	const struct ear all[] = { least, widest() };
	static const char *const keys[] = { "p256", "p384", "ed25519" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all) * ARRAY_SIZE(keys); i++) {
		_cleanup_key_ EVP_PKEY *key = key_named(keys[i / 2], true);
		uint8_t space[HALLMARK_ANSWER_MAX];
		struct writer w = WRITER(space);
		struct sign1 token;
		struct ear back;

		assert_int_equal(ear_sign(&all[i % 2], key, &w), 0); /* the widest fits into one answer */
		assert_int_equal(ear_decode(writer_bytes(&w), &token, &back), 0);
		assert_memory_equal(&back, &all[i % 2], sizeof(back));
		assert_int_equal(token.kid.n, SHA256_LEN);
		assert_string_equal(token.typ, HALLMARK_TYP_RESULT);
	}
}

static void test_sign_refuses(void **state)
{
	_cleanup_key_ EVP_PKEY *key = key_named("p256", true);
	struct ear good = widest(), ear;
	uint8_t space[HALLMARK_ANSWER_MAX];
	struct writer w = WRITER(space), small = writer_of(space, 100);

	(void)state;
	assert_int_equal(ear_sign(&good, key, &w), 0);
	assert_int_equal(ear_sign(&good, key, &small), -E2BIG);
	ear = good;
	ear.issuer_role = HALLMARK_ISSUER_SCHEME + 1;
	assert_int_equal(ear_sign(&ear, key, &w), -EINVAL);
	ear = good;
	ear.zone[0] = '\0';
	assert_int_equal(ear_sign(&ear, key, &w), -EINVAL);
	ear = good;
	ear.n_handles = HALLMARK_NONCES_MAX + 1;
	assert_int_equal(ear_sign(&ear, key, &w), -EINVAL);
	ear = good;
	ear.n_reasons = EAR_REASONS_MAX + 1;
	assert_int_equal(ear_sign(&ear, key, &w), -EINVAL);
	ear = good;
	ear.vector.executables = 128;
	assert_int_equal(ear_sign(&ear, key, &w), -EINVAL);
	ear = good;
	ear.status = (enum ear_status)3; /* no tier */
	assert_int_equal(ear_sign(&ear, key, &w), -EINVAL);
	ear = good;
	ear.exp_sec = INT64_MAX;
	assert_int_equal(ear_sign(&ear, key, &w), -EINVAL);
}

static void test_other_kinds(void **state)
{
	struct sign1 token;
	struct ear ear;

	(void)state;
	assert_int_equal(ear_decode(BYTES(golden_evidence), &token, &ear), -EBADMSG);
	assert_int_equal(ear_decode(BYTES(golden_label), &token, &ear), -EBADMSG);
	assert_int_equal(ear_decode((struct bytes){ 0 }, &token, &ear), -EBADMSG);
	assert_int_equal(ear_decode(BYTES(golden_result), &token, &ear), 0);
}

#define EAR_04                                                                                                         \
	"781d7461673a696574662e6f72672c323032363a726174732f65617223" /* tag:ietf.org,2026:rats/ear# and two digits */
#define OURS "781f7461673a68616c6c6d61726b642e6f72672c323032363a726573756c7423"

/* The least that the draft and our profile permit, and what breaks each of their rules. */
static void test_rules_of_the_draft(void **state)
{
	static const struct {
		const char *title, *appraisal, *ear;
		bool is_taken;
	} rows[] = {
#define APPRAISAL(status, vector, policies)                                                                            \
	"190109" OURS "31"                                                                                             \
	"1903e8" status "1903e9" vector policies "3a000ce8b2"                                                          \
	"a1066171"
		{ "the least", "a4" APPRAISAL("00", "a10000", ""), EAR_04 "3034", true },
		{ "an earlier draft", "a4" APPRAISAL("00", "a10000", ""), EAR_04 "3033", false },
		{ "a status of no tier", "a4" APPRAISAL("03", "a10000", ""), EAR_04 "3034", false },
		{ "affirming", "a4" APPRAISAL("02", "a10002", ""), EAR_04 "3034", true },
		{ "warning, for a reason of one's own", "a4" APPRAISAL("1820", "a1003820", ""), EAR_04 "3034", true },
		{ "no claim in the vector", "a4" APPRAISAL("00", "a0", ""), EAR_04 "3034", false },
		{ "a claim of 128", "a4" APPRAISAL("1860", "a1001880", ""), EAR_04 "3034", false },
		{ "a claim of -128", "a4" APPRAISAL("1860", "a100387f", ""), EAR_04 "3034", true },
		{ "a policy", "a5" APPRAISAL("00", "a10000", "1903eb816170"), EAR_04 "3034", true },
		{ "a policy as a text, as before", "a5" APPRAISAL("00", "a10000", "1903eb6170"), EAR_04 "3034", false },
		{ "no policy in the list", "a5" APPRAISAL("00", "a10000", "1903eb80"), EAR_04 "3034", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_key_ EVP_PKEY *key = key_named("p256", true);
		char value[1024];

		(void)snprintf(value, sizeof(value), "a166646576696365%s", rows[i].appraisal);

		const struct part parts[] = { { "04", "1a6957e900" },
					      { "06", "1a69569780" },
					      { "190109", rows[i].ear },
					      { "19010a", value },
					      { "1903ec", "a2006968616c6c6d61726b64016167" } };
		_cleanup_bytes_ struct bytes claims = claims_with(parts, ARRAY_SIZE(parts), "", NULL);
		_cleanup_bytes_ struct bytes token = signed_with(HALLMARK_TYP_RESULT, claims, key);
		struct sign1 decoded;
		struct ear ear;

		if ((ear_decode(token, &decoded, &ear) == 0) != rows[i].is_taken)
			fail_msg("%s", rows[i].title);
	}
}

/* Section 2.3.2 of AR4SI: the tier of each number, and of several claims the worst. */
static void test_tiers(void **state)
{
	static const struct {
		struct ear_vector vector;
		enum ear_status tier;
	} rows[] = {
		{ { 0, 0, 0 }, EAR_NONE },
		{ { 1, -1, 0 }, EAR_NONE },
		{ { 0, 2, 0 }, EAR_AFFIRMING },
		{ { 2, 31, 0 }, EAR_AFFIRMING },
		{ { -2, -32, 0 }, EAR_AFFIRMING },
		{ { 2, 2, 32 }, EAR_WARNING },
		{ { 2, 95, 2 }, EAR_WARNING },
		{ { -33, -96, 2 }, EAR_WARNING },
		{ { 96, 33, 2 }, EAR_CONTRAINDICATED },
		{ { 2, 127, 2 }, EAR_CONTRAINDICATED },
		{ { 2, -97, 2 }, EAR_CONTRAINDICATED },
		{ { -128, 0, 0 }, EAR_CONTRAINDICATED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (ear_vector_tier(&rows[i].vector) != rows[i].tier)
			fail_msg("row %zu", i);
}

static void on_damage(struct bytes damaged, void *userdata)
{
	enum sign1_result result = SIGN1_BAD_SIGNATURE;
	struct sign1 token;
	struct ear ear;

	int r = ear_decode(damaged, &token, &ear);
	if (r < 0) {
		assert_int_equal(r, -EBADMSG);
		return;
	}
	assert_int_equal(sign1_verify(&token, userdata, &result), 0);
	assert_int_not_equal(result, SIGN1_VALID);
}

static void test_damage(void **state)
{
	_cleanup_key_ EVP_PKEY *key = key_named("p256", false);

	(void)state;
	each_damage(BYTES(golden_result), on_damage, key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),       cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_sign_refuses), cmocka_unit_test(test_other_kinds),
		cmocka_unit_test(test_damage),       cmocka_unit_test(test_rules_of_the_draft),
		cmocka_unit_test(test_tiers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
