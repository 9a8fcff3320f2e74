/* SPDX-License-Identifier: Apache-2.0 */
/* links: token base */
/* Status lists: the examples of draft-ietf-oauth-status-list-21, there and back, and the bounds of each claim. */
#include "token_kit.h"

#include <errno.h>
#include <zlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "token/cbor.h"
#include "token/status.h"

#define TYP "application/statuslist+cwt"

/* The least list there can be: uri "u", and the draft's example of one bit, b9 a3. */
#define LIST "a2636c73744a78dadbb918000217015d646269747301"
static const struct part parts[] = { { "02", "6175" }, { "06", "1a6b49d200" }, { "19fffd", LIST } };

static enum hallmark_reason decode(struct bytes in, struct status_list *ret)
{
	enum hallmark_reason reason = REASON_INTERNAL;
	struct sign1 token;

	assert_int_equal(status_list_decode(in, &token, ret, &reason), 0);
	assert_int_equal(reason == REASON_ADMITTED, ret->statuses != NULL);
	return reason;
}

static enum hallmark_reason reason_of(struct bytes in)
{
	struct status_list list;
	enum hallmark_reason reason = decode(in, &list);

	status_list_done(&list);
	return reason;
}

static enum hallmark_reason reason_with(const char *key, const char *value)
{
	_cleanup_key_ EVP_PKEY *signer = key_named("p256", true);
	_cleanup_bytes_ struct bytes claims = claims_with(parts, ARRAY_SIZE(parts), key, value);
	_cleanup_bytes_ struct bytes token = signed_with(TYP, claims, signer);

	return reason_of(token);
}

static void test_examples(void **state)
{
	static const struct {
		const char *list;
		int n, statuses[16];
	} lists[] = {
		{ LIST, 16, { 1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1 } },
		{ "a2636c73744b78da3be9f2130003df0207646269747302", 12, { 1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3 } },
	};
	_cleanup_key_ EVP_PKEY *signer = key_named("p256", true);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		_cleanup_bytes_ struct bytes claims = claims_with(parts, ARRAY_SIZE(parts), "19fffd", lists[i].list);
		_cleanup_bytes_ struct bytes token = signed_with(TYP, claims, signer);
		struct status_list list;

		assert_int_equal(decode(token, &list), REASON_ADMITTED);
		assert_string_equal(list.uri, "u");
		assert_string_equal(list.issuer, "");
		assert_true(list.iat_sec == 1800000000 && list.exp_sec == 0 && list.ttl_sec == 0);
		for (int j = 0; j < lists[i].n; j++)
			assert_int_equal(status_list_get(&list, j), lists[i].statuses[j]);
		assert_int_equal(status_list_get(&list, lists[i].n), -ERANGE);
		assert_int_equal(status_list_get(&list, UINT32_MAX), -ERANGE);
		assert_int_equal(status_list_get(&list, -1), -ERANGE);
		status_list_done(&list);
		status_list_done(&list);
	}
}

