/* SPDX-License-Identifier: Apache-2.0 */
/* links: token base */
/* The seal of a report: there and back, what is refused, and that no other token is one. tests/lib/report_seal.py reads it, too. */
#include "token_kit.h"

#include <errno.h>
#include <stdio.h>

#include "token/ear.h"
#include "token/seal.h"

static const uint8_t digest[SHA256_LEN] = { 1, 2, 3 }, head[SHA256_LEN] = { 4, 5, 6 };

static struct seal good(void)
{
	return (struct seal){ .gateway = "gw-101.example",
			      .asked_by = "1001 (kim)",
			      .role = "auditor",
			      .entries = SEAL_ENTRIES_PART,
			      .iat_sec = 1793458800,
			      .sha256 = BYTES(digest),
			      .n_bytes = 1234,
			      .sequence = 7,
			      .head = BYTES(head) };
}

static void test_round_trip(void **state)
{
	static const char *const keys[] = { "p256", "p384", "ed25519" };
	struct seal all[] = { good(), good(), good() };

	(void)state;
	memset(all[1].gateway, 'g', sizeof(all[1].gateway) - 1); /* the widest */
	memset(all[1].asked_by, 'a', sizeof(all[1].asked_by) - 1);
	memset(all[1].role, 'r', sizeof(all[1].role) - 1);
	all[1].n_bytes = SEAL_REPORT_MAX;
	all[1].sequence = INT64_MAX;
	all[2].role[0] = '\0'; /* root */
	all[2].sequence = 0;   /* of an empty record */
	all[2].head = (struct bytes){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(all) * ARRAY_SIZE(keys); i++) {
		_cleanup_key_ EVP_PKEY *key = key_named(keys[i / 3], true);
		const struct seal *seal = &all[i % 3];
		enum sign1_result result = SIGN1_BAD_SIGNATURE;
		uint8_t space[1024];
		struct writer w = WRITER(space);
		struct sign1 token;
		struct seal back;

		assert_int_equal(seal_sign(seal, key, &w), 0);
		assert_int_equal(seal_decode(writer_bytes(&w), &token, &back), 0);
		assert_string_equal(back.gateway, seal->gateway);
		assert_string_equal(back.asked_by, seal->asked_by);
		assert_string_equal(back.role, seal->role);
		assert_string_equal(back.entries, seal->entries);
		assert_true(back.iat_sec == seal->iat_sec && back.n_bytes == seal->n_bytes &&
			    back.sequence == seal->sequence);
		assert_true(bytes_equal(back.sha256, seal->sha256) && bytes_equal(back.head, seal->head));
		assert_int_equal(sign1_verify(&token, key, &result), 0);
		assert_int_equal(result, SIGN1_VALID);
	}
}

static void expect_refused(const struct seal *seal, int error)
{
	_cleanup_key_ EVP_PKEY *key = key_named("p256", true);
	uint8_t space[1024];
	struct writer w = WRITER(space);

	assert_int_equal(seal_sign(seal, key, &w), error);
}

static void test_sign_refuses(void **state)
{
	struct seal seal = good();

	(void)state;
	expect_refused(&seal, 0);
	seal.sha256.n--;
	expect_refused(&seal, -EINVAL);
	seal = good();
	seal.n_bytes = SEAL_REPORT_MAX + 1;
	expect_refused(&seal, -EINVAL);
	seal = good();
	seal.gateway[0] = '\0';
	expect_refused(&seal, -EINVAL);
	seal = good();
	seal.asked_by[0] = '\0';
	expect_refused(&seal, -EINVAL);
	seal = good();
	seal.entries[0] = '\0';
	expect_refused(&seal, -EINVAL);
}

/* An entry without its hash, or a hash without its entry. */
static void test_half_a_head(void **state)
{
	_cleanup_key_ EVP_PKEY *key = key_named("p256", true);
	struct seal halves[] = { good(), good() };

	(void)state;
	halves[0].sequence = 0;
	halves[1].head = (struct bytes){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(halves); i++) {
		uint8_t space[1024];
		struct writer w = WRITER(space);
		struct sign1 token;
		struct seal back;

		assert_int_equal(seal_sign(&halves[i], key, &w), 0);
		assert_int_equal(seal_decode(writer_bytes(&w), &token, &back), -EBADMSG);
	}
}

/* The same key signs both, so neither may be taken for the other. */
static void test_results_and_seals(void **state)
{
	_cleanup_key_ EVP_PKEY *key = key_named("p256", true);
	const struct seal seal = good();
	uint8_t space[1024];
	struct writer w = WRITER(space);
	struct sign1 token;
	struct seal back;
	struct ear ear;

	(void)state;
	assert_int_equal(seal_decode(BYTES(golden_result), &token, &back), -EBADMSG);
	assert_int_equal(ear_decode(BYTES(golden_result), &token, &ear), 0);
	assert_int_equal(seal_sign(&seal, key, &w), 0);
	assert_int_equal(ear_decode(writer_bytes(&w), &token, &ear), -EBADMSG);
	assert_int_equal(seal_decode(writer_bytes(&w), &token, &back), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_sign_refuses),
		cmocka_unit_test(test_half_a_head),
		cmocka_unit_test(test_results_and_seals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
