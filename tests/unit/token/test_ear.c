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
	assert_int_equal(ear.status, EAR_AFFIRMING);
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
	ear.vector.executables = 100;
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
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