/* Each is one change of a good list. */
static void test_claims(void **state)
{
	static const struct {
		const char *key, *value;
		enum hallmark_reason reason;
	} changes[] = {
		{ "", NULL, REASON_ADMITTED },
		{ "02", NULL, REASON_LABEL_CLAIMS },
		{ "02", "60", REASON_LABEL_CLAIMS },
		{ "02", "787f*61.127.", REASON_ADMITTED },
		{ "02", "7880*61.128.", REASON_LABEL_CLAIMS },
		{ "06", NULL, REASON_LABEL_CLAIMS },
		{ "06", "20", REASON_LABEL_TIME },
		{ "01", "636b7463", REASON_ADMITTED },
		{ "01", "01", REASON_LABEL_CLAIMS },
		{ "04", "01", REASON_ADMITTED },
		{ "04", "00", REASON_LABEL_CLAIMS },
		{ "19fffe", "01", REASON_ADMITTED },
		{ "19fffe", "00", REASON_LABEL_CLAIMS },
		{ "19fffd", NULL, REASON_LABEL_CLAIMS },
		{ "19fffd", "a1636c73744a78dadbb918000217015d", REASON_LABEL_CLAIMS },
		{ "19fffd", "a1646269747301", REASON_LABEL_CLAIMS },
		{ "19fffd", "a2636c737440646269747301", REASON_LABEL_CLAIMS },
		{ "19fffd", "a2636c73744a78dadbb918000217015d646269747300", REASON_LABEL_CLAIMS },
		{ "19fffd", "a2636c73744a78dadbb918000217015d646269747303", REASON_LABEL_CLAIMS },
		{ "19fffd", "a2636c73744a78dadbb918000217015d646269747304", REASON_ADMITTED },
		{ "19fffd", "a2636c73744a78dadbb918000217015d646269747308", REASON_ADMITTED },
		{ "19fffd", "a2636c73744a78dadbb918000217015d646269747309", REASON_LABEL_CLAIMS },
		{ "19fffd", "a2636c73744a78dadbb918000217015d646269747310", REASON_LABEL_CLAIMS },
		/* the checksum, a byte too few and one too many, no byte at all, a dictionary */
		{ "19fffd", "a2636c73744a78dadbb918000217015e646269747301", REASON_LABEL_CLAIMS },
		{ "19fffd", "a2636c73744978dadbb91800021701646269747301", REASON_LABEL_CLAIMS },
		{ "19fffd", "a2636c73744b78dadbb918000217015d00646269747301", REASON_LABEL_CLAIMS },
		{ "19fffd", "a2636c737448789c030000000001646269747301", REASON_LABEL_CLAIMS },
		{ "19fffd", "a2636c73744a78bbdbb918000217015d646269747301", REASON_LABEL_CLAIMS },
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
	static const char *const types[] = { "application/statuslist+jwt", "application/vnd.hallmark.label+cwt", "" };
	_cleanup_key_ EVP_PKEY *signer = key_named("p256", true);
	_cleanup_bytes_ struct bytes claims = claims_with(parts, ARRAY_SIZE(parts), "", NULL);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		_cleanup_bytes_ struct bytes token = signed_with(types[i], claims, signer);

		assert_int_equal(reason_of(token), REASON_LABEL_TYPE);
	}
	assert_int_equal(reason_of(BYTES(golden_label)), REASON_LABEL_TYPE);
	assert_int_equal(reason_of(BYTES(golden_register)), REASON_LABEL_TYPE);
	assert_int_equal(reason_of((struct bytes){ 0 }), REASON_LABEL_MALFORMED);
}

/* A list with this many bytes of ones, packed by zlib alone. */
static enum hallmark_reason reason_of_size(size_t n)
{
	static uint8_t space[1 << 15], packed[1 << 14];
	struct writer w = WRITER(space);
	_cleanup_free_ uint8_t *ones = malloc(n);
	uLongf n_packed = sizeof(packed);
	_cleanup_key_ EVP_PKEY *signer = key_named("p256", true);

	assert_non_null(ones);
	memset(ones, 0xff, n);
	assert_int_equal(compress(packed, &n_packed, ones, n), Z_OK);
	put_hex(&w, "a3026175061a6b49d20019fffda2636c7374");
	cbor_put_bstr(&w, bytes_of(packed, n_packed));
	put_hex(&w, "646269747301");
	assert_false(w.overflow);

	_cleanup_bytes_ struct bytes token = signed_with(TYP, writer_bytes(&w), signer);

	return reason_of(token);
}

/* A thousandfold in a few bytes: bounded by what comes out, not by what goes in. */
static void test_bomb(void **state)
{
	(void)state;
	assert_int_equal(reason_of_size(1), REASON_ADMITTED);
	assert_int_equal(reason_of_size(HALLMARK_STATUS_MAX), REASON_ADMITTED);
	assert_int_equal(reason_of_size(HALLMARK_STATUS_MAX + 1), REASON_LABEL_CLAIMS);
	assert_int_equal(reason_of_size(8 * HALLMARK_STATUS_MAX), REASON_LABEL_CLAIMS);
}

static void test_round_trip(void **state)
{
	static const uint8_t widths[] = { 1, 2, 4, 8 };
	static uint8_t space[2 * HALLMARK_STATUS_MAX], statuses[HALLMARK_STATUS_MAX + 1];
	_cleanup_key_ EVP_PKEY *signer = key_named("ed25519", true);
	struct status_list list = { .issuer = "ktc",
				    .uri = "https://status.example/1",
				    .iat_sec = 1800000000,
				    .exp_sec = 1800000100,
				    .ttl_sec = 3600,
				    .statuses = statuses };
	uint32_t seed = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(statuses); i++) {
		seed = seed * 1664525 + 1013904223;
		statuses[i] = (uint8_t)(seed >> 24); /* cannot be compressed */
	}
	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		struct writer w = WRITER(space);
		struct status_list again;

		list.bits = widths[i];
		list.n = i == 3 ? HALLMARK_STATUS_MAX : 100 + i;
		assert_int_equal(status_list_sign(&list, signer, &w), 0);
		assert_int_equal(decode(writer_bytes(&w), &again), REASON_ADMITTED);
		assert_string_equal(again.issuer, list.issuer);
		assert_string_equal(again.uri, list.uri);
		assert_true(again.iat_sec == list.iat_sec && again.exp_sec == list.exp_sec);
		assert_true(again.ttl_sec == list.ttl_sec && again.bits == list.bits && again.n == list.n);
		assert_memory_equal(again.statuses, statuses, list.n);
		status_list_done(&again);
	}

	struct writer w = WRITER(space);

	list.n = 0;
	assert_int_equal(status_list_sign(&list, signer, &w), -EINVAL);
	list.n = HALLMARK_STATUS_MAX + 1;
	assert_int_equal(status_list_sign(&list, signer, &w), -EINVAL);
	list.n = 1;
	list.bits = 3;
	assert_int_equal(status_list_sign(&list, signer, &w), -EINVAL);
	list.bits = 2;
	assert_int_equal(status_list_sign(&list, signer, &w), 0);
}

