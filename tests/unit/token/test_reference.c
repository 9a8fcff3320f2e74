/* SPDX-License-Identifier: Apache-2.0 */
/* links: token base */
/* Reference values: there and back, and the bounds of each claim. */
#include "token_kit.h"

#include <errno.h>

#include "base/check.h"
#include "token/reference.h"

#define TYP            "application/vnd.hallmark.reference+cwt"
#define PROFILE        "78227461673a68616c6c6d61726b642e6f72672c323032363a7265666572656e63652331"
#define RANGE          "828261310182613901"
#define ITEM           "820041aa"
#define ITEMS_16(head) head ITEM ITEM ITEM ITEM ITEM ITEM ITEM ITEM ITEM ITEM ITEM ITEM ITEM ITEM ITEM ITEM

/* The least reference there can be: pen:32473, "ABCD", versions 1 to 9. */
static const struct part parts[] = {
	{ "01", "636b7463" },       { "04", "1a6c2b0580" }, { "06", "1a6b49d200" }, { "190102", "197ed9" },
	{ "190103", "4441424344" }, { "190109", PROFILE },  { "19010f", RANGE },
};

static enum hallmark_reason decode(struct bytes in, struct reference *ret)
{
	enum hallmark_reason reason = REASON_INTERNAL;
	struct sign1 token;

	assert_int_equal(reference_decode(in, &token, ret, &reason), 0);
	assert_int_not_equal(reason, REASON_INTERNAL);
	return reason;
}

static enum hallmark_reason reason_with(const char *key, const char *value)
{
	_cleanup_key_ EVP_PKEY *signer = key_named("p256", true);
	_cleanup_bytes_ struct bytes claims = claims_with(parts, ARRAY_SIZE(parts), key, value);
	_cleanup_bytes_ struct bytes token = signed_with(TYP, claims, signer);
	struct reference reference;

	return decode(token, &reference);
}

static void test_claims(void **state)
{
	static const struct {
		const char *key, *value;
		enum hallmark_reason reason;
	} changes[] = {
		{ "", NULL, REASON_ADMITTED },
		{ "01", NULL, REASON_LABEL_CLAIMS },
		{ "04", NULL, REASON_LABEL_CLAIMS },
		{ "06", NULL, REASON_LABEL_CLAIMS },
		{ "190102", NULL, REASON_LABEL_CLAIMS },
		{ "190103", NULL, REASON_LABEL_CLAIMS },
		{ "19010f", NULL, REASON_LABEL_CLAIMS },
		{ "190109", NULL, REASON_LABEL_PROFILE },
		{ "190109", "6161", REASON_LABEL_PROFILE },
		{ "190104", "816142", REASON_ADMITTED },
		{ "190104", "6142", REASON_LABEL_CLAIMS },
		{ "19010f", "82613101", REASON_LABEL_CLAIMS },
		{ "19010f", "8282613101826139194000", REASON_LABEL_CLAIMS },
		{ "190111", "80", REASON_LABEL_CLAIMS },
		{ "190111", "4100", REASON_LABEL_CLAIMS },
		{ "190111", "814100", REASON_LABEL_CLAIMS }, /* no item of claim 273 */
		{ "190111", "8182410000", REASON_LABEL_CLAIMS },
		{ "190111", "8182004100", REASON_ADMITTED },
		{ "190111", "8282004100820141a0", REASON_ADMITTED },
		{ "190111", ITEMS_16("90"), REASON_ADMITTED },
		{ "190111", ITEMS_16("91") "820041aa", REASON_LABEL_CLAIMS },
		{ "6161", "01", REASON_ADMITTED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		enum hallmark_reason reason = reason_with(changes[i].key, changes[i].value);

		if (reason != changes[i].reason)
			print_error("change %zu: %s\n", i, reason_name(reason));
		assert_int_equal(reason, changes[i].reason);
	}
}

static void test_types(void **state)
{
	_cleanup_key_ EVP_PKEY *signer = key_named("p256", true);
	_cleanup_bytes_ struct bytes claims = claims_with(parts, ARRAY_SIZE(parts), "", NULL);
	_cleanup_bytes_ struct bytes token = signed_with("application/eat+cwt", claims, signer);
	struct reference reference;

	(void)state;
	assert_int_equal(decode(token, &reference), REASON_LABEL_TYPE);
	assert_int_equal(decode(BYTES(golden_label), &reference), REASON_LABEL_TYPE);
	assert_int_equal(decode((struct bytes){ 0 }, &reference), REASON_LABEL_MALFORMED);
}

static struct reference made(void)
{
	static const uint8_t first[] = { 0x82, 1, 0x41, 0 }, second[] = { 0x82, 1, 0x41, 1 };

	return (struct reference){
		.issuer = "maker.example",
		.iat_sec = 1800000000,
		.exp_sec = 1800000100,
		.class = { .product = { .maker = "ieee:acde48", .model = "lamp", .hwversion = "B" },
			   .version_from = "1.0",
			   .version_to = "1.9",
			   .version_scheme = VERSION_SEMVER },
		.measurements = { BYTES(first), BYTES(second) },
		.n_measurements = 2,
	};
}

static void test_round_trip(void **state)
{
	_cleanup_key_ EVP_PKEY *signer = key_named("p384", true);
	struct reference reference = made(), again;
	uint8_t space[1024];
	struct writer w = WRITER(space), small = writer_of(space, 32);

	(void)state;
	assert_int_equal(reference_sign(&reference, signer, &w), 0);
	assert_int_equal(decode(writer_bytes(&w), &again), REASON_ADMITTED);
	assert_string_equal(again.issuer, reference.issuer);
	assert_true(again.iat_sec == reference.iat_sec && again.exp_sec == reference.exp_sec);
	assert_memory_equal(&again.class, &reference.class, sizeof(again.class));
	assert_int_equal(again.n_measurements, 2);
	for (size_t i = 0; i < 2; i++)
		assert_true(bytes_equal(again.measurements[i], reference.measurements[i]));

	assert_int_equal(reference_sign(&reference, signer, &small), -E2BIG);
	reference.class.version_to[0] = '\0';
	assert_int_equal(reference_sign(&reference, signer, &w), -EINVAL);
	reference = made();
	reference.n_measurements = HALLMARK_MEASUREMENTS_MAX + 1;
	assert_int_equal(reference_sign(&reference, signer, &w), -EINVAL);
}

static void on_damage(struct bytes damaged, void *userdata)
{
	enum sign1_result result = SIGN1_BAD_SIGNATURE;
	enum hallmark_reason reason = REASON_INTERNAL;
	struct reference reference;
	struct sign1 token;

	assert_int_equal(reference_decode(damaged, &token, &reference, &reason), 0);
	assert_int_not_equal(reason, REASON_INTERNAL);
	if (reason != REASON_ADMITTED)
		return;
	assert_int_equal(sign1_verify(&token, userdata, &result), 0);
	assert_int_not_equal(result, SIGN1_VALID);
}

/* However damaged, it is refused, or its signature does not verify. */
static void test_damage(void **state)
{
	_cleanup_key_ EVP_PKEY *signer = key_named("ed25519", true);
	struct reference reference = made();
	uint8_t space[1024];
	struct writer w = WRITER(space);

	(void)state;
	assert_int_equal(reference_sign(&reference, signer, &w), 0);
	each_damage(writer_bytes(&w), on_damage, signer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_claims),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