/* Revoked, suspended and back; a place that is there no longer, or has a status of its own, is no more revoked either. */
static void test_lifted(void **state)
{
	uint8_t old_statuses[] = { 1, 1, 1, 2, 2, 2, 0, 1, 3, 1 }, statuses[] = { 0, 2, 1, 0, 1, 2, 1, 3, 0 };
	const struct status_list before = { .bits = 8, .statuses = old_statuses, .n = sizeof(old_statuses) },
				 after = { .bits = 8, .statuses = statuses, .n = sizeof(statuses) };
	uint32_t which[3] = { 99, 99, 99 };

	(void)state;
	assert_int_equal(status_list_lifted(&before, &after, which, 3), 5); /* and 7 and 9 */
	assert_true(which[0] == 0 && which[1] == 1 && which[2] == 3);
	which[2] = 99;
	assert_int_equal(status_list_lifted(&before, &after, which, 2), 5);
	assert_int_equal(which[2], 99);
	assert_int_equal(status_list_lifted(&before, &before, which, 3), 0);
	assert_int_equal(status_list_lifted(&after, &before, which, 3), 2); /* 4 and 6 */
}

/* By its end or its time to live, whatever comes first; and no time is later than the year 9999. */
static void test_until(void **state)
{
	(void)state;
	assert_true(status_list_until(&(struct status_list){ .iat_sec = 100 }) == TIME_FOREVER);
	assert_true(status_list_until(&(struct status_list){ .iat_sec = 100, .exp_sec = 105, .ttl_sec = 6 }) == 105);
	assert_true(status_list_until(&(struct status_list){ .iat_sec = 100, .exp_sec = 105, .ttl_sec = 4 }) == 104);
	assert_true(status_list_until(&(struct status_list){ .iat_sec = 100, .ttl_sec = TIME_MAX - 100 }) == TIME_MAX);
	assert_true(status_list_until(&(struct status_list){ .iat_sec = 101, .ttl_sec = TIME_MAX - 100 }) == TIME_MAX);
	assert_true(status_list_until(&(struct status_list){ .iat_sec = TIME_MAX, .ttl_sec = TIME_MAX }) == TIME_MAX);
}

static void on_damage(struct bytes damaged, void *userdata)
{
	EVP_PKEY *key = userdata;
	enum sign1_result result = SIGN1_BAD_SIGNATURE;
	enum hallmark_reason reason = REASON_INTERNAL;
	struct status_list list;
	struct sign1 token;

	assert_int_equal(status_list_decode(damaged, &token, &list, &reason), 0);
	assert_int_not_equal(reason, REASON_INTERNAL);
	if (reason != REASON_ADMITTED)
		return;
	assert_int_equal(sign1_verify(&token, key, &result), 0);
	assert_int_not_equal(result, SIGN1_VALID);
	status_list_done(&list);
}

/* However damaged, it is refused, or its signature does not verify. */
static void test_damage(void **state)
{
	_cleanup_key_ EVP_PKEY *signer = key_named("p256", true);
	_cleanup_bytes_ struct bytes claims = claims_with(parts, ARRAY_SIZE(parts), "", NULL);
	_cleanup_bytes_ struct bytes token = signed_with(TYP, claims, signer);

	(void)state;
	each_damage(token, on_damage, signer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples), cmocka_unit_test(test_claims),     cmocka_unit_test(test_types),
		cmocka_unit_test(test_bomb),     cmocka_unit_test(test_round_trip), cmocka_unit_test(test_damage),
		cmocka_unit_test(test_until),    cmocka_unit_test(test_lifted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
